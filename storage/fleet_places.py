"""Every machine's last place for who sees all: last states are read from front to back, and what does not change with
them comes from the process's index of the fleet."""

from collections.abc import Sequence
from functools import lru_cache
from typing import Any, LiteralString

import numpy as np
import numpy.typing as npt
from psycopg import sql

from fleet.batch import Float64Array
from storage.binary import unpack
from storage.fleet_changes import Changes, ask_changes, changes_of
from storage.fleet_columns import NEVER_US, FleetColumns, since_1970
from storage.fleet_index import FleetIndex
from storage.read_pool import Connection

# An array costs 17 ms for 100,000 machines, so what is small shares one: the machine, work state, online, and whether
# that is not known.
_MACHINE, _WORK, _ONLINE = 8, 2, 1
_STATES: LiteralString = """
SELECT array_agg(x.packed), array_agg(x.measured_at), {columns}
FROM (
    SELECT y.machine_id * 256::bigint
            + coalesce(array_position('{{working,travelling,idle,off}}'::text[], y.work_state), 0) * 4
            + CASE WHEN y.online THEN 2 WHEN y.online IS NULL THEN 1 ELSE 0 END AS packed,
        coalesce(y.measured_at, '-infinity') AS measured_at, {values}
    FROM (SELECT * {places} FROM machine_state OFFSET 0) y
) x
"""


async def list_places(
    conn: Connection, index: FleetIndex, signals: Sequence[int], *, at_most: int
) -> FleetColumns | None:
    """All machines as storage/fleet_columns.py lists them for who sees all, in the order of their numbers, without the
    signals' times: any time where there is a value. One round trip, in which the index is brought up to date.

    None where the index cannot tell, or there are more than `at_most` machines.
    """
    if index.upto is None or len(index.alive) > at_most:
        return None
    since = index.upto
    async with conn.pipeline():
        changes = await ask_changes(conn, since)
        states = conn.cursor(binary=True)
        await states.execute(_statement(tuple(signals)))
    assert states.pgresult is not None
    cells = [states.pgresult.get_value(0, n) for n in range(2 + len(signals))]
    found: Changes = changes_of(changes)
    await index.follow(conn, found, since=since)
    if not index.is_loaded:
        return None
    arrays = [unpack(cell, kind) for cell, kind in zip(cells, ["i8", "i8"] + ["f8"] * len(signals), strict=True)]
    return _columns(index, *arrays)


@lru_cache(maxsize=10)
def _statement(signals: tuple[int, ...]) -> bytes:
    ids = [sql.Literal(one) for one in signals]
    names = [sql.Identifier(f"value_{number}") for number in range(len(signals))]
    spots = [sql.Identifier(f"place_{number}") for number in range(len(signals))]
    values, places = sql.SQL(", "), sql.Composed([])
    shown = []
    for number, (one, name, spot) in enumerate(zip(ids, names, spots, strict=True)):
        behind = number and signals[number] == signals[number - 1] + 1  # mostly it lies right behind it then
        if behind:
            at = sql.SQL(
                "CASE WHEN y.signal_ids[y.{before} + 1] = {one} THEN y.{before} + 1 "
                "ELSE array_position(y.signal_ids, {one}::int2) END"
            ).format(before=spots[number - 1], one=one)
        else:
            places += sql.SQL(", array_position(signal_ids, {}::int2) AS {}").format(one, spot)
            at = sql.SQL("y.{}").format(spot)
        shown.append(sql.SQL("coalesce(y.signal_values[{}], 'NaN') AS {}").format(at, name))
    return (
        sql.SQL(_STATES)
        .format(
            columns=values.join([sql.SQL("array_agg(x.{})").format(name) for name in names]),
            values=values.join(shown),
            places=places,
        )
        .as_bytes()
    )


def _columns(
    index: FleetIndex, packed: npt.NDArray[np.int64], measured_us: npt.NDArray[np.int64], *values: Float64Array
) -> FleetColumns:
    listed = index.listed
    count = len(index.alive)
    told = packed[packed >> _MACHINE < count]  # of machines that are newer than the index nothing is said
    where = told >> _MACHINE
    kept = slice(None) if len(told) == len(packed) else packed >> _MACHINE < count

    def by_number(column: npt.NDArray[Any], empty: float, kind: type[np.generic]) -> npt.NDArray[Any]:
        found = np.full(count, empty, kind)
        found[where] = column
        return found[listed.machines]

    matrix = np.column_stack([by_number(column[kept], np.nan, np.float64) for column in values])
    return FleetColumns(
        ids=listed.ids,
        names=listed.names,
        name_lengths=listed.name_lengths,
        model=index.model[listed.machines],
        online=by_number((told >> _ONLINE & 1) - (told & 1), -1, np.int8),
        work_state=by_number((told >> _WORK & 7) - 1, -1, np.int16),
        measured_us=since_1970(by_number(measured_us[kept], NEVER_US, np.int64)),
        severity=index.worst[listed.machines].astype(np.int16) - 1,
        open_alarms=np.bincount(index.alarms.machines, minlength=count)[listed.machines].astype(np.int32),
        values=matrix,
        at_us=np.where(np.isnan(matrix), NEVER_US, 0),
        since_us=dict.fromkeys(("readings", "position", "hours"), np.full(len(listed.machines), NEVER_US)),
        kinds={model: index.kinds[kind] for model, kind in enumerate(index.kind_of_model.tolist()) if model},
        truncated=False,
        machine_ids=listed.machines,
    )
