"""Signing in and who one is."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from api.schemas.shape import AT, Instant, Shape, UuidText, example

_ME = {
    "id": "0198f3a2-2b11-7d60-a1b2-1c2d3e4f5a6b",
    "login": "demo",
    "role": "expert",
    "language": "zh",
    "organisation": {"id": "0198f3a2-0000-7000-8000-000000000001", "name": "ECC", "kind": "ecc"},
    "may_acknowledge": True,
}


class Credentials(BaseModel):
    """Login and password."""

    login: str = Field(min_length=1, max_length=200)
    password: str = Field(min_length=1, max_length=1000)

    model_config = ConfigDict(
        json_schema_extra={"example": {"login": "demo", "password": "the password that was printed"}}
    )


class Organisation(Shape):
    """An organisation of the tenancy tree."""

    id: UuidText
    name: str
    kind: Literal["ecc", "maker", "dealer", "customer"]


class Me(Shape):
    """The signed-in person."""

    id: UuidText
    login: str
    role: str
    language: Literal["zh", "en"]
    organisation: Organisation
    may_acknowledge: bool

    model_config = example(_ME)


class SignedIn(Shape):
    """A session: the cookie is set as well; `token` serves as a bearer token where there are no cookies."""

    token: str
    token_type: Literal["bearer"] = "bearer"
    expires_at: Instant
    user: Me

    model_config = example({"token": "eyJhbGciOiJIUzI1NiJ9...", "token_type": "bearer", "expires_at": AT, "user": _ME})


class Health(Shape):
    """A process's own view of itself."""

    status: Literal["ok"]

    model_config = example({"status": "ok"})


class Readiness(Shape):
    """What the process needs to serve."""

    status: Literal["ready"]
    schema_version: str

    model_config = example({"status": "ready", "schema_version": "0012"})
