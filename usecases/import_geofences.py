"""Geofences from GeoJSON, and as GeoJSON."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from storage import geofences, sites
from storage.organisations import OrganisationRow
from storage.read_scope import Connection
from storage.sites import SiteRow
from usecases.edit_geofences import MEMBERS, Geofence, insert, update
from usecases.import_entries import (
    Directory,
    Entry,
    ImportReport,
    Outcome,
    Progress,
    WrongCell,
    read_geojson,
    run_import,
)
from usecases.master_data import Author

PROPERTIES = (
    "name",
    "purpose",
    "organisation",
    "site",
    "radius_m",
    "width_m",
    "buffer_m",
    "valid_from",
    "valid_to",
)


async def import_geofences(
    conn: Connection,
    author: Author,
    content: bytes,
    *,
    dry_run: bool,
    now: datetime,
    progress: Progress | None = None,
) -> ImportReport:
    """Make or change the geofences of a FeatureCollection, which are known by organisation, site and name.

    Properties: `name`, and if wanted `purpose`, `organisation`, `site`, `radius_m` of a Point, `width_m` of a
    LineString, `buffer_m`, `valid_from`, `valid_to`; others are ignored. Raises InvalidInput and RefusedImport.
    """
    entries = read_geojson(content, known=PROPERTIES)
    directory = await Directory.of(conn, author.scope)
    places = {(row.organisation_id, row.name): row for row in await sites.list_all(conn, author.scope)}
    known = {(r.organisation_id, r.site_id, r.name): r for r in await geofences.list_all(conn, author.scope)}

    async def put(entry: Entry) -> Outcome:
        organisation = directory.get(entry.cells.get("organisation"))
        site = _site(entry.cells, organisation, places)
        values = {name: value for name, value in entry.cells.items() if name in MEMBERS} | {"geometry": entry.geometry}
        for name in ("valid_from", "valid_to"):
            if values.get(name) is not None:
                values[name] = _instant(values, name)
        number = None if site is None else site.site_id
        row = known.get((organisation.organisation_id, number, str(values.get("name"))))
        if row is None:
            after = await insert(conn, author, values, organisation, site, now=now)
        else:
            after = await update(conn, author, row, values, now=now)
        known[after.organisation_id, after.site_id, after.name] = after
        return "created" if row is None else "unchanged" if after is row else "updated"

    return await run_import(conn, entries, put, columns=PROPERTIES, unit="feature", dry_run=dry_run, progress=progress)


def _site(
    cells: Mapping[str, Any], organisation: OrganisationRow, places: Mapping[tuple[int | None, str], SiteRow]
) -> SiteRow | None:
    if cells.get("site") is None:
        return None
    found = places.get((organisation.organisation_id, str(cells["site"])))
    if found is None:
        raise WrongCell("site", f"{organisation.name} has no site of the name {cells['site']!r}")
    return found


def _instant(cells: Mapping[str, Any], column: str) -> datetime:
    try:
        return datetime.fromisoformat(str(cells[column]))
    except ValueError:
        raise WrongCell(column, f"{cells[column]!r} is no time such as 2026-11-21T10:00:00Z") from None


def feature_of(fence: Geofence) -> dict[str, Any]:
    """The GeoJSON Feature of a geofence; importing it again changes nothing."""
    properties = {
        "name": fence.name,
        "purpose": fence.purpose,
        "organisation": fence.organisation_name,
        "site": fence.site_name,
        "radius_m": fence.radius_m,
        "width_m": fence.width_m,
        "buffer_m": fence.buffer_m,
        "valid_from": fence.valid_from,
        "valid_to": fence.valid_to,
    }
    present = {name: value for name, value in properties.items() if value is not None}
    return {"type": "Feature", "id": fence.id, "geometry": fence.geometry, "properties": present}


def collection_of(fences: Iterable[Geofence]) -> dict[str, Any]:
    """The GeoJSON FeatureCollection of geofences."""
    return {"type": "FeatureCollection", "features": [feature_of(fence) for fence in fences]}
