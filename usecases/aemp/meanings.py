"""What each element means here, strictly; docs/iso-15143-3.md says the same in words.

Which signals feed it, which class of data it belongs to, and how values become its fields.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from fleet.data_classes import DataClass
from ingest.work_state import ENGINE_OFF_BELOW_RPM
from usecases.aemp.elements import Record, Value
from usecases.positions import LATITUDE, LONGITUDE

RUNNING_FROM_RPM = ENGINE_OFF_BELOW_RPM
"""An engine runs when it turns at least this fast; the same limit as of the work states."""
ENGINE_STOPPED = 0
"""engine_operating_state (SPN 3543) of an engine that stands; it is asked only where no speed is reported."""
ALTITUDE, ENGINE_SPEED, ENGINE_STATE = "altitude_m", "engine_speed_rpm", "engine_operating_state"
FUEL_USED, LOAD = "fuel_used_total_l", "engine_load_pct"
WHEEL_SPEED, GROUND_SPEED = "wheel_speed_kmh", "ground_speed_kmh"

Fields = tuple[tuple[str, Value], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Capacities:
    """What a model's tanks hold; None is not known."""

    fuel_l: float | None = None
    def_l: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Meaning:
    """How last values become a record. `sources`: the first that the machine reports; `also`: with it, if at all.

    A record's time is that of its first source.
    """

    sources: tuple[tuple[str, ...], ...]
    data_class: DataClass
    fields: Callable[[Sequence[float], Capacities], Fields]
    also: tuple[str, ...] = field(default=())


def _hours(values: Sequence[float], _: Capacities) -> Fields:
    return (("Hour", values[0]),)


def _fuel(values: Sequence[float], _: Capacities) -> Fields:
    return (("FuelUnits", "litre"), ("FuelConsumed", values[0]))


def _distance(values: Sequence[float], _: Capacities) -> Fields:
    return (("OdometerUnits", "kilometre"), ("Odometer", values[0]))


def _fuel_remaining(values: Sequence[float], tanks: Capacities) -> Fields:
    return (("Percent", values[0]), *_capacity("FuelTankCapacity", tanks.fuel_l))


def _def_remaining(values: Sequence[float], tanks: Capacities) -> Fields:
    return (("Percent", values[0]), *_capacity("DEFTankCapacity", tanks.def_l))


def _capacity(name: str, litres: float | None) -> Fields:
    return ((f"{name}Units", "litre"), (name, litres)) if litres else ()


def _location(values: Sequence[float], _: Capacities) -> Fields:
    altitude = (("Altitude", values[2]), ("AltitudeUnits", "metre")) if len(values) > 2 else ()
    return (("Latitude", values[0]), ("Longitude", values[1]), *altitude)


def _count(values: Sequence[float], _: Capacities) -> Fields:
    return (("Count", int(values[0])),)


def _payload(values: Sequence[float], _: Capacities) -> Fields:
    return (("PayloadUnits", "kilogram"), ("Payload", values[0]))


MEANINGS: Mapping[str, Meaning] = {
    "Location": Meaning(
        sources=((LATITUDE, LONGITUDE),), also=(ALTITUDE,), data_class=DataClass.POSITION, fields=_location
    ),
    "CumulativeOperatingHours": Meaning(sources=(("engine_hours_h",),), data_class=DataClass.HOURS, fields=_hours),
    "FuelUsed": Meaning(sources=((FUEL_USED,),), data_class=DataClass.HOURS, fields=_fuel),
    "Distance": Meaning(
        sources=(("distance_total_km",), ("distance_total_hr_km",)), data_class=DataClass.HOURS, fields=_distance
    ),
    "CumulativeIdleHours": Meaning(sources=(("idle_hours_h",),), data_class=DataClass.HOURS, fields=_hours),
    "FuelRemaining": Meaning(sources=(("fuel_level_pct",),), data_class=DataClass.READINGS, fields=_fuel_remaining),
    "DEFRemaining": Meaning(sources=(("def_level_pct",),), data_class=DataClass.READINGS, fields=_def_remaining),
    "CumulativeLoadCount": Meaning(sources=(("load_count",),), data_class=DataClass.HOURS, fields=_count),
    "CumulativePayloadTotals": Meaning(sources=(("payload_total_kg",),), data_class=DataClass.HOURS, fields=_payload),
}
"""Elements that are a signal's last value. EngineStatus and those of the last 24 hours have functions of their own.

Power take-off, regeneration and non-operating idle hours have no signal and are left out."""


def engine_status(at: datetime, *, running: bool) -> Record:
    """Whether the engine runs; machines have one engine here, so it goes without a number."""
    return Record("EngineStatus", at, (("Running", running),))


def is_running(speed_rpm: float) -> bool:
    """True from RUNNING_FROM_RPM on."""
    return speed_rpm >= RUNNING_FROM_RPM


@dataclass(frozen=True, slots=True, kw_only=True)
class Day:
    """What 24 hours came to; None where nothing was reported, or where the caller does not see all of the day."""

    fuel_l: float | None
    load_pct: float | None
    speed_kmh: float | None


def day_records(day: Day, at: datetime) -> dict[str, Record]:
    """The elements of the last 24 hours, which ended at `at`."""
    found: dict[str, Record] = {}
    if day.fuel_l is not None:
        fields: Fields = (("FuelUnits", "litre"), ("FuelConsumed", round(day.fuel_l, 3)))
        found["FuelUsedLast24"] = Record("FuelUsedLast24", at, fields)
    if day.load_pct is not None:
        found["AverageLoadFactorLast24"] = Record(
            "AverageLoadFactorLast24", at, (("Percent", round(min(day.load_pct, 100.0), 2)),)
        )
    if day.speed_kmh is not None:
        found["MaximumSpeedLast24"] = Record(
            "MaximumSpeedLast24", at, (("SpeedUnits", "kilometres per hour"), ("Speed", round(day.speed_kmh, 3)))
        )
    return found


def max_speed(wheel_kmh: float | None, ground_kmh: float | None) -> float | None:
    """The wheels' speed where the machine reports it, else the receiver's, which leaps."""
    return ground_kmh if wheel_kmh is None else wheel_kmh
