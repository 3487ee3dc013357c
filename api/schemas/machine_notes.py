"""Notes beside a machine's readings."""

from typing import Any

from pydantic import ConfigDict, Field

from api.schemas.accounts import Input
from api.schemas.bodies import At
from api.schemas.shape import AT, Instant, Shape, UuidText, example
from usecases.note_machines import MOST_LETTERS

NOTE_UUID = "0198f3d0-11d0-7a52-8c3e-5f0c9d2b7e50"
_TEXT = "Radiator washed; the coolant temperature should fall from here on."
_NOTE: dict[str, Any] = {
    "id": NOTE_UUID,
    "from_at": AT,
    "to_at": None,
    "text": _TEXT,
    "written_at": AT,
    "written_by": "expert",
    "may_withdraw": True,
    "withdrawn_at": None,
    "withdrawn_by": None,
}


class NewNote(Input):
    """What somebody wants to be read beside the readings of an instant or a span."""

    from_at: At | None = None
    """Left out: now."""
    to_at: At | None = None
    """The end of a span; left out: the note is of an instant."""
    text: str = Field(min_length=1, max_length=MOST_LETTERS)

    model_config = ConfigDict(json_schema_extra={"example": {"text": _TEXT}})


class Note(Shape):
    """A note, by whom and when."""

    id: UuidText
    from_at: Instant
    to_at: Instant | None
    """Null: the note is of an instant."""
    text: str
    written_at: Instant
    written_by: str
    may_withdraw: bool
    """Whether the caller may take it back: it is of their own side, and still stands."""
    withdrawn_at: Instant | None
    withdrawn_by: str | None

    model_config = example(_NOTE)


class NotePage(Shape):
    """Notes of a machine, the newest first."""

    items: list[Note]
    next_cursor: str | None

    model_config = example({"items": [_NOTE], "next_cursor": None})
