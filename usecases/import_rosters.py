"""Duty rosters from CSV: a line a shift, or a date on which the week does not hold."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from storage import people, rosters
from storage.people import PersonRow
from storage.read_scope import Connection
from storage.rosters import RosterRow
from usecases.calendars import WEEKDAYS
from usecases.edit_rosters import insert, update
from usecases.import_entries import Directory, Entry, ImportReport, Outcome, Progress, WrongCell, read_csv, run_import
from usecases.master_data import Author
from usecases.roster_shifts import parse_shift

REQUIRED = ("roster", "seat")
OPTIONAL = (
    "organisation",
    "time_zone",
    "role",
    "weekdays",
    "date",
    "from",
    "to",
    "from_date",
    "to_date",
    "people",
    "note",
)
_SHORT = {day[:3]: day for day in WEEKDAYS}


async def import_rosters(
    conn: Connection,
    author: Author,
    content: bytes,
    *,
    dry_run: bool,
    now: datetime,
    progress: Progress | None = None,
) -> ImportReport:
    """Make or change the rosters of a CSV, which are known by organisation and name: each becomes what its lines say.

    A line with a seat is a shift of it: `weekdays` ("mon-fri", "sat,sun") or `date`, `from`, `to`, `people` (logins,
    separated by blanks). A line without a seat is a `date` on which the week does not hold. Seats keep their ids by
    their names. The report counts lines. Raises InvalidInput and RefusedImport.
    """
    entries = read_csv(content, required=REQUIRED, optional=OPTIONAL)
    directory = await Directory.of(conn, author.scope)
    logins = {login for entry in entries for login in (entry.cells.get("people") or "").split()}
    crew = {row.login: row for row in await people.find_people(conn, author.scope, logins=sorted(logins))}
    known = {(row.organisation_id, row.name): row for row in await rosters.list_all(conn, author.scope)}
    drafts: dict[tuple[int, str], dict[str, Any]] = {}
    last = {(entry.cells.get("organisation"), entry.cells["roster"]): entry.number for entry in entries}

    async def put(entry: Entry) -> Outcome:
        """Add the line to its roster's draft; the roster's last line writes it."""
        organisation = directory.get(entry.cells.get("organisation"))
        key = (organisation.organisation_id, str(entry.cells["roster"] or ""))
        row = known.get(key)
        draft = drafts.setdefault(key, _draft(entry, row))
        _add(draft, entry, crew, row)
        if last[entry.cells.get("organisation"), entry.cells["roster"]] != entry.number:
            return "unchanged" if row else "created"
        if row is None:
            await insert(conn, author, draft, organisation, now=now)
            return "created"
        after = await update(conn, author, row, draft, now=now)
        return "unchanged" if after is row else "updated"

    return await run_import(conn, entries, put, columns=(*REQUIRED, *OPTIONAL), dry_run=dry_run, progress=progress)


def _draft(entry: Entry, row: RosterRow | None) -> dict[str, Any]:
    draft: dict[str, Any] = {"name": entry.cells["roster"], "exceptions": [], "seats": []}
    zone = entry.cells.get("time_zone") or (row.time_zone if row else None)
    return draft | ({"time_zone": zone} if zone else {})


def _add(draft: dict[str, Any], entry: Entry, crew: Mapping[str, PersonRow], row: RosterRow | None) -> None:
    cells = entry.cells
    if cells["seat"] is None:
        if cells.get("date") is None:
            raise WrongCell("seat", "a line has a seat, or a date on which the week does not hold")
        draft["exceptions"].append({"date": cells["date"], "note": cells.get("note")})
        return
    seat = next((seat for seat in draft["seats"] if seat["name"] == cells["seat"]), None)
    if seat is None:
        seat = {"id": _id_of(row, cells["seat"]), "name": cells["seat"], "role": cells.get("role"), "shifts": []}
        draft["seats"].append(seat)
    if cells.get("from") is None and cells.get("to") is None:
        return  # a seat that nobody holds yet
    shift = {name: cells.get(name) for name in ("date", "from", "to", "from_date", "to_date")}
    shift |= {"weekdays": _weekdays(cells.get("weekdays")), "people": _people(cells.get("people"), crew)}
    parse_shift(shift)  # what is wrong with it is wrong with this line
    seat["shifts"].append(shift)


def _id_of(row: RosterRow | None, name: str) -> str | None:
    return next((seat["id"] for seat in (row.seats if row else ()) if seat["name"] == name), None)


def _weekdays(words: str | None) -> list[str]:
    """The weekdays of "mon-fri" or "sat,sun"; a span may pass Sunday."""
    found: list[str] = []
    for part in (words or "").lower().replace(",", " ").split():
        first, dash, end = (piece.strip() for piece in part.partition("-"))
        ends = [_SHORT.get(name[:3]) for name in ((first, end) if dash else (first, first))]
        if None in ends:
            raise WrongCell("weekdays", f"{part!r} is no weekday such as mon, and no span such as mon-fri")
        start, stop = (WEEKDAYS.index(str(day)) for day in ends)
        found += [WEEKDAYS[day % 7] for day in range(start, stop + 1 if stop >= start else stop + 8)]
    return found


def _people(words: str | None, crew: Mapping[str, PersonRow]) -> Sequence[str]:
    logins = (words or "").split()
    if unknown := [login for login in logins if login not in crew]:
        raise WrongCell("people", f"there is no login {unknown[0]!r}, or it is not yours to see")
    return [str(crew[login].public_id) for login in logins]
