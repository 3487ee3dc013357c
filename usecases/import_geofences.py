"""Geofences from GeoJSON, and as GeoJSON."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from fleet.errors import InvalidInput
from storage import geofences, sites
from storage.organisations import OrganisationRow
from storage.read_pool import Connection
from storage.sites import SiteRow
from usecases.edit_geofences import MEMBERS, Geofence, insert, update
from usecases.import_directory import Directory
from usecases.import_entries import Columns, Importer, ImportReport, Outcome, Progress, run_import
from usecases.import_files import Entry, read_geojson
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
_POINT = {"type": "Point", "coordinates": [0.0, 0.0]}
_COLUMNS = Columns(
    names=(*PROPERTIES, "geometry"),
    stand_ins={"name": {"name": "#"}, "geometry": {"geometry": _POINT, "radius_m": 1.0, "width_m": None}},
    hides={"organisation": ("site",), "geometry": ("radius_m", "width_m")},
    unit="feature",
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

    async def prepare(_: bool) -> Importer:
        directory = await Directory.of(conn, author.scope)
        places = {(row.organisation_id, row.name): row for row in await sites.list_all(conn, author.scope)}
        known = {(r.organisation_id, r.site_id, r.name): r for r in await geofences.list_all(conn, author.scope)}

        async def put(entry: Entry) -> Outcome:
            organisation = directory.get(entry.cells.get("organisation"))
            site = _site(entry.cells, organisation, places)
            values = {name: value for name, value in entry.cells.items() if name in MEMBERS}
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

        return Importer(put=put)

    return await run_import(conn, entries, prepare, columns=_COLUMNS, dry_run=dry_run, progress=progress)


def _site(
    cells: Mapping[str, Any], organisation: OrganisationRow, places: Mapping[tuple[int | None, str], SiteRow]
) -> SiteRow | None:
    if cells.get("site") is None:
        return None
    found = places.get((organisation.organisation_id, str(cells["site"])))
    if found is None:
        raise InvalidInput("site_unnamed", where="site", organisation=organisation.name, found=cells["site"])
    return found


def _instant(cells: Mapping[str, Any], column: str) -> datetime:
    try:
        return datetime.fromisoformat(str(cells[column]))
    except ValueError:
        raise InvalidInput("cell_no_instant", where=column, found=str(cells[column])) from None


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
