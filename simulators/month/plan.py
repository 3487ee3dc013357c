"""Who gets which fault, how badly and when: drawn from a seed and the severities that go with it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from simulators.machines import SimulatedMachine
from simulators.month.duty import Duty
from simulators.month.events import FaultEvent, Outage, SensorEvent, fault_kinds, read_table
from simulators.month.rows import DAY_ROWS
from simulators.physics.state import Activity

HEALTHY_SHARE = 0.3
FAULTS_A_MACHINE = 1.0  # of the whole fleet's
SENSORS_A_MACHINE = 0.4
QUIET_DAYS = 6  # before the first fault: models learn from them
APART_DAYS = 7  # between the beginnings of what goes wrong on one machine
BASIC_SHARE = 0.25
EXTRA_SENSORS = frozenset(
    {"fan_speed_rpm", "engine_coolant_level_pct", "oil_filter_intake_pressure_kpa", "engine_coolant_pressure_kpa"}
)
"""Sensors that the basic series of a model does not have."""


@dataclass(frozen=True, slots=True)
class Spread:
    """A seed and the severities that are drawn with it; part: tuning or report."""

    part: str
    seed: int
    severities: tuple[tuple[float, float], ...]

    def severity(self, rng: np.random.Generator) -> float:
        """One severity, even over the ranges."""
        widths = np.array([high - low for low, high in self.severities])
        low, high = self.severities[int(rng.choice(len(widths), p=widths / widths.sum()))]
        return float(rng.uniform(low, high))


def read_spread(part: str, seed: int | None = None) -> Spread:
    """A part of ranges.toml; without a seed its first. Raises ValueError when the seed is not the part's."""
    table = read_table("ranges.toml")[part]
    if seed is not None and seed not in table["seeds"]:
        raise ValueError(f"{seed} is no seed of {part}: {table['seeds']}")
    severities = tuple((float(low), float(high)) for low, high in table["severities"])
    return Spread(part, table["seeds"][0] if seed is None else seed, severities)


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """A fault or a sensor fault that a machine is to get on a day."""

    machine: int
    kind: str
    signal: str = ""
    size: float = 0.0
    severity: float
    day: float


def is_basic(machine: int) -> bool:
    """Whether the machine is of the basic series."""
    return machine % round(1 / BASIC_SHARE) == 1


def draw_orders(
    machines: Sequence[SimulatedMachine], signals: Sequence[frozenset[str]], days: int, spread: Spread
) -> list[Order]:
    """Everything that goes wrong in the fleet; every kind of fault about equally often, sensor faults beside them."""
    rng = np.random.default_rng([spread.seed, 7])
    first = min(QUIET_DAYS, days * 0.2)
    ill = rng.permutation(len(machines))[round(HEALTHY_SHARE * len(machines)) :]
    places = [
        (int(m), first + APART_DAYS * turn) for turn in range(int((days - first) // APART_DAYS) or 1) for m in ill
    ]
    places = [places[i] for i in rng.permutation(len(places))]
    orders = []
    wanted = list(_kinds(rng, round(FAULTS_A_MACHINE * len(machines)))) + list(
        _sensors(rng, round(SENSORS_A_MACHINE * len(machines)))
    )
    for kind, signal, size in wanted:
        place = next((p for p in places if _fits(machines[p[0]], signals[p[0]], kind, signal)), None)
        if place is None:
            continue
        places.remove(place)
        day = place[1] + float(rng.uniform(0, 1.5 if days > 10 else 0.3))
        nominal = (
            machines[place[0]].spec.nominal_voltage_v if signal in read_table("sensor_faults.toml")["per_volt"] else 1
        )
        orders.append(
            Order(
                machine=place[0], kind=kind, signal=signal, size=size * nominal, severity=spread.severity(rng), day=day
            )
        )
    return orders


def _kinds(rng: np.random.Generator, count: int) -> Iterator[tuple[str, str, float]]:
    names = list(fault_kinds())
    rounds = [names[i] for _ in range(count // len(names) + 1) for i in rng.permutation(len(names))]
    return ((name, "", 0.0) for name in rounds[:count])


def _sensors(rng: np.random.Generator, count: int) -> Iterator[tuple[str, str, float]]:
    table = read_table("sensor_faults.toml")
    every = [
        (kind, signal, size)
        for kind in ("offset", "noise", "drift", "stuck", "dropout")
        for signal, size in table[kind].items()
    ]
    rounds = [every[i] for _ in range(count // len(every) + 1) for i in rng.permutation(len(every))]
    return iter(rounds[:count])


def _fits(machine: SimulatedMachine, signals: frozenset[str], kind: str, signal: str) -> bool:
    if signal:
        return signal in signals
    fault = fault_kinds()[kind]
    return (not fault.kinds or machine.spec.kind in fault.kinds) and any(trace in signals for trace in fault.traces)


def faults_of(orders: Sequence[Order], duty: Duty, rng: np.random.Generator) -> tuple[FaultEvent, ...]:
    """The faults of one machine, each beginning when its machine works, or is parked for the night."""
    events = []
    for order in orders:
        if order.signal:
            continue
        kind = fault_kinds()[order.kind]
        from_row = _begin(duty, order.day, kind.begins == "parked", rng)
        to_row = min(from_row + round(kind.lasts_h * 360), len(duty.activity))
        events.append(
            FaultEvent(
                machine=order.machine, kind=kind.name, system=kind.system, also=kind.also, causes=kind.causes,
                effects=kind.effects, severity=order.severity, from_row=from_row,
                ramp_rows=round(kind.ramp_h * 360), to_row=to_row,
            )
        )  # fmt: skip
    return tuple(events)


def sensors_of(orders: Sequence[Order], duty: Duty, rng: np.random.Generator) -> tuple[SensorEvent, ...]:
    """The sensor faults of one machine; each lasts one to three days."""
    return tuple(
        SensorEvent(
            machine=order.machine, kind=order.kind, signal=order.signal, size=order.size, severity=order.severity,
            from_row=(from_row := _begin(duty, order.day, False, rng)),
            to_row=min(from_row + round(rng.uniform(24, 72) * 360), len(duty.activity)),
        )
        for order in orders
        if order.signal
    )  # fmt: skip


def _begin(duty: Duty, day: float, is_parked: bool, rng: np.random.Generator) -> int:
    earliest = round(day * DAY_ROWS)
    if is_parked:
        nights = np.diff(np.append(duty.begins, len(duty.activity))) > 6 * 360
        rows = duty.begins[nights & (duty.what == Activity.OFF) & (duty.begins >= earliest)] + round(
            rng.uniform(1, 2) * 360
        )
    else:
        rows = np.flatnonzero(duty.activity[earliest:] == Activity.WORK) + earliest
        rows = rows[round(rng.uniform(0, 0.4) * min(len(rows), 2_000)) :]
    return int(rows[0]) if len(rows) else min(earliest, len(duty.activity) - 1)


def outages_of(machine: int, days: int, rng: np.random.Generator) -> tuple[Outage, ...]:
    """Spans without network, one a fortnight and more; three in ten are longer than the terminal's memory."""
    found = []
    for _ in range(int(rng.poisson(days / 12))):
        begin = int(rng.uniform(0, days) * DAY_ROWS)
        length = round(rng.uniform(0.3, 6) * 360)
        found.append(Outage(machine=machine, from_row=begin, to_row=begin + length, is_lost=bool(rng.random() < 0.3)))
    return tuple(found)
