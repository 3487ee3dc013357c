"""What can go wrong: each fault moves physical parameters, never a signal's value and never a threshold.

A fault says what the platform should find; only the truth file carries that answer, and diagnosis never reads it.
"""

from dataclasses import dataclass
from typing import Any

from fleet.errors import InvalidInput
from simulators.physics.state import Activity


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
    """One way to fail. Times are machine time: `ramp_s` from nothing to its full severity, `usual_s` until it is over
    (None: it stays). `activity`: what the machine must do for it.
    """

    name: str
    effects: tuple[Effect, ...]
    ramp_s: float
    rule: str | None
    activity: Activity | None = None
    usual_s: float | None = None


def _kind(name: str, ramp_s: float, rule: str | None, *effects: tuple[str, float]) -> FaultKind:
    moved = tuple(Effect(parameter=p, worst=w) for p, w in effects)
    return FaultKind(name=name, effects=moved, ramp_s=ramp_s, rule=rule)


_DEAD_ALTERNATOR = (("alternator_health", 0.0), ("battery_resistance_pu", 0.22))  # and a battery that is old

FAULT_KINDS: dict[str, FaultKind] = {
    k.name: k
    for k in (
        _kind("oil_pump_worn", 4, "low_oil_pressure", ("oil_pump_flow_share", 0.07)),
        _kind("bearing_wear", 6, "low_oil_pressure", ("bearing_clearance_ratio", 14.0)),
        _kind("radiator_blocked", 2, "coolant_overheat", ("radiator_effectiveness", 0.0)),
        _kind("thermostat_stuck_closed", 1, "coolant_overheat", ("thermostat_stuck", 0.0)),
        _kind("thermostat_stuck_open", 1, None, ("thermostat_stuck", 1.0)),
        _kind("hydraulic_cooler_blocked", 3, "hydraulic_oil_overheat", ("hydraulic_cooler_effectiveness", 0.0)),
        _kind("hydraulic_pump_leakage", 4, "hydraulic_oil_overheat", ("pump_leakage", 0.85)),
        _kind("relief_valve_stuck", 1, "hydraulic_oil_overheat", ("relief_stuck_open", 1.0)),
        _kind("alternator_failed", 1, "battery_undervoltage", *_DEAD_ALTERNATOR),
        _kind("regulator_stuck_high", 2, "battery_overvoltage", ("regulator_setpoint_pu", 1.38)),
        _kind("governor_stuck", 3, "engine_overspeed", ("governor_runaway_rpm", 2_950.0)),
        _kind("air_filter_clogged", 5, "air_filter_restriction", ("air_filter_dp_rated_kpa", 26.0)),
        FaultKind(  # until the thief's cans are full
            name="fuel_theft", effects=(Effect(parameter="fuel_drain_lps", worst=0.8),), ramp_s=0, rule="fuel_drop",
            activity=Activity.OFF, usual_s=150.0,
        ),
        _kind("fuel_line_leak", 1, "low_fuel", ("fuel_leak_lps", 2.0)),
        _kind("def_leak", 1, "def_low", ("def_leak_lps", 0.25)),
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
    def length_s(self) -> float | None:
        """Machine time until it is over, None: it stays."""
        return self.lasts_s if self.lasts_s is not None else FAULT_KINDS[self.fault].usual_s

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
