"""Machines: pages of the list, one with its terminals and attributes, and the light list of the whole fleet."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any, LiteralString, NamedTuple
from uuid import UUID

import numpy as np
from psycopg import AsyncCursor, sql
from psycopg.rows import class_row

from storage.binary import EPOCH_2000_US, int4s, times
from storage.coordinates import OF_MACHINES, Shifted, shifted_of
from storage.fleet_changes import Changes, ask_changes, changes_of
from storage.machine_pages import Place
from storage.read_pool import Connection
from storage.sight import Period

EVER = datetime(1900, 1, 1, tzinfo=UTC)  # what join_seen says for a period without a beginning


class MachineRow(NamedTuple):
    """One machine with its model, owner, last state and open alarms, as a list shows it.

    `values` and `at_us` are parallel to the signals that were asked for, None where never reported; `shifted_*` are
    parallel to each other.
    """

    machine_id: int
    public_id: str
    pin: str
    serial_no: str | None
    equipment_id: str | None
    name: str
    kind: str
    model: str | None
    maker: str | None
    site: str | None
    organisation: str | None
    mode: str
    online: bool | None
    work_state: str | None
    measured_at: datetime | None
    received_at: datetime | None
    open_alarms: int
    severity: str | None
    values: list[float | None]
    at_us: list[int | None]
    shifted_from_us: list[int | None] | None
    shifted_to_us: list[int | None] | None
    shifted_system: list[str] | None

    @property
    def shifts(self) -> list[Shifted]:
        """When its places were not stated in WGS 84."""
        return shifted_of(self.shifted_from_us, self.shifted_to_us, self.shifted_system)


class MachineMore(NamedTuple):
    """What is told of one machine beside its row."""

    time_zone: str | None
    nominal_voltage_v: int | None
    registered_at: datetime
    version: int
    updated_at: datetime
    site_id: UUID | None
    model_id: UUID | None
    organisation_id: UUID | None


_ROW: LiteralString = """
SELECT m.machine_id, m.public_id::text, m.pin, m.serial_no, m.equipment_id, m.name, coalesce(mm.kind, 'other'),
    mm.name, mm.maker, t.name, o.name, m.mode, s.online, s.work_state, s.measured_at, s.received_at,
    a.open_alarms, (ARRAY['info', 'low', 'medium', 'high', 'critical'])[a.weight],
    ARRAY[{values}]::float8[], ARRAY[{times}]::int8[],
    shifted.shifted_from_us, shifted.shifted_to_us, shifted.shifted_system
"""
_MORE: LiteralString = """,
    t.time_zone, coalesce(m.nominal_voltage_v, mm.nominal_voltage_v), m.registered_at, m.version, m.updated_at,
    t.public_id, mm.public_id, o.public_id
"""
_OF: LiteralString = (
    """
FROM unnest(%(machines)s::int[], %(seen_from)s::timestamptz[], %(alarms_from)s::timestamptz[]) WITH ORDINALITY
    AS page (machine_id, seen_from, alarms_from, line)
JOIN machine m USING (machine_id)
LEFT JOIN machine_model mm USING (model_id)
LEFT JOIN site t USING (site_id)
LEFT JOIN ownership w ON w.machine_id = ANY (ARRAY[m.machine_id]) -- by the B-tree: the other index knows no ANY
    AND w.from_at <= %(now)s AND %(now)s < w.to_at
LEFT JOIN organisation o ON o.organisation_id = w.organisation_id
LEFT JOIN machine_state s
    ON s.machine_id = m.machine_id AND coalesce(s.measured_at, s.received_at) >= page.seen_from
CROSS JOIN LATERAL (
    SELECT count(*)::int AS open_alarms, max(l.severity_weight) AS weight
    FROM alarm l WHERE l.machine_id = m.machine_id AND l.state = 'active' AND l.raised_at >= page.alarms_from
) a
"""  # noqa: S608 - literals of two files
    + OF_MACHINES
    + " ORDER BY page.line"
)
_NEVER_US = np.iinfo(np.int64).max - EPOCH_2000_US  # no alarm is raised so late


@lru_cache(maxsize=100)
def _statement(signals: int, *, more: bool) -> bytes:
    """The statement that gives the last values of so many signals: of some thirty the few that are shown."""
    place = "array_position(s.signal_ids, {}::int2)"
    named: list[sql.Composable] = [sql.SQL(place).format(sql.Placeholder(f"signal_{n}")) for n in range(signals)]
    values = sql.SQL(", ").join([sql.SQL("s.signal_values[{}]").format(one) for one in named])
    times_of = sql.SQL(", ").join([sql.SQL("s.signal_at_us[{}]").format(one) for one in named])
    row = sql.SQL(_ROW).format(values=values, times=times_of)
    return (row + sql.SQL((_MORE if more else "") + _OF)).as_bytes()


async def list_details(
    conn: Connection, places: Sequence[Place], *, signals: Sequence[int], now: datetime
) -> list[MachineRow]:
    """What there is to show of machines whose visibility was checked when their places were found, in that order, with
    the last values of these signal ids."""
    cursor = await _ask(conn, places, signals, now)
    return list(map(MachineRow._make, await cursor.fetchall()))


async def list_details_with_changes(
    conn: Connection, places: Sequence[Place], *, signals: Sequence[int], now: datetime, since: str
) -> tuple[list[MachineRow], Changes]:
    """The same, and what has changed for lists since a snapshot, looked at before: one round trip."""
    async with conn.pipeline():
        changes = await ask_changes(conn, since)
        details = await _ask(conn, places, signals, now)
    return list(map(MachineRow._make, await details.fetchall())), changes_of(changes)


async def _ask(conn: Connection, places: Sequence[Place], signals: Sequence[int], now: datetime) -> AsyncCursor[Any]:
    cursor = conn.cursor(binary=True)
    return await cursor.execute(_statement(len(signals), more=False), _given(places, signals, now))


async def find_detail(
    conn: Connection, place: Place, *, signals: Sequence[int], now: datetime
) -> tuple[MachineRow, MachineMore] | None:
    """The same of one machine, and more."""
    async with conn.cursor(binary=True) as cursor:
        given = _given([place], signals, now)
        row = await (await cursor.execute(_statement(len(signals), more=True), given)).fetchone()
    if row is None:
        return None
    listed = len(MachineRow._fields)
    return MachineRow._make(row[:listed]), MachineMore._make(row[listed:])


def _given(places: Sequence[Place], signals: Sequence[int], now: datetime) -> dict[str, Any]:
    alarms_from = [_NEVER_US if p.alarms_from is None else _us(p.alarms_from) for p in places]
    return {
        "machines": int4s([p.machine_id for p in places]),
        "seen_from": times([_us(p.seen_from) for p in places]),
        "alarms_from": times(alarms_from),
        "now": now,
    } | {f"signal_{n}": signal for n, signal in enumerate(signals)}


_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@lru_cache(maxsize=10_000)  # most lines of a page are seen since the same time
def _us(at: datetime) -> int:
    return (at - _EPOCH) // timedelta(microseconds=1)


OPTIONS: LiteralString = """
SELECT o.code FROM machine_option mo JOIN model_option o USING (option_id) WHERE mo.machine_id = %s ORDER BY o.code
"""


async def list_options(conn: Connection, machine_id: int) -> list[str]:
    """The codes of the machine's factory options, whose visibility the caller has checked."""
    return [code for (code,) in await (await conn.execute(OPTIONS, [machine_id])).fetchall()]


@dataclass(frozen=True, slots=True, kw_only=True)
class InstallationRow:
    """A terminal's time on a machine; None is open-ended."""

    terminal: str
    from_at: datetime | None
    to_at: datetime | None


INSTALLATIONS: LiteralString = """
SELECT t.name AS terminal, nullif(i.from_at, '-infinity') AS from_at, nullif(i.to_at, 'infinity') AS to_at
FROM installation i JOIN terminal t USING (terminal_id)
WHERE i.machine_id = %(machine)s AND EXISTS (
    SELECT FROM unnest(%(from)s::timestamptz[], %(to)s::timestamptz[]) p (from_at, to_at)
    WHERE tstzrange(p.from_at, p.to_at) && tstzrange(i.from_at, i.to_at)
)
ORDER BY i.from_at DESC LIMIT 100
"""


async def list_installations(conn: Connection, machine_id: int, periods: Sequence[Period]) -> list[InstallationRow]:
    """The terminals that were on the machine during these periods, the latest first, at most 100."""
    parameters = {"machine": machine_id} | period_arrays(periods)
    async with conn.cursor(row_factory=class_row(InstallationRow)) as cursor:
        return await (await cursor.execute(INSTALLATIONS, parameters)).fetchall()


def period_arrays(periods: Sequence[Period]) -> dict[str, list[datetime | None]]:
    """Parameters `from` and `to` for unnest(); NULL is an open end of a tstzrange."""
    return {"from": [p.from_at for p in periods], "to": [p.to_at for p in periods]}


ATTRIBUTES: LiteralString = """
SELECT key, value FROM machine_attribute WHERE machine_id = %(machine)s AND EXISTS (
    SELECT FROM unnest(%(from)s::timestamptz[], %(to)s::timestamptz[]) p (from_at, to_at)
    WHERE tstzrange(p.from_at, p.to_at) @> at
) ORDER BY key LIMIT 500
"""


async def list_attributes(conn: Connection, machine_id: int, periods: Sequence[Period]) -> dict[str, str]:
    """The text attributes that the machine reported during these periods."""
    found = await conn.execute(ATTRIBUTES, {"machine": machine_id} | period_arrays(periods))
    return dict(await found.fetchall())
