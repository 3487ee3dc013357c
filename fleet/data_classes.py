"""What of a machine's data can be shared apart: readings, positions, hours and alarms."""

from enum import StrEnum

from fleet.signals import Aggregation, Signal


class DataClass(StrEnum):
    """A part of a machine's data that an organisation may be given the sight of."""

    READINGS = "readings"  # every signal but the place
    POSITION = "position"  # where it is
    HOURS = "hours"  # counters: engine hours, fuel used, distance
    ALARMS = "alarms"  # alarms, findings, fault codes


EVERYTHING = "all"
SHARES: dict[str, frozenset[DataClass]] = {
    EVERYTHING: frozenset(DataClass),
    DataClass.READINGS: frozenset({DataClass.READINGS, DataClass.HOURS}),
    DataClass.POSITION: frozenset({DataClass.POSITION}),
    DataClass.HOURS: frozenset({DataClass.HOURS}),
    DataClass.ALARMS: frozenset({DataClass.ALARMS}),
}
"""What a share of each kind lets its holder see; the owner sees everything."""

COARSE_STEP: dict[str, float] = {"latitude_deg": 0.1, "longitude_deg": 0.1, "altitude_m": 100.0}
"""The grid on which those without the right to positions see them: 0.1 degree, about 11 km."""


def class_of(signal: Signal) -> DataClass:
    """Which part of the data a signal belongs to."""
    if signal.key in COARSE_STEP or signal.aggregation is Aggregation.POSITION:
        return DataClass.POSITION
    return DataClass.HOURS if signal.aggregation is Aggregation.COUNTER else DataClass.READINGS


def coarse(signal: Signal, value: float) -> float:
    """A value of a position signal on the coarse grid; every other value as it is."""
    step = COARSE_STEP.get(signal.key)
    return value if step is None else round(round(value / step) * step, 1)
