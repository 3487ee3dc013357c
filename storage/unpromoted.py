"""Keys that are no signals: what is kept of them, and moving their values into a signal's column."""

from dataclasses import dataclass
from datetime import datetime
from typing import LiteralString

import psycopg
from psycopg import sql
from psycopg.rows import class_row

from fleet.batch import Float64Array, Int64Array
from fleet.signals import Signal, StoredType
from storage.binary import fetch_arrays, float4s, float8s, times


@dataclass(frozen=True, slots=True, kw_only=True)
class Unpromoted:
    """What is kept under one key."""

    key: str
    machines: int
    rows: int
    first_at: datetime
    last_at: datetime
    last_value: float


UNPROMOTED: LiteralString = """
SELECT key, count(DISTINCT machine_id) AS machines, count(*) AS rows, min(measured_at) AS first_at,
    max(measured_at) AS last_at, last(value, measured_at) AS last_value
FROM reading_extra WHERE key <> ALL(%(signals)s) GROUP BY key ORDER BY rows DESC, key
"""


def list_unpromoted(conn: psycopg.Connection, signals: tuple[str, ...]) -> list[Unpromoted]:
    """Every key that is kept and not among `signals`, those with most rows first. Reads all of reading_extra."""
    with conn.cursor(row_factory=class_row(Unpromoted)) as cursor:
        return cursor.execute(UNPROMOTED, {"signals": list(signals)}).fetchall()


def count_extra(conn: psycopg.Connection, key: str) -> dict[int, int]:
    """machine_id -> how many values are kept under the key.

    Reads the whole index (machine_id, key, measured_at) of reading_extra, all keys of it: ask once.
    """
    return dict(
        conn.execute("SELECT machine_id, count(*) FROM reading_extra WHERE key = %s GROUP BY 1 ORDER BY 1", [key])
    )


PORTION: LiteralString = """
SELECT array_agg((extract(epoch FROM measured_at) * 1000000)::bigint), array_agg(value) FROM (
    SELECT measured_at, value FROM reading_extra
    WHERE machine_id = %s AND key = %s AND measured_at > 'epoch'::timestamptz + %s * interval '1 microsecond'
    ORDER BY measured_at LIMIT %s
) x
"""


def read_extra_portion(
    conn: psycopg.Connection, machine_id: int, key: str, *, after_us: int, limit: int
) -> tuple[Int64Array, Float64Array]:
    """Instants and values of a machine and key after an instant, in order; shapes (values,), at most `limit`."""
    at_us, values = fetch_arrays(conn, PORTION, [machine_id, key, after_us, limit], ["i8", "f8"])
    return at_us, values


TAKE_OVER: LiteralString = """
WITH taken AS (
    INSERT INTO reading AS r (machine_id, measured_at, received_at, {column})
    SELECT %s, at, now(), value FROM unnest(%s, %s) AS n (at, value) ORDER BY at
    ON CONFLICT (machine_id, measured_at) DO UPDATE SET {column} = excluded.{column}
        WHERE r.{column} IS NULL OR r.{column} = excluded.{column}
    RETURNING measured_at
)
SELECT array_agg((extract(epoch FROM measured_at) * 1000000)::bigint ORDER BY measured_at) FROM taken
"""


def take_over(
    conn: psycopg.Connection, machine_id: int, signal: Signal, at_us: Int64Array, values: Float64Array
) -> Int64Array:
    """Move values of a key into its signal's column, making rows where there are none; returns the instants moved.

    `values` (rows,) are as the column will hold them. Where another value stands already, that one stays and so does
    what was kept. The caller's transaction.
    """
    statement = sql.SQL(TAKE_OVER).format(column=sql.Identifier(signal.key))
    offered = (float4s if signal.stored is StoredType.FLOAT4 else float8s)(values)
    moved: Int64Array = fetch_arrays(conn, statement, [machine_id, times(at_us), offered], ["i8"])[0]
    if len(moved):
        conn.execute(
            "DELETE FROM reading_extra WHERE machine_id = %s AND key = %s AND measured_at = ANY(%s)",
            [machine_id, signal.key, times(moved)],
        )
    return moved
