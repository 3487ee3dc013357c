"""Machines as people enter and change them: names, model, site, mode with its history, options, software."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, LiteralString
from uuid import UUID

from fleet.batch import EventKind
from storage.ids import uuid7
from storage.keyset import execute, list_rows
from storage.read_machines import period_arrays
from storage.read_pool import Connection
from storage.sight import Period, Scope


@dataclass(frozen=True, slots=True, kw_only=True)
class MachineMaster:
    """What people keep of a machine, by public ids; `owner` is the number of its organisation of now."""

    machine_id: int
    id: UUID
    pin: str
    serial_number: str | None
    equipment_id: str | None
    name: str
    model_id: UUID | None
    nominal_voltage_v: int | None
    site_id: UUID | None
    mode: str
    options: list[str]
    owner: int | None
    organisation_id: UUID | None
    version: int


MASTER: LiteralString = """
SELECT m.machine_id, m.public_id AS id, m.pin, m.serial_no AS serial_number, m.equipment_id, m.name,
    d.public_id AS model_id, m.nominal_voltage_v, s.public_id AS site_id, m.mode, ARRAY(
        SELECT o.code FROM machine_option mo JOIN model_option o USING (option_id)
        WHERE mo.machine_id = m.machine_id ORDER BY o.code) AS options,
    w.organisation_id AS owner, o.public_id AS organisation_id, m.version
FROM machine m
LEFT JOIN machine_model d USING (model_id)
LEFT JOIN site s USING (site_id)
LEFT JOIN ownership w ON w.machine_id = m.machine_id AND w.from_at <= %(now)s AND %(now)s < w.to_at
LEFT JOIN organisation o ON o.organisation_id = w.organisation_id
"""
GET: LiteralString = MASTER + "WHERE m.machine_id = %(machine)s"
BY_PINS: LiteralString = MASTER + "WHERE m.pin = ANY(%(pins)s)"


async def get_master(conn: Connection, machine_id: int, *, now: datetime) -> MachineMaster:
    """What is kept of a machine that is there."""
    return (await list_rows(conn, MachineMaster, GET, {"machine": machine_id, "now": now}))[0]


async def list_by_pins(conn: Connection, pins: Sequence[str], *, now: datetime) -> dict[str, MachineMaster]:
    """The machines of these PINs that row-level security shows, by PIN."""
    found = await list_rows(conn, MachineMaster, BY_PINS, {"pins": list(pins), "now": now})
    return {machine.pin: machine for machine in found}


INSERT: LiteralString = """
INSERT INTO machine (public_id, pin, serial_no, equipment_id, name, model_id, nominal_voltage_v, site_id, mode,
    registered_at, updated_at)
VALUES (%(id)s, %(pin)s, %(serial_number)s, %(equipment_id)s, %(name)s,
    (SELECT model_id FROM machine_model WHERE public_id = %(model_id)s), %(nominal_voltage_v)s,
    (SELECT site_id FROM site WHERE public_id = %(site_id)s), %(mode)s, %(now)s, %(now)s)
"""
OWN: LiteralString = "SELECT own_new_machine(%(id)s, %(organisation)s::int)"
UPDATE: LiteralString = """
UPDATE machine SET pin = %(pin)s, serial_no = %(serial_number)s, equipment_id = %(equipment_id)s, name = %(name)s,
    model_id = (SELECT model_id FROM machine_model WHERE public_id = %(model_id)s),
    nominal_voltage_v = %(nominal_voltage_v)s,
    site_id = CASE WHEN %(moves)s THEN (SELECT site_id FROM site WHERE public_id = %(site_id)s) ELSE site_id END,
    mode = %(mode)s, version = version + 1,
    updated_at = %(now)s
WHERE machine_id = %(machine)s AND version = %(version)s RETURNING version
"""
_REFUSED = {
    "machine_pin_key": ("pin_taken", "pin"),
    "machine_serial_no_key": ("serial_no_taken", "serial_no"),
    "machine_equipment_id_key": ("equipment_id_taken", "equipment_id"),
}


async def insert_machine(
    conn: Connection, values: Mapping[str, Any], *, organisation: int | None, now: datetime
) -> tuple[int, UUID]:
    """Insert a machine of this owner; returns its number and id. Raises Conflict when one of its names is taken."""
    machine_id = uuid7(int(now.timestamp() * 1000))
    await execute(conn, INSERT, {**values, "id": machine_id, "now": now}, refused=_REFUSED)
    row = await execute(conn, OWN, {"id": machine_id, "organisation": organisation}, refused=_REFUSED)
    assert row is not None
    return int(row[0]), machine_id


async def update_machine(
    conn: Connection, machine_id: int, values: Mapping[str, Any], *, moves: bool, version: int, now: datetime
) -> bool:
    """Change a machine of this version; False when it is of another by now. Raises Conflict when a name is taken.

    Unless it `moves` it stays on its site, which may be one that the tenant does not see.
    """
    given = {**values, "machine": machine_id, "moves": moves, "version": version, "now": now}
    return await execute(conn, UPDATE, given, refused=_REFUSED) is not None


DELETE_OPTIONS: LiteralString = "DELETE FROM machine_option WHERE machine_id = %(machine)s"
INSERT_OPTIONS: LiteralString = """
INSERT INTO machine_option (machine_id, option_id)
SELECT m.machine_id, o.option_id FROM machine m JOIN model_option o USING (model_id)
WHERE m.machine_id = %(machine)s AND o.code = ANY(%(codes)s) RETURNING option_id
"""


async def set_options(conn: Connection, machine_id: int, codes: Sequence[str]) -> bool:
    """Make these the machine's options; False when one is none of its model's."""
    given = {"machine": machine_id, "codes": list(codes)}
    await conn.execute(DELETE_OPTIONS, given)
    return len(await (await conn.execute(INSERT_OPTIONS, given)).fetchall()) == len(set(codes))


FIND_SITE: LiteralString = """
SELECT organisation_id FROM site
WHERE public_id = %(id)s AND (%(all)s OR organisation_id = ANY(%(organisations)s))
"""


async def site_is_seen(conn: Connection, scope: Scope, site_id: UUID) -> bool:
    """True when there is such a site in the scope."""
    given = {"id": site_id, "all": scope.sees_all} | scope.parameters
    return await (await conn.execute(FIND_SITE, given)).fetchone() is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class ModeChange:
    """A change of a machine's mode; see api.schemas.machines_write."""

    from_at: datetime
    mode_before: str
    mode: str
    reason: str | None
    by: str


INSERT_MODE: LiteralString = """
INSERT INTO machine_mode_change (machine_id, mode_before, mode, from_at, reason, by_name)
VALUES (%(machine)s, %(before)s, %(mode)s, %(now)s, %(reason)s, %(by)s)
"""
LIST_MODES: LiteralString = """
SELECT c.from_at, c.mode_before, c.mode, c.reason, c.by_name AS by FROM machine_mode_change c
WHERE c.machine_id = %(machine)s AND EXISTS (
    SELECT FROM unnest(%(from)s::timestamptz[], %(to)s::timestamptz[]) p (from_at, to_at)
    WHERE tstzrange(p.from_at, p.to_at) @> c.from_at
) ORDER BY c.change_id DESC LIMIT 1000
"""


async def insert_mode_change(
    conn: Connection, machine_id: int, *, before: str, mode: str, reason: str | None, by: str, now: datetime
) -> None:
    """Keep a change of a machine's mode in its history."""
    given = {"machine": machine_id, "before": before, "mode": mode, "reason": reason, "by": by, "now": now}
    await conn.execute(INSERT_MODE, given)


async def list_mode_changes(conn: Connection, machine_id: int, periods: Sequence[Period]) -> list[ModeChange]:
    """The changes of a machine's mode during these periods, the latest first, at most 1000."""
    return await list_rows(conn, ModeChange, LIST_MODES, {"machine": machine_id} | period_arrays(periods))


@dataclass(frozen=True, slots=True, kw_only=True)
class InstalledSoftware:
    """A release on a controller of a machine since a time; see api.schemas.machines_write."""

    controller: str
    release: str
    from_at: datetime
    source: str
    entered_by: str | None


ENTERED: LiteralString = """
SELECT controller, release, from_at, 'entered' AS source, entered_by FROM machine_software s
WHERE machine_id = %(machine)s AND EXISTS (
    SELECT FROM unnest(%(from)s::timestamptz[], %(to)s::timestamptz[]) p (from_at, to_at)
    WHERE tstzrange(p.from_at, p.to_at) @> s.from_at
) ORDER BY from_at DESC LIMIT 1000
"""
# The text of such events is "key=value". Only changes are kept: the first report of each stretch.
REPORTED: LiteralString = """
SELECT controller, release, measured_at AS from_at, 'reported' AS source, NULL AS entered_by FROM (
    SELECT controller, release, measured_at,
        lag(release) OVER (PARTITION BY controller ORDER BY measured_at) IS DISTINCT FROM release AS is_new
    FROM (
        SELECT split_part(text, '=', 1) AS controller, substr(text, strpos(text, '=') + 1) AS release, measured_at
        FROM event e WHERE machine_id = %(machine)s AND kind = %(attribute)s AND text LIKE 'software\\_id%%'
            AND EXISTS (
                SELECT FROM unnest(%(from)s::timestamptz[], %(to)s::timestamptz[]) p (from_at, to_at)
                WHERE tstzrange(p.from_at, p.to_at) @> e.measured_at)
    ) told
) changes WHERE is_new ORDER BY measured_at DESC LIMIT 1000
"""
INSERT_SOFTWARE: LiteralString = """
INSERT INTO machine_software (machine_id, controller, release, from_at, entered_at, entered_by)
VALUES (%(machine)s, %(controller)s, %(release)s, %(from_at)s, %(now)s, %(by)s)
"""


async def list_software(conn: Connection, machine_id: int, periods: Sequence[Period]) -> list[InstalledSoftware]:
    """What people entered, then what the machine reported of its software during these periods; each latest first."""
    given = {"machine": machine_id, "attribute": int(EventKind.ATTRIBUTE)} | period_arrays(periods)
    entered = await list_rows(conn, InstalledSoftware, ENTERED, given)
    return entered + await list_rows(conn, InstalledSoftware, REPORTED, given)


async def insert_software(
    conn: Connection, machine_id: int, values: Mapping[str, Any], *, by: str, now: datetime
) -> None:
    """Keep which release is on a controller since when. Raises Conflict when that was entered already."""
    given = {**values, "machine": machine_id, "by": by, "now": now}
    refused = {"machine_software_pkey": ("software_entered", "from_at")}
    await execute(conn, INSERT_SOFTWARE, given, refused=refused)
