"""What the sensors make of the state: one column per signal with noise, resolution, offset and death."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from fleet.batch import BoolArray, Float64Array
from fleet.signals import Catalogue
from simulators.physics.engine import air_filter_dp_kpa
from simulators.physics.parameters import Parameters, Shape
from simulators.physics.state import Activity, State

M_PER_DEG = 111_320.0
_OPERATING_STATE = np.array([0.0, 2.0, 4.0, 4.0, 4.0])  # J1939 SPN 3543: stopped, starting, running


@dataclass(slots=True)
class Scene:
    """Everything a sensor can look at."""

    state: State
    parameters: Parameters
    shape: Shape


@dataclass(frozen=True, slots=True, kw_only=True)
class Sensor:
    """One sensor: what it looks at, its noise (one sigma), resolution in decimals, and the limits of its scale."""

    look: Callable[[Scene], Float64Array]
    noise: float = 0.0
    decimals: int = 1
    scale: tuple[float, float] = (-np.inf, np.inf)


def _wave(scene: Scene, low: float, high: float) -> Float64Array:
    return np.asarray(low + (high - low) * 0.5 * (1.0 - np.cos(2.0 * np.pi * scene.state.cycle_phase)))


def _latitude(scene: Scene) -> Float64Array:
    return np.asarray(scene.shape.site_latitude_deg + scene.state.north_m / M_PER_DEG)


def _longitude(scene: Scene) -> Float64Array:
    per_deg = M_PER_DEG * np.cos(np.radians(scene.shape.site_latitude_deg))
    return np.asarray(scene.shape.site_longitude_deg + scene.state.east_m / per_deg)


def _while(scene: Scene, activity: Activity, value: Float64Array | float) -> Float64Array:
    return np.where(scene.state.activity == activity, value, 0.0)


def _air_degc(scene: Scene, above: float, per_load: float) -> Float64Array:
    return np.asarray(scene.parameters.ambient_degc + scene.state.running * above + per_load * scene.state.load_share)


def _gear(scene: Scene) -> Float64Array:
    return _while(scene, Activity.TRAVEL, np.ceil(np.minimum(scene.state.speed_kmh / 9.0, 6.0)))


_ENGINE: dict[str, Sensor] = {
    "engine_speed_rpm": Sensor(look=lambda s: s.state.engine_speed_rpm, noise=2.0, scale=(0, 8_000)),
    "engine_load_pct": Sensor(look=lambda s: 100 * s.state.load_share, noise=0.4, decimals=0, scale=(0, 125)),
    "engine_torque_pct": Sensor(look=lambda s: 97 * s.state.load_share, noise=0.4, decimals=0, scale=(0, 125)),
    "accelerator_pedal_pct": Sensor(
        look=lambda s: np.where(s.state.activity >= Activity.WORK, 92.0, 0.0), noise=0.3, scale=(0, 100)
    ),
    "engine_oil_pressure_kpa": Sensor(look=lambda s: s.state.oil_pressure_kpa, noise=1.5, scale=(0, 1_000)),
    "engine_oil_temp_degc": Sensor(look=lambda s: s.state.oil_degc, noise=0.1, decimals=2),
    "engine_coolant_temp_degc": Sensor(look=lambda s: s.state.coolant_degc, noise=0.1),
    "fuel_temp_degc": Sensor(look=lambda s: _air_degc(s, 12, 6), noise=0.1),
    "fuel_level_pct": Sensor(
        look=lambda s: 100 * s.state.fuel_l / s.parameters.fuel_tank_l + s.state.slosh_pct, scale=(0, 100)
    ),
    "fuel_rate_lph": Sensor(look=lambda s: s.state.fuel_rate_lph, noise=0.05, decimals=2, scale=(0, 3_000)),
    "fuel_used_total_l": Sensor(look=lambda s: s.state.fuel_used_l, decimals=3),
    "engine_hours_h": Sensor(look=lambda s: s.state.engine_hours_h, decimals=4),
    "idle_hours_h": Sensor(look=lambda s: s.state.idle_hours_h, decimals=4),
    "intake_manifold_pressure_kpa": Sensor(look=lambda s: s.state.boost_kpa, noise=0.8, scale=(0, 500)),
    "intake_manifold_temp_degc": Sensor(look=lambda s: _air_degc(s, 14, 22), noise=0.2),
    "air_filter_dp_kpa": Sensor(
        look=lambda s: air_filter_dp_kpa(s.state, s.parameters), noise=0.03, decimals=2, scale=(0, 12.45)
    ),
    "exhaust_temp_degc": Sensor(look=lambda s: s.state.exhaust_degc, noise=1.0),
    "barometric_pressure_kpa": Sensor(look=lambda s: 101.3 * np.exp(-s.shape.altitude_m / 8_430.0), noise=0.03),
    "ambient_temp_degc": Sensor(look=lambda s: s.parameters.ambient_degc, noise=0.1),
    "battery_voltage_v": Sensor(look=lambda s: s.state.battery_v, noise=0.03, decimals=2, scale=(0, 60)),
    "charging_voltage_v": Sensor(look=lambda s: s.state.battery_v + 0.1, noise=0.03, decimals=2, scale=(0, 60)),
    "alternator_current_a": Sensor(look=lambda s: s.state.alternator_a, noise=0.5, decimals=0, scale=(0, 250)),
    "engine_operating_state": Sensor(look=lambda s: _OPERATING_STATE[s.state.activity], decimals=0),
    "def_level_pct": Sensor(look=lambda s: 100 * s.state.def_l / s.parameters.def_tank_l, noise=0.1, scale=(0, 100)),
}
_VEHICLE: dict[str, Sensor] = {
    "latitude_deg": Sensor(look=_latitude, noise=8e-6, decimals=7),
    "longitude_deg": Sensor(look=_longitude, noise=8e-6, decimals=7),
    "altitude_m": Sensor(look=lambda s: s.shape.altitude_m, noise=0.8),
    "ground_speed_kmh": Sensor(look=lambda s: s.state.speed_kmh, noise=0.05, decimals=2, scale=(0, 250)),
    "heading_deg": Sensor(look=lambda s: s.state.heading_deg, decimals=1, scale=(0, 359.9)),
    "terminal_supply_voltage_v": Sensor(look=lambda s: s.state.battery_v - 0.2, noise=0.03, decimals=2, scale=(0, 60)),
    "signal_strength_dbm": Sensor(
        look=lambda s: -75.0 - s.shape.altitude_m / 100, noise=4, decimals=0, scale=(-113, -51)
    ),
    "gnss_satellites_count": Sensor(
        look=lambda s: np.full_like(s.state.speed_kmh, 14), noise=1.5, decimals=0, scale=(4, 24)
    ),
    "wheel_speed_kmh": Sensor(look=lambda s: s.state.speed_kmh, noise=0.02, decimals=2, scale=(0, 250)),
    "parking_brake": Sensor(look=lambda s: np.where(s.state.activity <= Activity.IDLE, 1.0, 0.0), decimals=0),
    "transmission_gear": Sensor(look=_gear, decimals=0),
    "transmission_oil_temp_degc": Sensor(look=lambda s: s.state.transmission_degc, noise=0.2),
    "distance_total_km": Sensor(look=lambda s: s.state.distance_km, decimals=3),
}
_OIL_KPA = (0.0, 60_000.0)


def _oil(look: Callable[[Scene], Float64Array], noise: float = 60.0) -> Sensor:
    """A pressure sender of the hydraulic circuit."""
    return Sensor(look=look, noise=noise, decimals=0, scale=_OIL_KPA)


_WORK: dict[str, Sensor] = {
    "hydraulic_oil_temp_degc": Sensor(look=lambda s: s.state.hydraulic_return_degc, noise=0.1),
    "hydraulic_pressure_kpa": _oil(lambda s: s.state.hydraulic_pressure_kpa),
    "pilot_pressure_kpa": _oil(lambda s: np.where(s.state.running, 3_900.0, 0.0), 20.0),
    "main_pump_1_pressure_kpa": _oil(lambda s: s.state.hydraulic_pressure_kpa * 1.03, 80.0),
    "main_pump_2_pressure_kpa": _oil(lambda s: s.state.hydraulic_pressure_kpa * 0.97, 80.0),
    "swing_pressure_kpa": _oil(lambda s: _while(s, Activity.WORK, _wave(s, 2_000, 17_000))),
    "travel_pressure_kpa": _oil(lambda s: _while(s, Activity.TRAVEL, 15_000)),
    "pumping_pressure_kpa": _oil(lambda s: _while(s, Activity.WORK, 0.75 * s.state.hydraulic_pressure_kpa)),
    "boom_angle_deg": Sensor(look=lambda s: _wave(s, 5, 62), noise=0.2),
    "load_moment_pct": Sensor(look=lambda s: _while(s, Activity.WORK, _wave(s, 15, 82)), noise=0.4, scale=(0, 120)),
    "payload_kg": Sensor(look=lambda s: s.state.payload_kg, decimals=0),
    "load_count": Sensor(look=lambda s: s.state.loads, decimals=0),
    "payload_total_kg": Sensor(look=lambda s: s.state.payload_total_kg, decimals=0),
    "pump_strokes_count": Sensor(look=lambda s: s.state.strokes, decimals=0),
    "vibration_frequency_hz": Sensor(look=lambda s: _while(s, Activity.WORK, 55.0), noise=0.2, scale=(0, 200)),
}
SENSORS: dict[str, Sensor] = {**_ENGINE, **_VEHICLE, **_WORK}


class Instruments:
    """The sensors of a fleet. `offset` and `dead` are physical properties of each sensor, which faults may change."""

    def __init__(self, catalogue: Catalogue, fitted: list[tuple[str, ...]]) -> None:
        self.keys = tuple(SENSORS)
        self.column: dict[str, int] = {key: i for i, key in enumerate(self.keys)}
        n, m = len(fitted), len(self.keys)
        self.fitted: BoolArray = np.zeros((n, m), np.bool_)
        for machine, keys in enumerate(fitted):
            self.fitted[machine, [self.column[key] for key in keys]] = True
        self.offset: Float64Array = np.zeros((n, m))
        self.dead: BoolArray = np.zeros((n, m), np.bool_)
        sensors = list(SENSORS.values())
        valid = np.array([catalogue[key].valid for key in self.keys])
        self._noise = np.array([s.noise for s in sensors])
        self._grain = 10.0 ** np.array([s.decimals for s in sensors])
        self._low = np.maximum(np.array([s.scale[0] for s in sensors]), valid[:, 0])
        self._high = np.minimum(np.array([s.scale[1] for s in sensors]), valid[:, 1])

    def measure(
        self, scene: Scene, rng: np.random.Generator, rows: np.ndarray[tuple[int], np.dtype[np.intp]]
    ) -> Float64Array:
        """Readings of the machines `rows`, (len(rows), len(keys)) in `keys` order; NaN: not fitted or dead."""
        seen = np.empty((len(scene.state.activity), len(self.keys)))
        for column, sensor in enumerate(SENSORS.values()):
            seen[:, column] = sensor.look(scene)
        values = seen[rows] + self.offset[rows]
        values += rng.standard_normal(values.shape) * self._noise
        values = np.clip(values, self._low, self._high)
        values = np.round(values * self._grain) / self._grain
        values[~self.fitted[rows] | self.dead[rows]] = np.nan
        return np.asarray(values)
