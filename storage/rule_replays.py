"""Records of replays: how far one is, what it came to, and what a set finds otherwise than the live one."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, LiteralString

import psycopg
from psycopg.rows import class_row
from psycopg.types.json import Jsonb

from fleet.findings import Finding
from storage.alarms_write import instant


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplayRecord:
    """One replay; `machine_ids` None: all machines; `done_until`: how far it is."""

    replay_id: int
    rule_set_id: int
    against_id: int | None
    kind: Literal["no_history", "history"]
    from_at: datetime | None
    to_at: datetime | None
    machine_ids: list[int] | None
    state: Literal["running", "done", "failed"]
    done_until: datetime | None
    rows: int
    summary: dict[str, Any]
    started_at: datetime
    finished_at: datetime | None
    started_by: str


@dataclass(frozen=True, slots=True)
class Difference:
    """A finding of the replayed set (`found`) and of the live one; one of them is None where only one has it."""

    found: Finding | None
    live: Finding | None

    @property
    def change(self) -> Literal["new", "gone", "moved"]:
        """What became of it."""
        return "new" if self.live is None else "gone" if self.found is None else "moved"


BEGIN: LiteralString = """
INSERT INTO rule_replay (rule_set_id, against_id, kind, from_at, to_at, machine_ids, state, started_at, started_by)
VALUES (%(rule_set)s, %(against)s, 'history', %(from)s, %(to)s, %(machines)s, 'running', %(now)s, %(by)s)
RETURNING replay_id
"""


def begin_replay(
    conn: psycopg.Connection,
    rule_set: int,
    against: int,
    span: tuple[datetime, datetime],
    machines: Sequence[int] | None,
    *,
    by: str,
    now: datetime,
) -> int:
    """A replay that is running now; its number."""
    given = {"rule_set": rule_set, "against": against, "from": span[0], "to": span[1], "now": now, "by": by}
    row = conn.execute(BEGIN, given | {"machines": None if machines is None else list(machines)}).fetchone()
    assert row is not None  # RETURNING of an insert without a condition
    return int(row[0])


PROGRESS: LiteralString = "UPDATE rule_replay SET done_until = %s, rows = %s WHERE replay_id = %s"


def save_progress(conn: psycopg.Connection, replay: int, *, done_until: datetime, rows: int) -> None:
    """How far it is."""
    conn.execute(PROGRESS, [done_until, rows, replay])


FINISH: LiteralString = """
UPDATE rule_replay SET state = %(state)s, summary = %(summary)s, finished_at = %(now)s WHERE replay_id = %(replay)s
"""
ADD: LiteralString = """
INSERT INTO rule_replay_finding (replay_id, machine_id, source_kind, source_key, change, severity, from_at, held_at,
    to_at, live_from_at, live_held_at, live_to_at)
VALUES (%(replay)s, %(machine)s, %(kind)s, %(key)s, %(change)s, %(severity)s, %(from)s, %(held)s, %(to)s,
    %(live_from)s, %(live_held)s, %(live_to)s)
"""


def finish_replay(
    conn: psycopg.Connection,
    replay: int,
    differences: Sequence[Difference],
    summary: Mapping[str, Any],
    *,
    state: Literal["done", "failed"],
    now: datetime,
) -> None:
    """What it came to."""
    with conn.transaction(), conn.cursor() as cursor:
        cursor.executemany(ADD, [_row(replay, one) for one in differences])
        given = {"replay": replay, "state": state, "summary": Jsonb(dict(summary)), "now": now}
        cursor.execute(FINISH, given)


def _row(replay: int, one: Difference) -> dict[str, Any]:
    shown = one.found or one.live
    assert shown is not None  # a difference has one of them
    times = {**_times("", one.found), **_times("live_", one.live)}
    return times | {
        "replay": replay,
        "machine": shown.machine,
        "kind": shown.source_kind,
        "key": shown.source_key,
        "change": one.change,
        "severity": shown.severity,
    }


def _times(prefix: str, finding: Finding | None) -> dict[str, datetime | None]:
    if finding is None:
        return dict.fromkeys((f"{prefix}from", f"{prefix}held", f"{prefix}to"))
    to_at = None if finding.to_us is None else instant(finding.to_us)
    return {f"{prefix}from": instant(finding.from_us), f"{prefix}held": instant(finding.held_us), f"{prefix}to": to_at}


GET: LiteralString = """
SELECT replay_id, rule_set_id, against_id, kind, from_at, to_at, machine_ids, state, done_until, rows, summary,
    started_at, finished_at, started_by
FROM rule_replay WHERE replay_id = %s
"""


def get_replay(conn: psycopg.Connection, replay: int) -> ReplayRecord:
    """One record, which must be there."""
    with conn.cursor(row_factory=class_row(ReplayRecord)) as cursor:
        found = cursor.execute(GET, [replay]).fetchone()
    if found is None:
        raise LookupError(replay)
    return found


MACHINES: LiteralString = """
SELECT machine_id FROM machine WHERE %(pins)s::text[] IS NULL OR pin = ANY(%(pins)s) ORDER BY machine_id
"""
SEATS: LiteralString = """
SELECT count(*) FROM duty_seat s JOIN organisation o USING (organisation_id) WHERE o.kind = 'ecc'
"""


def machines_of(conn: psycopg.Connection, pins: Sequence[str] | None) -> list[int]:
    """Ids of the machines with these PINs; None: of all."""
    return [row[0] for row in conn.execute(MACHINES, {"pins": None if pins is None else list(pins)})]


def count_seats(conn: psycopg.Connection) -> int:
    """Seats of the control centre's rosters."""
    row = conn.execute(SEATS).fetchone()
    return int(row[0]) if row else 0
