"""Signing in and who one is."""

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from api.schemas.shape import AT, Instant, Shape, UuidText, example

_ME: dict[str, Any] = {
    "id": "0198f3a2-2b11-7d60-a1b2-1c2d3e4f5a6b",
    "kind": "person",
    "login": "demo",
    "role": "expert",
    "scopes": None,
    "language": "zh",
    "time_zone": "Asia/Shanghai",
    "units": "metric",
    "version": 1,
    "organisation": {"id": "0198f3a2-0000-7000-8000-000000000001", "name": "ECC", "kind": "ecc"},
    "may_acknowledge": True,
    "rights": ["acknowledge_alarms", "read_fleet", "read_people", "read_positions"],
    "grants": {},
}
Language = Literal["zh", "en"]
Units = Literal["metric", "imperial"]


class Input(BaseModel):
    """Base of every body: members that there are not are refused."""

    model_config = ConfigDict(extra="forbid", use_attribute_docstrings=True)


class Credentials(Input):
    """Login and password."""

    login: str = Field(min_length=1, max_length=200)
    password: str = Field(min_length=1, max_length=1000)

    model_config = ConfigDict(
        json_schema_extra={"example": {"login": "demo", "password": "the password that was printed"}}
    )


class RefreshRequest(Input):
    """A refresh token, from a program; a browser sends its cookie instead."""

    refresh_token: str | None = Field(default=None, max_length=1000)

    model_config = ConfigDict(json_schema_extra={"example": {"refresh_token": "eyJhbGciOiJIUzI1NiJ9..."}})


class NewPassword(Input):
    """The password so far and the one to come."""

    current_password: str = Field(min_length=1, max_length=1000)
    new_password: str = Field(min_length=1, max_length=1000)

    model_config = ConfigDict(
        json_schema_extra={"example": {"current_password": "the old one", "new_password": "a longer new one"}}
    )


class OwnChange(Input):
    """What people choose for themselves; what is left out stays as it is."""

    language: Language | None = None
    """Null: not chosen any more."""
    time_zone: str | None = Field(default=None, max_length=64)
    units: Units | None = None

    model_config = ConfigDict(json_schema_extra={"example": {"language": "zh", "time_zone": "Asia/Shanghai"}})


class Organisation(Shape):
    """An organisation of the tenancy tree."""

    id: UuidText
    name: str
    kind: Literal["ecc", "maker", "dealer", "customer"]


class Me(Shape):
    """The signed-in person, or the integrator's client."""

    id: UuidText
    kind: Literal["person", "client"]
    login: str
    """A client's name."""
    role: str
    scopes: list[str] | None
    """What a client was given; null for a person, whose role decides."""
    language: Language | None
    """Null while the person has chosen none: texts are in the language of Accept-Language. Null for a client."""
    time_zone: str | None
    """Null for a client, as the next two."""
    units: Units | None
    version: int | None
    organisation: Organisation
    may_acknowledge: bool
    rights: list[str]
    """What the caller may do at all, by the names of `api/rights.py`; whose things, their organisation decides."""
    grants: dict[str, list[str]]
    """The roles that the caller may give, by the kind of the organisation: by invitation, to people, of clients."""

    model_config = example(_ME)


class SignedIn(Shape):
    """A session: the cookies are set as well; `token` serves as a bearer token where there are no cookies."""

    token: str
    token_type: Literal["bearer"] = "bearer"
    expires_at: Instant
    refresh_token: str | None
    """For `POST /auth/refresh`, once. Null for a browser, which has it in a cookie that scripts cannot read."""
    session_ends_at: Instant
    user: Me

    model_config = example(
        {
            "token": "eyJhbGciOiJIUzI1NiJ9...",
            "token_type": "bearer",
            "expires_at": AT,
            "refresh_token": None,
            "session_ends_at": AT,
            "user": _ME,
        }
    )


class OwnSession(Shape):
    """One place where the person is signed in."""

    id: UuidText
    created_at: Instant
    last_used_at: Instant
    """When it was last refreshed."""
    expires_at: Instant
    address: str | None
    browser: str | None
    company_login: str | None
    is_this: bool
    """True for the session of this very request."""

    model_config = example(
        {
            "id": "0198f3a2-2b11-4d60-a1b2-1c2d3e4f5a6b",
            "created_at": AT,
            "last_used_at": AT,
            "expires_at": AT,
            "address": "192.0.2.7",
            "browser": "Mozilla/5.0",
            "company_login": None,
            "is_this": True,
        }
    )


class OwnSessions(Shape):
    """Where the person is signed in, the place used last first."""

    items: list[OwnSession]
    next_cursor: str | None = None


class SignedOut(Shape):
    """Signed out here; where the session came by a company login, its provider may be left as well."""

    provider_logout_url: str

    model_config = example({"provider_logout_url": "https://login.example.com/session/end?client_id=ecc"})


class Health(Shape):
    """A process's own view of itself."""

    status: Literal["ok"]

    model_config = example({"status": "ok"})


IndexStanding = Literal["off", "in_use", "not_loaded", "failing"]


class Readiness(Shape):
    """What the process needs to serve."""

    status: Literal["ready"]
    schema_version: str
    fleet_index: IndexStanding = Field(
        description="Whether lists of machines are found in memory: otherwise the database finds them, more slowly."
    )

    model_config = example({"status": "ready", "schema_version": "0012", "fleet_index": "in_use"})
