"""Findings, alarms and severities: what diagnosis says and what alerts make of it."""

from dataclasses import dataclass
from enum import StrEnum
from typing import NewType
from uuid import UUID

MachineId = NewType("MachineId", int)
AlarmId = NewType("AlarmId", UUID)


class Severity(StrEnum):
    """The one scale; fault codes map to it in diagnosis/fault_knowledge.py."""

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
    SENSOR = "sensor"


@dataclass(frozen=True, slots=True)
class CaseMember:
    """One fault code of a finding that gathers several: from when to when (None: still) it was active.

    apart: it was raised by itself before its cause was known, and its end is told there.
    """

    address: int  # source address, -1 unknown
    spn: int
    fmi: int
    from_us: int
    to_us: int | None = None
    apart: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """Why a finding of the platform came about: which reason, how likely (0 to 1), and the signs that spoke for it.

    place: latitude and longitude of the machine, degrees; for the platform's own use.
    """

    key: str
    share: float
    spoke_for: tuple[str, ...] = ()
    place: tuple[float, float] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One episode in which a source held on a machine: (machine, source, from) names it.

    from_us: first instant of the run; held_us: the row at which `when` had held for its `for`; to_us: the row that
    cleared it, None while it holds. Times are measured_at, microseconds UTC. A finding of several fault codes names
    the cascade that explains them and lists them all.
    """

    machine: MachineId
    source_kind: SourceKind
    source_key: str  # key of a rule or of a signal; of codes SA/SPN/FMI or cascade:KEY[:SA]
    version: str  # rule-set version
    severity: Severity
    from_us: int
    held_us: int
    to_us: int | None = None
    values: tuple[tuple[str, float], ...] = ()  # the signals that drove it, at held_us
    cascade: str = ""  # key of diagnosis/knowledge/cascades.toml
    members: tuple[CaseMember, ...] = ()  # its codes where there are several, in the order in which they came
    reason: Reason | None = None  # of a silence

    @property
    def identity(self) -> tuple[int, str, str, int, int | None]:
        """What any batch split, arrival order and restart must agree on."""
        return (self.machine, self.source_kind, self.source_key, self.from_us, self.to_us)
