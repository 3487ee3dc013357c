"""All the physics of a fleet, one fixed step at a time. Seeded: the same seed, step and faults give the same fleet."""

from collections.abc import Sequence
from dataclasses import fields

import numpy as np

from fleet.batch import Float64Array
from fleet.signals import packaged_catalogue
from simulators.machines import SimulatedMachine
from simulators.physics.duty import advance_duty
from simulators.physics.engine import advance_engine
from simulators.physics.hydraulics import advance_hydraulics
from simulators.physics.parameters import make_parameters, make_shape
from simulators.physics.sensors import Instruments, Scene
from simulators.physics.state import Activity, State, cold_state
from simulators.physics.vehicle import advance_counters, advance_electrics, advance_position, advance_tanks

_KEPT_OVER_WARM_UP = (
    "charge", "fuel_l", "def_l", "engine_hours_h", "idle_hours_h", "fuel_used_l", "distance_km", "loads",
    "payload_total_kg", "strokes", "east_m", "north_m",
)  # fmt: skip
_WARM_UP_PACE = 4.0
_WARM_UP_STEP_S = 1.9  # no part of any kind's work cycle: steps fall on all of it


class World:
    """A fleet's machines. O(machines) numpy work per step, no Python loop over machines."""

    def __init__(self, machines: Sequence[SimulatedMachine], seed: int) -> None:
        self.machines = tuple(machines)
        self._rng = np.random.default_rng([seed, 1])
        self._sensor_rng = np.random.default_rng([seed, 2])
        self.parameters = make_parameters(self.machines, self._rng)
        self.shape = make_shape(self.machines)
        self.state: State = cold_state(self.parameters, self.shape, self._rng)
        self.instruments = Instruments(packaged_catalogue(), [m.spec.signals for m in self.machines])
        self._scene = Scene(self.state, self.parameters, self.shape)

    def step(self, dt_s: float) -> None:
        """Advance everything by `dt_s` (0.05 to 2 s)."""
        advance_duty(self.state, self.parameters, self.shape, self._rng, dt_s)
        pump_kw = advance_hydraulics(self.state, self.parameters, self.shape, dt_s)
        advance_engine(self.state, self.parameters, self.shape, pump_kw, dt_s)
        advance_electrics(self.state, self.parameters, dt_s)
        advance_tanks(self.state, self.parameters, self._rng, dt_s)
        advance_position(self.state, self.shape, self._rng, dt_s)
        advance_counters(self.state, dt_s)

    def warm_up(self, seconds: float = 1_600.0) -> None:
        """Bring the machines to the temperatures of long work; counters, tanks and places stay as they were."""
        kept = {name: getattr(self.state, name).copy() for name in _KEPT_OVER_WARM_UP}
        pinned = self.parameters.pinned_activity.copy()
        at_work = self.parameters.pinned_activity
        at_work[np.isnan(at_work)] = float(Activity.WORK)
        for share, pace in ((0.75, _WARM_UP_PACE), (0.25, 1.0)):  # the last part evens out what a work cycle does
            self.parameters.settling_pace[:] = pace
            for _ in range(round(share * seconds / _WARM_UP_STEP_S)):
                self.step(_WARM_UP_STEP_S)
        at_work[:] = pinned
        for name, column in kept.items():
            getattr(self.state, name)[:] = column
        self.state.spell_s = self._rng.uniform(5.0, 120.0, len(self.machines))
        for _ in range(5):
            self.step(1.0)

    def measure(self, rows: np.ndarray[tuple[int], np.dtype[np.intp]]) -> Float64Array:
        """What the sensors of the machines `rows` say now: (len(rows), len(instruments.keys)), NaN where nothing."""
        return self.instruments.measure(self._scene, self._sensor_rng, rows)

    def finite(self) -> bool:
        """True while no quantity has run away."""
        return all(bool(np.isfinite(getattr(self.state, f.name)).all()) for f in fields(State))
