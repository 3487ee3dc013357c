"""The API bench's history: months of hourly rollups, weeks of minute rollups and a day of readings, by binary COPY."""

from __future__ import annotations

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from psycopg import sql

from bench.api_fleet import Fleet, Int32Array
from bench.api_size import SIGNALS, Size
from bench.database import Database
from bench.signal_sets import EXCAVATOR, HEALTHY, SPANS, SignalSet
from fleet.signals import packaged_catalogue
from storage.binary import EPOCH_2000_US, copy_columns, copy_in

Int64Array = npt.NDArray[np.int64]
BoolArray = npt.NDArray[np.bool_]
MINUTE_US = 60_000_000
HOUR_US, DAY_US = 60 * MINUTE_US, 24 * 60 * MINUTE_US
COPY_ROLLUP = "COPY {} (machine_id, bucket_at, signal_id, n, min, max, sum, first, last) FROM STDIN (FORMAT BINARY)"
COPY_WORK = "COPY {} (machine_id, bucket_at, working_s, travelling_s, idle_s, off_s) FROM STDIN (FORMAT BINARY)"
COPY_READINGS = "COPY reading (machine_id, measured_at, received_at, {}) FROM STDIN (FORMAT BINARY)"
WRITERS = 2


@dataclass(frozen=True)
class Written:
    """How many rows lie in the history and how long they took to write."""

    rows: int
    seconds: float


def make_history(database: Database, fleet: Fleet, size: Size, now_us: int) -> Written:
    """Rollups of whole days up to the last full hour before `now_us`, two connections writing."""
    end = now_us // HOUR_US * HOUR_US
    hourly = fleet.with_history(size.hourly_machines)
    minutes = fleet.with_history(size.minute_machines)
    began = time.monotonic()
    parts = [
        *_spans(end, size.hourly_days, 10, ("1h", HOUR_US, hourly)),
        *_spans(end, size.minute_days, 1, ("1m", MINUTE_US, minutes)),
    ]
    with ThreadPoolExecutor(WRITERS) as pool:
        rows = sum(pool.map(lambda part: _write(database, *part), parts))
        rows += sum(pool.map(lambda m: _write_readings(database, int(m), end), minutes[: size.raw_machines]))
    with database.connect() as conn:
        conn.execute("VACUUM (ANALYZE)")
        conn.execute("CHECKPOINT")
    return Written(rows, time.monotonic() - began)


Level = tuple[str, int, Int32Array]


def _spans(end: int, days: int, step: int, level: Level) -> Iterator[tuple[str, Int32Array, Int64Array]]:
    """The level's name, machines and bucket starts of `step` days at a time; of minutes those with readings."""
    name, width, machines = level
    for first in range(0, days, step):
        begin = end - (days - first) * DAY_US
        cells = np.arange(begin, min(begin + step * DAY_US, end), width, dtype=np.int64)
        yield name, machines, cells[_is_heard(cells)] if width == MINUTE_US else cells


def _is_heard(minutes: Int64Array) -> BoolArray:
    """Machines are silent for two hours of each night and for a minute now and then."""
    heard: BoolArray = ~np.isin(minutes % DAY_US // HOUR_US, (17, 18)) & (minutes // MINUTE_US % 97 != 0)
    return heard


def _write(database: Database, level: str, machines: Int32Array, at_us: Int64Array) -> int:
    """Rollups of the bench's signals and the work time, in the order of their indexes; returns how many rows."""
    ids = [packaged_catalogue()[key].id for key in SIGNALS]
    shape = (len(machines), len(ids), len(at_us))
    count = 60 if level == "1m" else 3600
    spans = np.array([SPANS[key][:2] for key in SIGNALS])
    wave = 0.5 + 0.4 * np.sin(at_us / (6 * HOUR_US) * 2 * np.pi)
    mean = np.broadcast_to(spans[None, :, :1] + (spans[:, 1] - spans[:, 0])[None, :, None] * wave, shape).ravel()
    machine = np.broadcast_to(np.sort(machines)[:, None, None], shape).ravel()
    rows = copy_columns(
        [
            (">i4", machine),
            (">i8", np.broadcast_to(at_us - EPOCH_2000_US, shape).ravel()),
            (">i2", np.broadcast_to(np.array(ids)[None, :, None], shape).ravel()),
            (">i4", np.full(mean.size, count)),
            *((">f8", values) for values in (mean * 0.9, mean * 1.1, mean * count, mean, mean)),
        ]
    )
    work_shape = (len(machines), len(at_us))
    seconds = np.full(work_shape[0] * work_shape[1], count / 4)
    work = copy_columns(
        [
            (">i4", np.broadcast_to(np.sort(machines)[:, None], work_shape).ravel()),
            (">i8", np.broadcast_to(at_us - EPOCH_2000_US, work_shape).ravel()),
            *((">f4", seconds),) * 4,
        ]
    )
    with database.connect() as conn, conn.transaction():
        conn.execute("SET LOCAL synchronous_commit = off")
        copy_in(conn, sql.SQL(COPY_ROLLUP).format(sql.Identifier(f"rollup_{level}")), rows)
        copy_in(conn, sql.SQL(COPY_WORK).format(sql.Identifier(f"work_time_{level}")), work)
    return mean.size + len(seconds)


def _write_readings(database: Database, machine: int, end: int) -> int:
    """A day of one reading a second."""
    at = np.arange(end - DAY_US, end, 1_000_000, dtype=np.int64) - EPOCH_2000_US
    values = SignalSet(EXCAVATOR).values(HEALTHY, len(at), seed=machine)
    wire = {key: ">f8" if packaged_catalogue()[key].stored == "float8" else ">f4" for key in EXCAVATOR}
    columns = [(wire[key], values[:, n]) for n, key in enumerate(EXCAVATOR)]
    rows = copy_columns([(">i4", np.full(len(at), machine)), (">i8", at), (">i8", at + 200_000), *columns])
    names = sql.SQL(", ").join(sql.Identifier(key) for key in EXCAVATOR)
    with database.connect() as conn, conn.transaction():
        conn.execute("SET LOCAL synchronous_commit = off")
        copy_in(conn, sql.SQL(COPY_READINGS).format(names), rows)
    return len(at)
