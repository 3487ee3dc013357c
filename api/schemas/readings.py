"""Readings as columns: one list of times, one list a signal."""

from typing import Literal

from api.schemas.shape import AT, MACHINE_UUID, Instant, Shape, UuidText, example


class Series(Shape):
    """One signal over the answer's instants; null where nothing was reported."""

    unit: str
    mean: list[float | None]
    """The bucket's mean (a raw answer: the reading itself; positions, states and counters: the last value)."""
    min: list[float | None] | None
    """The bucket's least value; null in a raw answer."""
    max: list[float | None] | None
    """The bucket's greatest value: a spike of one reading is kept. Null in a raw answer."""


class Readings(Shape):
    """One machine's readings between two instants (from <= t < to)."""

    machine_id: UuidText
    from_at: Instant
    to_at: Instant
    resolution: Literal["raw", "1m", "15m", "1h"]
    """What the answer was made from: the readings themselves or one of the rollups."""
    bucket_s: float | None
    """Width of a bucket; null when every point is one reading."""
    at: list[Instant]
    """Start of each bucket, or the reading's instant."""
    signals: dict[str, Series]
    """By signal key."""
    pending: bool
    """True while late readings in this span still wait to be rolled up; ask again later."""
    next_from: Instant | None = None
    """`resolution=raw`: where to go on when there are more readings than `max_points`; null when these are all."""
    withheld: list[str]
    """Signals asked for that are not the caller's to see in this span."""

    model_config = example(
        {
            "machine_id": MACHINE_UUID,
            "from_at": AT,
            "to_at": "2026-11-21T10:02:00Z",
            "resolution": "1m",
            "bucket_s": 60.0,
            "at": [AT, "2026-11-21T10:01:00Z"],
            "signals": {
                "engine_speed_rpm": {
                    "unit": "rpm",
                    "mean": [1480.2, 1502.0],
                    "min": [800.0, 1400.0],
                    "max": [1810.0, 1600.0],
                }
            },
            "pending": False,
            "withheld": [],
        }
    )


class SignalEntry(Shape):
    """One measurable quantity of the catalogue."""

    key: str
    name: str
    """In the language asked for by Accept-Language."""
    zh: str
    en: str
    unit: str
    spn: int | None
    pgn: int | None
    valid_min: float
    valid_max: float
    aggregation: Literal["gauge", "counter", "state", "position"]
    iso15143: str | None
    hold_s: float

    model_config = example(
        {
            "key": "engine_speed_rpm",
            "name": "Engine speed",
            "zh": "发动机转速",
            "en": "Engine speed",
            "unit": "rpm",
            "spn": 190,
            "pgn": 61444,
            "valid_min": 0.0,
            "valid_max": 8031.875,
            "aggregation": "gauge",
            "iso15143": None,
            "hold_s": 5.0,
        }
    )


class SignalList(Shape):
    """The catalogue in column order."""

    items: list[SignalEntry]
