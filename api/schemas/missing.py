"""Minutes of a machine without readings, with their reasons."""

from typing import Literal

from api.schemas.shape import AT, MACHINE_UUID, Instant, Shape, UuidText, example

MissingReason = Literal[
    "not_visible",
    "not_installed",
    "platform_down",
    "refused",
    "back_fill",
    "engine_off",
    "offline",
    "not_arrived",
    "unknown",
]


class MissingStretch(Shape):
    """Adjoining minutes without readings for one reason (from_at <= t < to_at)."""

    from_at: Instant
    to_at: Instant
    minutes: int
    reason: MissingReason
    """Where several hold, the first of: not_visible (not the caller's to see), not_installed (no terminal on the
    machine), platform_down, refused (in quarantine), back_fill (older readings are arriving next to it now),
    engine_off (said by the last reading before), offline (by the terminal's status), not_arrived (numbers of messages
    are missing in that power cycle), unknown."""
    detail: list[str]
    """Why messages were refused; empty for other reasons."""


class MissingMinutes(Shape):
    """Every minute of a span: those with readings counted, those without by stretch and reason."""

    machine_id: UuidText
    from_at: Instant
    to_at: Instant
    minutes: int
    present_minutes: int
    missing_minutes: int
    by_reason: dict[MissingReason, int]
    """Minutes by reason; their sum is missing_minutes."""
    items: list[MissingStretch]
    """In order, disjoint."""
    pending: bool
    """True while more than six hours wait to be rolled up: minutes of those may be told as missing."""

    model_config = example(
        {
            "machine_id": MACHINE_UUID,
            "from_at": AT,
            "to_at": "2026-11-21T11:00:00Z",
            "minutes": 60,
            "present_minutes": 50,
            "missing_minutes": 10,
            "by_reason": {"engine_off": 10},
            "items": [
                {
                    "from_at": "2026-11-21T10:20:00Z",
                    "to_at": "2026-11-21T10:30:00Z",
                    "minutes": 10,
                    "reason": "engine_off",
                    "detail": [],
                }
            ],
            "pending": False,
        }
    )
