"""Duty rosters with their seats: pages, one, and changes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, LiteralString
from uuid import UUID

from psycopg.rows import class_row
from psycopg.types.json import Jsonb

from fleet.errors import Conflict
from storage.pages import PageOf, change_one, fetch_page, seen_by
from storage.read_pool import Connection
from storage.sight import Scope


@dataclass(frozen=True, slots=True, kw_only=True)
class RosterRow:
    """One roster. `exceptions`: [{date, note}]; `seats`: [{id, name, role, shifts}] in their order."""

    roster_id: int
    public_id: UUID
    organisation_id: int
    organisation_public_id: UUID
    organisation_name: str
    name: str
    time_zone: str
    exceptions: list[dict[str, Any]]
    seats: list[dict[str, Any]]
    version: int
    created_at: datetime
    updated_at: datetime


_ROWS: LiteralString = """
SELECT r.roster_id, r.public_id, r.organisation_id, o.public_id AS organisation_public_id,
    o.name AS organisation_name, r.name, r.time_zone, r.exceptions,
    coalesce((
        SELECT jsonb_agg(jsonb_build_object('id', s.public_id, 'name', s.name, 'role', s.role, 'shifts', s.shifts)
                         ORDER BY s.place)
        FROM duty_seat s WHERE s.roster_id = r.roster_id
    ), '[]') AS seats, r.version, r.created_at, r.updated_at
FROM roster r JOIN organisation o ON o.organisation_id = r.organisation_id
WHERE (%(all)s OR r.organisation_id = ANY(%(organisations)s))
"""
LIST: LiteralString = (
    _ROWS
    + """
AND (%(q)s::text IS NULL OR strpos(lower(r.name), lower(%(q)s)) > 0)
AND (%(organisation)s::uuid IS NULL OR o.public_id = %(organisation)s)
AND (%(person)s::uuid IS NULL OR EXISTS (
    SELECT FROM duty_seat s WHERE s.roster_id = r.roster_id
    AND s.shifts @> jsonb_build_array(jsonb_build_object('people', jsonb_build_array(%(person)s::uuid)))
))
"""
)


@dataclass(frozen=True, slots=True, kw_only=True)
class RosterFilter:
    """Which rosters; None is no condition. `person`: those with a shift of this person."""

    q: str | None = None
    organisation: UUID | None = None
    person: UUID | None = None


async def list_rosters(conn: Connection, scope: Scope, wanted: RosterFilter, page: PageOf) -> list[RosterRow]:
    """A page of the rosters that the scope sees."""
    given = {"q": wanted.q, "organisation": wanted.organisation, "person": wanted.person} | seen_by(scope)
    return await fetch_page(conn, (LIST, "r.roster_id"), RosterRow, page, given)


async def find_roster(conn: Connection, scope: Scope, public_id: UUID) -> RosterRow | None:
    """The roster of this id, if the scope sees it."""
    async with conn.cursor(row_factory=class_row(RosterRow)) as cursor:
        given = {"public_id": public_id} | seen_by(scope)
        return await (await cursor.execute(_ROWS + "AND r.public_id = %(public_id)s", given)).fetchone()


async def list_all(conn: Connection, scope: Scope) -> list[RosterRow]:
    """Every roster that the scope sees, in no order; for imports."""
    async with conn.cursor(row_factory=class_row(RosterRow)) as cursor:
        return await (await cursor.execute(_ROWS, seen_by(scope))).fetchall()


INSERT: LiteralString = """
INSERT INTO roster (public_id, organisation_id, name, time_zone, exceptions, created_at, updated_at)
VALUES (%(public_id)s, %(organisation_id)s, %(name)s, %(time_zone)s, %(except_on)s, %(now)s, %(now)s)
ON CONFLICT DO NOTHING RETURNING roster_id
"""


async def insert_roster(conn: Connection, values: Mapping[str, Any]) -> int:
    """Insert one with its seats; returns its number. Raises Conflict when the organisation has one of this name."""
    row = await (await conn.execute(INSERT, dict(values) | {"except_on": Jsonb(values["exceptions"])})).fetchone()
    if row is None:
        raise Conflict("roster_name_taken", where="name")
    await _put_seats(conn, int(row[0]), values)
    return int(row[0])


UPDATE: LiteralString = """
UPDATE roster SET name = %(name)s, time_zone = %(time_zone)s, exceptions = %(except_on)s, version = version + 1,
    updated_at = %(now)s
WHERE roster_id = %(roster_id)s AND version = %(version)s
"""
DELETE: LiteralString = "DELETE FROM roster WHERE roster_id = %(roster_id)s AND version = %(version)s"


async def update_roster(conn: Connection, values: Mapping[str, Any]) -> None:
    """Change one with its seats. Raises PreconditionFailed and Conflict."""
    await change_one(conn, UPDATE, dict(values) | {"except_on": Jsonb(values["exceptions"])})
    await _put_seats(conn, values["roster_id"], values)


async def delete_roster(conn: Connection, roster_id: int, *, version: int) -> None:
    """Delete one with its seats. Raises PreconditionFailed, and Conflict while others refer to a seat."""
    await change_one(conn, DELETE, {"roster_id": roster_id, "version": version})


DELETE_SEATS: LiteralString = "DELETE FROM duty_seat WHERE roster_id = %(roster_id)s AND public_id <> ALL (%(kept)s)"
PUT_SEAT: LiteralString = """
INSERT INTO duty_seat (public_id, roster_id, organisation_id, place, name, role, shifts)
VALUES (%(id)s, %(roster_id)s, %(organisation_id)s, %(place)s, %(name)s, %(role)s, %(turns)s)
ON CONFLICT (public_id) DO UPDATE
SET place = excluded.place, name = excluded.name, role = excluded.role, shifts = excluded.shifts
WHERE duty_seat.roster_id = excluded.roster_id
"""


async def _put_seats(conn: Connection, roster_id: int, values: Mapping[str, Any]) -> None:
    """Make the roster's seats these; a seat that is gone may not be referred to."""
    seats: Sequence[Mapping[str, Any]] = values["seats"]
    given = {"roster_id": roster_id, "organisation_id": values["organisation_id"]}
    kept = [UUID(seat["id"]) for seat in seats]
    await conn.execute(DELETE_SEATS, given | {"kept": kept})
    rows = [dict(seat) | given | {"place": n, "turns": Jsonb(seat["shifts"])} for n, seat in enumerate(seats)]
    async with conn.cursor() as cursor:
        await cursor.executemany(PUT_SEAT, rows)
