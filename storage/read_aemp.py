"""Pages of machines for ISO 15143-3: identities, last values, sights, and what the 24 hours before came to."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, LiteralString

from psycopg import sql
from psycopg.rows import class_row

from storage.read_pool import Connection
from storage.sight import Period, Scope, Sight, sight_from

DAY = timedelta(hours=24)


@dataclass(frozen=True, slots=True, kw_only=True)
class FleetRow:
    """One machine with its last values; `signal_*` are parallel, and so are `share*`: what is shown of it, and when."""

    machine_id: int
    pin: str
    serial_no: str | None
    equipment_id: str | None
    maker: str | None
    model: str | None
    fuel_tank_l: float | None
    def_tank_l: float | None
    installed_at: datetime | None
    signal_ids: list[int]
    signal_values: list[float]
    signal_at_us: list[int]
    shares: list[str]
    share_from: list[datetime | None]
    share_to: list[datetime | None]

    def sight(self, scope: Scope) -> Sight:
        """When the scope sees which class of the machine's data."""
        if scope.sees_all:
            return Sight.of_all(exact_positions=scope.exact_positions)
        periods = [Period(from_at=a, to_at=b) for a, b in zip(self.share_from, self.share_to, strict=True)]
        return sight_from(zip(self.shares, periods, strict=True), exact_positions=scope.exact_positions)


# A tenant's machines are found organisation by organisation, so that a page costs the same in a fleet of any size.
_PAGE_OF_TENANT: LiteralString = """
SELECT DISTINCT f.machine_id
FROM unnest(%(organisations)s::integer[]) g (organisation_id)
CROSS JOIN LATERAL (
    (SELECT o.machine_id FROM ownership o
    WHERE o.organisation_id = g.organisation_id AND o.machine_id > %(after)s
        AND o.from_at <= %(now)s AND %(now)s < o.to_at
    ORDER BY o.machine_id LIMIT %(reach)s)
    UNION ALL
    (SELECT DISTINCT s.machine_id FROM sharing s
    WHERE s.organisation_id = g.organisation_id AND s.machine_id > %(after)s
        AND s.from_at <= %(now)s AND %(now)s < s.to_at
    ORDER BY s.machine_id LIMIT %(reach)s)
) f
ORDER BY f.machine_id OFFSET %(skip)s LIMIT %(limit)s
"""
_PAGE_OF_ALL: LiteralString = """
SELECT m.machine_id FROM machine m WHERE m.machine_id > %(after)s
ORDER BY m.machine_id OFFSET %(skip)s LIMIT %(limit)s
"""
_ONE: LiteralString = "SELECT %(machine)s::integer AS machine_id"
_SHARES: LiteralString = """
CROSS JOIN LATERAL (
    SELECT array_agg(x.data_class ORDER BY x.from_at) AS shares,
        array_agg(nullif(x.from_at, '-infinity') ORDER BY x.from_at) AS share_from,
        array_agg(nullif(x.to_at, 'infinity') ORDER BY x.from_at) AS share_to
    FROM (
        SELECT 'all' AS data_class, o.from_at, o.to_at FROM ownership o
        WHERE o.machine_id = page.machine_id AND o.organisation_id = ANY(%(organisations)s)
        UNION ALL
        SELECT s.data_class, s.from_at, s.to_at FROM sharing s
        WHERE s.machine_id = page.machine_id AND s.organisation_id = ANY(%(organisations)s)
    ) x
) seen
"""
_NO_SHARES: LiteralString = """
CROSS JOIN (
    SELECT '{{}}'::text[] AS shares, '{{}}'::timestamptz[] AS share_from, '{{}}'::timestamptz[] AS share_to
) seen
"""
_FLEET: LiteralString = """
WITH page AS MATERIALIZED ({page})
SELECT page.machine_id, m.pin, m.serial_no, m.equipment_id, mm.maker, mm.name AS model, mm.fuel_tank_l, mm.def_tank_l,
    i.installed_at, coalesce(t.signal_ids, '{{}}') AS signal_ids, coalesce(t.signal_values, '{{}}') AS signal_values,
    coalesce(t.signal_at_us, '{{}}') AS signal_at_us, coalesce(seen.shares, '{{}}') AS shares,
    coalesce(seen.share_from, '{{}}') AS share_from, coalesce(seen.share_to, '{{}}') AS share_to
FROM page
JOIN machine m USING (machine_id)
LEFT JOIN machine_model mm USING (model_id)
LEFT JOIN machine_state t USING (machine_id)
LEFT JOIN LATERAL (
    SELECT max(n.from_at) AS installed_at FROM installation n
    WHERE n.machine_id = page.machine_id AND n.from_at > '-infinity' AND n.from_at <= %(now)s AND %(now)s < n.to_at
) i ON TRUE
{shares}
ORDER BY page.machine_id
"""


async def list_fleet(
    conn: Connection, scope: Scope, *, after: int, skip: int, limit: int, now: datetime
) -> list[FleetRow]:
    """Machines that the scope sees anything of at `now`, in the order of their numbers: those above `after`, without
    the first `skip` of them, at most `limit`."""
    page = sql.SQL(_PAGE_OF_ALL if scope.sees_all else _PAGE_OF_TENANT)
    own = {"after": after, "skip": skip, "limit": limit, "reach": skip + limit}
    return await _fleet(conn, scope, page, own, now=now)


async def find_fleet_row(conn: Connection, scope: Scope, machine_id: int, *, now: datetime) -> FleetRow | None:
    """One machine, of which the caller has checked that the scope sees something."""
    rows = await _fleet(conn, scope, sql.SQL(_ONE), {"machine": machine_id}, now=now)
    return rows[0] if rows else None


async def _fleet(
    conn: Connection, scope: Scope, page: sql.SQL, own: dict[str, Any], *, now: datetime
) -> list[FleetRow]:
    shares = sql.SQL(_NO_SHARES if scope.sees_all else _SHARES)
    statement = sql.SQL(_FLEET).format(page=page, shares=shares.format())
    async with conn.cursor(row_factory=class_row(FleetRow)) as cursor:
        return await (await cursor.execute(statement, own | {"now": now} | scope.parameters)).fetchall()


COUNT_OF_ALL: LiteralString = "SELECT count(*) FROM machine"
COUNT_OF_TENANT: LiteralString = """
WITH owned AS (
    SELECT machine_id FROM ownership
    WHERE organisation_id = ANY(%(organisations)s) AND from_at <= %(now)s AND %(now)s < to_at
)
SELECT (SELECT count(*) FROM owned) + (
    SELECT count(DISTINCT s.machine_id) FROM sharing s
    WHERE s.organisation_id = ANY(%(organisations)s) AND s.from_at <= %(now)s AND %(now)s < s.to_at
        AND NOT EXISTS (
            SELECT FROM ownership o WHERE o.machine_id = s.machine_id
                AND o.organisation_id = ANY(%(organisations)s) AND o.from_at <= %(now)s AND %(now)s < o.to_at
        )
)
"""


async def count_fleet(conn: Connection, scope: Scope, *, now: datetime) -> int:
    """How many machines the scope sees anything of at `now`."""
    statement = COUNT_OF_ALL if scope.sees_all else COUNT_OF_TENANT
    row = await (await conn.execute(statement, {"now": now} | scope.parameters)).fetchone()
    return int(row[0]) if row else 0


@dataclass(frozen=True, slots=True, kw_only=True)
class DayRow:
    """What 24 hours of a machine came to; None where nothing was reported. `fuel_last_l`: the counter's last value."""

    machine_id: int
    fuel_l: float | None
    fuel_last_l: float | None
    load_pct: float | None
    wheel_kmh: float | None
    ground_kmh: float | None


# Whole hours, the whole quarters of an hour before and after them, and the minutes at both ends: 40 rows instead of
# 1,440. A counter's rise between two cells is added to the rise within them. Load: the mean of each cell by the seconds
# that the engine ran in it; put together by grouping, for a join of two unions is planned as a loop.
_CELLS: LiteralString = """
SELECT r.machine_id, r.signal_id, r.bucket_at, {width_s} AS width_s, r.n, r.sum, r.max, r.first, r.last, r.increase
FROM {rollup} r
WHERE r.machine_id = ANY(%(machines)s) AND r.signal_id = ANY(%(signals)s)
    AND r.bucket_at >= {from_at} AND r.bucket_at < {to_at}
"""
_RAN: LiteralString = """
SELECT w.machine_id, w.bucket_at, {width_s} AS width_s, NULL::float8 AS mean,
    w.working_s + w.travelling_s + w.idle_s AS running_s
FROM {work_time} w WHERE w.machine_id = ANY(%(machines)s) AND w.bucket_at >= {from_at} AND w.bucket_at < {to_at}
"""
_PARTS: tuple[tuple[int, LiteralString, LiteralString, LiteralString], ...] = (
    # seconds, level, from, to
    (60, "1m", "%(from_at)s", "%(quarter_from)s"),
    (900, "15m", "%(quarter_from)s", "%(hour_from)s"),
    (3600, "1h", "%(hour_from)s", "%(hour_to)s"),
    (900, "15m", "%(hour_to)s", "%(quarter_to)s"),
    (60, "1m", "%(quarter_to)s", "%(to_at)s"),
)
_DAYS: LiteralString = """
WITH cell AS MATERIALIZED ({cells}), fuel AS (
    SELECT machine_id, sum(rise) AS fuel_l, last(last, bucket_at) AS fuel_last_l
    FROM (
        SELECT c.machine_id, c.bucket_at, c.last, coalesce(c.increase, 0)
            + coalesce(greatest(c.first - lag(c.last) OVER (PARTITION BY c.machine_id ORDER BY c.bucket_at), 0), 0)
            AS rise
        FROM cell c WHERE c.signal_id = %(fuel)s
    ) risen GROUP BY machine_id
), loaded AS (
    SELECT machine_id, max(mean) AS mean, max(running_s) AS running_s FROM (
        SELECT c.machine_id, c.bucket_at, c.width_s, c.sum / c.n AS mean, NULL::float8 AS running_s
        FROM cell c WHERE c.signal_id = %(load)s AND c.n > 0
        UNION ALL
        ({ran})
    ) part GROUP BY machine_id, bucket_at, width_s
), load AS (
    SELECT machine_id, sum(mean * running_s) / nullif(sum(running_s) FILTER (WHERE mean IS NOT NULL), 0) AS load_pct
    FROM loaded GROUP BY machine_id
), speed AS (
    SELECT c.machine_id, max(c.max) FILTER (WHERE c.signal_id = %(wheel)s) AS wheel_kmh,
        max(c.max) FILTER (WHERE c.signal_id = %(ground)s) AS ground_kmh
    FROM cell c WHERE c.signal_id IN (%(wheel)s, %(ground)s) GROUP BY c.machine_id
)
SELECT m.machine_id, fuel.fuel_l, fuel.fuel_last_l, load.load_pct, speed.wheel_kmh, speed.ground_kmh
FROM unnest(%(machines)s::integer[]) m (machine_id)
LEFT JOIN fuel USING (machine_id) LEFT JOIN load USING (machine_id) LEFT JOIN speed USING (machine_id)
"""


def _union(part: LiteralString) -> sql.Composed:
    return sql.SQL(" UNION ALL ").join(
        sql.SQL(part).format(
            width_s=sql.Literal(seconds),
            rollup=sql.Identifier(f"rollup_{level}"),
            work_time=sql.Identifier(f"work_time_{level}"),
            from_at=sql.SQL(from_at),
            to_at=sql.SQL(to_at),
        )
        for seconds, level, from_at, to_at in _PARTS
    )


DAYS = sql.SQL(_DAYS).format(cells=_union(_CELLS), ran=_union(_RAN))


@dataclass(frozen=True, slots=True, kw_only=True)
class DaySignals:
    """The ids of the signals that a day is summed up from."""

    fuel: int
    load: int
    wheel: int
    ground: int

    @property
    def by_name(self) -> dict[str, int]:
        """Parameters of the statements."""
        return {"fuel": self.fuel, "load": self.load, "wheel": self.wheel, "ground": self.ground}


async def list_days(
    conn: Connection, machine_ids: Sequence[int], signals: DaySignals, *, from_at: datetime, to_at: datetime
) -> dict[int, DayRow]:
    """What from_at <= t < to_at came to for each machine, of which the caller has checked what the scope sees.

    `from_at` is a full minute. What waits for its rollup is not in it.
    """
    ids = signals.by_name
    quarter, hour = timedelta(minutes=15), timedelta(hours=1)
    parameters = {
        "machines": list(machine_ids),
        "signals": list(ids.values()),
        "from_at": from_at,
        "quarter_from": _rounded_up(from_at, quarter),
        "hour_from": _rounded_up(from_at, hour),
        "hour_to": _rounded_down(to_at, hour),
        "quarter_to": _rounded_down(to_at, quarter),
        "to_at": to_at,
    }
    async with conn.cursor(row_factory=class_row(DayRow)) as cursor:
        rows = await (await cursor.execute(DAYS, parameters | ids)).fetchall()
    return {row.machine_id: row for row in rows}


def _rounded_down(at: datetime, width: timedelta) -> datetime:
    return at - (at - _EPOCH) % width


def _rounded_up(at: datetime, width: timedelta) -> datetime:
    return at + (_EPOCH - at) % width


_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
