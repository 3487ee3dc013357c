"""Applies faults to the physics: each moves the parameters of its kind, grows over its ramp, and may be repaired."""

import math
from dataclasses import dataclass, field

from fleet.errors import InvalidInput
from simulators.faults import FAULT_KINDS, FaultCode, PlannedFault
from simulators.physics.world import World


@dataclass(slots=True)
class ActiveFault:
    """A fault at work. `healthy` are the values it goes back to when it is repaired."""

    planned: PlannedFault
    machine: int
    began_s: float  # machine time of the run
    healthy: dict[str, float] = field(default_factory=dict)
    settled: bool = False


class FaultBench:
    """Applies faults to a world. Works per active fault, of which there are few."""

    def __init__(self, world: World, index: dict[str, int]) -> None:
        self._world = world
        self._index = index
        self.active: list[ActiveFault] = []
        self.codes: dict[int, dict[str, FaultCode]] = {}  # machine -> codes its controllers report now

    def check(self, planned: PlannedFault) -> int:
        """The machine's index. Raises InvalidInput when the fleet has no such machine or the machine no such sensor."""
        machine = self._index.get(planned.machine)
        if machine is None:
            raise InvalidInput(f"no simulated machine {planned.machine!r}")
        if planned.sensor is not None:
            column = self._world.instruments.column.get(planned.sensor)
            if column is None or not self._world.instruments.fitted[machine, column]:
                raise InvalidInput(f"{planned.machine} has no sensor {planned.sensor!r}")
        return machine

    def begin(self, planned: PlannedFault, now_s: float) -> ActiveFault:
        """Start a fault now. Raises InvalidInput as `check` does."""
        machine = self.check(planned)
        fault = ActiveFault(planned=planned, machine=machine, began_s=now_s)
        kind = FAULT_KINDS[planned.fault]
        for effect in kind.effects:
            fault.healthy[effect.parameter] = self._world.parameters.get(effect.parameter, machine)
        if kind.activity is not None:
            self._world.parameters.set("pinned_activity", machine, float(kind.activity))
        if planned.code is not None:
            self.codes.setdefault(machine, {})[planned.code.key] = planned.code
        self.active.append(fault)
        self._apply(fault, now_s)
        return fault

    def advance(self, now_s: float) -> list[ActiveFault]:
        """Move the parameters to where they are at machine time `now_s`; returns the faults that ended."""
        ended = [f for f in self.active if now_s >= f.began_s + (f.planned.length_s or math.inf)]
        for fault in ended:
            self._repair(fault)
            self.active.remove(fault)
        for fault in self.active:
            if not fault.settled:
                self._apply(fault, now_s)
        return ended

    def _apply(self, fault: ActiveFault, now_s: float) -> None:
        planned = fault.planned
        kind = FAULT_KINDS[planned.fault]
        ramp_s = kind.ramp_s if planned.ramp_s is None else planned.ramp_s
        grown = 1.0 if ramp_s <= 0 else min(1.0, (now_s - fault.began_s) / ramp_s)
        fault.settled = grown >= 1.0
        for effect in kind.effects:
            healthy = fault.healthy[effect.parameter]
            if math.isnan(healthy):  # a switch such as a stuck thermostat, there or not there
                value = effect.worst
            else:
                value = healthy + (effect.worst - healthy) * planned.severity * grown
            self._world.parameters.set(effect.parameter, fault.machine, value)
        self._apply_to_sensor(fault, grown)

    def _apply_to_sensor(self, fault: ActiveFault, grown: float) -> None:
        sensor = fault.planned.sensor
        if sensor is None:
            return
        instruments = self._world.instruments
        column = instruments.column[sensor]
        if fault.planned.fault == "sensor_dead":
            instruments.dead[fault.machine, column] = True
        else:
            instruments.offset[fault.machine, column] = fault.planned.offset * fault.planned.severity * grown

    def _repair(self, fault: ActiveFault) -> None:
        for parameter, healthy in fault.healthy.items():
            self._world.parameters.set(parameter, fault.machine, healthy)
        if fault.planned.sensor is not None:
            column = self._world.instruments.column[fault.planned.sensor]
            self._world.instruments.dead[fault.machine, column] = False
            self._world.instruments.offset[fault.machine, column] = 0.0
        if fault.planned.code is not None:
            self.codes[fault.machine].pop(fault.planned.code.key, None)
