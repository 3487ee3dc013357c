"""Recorded findings against recomputed ones: what is new, changed and withdrawn."""

from collections.abc import Iterable
from dataclasses import dataclass

from fleet.findings import Finding, SourceKind

Source = tuple[SourceKind, str]


@dataclass(frozen=True, slots=True)
class Revision:
    """One change of recorded findings. before None: new (perhaps already closed); after None: withdrawn; both: from,
    held, to or codes changed (after.to_us None: open, or open again)."""

    before: Finding | None
    after: Finding | None


def revise(recorded: Iterable[Finding], recomputed: Iterable[Finding]) -> list[Revision]:
    """Match findings of one machine by source and start, the rest of a source by overlap, in time order.

    Withdrawn and changed ones come before new ones, so that a source never has two open findings on the way.
    """
    old, new = _by_source(recorded), _by_source(recomputed)
    revisions: list[Revision] = []
    for source in [*old, *(source for source in new if source not in old)]:
        revisions += _revise_source(old.get(source, []), new.get(source, []))
    return sorted(revisions, key=_order)


def _order(revision: Revision) -> tuple[int, int]:
    shown = revision.after or revision.before
    closes = revision.after is not None and revision.after.to_us is not None
    kind = 0 if revision.after is None else 1 if revision.before is not None and closes else 2
    return kind, shown.from_us if shown is not None else 0


def _by_source(findings: Iterable[Finding]) -> dict[Source, list[Finding]]:
    grouped: dict[Source, list[Finding]] = {}
    for finding in sorted(findings, key=lambda finding: finding.from_us):
        grouped.setdefault((finding.source_kind, finding.source_key), []).append(finding)
    return grouped


def _revise_source(old: list[Finding], new: list[Finding]) -> list[Revision]:
    by_start = {finding.from_us: finding for finding in new}
    revisions, moved = [], []
    for finding in old:
        same = by_start.pop(finding.from_us, None)
        if same is None:
            moved.append(finding)
        elif _content(same) != _content(finding):
            revisions.append(Revision(finding, same))
    left = list(by_start.values())
    for finding in moved:
        partner = next((candidate for candidate in left if _overlap(finding, candidate)), None)
        if partner is not None:
            left.remove(partner)
        revisions.append(Revision(finding, partner))
    return revisions + [Revision(None, finding) for finding in left]


def _content(finding: Finding) -> tuple[object, ...]:
    return finding.held_us, finding.to_us, finding.cascade, finding.members


def _overlap(one: Finding, other: Finding) -> bool:
    return (one.to_us is None or other.from_us < one.to_us) and (other.to_us is None or one.from_us < other.to_us)
