"""Sites from CSV or GeoJSON."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import shapely

from fleet.errors import InvalidInput
from storage import geofences, sites
from storage.read_scope import Connection
from storage.sites import SiteRow
from usecases import edit_geofences, edit_sites
from usecases.calendars import WEEKDAYS
from usecases.geofence_shapes import parse_shape
from usecases.import_entries import (
    Directory,
    Entry,
    ImportReport,
    Outcome,
    Progress,
    WrongCell,
    number,
    read_csv,
    read_geojson,
    run_import,
)
from usecases.master_data import Author

REQUIRED = ("name", "time_zone")
OPTIONAL = ("organisation", "address", "latitude_deg", "longitude_deg", *WEEKDAYS, "holidays")
PROPERTIES = ("name", "time_zone", "organisation", "address")


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
    directory = await Directory.of(conn, author.scope)
    known = {(row.organisation_id, row.name): row for row in await sites.list_all(conn, author.scope)}
    fences = (
        {(row.site_id, row.name): row for row in await geofences.list_all(conn, author.scope)} if is_geojson else {}
    )

    async def put(entry: Entry) -> Outcome:
        organisation = directory.get(entry.cells.get("organisation"))
        name = str(entry.cells.get("name") or "")
        row = known.get((organisation.organisation_id, name))
        values = _values(entry, row)
        if row is None:
            after = await edit_sites.insert(conn, author, values, organisation, now=now)
            outcome: Outcome = "created"
        else:
            after = await edit_sites.update(conn, author, row, values, now=now)
            outcome = "unchanged" if after is row else "updated"
        known[organisation.organisation_id, after.name] = after
        if entry.geometry is not None and entry.geometry.get("type") == "Polygon":
            drawn = {"name": after.name, "purpose": "site", "geometry": entry.geometry}
            fence = fences.get((after.site_id, after.name))
            if fence is None:
                redrawn = await edit_geofences.insert(conn, author, drawn, organisation, after, now=now)
            else:
                redrawn = await edit_geofences.update(conn, author, fence, drawn, now=now)
            outcome = "updated" if outcome == "unchanged" and redrawn is not fence else outcome
            fences[after.site_id, after.name] = redrawn
        return outcome

    return await run_import(
        conn,
        entries,
        put,
        columns=(*REQUIRED, *OPTIONAL),
        unit="feature" if is_geojson else "line",
        dry_run=dry_run,
        progress=progress,
    )


def _values(entry: Entry, row: SiteRow | None) -> dict[str, Any]:
    values: dict[str, Any] = {name: value for name, value in entry.cells.items() if name in edit_sites.MEMBERS}
    if entry.geometry is not None:
        return values | _place(entry.geometry)
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
        raise InvalidInput("A site is a Point or a Polygon.")
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
        raise WrongCell(day, f"{words!r} is no span of hours such as 08:00-12:00")
    return {"from": start, "to": end}
