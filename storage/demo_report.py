"""What a run came to, counted on the tables by terminals, boots and times: the other side of the simulators' count."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import LiteralString
from uuid import UUID

import psycopg

US = 1_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """Whose messages are counted: those of the run's `terminals` in the power cycles `boots`, not before `began`."""

    terminals: Sequence[str]
    boots: Sequence[str]
    began: datetime

    @property
    def parameters(self) -> dict[str, object]:
        """As the queries below name them."""
        return {"terminals": list(self.terminals), "boots": list(self.boots), "began": self.began}


@dataclass(frozen=True, slots=True, kw_only=True)
class RunCounts:
    """Of the ledger: `committed`, `quarantined` (reading rows), `redelivered`; `malformed` messages; alarms raised."""

    committed: int
    quarantined: int
    malformed: int
    redelivered: int
    alarms_raised: int


# A malformed message names no seq and has no ledger entry; the simulators' carry the name of their power cycle.
COUNT: LiteralString = """
WITH mine AS (
    SELECT l.* FROM ledger l JOIN terminal t USING (terminal_id)
    WHERE t.name = ANY(%(terminals)s) AND l.boot = ANY(%(boots)s)
)
SELECT
    (SELECT coalesce(sum(rows_committed), 0) FROM mine),
    (SELECT coalesce(sum(rows_quarantined), 0) FROM mine),
    (SELECT count(*) FROM quarantine q JOIN refused_payload p USING (payload_hash)
     WHERE q.seq < 0 AND q.received_at >= %(began)s AND q.terminal = ANY(%(terminals)s)
       AND EXISTS (SELECT FROM unnest(%(boots)s::text[]) b WHERE position(convert_to(b, 'UTF8') IN p.payload) > 0)),
    (SELECT coalesce(sum(redelivered), 0) FROM mine),
    (SELECT count(*) FROM alarm_transition tr JOIN alarm a USING (alarm_id)
     WHERE tr.kind = 'raised' AND tr.at >= %(began)s AND EXISTS (
         SELECT FROM installation i JOIN terminal t USING (terminal_id)
         WHERE i.machine_id = a.machine_id AND t.name = ANY(%(terminals)s)))
"""


def count_run(conn: psycopg.Connection, run: Run) -> RunCounts:
    """Count what is kept of a run's power cycles, and of its messages without one."""
    row = conn.execute(COUNT, run.parameters).fetchone()
    assert row is not None  # a SELECT of aggregates
    committed, quarantined, malformed, redelivered, alarms = (int(value) for value in row)
    return RunCounts(
        committed=committed,
        quarantined=quarantined,
        malformed=malformed,
        redelivered=redelivered,
        alarms_raised=alarms,
    )


SENT: LiteralString = """
SELECT EXISTS (SELECT FROM ledger l JOIN terminal t USING (terminal_id) WHERE t.name = ANY(%s))
"""


def have_sent(conn: psycopg.Connection, terminals: Sequence[str]) -> bool:
    """Whether any of the terminals of these names has sent something already."""
    row = conn.execute(SENT, [list(terminals)]).fetchone()
    return bool(row and row[0])


OWNED: LiteralString = """
SELECT o.name, count(*) FROM organisation o JOIN ownership w USING (organisation_id)
WHERE o.name = ANY(%s) AND w.to_at = 'infinity' GROUP BY o.name
"""


def count_owned(conn: psycopg.Connection, organisations: Sequence[str]) -> dict[str, int]:
    """organisation -> how many machines it has now; without those that have none."""
    return dict(conn.execute(OWNED, [list(organisations)]).fetchall())


REFUSED: LiteralString = """
SELECT terminal, boot, seq, row_no FROM quarantine
WHERE seq >= 0 AND row_no >= -1 AND terminal = ANY(%(terminals)s) AND boot = ANY(%(boots)s)
"""


def list_refused(conn: psycopg.Connection, run: Run) -> set[tuple[str, str, int, int]]:
    """(terminal, boot, seq, row) of what is in quarantine; row -1 stands for every row of the message."""
    return set(conn.execute(REFUSED, run.parameters))


UNSETTLED: LiteralString = "SELECT count(*) FROM (SELECT FROM dirty_range LIMIT %s) AS few"


def count_unsettled(conn: psycopg.Connection, *, at_least: int) -> int:
    """How many ranges wait for their rollups; counted up to `at_least`."""
    row = conn.execute(UNSETTLED, [at_least]).fetchone()
    return int(row[0]) if row else 0


# The commit stamp of the transaction that wrote a row, where the server keeps it (track_commit_timestamp).
COMMITS: LiteralString = """
SELECT t.name, (extract(epoch FROM r.measured_at) * 1000000)::bigint,
       CASE WHEN current_setting('track_commit_timestamp')::boolean
            THEN (extract(epoch FROM pg_xact_commit_timestamp(r.xmin)) * 1000000)::bigint END
FROM reading r
JOIN installation i ON i.machine_id = r.machine_id AND i.from_at <= r.measured_at AND r.measured_at < i.to_at
JOIN terminal t USING (terminal_id)
WHERE t.name = ANY(%(terminals)s)
  AND r.measured_at BETWEEN to_timestamp(%(first)s / 1e6) AND to_timestamp(%(last)s / 1e6)
"""


def commit_times(
    conn: psycopg.Connection, terminals: Sequence[str], *, first_us: int, last_us: int
) -> dict[tuple[str, int], int | None]:
    """(terminal, measured_at) of stored rows -> commit time where it is known; microseconds UTC, bounds inclusive."""
    parameters = {"terminals": list(terminals), "first": first_us - US, "last": last_us + US}
    return {(name, at_us): commit_us for name, at_us, commit_us in conn.execute(COMMITS, parameters)}


@dataclass(frozen=True, slots=True)
class CommittedAlarm:
    """An alarm with the instant it held (machine clock) and the instant it was committed, microseconds UTC."""

    terminal: str
    source_kind: str
    source_key: str
    held_us: int
    committed_us: int | None  # None where the server does not keep it


ALARMS: LiteralString = """
SELECT t.name, a.source_kind, a.source_key, (extract(epoch FROM a.raised_at) * 1000000)::bigint,
       CASE WHEN current_setting('track_commit_timestamp')::boolean
            THEN (extract(epoch FROM pg_xact_commit_timestamp(tr.xmin)) * 1000000)::bigint END
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
class LiveAlarm:
    """An alarm as the demo's screen shows it."""

    alarm_id: UUID
    committed_at: datetime
    machine: str
    source_kind: str
    source_key: str
    severity: str
    state: str


@dataclass(frozen=True, slots=True)
class LiveCounts:
    """What the demo's screen shows: totals, and the newest alarms."""

    rows: int
    quarantined: int
    open_alarms: int
    alarms: list[LiveAlarm]


LIVE: LiteralString = """
SELECT (SELECT coalesce(sum(rows_committed), 0) FROM ledger WHERE first_received_at >= %(since)s),
       (SELECT count(*) FROM quarantine WHERE received_at >= %(since)s),
       (SELECT count(*) FROM alarm WHERE state = 'active' AND NOT historic AND committed_at >= %(since)s)
"""

NEWEST: LiteralString = """
SELECT a.alarm_id, a.committed_at, m.name, a.source_kind, a.source_key, a.severity, a.state
FROM alarm a JOIN machine m USING (machine_id)
WHERE a.committed_at >= %(since)s AND NOT a.historic
ORDER BY a.committed_at DESC, a.alarm_id LIMIT %(alarms)s
"""


def live_counts(conn: psycopg.Connection, *, since: datetime, alarms: int) -> LiveCounts:
    """One look at what the tables got since `since`, with the newest `alarms` alarms."""
    parameters = {"since": since, "alarms": alarms}
    row = conn.execute(LIVE, parameters).fetchone()
    assert row is not None  # a SELECT of aggregates
    rows, quarantined, open_alarms = (int(value) for value in row)
    newest = [LiveAlarm(*alarm) for alarm in conn.execute(NEWEST, parameters)]
    return LiveCounts(rows, quarantined, open_alarms, newest)
