"""The machines of one model beside each other: who is seen when, and the quantiles of their buckets."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, LiteralString

import numpy as np
import numpy.typing as npt
from psycopg import sql

from fleet.batch import Float64Array, Int64Array
from storage.binary import fetch_columns
from storage.read_pool import Connection
from storage.read_readings import RollupName
from storage.sight import Period, Scope, Sight, sight_from

# Machines of the model of %(machine)s but itself; with the periods in which the scope sees a class of their data.
_PEERS: LiteralString = """
SELECT p.machine_id, seen.shares, seen.from_at, seen.to_at
FROM machine m JOIN machine_model mm USING (model_id) JOIN machine p USING (model_id)
CROSS JOIN LATERAL ({seen}) seen
WHERE m.machine_id = %(machine)s AND p.machine_id <> m.machine_id AND seen.shares IS NOT NULL
ORDER BY p.machine_id LIMIT %(limit)s
"""
_ALL: LiteralString = """
SELECT ARRAY['all'] AS shares, ARRAY[NULL]::timestamptz[] AS from_at, ARRAY[NULL]::timestamptz[] AS to_at
"""
_TENANT: LiteralString = """
SELECT array_agg(x.data_class ORDER BY x.from_at) AS shares,
    array_agg(nullif(x.from_at, '-infinity') ORDER BY x.from_at) AS from_at,
    array_agg(nullif(x.to_at, 'infinity') ORDER BY x.from_at) AS to_at
FROM (
    SELECT 'all' AS data_class, o.from_at, o.to_at FROM ownership o
    WHERE o.machine_id = p.machine_id AND o.organisation_id = ANY(%(organisations)s)
    UNION ALL
    SELECT s.data_class, s.from_at, s.to_at FROM sharing s
    WHERE s.machine_id = p.machine_id AND s.organisation_id = ANY(%(organisations)s)
) x WHERE x.from_at <= now()
"""
MODEL: LiteralString = """
SELECT mm.name FROM machine m JOIN machine_model mm USING (model_id) WHERE m.machine_id = %(machine)s
"""


@dataclass(frozen=True, slots=True)
class Peer:
    """Another machine of the model, with what the scope sees of it and when."""

    machine_id: int
    sight: Sight


async def find_model(conn: Connection, machine_id: int) -> str | None:
    """The name of the machine's model; None where it has none."""
    row = await (await conn.execute(MODEL, {"machine": machine_id})).fetchone()
    return None if row is None else row[0]


async def list_peers(conn: Connection, scope: Scope, machine_id: int, *, limit: int) -> list[Peer]:
    """The first `limit` other machines of the machine's model of which the scope sees anything."""
    statement = sql.SQL(_PEERS).format(seen=sql.SQL(_ALL if scope.sees_all else _TENANT))
    given = {"machine": machine_id, "limit": limit} | scope.parameters
    rows = await (await conn.execute(statement, given)).fetchall()
    return [Peer(number, _sight(shares, from_at, to_at)) for number, shares, from_at, to_at in rows]


def _sight(shares: Sequence[str], from_at: Sequence[datetime | None], to_at: Sequence[datetime | None]) -> Sight:
    told = zip(shares, from_at, to_at, strict=True)
    return sight_from([(share, Period(from_at=a, to_at=b)) for share, a, b in told], exact_positions=False)


@dataclass(frozen=True, slots=True)
class Band:
    """Quantiles of machines' means, one row a signal and bucket, both in order; (cells,) each."""

    signal: npt.NDArray[np.int16]
    bucket_us: Int64Array
    machines: Int64Array
    low: Float64Array
    middle: Float64Array
    high: Float64Array


@dataclass(frozen=True, slots=True, kw_only=True)
class BandQuery:
    """Which band: of these signals, by buckets of `width_us` of a rollup, the quantiles `low` and `high` beside the
    median, of at least `least` machines. Buckets of a machine whose `speed` stayed below `off_rpm` are left out."""

    signals: Sequence[int]
    rollup: RollupName
    width_us: int
    low: float
    high: float
    least: int
    speed: int
    off_rpm: float


_TABLES: dict[str, LiteralString] = {"1m": "rollup_1m", "15m": "rollup_15m", "1h": "rollup_1h"}
BAND: LiteralString = """
SELECT array_agg(b.signal_id), array_agg(b.bucket_us), array_agg(b.machines), array_agg(b.q[1]), array_agg(b.q[2]),
    array_agg(b.q[3])
FROM (
    SELECT c.signal_id, c.bucket_us, count(*) AS machines,
        percentile_cont(ARRAY[%(low)s, 0.5, %(high)s]::float8[]) WITHIN GROUP (ORDER BY c.mean) AS q
    FROM (
        SELECT r.machine_id, r.signal_id, sum(r.sum) / sum(r.n) AS mean,
            (extract(epoch FROM r.bucket_at) * 1000000)::bigint / %(width_us)s * %(width_us)s AS bucket_us
        FROM unnest(%(machines)s::integer[], %(from)s::timestamptz[], %(to)s::timestamptz[])
            s (machine_id, from_at, to_at)
        JOIN {table} r ON r.machine_id = s.machine_id AND r.signal_id = ANY(%(signals)s::smallint[])
            AND r.bucket_at >= s.from_at AND r.bucket_at < s.to_at
            AND r.bucket_at >= %(first)s AND r.bucket_at < %(last)s
        LEFT JOIN {table} e ON e.machine_id = r.machine_id AND e.signal_id = %(speed)s AND e.bucket_at = r.bucket_at
            AND e.bucket_at >= %(first)s AND e.bucket_at < %(last)s
        WHERE r.n > 0 AND r.sum IS NOT NULL AND coalesce(e.max, %(off_rpm)s) >= %(off_rpm)s
        GROUP BY r.machine_id, r.signal_id, 4
    ) c
    GROUP BY c.signal_id, c.bucket_us HAVING count(*) >= %(least)s
    ORDER BY c.signal_id, c.bucket_us
) b
"""


async def list_band(conn: Connection, seen: Sequence[tuple[int, datetime, datetime]], wanted: BandQuery) -> Band:
    """The band of the machines in their spans: machine, from, to; several of a machine are disjoint; at least one."""
    parameters: dict[str, Any] = {name: getattr(wanted, name) for name in BandQuery.__dataclass_fields__}
    parameters |= {
        "signals": list(wanted.signals),
        "machines": [machine for machine, _, _ in seen],
        "from": [from_at for _, from_at, _ in seen],
        "to": [to_at for _, _, to_at in seen],
        "first": min(from_at for _, from_at, _ in seen),
        "last": max(to_at for _, _, to_at in seen),
    }
    statement = sql.SQL(BAND).format(table=sql.Identifier(_TABLES[wanted.rollup]))
    return Band(*await fetch_columns(conn, statement, parameters, ("i2", "i8", "i8", "f8", "f8", "f8")))
