"""OAuth 2 as its RFCs have it: tokens, errors and the server's metadata."""

from typing import Literal

from api.schemas.shape import Shape, example


class ClientToken(Shape):
    """An access token for an integrator's client (RFC 6749, section 5.1)."""

    access_token: str
    token_type: Literal["Bearer"]
    expires_in: int
    """Seconds."""
    scope: str
    """The scopes that it has, separated by spaces."""

    model_config = example(
        {"access_token": "eyJ...", "token_type": "Bearer", "expires_in": 900, "scope": "fleet:read positions"}
    )


class OAuthError(Shape):
    """Why there is no token (RFC 6749, section 5.2)."""

    error: str
    """invalid_request, invalid_client, invalid_scope, unsupported_grant_type or temporarily_unavailable."""
    error_description: str

    model_config = example({"error": "invalid_client", "error_description": "Unknown client, or wrong secret."})


class ServerMetadata(Shape):
    """Where the token endpoint is and what it takes (RFC 8414)."""

    issuer: str
    token_endpoint: str
    token_endpoint_auth_methods_supported: list[str]
    grant_types_supported: list[str]
    response_types_supported: list[str]
    scopes_supported: list[str]
    service_documentation: str

    model_config = example(
        {
            "issuer": "https://ecc.example.com",
            "token_endpoint": "https://ecc.example.com/oauth/token",
            "token_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post"],
            "grant_types_supported": ["client_credentials"],
            "response_types_supported": [],
            "scopes_supported": ["fleet:read", "positions", "aemp:read"],
            "service_documentation": "https://ecc.example.com/openapi.json",
        }
    )
