"""A finding that stands on a sensor which is not believed: its first diagnosis names the sensor first.

The finding stays what it is, with its severity: nobody is told that an engine has oil pressure because a sensor is
doubted. A sensor that is found out lied before it was: findings that held up to REVISED_US before are diagnosed again.
Pure.
"""

from collections.abc import Collection, Sequence
from dataclasses import replace
from math import prod

from diagnosis.evidence_file import Observation
from diagnosis.preliminary import Preliminary, RankedCause
from diagnosis.rule import Words
from diagnosis.trust import Distrust, packaged_checks
from fleet.signals import Catalogue, Signal

REVISED_US = 60 * 60_000_000
SENSOR = "sensor_faulty"
SENSORS = ("_sender_faulty", SENSOR)
_PARTS = {"kPa": "pressure_sensor", "degC": "temperature_sensor", "rpm": "speed_sensor", "%": "level_sensor"}
_CHECKS = ("compare_with_other_sensor", "inspect_harness")


def doubts(distrust: Sequence[Distrust], signals: Collection[str], *, held_us: int) -> list[Distrust]:
    """What of the distrust speaks against a finding on these signals that held at an instant."""
    return [
        one
        for one in distrust
        if one.signal in signals and one.from_us <= held_us + REVISED_US and (one.to_us is None or one.to_us > held_us)
    ]


def doubted(found: Preliminary, against: Sequence[Distrust], catalogue: Catalogue) -> Preliminary:
    """The diagnosis with the sensor first, as likely as it is not trusted; the others share what is left."""
    if not against:
        return found
    trust = prod(one.score for one in against)
    named = next((one for one in found.causes if one.cause.endswith(SENSORS)), RankedCause(cause=SENSOR, share=0.0))
    seen = tuple(observed(one, named.cause, catalogue) for one in against)
    rest = [one for one in found.causes if one.cause != named.cause]
    whole = sum(one.share for one in rest) or 1.0
    parts = [_PARTS[unit] for one in against if (unit := catalogue[one.signal].unit) in _PARTS]
    sensors = named.parts or tuple(dict.fromkeys(parts))
    first = replace(named, share=1.0 - trust, parts=sensors, untold=False, speaks_for=(*seen, *named.speaks_for))
    return Preliminary(
        causes=(first, *(replace(one, share=one.share * trust / whole) for one in rest)),
        next_check=_CHECKS[0],
        checks=tuple(dict.fromkeys((*_CHECKS, *found.checks))),
        parts=tuple(dict.fromkeys((*parts, "sensor_harness", *found.parts))),
        owner=_owner(found.owner, catalogue[against[0].signal]),
        basis="order" if found.basis == "order" else "weighed",
    )


def observed(one: Distrust, cause: str, catalogue: Catalogue) -> Observation:
    """That a sensor is not trusted, with the conditions of the checks that say so."""
    rules = {check.key: check.rule for check in packaged_checks(catalogue)}
    when = [key if (rule := rules.get(key)) is None else rule.when_text for key in one.checks]
    signal = catalogue[one.signal]
    words = Words(zh=f"{signal.zh}的读数不可信", en=f"The readings of this sensor are not believed: {signal.en}")
    return Observation(key=one.signal, cause=cause, when=" | ".join(when), yes=1.0, no=0.0, words=words)


def _owner(owner: Words, signal: Signal) -> Words:
    return Words(
        zh=f"{signal.zh}的传感器可能有误,请先核实;核实之前:{owner.zh}",
        en=f"The sensor may be wrong ({signal.en}); have it checked first. Until then: {owner.en}",
    )
