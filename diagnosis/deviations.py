"""The first diagnosis of a model's finding: a signal above or below what was expected of it, with nothing else known.

That is what the mildest of the machine's own failure modes says of the signal's SPN (FMI 15 above, 17 below), so the
causes are those of diagnosis/knowledge/spns.toml. Signals without an SPN have theirs here, and those of which a little
too much says something else than a code does. Pure.
"""

from diagnosis.fault_knowledge import UNTOLD, CodeMeaning, FaultKnowledge, Likely, Side
from diagnosis.preliminary import Preliminary, of_code
from diagnosis.rule import Words
from fleet.findings import Severity
from fleet.signals import Catalogue

ABOVE_FMI, BELOW_FMI = 15, 17
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


def of_deviation(signal: str, knowledge: FaultKnowledge, catalogue: Catalogue, *, above: bool) -> Preliminary:
    """What may be behind it; without causes where nothing is known of that side of the signal. Raises KeyError."""
    spn, fmi = catalogue[signal].spn, ABOVE_FMI if above else BELOW_FMI
    told = UNTOLD if spn is None else knowledge.likely(spn, fmi)
    likely = _OWN.get((signal, above), told)
    severity = Severity.MEDIUM if spn is None else knowledge.severity(spn, fmi, 0)
    if likely == UNTOLD:
        likely = Likely(causes=(), checks=(), parts=())
    words = Words(zh=catalogue[signal].zh, en=catalogue[signal].en)
    return of_code(CodeMeaning(words=words, severity=severity, side=Side.MACHINE, family="", likely=likely))
