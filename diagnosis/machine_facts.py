"""What rules know of machines beside their readings: properties, fences and overrides, by machine id."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from diagnosis.applies_to import AppliesTo
from diagnosis.local_time import LocalPlace, LocalTimes
from diagnosis.rows import IntpArray
from diagnosis.syntax import FenceKey
from fleet.batch import BoolArray, Float64Array, Int32Array, Int64Array

FOREVER_US = 2**62


class Area(Protocol):
    """A shape on the ground."""

    def contains(self, latitude_deg: Float64Array, longitude_deg: Float64Array) -> BoolArray:
        """Which places lie in it."""


@dataclass(frozen=True, slots=True)
class MachineFence:
    """One geofence for some machines: its shape, and the shape with the buffer around it."""

    machines: Int32Array
    area: Area
    with_buffer: Area


@dataclass(frozen=True, slots=True, kw_only=True)
class MachineOverride:
    """Other limits of a rule for one machine (in the limits' own units), or the rule switched off, until an instant."""

    rule: str
    machine: int
    until_us: int
    limits: Mapping[str, float] = field(default_factory=dict)
    off: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class MachineFacts:
    """Properties by machine id; ids beyond an array are unknown. At most one override a machine and rule.

    nominal_voltage_v: NaN unknown. kind, model, software, mode: "" or None unknown. reports: (machines, catalogue
    signals), which signals a machine has; None: unknown. distrusted: likewise, whose values do not count; None: no
    signal's. fences: for every key of Engine.fences. place: the place (of `places`) of each machine's site, -1 where it
    is at none; None: of no machine.
    """

    nominal_voltage_v: Float64Array = field(default_factory=lambda: np.empty(0))
    kind: Sequence[str | None] = ()
    model: Sequence[str | None] = ()
    software: Sequence[str | None] = ()
    mode: Sequence[str | None] = ()
    reports: BoolArray | None = None
    distrusted: BoolArray | None = None
    fences: Mapping[FenceKey, Sequence[MachineFence]] = field(default_factory=dict)
    overrides: Sequence[MachineOverride] = ()
    places: Sequence[LocalPlace] = ()
    place: Int32Array | None = None


class FactTable:
    """The facts made ready for asking at the rows of a batch; `applies` are the distinct machine choices of rules."""

    def __init__(
        self, facts: MachineFacts, applies: Sequence[AppliesTo], limits: Mapping[tuple[str, str], float]
    ) -> None:
        self._facts = facts
        self._nominal = np.asarray(facts.nominal_voltage_v, np.float64)
        self._applies = {choice: choice.machines(facts) for choice in applies}
        self._limits = limits
        untrue = facts.distrusted
        self._distrusted = frozenset() if untrue is None else frozenset(np.flatnonzero(untrue.any(axis=0)).tolist())
        self.local_time = LocalTimes(facts.places, facts.place).told
        self._own: dict[tuple[str, str], _Own] = {}
        self._off: dict[str, _Own] = {}
        self._fences = {key: _Fences(fences) for key, fences in facts.fences.items() if fences}
        seen: set[tuple[str, int]] = set()
        for override in facts.overrides:
            if (override.rule, override.machine) in seen:
                raise ValueError(f"machine {override.machine} has two overrides of {override.rule}")
            seen.add((override.rule, override.machine))
            if override.off:
                self._off.setdefault(override.rule, _Own()).add(override, 1.0)
            for name, value in override.limits.items():
                self._own.setdefault((override.rule, name), _Own()).add(override, value)

    def nominal_voltage_v(self, machine: Int32Array) -> Float64Array:
        """The nominal voltage at each row."""
        found: Float64Array = _lookup(self._nominal, machine, np.nan)
        return found

    def applies(self, choice: AppliesTo, machine: Int32Array) -> BoolArray:
        """Rows whose machine a choice fits."""
        return np.asarray(_lookup(self._applies[choice], machine, False), np.bool_)

    def off(self, rule: str, machine: Int32Array, at_us: Int64Array) -> BoolArray | None:
        """Rows at which an override has switched the rule off; None: nowhere."""
        off = self._off.get(rule)
        return None if off is None else ~np.isnan(off.values(machine, at_us))

    def limit(self, rule: str, name: str, machine: Int32Array, at_us: Int64Array) -> Float64Array | float:
        """A rule's limit at each row, in the limit's unit; one number when no machine has its own."""
        own, default = self._own.get((rule, name)), self._limits[rule, name]
        if own is None:
            return default
        values = own.values(machine, at_us)
        return np.where(np.isnan(values), default, values)

    def reports(self, signal: int, machine: Int32Array) -> BoolArray:
        """Rows whose machine has the signal, and has it from a sensor that is trusted."""
        table, distrusted = self._facts.reports, self.distrusted(signal, machine)
        if table is None:
            return np.zeros(len(machine), np.bool_)
        found: BoolArray = _lookup(table[:, signal], machine, False)
        return found if distrusted is None else found & ~distrusted

    def distrusted(self, signal: int, machine: Int32Array) -> BoolArray | None:
        """Rows whose machine's sensor of a signal is not believed; None: nobody's is."""
        if signal not in self._distrusted or self._facts.distrusted is None:
            return None
        found: BoolArray = _lookup(self._facts.distrusted[:, signal], machine, False)
        return found

    def inside(
        self, key: FenceKey, machine: Int32Array, latitude_deg: Float64Array, longitude_deg: Float64Array
    ) -> tuple[BoolArray, BoolArray]:
        """(known inside, known outside) of the machine's fence; neither in its buffer or where something is missing."""
        fences = self._fences.get(key)
        if fences is None:
            return (np.zeros(len(machine), np.bool_),) * 2
        inside, near, fenced = (np.zeros(len(machine), np.bool_) for _ in range(3))
        placed = np.flatnonzero(~(np.isnan(latitude_deg) | np.isnan(longitude_deg)))
        for fence, mine in fences.of(machine, placed):
            fenced[mine] = True
            inside[mine] |= fence.area.contains(latitude_deg[mine], longitude_deg[mine])
            near[mine] |= fence.with_buffer.contains(latitude_deg[mine], longitude_deg[mine])
        return inside, fenced & ~near & ~inside


class _Fences:
    """Geofences by machine: only those are looked at whose machines are there."""

    def __init__(self, fences: Sequence[MachineFence]) -> None:
        self._all = fences
        machine = np.concatenate([np.empty(0, np.int32), *(fence.machines for fence in fences)])
        number = np.repeat(np.arange(len(fences)), [len(fence.machines) for fence in fences])
        order = np.argsort(machine, kind="stable")
        self._machine, self._number = machine[order], number[order]

    def of(self, machine: Int32Array, rows: IntpArray) -> Iterator[tuple[MachineFence, IntpArray]]:
        """Each fence that some of these rows' machines have, with those rows."""
        first, last = (np.searchsorted(self._machine, machine[rows], side) for side in ("left", "right"))
        counts = last - first
        row = np.repeat(rows, counts)
        start = np.repeat(np.cumsum(counts) - counts, counts)
        number = self._number[np.repeat(first, counts) + np.arange(len(row)) - start]
        for found in np.unique(number).tolist():
            yield self._all[found], row[number == found]


class _Own:
    """A number that some machines have, each until an instant, by machine id."""

    def __init__(self) -> None:
        self._value: Float64Array = np.empty(0)
        self._until: Int64Array = np.empty(0, np.int64)

    def add(self, override: MachineOverride, value: float) -> None:
        """The number of one machine."""
        more = override.machine + 1 - len(self._value)
        if more > 0:
            self._value = np.concatenate((self._value, np.full(more, np.nan)))
            self._until = np.concatenate((self._until, np.full(more, -FOREVER_US)))
        self._value[override.machine], self._until[override.machine] = value, override.until_us

    def values(self, machine: Int32Array, at_us: Int64Array) -> Float64Array:
        """The number at each row, NaN where there is none."""
        value: Float64Array = _lookup(self._value, machine, np.nan)
        return np.where(at_us < _lookup(self._until, machine, -FOREVER_US), value, np.nan)


def _lookup(values: npt.NDArray[Any], machine: Int32Array, default: Any) -> npt.NDArray[Any]:
    """values[machine], `default` beyond the array."""
    if len(values) == 0:
        return np.full(len(machine), default)
    inside = machine < len(values)
    if inside.all():
        return values[machine]
    found: npt.NDArray[Any] = np.where(inside, values[np.where(inside, machine, 0)], default)
    return found
