"""What the database knows about minutes without readings: rollups, statuses, ledger, platform, quarantine."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, LiteralString

import numpy as np

from fleet.batch import EventKind, Int64Array
from storage.binary import EPOCH_2000_US, fetch_columns
from storage.read_pool import Connection
from storage.read_readings import Span

SIGNALS: LiteralString = """
SELECT array_agg(signal_id) FROM (
    SELECT signal_id FROM rollup_1h
    WHERE machine_id = %(machine)s AND bucket_at >= %(from_at)s - interval '1 hour' AND bucket_at < %(to_at)s
    GROUP BY signal_id ORDER BY sum(n) DESC
) told
"""
MINUTES: LiteralString = """
SELECT array_agg(bucket_at) FROM rollup_1m
WHERE machine_id = %(machine)s AND signal_id = %(signal)s AND bucket_at >= %(from_at)s AND bucket_at < %(to_at)s
"""
# OFFSET 0: each gap is looked up by itself in the chunks that it lies in, also by a plan that knows none of the values
# (a statement's sixth run on has one); joined the other way round it reads all minutes of all chunks.
OTHERS: LiteralString = """
SELECT array_agg(DISTINCT o.bucket_at)
FROM unnest(%(first)s::timestamptz[], %(last)s::timestamptz[]) g (from_at, to_at)
CROSS JOIN LATERAL (
    SELECT r.bucket_at FROM rollup_1m r
    WHERE r.machine_id = %(machine)s AND r.signal_id = ANY(%(signals)s)
        AND r.bucket_at >= g.from_at AND r.bucket_at < g.to_at
        AND r.bucket_at >= %(from_at)s AND r.bucket_at < %(to_at)s
    OFFSET 0
) o
"""
RAW_MINUTES: LiteralString = """
SELECT array_agg(DISTINCT o.minute_at)
FROM unnest(%(first)s::timestamptz[], %(last)s::timestamptz[]) g (from_at, to_at)
CROSS JOIN LATERAL (
    SELECT date_bin('1 minute', r.measured_at, 'epoch') AS minute_at FROM reading r
    WHERE r.machine_id = %(machine)s AND r.measured_at >= g.from_at AND r.measured_at < g.to_at
        AND r.measured_at >= %(from_at)s AND r.measured_at < %(to_at)s
    OFFSET 0
) o
"""


async def list_signals(conn: Connection, machine_id: int, *, from_at: datetime, to_at: datetime) -> list[int]:
    """The signals that the machine reported in these hours, the most frequent first."""
    given = {"machine": machine_id, "from_at": from_at, "to_at": to_at}
    (found,) = await fetch_columns(conn, SIGNALS, given, ["i2"])
    return [int(signal) for signal in found]


async def list_minutes(
    conn: Connection, machine_id: int, signal_id: int, *, from_at: datetime, to_at: datetime
) -> Int64Array:
    """The minutes with a rolled-up value of the signal, microseconds UTC."""
    given = {"machine": machine_id, "signal": signal_id, "from_at": from_at, "to_at": to_at}
    return await _minutes(conn, MINUTES, given)


async def list_other_minutes(
    conn: Connection, machine_id: int, signals: Sequence[int], gaps: Sequence[tuple[datetime, datetime]]
) -> Int64Array:
    """The minutes inside the gaps with a rolled-up value of any of the signals."""
    return await _minutes(conn, OTHERS, _gaps(machine_id, gaps) | {"signals": list(signals)}) if gaps else _none()


async def list_raw_minutes(conn: Connection, machine_id: int, gaps: Sequence[tuple[datetime, datetime]]) -> Int64Array:
    """The minutes inside the gaps with a reading."""
    return await _minutes(conn, RAW_MINUTES, _gaps(machine_id, gaps)) if gaps else _none()


def _gaps(machine_id: int, gaps: Sequence[tuple[datetime, datetime]]) -> dict[str, Any]:
    firsts, lasts = [g[0] for g in gaps], [g[1] for g in gaps]
    return {"machine": machine_id, "first": firsts, "last": lasts, "from_at": min(firsts), "to_at": max(lasts)}


async def _minutes(conn: Connection, query: LiteralString, given: dict[str, Any]) -> Int64Array:
    (found,) = await fetch_columns(conn, query, given, ["i8"])
    return found + EPOCH_2000_US


def _none() -> Int64Array:
    return np.empty(0, np.int64)


OFF: LiteralString = """
SELECT g.at FROM unnest(%(ends)s::timestamptz[]) g (at)
WHERE EXISTS (
    SELECT FROM work_time_1m w
    WHERE w.machine_id = %(machine)s AND w.bucket_at IN (g.at, g.at + interval '1 minute')
        AND w.bucket_at >= %(from_at)s - interval '1 minute' AND w.bucket_at < %(to_at)s + interval '1 minute'
        AND w.off_s > 0 AND w.working_s + w.travelling_s + w.idle_s = 0
)
"""
OFF_BEFORE: LiteralString = """
SELECT off_s > 0 AND working_s + travelling_s + idle_s = 0 FROM work_time_1m
WHERE machine_id = %(machine)s AND bucket_at <= %(from_at)s
    AND bucket_at >= greatest(%(from_at)s - interval '31 days', %(seen_from)s + interval '1 minute')
ORDER BY bucket_at DESC LIMIT 1
"""


async def list_off(
    conn: Connection,
    machine_id: int,
    ends: Sequence[datetime],
    *,
    from_at: datetime,
    to_at: datetime,
    seen_from: datetime | None,
) -> tuple[list[datetime], bool]:
    """Those of the minutes at whose end the engine was off, and, where the first minute has no readings, whether it was
    off when it was last heard before, in a reading from `seen_from` on; None: that is not asked.

    A reading's state lasts for up to a minute: that of the last one before a gap reaches into the gap's first minute.
    """
    given = {"machine": machine_id, "ends": list(ends), "from_at": from_at, "to_at": to_at, "seen_from": seen_from}
    off = [row[0] for row in await (await conn.execute(OFF, given)).fetchall()] if ends else []
    if seen_from is None:
        return off, False
    before = await (await conn.execute(OFF_BEFORE, given)).fetchone()
    return off, bool(before and before[0])


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """Spans in microseconds UTC, statuses as (microseconds, online).

    lost: power cycles with numbers missing, each as the part in which its terminal was on the machine, and whole.
    """

    installed: list[Span]
    healthy: list[Span]
    lost: list[tuple[Span, Span]]
    statuses: list[tuple[int, bool]]
    refused: list[tuple[int, str]]
    online: bool


_US: LiteralString = "(extract(epoch FROM greatest(least({}, %(to_at)s), %(from_at)s)) * 1000000)::bigint"
INSTALLED: LiteralString = (
    "SELECT " + _US.format("i.from_at") + ", " + _US.format("i.to_at") + " FROM installation i "  # noqa: S608 - literals
    "WHERE i.machine_id = %(machine)s AND i.from_at < %(to_at)s AND i.to_at > %(from_at)s"
)
HEALTHY: LiteralString = (
    # the newest span is written every few seconds; a minute without a word from the platform is a minute down
    "SELECT (extract(epoch FROM h.from_at) * 1000000)::bigint, "
    "(extract(epoch FROM least(h.to_at + interval '60 seconds', %(to_at)s)) * 1000000)::bigint FROM "
    "(SELECT from_at, to_at FROM platform_health UNION ALL SELECT from_at, to_at FROM platform_behind) h "
    "WHERE h.to_at > %(from_at)s - interval '400 days' ORDER BY h.from_at"
)
LOST: LiteralString = (
    "SELECT "  # noqa: S608 - literals of this file
    + _US.format("greatest(l.first_received_at, i.from_at)")
    + ", "
    + _US.format("least(l.last_received_at, i.to_at)")
    + """,
    (extract(epoch FROM l.first_received_at) * 1000000)::bigint,
    (extract(epoch FROM l.last_received_at) * 1000000)::bigint
FROM ledger l JOIN installation i USING (terminal_id)
WHERE i.machine_id = %(machine)s AND l.last_received_at > %(from_at)s AND l.first_received_at < %(to_at)s
    AND l.first_received_at < i.to_at AND l.last_received_at >= i.from_at AND NOT isempty(l.ranges)"""
)
STATUSES: LiteralString = """
SELECT (extract(epoch FROM at) * 1000000)::bigint, online FROM (
    (SELECT measured_at AS at, value = 1 AS online FROM event
     WHERE machine_id = %(machine)s AND kind = %(status)s AND measured_at < %(from_at)s
         AND measured_at >= %(from_at)s - interval '31 days' ORDER BY measured_at DESC LIMIT 1)
    UNION ALL
    (SELECT measured_at, value = 1 FROM event
     WHERE machine_id = %(machine)s AND kind = %(status)s AND measured_at >= %(from_at)s AND measured_at < %(to_at)s)
) told ORDER BY at LIMIT 100000
"""
REFUSED: LiteralString = """
SELECT (extract(epoch FROM minute_at) * 1000000)::bigint, reason
FROM tenant_refusals(%(machine)s, %(from_at)s, %(to_at)s)
"""
ONLINE: LiteralString = """
SELECT coalesce(online, FALSE) AND received_at > %(now)s - interval '15 minutes' FROM machine_state
WHERE machine_id = %(machine)s
"""


async def find_known(conn: Connection, machine_id: int, *, from_at: datetime, to_at: datetime, now: datetime) -> Known:
    """What is known of the span beside readings; the caller clips it to what it may see."""
    given = {"machine": machine_id, "from_at": from_at, "to_at": to_at, "now": now, "status": int(EventKind.STATUS)}

    async def rows(query: LiteralString) -> list[tuple[Any, ...]]:
        return await (await conn.execute(query, given)).fetchall()

    online = await rows(ONLINE)
    return Known(
        installed=[Span(*row) for row in await rows(INSTALLED)],
        healthy=[Span(*row) for row in await rows(HEALTHY)],
        lost=[(Span(*row[:2]), Span(*row[2:])) for row in await rows(LOST)],
        statuses=[(us, online) for us, online in await rows(STATUSES)],
        refused=[(us, reason) for us, reason in await rows(REFUSED)],
        online=bool(online and online[0][0]),
    )
