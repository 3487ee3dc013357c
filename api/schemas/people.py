"""People: accounts of an organisation."""

from typing import Any, Literal
from uuid import UUID

from pydantic import ConfigDict, Field

from api.schemas.accounts import Input
from api.schemas.organisations import ORGANISATION_UUID, LanguageName
from api.schemas.shape import AT, Instant, Shape, UuidText, example

PERSON_UUID = "0198f3a2-2b11-7d60-a1b2-1c2d3e4f5a6b"
RoleName = Literal[
    "owner", "operator", "dealer", "expert", "lead", "service_engineer", "administrator", "integrator", "auditor"
]
_NEW: dict[str, Any] = {
    "login": "wang.li",
    "name": "王丽",
    "email": "wang.li@example.com",
    "phone": "+86 139 0000 0000",
    "role": "operator",
    "language": "zh",
    "time_zone": "Asia/Shanghai",
}
_ONE: dict[str, Any] = {
    "id": PERSON_UUID,
    "organisation_id": ORGANISATION_UUID,
    "organisation_name": "Demo Construction",
    **_NEW,
    "active": True,
    "version": 1,
    "created_at": AT,
    "updated_at": AT,
}


class Person(Shape):
    """Somebody who may sign in."""

    id: UuidText
    organisation_id: UuidText
    organisation_name: str
    login: str
    name: str
    email: str | None
    phone: str | None
    role: RoleName
    language: LanguageName | None
    """Null while the person has chosen none."""
    time_zone: str
    """IANA name."""
    active: bool
    """False: cannot sign in; sessions ended when it became so."""
    version: int
    created_at: Instant
    updated_at: Instant

    model_config = example(_ONE)


class PersonPage(Shape):
    """A page of people."""

    items: list[Person]
    next_cursor: str | None

    model_config = example({"items": [_ONE], "next_cursor": None})


class PersonNew(Input):
    """An account to be made, without a password: an invitation or the company's login gives the way in."""

    login: str = Field(min_length=1, max_length=200, pattern=r"^\S+$")
    name: str = Field(min_length=1, max_length=200)
    role: RoleName
    organisation_id: UUID | None = None
    """Left out: the caller's own organisation."""
    email: str | None = Field(default=None, max_length=254)
    phone: str | None = Field(default=None, max_length=40)
    language: LanguageName | None = None
    """Left out: the browser's, until the person chooses one."""
    time_zone: str = Field(default="Asia/Shanghai", max_length=64, examples=["Asia/Shanghai"])

    model_config = ConfigDict(json_schema_extra={"example": _NEW})


class PersonChange(Input):
    """What is to change; a member left out stays as it is, null clears it."""

    name: str | None = Field(default=None, max_length=200)
    email: str | None = Field(default=None, max_length=254)
    phone: str | None = Field(default=None, max_length=40)
    role: RoleName | None = None
    language: LanguageName | None = None
    time_zone: str | None = Field(default=None, max_length=64)
    active: bool | None = None

    model_config = ConfigDict(json_schema_extra={"example": {"phone": "+86 139 0000 0001"}})
