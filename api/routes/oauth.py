"""OAuth 2 for integrators: the token endpoint (RFC 6749, client credentials) and its metadata (RFC 8414)."""

from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse

from api.dependencies import Now, pool_of, sessions_of
from api.identity.addresses import address_for_others
from api.identity.authentication import visitor_of
from api.identity.oauth import FORM_TYPE, TOKEN_PATH, OAuthProblem, invalid_client, read_token_request, token_answer
from api.problems import documented
from api.rights import CLIENT_SCOPES
from api.schemas.oauth import ClientToken, OAuthError, ServerMetadata
from api.sessions import Purpose
from api.settings import ApiSettings
from fleet.errors import NotAuthenticated, NotFound
from usecases.issue_client_token import ScopeRefused, grant_client
from usecases.sign_in import TooManyAttempts

router = APIRouter(tags=["oauth"])
_FORM = {
    "type": "object",
    "required": ["grant_type"],
    "properties": {
        "grant_type": {"type": "string", "description": "client_credentials"},
        "scope": {"type": "string", "description": "Separated by spaces; all that the client has when left out."},
        "client_id": {"type": "string", "description": "Here or, with the secret, by HTTP Basic."},
        "client_secret": {"type": "string"},
    },
    "example": {"grant_type": "client_credentials", "scope": "fleet:read", "client_id": "...", "client_secret": "..."},
}
_ERRORS: dict[int | str, dict[str, Any]] = {
    status: {"model": OAuthError, "description": "No token; see `error`."} for status in (400, 401, 429)
}


@router.post(
    TOKEN_PATH,
    responses={200: {"model": ClientToken}, **_ERRORS, 503: documented("database_unavailable")[503]},
    openapi_extra={"requestBody": {"required": True, "content": {FORM_TYPE: {"schema": _FORM}}}},
)
async def issue_token(request: Request, now: Now) -> JSONResponse:
    """A short access token for a client that shows its secret (grant_type client_credentials)."""
    try:
        wanted = read_token_request(
            await request.body(),
            content_type=request.headers.get("content-type", ""),
            authorization=request.headers.get("authorization"),
        )
    except OAuthProblem as problem:
        return problem.answer()
    sessions = sessions_of(request)
    try:
        grant = await grant_client(
            pool_of(request),
            client_id=wanted.client_id,
            secret=wanted.secret,
            wanted=wanted.scopes,
            visitor=visitor_of(request),
            pace=sessions.pace,
            now=now,
        )
    except NotAuthenticated:
        return invalid_client(by_header=wanted.by_header).answer()
    except ScopeRefused as refused:
        return OAuthProblem("invalid_scope", refused.detail).answer()
    except TooManyAttempts as early:
        headers = {"Retry-After": str(early.retry_after_s)}
        return OAuthProblem("temporarily_unavailable", early.detail, status=429, headers=headers).answer()
    settings: ApiSettings = request.app.state.settings
    claims = {"sec": grant.secret_id, "scope": " ".join(grant.scopes), "iat": int(now.timestamp())}
    token = sessions.seal(Purpose.CLIENT, claims, expires_at=now + settings.client_token_lifetime)
    return token_answer(token, expires_in_s=int(settings.client_token_lifetime.total_seconds()), scopes=grant.scopes)


@router.get("/.well-known/oauth-authorization-server", response_model=ServerMetadata, responses=documented("not_found"))
async def describe_server(request: Request) -> dict[str, Any]:
    """Where the token endpoint is and what it takes. 404 where the platform does not know its own address."""
    address = address_for_others(request)
    if not address:
        raise NotFound("public_url_unset")
    return {
        "issuer": address,
        "token_endpoint": f"{address}{TOKEN_PATH}",
        "token_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post"],
        "grant_types_supported": ["client_credentials"],
        "response_types_supported": [],
        "scopes_supported": list(CLIENT_SCOPES),
        "service_documentation": f"{address}/openapi.json",
    }
