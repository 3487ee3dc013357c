"""Replays as people ask for them, look at them and call them off; storage/rule_replays.py is how they are worked."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, LiteralString
from uuid import UUID

from psycopg.rows import class_row

from storage.keyset import list_rows
from storage.read_pool import Connection
from storage.rule_replays import BEGIN, GET, PLOT, RECORD, NewReplay, Plot, ReplayRecord

NEWEST = 2**31 - 1


async def insert_replay(conn: Connection, new: NewReplay, *, now: datetime) -> int:
    """A replay that waits for a worker; its number."""
    row = await (await conn.execute(BEGIN, new.parameters(now, "queued"))).fetchone()
    assert row is not None  # RETURNING of an insert without a condition
    return int(row[0])


LIST: LiteralString = (
    RECORD
    + """
WHERE replay_id < %(before)s AND kind = ANY(%(kinds)s) AND (%(rule_set)s::int IS NULL OR rule_set_id = %(rule_set)s)
    AND (%(rule)s::text IS NULL OR rule = %(rule)s) AND (%(state)s::text IS NULL OR state = %(state)s)
ORDER BY replay_id DESC LIMIT %(limit)s
"""
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplayQuery:
    """Which records a list holds; None is no condition."""

    kinds: Sequence[str] = ("no_history", "history")
    rule_set: int | None = None
    rule: str | None = None
    state: str | None = None


async def list_replays(conn: Connection, wanted: ReplayQuery, *, before: int, limit: int) -> list[ReplayRecord]:
    """Records, the newest first."""
    given = {name: getattr(wanted, name) for name in ("rule_set", "rule", "state")}
    return await list_rows(
        conn, ReplayRecord, LIST, given | {"kinds": list(wanted.kinds), "before": before, "limit": limit}
    )


async def find_replay(conn: Connection, replay: int) -> ReplayRecord | None:
    """One record."""
    async with conn.cursor(row_factory=class_row(ReplayRecord)) as cursor:
        return await (await cursor.execute(GET, [replay])).fetchone()


async def find_plot(conn: Connection, replay: int, language: str) -> Plot | None:
    """Its picture; of replays before there was one in Chinese the English one."""
    row = await (await conn.execute(PLOT, {"replay": replay, "zh": language == "zh"})).fetchone()
    return None if row is None else Plot(bytes(row[0]), row[1])


CANCEL: LiteralString = """
UPDATE rule_replay SET cancel_asked = TRUE, state = CASE state WHEN 'queued' THEN 'cancelled' ELSE state END,
    finished_at = CASE state WHEN 'queued' THEN %(now)s END
WHERE replay_id = %(replay)s AND state IN ('queued', 'running')
"""


async def cancel_replay(conn: Connection, replay: int, *, now: datetime) -> bool:
    """Call a replay off: at once while it waits, else at its next slice; False when it is over."""
    return (await conn.execute(CANCEL, {"replay": replay, "now": now})).rowcount == 1


MACHINE_IDS: LiteralString = "SELECT public_id FROM machine WHERE machine_id = ANY(%s) ORDER BY machine_id"


async def list_public_ids(conn: Connection, machines: Sequence[int]) -> list[UUID]:
    """The public ids of machines."""
    return [row[0] for row in await (await conn.execute(MACHINE_IDS, [list(machines)])).fetchall()]


@dataclass(frozen=True, slots=True, kw_only=True)
class DifferenceRow:
    """A finding that the replayed set has otherwise; `finding_id`: the one on record, of the live set's."""

    place: int
    machine_id: UUID
    pin: str
    machine_name: str
    source_kind: str
    source_key: str
    change: str
    severity: str
    live_severity: str | None
    from_at: datetime | None
    held_at: datetime | None
    to_at: datetime | None
    live_from_at: datetime | None
    live_held_at: datetime | None
    live_to_at: datetime | None
    finding_id: UUID | None
    verdict: str | None


FINDINGS: LiteralString = """
SELECT r.place, m.public_id AS machine_id, m.pin, m.name AS machine_name, r.source_kind, r.source_key, r.change,
    r.severity, r.live_severity, r.from_at, r.held_at, r.to_at, r.live_from_at, r.live_held_at, r.live_to_at,
    f.finding_id, v.verdict
FROM rule_replay_finding r JOIN machine m USING (machine_id)
LEFT JOIN finding f ON f.machine_id = r.machine_id AND f.source_kind = r.source_kind AND f.source_key = r.source_key
    AND f.from_at = r.live_from_at AND f.withdrawn_at IS NULL
LEFT JOIN last_verdict v USING (finding_id)
WHERE r.replay_id = %(replay)s AND r.place > %(after)s AND (%(change)s::text IS NULL OR r.change = %(change)s)
    AND (%(key)s::text IS NULL OR r.source_key = %(key)s)
ORDER BY r.place LIMIT %(limit)s
"""


async def list_differences(
    conn: Connection, replay: int, *, change: str | None, key: str | None, after: int, limit: int
) -> list[DifferenceRow]:
    """What a replay found otherwise, machine by machine in time order, whose visibility the caller has checked."""
    given: dict[str, Any] = {"replay": replay, "change": change, "key": key, "after": after, "limit": limit}
    return await list_rows(conn, DifferenceRow, FINDINGS, given)
