"""What a run came to, counted on the tables by boots and times: the other side of the simulators' own count."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import LiteralString

import psycopg


@dataclass(frozen=True, slots=True, kw_only=True)
class RunCounts:
    """Reading rows of a run, and its alarms."""

    committed: int
    quarantined: int
    redelivered: int
    alarms_raised: int


# A message that names no seq has no ledger entry; each such message in quarantine is one row.
COUNT: LiteralString = """
SELECT
    (SELECT coalesce(sum(rows_committed), 0) FROM ledger WHERE boot = ANY(%(boots)s)),
    (SELECT coalesce(sum(rows_quarantined), 0) FROM ledger WHERE boot = ANY(%(boots)s))
    + (SELECT count(*) FROM quarantine WHERE seq < 0 AND received_at >= %(began)s),
    (SELECT coalesce(sum(redelivered), 0) FROM ledger WHERE boot = ANY(%(boots)s)),
    (SELECT count(*) FROM alarm_transition WHERE kind = 'raised' AND at >= %(began)s)
"""


def count_run(conn: psycopg.Connection, boots: Sequence[str], began: datetime) -> RunCounts:
    """Count what is kept of the power cycles `boots` and of messages without one since `began`."""
    row = conn.execute(COUNT, {"boots": list(boots), "began": began}).fetchone()
    assert row is not None  # a SELECT of aggregates
    committed, quarantined, redelivered, alarms = (int(value) for value in row)
    return RunCounts(committed=committed, quarantined=quarantined, redelivered=redelivered, alarms_raised=alarms)


# The commit stamp of the transaction that wrote a row (track_commit_timestamp).
COMMITS: LiteralString = """
SELECT t.name, (extract(epoch FROM r.measured_at) * 1000000)::bigint,
       (extract(epoch FROM pg_xact_commit_timestamp(r.xmin)) * 1000000)::bigint
FROM reading r JOIN installation i ON i.machine_id = r.machine_id JOIN terminal t USING (terminal_id)
WHERE r.received_at >= %s AND r.measured_at >= %s - interval '1 day'
"""


def commit_times(conn: psycopg.Connection, began: datetime) -> dict[tuple[str, int], int]:
    """(terminal, measured_at) -> commit time, microseconds UTC, of rows received since `began`."""
    rows = conn.execute(COMMITS, [began, began])
    return {(name, at_us): commit_us for name, at_us, commit_us in rows if commit_us is not None}


@dataclass(frozen=True, slots=True)
class CommittedAlarm:
    """An alarm with the instant it held (machine clock) and the instant it was committed, microseconds UTC."""

    terminal: str
    source_kind: str
    source_key: str
    held_us: int
    committed_us: int


ALARMS: LiteralString = """
SELECT t.name, a.source_kind, a.source_key, (extract(epoch FROM a.raised_at) * 1000000)::bigint,
       (extract(epoch FROM pg_xact_commit_timestamp(tr.xmin)) * 1000000)::bigint
FROM alarm a
JOIN alarm_transition tr ON tr.alarm_id = a.alarm_id AND tr.kind = 'raised'
JOIN installation i ON i.machine_id = a.machine_id JOIN terminal t USING (terminal_id)
WHERE a.state <> 'withdrawn' AND tr.at >= %s
ORDER BY tr.transition_id
"""


def list_alarms(conn: psycopg.Connection, began: datetime) -> list[CommittedAlarm]:
    """Alarms raised since `began` and not withdrawn, in the order they were raised."""
    return [CommittedAlarm(*row) for row in conn.execute(ALARMS, [began])]


@dataclass(frozen=True, slots=True)
class LiveCounts:
    """What the demo's screen shows: totals, and the newest alarms (time, machine, key, severity, state)."""

    messages: int
    rows: int
    quarantined: int
    open_alarms: int
    alarms: list[tuple[datetime, str, str, str, str]]


LIVE: LiteralString = """
SELECT (SELECT coalesce(sum(messages), 0) FROM ledger), (SELECT coalesce(sum(rows_committed), 0) FROM ledger),
       (SELECT count(*) FROM quarantine), (SELECT count(*) FROM alarm WHERE state = 'active')
"""

NEWEST: LiteralString = """
SELECT a.committed_at, m.name, a.source_key, a.severity, a.state FROM alarm a JOIN machine m USING (machine_id)
ORDER BY a.committed_at DESC, a.alarm_id LIMIT %s
"""


def live_counts(conn: psycopg.Connection, *, alarms: int) -> LiveCounts:
    """One look at the tables."""
    row = conn.execute(LIVE).fetchone()
    assert row is not None  # a SELECT of aggregates
    messages, rows, quarantined, open_alarms = (int(value) for value in row)
    return LiveCounts(messages, rows, quarantined, open_alarms, list(conn.execute(NEWEST, [alarms])))
