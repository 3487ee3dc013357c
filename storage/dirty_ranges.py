"""Minutes whose rollups must be recounted: written with the readings, claimed and recounted by housekeeping.

The claim changes rollup_epoch, which every batch transaction holds FOR SHARE: a claim waits for the running batch, and
the next batch sees the new epoch and writes its minutes anew. A claim that was not finished is found again.
"""

from dataclasses import dataclass
from typing import LiteralString

import psycopg

from fleet.batch import Int32Array, Int64Array
from storage.binary import int4s, times

MINUTE_US = 60_000_000


def add_dirty(conn: psycopg.Connection, machine: Int32Array, minute: Int64Array) -> None:
    """Make minutes dirty; `minute` counts minutes since 1970, shapes (minutes,)."""
    if len(machine):
        conn.execute(
            "INSERT INTO dirty_range (machine_id, from_at, to_at) SELECT * FROM unnest(%s, %s, %s)",
            [int4s(machine), times(minute * MINUTE_US), times((minute + 1) * MINUTE_US)],
        )


@dataclass(frozen=True, slots=True)
class Claim:
    """What a claim found: claimed ranges wait for recount_and_finish."""

    ranges: int


CLAIM: LiteralString = "UPDATE dirty_range SET claimed_at = now() WHERE claimed_at IS NULL"


def claim_dirty(conn: psycopg.Connection) -> Claim:
    """Claim every dirty range; commit at once, the gateway waits for it."""
    conn.execute("UPDATE rollup_epoch SET epoch = epoch + 1")
    conn.execute(CLAIM)
    row = conn.execute("SELECT count(*) FROM dirty_range WHERE claimed_at IS NOT NULL").fetchone()
    return Claim(int(row[0]) if row else 0)


def count_dirty(conn: psycopg.Connection) -> int:
    """How many ranges wait, claimed or not."""
    row = conn.execute("SELECT count(*) FROM dirty_range").fetchone()
    return int(row[0]) if row else 0
