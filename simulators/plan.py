"""The plan of a run: what breaks, where the network fails, whose clock is wrong; from a TOML file or built in code."""

import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, TypeVar

from fleet.errors import InvalidInput
from simulators.encode import Form
from simulators.faults import PlannedFault, fault_from
from simulators.machines import renumbered
from simulators.physics.state import Activity
from simulators.terminal_unit import ClockFault

DEMO_PLAN = Path(__file__).with_name("demo_plan.toml")
LATER_PLAN = Path(__file__).with_name("demo_later.toml")  # lies behind DEMO_PLAN in one text

Part = TypeVar("Part")


@dataclass(frozen=True, slots=True, kw_only=True)
class TransportFaults:
    """How often transport goes wrong; probabilities are per message, shares are of the machines without a fault."""

    duplicate: float = 0.0  # sent again within `duplicate_within_s`, committed or not
    duplicate_within_s: float = 6.0
    delay: float = 0.0  # held back up to `delay_within_s`, so that later messages overtake it
    delay_within_s: float = 4.0
    split: float = 0.0  # one sample as two messages with different signals
    conflict: float = 0.0  # followed by another value of one signal for the same instant
    malformed: float = 0.0  # followed by a message that nobody can decode
    offline_share: float = 0.0  # machines with one dead zone of `offline_s` in the run
    offline_s: float = 12.0
    reboot_share: float = 0.0  # machines switched off and on once


NO_FAULTS = TransportFaults()
ROUGH = TransportFaults(
    duplicate=0.02, delay=0.03, split=0.01, malformed=0.003, offline_share=0.10, reboot_share=0.04, conflict=0.001
)


@dataclass(frozen=True, slots=True, kw_only=True)
class DeadZone:
    """No network for a while, by the wall clock of the run; what was kept goes out oldest or newest first after it."""

    machine: str
    from_s: float
    for_s: float
    newest_first: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class WrongClock:
    """A terminal's clock is wrong from the start; `until_s` machine time it is set right, None: never."""

    machine: str
    fault: ClockFault
    until_s: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Preparation:
    """How a machine stands when the run begins: its duty, its tanks, its weather, the wear it already has."""

    machine: str
    duty: str | None = None  # off, idle, work, travel: held in it
    fuel_pct: float | None = None
    def_pct: float | None = None
    form: Form | None = None
    parameters: Mapping[str, float] = field(default_factory=dict)  # of physics.parameters

    def __post_init__(self) -> None:
        if self.duty is not None and self.duty.upper() not in Activity.__members__:
            raise InvalidInput(f"{self.machine}: no duty {self.duty!r}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """Everything that is to go wrong in a run."""

    faults: tuple[PlannedFault, ...] = ()
    prepare: tuple[Preparation, ...] = ()
    dead_zones: tuple[DeadZone, ...] = ()
    clocks: tuple[WrongClock, ...] = ()
    transport: TransportFaults = NO_FAULTS

    def named_machines(self) -> set[str]:
        """The terminals that the plan speaks of."""
        named = [p.machine for p in self.prepare] + [f.machine for f in self.faults]
        return {*named, *(z.machine for z in self.dead_zones), *(c.machine for c in self.clocks)}

    def renumbered(self, numbers_after: int) -> "Plan":
        """The same plan for the same machines of a fleet with `numbers_after` (see make_machines)."""
        return replace(
            self,
            faults=tuple(replace(f, machine=renumbered(f.machine, numbers_after)) for f in self.faults),
            prepare=tuple(replace(p, machine=renumbered(p.machine, numbers_after)) for p in self.prepare),
            dead_zones=tuple(replace(z, machine=renumbered(z.machine, numbers_after)) for z in self.dead_zones),
            clocks=tuple(replace(c, machine=renumbered(c.machine, numbers_after)) for c in self.clocks),
        )


def _make(kind: str, make: Callable[[dict[str, Any]], Part], entries: Any) -> tuple[Part, ...]:
    if not isinstance(entries, list):
        raise InvalidInput(f"[[{kind}]] must be a list of tables")
    made = []
    for number, entry in enumerate(entries, 1):
        try:
            made.append(make(dict(entry)))
        except (TypeError, ValueError) as error:
            raise InvalidInput(f"[[{kind}]] number {number}: {error}") from error
    return tuple(made)


def _preparation(entry: dict[str, Any]) -> Preparation:
    form = entry.pop("form", None)
    return Preparation(**entry, form=Form(form) if form is not None else None)


def _clock(entry: dict[str, Any]) -> WrongClock:
    return WrongClock(**{**entry, "fault": ClockFault(entry["fault"])})


def parse_plan(text: str) -> Plan:
    """A plan from TOML text. Raises InvalidInput, naming the table and what is wrong with it."""
    try:
        tables = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise InvalidInput(f"not TOML: {error}") from error
    unknown = set(tables) - {"transport", "faults", "prepare", "dead_zones", "clocks"}
    if unknown:
        raise InvalidInput(f"unknown tables: {', '.join(sorted(unknown))}")
    try:
        transport = TransportFaults(**tables.get("transport", {}))
    except TypeError as error:
        raise InvalidInput(f"[transport]: {error}") from error
    return Plan(
        faults=_make("faults", fault_from, tables.get("faults", [])),
        prepare=_make("prepare", _preparation, tables.get("prepare", [])),
        dead_zones=_make("dead_zones", lambda e: DeadZone(**e), tables.get("dead_zones", [])),
        clocks=_make("clocks", _clock, tables.get("clocks", [])),
        transport=transport,
    )


def load_plan(path: Path) -> Plan:
    """A plan from a TOML file. Raises InvalidInput when it cannot be read or understood."""
    try:
        return parse_plan(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise InvalidInput(f"cannot read the fault plan {path}: {error}") from error
    except InvalidInput as error:
        raise InvalidInput(f"{path}: {error.detail}") from error
