"""How far the data of a fleet can be trusted: how late it came, what was refused, what is off, when we were down."""

from typing import Any

from api.schemas.shape import AT, MACHINE_UUID, Instant, Shape, UuidText, Words, example

_LATER = "2026-11-21T11:00:00Z"
_COUNTS: dict[str, Any] = {"machines": 40, "minutes": 2310, "counts": [2200, 80, 20, 10, 0, 0], "latest_s": 1840.2}
_PART: dict[str, Any] = {"id": MACHINE_UUID, "name": "Pit 3"} | _COUNTS
_TEXT = {"zh": "机油压力低", "en": "Low oil pressure"}


class Lateness(Shape):
    """Machine minutes by how late they came. A minute is as late as the last of its readings."""

    machines: int
    """Machines that were heard."""
    minutes: int
    """Minutes of theirs with readings."""
    counts: list[int]
    """Those of them that came within each of `limits_s` and not within the one before, and those that came later than
    all of them. Their sum is `minutes`."""
    latest_s: float
    """Seconds from measuring to receiving, of the reading that took longest."""


class HourLateness(Lateness):
    """Of what was measured in an hour."""

    at: Instant


class PartLateness(Lateness):
    """Of the machines of a site or an operator, or of one machine."""

    id: UuidText | None
    """The site or the machine; operators have none."""
    name: str | None
    """None: machines without a site, or without an operator that anybody entered."""


class SilentStretch(Shape):
    """Minutes in which no machine was heard."""

    from_at: Instant
    to_at: Instant
    minutes: int
    platform_down_minutes: int
    """Those of them in which the platform could not hear."""


class FleetLateness(Shape):
    """How late the data of the machines came whose readings are the caller's to see, by whole hours of measuring."""

    from_at: Instant
    to_at: Instant
    counted_from: Instant | None
    """Nothing measured before is counted; None: nothing is yet."""
    limits_s: list[int]
    total: Lateness
    hours: list[HourLateness]
    """In order; hours without a reading are left out."""
    sites: list[PartLateness]
    """Where the machines stand now, the largest 50."""
    operators: list[PartLateness]
    """Of the SIM cards in the machines now, the largest 20."""
    worst: list[PartLateness]
    """The 20 with most minutes later than 15 minutes, then than one; none that was never later than a minute."""
    silent_minutes: int
    """Minutes in which no machine was heard, of those that are counted by now."""
    silent: list[SilentStretch]
    """In order, the newest 200."""

    model_config = example(
        {
            "from_at": AT,
            "to_at": _LATER,
            "counted_from": "2026-11-01T00:00:00Z",
            "limits_s": [10, 60, 900, 3600, 86400],
            "total": _COUNTS,
            "hours": [_COUNTS | {"at": AT}],
            "sites": [_PART],
            "operators": [_PART | {"id": None, "name": "China Mobile"}],
            "worst": [],
            "silent_minutes": 2,
            "silent": [{"from_at": AT, "to_at": "2026-11-21T10:02:00Z", "minutes": 2, "platform_down_minutes": 2}],
        }
    )


class RefusedHour(Shape):
    """What was refused in an hour for a reason."""

    at: Instant
    reason: str
    refused: int
    waiting: int


class RefusedReason(Shape):
    """What was refused for a reason; the reasons are in docs/wire-contract.md."""

    reason: str
    refused: int
    waiting: int
    """Not replayed yet."""
    last_at: Instant


class Refusals(Shape):
    """Messages and rows that were refused, by whole hours in which they came; of terminals on the caller's machines."""

    from_at: Instant
    to_at: Instant
    refused: int
    waiting: int
    reasons: list[RefusedReason]
    """The most frequent first."""
    hours: list[RefusedHour]
    """In order; hours without any are left out."""

    model_config = example(
        {
            "from_at": AT,
            "to_at": _LATER,
            "refused": 3,
            "waiting": 2,
            "reasons": [{"reason": "clock_future", "refused": 3, "waiting": 2, "last_at": AT}],
            "hours": [{"at": AT, "reason": "clock_future", "refused": 3, "waiting": 2}],
        }
    )


class DisabledRule(Shape):
    """A shipped rule that the site switched off."""

    rule: str
    text: Words
    since: Instant
    by: str
    note: str
    """What was said of the rule set that switched it off."""


class ShadowRule(Shape):
    """A rule that judges beside the live ones and raises nothing."""

    rule: str
    text: Words
    since: Instant
    is_new: bool
    """False: the live set has it, too, but otherwise."""


class MachineRuleOff(Shape):
    """A rule that people switched off for a machine."""

    machine_id: UuidText
    machine_name: str
    rule: str
    text: Words
    since: Instant
    until: Instant
    reason: str
    by: str


class DistrustedMachine(Shape):
    """A machine with the signal that is not believed."""

    machine_id: UuidText
    machine_name: str
    signal: str
    since: Instant


class WithheldRule(Shape):
    """A rule that cannot hold on machines whose sensors are not believed."""

    rule: str
    text: Words
    machines: int
    since: Instant
    """Since when on the machine on which it has been longest."""
    named: list[DistrustedMachine]
    """At most 20, the longest first."""


class RulesOff(Shape):
    """Rules that raise nothing now; of machines, those that the caller sees."""

    rules: int
    """In the live set."""
    disabled: list[DisabledRule]
    shadow: list[ShadowRule]
    off_for_machines: list[MachineRuleOff]
    """At most 1,000, the longest first."""
    withheld: list[WithheldRule]
    """Those that are withheld on most machines first."""

    model_config = example(
        {
            "rules": 101,
            "disabled": [{"rule": "low_fuel", "text": _TEXT, "since": AT, "by": "expert", "note": "too nervous"}],
            "shadow": [{"rule": "low_oil_pressure", "text": _TEXT, "since": AT, "is_new": False}],
            "off_for_machines": [],
            "withheld": [],
        }
    )


class Down(Shape):
    """A time in which the platform could not take messages."""

    from_at: Instant
    to_at: Instant | None
    """None while it lasts."""
    seconds: float


class MachineHoles(Shape):
    """A machine whose messages are missing."""

    machine_id: UuidText
    machine_name: str
    power_cycles: int
    messages: int
    over_downs: int
    """Of its power cycles, those that lived through a time in which the platform was down."""


class Holes(Shape):
    """What the ledger lacks: power cycles, and messages by their numbers, of the caller's machines."""

    power_cycles: int
    messages: int
    over_downs: int
    """Of the power cycles, those that lived through a time in which the platform was down."""
    over_downs_messages: int
    machines: list[MachineHoles]
    """At most 20, those that lack most first."""


class PlatformTime(Shape):
    """When the platform itself was down; the same for everybody but for `holes`."""

    from_at: Instant
    to_at: Instant
    recorded_from: Instant | None
    """Nothing is known of before."""
    healthy_until: Instant | None
    """Until when it is known to have heard; written every few seconds."""
    is_down: bool
    down_s: float
    behind_s: float
    """In which it worked and had more waiting than it could take at once: nothing was lost, what it told was late."""
    available_share: float | None
    """Of the span, as far as it is recorded."""
    starts: int
    """How often it began to hear: after a start or an outage."""
    downs: list[Down]
    """The newest first, at most 200."""
    holes: Holes

    model_config = example(
        {
            "from_at": AT,
            "to_at": _LATER,
            "recorded_from": "2026-11-01T00:00:00Z",
            "healthy_until": _LATER,
            "is_down": False,
            "down_s": 42.5,
            "behind_s": 3.0,
            "available_share": 0.988194,
            "starts": 1,
            "downs": [{"from_at": AT, "to_at": "2026-11-21T10:00:42.5Z", "seconds": 42.5}],
            "holes": {
                "power_cycles": 1,
                "messages": 3,
                "over_downs": 1,
                "over_downs_messages": 3,
                "machines": [
                    {
                        "machine_id": MACHINE_UUID,
                        "machine_name": "Digger 7",
                        "power_cycles": 1,
                        "messages": 3,
                        "over_downs": 1,
                    }
                ],
            },
        }
    )
