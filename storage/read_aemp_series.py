"""Time series of one machine for ISO 15143-3, clipped by the caller to the spans that the scope sees."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, LiteralString

from psycopg import sql
from psycopg.rows import class_row

from fleet.signals import Signal
from storage.read_aemp import DAY, DaySignals
from storage.read_pool import Connection
from storage.read_readings import Span

MOST_RECORDS = 10_000  # of one series; two weeks of quarter hours are 1,344
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def _parameters(machine_id: int, spans: Sequence[Span]) -> dict[str, Any]:
    return {
        "machine": machine_id,
        "from": [_EPOCH + timedelta(microseconds=s.from_us) for s in spans],
        "to": [_EPOCH + timedelta(microseconds=s.to_us) for s in spans],
        "first": _EPOCH + timedelta(microseconds=min(s.from_us for s in spans)),
        "last": _EPOCH + timedelta(microseconds=max(s.to_us for s in spans)),
        "limit": MOST_RECORDS + 1,
    }


# The quarters of an hour that hold readings of a signal: those of its rollup, and those that wait for theirs.
_QUARTERS: LiteralString = """
SELECT r.bucket_at FROM rollup_15m r
WHERE r.machine_id = %(machine)s AND r.signal_id = %(signal)s
    AND r.bucket_at > %(first)s - interval '15 minutes' AND r.bucket_at < %(last)s
UNION
SELECT generate_series(
    date_bin('15 minutes', greatest(d.from_at, %(first)s), 'epoch'),
    least(d.to_at, %(last)s) - interval '1 microsecond', interval '15 minutes'
)
FROM dirty_range d WHERE d.machine_id = %(machine)s AND d.from_at < %(last)s AND d.to_at > %(first)s
"""
SAMPLES = sql.SQL("""
SELECT r.* FROM ({quarters}) q
JOIN unnest(%(from)s::timestamptz[], %(to)s::timestamptz[]) s (from_at, to_at)
    ON s.from_at < q.bucket_at + interval '15 minutes' AND s.to_at > q.bucket_at
CROSS JOIN LATERAL (
    SELECT {columns} FROM reading r
    WHERE r.machine_id = %(machine)s AND {reported}
        AND r.measured_at >= greatest(q.bucket_at, s.from_at)
        AND r.measured_at < least(q.bucket_at + interval '15 minutes', s.to_at)
        AND r.measured_at >= %(first)s AND r.measured_at < %(last)s
    ORDER BY r.measured_at DESC LIMIT 1
) r
ORDER BY r.measured_at LIMIT %(limit)s
""")


async def list_samples(
    conn: Connection, machine_id: int, spans: Sequence[Span], needed: Sequence[Signal], also: Sequence[Signal] = ()
) -> list[tuple[Any, ...]]:
    """The last reading of each quarter of an hour that holds all the `needed` signals: (measured_at, values ...).

    `also`: signals that are given where the same reading has them, else None.
    """
    if not spans:
        return []
    columns = [sql.Identifier("r", "measured_at"), *(sql.Identifier("r", s.key) for s in (*needed, *also))]
    reported = sql.SQL(" AND ").join(sql.SQL("{} IS NOT NULL").format(sql.Identifier("r", s.key)) for s in needed)
    statement = SAMPLES.format(quarters=sql.SQL(_QUARTERS), columns=sql.SQL(", ").join(columns), reported=reported)
    found = await conn.execute(statement, _parameters(machine_id, spans) | {"signal": needed[0].id})
    return await found.fetchall()


# Only minutes in which the engine's speed crosses the limit are read from the readings: within them, or since the
# minute before; and those that wait for their rollup.
RUNNING: LiteralString = """
WITH minute AS (
    SELECT r.bucket_at, r.min, r.max, r.first, lag(r.last) OVER (ORDER BY r.bucket_at) AS before
    FROM rollup_1m r
    WHERE r.machine_id = %(machine)s AND r.signal_id = %(signal)s
        AND r.bucket_at > %(first)s - interval '1 minute' AND r.bucket_at < %(last)s
), touched AS (
    SELECT bucket_at FROM minute
    WHERE (min < %(running_rpm)s AND max >= %(running_rpm)s) OR before IS NULL
        OR (before >= %(running_rpm)s) <> (first >= %(running_rpm)s)
    UNION
    SELECT generate_series(
        date_bin('1 minute', greatest(d.from_at, %(first)s), 'epoch'),
        least(d.to_at, %(last)s) - interval '1 microsecond', interval '1 minute'
    )
    FROM dirty_range d WHERE d.machine_id = %(machine)s AND d.from_at < %(last)s AND d.to_at > %(first)s
), seen AS (
    SELECT s.from_at AS span_from, r.measured_at, r.engine_speed_rpm >= %(running_rpm)s AS running
    FROM touched t
    JOIN unnest(%(from)s::timestamptz[], %(to)s::timestamptz[]) s (from_at, to_at)
        ON s.from_at < t.bucket_at + interval '1 minute' AND s.to_at > t.bucket_at
    CROSS JOIN LATERAL (
        SELECT r.measured_at, r.engine_speed_rpm FROM reading r
        WHERE r.machine_id = %(machine)s AND r.engine_speed_rpm IS NOT NULL
            AND r.measured_at >= greatest(t.bucket_at, s.from_at)
            AND r.measured_at < least(t.bucket_at + interval '1 minute', s.to_at)
            AND r.measured_at >= %(first)s AND r.measured_at < %(last)s
    ) r
)
SELECT measured_at, running FROM (
    SELECT measured_at, running, lag(running) OVER (ORDER BY measured_at) AS before FROM seen
) changed
WHERE before IS DISTINCT FROM running
ORDER BY measured_at LIMIT %(limit)s
"""


async def list_running(
    conn: Connection, machine_id: int, spans: Sequence[Span], *, signal_id: int, running_rpm: float
) -> list[tuple[datetime, bool]]:
    """The first reading of the engine's speed, and each that lies on the other side of `running_rpm`."""
    if not spans:
        return []
    own = {"signal": signal_id, "running_rpm": running_rpm}
    return await (await conn.execute(RUNNING, _parameters(machine_id, spans) | own)).fetchall()


@dataclass(frozen=True, slots=True, kw_only=True)
class CautionRow:
    """A fault code in a quarter of an hour, when it was first reported in it; -1 is unknown."""

    at: datetime
    source_address: int
    spn: int
    fmi: int
    lamps: int


CAUTIONS: LiteralString = """
SELECT min(e.measured_at) AS at, e.source_address::int, e.spn, e.fmi::int, max(e.lamps)::int AS lamps
FROM unnest(%(from)s::timestamptz[], %(to)s::timestamptz[]) s (from_at, to_at)
JOIN event e ON e.machine_id = %(machine)s AND e.measured_at >= s.from_at AND e.measured_at < s.to_at
    AND e.measured_at >= %(first)s AND e.measured_at < %(last)s
WHERE e.kind = %(fault)s AND e.spn > 0
GROUP BY date_bin('15 minutes', e.measured_at, 'epoch'), e.source_address, e.spn, e.fmi
ORDER BY at, e.source_address, e.spn, e.fmi LIMIT %(limit)s
"""


async def list_cautions(conn: Connection, machine_id: int, spans: Sequence[Span], *, fault: int) -> list[CautionRow]:
    """The fault codes of each quarter of an hour; `fault` is the kind of such events."""
    if not spans:
        return []
    async with conn.cursor(row_factory=class_row(CautionRow)) as cursor:
        parameters = _parameters(machine_id, spans) | {"fault": fault}
        return await (await cursor.execute(CAUTIONS, parameters)).fetchall()


HOURS: LiteralString = """
SELECT DISTINCT r.bucket_at + interval '1 hour' FROM rollup_1h r
WHERE r.machine_id = %(machine)s AND r.signal_id = ANY(%(signals)s)
    AND r.bucket_at + interval '1 hour' >= %(first)s AND r.bucket_at + interval '1 hour' < %(last)s
ORDER BY 1 LIMIT %(limit)s
"""


async def list_full_hours(
    conn: Connection, machine_id: int, spans: Sequence[Span], signal_ids: Sequence[int]
) -> list[datetime]:
    """The full hours at whose end one of the signals had been reported within the hour."""
    if not spans:
        return []
    parameters = _parameters(machine_id, spans) | {"signals": list(signal_ids)}
    return [at for (at,) in await (await conn.execute(HOURS, parameters)).fetchall()]


HOURLY_DAYS: LiteralString = """
WITH cell AS (
    SELECT r.bucket_at, r.signal_id, r.n, r.sum, r.max, r.first, coalesce(r.increase, 0) AS increase,
        lag(r.last) OVER w AS before, lag(r.bucket_at) OVER w AS before_at
    FROM rollup_1h r
    WHERE r.machine_id = %(machine)s AND r.signal_id = ANY(%(signals)s)
        AND r.bucket_at >= %(first)s AND r.bucket_at < %(last)s
    WINDOW w AS (PARTITION BY r.signal_id ORDER BY r.bucket_at)
), ran AS (
    SELECT bucket_at, working_s + travelling_s + idle_s AS running_s FROM work_time_1h
    WHERE machine_id = %(machine)s AND bucket_at >= %(first)s AND bucket_at < %(last)s
)
SELECT h.at,
    sum(c.increase + CASE WHEN c.before_at >= h.at - interval '24 hours' THEN greatest(c.first - c.before, 0)
        ELSE 0 END)
        FILTER (WHERE c.signal_id = %(fuel)s) AS fuel_l,
    sum(c.sum / c.n * r.running_s) FILTER (WHERE c.signal_id = %(load)s AND c.n > 0)
        / nullif(sum(r.running_s) FILTER (WHERE c.signal_id = %(load)s AND c.n > 0), 0) AS load_pct,
    max(c.max) FILTER (WHERE c.signal_id = %(wheel)s) AS wheel_kmh,
    max(c.max) FILTER (WHERE c.signal_id = %(ground)s) AS ground_kmh
FROM unnest(%(hours)s::timestamptz[]) h (at)
JOIN cell c ON c.bucket_at >= h.at - interval '24 hours' AND c.bucket_at < h.at
LEFT JOIN ran r USING (bucket_at)
GROUP BY h.at ORDER BY h.at
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class HourlyDay:
    """What the 24 hours before a full hour came to; see storage.read_aemp.DayRow."""

    at: datetime
    fuel_l: float | None
    load_pct: float | None
    wheel_kmh: float | None
    ground_kmh: float | None


async def list_hourly_days(
    conn: Connection, machine_id: int, hours: Sequence[datetime], signals: DaySignals
) -> list[HourlyDay]:
    """What the 24 hours before each of these full hours came to, from the hourly rollup."""
    if not hours:
        return []
    parameters = {
        "machine": machine_id,
        "hours": list(hours),
        "first": min(hours) - DAY,
        "last": max(hours),
        "signals": list(signals.by_name.values()),
    }
    async with conn.cursor(row_factory=class_row(HourlyDay)) as cursor:
        return await (await cursor.execute(HOURLY_DAYS, parameters | signals.by_name)).fetchall()
