"""What a replay came to: differences against the live set, alarms a seat, confirmed faults and nuisances."""

import statistics
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from diagnosis.revision import revise
from fleet.findings import Finding, Severity, SourceKind
from storage.rule_replays import Difference, JudgedEpisode

SPAN_US = 600_000_000  # alarms are counted in spans of 10 minutes
ACCEPTABLE, MANAGEABLE, FLOOD = 1, 2, 10
"""Alarms a seat and 10 minutes (ISA-18.2, 16.5): as a mean very likely acceptable, the most that can be managed; more
than the last is a flood."""
DTC = "dtc"
LISTED = 50  # lost faults that the summary names one by one
HOUR_US = 3_600_000_000


def clipped(findings: Iterable[Finding], from_us: int, to_us: int) -> list[Finding]:
    """What of the findings lies in a span: those that held in it, begun at its start and open at its end if beyond."""
    return [
        replace(
            found,
            from_us=max(found.from_us, from_us),
            held_us=max(found.held_us, from_us),
            to_us=None if found.to_us is None or found.to_us >= to_us else found.to_us,
        )
        for found in findings
        if found.held_us < to_us and (found.to_us is None or found.to_us > from_us)
    ]


def compare(found: Sequence[Finding], live: Sequence[Finding]) -> list[Difference]:
    """What one set finds otherwise than the live one, machine by machine: new, gone, at other times, and at the same
    times with another severity."""
    machines: dict[int, tuple[list[Finding], list[Finding]]] = {}
    for place, findings in enumerate((found, live)):
        for finding in findings:
            machines.setdefault(finding.machine, ([], []))[place].append(finding)
    differences = []
    for _, (mine, theirs) in sorted(machines.items()):
        here = [Difference(revision.after, revision.before) for revision in revise(theirs, mine)]
        differences += here + _regraded(mine, theirs, here)
    return differences


def _regraded(
    mine: Sequence[Finding], theirs: Sequence[Finding], differences: Sequence[Difference]
) -> list[Difference]:
    """What both sets of one machine find at the same times, and grade otherwise, in time order."""
    told = {_place(one.found) for one in differences if one.found is not None}
    known = {_place(finding): finding for finding in theirs}
    pairs = [(f, known.get(_place(f))) for f in sorted(mine, key=lambda f: f.from_us) if _place(f) not in told]
    return [Difference(f, other) for f, other in pairs if other is not None and other.severity is not f.severity]


def _place(finding: Finding) -> tuple[SourceKind, str, int]:
    return finding.source_kind, finding.source_key, finding.from_us


def seat_alarms(findings: Sequence[Finding], from_us: int, to_us: int, seats: int) -> npt.NDArray[np.float64]:
    """Alarms raised a seat in each 10 minutes of a span; `info` raises none."""
    held = np.array([f.held_us for f in findings if f.severity is not Severity.INFO and f.held_us > from_us], np.int64)
    return np.bincount((held - from_us) // SPAN_US, minlength=-(-(to_us - from_us) // SPAN_US)) / seats


def seat_load(findings: Sequence[Finding], from_us: int, to_us: int, seats: int) -> dict[str, float]:
    """Alarms a seat and 10 minutes: how many in all, the mean, the peak, and the shares of spans above what can be
    managed and in a flood."""
    counts = seat_alarms(findings, from_us, to_us, seats)
    return {
        "alarms": round(float(counts.sum()) * seats),
        "mean": round(float(counts.mean()), 4),
        "peak": round(float(counts.max()), 2),
        "busy_share": round(float((counts > MANAGEABLE).mean()), 4),
        "flood_share": round(float((counts > FLOOD).mean()), 4),
    }


def by_rule(
    found: Sequence[Finding],
    live: Sequence[Finding],
    differences: Sequence[Difference],
    raised: Sequence[Finding] = (),
) -> dict[str, Mapping[str, int]]:
    """Rule -> how many findings each set has, how many are new, gone, moved and regraded, and how many were raised on
    the stream; fault codes are one rule."""
    counts: dict[str, Counter[str]] = {}
    told = [(name, f) for name, findings in (("found", found), ("live", live), ("raised", raised)) for f in findings]
    for one in differences:
        shown = one.found or one.live
        if shown is not None:
            told.append((one.change, shown))
    for name, finding in told:
        counts.setdefault(rule_key(finding), Counter())[name] += 1
    return {key: dict(counts[key]) for key in sorted(counts)}


def rule_key(finding: Finding) -> str:
    """The finding's rule; `dtc` for fault codes."""
    return finding.source_key if finding.source_kind is SourceKind.RULE else DTC


@dataclass(frozen=True, slots=True)
class Caught:
    """Which findings with a verdict a set has too: the first of its own of the same source that overlaps, if any."""

    episodes: Sequence[JudgedEpisode]
    by: Sequence[Finding | None]

    @classmethod
    def of(cls, episodes: Sequence[JudgedEpisode], findings: Iterable[Finding]) -> "Caught":
        """Compare what was recorded with what a set finds."""
        known: dict[tuple[int, str], list[Finding]] = {}
        for finding in sorted(findings, key=lambda finding: finding.held_us):
            known.setdefault((finding.machine, finding.source_key), []).append(finding)
        return cls(episodes, [_same(one, known.get((one.machine, one.source_key), ())) for one in episodes])

    def count(self, *, is_fault: bool) -> int:
        """How many of the faults, or of the nuisances, it has."""
        return sum(b is not None for one, b in zip(self.episodes, self.by, strict=True) if one.is_fault is is_fault)

    def leads_h(self) -> list[float]:
        """Hours from its findings to the failures that verdicts tell of."""
        pairs = zip(self.episodes, self.by, strict=True)
        return [(e.failed_us - b.held_us) / HOUR_US for e, b in pairs if b is not None and e.failed_us is not None]


def _same(one: JudgedEpisode, findings: Sequence[Finding]) -> Finding | None:
    """The first that overlaps the episode, its ends included. A fault has to be found before the machine failed, where
    the recorded finding was."""
    in_time = one.failed_us is not None and one.held_us <= one.failed_us
    for finding in findings:
        overlaps = (one.to_us is None or finding.from_us <= one.to_us) and (
            finding.to_us is None or finding.to_us >= one.from_us
        )
        if overlaps and not (in_time and one.failed_us is not None and finding.held_us > one.failed_us):
            return finding
    return None


def verdict_summary(
    episodes: Sequence[JudgedEpisode], found: Sequence[Finding], live: Sequence[Finding]
) -> dict[str, Any]:
    """Confirmed faults and nuisances that both sets have, what is lost and saved, and the hours of lead."""
    mine, theirs = Caught.of(episodes, found), Caught.of(episodes, live)
    rows = list(zip(episodes, mine.by, theirs.by, strict=True))
    lost = [one for one, here, there in rows if one.is_fault and here is None and there is not None]
    saved = [one for one, here, there in rows if not one.is_fault and here is None and there is not None]
    faults = sum(one.is_fault for one in episodes)
    return {
        "confirmed": _counts(faults, mine, theirs, is_fault=True) | {"lost": len(lost)},
        "nuisances": _counts(len(episodes) - faults, mine, theirs, is_fault=False) | {"saved": len(saved)},
        "lost": [{"finding_id": str(one.finding_id), "source_key": one.source_key} for one in lost[:LISTED]],
        "lead_h": {"found": median(mine.leads_h()), "live": median(theirs.leads_h())},
    }


def _counts(of: int, mine: Caught, theirs: Caught, *, is_fault: bool) -> dict[str, int]:
    return {"of": of, "found": mine.count(is_fault=is_fault), "live": theirs.count(is_fault=is_fault)}


def median(values: Sequence[float]) -> float | None:
    """The median to a hundredth; None of nothing."""
    return round(statistics.median(values), 2) if values else None
