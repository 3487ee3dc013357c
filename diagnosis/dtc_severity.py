"""Severity of a fault code: from its FMI, raised by the lamps of the DM1 it came in.

Sources: SAE J1939-73, DM1 lamp status (red stop: 'severe enough to warrant stopping the vehicle'; amber: 'a problem
the vehicle need not be immediately stopped for'; protect: 'most probably not electronic', such as a fluid temperature
out of its range; MIL: an emission-related code is active) and its FMI table (0/1 most severe, 16/18 moderately, 15/17
least severe level). The grading of the electrical and plausibility FMIs (3-6 and 12 medium, the rest low) is ours: they
say the measurement is wrong, not the machine. Lamps belong to the whole DM1, so a lamp lifts every code of it.
"""

from fleet.findings import Severity

PROTECT, AMBER, RED_STOP, MIL = 1, 2, 4, 8
"""Bits of EventBatch.lamps."""

ORDER = (Severity.INFO, Severity.LOW, Severity.MEDIUM, Severity.HIGH, Severity.CRITICAL)

_BY_FMI = {
    0: Severity.HIGH,  # above normal, most severe
    1: Severity.HIGH,  # below normal, most severe
    2: Severity.LOW,  # erratic, intermittent or incorrect
    3: Severity.MEDIUM,  # voltage above normal or shorted high
    4: Severity.MEDIUM,  # voltage below normal or shorted low
    5: Severity.MEDIUM,  # current below normal or open circuit
    6: Severity.MEDIUM,  # current above normal or grounded
    7: Severity.MEDIUM,  # mechanical system not responding or out of adjustment
    12: Severity.MEDIUM,  # bad intelligent device or component
    15: Severity.LOW,  # above normal, least severe
    16: Severity.MEDIUM,  # above normal, moderately severe
    17: Severity.LOW,  # below normal, least severe
    18: Severity.MEDIUM,  # below normal, moderately severe
    31: Severity.MEDIUM,  # condition exists
}

_BY_LAMP = ((RED_STOP, Severity.CRITICAL), (AMBER, Severity.MEDIUM), (PROTECT, Severity.MEDIUM), (MIL, Severity.MEDIUM))


def dtc_severity(fmi: int, lamps: int) -> Severity:
    """The severity of one code; `lamps` is EventBatch.lamps, -1 when the source says nothing about them.

    >>> dtc_severity(1, -1).value, dtc_severity(15, AMBER).value, dtc_severity(15, RED_STOP).value
    ('high', 'medium', 'critical')
    """
    return lifted(_BY_FMI.get(fmi, Severity.LOW), lamps)


def lifted(severity: Severity, lamps: int) -> Severity:
    """A code's own severity, or that of a lit lamp where it is higher."""
    grades = [severity]
    if lamps > 0:
        grades += [grade for lamp, grade in _BY_LAMP if lamps & lamp]
    return max(grades, key=ORDER.index)
