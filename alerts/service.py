"""Findings become alarms, inside the transaction that stores the readings they come from."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from alerts.lifecycle import TransitionKind, step_for
from fleet.findings import Finding
from storage.alarms_write import change_alarm, raise_alarm, withdraw_alarm
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

    Order: what is taken back, then what ended, then what holds, so that one alarm a source is open at any instant.
    `is_historic` says of a new finding whether its data came too late to page anybody.
    """
    made: list[TransitionKind] = []
    for change in sorted(changes, key=_order):
        made += _apply(conn, change, at, is_historic)
    return made


def _order(change: Change) -> tuple[int, int]:
    if change.after is None:
        return (0, 0)
    return (1 if change.after.to_us is not None else 2, change.after.from_us)


def _apply(
    conn: Connection, change: Change, at: datetime, is_historic: Callable[[Finding], bool]
) -> Sequence[TransitionKind]:
    before, after = change.before, change.after
    step = step_for(_is_open(before), _is_open(after))
    if after is None:
        assert before is not None  # step_for has refused (None, None)
        done = withdraw_alarm(conn, before, at=at, state=step.state, expected=step.expected, kinds=step.kinds)
    elif before is None:
        done = raise_alarm(conn, after, at=at, state=step.state, kinds=step.kinds, historic=is_historic(after))
    else:
        done = change_alarm(conn, before, after, at=at, state=step.state, expected=step.expected, kinds=step.kinds)
    return step.kinds if done else ()


def _is_open(finding: Finding | None) -> bool | None:
    return None if finding is None else finding.to_us is None
