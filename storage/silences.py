"""What the database knows of silent machines: how they parted, what of theirs was refused, and where others were."""

from collections.abc import Mapping
from typing import LiteralString

import numpy as np
import psycopg

from fleet.batch import EventKind, Float64Array
from storage.alarms_write import instant

PARTINGS: LiteralString = """
SELECT n.m, e.value = 0 AS is_offline, e.received_at >= n.heard - interval '5 minutes' AS is_new,
       EXISTS (
           SELECT FROM installation i JOIN terminal t USING (terminal_id)
           WHERE i.machine_id = n.m
             AND e.measured_at - e.received_at = make_interval(secs => (t.clock_offset_us / 1e6)::float8)
       ) AS is_will
FROM unnest(%(machines)s::int[], %(heard)s::timestamptz[]) AS n (m, heard)
CROSS JOIN LATERAL (
    SELECT value, received_at, measured_at FROM event
    WHERE machine_id = n.m AND measured_at >= n.heard - interval '7 days' AND kind = %(status)s
    ORDER BY received_at DESC LIMIT 1
) e
"""


def list_partings(conn: psycopg.Connection, heard_us: Mapping[int, int]) -> dict[int, str]:
    """How the connection of each machine ended, of those that tell their status: goodbye, will, or none (it has not).

    `heard_us`: when each was last heard. A last will bears no time of its own, so it counts from its arrival
    (corrected by the offset declared for its terminal).
    """
    given = {
        "machines": list(heard_us),
        "heard": [instant(us) for us in heard_us.values()],
        "status": int(EventKind.STATUS),
    }
    found = {}
    for machine, is_offline, is_new, is_will in conn.execute(PARTINGS, given):
        if not is_offline:
            found[machine] = "none"
        elif is_new:
            found[machine] = "will" if is_will else "goodbye"
    return found


REFUSED: LiteralString = """
SELECT n.m, count(*)
FROM unnest(%(machines)s::int[], %(heard)s::timestamptz[]) AS n (m, heard)
JOIN installation i ON i.machine_id = n.m AND i.from_at <= %(at)s AND i.to_at > n.heard
JOIN terminal t USING (terminal_id)
JOIN quarantine q ON q.terminal = t.name
WHERE q.reason IN ('clock_past', 'clock_future') AND q.received_at > n.heard
  AND q.received_at > %(earliest)s AND q.received_at <= %(at)s
GROUP BY n.m
"""


def count_refused_by_clock(conn: psycopg.Connection, heard_us: Mapping[int, int], *, now_us: int) -> dict[int, int]:
    """Messages of each machine that were put aside for an impossible time since it was last heard."""
    if not heard_us:
        return {}
    given = {
        "machines": list(heard_us),
        "heard": [instant(us) for us in heard_us.values()],
        "earliest": instant(min(heard_us.values())),
        "at": instant(now_us),
    }
    return dict(conn.execute(REFUSED, given).fetchall())


PLACES: LiteralString = """
SELECT (reason #>> '{place,0}')::float8, (reason #>> '{place,1}')::float8 FROM finding
WHERE source_kind = 'platform' AND source_key = 'machine_silent' AND from_at < %(before)s
  AND from_at > %(before)s - interval '90 days' AND reason ->> 'key' IN ('no_coverage', 'unknown')
  AND jsonb_typeof(reason -> 'place') = 'array'
ORDER BY from_at DESC LIMIT 20000
"""


def list_silent_places(conn: psycopg.Connection, before_us: int) -> Float64Array:
    """(outages, 2) latitude and longitude, degrees, where machines went silent in the 90 days before; those that were
    taken back by late readings as well, for they lost the network indeed."""
    rows = conn.execute(PLACES, {"before": instant(before_us)}).fetchall()
    return np.array(rows, np.float64).reshape(len(rows), 2)
