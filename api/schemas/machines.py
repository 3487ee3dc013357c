"""Machines: list entries, one machine, its last state and its ledger."""

from typing import Literal

from api.schemas.shape import AT, MACHINE_UUID, Instant, SeverityName, Shape, UuidText, example

_POSITION = {"latitude_deg": 31.2304, "longitude_deg": 121.4737, "measured_at": AT, "is_coarse": False}
_ALARMS = {"count": 1, "severity": "critical"}
_SUMMARY = {
    "id": MACHINE_UUID,
    "pin": "ECC00EX0001234567",
    "serial_number": "EX-1234567",
    "equipment_id": "EX-07",
    "name": "Excavator 7",
    "kind": "excavator",
    "model": "SY215C",
    "maker": "SANY",
    "site": "North quarry",
    "organisation": "Demo Construction",
    "mode": "in_service",
    "online": True,
    "work_state": "working",
    "measured_at": AT,
    "received_at": AT,
    "position": _POSITION,
    "open_alarms": _ALARMS,
    "signals": {"fuel_level_pct": {"value": 62.5, "unit": "%", "measured_at": AT}},
}


class Position(Shape):
    """Where a machine last was, WGS 84."""

    latitude_deg: float
    longitude_deg: float
    measured_at: Instant
    is_coarse: bool
    """True: rounded to 0.1 degree, for those without the right to positions."""


class OpenAlarms(Shape):
    """How many alarms of a machine are open, and the worst of them."""

    count: int
    severity: SeverityName | None


class LastValue(Shape):
    """The last known value of a signal."""

    value: float
    unit: str
    measured_at: Instant


class AgedValue(LastValue):
    """A last value and how old it was when the answer was made."""

    age_s: float


class MachineSummary(Shape):
    """One line of the machine list."""

    id: UuidText
    pin: str
    serial_number: str | None
    equipment_id: str | None
    name: str
    kind: str
    """excavator, wheel_loader, truck_crane, concrete_pump_truck, roller, ..."""
    model: str | None
    maker: str | None
    site: str | None
    organisation: str | None
    """The owner now; null when nobody is recorded."""
    mode: str
    online: bool | None
    """null: nothing was heard of it in the time that is the caller's to see."""
    work_state: str | None
    """working, travelling, idle, off; null while unknown."""
    measured_at: Instant | None
    """Machine clock of the newest reading."""
    received_at: Instant | None
    position: Position | None
    open_alarms: OpenAlarms
    signals: dict[str, LastValue]
    """Last values of the signals asked for with `signals`."""

    model_config = example(_SUMMARY)


class MachinePage(Shape):
    """A page of machines."""

    items: list[MachineSummary]
    next_cursor: str | None
    """Give it back as `cursor` for the next page; null on the last one."""

    model_config = example({"items": [_SUMMARY], "next_cursor": "WyJuYW1lIiwiRXhjYXZhdG9yIDciLDddAA"})


class Installation(Shape):
    """A terminal's time on the machine."""

    terminal: str
    from_at: Instant | None
    """null: since the beginning of time."""
    to_at: Instant | None
    """null: still installed."""


class VisiblePeriod(Shape):
    """A period of the machine's history that the caller may see; from_at <= t < to_at."""

    from_at: Instant | None
    to_at: Instant | None


class MachineDetail(MachineSummary):
    """One machine."""

    nominal_voltage_v: int | None
    registered_at: Instant
    version: int
    """What a change names in If-Match."""
    updated_at: Instant
    site_id: UuidText | None
    model_id: UuidText | None
    organisation_id: UuidText | None
    """Whose it is now."""
    options: list[str]
    """Codes of its factory options; the model's list explains them."""
    time_zone: str | None
    installations: list[Installation]
    attributes: dict[str, str]
    """Text attributes the machine reported, such as software_id."""
    visible: list[VisiblePeriod]
    """When anything of it is the caller's to see."""
    visible_classes: dict[str, list[VisiblePeriod]]
    """The same by class of data: readings, position, hours, alarms."""

    model_config = example(
        _SUMMARY
        | {
            "nominal_voltage_v": 24,
            "registered_at": AT,
            "version": 1,
            "updated_at": AT,
            "site_id": "0198f3a4-7b1c-7e55-8a02-9d0c1b2a3f44",
            "model_id": "0198f3a4-7b1c-7e55-8a02-9d0c1b2a3f45",
            "organisation_id": "0198f3a4-7b1c-7e55-8a02-9d0c1b2a3f46",
            "options": ["hammer_line"],
            "time_zone": "Asia/Shanghai",
            "installations": [{"terminal": "ECC00EX0001234567", "from_at": None, "to_at": None}],
            "attributes": {"software_id": "V1.2.3"},
            "visible": [{"from_at": AT, "to_at": None}],
            "visible_classes": {"readings": [{"from_at": None, "to_at": None}]},
        }
    )


class MachineState(Shape):
    """The last values of one machine."""

    machine_id: UuidText
    at: Instant
    """When this answer was made; ages are counted from it."""
    online: bool | None
    """null: nothing was heard of it in the time that is the caller's to see."""
    work_state: str | None
    measured_at: Instant | None
    received_at: Instant | None
    position: Position | None
    signals: dict[str, AgedValue]
    """By signal key."""

    model_config = example(
        {
            "machine_id": MACHINE_UUID,
            "at": AT,
            "online": True,
            "work_state": "working",
            "measured_at": AT,
            "received_at": AT,
            "position": _POSITION,
            "signals": {"engine_speed_rpm": {"value": 1800.0, "unit": "rpm", "measured_at": AT, "age_s": 0.8}},
        }
    )


class FleetPosition(Shape):
    """One machine of the map and the live table, as small as possible."""

    id: UuidText
    name: str
    kind: str
    online: bool | None
    """null: nothing was heard of it in the time that is the caller's to see."""
    work_state: str | None
    measured_at: Instant | None
    latitude_deg: float | None
    longitude_deg: float | None
    is_coarse: bool
    """True: the place is rounded to 0.1 degree."""
    severity: SeverityName | None
    """Worst severity of its open alarms."""
    open_alarms: int

    model_config = example(
        {
            "id": MACHINE_UUID,
            "name": "Excavator 7",
            "kind": "excavator",
            "online": True,
            "work_state": "working",
            "measured_at": AT,
            "latitude_deg": 31.2304,
            "longitude_deg": 121.4737,
            "is_coarse": False,
            "severity": "critical",
            "open_alarms": 1,
        }
    )


class FleetPositions(Shape):
    """All machines the caller sees, without pages."""

    at: Instant
    items: list[FleetPosition]
    truncated: bool
    """True when there are more machines than the answer's cap."""


class MatrixColumn(Shape):
    """One signal's last values, parallel to the machines; null where the caller sees none."""

    unit: str
    value: list[float | None]
    age_s: list[float | None]
    """How old each value was when the answer was made."""


class FleetMatrix(Shape):
    """Last values of chosen signals, machine by signal, as columns."""

    at: Instant
    machines: list[UuidText]
    names: list[str]
    signals: dict[str, MatrixColumn]
    """By signal key."""
    truncated: bool
    """True when there are more machines than the answer's cap."""

    model_config = example(
        {
            "at": AT,
            "machines": [MACHINE_UUID],
            "names": ["Excavator 7"],
            "signals": {"fuel_level_pct": {"unit": "%", "value": [62.5], "age_s": [0.8]}},
            "truncated": False,
        }
    )


class LedgerEntry(Shape):
    """What arrived of one power cycle (`boot`) of a terminal, by message number."""

    terminal: str
    boot: str
    through: int
    """All messages 0..through are kept; -1 when the first one is missing."""
    ranges: list[tuple[int, int]]
    """Kept messages above `through`, first and last of each stretch."""
    gaps: list[tuple[int, int]]
    """Missing messages: first and last of each gap."""
    messages: int
    rows_committed: int
    rows_quarantined: int
    redelivered: int
    first_received_at: Instant
    last_received_at: Instant
    max_measured_at: Instant | None


class Ledger(Shape):
    """Which messages of a machine's terminals are kept and which are missing; newest power cycle first."""

    machine_id: UuidText
    missing_messages: int
    items: list[LedgerEntry]
    truncated: bool
    is_cut: bool
    """True when power cycles are left out that reach beyond the time in which the machine is the caller's to see."""

    model_config = example(
        {
            "machine_id": MACHINE_UUID,
            "missing_messages": 2,
            "items": [
                {
                    "terminal": "ECC00EX0001234567",
                    "boot": "b1",
                    "through": 99,
                    "ranges": [[102, 180]],
                    "gaps": [[100, 101]],
                    "messages": 179,
                    "rows_committed": 179,
                    "rows_quarantined": 0,
                    "redelivered": 3,
                    "first_received_at": AT,
                    "last_received_at": AT,
                    "max_measured_at": AT,
                }
            ],
            "truncated": False,
            "is_cut": False,
        }
    )


MachineSort = Literal["name", "-name", "pin", "-pin", "kind", "-kind", "measured_at", "-measured_at", "severity"]
