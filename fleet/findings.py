"""Findings, alarms and severities: what diagnosis says and what alerts make of it."""

from dataclasses import dataclass
from enum import StrEnum
from typing import NewType
from uuid import UUID

MachineId = NewType("MachineId", int)
AlarmId = NewType("AlarmId", UUID)


class Severity(StrEnum):
    """The one scale; J1939 lamps and FMI map to it in diagnosis/dtc_severity.py."""

    CRITICAL = "critical"
    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"
    INFO = "info"


class SourceKind(StrEnum):
    """What raised an alarm."""

    RULE = "rule"
    MODEL = "model"
    DTC = "dtc"
    PLATFORM = "platform"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One episode in which a source held on a machine: (machine, source, from) names it.

    from_us: first instant of the run; held_us: the row at which `when` had held for its `for`; to_us: the row that
    cleared it, None while it holds. Times are measured_at, microseconds UTC.
    """

    machine: MachineId
    source_kind: SourceKind
    source_key: str  # rule key, or SA/SPN/FMI
    version: str  # rule-set version
    severity: Severity
    from_us: int
    held_us: int
    to_us: int | None = None
    values: tuple[tuple[str, float], ...] = ()  # the signals that drove it, at held_us

    @property
    def identity(self) -> tuple[int, str, str, int, int | None]:
        """What any batch split, arrival order and restart must agree on."""
        return (self.machine, self.source_kind, self.source_key, self.from_us, self.to_us)
