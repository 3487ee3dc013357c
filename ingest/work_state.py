"""What a machine is doing, from its signals: the one definition, for live state here and for rollups in storage.

Off: the engine does not run or its speed is not known. Travelling: 2 km/h or more. Working: 25 % engine load or more,
or 5 MPa or more in the hydraulics. Else idle.
"""

import numpy as np

from fleet.batch import Float64Array, Int16Array
from fleet.signals import Catalogue

WORK_STATES = ("off", "idle", "travelling", "working")
OFF, IDLE, TRAVELLING, WORKING = range(4)
ENGINE_OFF_BELOW_RPM = 300.0
TRAVELLING_FROM_KMH = 2.0
WORKING_FROM_LOAD_PCT = 25.0
WORKING_FROM_KPA = 5_000.0
SPEEDS = ("wheel_speed_kmh", "ground_speed_kmh")
PRESSURES = (
    "hydraulic_pressure_kpa",
    "main_pump_1_pressure_kpa",
    "main_pump_2_pressure_kpa",
    "pumping_pressure_kpa",
)


def work_states(values: Float64Array, catalogue: Catalogue) -> Int16Array:
    """Positions in WORK_STATES of rows of signals, values (rows, signals), NaN unknown; returns (rows,)."""

    def at_least(key: str, limit: float) -> np.ndarray:
        return values[:, catalogue.index[key]] >= limit  # False where unknown

    working = at_least("engine_load_pct", WORKING_FROM_LOAD_PCT)
    for key in PRESSURES:
        working |= at_least(key, WORKING_FROM_KPA)
    travelling = at_least(SPEEDS[0], TRAVELLING_FROM_KMH) | at_least(SPEEDS[1], TRAVELLING_FROM_KMH)
    state = np.where(travelling, TRAVELLING, np.where(working, WORKING, IDLE))
    return np.where(at_least("engine_speed_rpm", ENGINE_OFF_BELOW_RPM), state, OFF).astype(np.int16)
