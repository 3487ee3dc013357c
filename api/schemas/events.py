"""Events a machine reported, and its fault codes."""

from typing import Literal

from api.schemas.shape import AT, MACHINE_UUID, Instant, Shape, UuidText, Words, example

EventKindName = Literal["fault", "sensor_error", "status", "attribute", "note"]
SensorErrorName = Literal["reported", "out_of_limits"]


class Lamps(Shape):
    """J1939 DM1 lamps."""

    protect: bool
    amber: bool
    red_stop: bool
    mil: bool


class MachineEvent(Shape):
    """One event; fields that do not belong to its kind are null."""

    kind: EventKindName
    measured_at: Instant
    received_at: Instant
    source_address: int | None
    spn: int | None
    fmi: int | None
    occurrence_count: int | None
    lamps: Lamps | None
    signal: str | None
    """Signal of a sensor error."""
    error: SensorErrorName | None
    online: bool | None
    """Of a status event."""
    text: str | None

    model_config = example(
        {
            "kind": "fault",
            "measured_at": AT,
            "received_at": AT,
            "source_address": 0,
            "spn": 100,
            "fmi": 1,
            "occurrence_count": 3,
            "lamps": {"protect": False, "amber": False, "red_stop": True, "mil": False},
            "signal": None,
            "error": None,
            "online": None,
            "text": None,
        }
    )


class EventPage(Shape):
    """Events, newest first."""

    items: list[MachineEvent]
    next_cursor: str | None


class Fault(Shape):
    """The present state of one fault code of a machine."""

    key: str
    """SA/SPN/FMI, as alarms of kind dtc name it; - for an unknown SA."""
    source_address: int | None
    spn: int
    fmi: int
    signal: str | None
    """The catalogue's signal with this SPN."""
    text: Words
    first_seen_at: Instant
    last_seen_at: Instant
    occurrence_count: int | None
    active: bool

    model_config = example(
        {
            "key": "0/100/1",
            "source_address": 0,
            "spn": 100,
            "fmi": 1,
            "signal": "engine_oil_pressure_kpa",
            "text": {
                "zh": "发动机机油压力：数据有效但低于正常范围，最严重",
                "en": "Engine oil pressure: below range, most severe",
            },
            "first_seen_at": AT,
            "last_seen_at": AT,
            "occurrence_count": 3,
            "active": True,
        }
    )


class FaultList(Shape):
    """A machine's fault codes: active ones first, then the newest."""

    machine_id: UuidText
    items: list[Fault]
    truncated: bool

    model_config = example({"machine_id": MACHINE_UUID, "items": [], "truncated": False})
