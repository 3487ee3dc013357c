"""Integrators' clients."""

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import ConfigDict, Field

from api.schemas.accounts import Input
from api.schemas.bodies import Time
from api.schemas.shape import AT, Instant, Shape, UuidText, example

ClientScope = Literal["fleet:read", "positions", "aemp:read", "webhooks", "audit:read", "machines:write", "sites:write"]
ClientRole = Literal["integrator", "auditor"]
ClientName = Annotated[str, Field(min_length=1, max_length=200)]
ORGANISATION_UUID = "0198f3a2-0000-7000-8000-000000000001"
_SECRET = {"ending": "x7Qa", "created_at": AT, "expires_at": None}
_CLIENT: dict[str, Any] = {
    "id": "0198f3a2-2b11-7d60-a1b2-1c2d3e4f5a6b",
    "organisation_id": ORGANISATION_UUID,
    "organisation_name": "North",
    "name": "Fleet portal",
    "role": "integrator",
    "scopes": ["fleet:read", "aemp:read"],
    "secrets": [_SECRET],
    "created_by": "owner",
    "expires_at": None,
    "last_used_at": None,
    "revoked_at": None,
    "version": 1,
    "created_at": AT,
    "updated_at": AT,
}


class NewClient(Input):
    """A client to be made."""

    name: ClientName
    organisation_id: UuidText | None = Field(default=None, pattern=r"^[0-9a-fA-F-]{36}$")
    """Whose client it is; your own organisation's when left out."""
    role: ClientRole = "integrator"
    scopes: list[ClientScope] = Field(min_length=1, max_length=7)
    """`machines:write` and `sites:write` need `fleet:read` beside them and the role `integrator`."""
    expires_at: Time | None = None

    model_config = ConfigDict(
        json_schema_extra={"example": {"name": "Fleet portal", "scopes": ["fleet:read", "aemp:read"]}}
    )


class ClientChange(Input):
    """What is to change of a client."""

    name: ClientName | None = None
    scopes: list[ClientScope] | None = Field(default=None, min_length=1, max_length=7)
    expires_at: Time | None = None
    """Null: it does not expire."""

    model_config = ConfigDict(json_schema_extra={"example": {"scopes": ["fleet:read"]}})


class Rotation(Input):
    """How long the secret so far stays valid beside the new one."""

    overlap_hours: int = Field(default=24, ge=0, le=720)

    model_config = ConfigDict(json_schema_extra={"example": {"overlap_hours": 24}})


class ClientSecret(Shape):
    """One secret of a client that is in force, without the secret."""

    ending: str
    """Its last four characters."""
    created_at: Instant
    expires_at: datetime | None


class Client(Shape):
    """An integrator's program."""

    id: UuidText
    """Also its `client_id` at /oauth/token."""
    organisation_id: UuidText
    organisation_name: str
    name: str
    role: ClientRole
    scopes: list[ClientScope]
    """All that it may do."""
    secrets: list[ClientSecret]
    created_by: str
    expires_at: datetime | None
    last_used_at: datetime | None
    revoked_at: datetime | None
    version: int
    created_at: Instant
    updated_at: Instant

    model_config = example(_CLIENT)


class ClientWithSecret(Client):
    """A client with its new secret, which is shown this once."""

    secret: str
    """Key for `Authorization: Bearer` or `X-API-Key`, and `client_secret` at /oauth/token."""

    model_config = example(_CLIENT | {"secret": "ecc_live_" + "x" * 45 + "x7Qa"})


class ClientPage(Shape):
    """A page of clients."""

    items: list[Client]
    next_cursor: str | None
