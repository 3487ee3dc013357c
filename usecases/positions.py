"""Where a machine is, as exactly as the caller may know it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

import numpy as np

from fleet.data_classes import DataClass, class_of, coarse
from fleet.signals import Signal, StoredType
from storage.sight import Sight

LATITUDE, LONGITUDE = "latitude_deg", "longitude_deg"


@dataclass(slots=True, kw_only=True)  # made for each value of a page: frozen, it takes twice as long
class LastValue:
    """The last known value of a signal."""

    value: float
    unit: str
    measured_at: datetime


@dataclass(slots=True, kw_only=True)
class Position:
    """Where a machine last was; `is_coarse`: on a grid of 0.1 degree, for those without the right to positions."""

    latitude_deg: float
    longitude_deg: float
    measured_at: datetime
    is_coarse: bool


def seen_value(signal: Signal, value: float, *, at: datetime, sight: Sight) -> float | None:
    """A value as the caller may see it; None when it is not the caller's to see."""
    data_class = class_of(signal)
    if not sight.sees(data_class, at):
        return None
    if data_class is DataClass.POSITION and not sight.is_exact(at):
        return coarse(signal, value)
    return shown_value(signal, value)


def shown_value(signal: Signal, value: float) -> float:
    """A float4 value as the shortest decimal that means it: 13.2, not 13.199999809."""
    return float(str(np.float32(value))) if signal.stored is StoredType.FLOAT4 else value


def position_of(values: Mapping[str, LastValue], sight: Sight) -> Position | None:
    """The place of last values that hold one."""
    latitude, longitude = values.get(LATITUDE), values.get(LONGITUDE)
    if latitude is None or longitude is None:
        return None
    exact = sight.is_exact(latitude.measured_at) and sight.is_exact(longitude.measured_at)
    return Position(
        latitude_deg=latitude.value,
        longitude_deg=longitude.value,
        measured_at=longitude.measured_at,
        is_coarse=not exact,
    )
