"""The first diagnosis of a model's finding: a signal above or below what was expected of it, or an index of wear.

A little too much or too little is what the mildest of the machine's own failure modes says of the signal's SPN (FMI 15
above, 17 below), so the causes are those of diagnosis/knowledge/spns.toml. Signals without an SPN have theirs here, and
those of which a little too much says something else than a code does. Where nothing is known of a side, that is said:
the machine is unlike what it was before, or what sends the value is. Those of wear are in knowledge/wear.toml. Pure.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from typing import Any

from diagnosis.fault_knowledge import (
    UNTOLD,
    CodeMeaning,
    FaultKnowledge,
    Likely,
    Side,
    likely_of,
    read_knowledge_file,
)
from diagnosis.preliminary import Preliminary, of_code
from diagnosis.rule import Words
from fleet.findings import Severity
from fleet.signals import Catalogue, Signal

ABOVE_FMI, BELOW_FMI = 15, 17
CALM = 0.5
"""A signal whose share is below this part of the model's border is as expected."""
ALONE = 0.5
"""What the sensor's share is where a fault of the machine would have moved another signal, too, and has not."""
NOT_NAMED = "not_named"
_SENDERS = {
    "pressure": ("pressure_sender_faulty", "pressure_sensor"),
    "temperature": ("temperature_sender_faulty", "temperature_sensor"),
    "speed": ("speed_sensor_faulty", "speed_sensor"),
    "level": ("sensor_faulty", "level_sensor"),
    "kPa": ("pressure_sender_faulty", "pressure_sensor"),
    "degC": ("temperature_sender_faulty", "temperature_sensor"),
}
"""What measures a signal by its SPN's family, else by its unit: the cause that it is wrong, and the part."""
_FOLLOWS = {
    # An engine that gets less air burns hotter (turbocharger makers' troubleshooting guides).
    ("intake_manifold_pressure_kpa", False): ("exhaust_temp_degc",),
    # Coolant and oil share the engine's block, and mostly a cooler: neither gets hot or stays cold without the other.
    ("engine_coolant_temp_degc", False): ("engine_oil_temp_degc",),
    ("engine_coolant_temp_degc", True): ("engine_oil_temp_degc",),
}
"""Of a signal and side those that a fault of the machine moves along, one of which suffices."""
_OWN = {
    # The pressure of a closed circuit follows its temperature: a code speaks of gas, a little more of hotter coolant.
    ("engine_coolant_pressure_kpa", True): Likely(
        causes=(
            ("radiator_blocked", 0.24),
            ("thermostat_stuck", 0.17),
            ("water_pump_faulty", 0.17),
            ("fan_drive_faulty", 0.16),
            ("head_gasket_leak", 0.16),
            ("pressure_sender_faulty", 0.1),
        ),
        checks=("clean_radiator", "check_fan", "check_belt", "test_thermostat", "pressure_test_cooling"),
        parts=("thermostat", "water_pump", "cooling_fan_drive", "pressure_sensor"),
    ),
    ("pilot_pressure_kpa", False): Likely(
        causes=(
            ("pilot_pump_worn", 0.4),
            ("pilot_relief_valve_leaks", 0.25),
            ("pilot_filter_clogged", 0.2),
            ("pressure_sender_faulty", 0.15),
        ),
        checks=("check_pilot_filter", "compare_with_gauge"),
        parts=("pressure_sensor",),
    ),
    ("vibration_frequency_hz", False): Likely(
        causes=(("vibration_motor_worn", 0.5), ("pump_internal_leakage", 0.3), ("speed_sensor_faulty", 0.2)),
        checks=("measure_pump_case_drain", "check_drum_bearings"),
        parts=(),
    ),
}


@dataclass(frozen=True, slots=True)
class Beside:
    """What a model says of the other signals: the shares of those that drove its finding, and those that it heard."""

    shares: Mapping[str, float] = field(default_factory=dict)
    heard: Collection[str] = ()


def shares_of(values: Mapping[str, float]) -> dict[str, float]:
    """The shares of the signals that drove a finding, from its values (diagnosis/minutes.py)."""
    prefix = "contribution."
    return {key.removeprefix(prefix): share for key, share in values.items() if key.startswith(prefix)}


def side_of(signal: str, values: Mapping[str, float]) -> bool | None:
    """Whether a signal lay above what was expected of it; None where the finding's values do not say."""
    side = values.get(f"side.{signal}")
    if side is None and signal in values and f"expected.{signal}" in values:
        side = values[signal] - values[f"expected.{signal}"]
    return side > 0 if side else None


def of_deviation(
    signal: str,
    knowledge: FaultKnowledge,
    catalogue: Catalogue,
    *,
    above: bool | None,
    beside: Beside | None = None,
) -> Preliminary:
    """What may be behind it; above None: the model does not say on which side it lies. Raises KeyError."""
    one = catalogue[signal]
    sides = [likely for side in ((True, False) if above is None else (above,))
             if (likely := _known(one, knowledge, above=side)) is not None]  # fmt: skip
    if not sides:
        return _unlike_before(one, knowledge)
    likely = _joined(sides)
    if above is not None and _is_alone(signal, beside, above=above):
        likely = _sensor_first(likely, one, knowledge)
    fmis = (ABOVE_FMI, BELOW_FMI) if above is None else (ABOVE_FMI if above else BELOW_FMI,)
    grades = [Severity.MEDIUM if one.spn is None else knowledge.severity(one.spn, fmi, 0) for fmi in fmis]
    severity = min(grades, key=list(Severity).index)
    words = Words(zh=one.zh, en=one.en)
    return _with_parts(
        of_code(CodeMeaning(words=words, severity=severity, side=Side.MACHINE, family="", likely=likely))
    )


def _with_parts(found: Preliminary) -> Preliminary:
    """The diagnosis with the parts of its causes after those that are named."""
    parts = dict.fromkeys((*found.parts, *(part for cause in found.causes for part in cause.parts)))
    return replace(found, parts=tuple(parts))


def _known(signal: Signal, knowledge: FaultKnowledge, *, above: bool) -> Likely | None:
    """What is known of one side of a signal; None: nothing."""
    told = UNTOLD if signal.spn is None else knowledge.likely(signal.spn, ABOVE_FMI if above else BELOW_FMI)
    likely = _OWN.get((signal.key, above), told)
    return None if likely == UNTOLD or not likely.causes else likely


def _joined(sides: list[Likely]) -> Likely:
    """Both sides as one, each as likely as the other."""
    if len(sides) == 1:
        return sides[0]
    weights: dict[str, float] = {}
    for likely in sides:
        for cause, share in likely.causes:
            weights[cause] = weights.get(cause, 0.0) + share / len(sides)
    return Likely(
        causes=tuple(sorted(weights.items(), key=lambda cause: -cause[1])),
        checks=tuple(dict.fromkeys(check for likely in sides for check in likely.checks)),
        parts=tuple(dict.fromkeys(part for likely in sides for part in likely.parts)),
    )


def _is_alone(signal: str, beside: Beside | None, *, above: bool) -> bool:
    """Whether it is the only signal that is out, though a fault of the machine would move another one that is heard."""
    if beside is None or not any(other in beside.heard for other in _FOLLOWS.get((signal, above), ())):
        return False
    return all(share < CALM for key, share in beside.shares.items() if key != signal)


def _sensor_first(likely: Likely, signal: Signal, knowledge: FaultKnowledge) -> Likely:
    """The same with the signal's sensor as the first cause, to be compared with another before anything else."""
    sender, part = sender_of(signal, knowledge)
    rest = [(cause, share) for cause, share in likely.causes if cause != sender]
    whole = sum(share for _, share in rest)
    return Likely(
        causes=((sender, ALONE), *((cause, share / whole * (1 - ALONE)) for cause, share in rest)),
        checks=tuple(dict.fromkeys(("compare_with_gauge", "inspect_connector", *likely.checks))),
        parts=tuple(dict.fromkeys((*part, *likely.parts))),
    )


def sender_of(signal: Signal, knowledge: FaultKnowledge) -> tuple[str, tuple[str, ...]]:
    """The cause that what sends a signal is wrong, and its part; a value that is calculated has no sensor."""
    family = "" if signal.spn is None else knowledge.family(signal.spn)
    found = _SENDERS.get(family) or (_SENDERS.get(signal.unit) if family != "none" else None)
    return ("data_source_faulty", ()) if found is None else (found[0], (found[1],))


def _unlike_before(signal: Signal, knowledge: FaultKnowledge) -> Preliminary:
    """Of a side that nobody has described: it is unlike before; look on, and compare the sensor."""
    sender, part = sender_of(signal, knowledge)
    causes = ((NOT_NAMED, 0.55), (sender, 0.3), ("connector_corroded", 0.15))
    checks = ("watch_trend", "compare_with_other_sensor", "inspect_connector")
    likely = Likely(causes=causes, checks=checks, parts=part)
    meaning = CodeMeaning(
        words=Words(zh=signal.zh, en=signal.en), severity=Severity.LOW, side=Side.UNKNOWN, family="", likely=likely
    )
    owner = Words(
        zh=f"{signal.zh}与本机以往不同，尚不知原因；可以继续作业，我们继续观察，下次保养时检查其传感器。",
        en=f"{signal.en} is unlike what this machine did before, and nobody knows why yet. You may go on working: "
        "we watch it; have its sensor checked at the next service.",
    )
    return replace(_with_parts(of_code(meaning)), owner=owner)


def of_unknown(severity: Severity) -> Preliminary:
    """Of a source that this program does not know any more, such as a rule whose set it cannot read."""
    likely = Likely(causes=((NOT_NAMED, 1.0),), checks=("watch_trend",))
    words = Words(zh="未知来源", en="A source that is not known")
    return of_code(CodeMeaning(words=words, severity=severity, side=Side.UNKNOWN, family="", likely=likely))


def of_wear(index: str, low_days: float) -> Preliminary:
    """What wears, by its index; low_days: the pessimistic end of the time that is left. Raises KeyError."""
    table = _wear()[index]
    words = Words(**table["owner"])
    days = str(max(0, int(low_days)))
    meaning = CodeMeaning(
        words=words, severity=Severity.LOW, side=Side.MACHINE, family="", likely=likely_of(table, f"wear.toml: {index}")
    )
    owner = Words(zh=words.zh.replace("{days}", days), en=words.en.replace("{days}", days))
    return replace(_with_parts(of_code(meaning)), owner=owner)


@cache
def _wear() -> Mapping[str, Any]:
    return read_knowledge_file("wear.toml")
