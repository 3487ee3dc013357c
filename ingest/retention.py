"""Retention: how long readings, events and rollups are kept."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from fleet.errors import InvalidInput
from storage.pool import Connection
from storage.retention import drop_chunks

TABLES = {
    "readings": ("reading", "reading_extra"),
    "events": ("event",),
    "rollups_1m": ("rollup_1m", "work_time_1m"),
    "rollups_15m": ("rollup_15m", "work_time_15m"),
    "rollups_1h": ("rollup_1h", "work_time_1h"),
}


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

    def __post_init__(self) -> None:
        finer_name, finer = "readings", self.readings
        for name in ("rollups_1m", "rollups_15m", "rollups_1h"):
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
