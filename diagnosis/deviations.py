"""The first diagnosis of a model's finding: a signal above or below what was expected of it, with nothing else known.

That is what the mildest of the machine's own failure modes says of the signal's SPN (FMI 15 above, 17 below), so the
causes are those of diagnosis/knowledge/spns.toml; signals without an SPN have theirs here. Pure.
"""

from diagnosis.fault_knowledge import UNTOLD, CodeMeaning, FaultKnowledge, Likely, Side
from diagnosis.preliminary import Preliminary, of_code
from diagnosis.rule import Words
from fleet.findings import Severity
from fleet.signals import Catalogue

ABOVE_FMI, BELOW_FMI = 15, 17
_WITHOUT_SPN = {
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
}


def of_deviation(signal: str, knowledge: FaultKnowledge, catalogue: Catalogue, *, above: bool) -> Preliminary:
    """What may be behind it; without causes where nothing is known of that side of the signal. Raises KeyError."""
    spn, fmi = catalogue[signal].spn, ABOVE_FMI if above else BELOW_FMI
    likely = _WITHOUT_SPN.get((signal, above), UNTOLD) if spn is None else knowledge.likely(spn, fmi)
    severity = Severity.MEDIUM if spn is None else knowledge.severity(spn, fmi, 0)
    if likely == UNTOLD:
        likely = Likely(causes=(), checks=(), parts=())
    words = Words(zh=catalogue[signal].zh, en=catalogue[signal].en)
    return of_code(CodeMeaning(words=words, severity=severity, side=Side.MACHINE, family="", likely=likely))
