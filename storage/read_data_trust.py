"""What can be told of the data of many machines: how late it came, what was refused, what the ledger lacks, when the
platform could not hear. From hourly rows and small tables, never from readings."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, LiteralString
from uuid import UUID

from psycopg import sql
from psycopg.rows import class_row

from storage.keyset import list_rows
from storage.read_pool import Connection
from storage.read_readings import Span
from storage.sight import Scope, join_seen

WORST, SITES, OPERATORS = 20, 50, 20


@dataclass(frozen=True, slots=True, kw_only=True)
class LatenessRow:
    """Machine minutes of one hour, site, operator or machine (`of`), those that came within 10 s, a minute, 15 minutes,
    an hour and a day; `heard`: bit i is a minute i of the hour in which any machine was heard, else 0."""

    of: str
    at: datetime | None
    id: UUID | None
    name: str | None
    machines: int
    minutes: int
    in_10s: int
    in_1m: int
    in_15m: int
    in_1h: int
    in_1d: int
    latest_s: float
    heard: int


# Hours that begin before the caller sees a machine's readings are left out whole.
_LATENESS: LiteralString = """
WITH part AS MATERIALIZED (
    SELECT a.machine_id, a.bucket_at, a.heard, bit_count(a.heard::bit(64)) AS minutes,
        bit_count(a.in_10s::bit(64)) AS in_10s, bit_count(a.in_1m::bit(64)) AS in_1m,
        bit_count(a.in_15m::bit(64)) AS in_15m, bit_count(a.in_1h::bit(64)) AS in_1h,
        bit_count(a.in_1d::bit(64)) AS in_1d, a.latest_s
    FROM arrival_1h a {seen}
    WHERE a.bucket_at >= %(from)s AND a.bucket_at < %(to)s AND a.bucket_at >= v.readings_from
), machine_part AS MATERIALIZED (
    SELECT machine_id, {sums} FROM part GROUP BY machine_id
), placed AS MATERIALIZED (
    SELECT p.*, m.public_id, m.name AS machine_name, m.site_id, c.operator
    FROM machine_part p JOIN machine m USING (machine_id) LEFT JOIN (
        SELECT DISTINCT ON (i.machine_id) i.machine_id, s.operator FROM installation i JOIN sim s USING (terminal_id)
        WHERE i.from_at <= %(now)s AND %(now)s < i.to_at AND s.operator IS NOT NULL
        ORDER BY i.machine_id, i.from_at DESC
    ) c USING (machine_id)
)
SELECT 'hour' AS of, bucket_at AS at, NULL::uuid AS id, NULL AS name, count(*) AS machines, {sums},
    bit_or(heard) AS heard
FROM part GROUP BY bucket_at
UNION ALL
(SELECT 'site', NULL, s.public_id, s.name, count(*), {sums}, 0 FROM placed p LEFT JOIN site s USING (site_id)
 GROUP BY s.public_id, s.name ORDER BY count(*) DESC, s.name LIMIT %(sites)s)
UNION ALL
(SELECT 'operator', NULL, NULL, operator, count(*), {sums}, 0 FROM placed
 GROUP BY operator ORDER BY count(*) DESC, operator LIMIT %(operators)s)
UNION ALL
(SELECT 'machine', NULL, public_id, machine_name, 1, minutes, in_10s, in_1m, in_15m, in_1h, in_1d, latest_s, 0
 FROM placed WHERE minutes > in_1m
 ORDER BY minutes - in_15m DESC, minutes - in_1m DESC, latest_s DESC, machine_name LIMIT %(worst)s)
UNION ALL
SELECT 'all', NULL, NULL, NULL, count(*), {sums}, 0 FROM placed HAVING count(*) > 0
"""
_SUMS: LiteralString = """
    sum(minutes)::bigint AS minutes, sum(in_10s)::bigint AS in_10s, sum(in_1m)::bigint AS in_1m,
    sum(in_15m)::bigint AS in_15m, sum(in_1h)::bigint AS in_1h, sum(in_1d)::bigint AS in_1d,
    max(latest_s) AS latest_s"""


async def list_lateness(
    conn: Connection, scope: Scope, *, from_at: datetime, to_at: datetime, now: datetime
) -> list[LatenessRow]:
    """By hour, of the largest sites and operators, of the machines that are late most, and of all together."""
    statement = sql.SQL(_LATENESS).format(seen=join_seen(scope), sums=sql.SQL(_SUMS))
    given: dict[str, Any] = {"from": from_at, "to": to_at, "now": now} | scope.parameters
    given |= {"worst": WORST, "sites": SITES, "operators": OPERATORS}
    async with conn.cursor(row_factory=class_row(LatenessRow)) as cursor:
        return await (await cursor.execute(statement, given)).fetchall()


COUNTED_FROM: LiteralString = "SELECT min(bucket_at) FROM arrival_1h"


async def counted_from(conn: Connection) -> datetime | None:
    """Since when arrivals are counted; None: not yet. An index's first entry."""
    row = await (await conn.execute(COUNTED_FROM)).fetchone()
    return row[0] if row else None


@dataclass(frozen=True, slots=True, kw_only=True)
class RefusalRow:
    """What was refused in an hour for a reason; `waiting` of it has not been replayed."""

    hour_at: datetime
    reason: str
    refused: int
    waiting: int
    last_at: datetime


REFUSALS: LiteralString = """
SELECT hour_at, reason, refused, waiting, last_at FROM tenant_refusal_counts(%(from)s, %(to)s) ORDER BY hour_at, reason
"""


async def list_refusals(conn: Connection, *, from_at: datetime, to_at: datetime) -> list[RefusalRow]:
    """Of terminals on the tenant's machines; of every terminal for the platform."""
    return await list_rows(conn, RefusalRow, REFUSALS, {"from": from_at, "to": to_at})


@dataclass(frozen=True, slots=True, kw_only=True)
class HoleRow:
    """A power cycle in which messages are missing: how many, and from when to when it was heard of."""

    machine_id: UUID
    machine_name: str
    missing: int
    from_us: int
    to_us: int


_HOLES: LiteralString = """
SELECT m.public_id AS machine_id, m.name AS machine_name,
    (upper(l.ranges) - l.through - 1 - (SELECT sum(upper(x) - lower(x)) FROM unnest(l.ranges) x))::bigint AS missing,
    (extract(epoch FROM greatest(l.first_received_at, i.from_at)) * 1000000)::bigint AS from_us,
    (extract(epoch FROM least(l.last_received_at, i.to_at)) * 1000000)::bigint AS to_us
FROM ledger l JOIN installation i USING (terminal_id) JOIN machine m USING (machine_id) {seen}
WHERE NOT isempty(l.ranges) AND l.last_received_at > %(from)s AND l.first_received_at < %(to)s
    AND l.first_received_at < i.to_at AND l.last_received_at >= i.from_at
    AND l.first_received_at >= v.seen_from
ORDER BY l.last_received_at DESC LIMIT 10000
"""


async def list_holes(
    conn: Connection, scope: Scope, *, from_at: datetime, to_at: datetime, now: datetime
) -> list[HoleRow]:
    """Power cycles with numbers missing that were heard of in a span, the newest first, at most 10,000."""
    given: Mapping[str, Any] = {"from": from_at, "to": to_at, "now": now} | scope.parameters
    async with conn.cursor(row_factory=class_row(HoleRow)) as cursor:
        return await (await cursor.execute(sql.SQL(_HOLES).format(seen=join_seen(scope)), given)).fetchall()


HEALTHY: LiteralString = """
SELECT (extract(epoch FROM from_at) * 1000000)::bigint, (extract(epoch FROM to_at) * 1000000)::bigint
FROM platform_health WHERE to_at > %(from)s - interval '400 days' AND from_at < %(to)s ORDER BY from_at
"""
BEHIND = HEALTHY.replace("platform_health", "platform_behind")


async def list_healthy(conn: Connection, *, from_at: datetime, to_at: datetime) -> list[Span]:
    """When a gateway could take messages, as far as it is known, from well before the span on."""
    rows = await (await conn.execute(HEALTHY, {"from": from_at, "to": to_at})).fetchall()
    return [Span(*row) for row in rows]


async def list_behind(conn: Connection, *, from_at: datetime, to_at: datetime) -> list[Span]:
    """When a gateway worked and had more waiting than it could take at once."""
    rows = await (await conn.execute(BEHIND, {"from": from_at, "to": to_at})).fetchall()
    return [Span(*row) for row in rows]


@dataclass(frozen=True, slots=True, kw_only=True)
class DistrustRow:
    """A signal of a machine that is not trusted now."""

    machine_id: UUID
    machine_name: str
    signal_id: int
    from_at: datetime
    checks: list[str]


_DISTRUST: LiteralString = """
SELECT m.public_id AS machine_id, m.name AS machine_name, t.signal_id, t.from_at, t.checks
FROM signal_trust t JOIN machine m USING (machine_id) {seen}
WHERE t.to_at IS NULL AND t.from_at >= v.readings_from ORDER BY t.from_at, m.name LIMIT 10000
"""


async def list_distrust(conn: Connection, scope: Scope, *, now: datetime) -> list[DistrustRow]:
    """What is not trusted now of machines whose readings the scope sees, the longest first, at most 10,000."""
    given: Mapping[str, Any] = {"now": now} | scope.parameters
    async with conn.cursor(row_factory=class_row(DistrustRow)) as cursor:
        return await (await cursor.execute(sql.SQL(_DISTRUST).format(seen=join_seen(scope)), given)).fetchall()


@dataclass(frozen=True, slots=True, kw_only=True)
class MachineRuleRow:
    """A rule that is off for a machine."""

    machine_id: UUID
    machine_name: str
    rule: str
    since: datetime
    until: datetime
    reason: str
    by: str


_OFF: LiteralString = """
SELECT m.public_id AS machine_id, m.name AS machine_name, r.rule, r.entered_at AS since, r.until, r.reason,
    r.entered_by AS by
FROM rule_override r JOIN machine m USING (machine_id) {seen}
WHERE r.is_off AND r.until > %(now)s AND v.alarms_from IS NOT NULL ORDER BY r.entered_at, m.name, r.rule LIMIT 1000
"""


async def list_off_for_machines(conn: Connection, scope: Scope, *, now: datetime) -> list[MachineRuleRow]:
    """Rules that people switched off for machines whose alarms the scope sees, the longest first, at most 1,000."""
    given: Mapping[str, Any] = {"now": now} | scope.parameters
    async with conn.cursor(row_factory=class_row(MachineRuleRow)) as cursor:
        return await (await cursor.execute(sql.SQL(_OFF).format(seen=join_seen(scope)), given)).fetchall()


@dataclass(frozen=True, slots=True, kw_only=True)
class SwitchRow:
    """A switch of a role to a rule set, or to none."""

    rule_set_id: int | None
    at: datetime
    by: str


SWITCHES: LiteralString = """
SELECT rule_set_id, at, by_name AS by FROM rule_set_switch WHERE role = %(role)s ORDER BY switch_id DESC LIMIT %(most)s
"""


async def list_switches(conn: Connection, role: str, *, most: int) -> list[SwitchRow]:
    """The last switches of a role, the newest first."""
    return await list_rows(conn, SwitchRow, SWITCHES, {"role": role, "most": most})
