"""Which signals models of a machine's minutes look at: what the machine is asked to do, and what it answers."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from diagnosis.detectors.interface import BoolArray, FloatArray
from fleet.batch import Int64Array
from fleet.signals import Catalogue

DRIVERS = ("engine_speed_rpm", "engine_load_pct", "ambient_temp_degc")
"""What explains the others. Regimes are made of the first two that a machine reports."""
WATCHED = (
    *("engine_oil_pressure_kpa", "engine_oil_temp_degc", "engine_coolant_temp_degc", "engine_coolant_pressure_kpa"),
    *("crankcase_pressure_kpa", "fuel_delivery_pressure_kpa", "fuel_temp_degc", "fuel_filter_dp_kpa", "fuel_rate_lph"),
    *("intake_manifold_pressure_kpa", "intake_manifold_temp_degc", "air_filter_dp_kpa", "exhaust_temp_degc"),
    *("charging_voltage_v", "alternator_current_a", "hydraulic_oil_temp_degc", "hydraulic_pressure_kpa"),
    *("pilot_pressure_kpa", "transmission_oil_pressure_kpa", "transmission_oil_temp_degc", "fan_speed_rpm"),
    "vibration_frequency_hz",
)
"""What follows from the machine's state and not from where it is, how full it is or who drives it."""
ENGINE_SPEED, RUNNING_RPM = "engine_speed_rpm", 500.0
WARM_UP_US, GAP_US = 20 * 60_000_000, 15 * 60_000_000
"""A machine is judged from twenty minutes after its engine started; what happened in a longer gap is not known."""
BEFORE_US = WARM_UP_US + GAP_US
"""So much of what came before says whether the engine has been running long enough."""
REPORTED = 0.5
"""A signal that fewer of the running minutes report is left out."""


@dataclass(frozen=True, slots=True)
class Columns:
    """The signals of a model, in the order of its columns; the first `drivers` of them are drivers."""

    keys: tuple[str, ...]
    drivers: int

    def ids(self, catalogue: Catalogue) -> list[int]:
        """Their places in the catalogue. Raises KeyError for one that there is not."""
        return [catalogue.index[key] for key in self.keys]


def candidates(catalogue: Catalogue) -> Columns:
    """All of them that this platform knows."""
    drivers = tuple(key for key in DRIVERS if key in catalogue)
    return Columns(drivers + tuple(key for key in WATCHED if key in catalogue), len(drivers))


def reported(columns: Columns, rows: FloatArray) -> tuple[Columns, FloatArray]:
    """Those of the columns that these rows say often enough, and the rows without the others."""
    if not len(rows):
        return Columns((), 0), rows[:, :0]
    share: Sequence[float] = (~np.isnan(rows)).mean(axis=0).tolist()
    kept = [at for at, of in enumerate(share) if of >= REPORTED]
    drivers = sum(at < columns.drivers for at in kept)
    return Columns(tuple(columns.keys[at] for at in kept), drivers), rows[:, kept]


def is_running(keys: Sequence[str], rows: FloatArray) -> BoolArray:
    """The minutes with the engine running; all where its speed is not among the signals."""
    if ENGINE_SPEED not in keys:
        return np.ones(len(rows), dtype=np.bool_)
    return np.asarray(rows[:, keys.index(ENGINE_SPEED)] >= RUNNING_RPM)


def is_settled(at_us: Int64Array, least_rpm: FloatArray) -> BoolArray:
    """The minutes of one machine, oldest first, that models judge: its engine ran all through them, and for WARM_UP_US
    before. least_rpm: the engine's least speed in each, NaN not reported.

    The minute in which an engine starts or stops is a mixture of two states, and one that warms up is in neither.
    """
    running = least_rpm >= RUNNING_RPM
    begins = running.copy()
    begins[1:] &= ~running[:-1] | (np.diff(at_us) > GAP_US)
    since = np.maximum.accumulate(np.where(begins, at_us, at_us[:1] if len(at_us) else 0))
    return np.asarray(running & (at_us - since >= WARM_UP_US))
