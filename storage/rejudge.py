"""Machines whose history changed behind the stream and must be judged again.

A judged row stays as done until a snapshot of the rule state holds its outcome: a restart from an older snapshot has to
rebuild these machines.
"""

from dataclasses import dataclass
from typing import LiteralString

import numpy as np
import psycopg

from fleet.batch import Int32Array, Int64Array
from storage.binary import int2s, int4s, times


@dataclass(frozen=True, slots=True)
class Due:
    """A machine and the first and last late instant, microseconds UTC, inclusive."""

    machine: int
    from_us: int
    to_us: int


ADD: LiteralString = """
INSERT INTO rejudge AS r (machine_id, from_at, to_at, late_received, done)
SELECT m, f, t, l <> 0, FALSE FROM unnest(%s, %s, %s, %s) AS n(m, f, t, l)
ON CONFLICT (machine_id) DO UPDATE SET
    from_at = CASE WHEN r.done THEN excluded.from_at ELSE least(r.from_at, excluded.from_at) END,
    to_at = CASE WHEN r.done THEN excluded.to_at ELSE greatest(r.to_at, excluded.to_at) END,
    late_received = excluded.late_received OR (r.late_received AND NOT r.done),
    done = FALSE
"""


def add_due(
    conn: psycopg.Connection, machine: Int32Array, at_us: Int64Array, late_received: np.typing.NDArray[np.bool_]
) -> None:
    """Make every row's instant due, united per machine; all shapes (rows,)."""
    if not len(machine):
        return
    ids, group = np.unique(machine, return_inverse=True)
    first = np.full(len(ids), np.iinfo(np.int64).max)
    last = np.full(len(ids), np.iinfo(np.int64).min)
    late = np.zeros(len(ids), np.bool_)
    np.minimum.at(first, group, at_us)
    np.maximum.at(last, group, at_us)
    np.logical_or.at(late, group, late_received)
    conn.execute(ADD, [int4s(ids), times(first), times(last), int2s(late)])


def list_due(conn: psycopg.Connection, limit: int) -> list[Due]:
    """Up to `limit` due machines, those with the newest changes last."""
    rows = conn.execute(
        "SELECT machine_id, (extract(epoch FROM from_at) * 1000000)::bigint,"
        " (extract(epoch FROM to_at) * 1000000)::bigint FROM rejudge WHERE NOT done ORDER BY to_at LIMIT %s",
        [limit],
    )
    return [Due(*row) for row in rows]


def count_due(conn: psycopg.Connection) -> int:
    """How many machines are due."""
    row = conn.execute("SELECT count(*) FROM rejudge WHERE NOT done").fetchone()
    return int(row[0]) if row else 0


def mark_done(conn: psycopg.Connection, machines: Int32Array) -> None:
    """Judged; kept until the next snapshot."""
    conn.execute("UPDATE rejudge SET done = TRUE WHERE machine_id = ANY(%s)", [int4s(machines)])


def clear_done(conn: psycopg.Connection) -> None:
    """A snapshot of every partition holds the outcome of what is done."""
    conn.execute("DELETE FROM rejudge WHERE done")


def list_done(conn: psycopg.Connection) -> list[int]:
    """Machines judged again since the last snapshot."""
    return [row[0] for row in conn.execute("SELECT machine_id FROM rejudge WHERE done ORDER BY machine_id")]
