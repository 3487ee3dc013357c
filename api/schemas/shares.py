"""Sharing machines with other organisations."""

from typing import Any, Literal
from uuid import UUID

from api.schemas.accounts import Input
from api.schemas.bodies import At
from api.schemas.shape import AT, MACHINE_UUID, Instant, Shape, UuidText, example

_RENTER = "0198f3a2-0000-7000-8000-000000000009"
DataClassName = Literal["all", "readings", "position", "hours", "alarms"]
ShareSort = Literal["created_at", "-created_at"]
_SHARE: dict[str, Any] = {
    "id": "0198f3a7-6a71-7a07-8c77-9fb4d5083786",
    "machine": {"id": MACHINE_UUID, "pin": "ECC00EX0001234567", "name": "Excavator 7"},
    "organisation_id": _RENTER,
    "organisation": None,
    "owner_id": "0198f3a2-0000-7000-8000-000000000003",
    "data_class": "position",
    "from_at": AT,
    "to_at": None,
    "version": 1,
    "created_at": AT,
    "updated_at": AT,
}


class SharedMachine(Shape):
    """The machine that is shared."""

    id: UuidText
    pin: str
    name: str


class Share(Shape):
    """The sight of a class of a machine's data, given to an organisation for a time."""

    id: UuidText
    machine: SharedMachine
    organisation_id: UuidText
    """Whom it is given to."""
    organisation: str | None
    """Its name, where it is the caller's to see."""
    owner_id: UuidText | None
    """Who owns the machine now."""
    data_class: DataClassName
    """`readings` covers `hours`; `all` covers everything."""
    from_at: Instant | None
    to_at: Instant | None
    """null: open-ended."""
    version: int
    created_at: Instant
    updated_at: Instant

    model_config = example(_SHARE)


class SharePage(Shape):
    """A page of shares."""

    items: list[Share]
    next_cursor: str | None


class NewShare(Input):
    """What to share, with whom, and when; from now on when `from_at` is left out."""

    organisation_id: UUID
    data_class: DataClassName
    from_at: At | None = None
    to_at: At | None = None

    model_config = example({"organisation_id": _RENTER, "data_class": "position", "to_at": "2027-03-31T16:00:00Z"})


class ShareEnd(Input):
    """When the share ends; null: never."""

    to_at: At | None

    model_config = example({"to_at": "2027-01-31T16:00:00Z"})
