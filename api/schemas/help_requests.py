"""Requests for help with a machine."""

from typing import Any
from uuid import UUID

from pydantic import ConfigDict, Field

from api.schemas.accounts import Input
from api.schemas.shape import AT, Instant, Shape, UuidText, example
from usecases.help_requests import MOST_DIGITS, MOST_LETTERS

HELP_UUID = "0198f3d1-11d0-7a52-8c3e-5f0c9d2b7e61"
_MACHINE = "0198f2a0-11d0-7a52-8c3e-5f0c9d2b7e44"
_TEXT = "It starts, but the boom does not move."
_HELP: dict[str, Any] = {
    "id": HELP_UUID,
    "machine_id": _MACHINE,
    "machine_name": "XE215 No. 3",
    "organisation_name": "Beishan Earthworks",
    "alarm_id": None,
    "asked_by": "owner",
    "phone": "+86 138 0000 0000",
    "text": _TEXT,
    "asked_at": AT,
    "told_at": AT,
    "taken_at": None,
    "taken_by": None,
    "answered_at": None,
    "answered_by": None,
    "answer": None,
}


class NewHelpRequest(Input):
    """What somebody needs help with."""

    text: str = Field(min_length=1, max_length=MOST_LETTERS)
    phone: str | None = Field(default=None, max_length=MOST_DIGITS)
    """Where to call; left out: the number in one's own record."""
    alarm_id: UUID | None = None
    """The alarm that it is about; it gets a comment."""

    model_config = ConfigDict(json_schema_extra={"example": {"text": _TEXT, "phone": "+86 138 0000 0000"}})


class HelpAnswer(Input):
    """What was done or said."""

    text: str = Field(min_length=1, max_length=MOST_LETTERS)

    model_config = ConfigDict(json_schema_extra={"example": {"text": "Pilot lock lever was up."}})


class HelpRequest(Shape):
    """A request: who asks, who was told and when, who takes it on, and the answer."""

    id: UuidText
    machine_id: UuidText
    machine_name: str
    """The PIN when the machine is not the asking side's any more."""
    organisation_name: str
    """Whose person asks."""
    alarm_id: UuidText | None
    asked_by: str
    phone: str | None
    text: str
    asked_at: Instant
    told_at: Instant | None
    """When the control centre and the dealer were told; null: in a moment."""
    taken_at: Instant | None
    taken_by: str | None
    answered_at: Instant | None
    answered_by: str | None
    answer: str | None

    model_config = example(_HELP)


class HelpRequestPage(Shape):
    """A page of requests, the newest first."""

    items: list[HelpRequest]
    next_cursor: str | None

    model_config = example({"items": [_HELP], "next_cursor": None})
