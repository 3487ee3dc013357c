"""What the machines do: spells of work, travel, idling and standing, and the cycles within the work."""

import numpy as np

from fleet.batch import BoolArray, Float64Array
from simulators.physics.parameters import Parameters, Shape
from simulators.physics.state import Activity, State

_NEXT = np.array(
    [  # OFF   CRANK IDLE  WORK  TRAVEL
        [0.00, 1.00, 0.00, 0.00, 0.00],  # after OFF
        [0.00, 0.00, 1.00, 0.00, 0.00],  # after CRANK
        [0.08, 0.00, 0.00, 0.70, 0.22],  # after IDLE
        [0.00, 0.00, 0.70, 0.00, 0.30],  # after WORK
        [0.00, 0.00, 0.40, 0.60, 0.00],  # after TRAVEL
    ]
)
_CUMULATIVE = np.cumsum(_NEXT, axis=1)
_DERATED_DEGC = 110.0  # from here on the controller gives less; nothing any more so many K above
_DERATED_OVER_K = 12.0
_STOP_DEGC = 116.0  # the operator lets an overheated machine idle
_RESUME_DEGC = 102.0


def advance_duty(state: State, parameters: Parameters, shape: Shape, rng: np.random.Generator, dt_s: float) -> None:
    """One step: ends spells that are over, turns the work cycles, counts loads and strokes."""
    _change_activity(state, parameters, shape, rng, dt_s)
    _turn_cycles(state, shape, dt_s)


def allowed_share(degc: Float64Array) -> Float64Array:
    """What the controller of a machine so hot still gives of pump stroke or engine power: 1 to 0, (machines,)."""
    return np.asarray(np.clip(1.0 - (degc - _DERATED_DEGC) / _DERATED_OVER_K, 0.0, 1.0))


def _too_hot(state: State) -> BoolArray:
    """Where coolant or hydraulic oil forbids work: it stops at one temperature and goes on at a lower one."""
    hottest = np.maximum(state.coolant_degc, state.hydraulic_return_degc)
    stops = (state.activity >= Activity.WORK) & (hottest > _STOP_DEGC)
    return np.asarray(stops | ((state.activity == Activity.IDLE) & (hottest > _RESUME_DEGC)))


def _change_activity(state: State, parameters: Parameters, shape: Shape, rng: np.random.Generator, dt_s: float) -> None:
    n = len(state.activity)
    state.spell_s -= dt_s
    draw = rng.random(n)
    length = rng.gamma(4.0, 0.25, n)
    over = state.spell_s <= 0.0
    chosen = (draw[:, None] >= _CUMULATIVE[state.activity]).sum(axis=1).astype(np.int32)
    pinned = parameters.pinned_activity
    free = np.isnan(pinned)
    wanted = np.where(free, state.activity, pinned).astype(np.int32)
    hot = _too_hot(state)
    cools = hot & (wanted >= Activity.WORK)
    wanted = np.where(cools, np.int32(Activity.IDLE), wanted)
    forced = (~free | cools) & (wanted != state.activity) & ((state.activity != Activity.CRANK) | over)
    starts = forced & (state.activity == Activity.OFF)
    change = (over & free & ~hot) | forced
    target = np.where(forced, np.where(starts, Activity.CRANK, wanted), chosen).astype(np.int32)
    state.activity = np.where(change, target, state.activity).astype(np.int32)
    spell = shape.mean_spell_s[np.arange(n), state.activity] * length
    spell = np.where(state.activity == Activity.CRANK, 1.5, spell)
    state.spell_s = np.where(change, spell, state.spell_s)


def _turn_cycles(state: State, shape: Shape, dt_s: float) -> None:
    working = state.activity == Activity.WORK
    phase = state.cycle_phase + np.where(working, dt_s / shape.cycle_s, 0.0)
    turns = np.floor(phase)
    state.cycle_phase = phase - turns
    state.loads += turns * (shape.load_kg > 0)
    state.payload_total_kg += turns * shape.load_kg
    state.strokes += turns * shape.strokes_per_cycle
    carrying = working & (state.cycle_phase > 0.3) & (state.cycle_phase < 0.7)
    state.payload_kg = np.where(carrying, shape.load_kg, 0.0)


def hydraulic_demand(state: State, shape: Shape) -> tuple[Float64Array, Float64Array]:
    """Shares of full pump flow and of work pressure that the operator asks for now, (machines,) each."""
    phase = np.minimum((state.cycle_phase * 8).astype(np.int32), 7)
    working = state.activity == Activity.WORK
    travelling = state.activity == Activity.TRAVEL
    idle = state.activity == Activity.IDLE
    flow = np.where(working, shape.cycle_flow[shape.kind, phase], 0.0)
    flow = np.where(travelling, 0.12, np.where(idle, 0.06, flow))
    pressure = np.where(working, shape.cycle_pressure[shape.kind, phase], 0.0)
    pressure = np.where(travelling | idle, 0.15, pressure)
    return flow, pressure
