"""Organisations: makers, dealers and customers."""

from typing import Any, Literal
from uuid import UUID

from pydantic import ConfigDict, Field

from api.schemas.accounts import Input
from api.schemas.shape import AT, Instant, Shape, UuidText, example

ORGANISATION_UUID = "0198f3a2-0000-7000-8000-000000000001"
OrganisationKindName = Literal["maker", "dealer", "customer"]
AnyKindName = Literal["ecc", "maker", "dealer", "customer"]
LanguageName = Literal["zh", "en"]
_NEW: dict[str, Any] = {
    "kind": "customer",
    "name": "Demo Construction",
    "external_no": "K-10023",
    "language": "zh",
    "contact_name": "王丽",
    "contact_email": "wang.li@example.com",
    "contact_phone": "+86 21 5555 0100",
}
_ONE: dict[str, Any] = {
    "id": ORGANISATION_UUID,
    **_NEW,
    "parent_id": "0198f3a2-0000-7000-8000-000000000002",
    "parent_name": "East Machinery",
    "active": True,
    "version": 1,
    "created_at": AT,
    "updated_at": AT,
}


class OrganisationDetail(Shape):
    """An organisation of the tenancy tree."""

    id: UuidText
    kind: AnyKindName
    name: str
    parent_id: UuidText | None
    """The one it stands under; null for a root, and when that one is not the caller's to see."""
    parent_name: str | None
    external_no: str | None
    """Its number in somebody's own books."""
    language: LanguageName
    """Of notices to it, and of its new people."""
    contact_name: str | None
    contact_email: str | None
    contact_phone: str | None
    active: bool
    """False: its people and clients cannot sign in; what it owns stays."""
    version: int
    created_at: Instant
    updated_at: Instant

    model_config = example(_ONE)


class OrganisationPage(Shape):
    """A page of organisations."""

    items: list[OrganisationDetail]
    next_cursor: str | None

    model_config = example({"items": [_ONE], "next_cursor": None})


class OrganisationNew(Input):
    """An organisation to be made. Dealers stand under makers or dealers, customers under makers or dealers."""

    kind: OrganisationKindName
    name: str = Field(min_length=1, max_length=200)
    parent_id: UUID | None = None
    """Left out: the caller's own organisation; for the platform a root."""
    external_no: str | None = Field(default=None, max_length=64)
    language: LanguageName = "zh"
    contact_name: str | None = Field(default=None, max_length=200)
    contact_email: str | None = Field(default=None, max_length=254)
    contact_phone: str | None = Field(default=None, max_length=40)

    model_config = ConfigDict(json_schema_extra={"example": _NEW})


class OrganisationChange(Input):
    """What is to change; a member left out stays as it is, null clears it."""

    name: str | None = Field(default=None, max_length=200)
    parent_id: UUID | None = None
    """Moves it with everything below it; null makes it a root, which only the platform does."""
    external_no: str | None = Field(default=None, max_length=64)
    language: LanguageName | None = None
    contact_name: str | None = Field(default=None, max_length=200)
    contact_email: str | None = Field(default=None, max_length=254)
    contact_phone: str | None = Field(default=None, max_length=40)
    active: bool | None = None

    model_config = ConfigDict(json_schema_extra={"example": {"contact_phone": "+86 21 5555 0101"}})
