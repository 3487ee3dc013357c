"""The named measures: what they must reach, what they aim at, and how a day's machine scales that."""

from __future__ import annotations

import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

REFERENCE_BARE = 45_000.0  # messages/s of the bare subscriber at which the absolute floors count in full
OFFERED = 25_000.0  # messages/s of the sustained run on such a machine
OFFERED_AIM = 40_000.0


class Kind(StrEnum):
    """How a floor is compared and scaled."""

    RATE = "rate"  # at least; times bare / REFERENCE_BARE
    MILLISECONDS = "milliseconds"  # at most; divided by it
    RATIO = "ratio"  # at least; not scaled
    BYTES = "bytes"  # at most; not scaled
    PRINTED = "printed"  # no floor


@dataclass(frozen=True, kw_only=True)
class Target:
    """One named measure."""

    name: str
    unit: str
    kind: Kind
    floor: float | None = None
    aim: float | None = None


def _printed(name: str, unit: str) -> Target:
    return Target(name=name, unit=unit, kind=Kind.PRINTED)


BARE, E2E, SUSTAINED = "bare_subscriber_msgs_per_s", "e2e_1_row_msgs_per_s", "e2e_sustained_p99_ms"
TARGETS = (
    Target(name=E2E, unit="msgs/s", kind=Kind.RATE, floor=30_000, aim=50_000),
    Target(name=SUSTAINED, unit="ms", kind=Kind.MILLISECONDS, floor=1_000),
    Target(name="e2e_sustained_at_aim_p99_ms", unit="ms", kind=Kind.MILLISECONDS, aim=250),
    _printed(BARE, "msgs/s"),
    Target(name="e2e_1_row_vs_bare_subscriber", unit="ratio", kind=Kind.RATIO, floor=0.5, aim=0.85),
    Target(name="e2e_10_rows_vs_raw_copy", unit="ratio", kind=Kind.RATIO, floor=0.40, aim=0.60),
    Target(name="rules_on_vs_off", unit="ratio", kind=Kind.RATIO, floor=0.80, aim=0.95),
    Target(name="standing_alarms_vs_none", unit="ratio", kind=Kind.RATIO, floor=0.90, aim=1.0),
    Target(name="replay_vs_first", unit="ratio", kind=Kind.RATIO, floor=0.5, aim=1.0),
    Target(name="backfill_vs_first", unit="ratio", kind=Kind.RATIO, floor=0.4, aim=0.6),
    Target(name="publish_to_commit_p99_ms", unit="ms", kind=Kind.MILLISECONDS, floor=500, aim=150),
    _printed("publish_to_commit_p50_ms", "ms"),
    _printed("e2e_sustained_offered_msgs_per_s", "msgs/s"),
    _printed("e2e_sustained_backlog_msgs", "msgs"),
    _printed("e2e_10_rows_rows_per_s", "rows/s"),
    _printed("raw_copy_rows_per_s", "rows/s"),
    _printed("e2e_20_masks_msgs_per_s", "msgs/s"),
    _printed("e2e_250_rows_a_commit_msgs_per_s", "msgs/s"),
    _printed("e2e_rows_per_commit", "rows"),
    _printed("gateway_cpu_s_per_million_rows", "s"),
    _printed("database_cpu_s_per_million_rows", "s"),
    _printed("broker_cpu_s_per_million_rows", "s"),
    _printed("generator_cpu_s_per_million_rows", "s"),
    _printed("gateway_bytes_per_machine", "bytes"),
    _printed("disk_bytes_per_data_point", "bytes"),
    _printed("backfill_judged_after_s", "s"),
    Target(name="rule_evaluations_per_s", unit="1/s", kind=Kind.RATE, floor=30e6, aim=100e6),
    Target(name="rule_evaluations_plain_per_s", unit="1/s", kind=Kind.RATE, floor=30e6, aim=100e6),
    Target(name="rule_state_bytes_a_machine_and_rule", unit="bytes", kind=Kind.BYTES, floor=64),
    Target(name="shipped_rule_evaluations_per_s", unit="1/s", kind=Kind.RATE, floor=30e6, aim=100e6),
    _printed("shipped_rules_rows_per_s", "rows/s"),
    _printed("shipped_rules_replay_rows_per_s", "rows/s"),
    Target(name="shipped_rule_state_bytes_a_machine_and_rule", unit="bytes", kind=Kind.BYTES, floor=64),
    Target(name="replay_rows_per_s", unit="rows/s", kind=Kind.RATE, floor=200_000),
)


@dataclass(frozen=True)
class Measured:
    """A measure's median over the repeats and its spread (largest minus smallest), in its unit."""

    value: float
    spread: float

    @classmethod
    def over(cls, samples: Sequence[float]) -> Measured:
        """Of one sample a repeat."""
        return cls(statistics.median(samples), max(samples) - min(samples))


def scale_of(bare_msgs_per_s: float) -> float:
    """What a machine with this bare rate is held to: 1 from REFERENCE_BARE on, below that in proportion."""
    return min(1.0, bare_msgs_per_s / REFERENCE_BARE)


def scaled(target: Target, limit: float | None, scale: float) -> float | None:
    """A floor or an aim on a machine of that scale."""
    if limit is None:
        return None
    return {Kind.RATE: limit * scale, Kind.MILLISECONDS: limit / scale}.get(target.kind, limit)


def holds(target: Target, value: float, limit: float) -> bool:
    """Whether a value is on the right side of an (already scaled) limit."""
    return value <= limit if target.kind in {Kind.MILLISECONDS, Kind.BYTES} else value >= limit


def missed(measured: Mapping[str, Measured]) -> list[str]:
    """The measures below their floors. A measure with a floor that was not taken is missed too."""
    scale = scale_of(measured[BARE].value) if BARE in measured else 1.0
    names = []
    for target in TARGETS:
        floor = scaled(target, target.floor, scale)
        if floor is not None and (target.name not in measured or not holds(target, measured[target.name].value, floor)):
            names.append(target.name)
    return names
