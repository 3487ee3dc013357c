"""Every machine of a scope at once, as columns: what each signal last said, and what the map shows. No row is touched
one by one: the database answers one row of arrays."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, LiteralString

import numpy as np
import numpy.typing as npt
from psycopg import sql

from fleet.batch import Float64Array, Int64Array
from storage.binary import EPOCH_2000_US, int4s, unpack
from storage.machine_filter import MachineFilter, parameters_of
from storage.machine_pages import MachineSort, descends, find_candidates, where
from storage.read_pool import Connection
from storage.sight import Scope, join_seen

FLEET_CAP = 200_000
NEVER_US = np.iinfo(np.int64).min  # where a time is not known, or a class of data is not seen
WORK_STATES = ("working", "travelling", "idle", "off")
SEVERITIES = ("info", "low", "medium", "high", "critical")


@dataclass(frozen=True, slots=True, kw_only=True)
class FleetColumns:
    """Parallel columns, (machines,) each; times in microseconds UTC, NEVER_US for none.

    names: all in UTF-8, one after the other, and the length of each in bytes. kind: model_id, 0 for none. online: 1, 0,
    -1 for unknown. work_state: index in WORK_STATES, -1 for unknown. severity: index in SEVERITIES, -1 without an open
    alarm. values and at_us: (machines, signals) as stored, NaN where never reported; who may see them is said by
    `since_us`, by class: since when (microseconds); the machine's state before `since_us` is left out by the caller.
    machine_ids: empty unless asked for.
    """

    ids: npt.NDArray[np.uint8]  # (machines, 16)
    names: bytes
    name_lengths: npt.NDArray[np.int32]
    model: npt.NDArray[np.int32]
    online: npt.NDArray[np.int8]
    work_state: npt.NDArray[np.int16]
    measured_us: Int64Array
    severity: npt.NDArray[np.int16]
    open_alarms: npt.NDArray[np.int32]
    values: Float64Array
    at_us: Int64Array
    since_us: Mapping[str, Int64Array]
    kinds: Mapping[int, str]  # by model_id
    truncated: bool
    machine_ids: npt.NDArray[np.int32]

    def __len__(self) -> int:
        return len(self.model)


_SINCE = ("readings", "position", "hours")
# An array costs 17 ms for 100,000 machines, so what is small shares one: model, bytes of the name (an index keeps it
# below 2^12), open alarms, severity, work state, online, and whether that is not known.
_MODEL, _NAME, _ALARMS, _SEVERITY, _WORK, _ONLINE = 40, 20, 8, 5, 2, 1
_MOST_ALARMS = 4095
_PACKED: LiteralString = """
    m.model_key * 1099511627776 + octet_length(m.name) * 1048576::bigint + coalesce(a.packed, 0)
    + CASE WHEN s.known_at >= v.readings_from THEN coalesce(s.work, 0) * 4 ELSE 0 END
    + CASE WHEN s.online THEN 2 WHEN s.online IS NULL THEN 1 ELSE 0 END
"""
# Who sees all has the alarms summed up in one go; for a tenant those of each machine are looked up, however wrong the
# planner is about how many machines that will be.
_OPEN_OF_ALL: LiteralString = """LEFT JOIN (
    SELECT l.machine_id, max(l.severity_weight) AS weight,
        least(count(*), 4095) * 256 + max(l.severity_weight) * 32 AS packed
    FROM alarm l WHERE l.state = 'active' GROUP BY l.machine_id OFFSET 0
) a ON a.machine_id = m.machine_id"""
_OPEN_OF_EACH: LiteralString = """LEFT JOIN LATERAL (
    SELECT max(l.severity_weight) AS weight, least(count(*), 4095) * 256 + max(l.severity_weight) * 32 AS packed
    FROM alarm l WHERE l.machine_id = m.machine_id AND l.state = 'active' AND l.raised_at >= v.alarms_from
) a ON TRUE"""
_FLEET: LiteralString = """
SELECT string_agg(uuid_send(q.public_id), ''), convert_to(string_agg(q.name, ''), 'UTF8'), {columns}
FROM (
    SELECT m.public_id, m.name, {packed} AS packed, coalesce(s.measured_at, '-infinity') AS measured_at {shown}
    FROM machine m {seen}
    LEFT JOIN {lateral} (
        -- narrow before the join: what is not asked for is not carried along
        SELECT x.machine_id, x.online, x.measured_at, coalesce(x.measured_at, x.received_at) AS known_at,
            array_position('{{working,travelling,idle,off}}'::text[], x.work_state) AS work {values}
        FROM (SELECT * {places} FROM machine_state y WHERE {own} OFFSET 0) x OFFSET 0
    ) s ON s.machine_id = m.machine_id AND s.known_at >= v.seen_from
    {alarms}
    WHERE {conditions} {ordered} LIMIT %(limit)s
) q
"""
_BEHIND: LiteralString = """CASE WHEN x.signal_ids[x.{before} + 1] = {id} THEN x.{before} + 1
    ELSE array_position(x.signal_ids, {id}::int2) END"""
_ORDERS: Mapping[str, LiteralString] = {
    "name": "m.name",
    "pin": "m.pin",
    "kind": "coalesce((SELECT k.kind FROM machine_model k WHERE k.model_id = m.model_id), 'other')",
    "measured_at": "date_trunc('minute', s.measured_at)",
    "severity": "a.weight",
}
# All rows of the tables are wanted: read from front to back and hashed, in memory. The cost of walking along an index
# that pages are found by, and row-level security's guesses, would hide that from the planner.
SCANNED: LiteralString = """
SELECT set_config('random_page_cost', '4', true), set_config('enable_mergejoin', 'off', true),
    set_config('work_mem', '32MB', true)
"""
KINDS: LiteralString = "SELECT model_id, kind FROM machine_model"


async def list_fleet(
    conn: Connection,
    scope: Scope,
    wanted: MachineFilter,
    *,
    signals: Sequence[int],
    with_times: bool,
    with_machines: bool,
    now: datetime,
    at_most: int = FLEET_CAP,
    sort: MachineSort | None = None,
) -> FleetColumns:
    """The machines that the scope sees now and that the filter leaves, with the last values of these signal ids.

    Without `sort` in any order; with it, those that have nothing to sort by come last. Without `with_times`, at_us may
    hold any time where there is a value that is seen; without `with_machines`, machine_ids is empty.
    """
    candidates = await find_candidates(conn, scope, wanted, now=now)
    given = parameters_of(wanted, now=now) | scope.parameters
    parameters: dict[str, Any] = given | {
        "candidates": None if candidates is None else int4s(candidates),
        "limit": at_most + 1,
    }
    if scope.sees_all:
        await conn.execute(SCANNED)
    layout = _layout(scope, len(signals), with_times=with_times, with_machines=with_machines)
    async with conn.cursor(binary=True) as cursor:
        statement = _statement(scope, wanted, signals, candidates, layout, sort=sort)
        await cursor.execute(statement, parameters, prepare=False)
        assert cursor.pgresult is not None
        cells = [cursor.pgresult.get_value(0, n) for n in range(2 + len(layout))]
    kinds = dict(await (await conn.execute(KINDS)).fetchall())
    arrays = {name: unpack(cell, kind) for (name, kind), cell in zip(layout.items(), cells[2:], strict=True)}
    return _columns(cells[0] or b"", cells[1] or b"", arrays, len(signals), (kinds, at_most))


def _layout(scope: Scope, signals: int, *, with_times: bool, with_machines: bool) -> dict[str, str]:
    """The arrays of the answer and their elements' types. Who sees all needs no time to know what it may see."""
    values = {f"value_{n}": "f8" for n in range(signals)}
    times = {f"at_{n}": "i8" for n in range(signals) if with_times or not scope.sees_all}
    since = {} if scope.sees_all else dict.fromkeys(_SINCE, "i8")
    machines = {"machine_id": "i4"} if with_machines else {}
    return {"packed": "i8", "measured_at": "i8", **values, **times, **since, **machines}


def _statement(
    scope: Scope,
    wanted: MachineFilter,
    signals: Sequence[int],
    candidates: npt.NDArray[np.int32] | None,
    layout: Mapping[str, str],
    *,
    sort: MachineSort | None,
) -> sql.Composed:
    places, values, shown, found = sql.Composed([]), sql.Composed([]), sql.Composed([]), set[int]()
    for number, signal_id in enumerate(signals):
        names = {name: sql.Identifier(f"{name}_{number}") for name in ("place", "value", "at")}
        follows = number - 1 in found and signal_id == signals[number - 1] + 1  # mostly it lies right behind it then
        at_place = sql.SQL(_BEHIND if follows else "x.{place}").format(
            id=sql.Literal(signal_id), before=sql.Identifier(f"place_{number - 1}"), **names
        )
        if not follows:
            here = sql.SQL(", array_position(signal_ids, {}::int2) AS {place}")
            places += here.format(sql.Literal(signal_id), **names)
            found.add(number)
        values += sql.SQL(", x.signal_values[{at_place}] AS {value}").format(at_place=at_place, **names)
        shown += sql.SQL(", coalesce(s.{value}, 'NaN') AS {value}").format(**names)
        if f"at_{number}" in layout:
            values += sql.SQL(", x.signal_at_us[{at_place}] AS {at}").format(at_place=at_place, **names)
            shown += sql.SQL(", coalesce(s.{at}, {never}::bigint) AS {at}").format(never=str(NEVER_US), **names)
    if "machine_id" in layout:
        shown += sql.SQL(", m.machine_id")
    for name in (n for n in _SINCE if n in layout):
        column = {"from": sql.Identifier(f"{name}_from"), "name": sql.Identifier(name)}
        shown += sql.SQL(", coalesce(v.{from}, 'infinity') AS {name}").format(**column)
    return sql.SQL(_FLEET).format(
        seen=join_seen(scope),
        columns=sql.SQL(", ").join([sql.SQL("array_agg(q.{})").format(sql.Identifier(name)) for name in layout]),
        packed=sql.SQL(_PACKED),
        alarms=sql.SQL(_OPEN_OF_ALL if scope.sees_all else _OPEN_OF_EACH),
        lateral=sql.SQL("" if scope.sees_all else "LATERAL"),  # one scan of all states, or a probe of each
        own=sql.SQL("TRUE" if scope.sees_all else "y.machine_id = m.machine_id"),
        places=places,
        values=values,
        shown=shown,
        conditions=where(wanted, candidates),
        ordered=_ordered(sort),
    )


def _ordered(sort: MachineSort | None) -> sql.Composable:
    if sort is None:
        return sql.SQL("")
    key, direction = sql.SQL(_ORDERS[sort.removeprefix("-")]), sql.SQL("DESC" if descends(sort) else "ASC")
    return sql.SQL("ORDER BY {} {direction} NULLS LAST, m.machine_id {direction}").format(key, direction=direction)


def _columns(
    ids: bytes, names: bytes, arrays: Mapping[str, npt.NDArray[Any]], signals: int, rest: tuple[Mapping[int, str], int]
) -> FleetColumns:
    kinds, at_most = rest
    count = min(len(arrays["packed"]), at_most)
    cut = {name: values[:count] for name, values in arrays.items()}
    packed = cut["packed"]
    always = np.full(count, NEVER_US)
    values = [cut[f"value_{n}"] for n in range(signals)]
    # what is seen in any case and not asked for: any time that is one
    at_us = [cut.get(f"at_{n}", np.where(np.isnan(values[n]), NEVER_US, 0)) for n in range(signals)]
    return FleetColumns(
        ids=np.frombuffer(ids, np.uint8).reshape(-1, 16)[:count],
        names=names,
        name_lengths=(packed >> _NAME & 0xFFFFF).astype(np.int32),
        model=(packed >> _MODEL).astype(np.int32),
        online=((packed >> _ONLINE & 1) - (packed & 1)).astype(np.int8),
        work_state=(packed >> _WORK & 7).astype(np.int16) - 1,
        measured_us=since_1970(cut["measured_at"]),
        severity=(packed >> _SEVERITY & 7).astype(np.int16) - 1,
        open_alarms=(packed >> _ALARMS & _MOST_ALARMS).astype(np.int32),
        values=np.column_stack(values) if signals else np.empty((count, 0)),
        at_us=np.column_stack(at_us) if signals else np.empty((count, 0), np.int64),
        since_us={name: since_1970(cut[name]) if name in cut else always for name in _SINCE},
        kinds=kinds,
        truncated=len(arrays["packed"]) > at_most,
        machine_ids=cut.get("machine_id", np.empty(0, np.int32)),
    )


def since_1970(us_2000: Int64Array) -> Int64Array:
    """Microseconds since 2000 as microseconds since 1970; infinities stay the ends of int64."""
    ends = (us_2000 == NEVER_US) | (us_2000 == np.iinfo(np.int64).max)
    return np.where(ends, us_2000, us_2000 + EPOCH_2000_US)
