"""Values of a machine under keys that are no signals."""

from api.schemas.shape import AT, MACHINE_UUID, Instant, Shape, UuidText, example


class ExtraValue(Shape):
    """One value as it was sent; no unit, range or name is known."""

    measured_at: Instant
    key: str
    value: float

    model_config = example({"measured_at": AT, "key": "grease_level_pct", "value": 40.0})


class ExtraPage(Shape):
    """Values, newest first."""

    machine_id: UuidText
    items: list[ExtraValue]
    next_cursor: str | None

    model_config = example(
        {
            "machine_id": MACHINE_UUID,
            "items": [{"measured_at": AT, "key": "grease_level_pct", "value": 40.0}],
            "next_cursor": None,
        }
    )
