"""What briefs tell beside quarter hours: whose machines, alarms, refuels, losses of fuel, a model's other machines."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, LiteralString
from uuid import UUID

from psycopg import sql
from psycopg.rows import class_row

from storage.binary import int4s, times
from storage.read_brief_quarters import Stretches
from storage.read_pool import Connection
from storage.sight import Scope, join_seen


@dataclass(frozen=True, slots=True, kw_only=True)
class BriefMachineRow:
    """A machine, its model and the site where it stands now, where that is the scope's own (else UTC), and since when
    the scope sees each class of it."""

    machine_id: int
    public_id: UUID
    name: str
    pin: str
    kind: str
    model_id: int | None
    model: str | None
    fuel_tank_l: float | None
    site: str | None
    time_zone: str
    readings_from: datetime | None
    hours_from: datetime | None
    alarms_from: datetime | None


_MACHINES: LiteralString = """
SELECT m.machine_id, m.public_id, m.name, m.pin, coalesce(mm.kind, 'other') AS kind, m.model_id, mm.name AS model,
    mm.fuel_tank_l, t.name AS site, coalesce(t.time_zone, 'UTC') AS time_zone, {since}
FROM machine m {seen}
LEFT JOIN machine_model mm ON mm.model_id = m.model_id
LEFT JOIN site t ON t.site_id = m.site_id AND (%(sees_all)s OR t.organisation_id = ANY(%(organisations)s))
WHERE {condition} ORDER BY m.name, m.machine_id LIMIT %(limit)s
"""
_SINCE: LiteralString = "v.readings_from, v.hours_from, v.alarms_from"
_NEVER: LiteralString = (
    "NULL::timestamptz AS readings_from, NULL::timestamptz AS hours_from, NULL::timestamptz AS alarms_from"
)
_OF_SITE: LiteralString = "t.public_id = %(site)s"
_OF_ID: LiteralString = "m.machine_id = %(machine)s"
_ANY: LiteralString = "TRUE"


async def get_brief_machine(conn: Connection, scope: Scope, machine_id: int) -> BriefMachineRow:
    """A machine that the scope was found to see; since when is the caller's to say."""
    statement = sql.SQL(_MACHINES).format(since=sql.SQL(_NEVER), seen=sql.SQL(""), condition=sql.SQL(_OF_ID))
    (row,) = await _machines(conn, scope, statement, {"machine": machine_id, "limit": 1})
    return row


async def list_brief_machines(
    conn: Connection, scope: Scope, *, site: UUID | None, limit: int, now: datetime
) -> list[BriefMachineRow]:
    """The machines of which the scope sees anything now, by name: all of them, or those that stand at a site."""
    statement = sql.SQL(_MACHINES).format(
        since=sql.SQL(_SINCE), seen=join_seen(scope), condition=sql.SQL(_ANY if site is None else _OF_SITE)
    )
    return await _machines(conn, scope, statement, {"site": site, "limit": limit, "now": now})


async def _machines(
    conn: Connection, scope: Scope, statement: sql.Composed, given: Mapping[str, Any]
) -> list[BriefMachineRow]:
    own = scope.parameters | {"sees_all": scope.sees_all}
    async with conn.cursor(row_factory=class_row(BriefMachineRow)) as cursor:
        return await (await cursor.execute(statement, dict(given) | own)).fetchall()


@dataclass(frozen=True, slots=True, kw_only=True)
class BriefSiteRow:
    """A site that briefs are about."""

    public_id: UUID
    name: str
    time_zone: str


SITE: LiteralString = """
SELECT public_id, name, time_zone FROM site
WHERE public_id = %(site)s AND (%(sees_all)s OR organisation_id = ANY(%(organisations)s))
"""


async def find_brief_site(conn: Connection, scope: Scope, site: UUID) -> BriefSiteRow | None:
    """The site, where it is the scope's own."""
    given = scope.parameters | {"site": site, "sees_all": scope.sees_all}
    async with conn.cursor(row_factory=class_row(BriefSiteRow)) as cursor:
        return await (await cursor.execute(SITE, given)).fetchone()


@dataclass(frozen=True, slots=True, kw_only=True)
class BriefAlarmRow:
    """An alarm of a stretch of `row`; times on the machine's clock."""

    row: int
    alarm_id: UUID
    source_kind: str
    source_key: str
    severity: str
    state: str
    raised_at: datetime
    cleared_at: datetime | None
    version: str
    cause: str


# Withdrawn ones never were; those that were told by a code case or a silence have their cause in the finding.
_RAISED: LiteralString = """
FROM unnest(%(rows)s::int[], %(machines)s::int[], %(from)s::timestamptz[], %(to)s::timestamptz[])
    AS g (number, machine, from_at, to_at)
JOIN alarm a ON a.machine_id = g.machine AND a.raised_at >= g.from_at AND a.raised_at < g.to_at
    AND a.raised_at >= to_timestamp(%(lowest)s) AND a.raised_at < to_timestamp(%(highest)s)
"""
ALARMS: LiteralString = (
    """
SELECT g.number AS row, a.alarm_id, a.source_kind, a.source_key, a.severity, a.state, a.raised_at, a.cleared_at,
    coalesce(f.version, '') AS version, coalesce(f.code_case ->> 'cascade', f.reason ->> 'key', '') AS cause
"""
    + _RAISED
    + """LEFT JOIN finding f ON f.finding_id = a.finding_id
WHERE a.state <> 'withdrawn' AND NOT a.source_key = ANY(%(fuel)s)
ORDER BY a.severity_weight DESC, a.raised_at, a.alarm_id LIMIT %(limit)s
"""
)
COUNTS: LiteralString = (
    "SELECT g.number, a.severity, count(*)::int"
    + _RAISED
    + "WHERE a.state <> 'withdrawn' AND NOT a.source_key = ANY(%(fuel)s) GROUP BY 1, 2"
)


async def list_brief_alarms(
    conn: Connection, stretches: Stretches, *, fuel: Sequence[str], limit: int
) -> list[BriefAlarmRow]:
    """What was raised in the stretches, the gravest first, without the rules of `fuel`."""
    given = stretches.parameters | {"fuel": list(fuel), "limit": limit}
    async with conn.cursor(row_factory=class_row(BriefAlarmRow)) as cursor:
        return await (await cursor.execute(ALARMS, given)).fetchall()


async def count_brief_alarms(
    conn: Connection, stretches: Stretches, *, fuel: Sequence[str]
) -> list[tuple[int, str, int]]:
    """(row, severity, how many) of the same."""
    return await (await conn.execute(COUNTS, stretches.parameters | {"fuel": list(fuel)})).fetchall()


@dataclass(frozen=True, slots=True, kw_only=True)
class FuelRow:
    """A finding of the tank's level; the levels before and after are None where they are not known any more."""

    row: int
    source_key: str
    from_at: datetime
    held_at: datetime
    to_at: datetime | None
    before_pct: float | None
    after_pct: float | None


# A rule tells of a level when it has been steady for a while: what it was before is read so much earlier. From minutes:
# the last one that began by then, and the last one by the time it was held or, of what went on, was over.
FUEL: LiteralString = """
SELECT g.number AS row, f.source_key, f.from_at, f.held_at, f.to_at, b.last AS before_pct, e.last AS after_pct
FROM unnest(%(rows)s::int[], %(machines)s::int[], %(from)s::timestamptz[], %(to)s::timestamptz[],
        %(levels)s::timestamptz[]) AS g (number, machine, from_at, to_at, levels_from)
JOIN finding f ON f.machine_id = g.machine AND f.held_at >= g.from_at AND f.held_at < g.to_at
    AND f.source_kind = 'rule' AND f.source_key = ANY(%(fuel)s) AND f.withdrawn_at IS NULL
LEFT JOIN LATERAL (
    SELECT x.last FROM rollup_1m x
    WHERE x.machine_id = g.machine AND x.signal_id = %(level)s AND x.bucket_at >= g.levels_from
        AND x.bucket_at >= f.from_at - interval '3 hours'
        AND x.bucket_at < f.from_at - CASE f.source_key
            WHEN 'fuel_siphoned_slowly' THEN interval '20 minutes' ELSE interval '10 minutes' END
        AND x.bucket_at >= to_timestamp(%(lowest)s) - interval '2 days' AND x.bucket_at < to_timestamp(%(highest)s)
    ORDER BY x.bucket_at DESC LIMIT 1
) b ON TRUE
LEFT JOIN LATERAL (
    SELECT x.last FROM rollup_1m x
    WHERE x.machine_id = g.machine AND x.signal_id = %(level)s AND x.bucket_at >= g.levels_from
        AND x.bucket_at > f.from_at - interval '1 minute'
        AND x.bucket_at <= CASE f.source_key WHEN 'fuel_siphoned_slowly' THEN coalesce(f.to_at, f.held_at)
            ELSE f.held_at END
        AND x.bucket_at >= to_timestamp(%(lowest)s) - interval '2 days'
        AND x.bucket_at < to_timestamp(%(highest)s) + interval '2 days'
    ORDER BY x.bucket_at DESC LIMIT 1
) e ON TRUE
ORDER BY f.held_at, f.finding_id LIMIT %(limit)s
"""


async def list_fuel(
    conn: Connection, stretches: Stretches, levels_us: Any, *, fuel: Sequence[str], level: int, limit: int
) -> list[FuelRow]:
    """Refuels and losses that were found in the stretches; levels_us (stretches,): since when levels may be told."""
    own = {"levels": times(levels_us), "fuel": list(fuel), "level": level, "limit": limit}
    async with conn.cursor(row_factory=class_row(FuelRow)) as cursor:
        return await (await cursor.execute(FUEL, stretches.parameters | own)).fetchall()


PEERS: LiteralString = "SELECT machine_id, model_id FROM model_machines(%(models)s::int[], %(most)s::int)"
VISIBLE: LiteralString = """
SELECT m.machine_id FROM machine m {seen} WHERE m.machine_id = ANY(%(machines)s) AND v.hours_from IS NOT NULL
"""
WORKED: LiteralString = """
SELECT g.machine, sum(w.working_s + w.travelling_s)::float8
FROM unnest(%(machines)s::int[]) AS g (machine)
CROSS JOIN LATERAL (
    SELECT x.working_s, x.travelling_s FROM work_time_15m x
    WHERE x.machine_id = g.machine AND x.bucket_at >= to_timestamp(%(lowest)s)
        AND x.bucket_at < to_timestamp(%(highest)s)
    OFFSET 0
) w
GROUP BY g.machine
"""


async def list_peers(conn: Connection, models: Sequence[int], *, most: int) -> list[tuple[int, int]]:
    """(machine, model): at most so many machines of each model, whoever's they are."""
    return await (await conn.execute(PEERS, {"models": list(models), "most": most})).fetchall()


async def list_visible(conn: Connection, scope: Scope, machines: Sequence[int], *, now: datetime) -> set[int]:
    """Those of the machines whose hours the scope sees now."""
    statement = sql.SQL(VISIBLE).format(seen=join_seen(scope))
    given = scope.parameters | {"machines": list(machines), "now": now}
    return {machine for (machine,) in await (await conn.execute(statement, given)).fetchall()}


async def read_worked(conn: Connection, machines: Sequence[int], *, from_us: int, to_us: int) -> dict[int, float]:
    """The seconds that each machine worked or travelled; those that were not heard are left out."""
    given = {"machines": int4s(machines), "lowest": from_us / 1e6, "highest": to_us / 1e6}
    return dict(await (await conn.execute(WORKED, given)).fetchall())
