"""What wear shows of a machine."""

from typing import Any, Literal

from api.schemas.shape import AT, MACHINE_UUID, Instant, Shape, UuidText, Words, example

WearWay = Literal["rising", "falling"]
_INDEX: dict[str, Any] = {
    "id": "oil_pressure_hot_idle",
    "text": {"zh": "热怠速机油压力", "en": "Oil pressure at hot idle"},
    "unit": "kPa",
    "worse": "falling",
    "as_of": AT,
    "days": 42,
    "level": 168.0,
    "limit": 100.0,
    "slope_per_day": -1.1,
    "expected_days": 62.0,
    "low_days": 55.0,
    "high_days": 71.0,
    "remind_at": "2027-01-15T00:00:00Z",
    "values": [{"day_at": AT, "value": 169.5, "minutes": 48}],
}


class WearValue(Shape):
    """An index on a day."""

    day_at: Instant
    """The beginning of the day (UTC)."""
    value: float
    minutes: int
    """It is the median of so many minutes."""


class Wear(Shape):
    """A degradation index: what the machine shows when it does the same thing each day."""

    id: str
    """oil_pressure_hot_idle, coolant_over_ambient, hydraulic_temp_per_power or air_filter_restriction."""
    text: Words
    unit: str
    worse: WearWay
    """The way it goes with wear."""
    as_of: Instant
    """The end of the last day that was looked at."""
    days: int
    """Days that the trend is drawn through; nothing is said from fewer than 14."""
    level: float | None
    """Where the trend stands on the last of them."""
    limit: float | None
    slope_per_day: float | None
    expected_days: float | None
    """From the last day on until the limit; null: it is not known to go there within a year."""
    low_days: float | None
    """80 of 100 cases lie between low_days and high_days."""
    high_days: float | None
    """Null beside low_days: the interval has no end."""
    remind_at: Instant | None
    """When the limit may be reached at the earliest: low_days after the last day."""
    values: list[WearValue]

    model_config = example(_INDEX)


class MachineWear(Shape):
    """All indices of a machine that say anything."""

    machine_id: UuidText
    items: list[Wear]
    next_cursor: None = None

    model_config = example({"machine_id": MACHINE_UUID, "items": [_INDEX], "next_cursor": None})
