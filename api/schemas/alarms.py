"""Alarms and their transitions."""

from typing import Any, Literal

from api.schemas.shape import ALARM_UUID, AT, MACHINE_UUID, Instant, SeverityName, Shape, UuidText, Words, example

AlarmStateName = Literal["active", "cleared", "withdrawn"]
LifecycleName = Literal["normal", "active_unacknowledged", "active_acknowledged", "returned_unacknowledged", "latched"]
SuppressionName = Literal["shelved", "out_of_service", "by_design"]
AsksName = Literal["nothing", "acknowledgement", "reset"]
SourceKindName = Literal["rule", "model", "dtc", "platform", "sensor"]
SilenceReasonName = Literal[
    "engine_off", "no_coverage", "power_cut", "terminal_removed", "clock_wrong", "broker_or_us", "unknown"
]
AlarmSort = Literal["-raised_at", "raised_at", "severity", "-committed_at"]

FINDING_UUID = "0198f3a1-11d0-7a52-8c3e-5f0c9d2b7e55"
_MACHINE = {"id": MACHINE_UUID, "pin": "ECC00EX0001234567", "name": "Excavator 7", "kind": "excavator"}
_ALARM = {
    "id": ALARM_UUID,
    "machine": _MACHINE,
    "source_kind": "rule",
    "source_key": "low_oil_pressure",
    "text": {"zh": "机油压力低", "en": "Low oil pressure"},
    "severity": "critical",
    "state": "active",
    "historic": False,
    "raised_at": AT,
    "cleared_at": None,
    "committed_at": AT,
    "acknowledged_at": None,
    "acknowledged_by": None,
    "lifecycle": "active_unacknowledged",
    "asks": "acknowledgement",
    "suppression": None,
    "inhibited_by": None,
    "chattering": False,
    "fleeting": False,
    "escalation": 0,
    "assigned_to": None,
    "investigating_since": None,
    "investigated_by": None,
    "finding_id": FINDING_UUID,
    "values": [
        {"key": "engine_oil_pressure_kpa", "value": 82.0, "unit": "kPa"},
        {"key": "engine_speed_rpm", "value": 1650.0, "unit": "rpm"},
    ],
}
_TRANSITION: dict[str, Any] = {"at": AT, "kind": "raised", "version": "a1b2c3", "actor": None, "detail": {}}


class AlarmMachine(Shape):
    """The machine an alarm is about."""

    id: UuidText
    pin: str
    name: str
    """Its PIN when the machine is not the caller's to see any more."""
    kind: str


class SignalValue(Shape):
    """A signal's value at the instant the rule had held long enough."""

    key: str
    value: float
    unit: str


class Alarm(Shape):
    """One episode on one machine."""

    id: UuidText
    machine: AlarmMachine
    source_kind: SourceKindName
    source_key: str
    """Key of a rule or a signal, SA/SPN/FMI of a fault code, or cascade:KEY[:SA] of several without a root."""
    text: Words
    severity: SeverityName
    state: AlarmStateName
    historic: bool
    """Found in readings that came late, and not in live ones since; nobody was paged."""
    raised_at: Instant
    """Machine clock: when the condition had held for the rule's `for`."""
    cleared_at: Instant | None
    committed_at: Instant
    """When the platform wrote it."""
    acknowledged_at: Instant | None
    acknowledged_by: str | None
    lifecycle: LifecycleName
    """Where it stands with people (ISA-18.2), beside `state`, the condition of the machine."""
    asks: AsksName
    """What it asks of people before it is over; `reset`: it latches."""
    suppression: SuppressionName | None
    """Why it calls nobody: held back by a person, or by design while the machine is repaired, moved or stored."""
    inhibited_by: UuidText | None
    """The alarm of the cause that explains it."""
    chattering: bool
    """Its source came again and again on this machine: three times within ten minutes, as the platform is set."""
    fleeting: bool
    """It went as soon as it came: within 30 s, as the platform is set."""
    escalation: int
    """How often somebody else was told because nobody acknowledged it."""
    assigned_to: str | None
    investigating_since: Instant | None
    investigated_by: str | None
    finding_id: UuidText
    """Whose evidence and first diagnosis are at `/findings/{finding_id}`."""
    values: list[SignalValue]
    """The signals that drove it, in the order in which its rule names them; empty for a fault code or silence."""

    model_config = example(_ALARM)


class AlarmPage(Shape):
    """A page of alarms."""

    items: list[Alarm]
    next_cursor: str | None

    model_config = example({"items": [_ALARM], "next_cursor": None})


class Transition(Shape):
    """A change of an alarm."""

    at: Instant
    kind: str
    """One of the code list `alarm_transitions`; more may come."""
    version: str | None
    actor: str | None
    detail: dict[str, Any]

    model_config = example(_TRANSITION)


class AlarmLimit(Shape):
    """A limit that the signal `key` has to pass for the alarm's rule to hold."""

    key: str
    comparison: Literal["<", "<=", ">", ">="]
    value: float
    unit: str


class AlarmCode(Shape):
    """One of several fault codes that have one cause."""

    source_address: int | None
    spn: int
    fmi: int
    text: Words
    from_at: Instant
    to_at: Instant | None
    """When it ended; None while it is active, and where it has an alarm of its own."""
    has_own_alarm: bool
    """It was raised by itself before its cause was known."""


class AlarmHold(Shape):
    """What somebody said of all alarms of this one's source on this machine."""

    hold: Literal["shelved", "out_of_service"]
    reason: str
    since: Instant
    until: Instant | None
    by: str


class Silence(Shape):
    """Why a machine is silent, as judged from what was known."""

    reason: SilenceReasonName
    share: float
    """How likely it is, 0 to 1; of `unknown`: the likeliest reason's."""
    signs: list[Words]
    """What spoke for it, the strongest first; of `unknown`: for the likeliest one."""


class AlarmDetail(Alarm):
    """One alarm with its history and the limits of its rule."""

    advice: Words | None
    """One plain sentence for the machine's owner."""
    from_at: Instant | None
    """Machine clock: first instant of the condition."""
    limits: list[AlarmLimit]
    """Empty where the rule is more than plain comparisons of signals with numbers."""
    codes: list[AlarmCode]
    """The fault codes of an alarm that several have, the first one first; empty otherwise."""
    hold: AlarmHold | None
    silence: Silence | None
    """Of the alarm `machine_silent`."""
    transitions: list[Transition]

    model_config = example(
        _ALARM
        | {
            "advice": {"zh": "请立即停机并检查机油油位。", "en": "Stop the engine and check the oil level."},
            "from_at": AT,
            "limits": [{"key": "engine_oil_pressure_kpa", "comparison": "<", "value": 100.0, "unit": "kPa"}],
            "codes": [],
            "hold": None,
            "silence": None,
            "transitions": [_TRANSITION],
        }
    )
