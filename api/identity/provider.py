"""OpenID providers: discovery and keys, kept and fetched again when a key is unknown, and the check of an id token."""

import asyncio
import socket
import time
from dataclasses import dataclass, field
from datetime import datetime
from ipaddress import ip_address
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
from usecases.webhook_addresses import is_public

# Signatures that need the provider's private key. Never "none", and never HS256: its key would be the public one.
ALGORITHMS: Final = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA")
KEPT_S: Final = 3600.0
KEYS_AGAIN_S: Final = 30.0  # whoever sends unknown keys makes us ask the provider no more often than that
LEEWAY_S: Final = 60
SCOPE: Final = "openid email profile"
_TIMEOUT: Final = httpx.Timeout(10.0)
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
    """The providers of this process, by issuer. `allow_private`: also those that are not on the public internet."""

    def __init__(self, *, allow_private: bool = False) -> None:
        self._allow_private = allow_private
        self._known: dict[str, _Known] = {}

    async def authorization_url(self, relation: Relation, *, state: str, nonce: str, verifier: str) -> str:
        """Where to send the browser: authorization code with PKCE. Raises ProviderUnusable."""
        metadata = (await self._of(relation.issuer)).metadata
        async with _client(relation) as client:
            url, _ = client.create_authorization_url(
                _endpoint(metadata, "authorization_endpoint"), state=state, nonce=nonce, code_verifier=verifier
            )
        return str(url)

    async def redeem(self, relation: Relation, *, code: str, nonce: str, verifier: str, now: datetime) -> Vouched:
        """Whom the provider vouches for with this code. Raises ProviderUnusable unless every check holds."""
        known = await self._of(relation.issuer)
        token_endpoint = _endpoint(known.metadata, "token_endpoint")
        await self._require_public(token_endpoint)
        try:
            async with _client(relation) as client:
                token = await client.fetch_token(token_endpoint, code=code, code_verifier=verifier)
        except Exception as error:  # whatever the library makes of a stranger's answer: the sign-in ends, with words
            raise ProviderUnusable(f"The provider gave no token: {type(error).__name__}.") from error
        if not isinstance(token, dict) or not isinstance(token.get("id_token"), str):
            raise ProviderUnusable("The provider gave no id token.")
        access_token = token.get("access_token")
        vouched = await self.check(relation, token["id_token"], nonce=nonce, now=now, access_token=access_token)
        endpoint = known.metadata.get("userinfo_endpoint")
        if not isinstance(access_token, str) or not isinstance(endpoint, str) or not _is_safe(endpoint):
            return vouched
        told = await self._read(endpoint, authorization=f"Bearer {access_token}")
        if told.get("sub") != vouched.claims["sub"]:
            raise ProviderUnusable("The provider tells of somebody else than its id token.")
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
            raise ProviderUnusable(f"The provider's id token does not hold: {type(error).__name__}.") from error
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
            raise ProviderUnusable("The provider's metadata are of another issuer.")
        known = self._known[issuer] = _Known(metadata, time.monotonic())
        return known

    async def _read(self, address: str, **headers: str) -> dict[str, Any]:
        await self._require_public(address)
        return await _read(address, **headers)

    async def _require_public(self, address: str) -> None:
        """Raise ProviderUnusable when the host, looked up now, is not on the public internet and need be."""
        if self._allow_private:
            return
        parts = urlsplit(address)
        try:
            found = await asyncio.get_running_loop().getaddrinfo(
                parts.hostname, parts.port or parts.scheme, type=socket.SOCK_STREAM
            )
        except (OSError, ValueError) as error:
            raise ProviderUnusable(f"{parts.hostname} cannot be looked up.") from error
        if not all(is_public(ip_address(str(entry[4][0]).partition("%")[0])) for entry in found):
            raise ProviderUnusable(f"{parts.hostname} is not on the public internet.")

    async def _keys_for(self, issuer: str, key_id: str | None) -> Any:
        """The provider's keys, read again when none has this id, not too often."""
        known = await self._of(issuer)
        age_s = time.monotonic() - known.keys_read_at
        if known.keys is None or age_s >= KEPT_S or (not _has(known.keys, key_id) and age_s >= KEYS_AGAIN_S):
            found = await self._read(_endpoint(known.metadata, "jwks_uri"))
            try:
                known.keys = JsonWebKey.import_key_set({"keys": [k for k in found["keys"] if k.get("kty") != "oct"]})
            except (ValueError, KeyError, TypeError, AttributeError) as error:
                raise ProviderUnusable("The provider's keys cannot be read.") from error
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


def _client(relation: Relation) -> Any:
    return AsyncOAuth2Client(
        client_id=relation.client_id,
        client_secret=relation.secret,
        scope=SCOPE,
        redirect_uri=relation.redirect_uri,
        code_challenge_method="S256",
        token_endpoint_auth_method="none" if relation.secret is None else "client_secret_basic",
        timeout=_TIMEOUT,
        follow_redirects=False,
    )


def _has(keys: Any, key_id: str | None) -> bool:
    return key_id is None or any(key.kid == key_id for key in keys.keys)


def _key_id(id_token: str) -> str | None:
    try:
        key_id = jwt.get_unverified_header(id_token).get("kid")
    except jwt.InvalidTokenError as error:
        raise ProviderUnusable("The provider's id token cannot be read.") from error
    return key_id if isinstance(key_id, str) else None


def _is_safe(address: str) -> bool:
    parts = urlsplit(address)
    return parts.scheme == "https" or (parts.scheme == "http" and is_loopback(parts.hostname))


def _endpoint(metadata: dict[str, Any], name: str) -> str:
    address = metadata.get(name)
    if not isinstance(address, str) or not _is_safe(address):
        raise ProviderUnusable(f"The provider's metadata have no usable {name}.")
    return address


async def _read(address: str, **headers: str) -> dict[str, Any]:
    """A JSON object; redirects are not followed."""
    try:
        async with httpx.AsyncClient(timeout=_TIMEOUT, follow_redirects=False) as http:
            answer = await http.get(address, headers={"accept": "application/json"} | headers)
            found = answer.raise_for_status().json() if len(answer.content) <= _MOST_BYTES else None
    except (httpx.HTTPError, httpx.InvalidURL, ValueError) as error:
        raise ProviderUnusable(f"{urlsplit(address).hostname} does not answer as an OpenID provider.") from error
    if not isinstance(found, dict):
        raise ProviderUnusable(f"{urlsplit(address).hostname} does not answer as an OpenID provider.")
    return found
