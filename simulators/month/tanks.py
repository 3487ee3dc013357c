"""What fills and empties: fuel, DEF, the particulate filter and the battery, spell by spell instead of row by row."""

from dataclasses import dataclass

import numpy as np

from fleet.batch import BoolArray, Float64Array
from simulators.month.condition import Condition
from simulators.month.duty import Duty
from simulators.month.heat import following, spans
from simulators.month.rows import ROW_S
from simulators.physics.state import Activity

_STANDPIPE_PCT = 4.0
_FILL_ROWS = 24
_SOOT_PER_HOUR_PCT = 5.5
_REGEN_ROWS = 150
_REGEN_AT_PCT, _REGEN_TO_PCT = 80.0, 22.0
_INDUCED_AFTER_ROWS = 720  # of running with bad dosing


def level_pct(
    used_pct: Float64Array, lost_pct: Float64Array, duty: Duty, start_pct: float, rng: np.random.Generator
) -> Float64Array:
    """A tank's level, (rows,): used_pct and lost_pct leave it at each row, and somebody fills it at a break.

    Filled from below 30 % (now and then only from below 8) in the next spell of standing or idling; what is lost ends
    at the standpipe.
    """
    gone = np.cumsum(used_pct + lost_pct)
    stops = np.flatnonzero((duty.what == Activity.IDLE) | (duty.what == Activity.OFF))
    level = start_pct - gone
    fill_below = 30.0
    for stop in stops:
        row = int(duty.begins[stop])
        if row + _FILL_ROWS >= len(level) or lost_pct[row : row + _FILL_ROWS].any() or level[row] > fill_below:
            continue
        filled = rng.uniform(88, 97) - level[row]
        level[row : row + _FILL_ROWS] += filled * np.linspace(0.0, 1.0, _FILL_ROWS)
        level[row + _FILL_ROWS :] += filled
        fill_below = 8.0 if rng.random() < 0.02 else 30.0
    return np.asarray(np.maximum(level, _STANDPIPE_PCT))


def charge_of(duty: Duty, condition: Condition, running: BoolArray) -> Float64Array:
    """State of charge, (rows,), 0 to 1: the simulators' rates, spell by spell."""
    charge, last = np.empty(len(running)), 0.94
    hour_rows = condition["battery_capacity_h"] * 3_600.0 / ROW_S
    for begin, end, runs in spans(running):
        rows = np.arange(1, end - begin + 1)
        capacity = float(hour_rows[begin])
        if runs and condition["alternator_health"][begin] > 0.9:
            part = 1 - (1 - last) * np.exp(-0.3 * rows / capacity)
        else:
            load = condition["parked_load_pu"][begin:end] if not runs else np.full(end - begin, 0.3)
            part = np.maximum(last - np.cumsum(load) / capacity, 0.0)
        charge[begin:end] = part
        last = float(part[-1])
    return charge


@dataclass(frozen=True, slots=True)
class Filter:
    """The particulate filter over time, (rows,) each; active: 1 while it burns clean."""

    soot_pct: Float64Array
    active: Float64Array
    outlet_degc: Float64Array


def filter_of(exhaust_degc: Float64Array, running: BoolArray, condition: Condition, rng: np.random.Generator) -> Filter:
    """Soot gathers while the engine runs; at 80 % the controller burns it off where it may and the catalyst can."""
    soot, active = np.empty(len(running)), np.zeros(len(running))
    gain = np.cumsum(running * (_SOOT_PER_HOUR_PCT * rng.uniform(0.85, 1.15) * ROW_S / 3_600))
    at, level = 0, float(rng.uniform(20, 75))
    while at < len(soot):
        ready = at + int(np.searchsorted(gain[at:] - gain[at], _REGEN_AT_PCT - level))
        may = np.flatnonzero((condition["regeneration_allowed"][ready:] > 0.5) & running[ready:])
        begin = ready + int(may[0]) if len(may) else len(soot)
        soot[at:begin] = level + gain[at:begin] - gain[at]
        if begin >= len(soot):
            break
        end, level = _burn(soot, active, running, condition, begin)
        at = end
    hot = np.where(active > 0, 260.0 + 330.0 * condition["doc_share"], exhaust_degc * 0.92)
    outlet = following(np.where(running, hot, condition["ambient_degc"]), running, tau_s=150.0, standing_tau_s=1_800.0)
    return Filter(np.minimum(soot, 240.0), active, outlet)


def _burn(
    soot: Float64Array, active: Float64Array, running: BoolArray, condition: Condition, begin: int
) -> tuple[int, float]:
    """One regeneration from `begin` on; the row after it and the soot that is left."""
    worth = float(condition["doc_share"][begin])
    rows = _REGEN_ROWS if worth > 0.8 else 3 * _REGEN_ROWS
    run = np.flatnonzero(running[begin:])[:rows]
    end = min(begin + (int(run[-1]) + 1 if len(run) else 1), len(soot))
    burning = running[begin:end]
    start = float(soot[begin - 1]) if begin else _REGEN_AT_PCT
    target = start - (start - _REGEN_TO_PCT) * max(0.0, 2.0 * worth - 1.0)
    done = np.cumsum(burning) / max(int(burning.sum()), 1)
    soot[begin:end] = start + (target - start) * done
    active[begin:end] = burning
    return end, target


def induced(condition: Condition, running: BoolArray) -> Float64Array:
    """Inducement level, (rows,): 1 after two hours of running with bad dosing or bad fluid, 2 after eight."""
    bad = (condition["dosing_share"] < 0.7) | (condition["def_concentration_pct"] < 28.0)
    so_far: Float64Array = np.cumsum((running & bad).astype(np.float64))
    since: Float64Array = so_far - np.maximum.accumulate(np.where(bad, 0.0, so_far))
    return np.asarray((since > _INDUCED_AFTER_ROWS) * 1.0 + (since > 4 * _INDUCED_AFTER_ROWS) * 1.0)
