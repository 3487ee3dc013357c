"""The last values of chosen signals, machine by signal, as columns for people's programs."""

from dataclasses import dataclass
from datetime import datetime

import numpy as np

from storage.fleet_columns import NEVER_US
from usecases.read_fleet_columns import Fleet, Lasts, ids_of, names_of


@dataclass(frozen=True, slots=True, kw_only=True)
class MatrixColumn:
    """One signal's last values, parallel to the machines; NaN where the caller sees none."""

    unit: str
    value: list[float]
    age_s: list[float]


@dataclass(frozen=True, slots=True, kw_only=True)
class FleetMatrix:
    """The answer; see api.schemas.machines."""

    at: datetime
    machines: list[str]
    names: list[str]
    signals: dict[str, MatrixColumn]
    truncated: bool


def matrix_of(fleet: Fleet) -> FleetMatrix:
    """The fleet's last values, with ages at the instant of the answer."""
    now_us = round(fleet.at.timestamp() * 1e6)
    return FleetMatrix(
        at=fleet.at,
        machines=[str(machine) for machine in ids_of(fleet.columns)],
        names=list(names_of(fleet.columns)),
        signals={str(lasts.signal.key): _column(lasts, now_us) for lasts in fleet.lasts},
        truncated=fleet.columns.truncated,
    )


def _column(lasts: Lasts, now_us: int) -> MatrixColumn:
    age_s = np.round(np.maximum(0, now_us - np.where(lasts.at_us == NEVER_US, now_us, lasts.at_us)) / 1e6, 3)
    age_s[lasts.at_us == NEVER_US] = np.nan
    return MatrixColumn(unit=lasts.signal.unit, value=lasts.values.tolist(), age_s=age_s.tolist())
