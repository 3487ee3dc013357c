"""Geofences: pages, one, those of a site at an instant, and changes."""

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
class GeofenceRow:
    """One geofence of a site, or of a whole organisation."""

    geofence_id: int
    public_id: UUID
    organisation_id: int
    organisation_public_id: UUID
    organisation_name: str
    site_id: int | None
    site_public_id: UUID | None
    site_name: str | None
    name: str
    purpose: str
    geometry: dict[str, Any]
    radius_m: float | None
    width_m: float | None
    buffer_m: float
    valid_from: datetime | None
    valid_to: datetime | None
    version: int
    created_at: datetime
    updated_at: datetime


_ROWS: LiteralString = """
SELECT g.geofence_id, g.public_id, g.organisation_id, o.public_id AS organisation_public_id,
    o.name AS organisation_name, g.site_id, t.public_id AS site_public_id, t.name AS site_name, g.name, g.purpose,
    g.geometry, g.radius_m, g.width_m, g.buffer_m, nullif(g.valid_from, '-infinity') AS valid_from,
    nullif(g.valid_to, 'infinity') AS valid_to, g.version, g.created_at, g.updated_at
FROM geofence g
JOIN organisation o ON o.organisation_id = g.organisation_id
LEFT JOIN site t ON t.site_id = g.site_id
WHERE (%(all)s OR g.organisation_id = ANY(%(organisations)s))
"""
LIST: LiteralString = (
    _ROWS
    + """
AND (%(q)s::text IS NULL OR strpos(lower(g.name), lower(%(q)s)) > 0)
AND (%(purpose)s::text IS NULL OR g.purpose = %(purpose)s)
AND (%(site)s::uuid IS NULL OR t.public_id = %(site)s)
AND (%(organisation)s::uuid IS NULL OR o.public_id = %(organisation)s)
AND (%(at)s::timestamptz IS NULL OR (g.valid_from <= %(at)s AND %(at)s < g.valid_to))
"""
)


@dataclass(frozen=True, slots=True, kw_only=True)
class GeofenceFilter:
    """Which geofences; None is no condition. `at`: valid at this instant."""

    q: str | None = None
    purpose: str | None = None
    site: UUID | None = None
    organisation: UUID | None = None
    at: datetime | None = None


async def list_geofences(conn: Connection, scope: Scope, wanted: GeofenceFilter, page: PageOf) -> list[GeofenceRow]:
    """A page of the geofences that the scope sees."""
    given = {"q": wanted.q, "purpose": wanted.purpose, "site": wanted.site, "at": wanted.at}
    given |= {"organisation": wanted.organisation} | seen_by(scope)
    return await fetch_page(conn, (LIST, "g.geofence_id"), GeofenceRow, page, given)


async def find_geofence(conn: Connection, scope: Scope, public_id: UUID) -> GeofenceRow | None:
    """The geofence of this id, if the scope sees it."""
    async with conn.cursor(row_factory=class_row(GeofenceRow)) as cursor:
        given = {"public_id": public_id} | seen_by(scope)
        return await (await cursor.execute(_ROWS + "AND g.public_id = %(public_id)s", given)).fetchone()


async def list_all(conn: Connection, scope: Scope) -> list[GeofenceRow]:
    """Every geofence that the scope sees, in no order; for imports."""
    async with conn.cursor(row_factory=class_row(GeofenceRow)) as cursor:
        return await (await cursor.execute(_ROWS, seen_by(scope))).fetchall()


OF_SITE: LiteralString = _ROWS + "AND g.site_id = %(site_id)s AND g.valid_from <= %(at)s AND %(at)s < g.valid_to"


async def list_of_site(conn: Connection, scope: Scope, site_id: int, *, at: datetime) -> list[GeofenceRow]:
    """The geofences of a site that are valid at this instant, in no order."""
    async with conn.cursor(row_factory=class_row(GeofenceRow)) as cursor:
        given = {"site_id": site_id, "at": at} | seen_by(scope)
        return await (await cursor.execute(OF_SITE, given)).fetchall()


INSERT: LiteralString = """
INSERT INTO geofence (public_id, organisation_id, site_id, name, purpose, geometry, radius_m, width_m, buffer_m,
    valid_from, valid_to, created_at, updated_at)
VALUES (%(public_id)s, %(organisation_id)s, %(site_id)s, %(name)s, %(purpose)s, %(shape)s, %(radius_m)s, %(width_m)s,
    %(buffer_m)s, coalesce(%(valid_from)s::timestamptz, '-infinity'), coalesce(%(valid_to)s::timestamptz, 'infinity'),
    %(now)s, %(now)s)
ON CONFLICT DO NOTHING RETURNING geofence_id
"""


async def insert_geofence(conn: Connection, values: Mapping[str, Any]) -> int:
    """Insert one; returns its number. Raises Conflict when the site or the organisation has one of this name."""
    row = await (await conn.execute(INSERT, dict(values) | {"shape": Jsonb(values["geometry"])})).fetchone()
    if row is None:
        raise Conflict("geofence_name_taken", where="name")
    return int(row[0])


UPDATE: LiteralString = """
UPDATE geofence SET name = %(name)s, purpose = %(purpose)s, geometry = %(shape)s, radius_m = %(radius_m)s,
    width_m = %(width_m)s, buffer_m = %(buffer_m)s,
    valid_from = coalesce(%(valid_from)s::timestamptz, '-infinity'),
    valid_to = coalesce(%(valid_to)s::timestamptz, 'infinity'), version = version + 1, updated_at = %(now)s
WHERE geofence_id = %(geofence_id)s AND version = %(version)s
"""
DELETE: LiteralString = "DELETE FROM geofence WHERE geofence_id = %(geofence_id)s AND version = %(version)s"


async def update_geofence(conn: Connection, values: Mapping[str, Any]) -> None:
    """Change one. Raises PreconditionFailed and Conflict."""
    await change_one(conn, UPDATE, dict(values) | {"shape": Jsonb(values["geometry"])})


async def delete_geofence(conn: Connection, geofence_id: int, *, version: int) -> None:
    """Delete one. Raises PreconditionFailed."""
    await change_one(conn, DELETE, {"geofence_id": geofence_id, "version": version})
