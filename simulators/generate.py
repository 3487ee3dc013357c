"""From physics to messages: steps the world, reads the sensors, and lets transport go wrong on the way out."""

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from fleet.errors import InvalidInput
from simulators.encode import Form, Sample
from simulators.fault_bench import ActiveFault, FaultBench
from simulators.faults import PlannedFault
from simulators.machines import SimulatedMachine
from simulators.outbox import Message
from simulators.physics.state import Activity
from simulators.physics.world import World
from simulators.plan import Plan, Preparation
from simulators.terminal_unit import TerminalClock, TerminalUnit

_FORMS = (Form.SAMPLE, Form.LIST, Form.SAMPLE, Form.COLUMNAR, Form.ISO, Form.GZIP, Form.SAMPLE)
_CAN_MACHINES = (13, 26)  # one machine in 40 and its neighbour's neighbour


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A message on its way: hold it back `delay_s`, and send it again after `again_s` when that is not None."""

    machine: int
    message: Message
    delay_s: float = 0.0
    again_s: float | None = None
    note: str = ""  # split, conflict, malformed, or nothing


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """Machine time: the first step's true time, the step, and the time between two readings (a multiple of it)."""

    start_us: int
    step_s: float = 0.25
    period_s: float = 1.0

    def __post_init__(self) -> None:
        steps = self.period_s / self.step_s
        if not 0.05 <= self.step_s <= 2.0 or steps < 1 or abs(steps - round(steps)) > 1e-9:
            raise InvalidInput("the reading period must be a multiple of the step, and the step 0.05 to 2 s")

    @property
    def steps_per_reading(self) -> int:
        """How many steps lie between two readings of a machine."""
        return round(self.period_s / self.step_s)


class Generator:
    """Makes the messages of a fleet in order of machine time. Seeded: the same arguments give the same messages."""

    def __init__(
        self,
        machines: tuple[SimulatedMachine, ...],
        plan: Plan,
        pace: Pace,
        *,
        seed: int,
        boot_prefix: str,
        warm: bool = True,
        limit: int | None = None,
        forms: tuple[Form, ...] | None = None,
    ) -> None:
        self.machines = machines
        self.plan = plan
        self.pace = pace
        self.index = {m.terminal: m.index for m in machines}
        missing = plan.named_machines() - set(self.index)
        if missing:
            raise InvalidInput(f"the plan names machines that this fleet does not have: {', '.join(sorted(missing))}")
        self._rng = np.random.default_rng([seed, 3])
        self.world = World(machines, seed)
        self.bench = FaultBench(self.world, self.index)
        self.faulty = {self.index[f.machine] for f in plan.faults}
        self._forms = None if forms is None else tuple(Form(form) for form in forms)
        self.units = self._make_units(boot_prefix)
        self._prepare(warm)
        self._keys = [np.flatnonzero(row) for row in self.world.instruments.fitted]
        self._phase = np.array([self._phase_of(m.index) for m in machines])
        self._pending_faults = sorted(plan.faults, key=lambda f: f.at_s)
        self._reboots = self._choose_reboots()
        self.steps = 0
        self._limit = limit  # messages a machine, None: no end
        self._made = np.zeros(len(machines), np.int64)

    @property
    def exhausted(self) -> bool:
        """True when every machine has made the messages it may."""
        return self._limit is not None and bool((self._made >= self._limit).all())

    @property
    def machine_s(self) -> float:
        """Machine time since the start of the run."""
        return self.steps * self.pace.step_s

    @property
    def true_us(self) -> int:
        """True machine time, microseconds UTC."""
        return self.pace.start_us + self.steps * round(self.pace.step_s * 1e6)

    def clock_right(self, machine: int) -> bool:
        """Whether the machine's stamps are right in the whole run."""
        return self.units[machine].clock.fault is None

    # --- set-up ---

    def _form_of(self, index: int) -> Form:
        if self._forms is not None:
            return self._forms[index % len(self._forms)]
        if index % 40 in _CAN_MACHINES and self.pace.period_s >= 1.0:
            return Form.CAN
        return _FORMS[index % len(_FORMS)]

    def _phase_of(self, index: int) -> int:
        return 0 if self.units[index].form is Form.CAN else index % self.pace.steps_per_reading

    def _make_units(self, boot_prefix: str) -> list[TerminalUnit]:
        forms = {p.machine: p.form for p in self.plan.prepare if p.form is not None}
        units = [TerminalUnit(m, forms.get(m.terminal, self._form_of(m.index)), boot_prefix) for m in self.machines]
        for clock in self.plan.clocks:
            until = None if clock.until_s is None else self.pace.start_us + round(clock.until_s * 1e6)
            units[self.index[clock.machine]].clock = TerminalClock(clock.fault, until, self.pace.start_us - 30_000_000)
        return units

    def _prepare(self, warm: bool) -> None:
        parameters = self.world.parameters
        for entry in self.plan.prepare:
            machine = self.index[entry.machine]
            for name, value in entry.parameters.items():
                if name not in type(parameters).__dataclass_fields__:
                    raise InvalidInput(f"{entry.machine}: no parameter {name!r}")
                parameters.set(name, machine, float(value))
            if entry.duty is not None:
                parameters.set("pinned_activity", machine, float(Activity[entry.duty.upper()]))
        if warm:
            self.world.warm_up()
        for entry in self.plan.prepare:
            self._fill(entry)

    def _fill(self, entry: Preparation) -> None:
        machine, state, parameters = self.index[entry.machine], self.world.state, self.world.parameters
        if entry.fuel_pct is not None:
            state.fuel_l[machine] = entry.fuel_pct / 100.0 * parameters.fuel_tank_l[machine]
        if entry.def_pct is not None:
            state.def_l[machine] = entry.def_pct / 100.0 * parameters.def_tank_l[machine]

    def _choose_reboots(self) -> dict[int, float]:
        share = self.plan.transport.reboot_share
        free = [m.index for m in self.machines if m.index not in self.faulty]
        chosen: list[int] = self._rng.permutation(free)[: round(share * len(self.machines))].tolist()
        return {i: float(self._rng.uniform(15.0, 45.0)) for i in chosen}

    def start_at(self, start_us: int) -> None:
        """Move the whole run, which has not begun yet, to another first instant (a whole second)."""
        shift_us = start_us - self.pace.start_us
        self.pace = replace(self.pace, start_us=start_us)
        for unit in self.units:
            unit.clock.powered_us += shift_us
            if unit.clock.until_us is not None:
                unit.clock.until_us += shift_us

    # --- running ---

    def inject(self, fault: PlannedFault) -> ActiveFault:
        """Begin a fault now. Raises InvalidInput when the machine or sensor does not exist."""
        active = self.bench.begin(fault, self.machine_s)
        self.faulty.add(active.machine)
        return active

    def due_faults(self) -> list[PlannedFault]:
        """Planned faults whose time has come; each is returned once, for the caller to inject."""
        due = [f for f in self._pending_faults if f.at_s <= self.machine_s]
        self._pending_faults = [f for f in self._pending_faults if f.at_s > self.machine_s]
        return due

    def step(self) -> Iterator[Outgoing]:
        """Advance one step; yields the messages it makes."""
        self.bench.advance(self.machine_s)
        self.world.step(self.pace.step_s)
        self.steps += 1
        yield from self._restart_terminals()
        due = self._phase == self.steps % self.pace.steps_per_reading
        rows = np.flatnonzero(due if self._limit is None else due & (self._made < self._limit))
        if len(rows) == 0:
            return
        values = self.world.measure(rows)
        for row, machine in enumerate(rows.tolist()):
            yield from self._read(machine, values[row])

    def flush(self) -> Iterator[Outgoing]:
        """What still waits in the terminals for its message to fill."""
        for machine, unit in enumerate(self.units):
            for message in unit.flush():
                yield Outgoing(machine, message)

    def _restart_terminals(self) -> Iterator[Outgoing]:
        for machine, at_s in list(self._reboots.items()):
            if self.machine_s >= at_s:
                del self._reboots[machine]
                for message in self.units[machine].restart(self.true_us):
                    yield Outgoing(machine, message)

    def _read(self, machine: int, values: np.ndarray[tuple[int], np.dtype[np.float64]]) -> Iterator[Outgoing]:
        columns = self._keys[machine]
        keys = self.world.instruments.keys
        numbers = values[columns].tolist()
        signals: dict[str, float | None] = {
            keys[c]: (None if math.isnan(v) else v) for c, v in zip(columns.tolist(), numbers, strict=True)
        }
        dead = frozenset(keys[c] for c in columns[self.world.instruments.dead[machine, columns]].tolist())
        codes = tuple(self.bench.codes.get(machine, {}).values())
        messages = self.units[machine].take(self.true_us, signals, codes, dead)
        for message in messages:
            yield from self._send(machine, message, signals)

    def _send(self, machine: int, message: Message, signals: dict[str, float | None]) -> Iterator[Outgoing]:
        t, draw = self.plan.transport, self._rng.random(5)
        delay_s = float(draw[0] / t.delay) * t.delay_within_s if draw[0] < t.delay else 0.0
        again_s = float(draw[1] / t.duplicate) * t.duplicate_within_s if draw[1] < t.duplicate else None
        if again_s is not None:
            again_s += delay_s
        self._made[machine] += 1
        yield Outgoing(machine, message, delay_s, again_s)
        if self._limit is not None and self._made[machine] >= self._limit:
            return
        native = self.units[machine].form is not Form.CAN and machine not in self.faulty and len(message.rows) == 1
        if native and draw[2] < t.split:
            self._made[machine] += 1
            yield self._second_half(machine, message)
        elif native and draw[3] < t.conflict:
            self._made[machine] += 1
            yield self._conflict(machine, message, signals)
        if draw[4] < t.malformed:
            yield Outgoing(machine, self.units[machine].malformed(self._rng, self.true_us), note="malformed")

    def _second_half(self, machine: int, message: Message) -> Outgoing:
        """The terminal's own channel: readings of the same instant that come in a message of their own."""
        sample = Sample(
            message.rows[0], {"terminal_backup_battery_v": round(4.05 + float(self._rng.normal(0, 0.02)), 2)}
        )
        return Outgoing(machine, self.units[machine].native([sample], Form.SAMPLE, {}), note="split")

    def _conflict(self, machine: int, message: Message, signals: dict[str, float | None]) -> Outgoing:
        rate = signals.get("fuel_rate_lph") or 0.0
        sample = Sample(message.rows[0], {"fuel_rate_lph": round(rate + 1.5, 2)})
        return Outgoing(machine, self.units[machine].native([sample], Form.SAMPLE, {}), note="conflict")
