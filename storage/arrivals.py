"""How late the readings of each minute came, counted with the rollups: a bit a minute, a row a machine and hour.

Days (UTC) are the sums of their hours, for boards that look at months of all machines.
"""

from typing import LiteralString

import psycopg
from psycopg import sql

from storage.rollup_levels import Names

# A minute is as late as the last of its readings; OFFSET keeps the lookup a lookup, as in storage/rollups.py. Readings
# stay as they came, so the longest delay of an hour only grows.
RECOUNT: LiteralString = """
INSERT INTO arrival_1h AS a (machine_id, bucket_at, heard, in_10s, in_1m, in_15m, in_1h, in_1d, latest_s)
SELECT machine_id, hour_at, bit_or(bit), coalesce(bit_or(bit) FILTER (WHERE late_s <= 10), 0),
    coalesce(bit_or(bit) FILTER (WHERE late_s <= 60), 0), coalesce(bit_or(bit) FILTER (WHERE late_s <= 900), 0),
    coalesce(bit_or(bit) FILTER (WHERE late_s <= 3600), 0), coalesce(bit_or(bit) FILTER (WHERE late_s <= 86400), 0),
    max(late_s)
FROM (
    SELECT d.machine_id, date_bin('1 hour', d.bucket_at, 'epoch') AS hour_at,
        1::bigint << (extract(epoch FROM d.bucket_at)::bigint / 60 % 60)::integer AS bit,
        extract(epoch FROM max(r.received_at - r.measured_at)) AS late_s
    FROM dirty_minute d
    CROSS JOIN LATERAL (
        SELECT received_at, measured_at FROM reading
        WHERE machine_id = d.machine_id AND measured_at >= d.bucket_at
          AND measured_at < d.bucket_at + interval '1 minute' AND measured_at >= {lowest} AND measured_at < {highest}
        OFFSET 0
    ) AS r
    WHERE d.has_rows
    GROUP BY d.machine_id, d.bucket_at
) AS minute
GROUP BY machine_id, hour_at ORDER BY hour_at, machine_id
ON CONFLICT (bucket_at, machine_id) DO UPDATE SET heard = a.heard | excluded.heard,
    in_10s = (a.in_10s & ~excluded.heard) | excluded.in_10s,
    in_1m = (a.in_1m & ~excluded.heard) | excluded.in_1m,
    in_15m = (a.in_15m & ~excluded.heard) | excluded.in_15m,
    in_1h = (a.in_1h & ~excluded.heard) | excluded.in_1h,
    in_1d = (a.in_1d & ~excluded.heard) | excluded.in_1d,
    latest_s = greatest(a.latest_s, excluded.latest_s)
"""
# The days that dirty minutes are in, each from all of its hours.
RECOUNT_DAYS: LiteralString = """
INSERT INTO arrival_1d (machine_id, bucket_at, minutes, over_10s, over_1m, over_15m, over_1h, over_1d, latest_s)
SELECT d.machine_id, d.day_at, sum(bit_count(h.heard::bit(64))), sum(bit_count((h.heard & ~h.in_10s)::bit(64))),
    sum(bit_count((h.heard & ~h.in_1m)::bit(64))), sum(bit_count((h.heard & ~h.in_15m)::bit(64))),
    sum(bit_count((h.heard & ~h.in_1h)::bit(64))), sum(bit_count((h.heard & ~h.in_1d)::bit(64))), max(h.latest_s)
FROM (
    SELECT DISTINCT machine_id, date_bin('1 day', bucket_at, 'epoch') AS day_at FROM dirty_minute WHERE has_rows
) d
CROSS JOIN LATERAL (
    SELECT * FROM arrival_1h AS x
    WHERE x.machine_id = d.machine_id AND x.bucket_at >= d.day_at AND x.bucket_at < d.day_at + interval '1 day'
      AND x.bucket_at >= {lowest} AND x.bucket_at < {highest}
    OFFSET 0
) AS h
GROUP BY d.machine_id, d.day_at ORDER BY d.day_at, d.machine_id
ON CONFLICT (bucket_at, machine_id) DO UPDATE SET minutes = excluded.minutes, over_10s = excluded.over_10s,
    over_1m = excluded.over_1m, over_15m = excluded.over_15m, over_1h = excluded.over_1h, over_1d = excluded.over_1d,
    latest_s = excluded.latest_s
"""


def recount_arrivals(conn: psycopg.Connection, bounds: Names, of_days: Names) -> None:
    """Count `dirty_minute` again, then the days they are in; the bits of an hour's other minutes stay."""
    conn.execute(sql.SQL(RECOUNT).format(**bounds))
    conn.execute(sql.SQL(RECOUNT_DAYS).format(**of_days))
