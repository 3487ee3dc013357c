"""What an API process reads for its index of the fleet: everything once, then what has changed since a snapshot.

It is the process's own reading, of all tenants: who sees what of it is said by storage/fleet_reach.py, and again by
row-level security when what a page shows is read.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, LiteralString, NamedTuple
from uuid import UUID

import numpy as np
import numpy.typing as npt
from psycopg import AsyncCursor

from fleet.batch import Int64Array
from storage.binary import fetch_columns, int4s, unpack
from storage.machine_filter import MachineFilter
from storage.read_pool import Connection

Int32Array = npt.NDArray[np.int32]
PORTION = 20_000  # machines read in one go


@dataclass(frozen=True, slots=True)
class States:
    """What is kept of last states, (machines,) each; times in microseconds since 2000, the lowest int64 for none.

    `known_us`: when the machine was known last, exact to the minute of `minute_us`, in which it was measured; `online`
    1, 0, or -1 where that is not known.
    """

    machines: Int32Array
    known_us: Int64Array
    minute_us: Int64Array
    online: npt.NDArray[np.int16]


class MachineWords(NamedTuple):
    """What lists filter and sort a machine by; `site` 0: none, `model` 0: none."""

    machine_id: int
    public_id: UUID
    name: str
    pin: str
    words: str
    model: int
    site: int
    mode: str


@dataclass(frozen=True, slots=True)
class Periods:
    """Who sees what of which machine when, (periods,) each; times in microseconds since 2000, infinite at the ends.

    `classes`: bits of storage/fleet_reach.py.
    """

    machines: Int32Array
    organisations: Int32Array
    classes: npt.NDArray[np.int16]
    from_us: Int64Array
    to_us: Int64Array


@dataclass(frozen=True, slots=True)
class OpenAlarms:
    """Alarms that are open, (alarms,) each."""

    machines: Int32Array
    weights: Int32Array
    raised_us: Int64Array


@dataclass(frozen=True, slots=True)
class Rows:
    """Everything but the states of the machines `wanted`; who is not in `words` is no more."""

    wanted: Int32Array
    words: Sequence[MachineWords]
    periods: Periods
    alarms: OpenAlarms


@dataclass(frozen=True, slots=True)
class Changes:
    """What has changed up to a snapshot of a server, which current_stand() describes."""

    upto: str
    server: str | None
    models: bool
    machines: Int32Array
    states: States

    @property
    def is_empty(self) -> bool:
        """True when all is as it was."""
        return not (self.models or len(self.machines) or len(self.states.machines))


# Where snapshots may be compared: on one server, since its start and since a crash of it (its statistics begin anew
# then), in which transactions that were not on disk are lost and their numbers used again; on one timeline, and in one
# database whose notes are the same table. NULL on a standby: its snapshots do not name the transactions that run.
_SERVER: LiteralString = """CASE WHEN NOT pg_is_in_recovery() THEN concat_ws(' ',
    (SELECT system_identifier FROM pg_control_system()), extract(epoch FROM pg_postmaster_start_time()),
    (SELECT extract(epoch FROM stats_reset) FROM pg_stat_bgwriter), left(pg_walfile_name(pg_current_wal_lsn()), 8),
    (SELECT oid FROM pg_database WHERE datname = current_database()), 'fleet_change'::regclass::oid) END"""
CHANGES: LiteralString = (
    "SELECT upto, models, machines, states, known_at, measured_minute, online, "  # noqa: S608 - two literals
    + _SERVER
    + " FROM fleet_changes(%s::text::pg_snapshot)"
)
STAND: LiteralString = "SELECT pg_current_snapshot()::text, " + _SERVER


def goes_back(one: str, other: str) -> bool:
    """Whether a snapshot was taken before another, which is one server's later one: it was put back to what it was."""
    return _read(one)[1] < _read(other)[1]


def covers(one: str, other: str) -> bool:
    """Whether a snapshot (pg_snapshot as text, `xmin:xmax:xip,...`) shows every transaction that the other one shows.

    What the first does not show is what it counts as running and all from its xmax on.
    """
    _, xmax, running = _read(one)
    _, other_xmax, other_running = _read(other)
    return xmax >= other_xmax and all(xid >= other_xmax or xid in other_running for xid in running)


def _read(snapshot: str) -> tuple[int, int, frozenset[int]]:
    xmin, xmax, running = snapshot.split(":")
    return int(xmin), int(xmax), frozenset(map(int, filter(None, running.split(","))))


async def ask_changes(conn: Connection, since: str) -> AsyncCursor[Any]:
    """Ask what has changed since a snapshot; in a pipeline, the answer is changes_of() after it."""
    cursor = conn.cursor(binary=True)
    await cursor.execute(CHANGES, [since])
    return cursor


def changes_of(asked: AsyncCursor[Any]) -> Changes:
    """The answer to ask_changes()."""
    found = asked.pgresult
    assert found is not None
    upto, models, machines, *states, server = (found.get_value(0, column) for column in range(8))
    assert upto is not None
    columns = (unpack(cell, kind) for cell, kind in zip(states, ("i4", "i8", "i8", "i2"), strict=True))
    return Changes(
        upto=upto.decode(),
        server=None if server is None else server.decode(),
        models=models == b"\x01",
        machines=unpack(machines, "i4"),
        states=States(*columns),
    )


MACHINES: LiteralString = "SELECT * FROM fleet_machines(%(machines)s)"
PERIODS: LiteralString = "SELECT * FROM fleet_periods(%(machines)s)"
ALARMS: LiteralString = "SELECT * FROM fleet_open_alarms(%(machines)s)"


async def read_rows(conn: Connection, machines: Int32Array) -> Rows:
    """What there is of these machines now."""
    given = {"machines": int4s(machines)}
    async with conn.cursor(binary=True) as cursor:
        words = await (await cursor.execute(MACHINES, given)).fetchall()
    periods = await fetch_columns(conn, PERIODS, given, ("i4", "i4", "i2", "i8", "i8"))
    alarms = await fetch_columns(conn, ALARMS, given, ("i4", "i4", "i8"))
    return Rows(machines, list(map(MachineWords._make, words)), Periods(*periods), OpenAlarms(*alarms))


class ModelRow(NamedTuple):
    """A model's number, public id and kind."""

    model_id: int
    public_id: UUID
    kind: str


MODELS: LiteralString = "SELECT model_id, public_id, kind FROM machine_model"


async def read_models(conn: Connection) -> list[ModelRow]:
    """All models."""
    return list(map(ModelRow._make, await (await conn.execute(MODELS)).fetchall()))


IS_BYTEWISE: LiteralString = """
SELECT coalesce(datlocprovider = 'c' AND datcollate IN ('C', 'POSIX') OR datlocprovider = 'b', FALSE)
FROM pg_database WHERE datname = current_database()
"""
HIGHEST: LiteralString = "SELECT coalesce(max(machine_id), 0) FROM machine"
EVERY_MACHINE: LiteralString = "SELECT array_agg(machine_id) FROM machine"
EVERY_STATE: LiteralString = """
SELECT array_agg(machine_id), array_agg(coalesce(measured_at, received_at)),
    array_agg(coalesce(measured_minute, '-infinity')),
    array_agg(CASE WHEN online THEN 1 WHEN NOT online THEN 0 ELSE -1 END::smallint)
FROM machine_state
"""


async def is_bytewise(conn: Connection) -> bool:
    """True when the database sorts texts by their bytes."""
    return bool((await (await conn.execute(IS_BYTEWISE)).fetchall())[0][0])


async def current_stand(conn: Connection) -> tuple[str, str | None]:
    """Which transactions are seen now, and by which server since when; None for a server that is a standby."""
    row = await (await conn.execute(STAND)).fetchone()
    assert row is not None
    return str(row[0]), row[1]


async def highest_machine(conn: Connection) -> int:
    """The highest number of a machine, 0 without any, in the platform's scope."""
    row = await (await conn.execute(HIGHEST)).fetchone()
    assert row is not None
    return int(row[0])


async def list_every_machine(conn: Connection) -> Int32Array:
    """All machines, in the platform's scope."""
    (machines,) = await fetch_columns(conn, EVERY_MACHINE, [], ("i4",))
    return machines


async def read_every_state(conn: Connection) -> States:
    """All states, in the platform's scope."""
    return States(*await fetch_columns(conn, EVERY_STATE, [], ("i4", "i8", "i8", "i2")))


NAMED: LiteralString = """
SELECT (SELECT site_id FROM site WHERE public_id = %(site)s), ARRAY(
    WITH RECURSIVE below AS (
        SELECT organisation_id FROM organisation WHERE public_id = %(organisation)s
        UNION SELECT o.organisation_id FROM organisation o JOIN below b ON o.parent_id = b.organisation_id
    ) SELECT organisation_id FROM below)
"""


@dataclass(frozen=True, slots=True)
class Named:
    """What a filter names, as far as the tenant sees it: its site, 0 for none, and an organisation with those below."""

    site: int = 0
    organisations: tuple[int, ...] = ()


async def find_named(conn: Connection, wanted: MachineFilter) -> Named:
    """The site and the organisations that a filter names."""
    if wanted.site is None and wanted.organisation is None:
        return Named()
    given = {"site": wanted.site, "organisation": wanted.organisation}
    row = await (await conn.execute(NAMED, given)).fetchone()
    assert row is not None
    return Named(row[0] or 0, tuple(row[1]))
