"""Findings become alarms, inside the transaction that stores the readings they come from."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from alerts.lifecycle import STEPS, TransitionKind
from fleet.findings import Finding
from storage.alarms_write import Moved, Raised, write_alarms
from storage.pool import Connection


@dataclass(frozen=True, slots=True)
class Change:
    """One episode as recorded and as judged now: new (no before), gone (no after) or different (both)."""

    before: Finding | None
    after: Finding | None


def changes_of(findings: Iterable[Finding], grown: Iterable[Finding] = ()) -> list[Change]:
    """Fold the engine's stream of opened and closed findings into one change an episode.

    An episode that opens and closes in one batch is one change; a closed one without its opening was recorded open.
    `grown` are open after it, with other codes than before.
    """
    episodes: dict[tuple[int, str, str, int], Change] = {}
    for finding in findings:
        key = (finding.machine, finding.source_kind, finding.source_key, finding.from_us)
        earlier = episodes.get(key)
        if earlier is not None:
            episodes[key] = Change(earlier.before, finding)
        else:
            episodes[key] = Change(None if finding.to_us is None else _opened(finding), finding)
    for finding in grown:
        key = (finding.machine, finding.source_kind, finding.source_key, finding.from_us)
        earlier = episodes.get(key)
        episodes[key] = Change(_opened(finding) if earlier is None else earlier.before, finding)
    return list(episodes.values())


def _opened(finding: Finding) -> Finding:
    return Finding(
        machine=finding.machine,
        source_kind=finding.source_kind,
        source_key=finding.source_key,
        version=finding.version,
        severity=finding.severity,
        from_us=finding.from_us,
        held_us=finding.held_us,
        values=finding.values,
    )


def apply_changes(
    conn: Connection, changes: Sequence[Change], *, at: datetime, is_historic: Callable[[Finding], bool]
) -> list[TransitionKind]:
    """Write findings, alarms, transitions and event-log entries; returns the transitions made, for the metrics.

    Order: what is taken back, then what ended, then what holds again, then what is new, so that one alarm a source is
    open at any instant; a statement for all of a kind. `is_historic` says of a new finding whether its data came too
    late to page anybody. A finding that moves may take the start of another one that moves away: those go one by one.
    """
    batches: list[Sequence[Raised] | Sequence[Moved]] = []
    known = [Moved(change.before, change.after) for change in changes if change.before is not None]
    batches.append([moved for moved in known if moved.after is None])
    for is_open in (False, True):
        alike = [m for m in known if m.after is not None and (m.after.to_us is None) is is_open]
        batches.append([m for m in alike if not _shift_us(m)])
        batches += [[m] for m in sorted((m for m in alike if _shift_us(m)), key=_place)]
    new = [c.after for c in changes if c.before is None and c.after is not None]
    new.sort(key=lambda finding: (finding.to_us is None, finding.from_us))
    batches.append([Raised(finding, is_historic(finding)) for finding in new])
    told = [batch for batch in batches if batch]
    if not told:
        return []
    return [TransitionKind(k) for k in write_alarms(conn, told, steps=(STEPS.to, STEPS.kinds), at=at)]


def _shift_us(moved: Moved) -> int:
    return 0 if moved.after is None else moved.after.from_us - moved.before.from_us


def _place(moved: Moved) -> tuple[bool, int]:
    """Those that move on from the last to the first, then those that move back from the first to the last."""
    start_us = 0 if moved.after is None else moved.after.from_us
    return (False, -start_us) if _shift_us(moved) > 0 else (True, start_us)
