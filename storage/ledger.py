"""The ledger: which messages of each terminal's power cycle are kept, and how many rows they held."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, LiteralString

import numpy as np
import psycopg

from fleet.batch import Int32Array, Int64Array
from storage.binary import EPOCH_2000_US, index_probes, int4s, int8s, texts, times

LedgerKey = tuple[int, str]  # terminal_id, boot
NEVER_US = -(2**62)


@dataclass(slots=True)
class LedgerRow:
    """One power cycle of one terminal; counts are totals, each distinct (terminal, boot, seq, row) once."""

    terminal_id: int
    boot: str
    through: int = -1
    above: tuple[tuple[int, int], ...] = ()  # inclusive ranges above `through`
    messages: int = 0
    rows_committed: int = 0
    rows_quarantined: int = 0
    redelivered: int = 0
    max_measured_us: int = NEVER_US
    first_received_us: int = 0
    last_received_us: int = 0


SELECT: LiteralString = """
SELECT terminal_id, boot, through,
       ARRAY(SELECT lower(x) FROM unnest(ranges) x), ARRAY(SELECT upper(x) - 1 FROM unnest(ranges) x),
       messages, rows_committed, rows_quarantined, redelivered,
       coalesce((extract(epoch FROM max_measured_at) * 1000000)::bigint, %(never)s),
       (extract(epoch FROM first_received_at) * 1000000)::bigint,
       (extract(epoch FROM last_received_at) * 1000000)::bigint
"""
LOAD: LiteralString = SELECT + "FROM ledger WHERE last_received_at >= %(since)s"
FIND: LiteralString = (
    SELECT  # noqa: S608 - literals of this file
    + """
FROM unnest(%(terminal)s, %(boot)s) AS k(t, b)
CROSS JOIN LATERAL (SELECT * FROM ledger WHERE terminal_id = t AND boot = b LIMIT 1) l
"""
)


def load_ledger(conn: psycopg.Connection, *, since: datetime) -> Iterator[LedgerRow]:
    """Power cycles last heard of at `since` or later, read in portions; each is tens of bytes."""
    with conn.cursor(name="load_ledger") as cursor:
        cursor.itersize = 5000
        yield from _rows(cursor.execute(LOAD, {"never": NEVER_US, "since": since}))


def find_ledger(conn: psycopg.Connection, keys: Sequence[LedgerKey]) -> list[LedgerRow]:
    """Those of the power cycles `keys` that the ledger has; one probe of its primary key each, in one statement.

    Wants an open transaction.
    """
    terminals, boots = [terminal for terminal, _ in keys], [boot for _, boot in keys]
    parameters = {"never": NEVER_US, "terminal": int4s(terminals), "boot": texts(boots)}
    with index_probes(conn):
        return list(_rows(conn.execute(FIND, parameters)))


def _rows(found: Iterable[Sequence[Any]]) -> Iterator[LedgerRow]:
    for terminal, boot, through, first, last, *counts in found:
        yield LedgerRow(terminal, boot, through, tuple(zip(first, last, strict=True)), *counts)


SAVE: LiteralString = """
INSERT INTO ledger AS l (terminal_id, boot, through, ranges, messages, rows_committed, rows_quarantined, redelivered,
                         max_measured_at, first_received_at, last_received_at)
SELECT t, b, th, r::int8multirange, m, rc, rq, rd, nullif(mm, '-infinity'), fr, lr
FROM unnest(%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s) AS n(t, b, th, r, m, rc, rq, rd, mm, fr, lr)
ON CONFLICT (terminal_id, boot) DO UPDATE SET
    through = excluded.through, ranges = excluded.ranges, messages = excluded.messages,
    rows_committed = excluded.rows_committed, rows_quarantined = excluded.rows_quarantined,
    redelivered = excluded.redelivered, max_measured_at = excluded.max_measured_at,
    last_received_at = excluded.last_received_at
"""
MINUS_INFINITY_WIRE = -(2**63)


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerColumns:
    """Power cycles to write, as columns (rows,); fields as in LedgerRow."""

    terminal_id: Int32Array
    boot: list[str]
    above: list[tuple[tuple[int, int], ...]]
    through: Int64Array
    messages: Int64Array
    rows_committed: Int64Array
    rows_quarantined: Int64Array
    redelivered: Int64Array
    max_measured_us: Int64Array
    first_received_us: Int64Array
    last_received_us: Int64Array


def save_ledger(conn: psycopg.Connection, rows: LedgerColumns) -> None:
    """Write the rows as they are now; one statement, one upsert a power cycle."""
    if not len(rows.terminal_id):
        return
    measured = np.where(rows.max_measured_us == NEVER_US, MINUS_INFINITY_WIRE + EPOCH_2000_US, rows.max_measured_us)
    conn.execute(
        SAVE,
        [
            int4s(rows.terminal_id),
            texts(rows.boot),
            int8s(rows.through),
            texts([_multirange(above) if above else "{}" for above in rows.above]),
            int8s(rows.messages),
            int8s(rows.rows_committed),
            int8s(rows.rows_quarantined),
            int8s(rows.redelivered),
            times(measured),
            times(rows.first_received_us),
            times(rows.last_received_us),
        ],
        prepare=True,
    )


def _multirange(ranges: tuple[tuple[int, int], ...]) -> str:
    return "{" + ",".join(f"[{first},{last}]" for first, last in ranges) + "}"
