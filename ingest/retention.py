"""Retention: how long each kind of thing is kept."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from fleet.errors import InvalidInput
from storage.pool import Connection
from storage.retention import PORTION, delete_older, drop_chunks

TABLES = {
    "readings": ("reading", "reading_extra"),
    "events": ("event",),
    "rollups_1m": ("rollup_1m", "work_time_1m"),
    "rollups_15m": ("rollup_15m", "work_time_15m"),
    "rollups_1h": ("rollup_1h", "work_time_1h", "arrival_1h"),
    "rollups_1d": ("work_time_1d", "arrival_1d"),
}
# Tables that are no hypertables, and the age of each.
ROWS = {
    "ledger": "ledger",
    "quarantine": "quarantine",
    "refused_payload": "quarantine",
    "event_log": "event_log",
    "alarm_transition": "alarm_transition",
    "reading_conflict": "reading_conflict",
}
MOST_PORTIONS = 10  # of one table at once: rollups do not wait for more


@dataclass(frozen=True, slots=True, kw_only=True)
class Ages:
    """How old each may become; None is for ever.

    A late row makes its buckets be counted again from the finer level, which therefore must still be there: no level
    may be dropped before the one it is made from. Raises InvalidInput otherwise.
    """

    readings: timedelta
    events: timedelta | None = None
    rollups_1m: timedelta | None = None
    rollups_15m: timedelta | None = None
    rollups_1h: timedelta | None = None
    rollups_1d: timedelta | None = None
    ledger: timedelta | None = None
    quarantine: timedelta | None = None
    event_log: timedelta | None = None
    alarm_transition: timedelta | None = None
    reading_conflict: timedelta | None = None
    audit: timedelta | None = None

    def __post_init__(self) -> None:
        finer_name, finer = "readings", self.readings
        for name in ("rollups_1m", "rollups_15m", "rollups_1h", "rollups_1d"):
            age = getattr(self, name)
            if age is not None and age < finer:
                raise InvalidInput(f"{name} may not be kept shorter ({age}) than {finer_name} ({finer}).")
            finer_name, finer = name, age if age is not None else timedelta.max


def drop_expired(conn: Connection, ages: Ages, *, now: datetime) -> dict[str, int]:
    """Drop the chunks that are wholly past their age, each table in a transaction of its own; chunks by table."""
    dropped = {}
    for name, tables in TABLES.items():
        age: timedelta | None = getattr(ages, name)
        if age is None:
            continue
        for table in tables:
            with conn.transaction():
                dropped[table] = drop_chunks(conn, table, before=now - age)
    return dropped


def delete_expired(
    conn: Connection, ages: Ages, *, now: datetime, portion: int = PORTION
) -> tuple[dict[str, int], bool]:
    """Delete the rows past their age of the tables that are no hypertables, each portion in a transaction of its own.

    Returns rows by table, and whether more are left than MOST_PORTIONS took of one.
    """
    deleted, is_more = dict.fromkeys(ROWS, 0), False
    for table, name in ROWS.items():
        age: timedelta | None = getattr(ages, name)
        for _ in range(MOST_PORTIONS if age is not None else 0):
            with conn.transaction():
                count = delete_older(conn, table, before=now - (age or timedelta()), portion=portion)
            deleted[table] += count
            if count < portion:
                break
        else:
            is_more |= age is not None
    return deleted, is_more
