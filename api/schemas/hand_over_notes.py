"""Hand-over notes of the control centre's shifts."""

from uuid import UUID

from pydantic import ConfigDict, Field

from api.schemas.accounts import Input
from api.schemas.alarm_load import Standing
from api.schemas.bodies import At
from api.schemas.rosters import ROSTER_UUID
from api.schemas.shape import AT, Instant, Shape, UuidText, example

NOTE_UUID = "0198f3b4-11d0-7a52-8c3e-5f0c9d2b7e88"
_NOTE = "The pump truck's owner calls back at six; nobody else answers for it."


class NewHandOverNote(Input):
    """What the next shift must know."""

    note: str = Field(min_length=1, max_length=5000)
    from_at: At
    """When the shift began; at most a week before its end."""
    to_at: At | None = None
    """When it ends; left out: now."""
    roster_id: UUID | None = None
    seat_id: UUID | None = None
    """A seat of that roster."""

    model_config = ConfigDict(
        json_schema_extra={"example": {"note": _NOTE, "from_at": "2026-11-21T02:00:00Z", "to_at": AT}}
    )


class HandOverNote(Shape):
    """What a shift wrote for the next one, and who took over."""

    id: UuidText
    roster_id: UuidText | None
    seat_id: UuidText | None
    place: str | None
    """Roster and seat, as they were called then."""
    from_at: Instant
    to_at: Instant
    note: str
    standing: Standing
    """What stood when it was written."""
    written_at: Instant
    written_by: str
    confirmed_at: Instant | None
    confirmed_by: str | None

    model_config = example(
        {
            "id": NOTE_UUID,
            "roster_id": ROSTER_UUID,
            "seat_id": None,
            "place": "Control centre",
            "from_at": AT,
            "to_at": AT,
            "note": _NOTE,
            "standing": {
                "active": 12, "unacknowledged": 3, "stale": 1, "by_design": 2, "inhibited": 1, "investigating": 2,
            },
            "written_at": AT,
            "written_by": "expert",
            "confirmed_at": None,
            "confirmed_by": None,
        }
    )  # fmt: skip


class HandOverNotePage(Shape):
    """A page of notes, the newest first."""

    items: list[HandOverNote]
    next_cursor: str | None
