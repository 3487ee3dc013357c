"""How late the readings of each minute came, counted with the rollups: a bit a minute, a row a machine and hour."""

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


def recount_arrivals(conn: psycopg.Connection, bounds: Names) -> None:
    """Count `dirty_minute` again; the bits of an hour's other minutes stay."""
    conn.execute(sql.SQL(RECOUNT).format(**bounds))
