"""A rule and its tests, as data."""

from dataclasses import dataclass, field

from diagnosis.applies_to import AppliesTo
from diagnosis.syntax import TruthNode, codes_of, limits_of, signals_of
from fleet.findings import Severity, SourceKind
from fleet.working_calendar import Hours

DEFAULT_MAX_GAP_US = 60_000_000
SUPPRESSED_IN = ("in_repair", "transport", "stored")
"""Machine modes in which an alarm calls nobody unless its rule says otherwise."""
FORGET_US = 3_600_000_000
"""A run that has not been confirmed for this long starts anew."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """A text in both languages."""

    zh: str
    en: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseFault:
    """A fault row of a rule test; spn 0 and fmi 0: no code is active."""

    at_us: int
    address: int
    spn: int
    fmi: int
    lamps: int
    native: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Raised:
    """A finding a rule test expects, times from the test's start; held_us None: not checked; code: of a fault code."""

    from_us: int
    held_us: int | None
    to_us: int | None
    code: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseFence:
    """A circular geofence of a rule test."""

    name: str
    latitude_deg: float
    longitude_deg: float
    radius_m: float
    buffer_m: float


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleLimit:
    """A number with a name, which machines may have their own value of; unit "": bare."""

    name: str
    value: float
    unit: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleTest:
    """One case beside a rule: a machine, its rows, and what must be raised."""

    name: str
    readings: tuple[tuple[int, dict[str, float]], ...]  # (microseconds from the start, signal values)
    raises: tuple[Raised, ...]
    nominal_voltage_v: float = float("nan")
    kind: str | None = None
    model: str | None = None
    software: str | None = None
    mode: str | None = None
    reports: tuple[str, ...] | None = None  # None: the signals that it tells
    fences: tuple[CaseFence, ...] = ()
    faults: tuple[CaseFault, ...] = ()
    sensor_errors: tuple[tuple[int, str], ...] = ()
    time_zone: str | None = None  # of its site
    working_hours: Hours | None = None  # of its site, on every day


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """When a machine needs attention, how urgent it is and what to tell whom.

    A rule of kind dtc has no condition: active fault codes are findings (diagnosis/code_cases.py) with the severity of
    their SPN, FMI and lamps.
    """

    key: str
    source_kind: SourceKind
    title: Words
    owner: Words  # one plain sentence for the machine's owner
    expert: Words  # what the control centre's expert should know
    causes: tuple[str, ...]  # keys of diagnosis/words.*.toml
    checks: tuple[str, ...]
    tests: tuple[RuleTest, ...]
    sources: tuple[str, ...] = ()  # where the thresholds come from
    severity: Severity | None = None  # None: by code
    when_text: str = ""
    clear_text: str | None = None
    when: TruthNode | None = field(default=None, compare=False)
    clear: TruthNode | None = field(default=None, compare=False)
    for_us: int = 0
    max_gap_us: int = DEFAULT_MAX_GAP_US
    applies_to: AppliesTo | None = None  # None: all machines
    limits: tuple[RuleLimit, ...] = ()
    # What its alarms do, which no finding depends on:
    latched: bool = False  # they stay until somebody resets them
    suppressed_in: tuple[str, ...] = SUPPRESSED_IN  # machine modes, and engine_off, in which they call nobody
    inhibits: tuple[str, ...] = ()  # keys of rules, and codes as SPN or SPN/FMI, whose alarms follow from its own

    @property
    def conditions(self) -> tuple[TruthNode, ...]:
        """Its syntax trees."""
        return tuple(tree for tree in (self.when, self.clear) if tree is not None)

    @property
    def signals(self) -> tuple[str, ...]:
        """The signals it reads, sorted."""
        return tuple(sorted(frozenset().union(*(signals_of(tree) for tree in self.conditions))))

    @property
    def limits_read(self) -> frozenset[str]:
        """The names of its limits that its conditions read."""
        return frozenset().union(*map(limits_of, self.conditions))

    @property
    def uses_dtc(self) -> bool:
        """Whether its condition asks for fault codes."""
        return any(codes_of(tree) for tree in self.conditions)
