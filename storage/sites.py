"""Sites: pages, one, and changes."""

from collections.abc import Mapping
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
class SiteRow:
    """One site; without an organisation it is the platform's."""

    site_id: int
    public_id: UUID
    organisation_id: int | None
    organisation_public_id: UUID | None
    organisation_name: str | None
    name: str
    address: str | None
    time_zone: str
    latitude_deg: float | None
    longitude_deg: float | None
    working_calendar: dict[str, Any]
    version: int
    created_at: datetime
    updated_at: datetime


_ROWS: LiteralString = """
SELECT t.site_id, t.public_id, t.organisation_id, o.public_id AS organisation_public_id, o.name AS organisation_name,
    t.name, t.address, t.time_zone, t.latitude_deg, t.longitude_deg, t.working_calendar, t.version, t.created_at,
    t.updated_at
FROM site t LEFT JOIN organisation o ON o.organisation_id = t.organisation_id
WHERE (%(all)s OR t.organisation_id = ANY(%(organisations)s))
"""
LIST: LiteralString = (
    _ROWS
    + """
AND (%(q)s::text IS NULL OR strpos(lower(t.name || ' ' || coalesce(t.address, '')), lower(%(q)s)) > 0)
AND (%(time_zone)s::text IS NULL OR t.time_zone = %(time_zone)s)
AND (%(organisation)s::uuid IS NULL OR o.public_id = %(organisation)s)
"""
)


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteFilter:
    """Which sites; None is no condition."""

    q: str | None = None
    time_zone: str | None = None
    organisation: UUID | None = None


async def list_sites(conn: Connection, scope: Scope, wanted: SiteFilter, page: PageOf) -> list[SiteRow]:
    """A page of the sites that the scope sees."""
    given = {"q": wanted.q, "time_zone": wanted.time_zone, "organisation": wanted.organisation} | seen_by(scope)
    return await fetch_page(conn, (LIST, "t.site_id"), SiteRow, page, given)


async def find_site(conn: Connection, scope: Scope, public_id: UUID) -> SiteRow | None:
    """The site of this id, if the scope sees it."""
    async with conn.cursor(row_factory=class_row(SiteRow)) as cursor:
        given = {"public_id": public_id} | seen_by(scope)
        return await (await cursor.execute(_ROWS + "AND t.public_id = %(public_id)s", given)).fetchone()


async def list_all(conn: Connection, scope: Scope) -> list[SiteRow]:
    """Every site that the scope sees, in no order; for imports."""
    async with conn.cursor(row_factory=class_row(SiteRow)) as cursor:
        return await (await cursor.execute(_ROWS, seen_by(scope))).fetchall()


INSERT: LiteralString = """
INSERT INTO site (public_id, organisation_id, name, address, time_zone, latitude_deg, longitude_deg, working_calendar,
    created_at, updated_at)
VALUES (%(public_id)s, %(organisation_id)s, %(name)s, %(address)s, %(time_zone)s, %(latitude_deg)s,
    %(longitude_deg)s, %(calendar)s, %(now)s, %(now)s)
ON CONFLICT DO NOTHING RETURNING site_id
"""


async def insert_site(conn: Connection, values: Mapping[str, Any]) -> int:
    """Insert one; returns its number. Raises Conflict when the organisation has a site of this name."""
    given = dict(values) | {"calendar": Jsonb(values["working_calendar"])}
    row = await (await conn.execute(INSERT, given)).fetchone()
    if row is None:
        raise Conflict("site_name_taken", where="name")
    return int(row[0])


UPDATE: LiteralString = """
UPDATE site SET name = %(name)s, address = %(address)s, time_zone = %(time_zone)s, latitude_deg = %(latitude_deg)s,
    longitude_deg = %(longitude_deg)s, working_calendar = %(calendar)s, version = version + 1, updated_at = %(now)s
WHERE site_id = %(site_id)s AND version = %(version)s
"""
DELETE: LiteralString = "DELETE FROM site WHERE site_id = %(site_id)s AND version = %(version)s"


async def update_site(conn: Connection, values: Mapping[str, Any]) -> None:
    """Change one. Raises PreconditionFailed and Conflict."""
    await change_one(conn, UPDATE, dict(values) | {"calendar": Jsonb(values["working_calendar"])})


async def delete_site(conn: Connection, site_id: int, *, version: int) -> None:
    """Delete one. Raises PreconditionFailed, and Conflict while machines or geofences refer to it."""
    await change_one(conn, DELETE, {"site_id": site_id, "version": version})
