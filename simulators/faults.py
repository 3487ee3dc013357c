"""What can go wrong: each fault moves physical parameters, never a signal's value and never a threshold.

A fault says what the platform should find; only the truth file carries that answer, and diagnosis never reads it.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from fleet.errors import InvalidInput
from simulators.physics.state import Activity
from simulators.physics.world import World


@dataclass(frozen=True, slots=True, kw_only=True)
class Effect:
    """One parameter going from its present value to `worst` at severity 1, in proportion below it."""

    parameter: str
    worst: float
    from_value: float | None = None  # where severity counts from; None: the machine's own healthy value


@dataclass(frozen=True, slots=True, kw_only=True)
class Expectation:
    """What the platform should raise: kind 'rule' with a rule's key, or 'dtc' with SA/SPN/FMI."""

    kind: str
    key: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FaultKind:
    """One way to fail. `ramp_s`: machine time from nothing to its full severity; `activity`: the machine must do it."""

    name: str
    effects: tuple[Effect, ...]
    ramp_s: float
    rule: str | None
    activity: Activity | None = None


def _kind(name: str, ramp_s: float, rule: str | None, *effects: tuple[str, float], off: bool = False) -> FaultKind:
    moved = tuple(Effect(parameter=p, worst=w) for p, w in effects)
    return FaultKind(name=name, effects=moved, ramp_s=ramp_s, rule=rule, activity=Activity.OFF if off else None)


FAULT_KINDS: dict[str, FaultKind] = {
    k.name: k
    for k in (
        _kind("oil_pump_worn", 4, "low_oil_pressure", ("oil_pump_flow_share", 0.07)),
        _kind("bearing_wear", 6, "low_oil_pressure", ("bearing_clearance_ratio", 14.0)),
        _kind("radiator_blocked", 2, "coolant_overheat", ("radiator_effectiveness", 0.0)),
        _kind("thermostat_stuck_closed", 1, "coolant_overheat", ("thermostat_stuck", 0.0)),
        _kind("thermostat_stuck_open", 1, None, ("thermostat_stuck", 1.0)),
        _kind("hydraulic_cooler_blocked", 3, "hydraulic_oil_overheat", ("hydraulic_cooler_effectiveness", 0.0)),
        _kind("hydraulic_pump_leakage", 4, "hydraulic_oil_overheat", ("pump_leakage", 0.75)),
        _kind(
            "relief_valve_stuck", 1, "hydraulic_oil_overheat", ("relief_stuck_open", 1.0),
        ),
        _kind("alternator_failed", 1, "battery_undervoltage", ("alternator_health", 0.0), ("battery_resistance_pu", 0.22)),
        _kind("regulator_stuck_high", 2, "battery_overvoltage", ("regulator_setpoint_pu", 1.38)),
        _kind("governor_stuck", 3, "overspeed", ("governor_error_rpm", 1_400.0)),
        _kind("air_filter_clogged", 5, "air_filter_restricted", ("air_filter_dp_rated_kpa", 26.0)),
        _kind("fuel_theft", 0, "fuel_drop", ("fuel_drain_lps", 0.8), off=True),
        _kind("fuel_line_leak", 1, "low_fuel", ("fuel_leak_lps", 2.0)),
        _kind("def_leak", 1, "def_low", ("def_leak_lps", 0.5)),
        _kind("sensor_offset", 1, None),
        _kind("sensor_dead", 0, None),
        _kind("ecu_fault_code", 0, None),
    )
}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class FaultCode:
    """A code that the machine's own controller reports: source address, SPN, FMI, occurrence count."""

    source_address: int = 0
    spn: int
    fmi: int
    count: int = 1

    def __post_init__(self) -> None:
        if not (0 <= self.source_address <= 255 and 0 < self.spn < 524_288 and 0 <= self.fmi <= 31):
            raise InvalidInput(f"no such fault code: {self.source_address}/{self.spn}/{self.fmi}")

    @property
    def key(self) -> str:
        """SA/SPN/FMI, the source key of a DTC finding."""
        return f"{self.source_address}/{self.spn}/{self.fmi}"


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedFault:
    """One fault of one machine. `at_s` and `lasts_s` count machine time from the start of the run; None: it stays.

    severity is 0 (nothing) to 1 (the worst). sensor and offset belong to sensor_offset and sensor_dead, code to
    ecu_fault_code. Raises InvalidInput when they do not fit together.
    """

    machine: str  # terminal
    fault: str
    at_s: float = 0.0
    severity: float = 1.0
    lasts_s: float | None = None
    ramp_s: float | None = None
    sensor: str | None = None
    offset: float = 0.0
    code: FaultCode | None = None
    expects: Expectation | None = None

    def __post_init__(self) -> None:
        if self.fault not in FAULT_KINDS:
            raise InvalidInput(f"unknown fault {self.fault!r}; known: {', '.join(FAULT_KINDS)}")
        if not 0.0 < self.severity <= 1.0:
            raise InvalidInput(f"severity {self.severity} must be above 0 and at most 1")
        if (self.fault in ("sensor_offset", "sensor_dead")) != (self.sensor is not None):
            raise InvalidInput("sensor_offset and sensor_dead name a sensor, the others none")
        if (self.fault == "ecu_fault_code") != (self.code is not None):
            raise InvalidInput("ecu_fault_code carries spn and fmi, the others do not")

    @property
    def expected(self) -> Expectation | None:
        """What the platform should find; the fault kind's own answer unless the plan says otherwise."""
        if self.expects is not None:
            return self.expects
        if self.code is not None:
            return Expectation(kind="dtc", key=self.code.key)
        rule = FAULT_KINDS[self.fault].rule
        return Expectation(kind="rule", key=rule) if rule else None


def fault_from(entry: dict[str, Any]) -> PlannedFault:
    """A planned fault from a table of a plan file or an inject command. Raises InvalidInput, saying what is wrong."""
    known = dict(entry)
    code = known.pop("code", None)
    expects = known.pop("expects", None)
    try:
        return PlannedFault(
            **known,
            code=FaultCode(**code) if code is not None else None,
            expects=Expectation(**expects) if expects is not None else None,
        )
    except TypeError as error:
        raise InvalidInput(f"fault {entry}: {error}") from error


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

    def begin(self, planned: PlannedFault, now_s: float) -> ActiveFault:
        """Start a fault now. Raises InvalidInput when the fleet has no such machine or the machine no such sensor."""
        machine = self._index.get(planned.machine)
        if machine is None:
            raise InvalidInput(f"no simulated machine {planned.machine!r}")
        if planned.sensor is not None:
            column = self._world.instruments.column.get(planned.sensor)
            if column is None or not self._world.instruments.fitted[machine, column]:
                raise InvalidInput(f"{planned.machine} has no sensor {planned.sensor!r}")
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
        ended = [f for f in self.active if f.planned.lasts_s is not None and now_s >= f.began_s + f.planned.lasts_s]
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
            if healthy != healthy:  # NaN: a switch such as a stuck thermostat, there or not there
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


Inject = Callable[[PlannedFault], None]
