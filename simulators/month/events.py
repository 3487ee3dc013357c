"""The labels of the fleet: what was broken, which sensor lied, and what people really did."""

import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent


@dataclass(frozen=True, slots=True, kw_only=True)
class FaultKind:
    """One way to fail, as faults.toml has it."""

    name: str
    system: str
    also: tuple[str, ...] = ()
    causes: tuple[str, ...]
    effects: tuple[tuple[str, float], ...]
    ramp_h: float
    lasts_h: float
    begins: str = "working"
    kinds: tuple[str, ...] = ()
    traces: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class FaultEvent:
    """One fault of one machine. Rows count from the start of the span."""

    machine: int
    kind: str
    system: str
    also: tuple[str, ...]
    causes: tuple[str, ...]
    effects: tuple[tuple[str, float], ...]
    severity: float
    from_row: int
    ramp_rows: int
    to_row: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SensorEvent:
    """One sensor that lies for a while; kind: stuck, offset, drift, dropout or noise."""

    machine: int
    kind: str
    signal: str
    size: float  # in the signal's unit: the offset, or the noise's sigma
    severity: float
    from_row: int
    to_row: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Behaviour:
    """What an operator really did, and the rules that rightly say so."""

    machine: int
    rules: tuple[str, ...]
    from_row: int
    to_row: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Outage:
    """A span in which the terminal had no network: its rows came late, or never when its memory was full."""

    machine: int
    from_row: int
    to_row: int
    is_lost: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Labels:
    """All that is known of the fleet."""

    faults: tuple[FaultEvent, ...] = ()
    sensors: tuple[SensorEvent, ...] = ()
    behaviours: tuple[Behaviour, ...] = ()
    outages: tuple[Outage, ...] = ()


def read_table(name: str) -> dict[str, Any]:
    """One of the files beside this module."""
    return tomllib.loads((FOLDER / name).read_text(encoding="utf-8"))


@cache
def fault_kinds() -> dict[str, FaultKind]:
    """Every way to fail by name."""
    return {
        name: FaultKind(name=name, **{key: _frozen(value) for key, value in table.items()})
        for name, table in read_table("faults.toml").items()
    }


def _frozen(value: Any) -> Any:
    if isinstance(value, dict):
        return tuple(value.items())
    return tuple(value) if isinstance(value, list) else value
