"""The readings of one machine as they came, with when each was received."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import LiteralString

import numpy as np
from psycopg import sql

from fleet.batch import Float64Array, Int64Array
from fleet.signals import Signal, StoredType
from storage.binary import EPOCH_2000_US, fetch_columns
from storage.read_pool import Connection

_LATEST: LiteralString = """
SELECT array_agg(q.measured_at), array_agg(q.received_at), {arrays}
FROM (
    SELECT r.measured_at, r.received_at, {columns} FROM reading r
    WHERE r.machine_id = %(machine)s AND r.measured_at >= %(first)s AND r.measured_at < %(last)s
        AND r.received_at > %(after)s AND ({reported})
    ORDER BY r.measured_at DESC LIMIT %(limit)s
) q
"""


@dataclass(frozen=True, slots=True)
class ReceivedRows:
    """Readings, the newest first: at_us, received_us (rows,) and values (rows, signals), NaN where not reported."""

    at_us: Int64Array
    received_us: Int64Array
    values: Float64Array


async def list_received(
    conn: Connection,
    machine_id: int,
    signals: Sequence[Signal],
    *,
    measured: tuple[datetime, datetime],
    after: datetime,
    limit: int,
) -> ReceivedRows:
    """The newest readings of a span of measuring that were received after an instant and carry one of the signals."""
    comma = sql.SQL(", ")
    keys = [sql.Identifier(s.key) for s in signals]
    statement = sql.SQL(_LATEST).format(
        columns=comma.join([sql.SQL("r.") + key for key in keys]),
        arrays=comma.join([sql.SQL("array_agg(coalesce(q.{}, 'NaN'))").format(key) for key in keys]),
        reported=sql.SQL(" OR ").join([sql.SQL("r.{} IS NOT NULL").format(key) for key in keys]),
    )
    given = {"machine": machine_id, "first": measured[0], "last": measured[1], "after": after, "limit": limit}
    types = ["i8", "i8", *("f4" if s.stored is StoredType.FLOAT4 else "f8" for s in signals)]
    at_us, received_us, *values = await fetch_columns(conn, statement, given, types)
    return ReceivedRows(at_us + EPOCH_2000_US, received_us + EPOCH_2000_US, np.column_stack(values).astype(np.float64))
