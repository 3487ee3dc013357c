"""Machines: pages of the list, one with its terminals and attributes, and the light list of the whole fleet."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, LiteralString
from uuid import UUID

from psycopg import sql
from psycopg.rows import class_row

from storage.read_scope import Connection, Period, Scope, join_seen

MachineSort = Literal["name", "-name", "pin", "-pin", "kind", "-kind", "measured_at", "-measured_at", "severity"]
FLEET_CAP = 50_000


@dataclass(frozen=True, slots=True, kw_only=True)
class MachineFilter:
    """Which machines a list holds; None is no condition."""

    q: str | None = None
    kind: str | None = None
    online: bool | None = None
    has_open_alarm: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class MachineRow:
    """One machine with its model, owner, last state and open alarms; `signal_*` are parallel."""

    machine_id: int
    public_id: UUID
    pin: str
    serial_no: str | None
    equipment_id: str | None
    name: str
    kind: str
    model: str | None
    maker: str | None
    site: str | None
    time_zone: str | None
    organisation: str | None
    mode: str
    nominal_voltage_v: int | None
    registered_at: datetime
    online: bool
    work_state: str | None
    measured_at: datetime | None
    received_at: datetime | None
    signal_ids: list[int]
    signal_values: list[float]
    signal_at_us: list[int]
    open_alarms: int
    severity: str | None
    seen_from: datetime | None
    sort_value: str


# The page is found first with as few joins as its order needs; what is shown of it is joined afterwards.
_SORTS: dict[str, tuple[LiteralString, LiteralString, bool]] = {
    # expression, type, descending
    "name": ("m.name", "text", False),
    "-name": ("m.name", "text", True),
    "pin": ("m.pin", "text", False),
    "-pin": ("m.pin", "text", True),
    "kind": ("coalesce(mm.kind, 'other')", "text", False),
    "-kind": ("coalesce(mm.kind, 'other')", "text", True),
    "measured_at": ("coalesce(s.measured_at, '1970-01-01Z')", "timestamptz", False),
    "-measured_at": ("coalesce(s.measured_at, '1970-01-01Z')", "timestamptz", True),
    "severity": ("coalesce(a.rank, 9)", "int", False),
}
_PAGE: LiteralString = """
SELECT m.machine_id, v.seen_from, {sort_key} AS sort_key
FROM machine m {seen}
LEFT JOIN machine_model mm USING (model_id)
LEFT JOIN machine_state s ON s.machine_id = m.machine_id AND coalesce(s.measured_at, s.received_at) >= v.seen_from
LEFT JOIN (
    SELECT machine_id, min(array_position(ARRAY['critical', 'high', 'medium', 'low', 'info'], l.severity)) AS rank
    FROM alarm l {seen} WHERE l.state = 'active' AND l.raised_at >= v.seen_from GROUP BY machine_id
) a ON a.machine_id = m.machine_id
WHERE {conditions} AND {beyond}
ORDER BY {sort_key} {direction}, m.machine_id {direction} LIMIT %(limit)s
"""
_DETAILS: LiteralString = """
SELECT m.machine_id, m.public_id, m.pin, m.serial_no, m.equipment_id, m.name, coalesce(mm.kind, 'other') AS kind,
    mm.name AS model, mm.maker, t.name AS site, t.time_zone, o.name AS organisation, m.mode,
    coalesce(m.nominal_voltage_v, mm.nominal_voltage_v) AS nominal_voltage_v, m.registered_at,
    coalesce(s.online, false) AS online, s.work_state, s.measured_at, s.received_at,
    coalesce(s.signal_ids, '{{}}') AS signal_ids, coalesce(s.signal_values, '{{}}') AS signal_values,
    coalesce(s.signal_at_us, '{{}}') AS signal_at_us, a.open_alarms,
    (ARRAY['critical', 'high', 'medium', 'low', 'info'])[a.rank] AS severity,
    nullif(page.seen_from, '-infinity') AS seen_from,
    page.sort_key::text AS sort_value
FROM page
JOIN machine m USING (machine_id)
LEFT JOIN machine_model mm USING (model_id)
LEFT JOIN site t USING (site_id)
LEFT JOIN ownership w ON w.machine_id = m.machine_id AND w.from_at <= %(now)s AND %(now)s < w.to_at
LEFT JOIN organisation o ON o.organisation_id = w.organisation_id
LEFT JOIN machine_state s ON s.machine_id = m.machine_id AND coalesce(s.measured_at, s.received_at) >= page.seen_from
CROSS JOIN LATERAL (
    SELECT count(*)::int AS open_alarms,
        min(array_position(ARRAY['critical', 'high', 'medium', 'low', 'info'], l.severity)) AS rank
    FROM alarm l WHERE l.machine_id = m.machine_id AND l.state = 'active' AND l.raised_at >= page.seen_from
) a
"""


EVERYTHING = sql.SQL("TRUE")


async def list_machines(
    conn: Connection,
    scope: Scope,
    wanted: MachineFilter,
    *,
    sort: MachineSort,
    after: tuple[str, int] | None,
    limit: int,
    now: datetime,
) -> list[MachineRow]:
    """A page of the machines that the scope sees now; `after` is (sort_value, machine_id) of the page before's last."""
    expression, kind, descending = _SORTS[sort]
    page = sql.SQL(_PAGE).format(
        sort_key=sql.SQL(expression),
        seen=join_seen(scope),
        conditions=_conditions(wanted),
        beyond=_beyond(expression, kind, descending=descending) if after else EVERYTHING,
        direction=sql.SQL("DESC" if descending else "ASC"),
    )
    order = sql.SQL("DESC" if descending else "ASC")
    statement = sql.SQL("WITH page AS MATERIALIZED ({}) {} ORDER BY page.sort_key {}, page.machine_id {}").format(
        page, sql.SQL(_DETAILS).format(), order, order
    )
    parameters: dict[str, Any] = {
        "now": now,
        "limit": limit,
        "after": after and after[0],
        "after_id": after and after[1],
        "q": wanted.q and f"%{_escaped(wanted.q)}%",
        "kind": wanted.kind,
        "online": wanted.online,
    } | scope.parameters
    async with conn.cursor(row_factory=class_row(MachineRow)) as cursor:
        return await (await cursor.execute(statement, parameters)).fetchall()


def _beyond(expression: LiteralString, kind: LiteralString, *, descending: bool) -> sql.Composable:
    return sql.SQL("({}, m.machine_id) {} (%(after)s::{}, %(after_id)s::int)").format(
        sql.SQL(expression), sql.SQL("<" if descending else ">"), sql.SQL(kind)
    )


def _conditions(wanted: MachineFilter) -> sql.Composable:
    found: list[sql.SQL] = [EVERYTHING]
    if wanted.q is not None:
        found.append(
            sql.SQL(
                "(m.name ILIKE %(q)s OR m.pin ILIKE %(q)s OR m.serial_no ILIKE %(q)s OR m.equipment_id ILIKE %(q)s)"
            )
        )
    if wanted.kind is not None:
        found.append(sql.SQL("coalesce(mm.kind, 'other') = %(kind)s"))
    if wanted.online is not None:
        found.append(sql.SQL("coalesce(s.online, false) = %(online)s"))
    if wanted.has_open_alarm is not None:
        found.append(sql.SQL("a.rank IS NOT NULL" if wanted.has_open_alarm else "a.rank IS NULL"))
    return sql.SQL(" AND ").join(found)


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


async def find_machine(
    conn: Connection, machine_id: int, *, seen_from: datetime | None, now: datetime
) -> MachineRow | None:
    """One machine, whose visibility the caller has checked; of its last state only what came since `seen_from`."""
    page = sql.SQL(
        "SELECT %(machine)s::int AS machine_id, coalesce(%(seen_from)s::timestamptz, '-infinity') AS seen_from, "
        "''::text AS sort_key"
    )
    parameters = {"machine": machine_id, "seen_from": seen_from, "now": now}
    statement = sql.SQL("WITH page AS ({}) {}").format(page, sql.SQL(_DETAILS).format())
    async with conn.cursor(row_factory=class_row(MachineRow)) as cursor:
        return await (await cursor.execute(statement, parameters)).fetchone()


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


@dataclass(frozen=True, slots=True)
class PositionRow:
    """One machine of the light list; latitude and longitude come from its state."""

    machine_id: int
    public_id: UUID
    name: str
    kind: str
    online: bool
    work_state: str | None
    measured_at: datetime | None
    latitude_deg: float | None
    longitude_deg: float | None
    severity: str | None
    open_alarms: int


_POSITIONS: LiteralString = """
WITH open AS MATERIALIZED (
    SELECT machine_id, count(*)::int AS open_alarms,
        min(array_position(ARRAY['critical', 'high', 'medium', 'low', 'info'], l.severity)) AS rank
    FROM alarm l {seen} WHERE l.state = 'active' AND l.raised_at >= v.seen_from GROUP BY machine_id
)
SELECT m.machine_id, m.public_id, m.name, coalesce(mm.kind, 'other'), coalesce(s.online, false), s.work_state,
    s.measured_at, g.latitude_deg, g.longitude_deg,
    (ARRAY['critical', 'high', 'medium', 'low', 'info'])[a.rank], coalesce(a.open_alarms, 0)
FROM machine m {seen}
LEFT JOIN machine_model mm USING (model_id)
LEFT JOIN machine_state s ON s.machine_id = m.machine_id AND coalesce(s.measured_at, s.received_at) >= v.seen_from
LEFT JOIN open a ON a.machine_id = m.machine_id
LEFT JOIN LATERAL (
    SELECT s.signal_values[i.latitude] AS latitude_deg, s.signal_values[i.longitude] AS longitude_deg
    FROM (SELECT array_position(s.signal_ids, %(latitude)s::int2) AS latitude,
        array_position(s.signal_ids, %(longitude)s::int2) AS longitude) i
    WHERE to_timestamp(s.signal_at_us[i.latitude] / 1e6) >= v.seen_from
) g ON TRUE
ORDER BY m.machine_id LIMIT %(limit)s
"""


async def list_positions(
    conn: Connection, scope: Scope, *, latitude: int, longitude: int, now: datetime, limit: int = FLEET_CAP
) -> list[PositionRow]:
    """Every machine that the scope sees now, at most `limit`; latitude and longitude are signal ids."""
    given = {"latitude": latitude, "longitude": longitude, "now": now, "limit": limit}
    parameters = given | scope.parameters
    statement = sql.SQL(_POSITIONS).format(seen=join_seen(scope))
    rows = await (await conn.execute(statement, parameters)).fetchall()
    return [PositionRow(*row) for row in rows]
