"""OpenID providers: discovery and keys, kept and fetched again when a key is unknown, and the check of an id token."""

import asyncio
import json
import ssl
import time
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final
from urllib.parse import urlsplit

import httpx
import jwt
from authlib.integrations.httpx_client import AsyncOAuth2Client
from authlib.jose import JsonWebKey, JsonWebToken
from authlib.jose.errors import JoseError
from authlib.oidc.core import CodeIDToken

from fleet.errors import EccError
from usecases.company_sign_in import Vouched
from usecases.edit_company_logins import is_loopback
from usecases.pinned_connections import PinnedBackend, PinnedTransport
from usecases.webhook_addresses import AddressRefused

# Signatures that need the provider's private key. Never "none", and never HS256: its key would be the public one.
ALGORITHMS: Final = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA")
KEPT_S: Final = 3600.0
KEYS_AGAIN_S: Final = 30.0  # whoever sends unknown keys makes us ask the provider no more often than that
LEEWAY_S: Final = 60
SCOPE: Final = "openid email profile"
_WITHIN_S: Final = 10.0  # for each request: name, connection, answer
_MOST_BYTES: Final = 1_000_000


class ProviderUnusable(EccError):
    """The company's OpenID provider does not answer, or not as it should."""

    code = "provider_unusable"


@dataclass(slots=True)
class _Known:
    metadata: dict[str, Any]
    read_at: float
    keys: Any = None
    keys_read_at: float = float("-inf")


@dataclass(frozen=True, slots=True, kw_only=True)
class Relation:
    """We as a client of a provider."""

    issuer: str
    client_id: str
    secret: str | None = field(repr=False)
    redirect_uri: str


class Providers:
    """The providers of this process, by issuer. `allow_private`: also those that are not on the public internet;
    `trusted`, `backend`: certificates, and how names are looked up and connected to, unless as usual."""

    def __init__(
        self,
        *,
        allow_private: bool = False,
        trusted: ssl.SSLContext | None = None,
        backend: PinnedBackend | None = None,
    ) -> None:
        self._trusted = trusted or httpx.create_ssl_context()
        self._backend = backend or PinnedBackend(allow_private=allow_private)
        self._known: dict[str, _Known] = {}

    def _line(self) -> PinnedTransport:
        return PinnedTransport(self._backend, trusted=self._trusted)

    async def authorization_url(self, relation: Relation, *, state: str, nonce: str, verifier: str) -> str:
        """Where to send the browser: authorization code with PKCE. Raises ProviderUnusable."""
        metadata = (await self._of(relation.issuer)).metadata
        async with self._client(relation) as client:
            url, _ = client.create_authorization_url(
                _endpoint(metadata, "authorization_endpoint"), state=state, nonce=nonce, code_verifier=verifier
            )
        return str(url)

    async def redeem(self, relation: Relation, *, code: str, nonce: str, verifier: str, now: datetime) -> Vouched:
        """Whom the provider vouches for with this code. Raises ProviderUnusable unless every check holds."""
        known = await self._of(relation.issuer)
        token_endpoint = _endpoint(known.metadata, "token_endpoint")
        try:
            async with asyncio.timeout(_WITHIN_S), self._client(relation) as client:
                token = await client.fetch_token(token_endpoint, code=code, code_verifier=verifier)
        except AddressRefused as error:
            raise _not_public(token_endpoint) from error
        except Exception as error:  # whatever the library makes of a stranger's answer: the sign-in ends, with words
            raise ProviderUnusable("provider_gave_no_token", why=type(error).__name__) from error
        if not isinstance(token, dict) or not isinstance(token.get("id_token"), str):
            raise ProviderUnusable("provider_gave_no_id_token")
        access_token = token.get("access_token")
        vouched = await self.check(relation, token["id_token"], nonce=nonce, now=now, access_token=access_token)
        endpoint = known.metadata.get("userinfo_endpoint")
        if not isinstance(access_token, str) or not isinstance(endpoint, str) or not _is_safe(endpoint):
            return vouched
        told = await self._read(endpoint, authorization=f"Bearer {access_token}")
        if told.get("sub") != vouched.claims["sub"]:
            raise ProviderUnusable("provider_tells_of_another")
        return _vouched(relation, told | dict(vouched.claims))  # what is signed counts

    async def check(
        self, relation: Relation, id_token: str, *, nonce: str, now: datetime, access_token: str | None = None
    ) -> Vouched:
        """What a provider's id token says. Raises ProviderUnusable.

        Its signature, its algorithm (asymmetric only), issuer, audience, authorised party, nonce, expiry and at_hash.
        """
        keys = await self._keys_for(relation.issuer, _key_id(id_token))
        wanted = {
            "iss": {"essential": True, "value": relation.issuer},
            "aud": {"essential": True, "value": relation.client_id},
            "nonce": {"essential": True, "value": nonce},
        }
        given = {"nonce": nonce, "client_id": relation.client_id, "access_token": access_token}
        try:
            claims = JsonWebToken(list(ALGORITHMS)).decode(
                id_token, keys, claims_cls=CodeIDToken, claims_options=wanted, claims_params=given
            )
            claims.validate(now=int(now.timestamp()), leeway=LEEWAY_S)
        except (JoseError, ValueError, TypeError, KeyError) as error:
            raise ProviderUnusable("provider_id_token_wrong", why=type(error).__name__) from error
        return _vouched(relation, dict(claims))

    async def logout_url(self, relation: Relation, *, return_to: str) -> str | None:
        """Where a browser leaves the provider (RP-initiated logout); None where there is no such place."""
        endpoint = (await self._of(relation.issuer)).metadata.get("end_session_endpoint")
        if not isinstance(endpoint, str) or not _is_safe(endpoint):
            return None
        parameters = {"client_id": relation.client_id, "post_logout_redirect_uri": return_to}
        return str(httpx.URL(endpoint).copy_merge_params(parameters))

    async def _of(self, issuer: str) -> _Known:
        known = self._known.get(issuer)
        if known is not None and time.monotonic() - known.read_at < KEPT_S:
            return known
        metadata = await self._read(issuer.rstrip("/") + "/.well-known/openid-configuration")
        if metadata.get("issuer") != issuer:
            raise ProviderUnusable("provider_of_another_issuer")
        known = self._known[issuer] = _Known(metadata, time.monotonic())
        return known

    async def _read(self, address: str, **headers: str) -> dict[str, Any]:
        """A JSON object; redirects are not followed, and of an answer that is too long little is read."""
        body = b""
        try:
            async with (
                asyncio.timeout(_WITHIN_S),
                httpx.AsyncClient(transport=self._line(), follow_redirects=False) as http,
                http.stream("GET", address, headers={"accept": "application/json"} | headers) as answer,
            ):
                answer.raise_for_status()
                async for part in answer.aiter_bytes():
                    body += part
                    if len(body) > _MOST_BYTES:
                        raise ValueError("the answer is too long")
            found = json.loads(body)
        except AddressRefused as error:
            raise _not_public(address) from error
        except (httpx.HTTPError, httpx.InvalidURL, TimeoutError, ValueError) as error:
            raise ProviderUnusable("provider_no_answer", host=urlsplit(address).hostname) from error
        if not isinstance(found, dict):
            raise ProviderUnusable("provider_no_answer", host=urlsplit(address).hostname)
        return found

    def _client(self, relation: Relation) -> Any:
        return AsyncOAuth2Client(
            client_id=relation.client_id,
            client_secret=relation.secret,
            scope=SCOPE,
            redirect_uri=relation.redirect_uri,
            code_challenge_method="S256",
            token_endpoint_auth_method="none" if relation.secret is None else "client_secret_basic",
            transport=self._line(),
            follow_redirects=False,
        )

    async def _keys_for(self, issuer: str, key_id: str | None) -> Any:
        """The provider's keys, read again when none has this id, not too often."""
        known = await self._of(issuer)
        age_s = time.monotonic() - known.keys_read_at
        if known.keys is None or age_s >= KEPT_S or (not _has(known.keys, key_id) and age_s >= KEYS_AGAIN_S):
            found = await self._read(_endpoint(known.metadata, "jwks_uri"))
            try:
                known.keys = JsonWebKey.import_key_set({"keys": [k for k in found["keys"] if k.get("kty") != "oct"]})
            except (ValueError, KeyError, TypeError, AttributeError) as error:
                raise ProviderUnusable("provider_keys_unreadable") from error
            known.keys_read_at = time.monotonic()
        return known.keys


def _vouched(relation: Relation, claims: dict[str, Any]) -> Vouched:
    email = claims.get("email")
    return Vouched(
        issuer=relation.issuer,
        subject=str(claims["sub"])[:255],
        email=email if isinstance(email, str) else None,
        email_verified=claims.get("email_verified") is True,
        claims=claims,
    )


def _not_public(address: str) -> ProviderUnusable:
    return ProviderUnusable("provider_not_public", host=urlsplit(address).hostname)


def _has(keys: Any, key_id: str | None) -> bool:
    return key_id is None or any(key.kid == key_id for key in keys.keys)


def _key_id(id_token: str) -> str | None:
    try:
        key_id = jwt.get_unverified_header(id_token).get("kid")
    except jwt.InvalidTokenError as error:
        raise ProviderUnusable("provider_id_token_unreadable") from error
    return key_id if isinstance(key_id, str) else None


def _is_safe(address: str) -> bool:
    parts = urlsplit(address)
    return parts.scheme == "https" or (parts.scheme == "http" and is_loopback(parts.hostname))


def _endpoint(metadata: dict[str, Any], name: str) -> str:
    address = metadata.get(name)
    if not isinstance(address, str) or not _is_safe(address):
        raise ProviderUnusable("provider_endpoint_unusable", name=name)
    return address
