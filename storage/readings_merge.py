"""Rows that may be there already: looked up by key, compared in numpy, then inserted or merged column by column."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import psycopg
from psycopg import sql

from fleet.batch import BoolArray, Float64Array, Int64Array, Messages, ReadingBatch
from fleet.signals import Catalogue
from storage.binary import fetch_arrays, float4s, float8s, index_probes, int2s, int4s, int8s, times
from storage.readings_write import copy_fresh

IndexArray = npt.NDArray[np.intp]
_DAY_US = 86_400_000_000  # chunk interval of `reading`: a lookup names its day so that the planner opens one chunk


@dataclass(frozen=True, slots=True, kw_only=True)
class Merged:
    """What became of rows that could not be COPYed blindly.

    rows: the instants that are new or gained a value, with the values that were stored now, sorted by (machine,
    measured_at); message and row are those of the instant's first row in the batch. is_new: (rows,) bool, False where
    an existing row gained values: judging it again takes the whole row from history. duplicates: how many rows told
    nothing new. conflicts: how many values were refused because another one was there first.
    """

    rows: ReadingBatch
    is_new: BoolArray
    duplicates: int
    conflicts: int


@dataclass(frozen=True, slots=True)
class Folded:
    """Rows of one instant joined: its first value of each signal.

    rows: one row an instant. instant: (rows given,) position in `rows`. gave: (rows given, signals) bool, the values
    that came first.
    """

    rows: ReadingBatch
    instant: IndexArray
    gave: BoolArray


def merge_rest(conn: psycopg.Connection, rest: ReadingBatch, messages: Messages, catalogue: Catalogue) -> Merged:
    """Insert the instants of `rest` that are new and merge the others into what is there.

    `rest` is sorted by (machine, measured_at), rows of one instant in arrival order. The first value of a signal at an
    instant stays; an equal one is a duplicate, a different one is recorded in reading_conflict. Doing it again changes
    nothing. One index probe an instant; cost grows with rows, signals in the batch and days touched.
    """
    if not len(rest):
        return Merged(rows=rest, is_new=np.empty(0, np.bool_), duplicates=0, conflicts=0)
    folded = fold(rest)
    instants = folded.rows
    used = np.flatnonzero((~np.isnan(instants.values)).any(axis=0))
    with index_probes(conn):
        found, known = _look_up(conn, instants, rest.signals[used], catalogue)
    before = np.full((len(instants), len(used)), np.nan)
    before[found] = known
    offered = instants.values[:, used]
    after = np.where(np.isnan(before), offered, before)
    is_new = np.ones(len(instants), np.bool_)
    is_new[found] = False
    gained = ~is_new & (np.isnan(before) & ~np.isnan(offered)).any(axis=1)

    copy_fresh(conn, instants.take(is_new), catalogue)
    if gained.any():
        _fill(conn, instants.take(gained), used, catalogue)
    conflicts = _refuse(conn, rest, used, after[folded.instant], messages)
    told = (folded.gave[:, used] & np.isnan(before)[folded.instant]).any(axis=1)

    instants.values[:, used] = np.where(np.isnan(before), offered, np.nan)
    kept = is_new | gained
    return Merged(rows=instants.take(kept), is_new=is_new[kept], duplicates=int((~told).sum()), conflicts=conflicts)


def fold(rest: ReadingBatch) -> Folded:
    """Join the rows of each instant in arrival order; `rest` is sorted by (machine, measured_at), stably. Pure.

    O(rows x signals), with one numpy step for each further row of the instant that has most.
    """
    starts = np.ones(len(rest), np.bool_)
    starts[1:] = (np.diff(rest.machine) != 0) | (np.diff(rest.measured_at_us) != 0)
    first = np.flatnonzero(starts)
    instant = np.cumsum(starts) - 1
    gave = ~np.isnan(rest.values)
    rows = rest.take(first)
    rank = np.arange(len(rest)) - first[instant]
    for step in range(1, int(rank.max(initial=0)) + 1):
        later = np.flatnonzero(rank == step)
        into = instant[later]
        gave[later] &= np.isnan(rows.values[into])
        rows.values[into] = np.where(gave[later], rest.values[later], rows.values[into])
    return Folded(rows, instant, gave)


def _days(at_us: Int64Array) -> Iterator[tuple[IndexArray, list[object]]]:
    """Positions of each day's rows, and the day's bounds as [from, to) parameters in microseconds since 1970."""
    day = at_us // _DAY_US
    for number in np.unique(day):
        yield np.flatnonzero(day == number), [int(number) * 86_400, int(number + 1) * 86_400]


def _look_up(
    conn: psycopg.Connection, rows: ReadingBatch, signals: IndexArray, catalogue: Catalogue
) -> tuple[IndexArray, Float64Array]:
    """Which (machine, measured_at) are stored: ascending positions in `rows`, and their `signals`, NaN where NULL.

    LIMIT leaves the planner one way, from each key into the index; see index_probes.
    """
    names = [sql.Identifier(catalogue.signals[i].key) for i in signals]
    query = sql.SQL(
        """SELECT array_agg(k.n){values}
           FROM unnest(%s, %s, %s) AS k (machine_id, measured_at, n)
           CROSS JOIN LATERAL (
               SELECT machine_id{columns} FROM reading AS r
               WHERE r.machine_id = k.machine_id AND r.measured_at = k.measured_at
                 AND r.measured_at >= to_timestamp(%s) AND r.measured_at < to_timestamp(%s)
               LIMIT 1
           ) AS stored"""
    ).format(
        values=sql.SQL("").join(sql.SQL(", array_agg(coalesce({}, 'NaN'))").format(name) for name in names),
        columns=sql.SQL("").join(sql.SQL(", {}").format(name) for name in names),
    )
    types = ["i4", *("f4" if catalogue.is_float4[i] else "f8" for i in signals)]
    positions: list[IndexArray] = []
    values: list[Float64Array] = []
    for day, bounds in _days(rows.measured_at_us):
        keys = [int4s(rows.machine[day]), times(rows.measured_at_us[day]), int4s(day)]
        at, *columns = fetch_arrays(conn, query, [*keys, *bounds], types)
        positions.append(at.astype(np.intp))
        values.append(np.column_stack([np.empty((len(at), 0)), *columns]))
    found = np.concatenate(positions) if positions else np.empty(0, np.intp)
    order = np.argsort(found)
    return found[order], np.concatenate(values)[order] if values else np.empty((0, len(signals)))


def _fill(conn: psycopg.Connection, rows: ReadingBatch, used: IndexArray, catalogue: Catalogue) -> None:
    """Give the stored rows those values of `rows` which they lack (ON CONFLICT needs no plan for a join)."""
    used = used[(~np.isnan(rows.values[:, used])).any(axis=0)]
    signals = rows.signals[used]
    names = [sql.Identifier(catalogue.signals[i].key) for i in signals]
    statement = sql.SQL(
        """INSERT INTO reading (machine_id, measured_at, received_at, {columns})
           SELECT machine_id, measured_at, received_at, {values}
           FROM unnest(%s, %s, %s, {arrays}) AS offered (machine_id, measured_at, received_at, {columns})
           ON CONFLICT (machine_id, measured_at) DO UPDATE SET {changes}"""
    ).format(
        columns=sql.SQL(", ").join(names),
        values=sql.SQL(", ").join(sql.SQL("nullif({}, 'NaN')").format(name) for name in names),
        arrays=sql.SQL(", ").join(sql.Placeholder() * len(names)),
        changes=sql.SQL(", ").join(sql.SQL("{0} = coalesce(reading.{0}, excluded.{0})").format(name) for name in names),
    )
    keys = [int4s(rows.machine), times(rows.measured_at_us), times(rows.received_at_us)]
    values = [
        (float4s if catalogue.is_float4[signal] else float8s)(rows.values[:, column])
        for column, signal in zip(used, signals, strict=True)
    ]
    conn.execute(statement, [*keys, *values], prepare=False)


def _refuse(
    conn: psycopg.Connection, rest: ReadingBatch, used: IndexArray, kept: Float64Array, messages: Messages
) -> int:
    """Record the values of `rest` which differ from those their instant has, `kept` (rows, used); returns how many."""
    offered = rest.values[:, used]
    row, column = np.nonzero(~np.isnan(offered) & (offered != kept))
    if not len(row):
        return 0
    message = rest.message[row].tolist()
    conn.execute(
        """INSERT INTO reading_conflict
               (machine_id, measured_at, signal_id, kept, refused, terminal, boot, seq, received_at)
           SELECT * FROM unnest(%s, %s, %s, %s, %s, %s::text[], %s::text[], %s, %s) ON CONFLICT DO NOTHING""",
        [
            int4s(rest.machine[row]),
            times(rest.measured_at_us[row]),
            int2s(rest.signals[used][column]),
            float8s(kept[row, column]),
            float8s(offered[row, column]),
            [messages.terminal[m] for m in message],
            [messages.boot[m] for m in message],
            int8s([messages.seq[m] for m in message]),
            times(rest.received_at_us[row]),
        ],
    )
    return len(row)
