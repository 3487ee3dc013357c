"""Sites from CSV or GeoJSON."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import shapely

from fleet.errors import InvalidInput
from storage import geofences, sites
from storage.geofences import GeofenceRow
from storage.organisations import OrganisationRow
from storage.read_pool import Connection
from storage.sites import SiteRow
from usecases import edit_geofences, edit_sites
from usecases.calendars import WEEKDAYS
from usecases.geofence_shapes import parse_shape
from usecases.import_directory import Directory
from usecases.import_entries import Columns, Importer, ImportReport, Outcome, Progress, number, run_import
from usecases.import_files import Entry, read_csv, read_geojson
from usecases.master_data import Author

REQUIRED = ("name", "time_zone")
OPTIONAL = ("organisation", "address", "latitude_deg", "longitude_deg", *WEEKDAYS, "holidays")
PROPERTIES = ("name", "time_zone", "organisation", "address")
_COLUMNS = Columns(
    names=(*REQUIRED, *OPTIONAL, "geometry"),
    of_member={"exceptions": "holidays"},
    stand_ins={
        "name": {"name": "#"},
        "time_zone": {"time_zone": "UTC"},
        "latitude_deg": {"latitude_deg": None, "longitude_deg": None},
        "longitude_deg": {"latitude_deg": None, "longitude_deg": None},
        "geometry": {"geometry": {"type": "Point", "coordinates": [0.0, 0.0]}},
    },
    hides={"latitude_deg": ("longitude_deg",)},
)


async def import_sites(
    conn: Connection,
    author: Author,
    content: bytes,
    *,
    is_geojson: bool = False,
    dry_run: bool,
    now: datetime,
    progress: Progress | None = None,
) -> ImportReport:
    """Make or change sites, which are known by organisation and name.

    CSV: `monday` ... `sunday` hold hours ("08:00-12:00 13:00-17:30"), `holidays` dates ("2026-10-01 2026-10-02").
    GeoJSON: a Point is the site's place; a Polygon becomes a geofence of the site's name with the purpose `site`.
    Raises InvalidInput and RefusedImport.
    """
    entries = (
        read_geojson(content, known=PROPERTIES)
        if is_geojson
        else read_csv(content, required=REQUIRED, optional=OPTIONAL)
    )

    async def prepare(_: bool) -> Importer:
        return Importer(put=(await _Sites.of(conn, author, now=now)).put)

    columns = replace(_COLUMNS, unit="feature") if is_geojson else _COLUMNS
    return await run_import(conn, entries, prepare, columns=columns, dry_run=dry_run, progress=progress)


@dataclass(frozen=True, slots=True)
class _Sites:
    """What the entries of a file refer to, read once and kept up to date."""

    conn: Connection
    author: Author
    now: datetime
    directory: Directory
    known: dict[tuple[int | None, str], SiteRow]
    fences: dict[tuple[int | None, str], GeofenceRow]

    @classmethod
    async def of(cls, conn: Connection, author: Author, *, now: datetime) -> "_Sites":
        return cls(
            conn,
            author,
            now,
            directory=await Directory.of(conn, author.scope),
            known={(row.organisation_id, row.name): row for row in await sites.list_all(conn, author.scope)},
            fences={(row.site_id, row.name): row for row in await geofences.list_all(conn, author.scope)},
        )

    async def put(self, entry: Entry) -> Outcome:
        """Make or change the site of an entry, and the geofence that a Polygon is."""
        organisation = self.directory.get(entry.cells.get("organisation"))
        row = self.known.get((organisation.organisation_id, str(entry.cells.get("name") or "")))
        values = _values(entry, row)
        if row is None:
            after = await edit_sites.insert(self.conn, self.author, values, organisation, now=self.now)
        else:
            after = await edit_sites.update(self.conn, self.author, row, values, now=self.now)
        redrawn = await self._draw(after, organisation, entry.cells.get("geometry"))
        self.known[organisation.organisation_id, after.name] = after
        return "created" if row is None else "updated" if redrawn or after is not row else "unchanged"

    async def _draw(self, site: SiteRow, organisation: OrganisationRow, geometry: Mapping[str, Any] | None) -> bool:
        """Make or change the geofence of the site's name; True when that changed anything."""
        if geometry is None or geometry.get("type") != "Polygon":
            return False
        drawn = {"name": site.name, "purpose": "site", "geometry": geometry}
        fence = self.fences.get((site.site_id, site.name))
        if fence is None:
            after = await edit_geofences.insert(self.conn, self.author, drawn, organisation, site, now=self.now)
        else:
            after = await edit_geofences.update(self.conn, self.author, fence, drawn, now=self.now)
        self.fences[site.site_id, site.name] = after
        return after is not fence


def _values(entry: Entry, row: SiteRow | None) -> dict[str, Any]:
    values: dict[str, Any] = {name: value for name, value in entry.cells.items() if name in edit_sites.MEMBERS}
    if entry.cells.get("geometry") is not None:
        return values | _place(entry.cells["geometry"])
    for name in ("latitude_deg", "longitude_deg"):
        if name in values:
            values[name] = number(values, name)
    calendar = _calendar(entry.cells, dict(row.working_calendar) if row else {})
    return values if calendar is None else values | {"working_calendar": calendar}


def _place(geometry: Mapping[str, Any]) -> dict[str, float]:
    """The place of a Point, or one in the middle of a Polygon."""
    if geometry.get("type") == "Point":
        found = parse_shape(geometry, radius_m=1).geometry["coordinates"]
    elif geometry.get("type") == "Polygon":
        inside = shapely.geometry.shape(parse_shape(geometry).geometry).representative_point()
        found = [round(inside.x, 6), round(inside.y, 6)]
    else:
        raise InvalidInput("site_shape", where="geometry")
    return {"latitude_deg": found[1], "longitude_deg": found[0]}


def _calendar(cells: Mapping[str, Any], so_far: dict[str, Any]) -> dict[str, Any] | None:
    """The calendar of the line's weekdays and holidays, the rest as it was; None: the file says nothing of it."""
    days = [day for day in WEEKDAYS if day in cells]
    if not days and "holidays" not in cells:
        return None
    weekdays = dict(so_far.get("weekdays") or {})
    for day in days:
        weekdays.pop(day, None)
        if cells[day] is not None:
            weekdays[day] = [_span(day, words) for words in cells[day].split()]
    exceptions = so_far.get("exceptions") or []
    if "holidays" in cells:
        worked = [entry for entry in exceptions if entry["hours"]]
        dates = (cells["holidays"] or "").split()
        exceptions = [*worked, *({"date": date, "hours": []} for date in dates)]
    return {"weekdays": weekdays, "exceptions": exceptions}


def _span(day: str, words: str) -> dict[str, str]:
    start, dash, end = words.partition("-")
    if not dash:
        raise InvalidInput("cell_no_hours", where=day, found=words)
    return {"from": start, "to": end}
