"""What of a machine's month is true behaviour, and which findings a label accounts for."""

from collections.abc import Iterator

import numpy as np

from simulators.month.events import Behaviour
from simulators.month.heat import spans
from simulators.month.world import Machine
from simulators.physics.state import Activity

_COLD_OIL_DEGC = 12.0
_LOW_PCT = 13.0  # a tank that is really so low may be called low


def behaviours_of_state(index: int, machine: Machine) -> Iterator[Behaviour]:
    """Tanks that were really run low, and work that was really begun in cold oil."""
    state, parameters = machine.state, machine.parameters
    for rule, share in (
        ("low_fuel", state.fuel_l / parameters.fuel_tank_l),
        ("def_low", state.def_l / parameters.def_tank_l),
    ):
        for begin, end, is_low in spans(np.asarray(100.0 * share < _LOW_PCT)):
            if is_low:
                yield Behaviour(machine=index, rules=(rule,), from_row=begin, to_row=end)
    cold = (state.hydraulic_return_degc < _COLD_OIL_DEGC) & (state.activity == Activity.WORK)
    for begin, end, is_cold in spans(np.asarray(cold)):
        if is_cold:
            yield Behaviour(machine=index, rules=("hydraulic_work_in_cold_oil",), from_row=begin, to_row=end)
