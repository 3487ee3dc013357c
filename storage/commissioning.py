"""What the commissioning check looks at: a machine's newest readings, sensor errors, foreign keys, neighbours."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, LiteralString
from uuid import UUID

import numpy as np
from psycopg import sql

from fleet.batch import EventKind, Float64Array, Int64Array
from fleet.signals import Signal
from storage.keyset import list_rows
from storage.read_machines import period_arrays
from storage.read_pool import Connection
from storage.sight import Period, Scope

NEWEST = sql.SQL("""
SELECT (extract(epoch FROM r.measured_at) * 1000000)::bigint, (extract(epoch FROM r.received_at) * 1000000)::bigint,
    {columns}
FROM reading r
WHERE r.machine_id = %(machine)s AND r.measured_at >= %(since)s AND EXISTS (
    SELECT FROM unnest(%(from)s::timestamptz[], %(to)s::timestamptz[]) p (from_at, to_at)
    WHERE tstzrange(p.from_at, p.to_at) @> r.measured_at)
ORDER BY r.measured_at DESC LIMIT %(limit)s
""")


async def list_newest(
    conn: Connection,
    machine_id: int,
    signals: Sequence[Signal],
    periods: Sequence[Period],
    *,
    since: datetime,
    limit: int,
) -> tuple[Int64Array, Int64Array, Float64Array]:
    """The newest readings measured since then, in time order: measured and received in us (rows,); values by signal."""
    columns = sql.SQL(", ").join(sql.Identifier("r", s.key) for s in signals) if signals else sql.SQL("NULL::float8")
    given = {"machine": machine_id, "since": since, "limit": limit} | period_arrays(periods)
    rows = await (await conn.execute(NEWEST.format(columns=columns), given)).fetchall()
    table = np.array(rows[::-1], np.float64).reshape(len(rows), 2 + max(1, len(signals)))
    times = np.array([row[:2] for row in rows[::-1]], np.int64).reshape(len(rows), 2)
    return times[:, 0], times[:, 1], table[:, 2 : 2 + len(signals)]


ERRORS: LiteralString = """
SELECT signal_id, count(*) FROM event e
WHERE machine_id = %(machine)s AND kind = %(kind)s AND measured_at >= %(since)s AND EXISTS (
    SELECT FROM unnest(%(from)s::timestamptz[], %(to)s::timestamptz[]) p (from_at, to_at)
    WHERE tstzrange(p.from_at, p.to_at) @> e.measured_at)
GROUP BY 1
"""


async def count_sensor_errors(
    conn: Connection, machine_id: int, periods: Sequence[Period], *, since: datetime
) -> dict[int, int]:
    """signal_id -> how many of its values were errors or out of their physical limits."""
    given = {"machine": machine_id, "kind": int(EventKind.SENSOR_ERROR), "since": since} | period_arrays(periods)
    return dict(await (await conn.execute(ERRORS, given)).fetchall())


FOREIGN_KEYS: LiteralString = """
SELECT key, count(*)::int FROM reading_extra e
WHERE machine_id = %(machine)s AND measured_at >= %(since)s AND EXISTS (
    SELECT FROM unnest(%(from)s::timestamptz[], %(to)s::timestamptz[]) p (from_at, to_at)
    WHERE tstzrange(p.from_at, p.to_at) @> e.measured_at)
GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT 50
"""


async def count_foreign_keys(
    conn: Connection, machine_id: int, periods: Sequence[Period], *, since: datetime
) -> dict[str, int]:
    """Keys that are no signals -> how many values came under them; the 50 with most."""
    given = {"machine": machine_id, "since": since} | period_arrays(periods)
    return dict(await (await conn.execute(FOREIGN_KEYS, given)).fetchall())


@dataclass(frozen=True, slots=True, kw_only=True)
class Expectation:
    """What is known of a machine beforehand: its expected signals, its site, what it says its VIN is."""

    pin: str
    name: str
    public_id: UUID
    expected_signals: list[str]
    site_id: int | None
    site: str | None
    site_latitude_deg: float | None
    site_longitude_deg: float | None
    vin: str | None


EXPECTATION: LiteralString = """
SELECT m.pin, m.name, m.public_id, coalesce(d.expected_signals, k.default_signals, '{}') AS expected_signals,
    s.site_id, s.name AS site, s.latitude_deg AS site_latitude_deg, s.longitude_deg AS site_longitude_deg,
    (SELECT a.value FROM machine_attribute a WHERE a.machine_id = m.machine_id AND a.key = 'vin') AS vin
FROM machine m
LEFT JOIN machine_model d USING (model_id)
LEFT JOIN machine_kind k ON k.code = coalesce(d.kind, 'other')
LEFT JOIN site s ON s.site_id = m.site_id AND (%(all)s OR s.organisation_id = ANY(%(organisations)s))
WHERE m.machine_id = %(machine)s
"""


async def get_expectation(conn: Connection, scope: Scope, machine_id: int) -> Expectation:
    """What is known of a machine that is there; its site only when the scope sees it."""
    given = {"machine": machine_id, "all": scope.sees_all} | scope.parameters
    return (await list_rows(conn, Expectation, EXPECTATION, given))[0]


HEARD: LiteralString = """
SELECT t.name, max(l.last_received_at)
FROM installation i JOIN terminal t USING (terminal_id) JOIN ledger l USING (terminal_id)
WHERE i.machine_id = %(machine)s AND i.to_at > %(now)s
    AND l.last_received_at >= greatest(i.from_at, coalesce(%(from)s::timestamptz, '-infinity'))
GROUP BY 1
"""


async def list_heard(
    conn: Connection, machine_id: int, *, since: datetime | None, now: datetime
) -> dict[str, datetime]:
    """When a numbered message of each of the machine's terminals came last, by name, of those of which one came."""
    given = {"machine": machine_id, "from": since, "now": now}
    return dict(await (await conn.execute(HEARD, given)).fetchall())


REFUSED: LiteralString = """
SELECT reason, sum(entries)::int AS entries, max(newest) AS newest
FROM quarantined_of(%(machine)s, %(since)s) GROUP BY 1 ORDER BY 2 DESC
"""


@dataclass(frozen=True, slots=True)
class Refused:
    """How much of a machine waits in quarantine for one reason, and when the newest of it was received."""

    entries: int
    newest: datetime


async def count_refused(conn: Connection, machine_id: int, *, since: datetime) -> dict[str, Refused]:
    """Reason -> how much of the machine's terminals waits in quarantine, while it was the tenant's own."""
    rows = await (await conn.execute(REFUSED, {"machine": machine_id, "since": since})).fetchall()
    return {reason: Refused(entries, newest) for reason, entries, newest in rows}


@dataclass(frozen=True, slots=True, kw_only=True)
class Neighbour:
    """Another machine of a site and its last place as stated; `signal_*` are parallel."""

    machine_id: int
    signal_ids: list[int]
    signal_values: list[float]
    signal_at_us: list[int]


NEIGHBOURS: LiteralString = """
SELECT m.machine_id, ARRAY[%(latitude)s, %(longitude)s]::int2[] AS signal_ids,
    ARRAY[s.signal_values[i.latitude], s.signal_values[i.longitude]] AS signal_values,
    ARRAY[s.signal_at_us[i.latitude], s.signal_at_us[i.longitude]] AS signal_at_us
FROM machine m JOIN machine_state s USING (machine_id)
CROSS JOIN LATERAL (
    SELECT array_position(s.signal_ids, %(latitude)s::int2) AS latitude,
        array_position(s.signal_ids, %(longitude)s::int2) AS longitude
) i
WHERE m.site_id = %(site)s AND m.machine_id <> %(machine)s AND i.latitude IS NOT NULL AND i.longitude IS NOT NULL
    AND tenant_owns(m.machine_id, %(now)s)
LIMIT 200
"""


async def list_neighbours(
    conn: Connection, machine_id: int, *, site: int, latitude: int, longitude: int, now: datetime
) -> list[Neighbour]:
    """Where the tenant's other machines of a site last were; latitude and longitude are the signals' ids, in order."""
    given: dict[str, Any] = {"machine": machine_id, "site": site, "now": now}
    return await list_rows(conn, Neighbour, NEIGHBOURS, given | {"latitude": latitude, "longitude": longitude})
