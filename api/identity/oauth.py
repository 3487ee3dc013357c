"""What RFC 6749 wants of a token endpoint: how a client shows itself, and errors in its own form."""

import base64
import binascii
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import parse_qsl, unquote_plus

from fastapi.responses import JSONResponse

from fleet.errors import EccError

_NO_STORE = {"Cache-Control": "no-store", "Pragma": "no-cache"}
TOKEN_PATH = "/oauth/token"
FORM_TYPE = "application/x-www-form-urlencoded"


class OAuthProblem(EccError):
    """The token request cannot be served."""

    code = "oauth_error"

    def __init__(
        self, error: str, description: str, *, status: int = 400, headers: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(description)
        self.error = error
        self.status = status
        self.headers = dict(headers or {})

    def answer(self) -> JSONResponse:
        """RFC 6749 section 5.2."""
        body = {"error": self.error, "error_description": self.detail}
        return JSONResponse(body, status_code=self.status, headers=_NO_STORE | self.headers)


def invalid_client(*, by_header: bool) -> OAuthProblem:
    """The client is unknown, or its secret is wrong, expired or revoked: in the same words."""
    headers = {"WWW-Authenticate": 'Basic realm="ECC Telematics"'} if by_header else {}
    return OAuthProblem("invalid_client", "Unknown client, or wrong secret.", status=401, headers=headers)


@dataclass(frozen=True, slots=True)
class TokenRequest:
    """A request for a token by client credentials."""

    client_id: str
    secret: str = field(repr=False)
    scopes: tuple[str, ...]
    by_header: bool


def read_token_request(body: bytes, *, content_type: str, authorization: str | None) -> TokenRequest:
    """The request of a form body and an Authorization header. Raises OAuthProblem as RFC 6749 says."""
    form = _form_of(body, content_type)
    if "grant_type" not in form:
        raise OAuthProblem("invalid_request", "grant_type is missing.")
    if form["grant_type"] != "client_credentials":
        raise OAuthProblem("unsupported_grant_type", "Only client_credentials is supported.")
    basic = _basic_of(authorization)
    if basic is not None and "client_secret" in form:
        raise OAuthProblem("invalid_request", "Send the secret once: in the header or in the body.")
    client_id, secret = basic or (form.get("client_id", ""), form.get("client_secret", ""))
    if basic is not None and form.get("client_id", client_id) != client_id:
        raise OAuthProblem("invalid_request", "The header and the body name two clients.")
    if not client_id or not secret:
        raise invalid_client(by_header=basic is not None)
    return TokenRequest(client_id, secret, tuple(form.get("scope", "").split()), basic is not None)


def _form_of(body: bytes, content_type: str) -> dict[str, str]:
    if content_type.partition(";")[0].strip().lower() != FORM_TYPE:
        raise OAuthProblem("invalid_request", f"The body must be {FORM_TYPE}.")
    try:
        pairs = parse_qsl(body.decode("ascii"), keep_blank_values=True, errors="strict", max_num_fields=20)
    except (UnicodeDecodeError, ValueError) as error:
        raise OAuthProblem("invalid_request", "The body is no form.") from error
    form = dict(pairs)
    if len(form) != len(pairs):
        raise OAuthProblem("invalid_request", "A parameter is given twice.")
    return {name: value for name, value in form.items() if value}


def _basic_of(authorization: str | None) -> tuple[str, str] | None:
    """Client id and secret of HTTP Basic, each form-encoded as RFC 6749 section 2.3.1 wants."""
    scheme, _, value = (authorization or "").partition(" ")
    if not scheme:
        return None
    if scheme.lower() != "basic":
        raise invalid_client(by_header=True)
    try:
        text = base64.b64decode(value.strip(), validate=True).decode()
    except (binascii.Error, UnicodeDecodeError) as error:
        raise invalid_client(by_header=True) from error
    client_id, colon, secret = text.partition(":")
    if not colon:
        raise invalid_client(by_header=True)
    return unquote_plus(client_id), unquote_plus(secret)


def token_answer(token: str, *, expires_in_s: int, scopes: tuple[str, ...]) -> JSONResponse:
    """RFC 6749 section 5.1."""
    body = {"access_token": token, "token_type": "Bearer", "expires_in": expires_in_s, "scope": " ".join(scopes)}
    return JSONResponse(body, headers=_NO_STORE)
