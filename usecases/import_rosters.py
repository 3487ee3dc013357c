"""Duty rosters from CSV: a line a shift, or a date on which the week does not hold."""

from collections.abc import Mapping, Sequence
from copy import deepcopy
from datetime import datetime
from typing import Any

from fleet.errors import InvalidInput
from storage import people, rosters
from storage.people import PersonRow
from storage.read_pool import Connection
from storage.rosters import RosterRow
from usecases.calendars import WEEKDAYS, date_of
from usecases.edit_rosters import SEAT_ROLES, insert, update
from usecases.import_directory import Directory
from usecases.import_entries import Columns, Importer, ImportReport, Outcome, Progress, run_import
from usecases.import_files import Entry, read_csv
from usecases.master_data import Author, choice
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
_COLUMNS = Columns(
    names=(*REQUIRED, *OPTIONAL),
    of_member={"name": "roster"},
    stand_ins={
        "roster": {"roster": "#"},
        "seat": {"seat": "?", "from": None, "to": None},
        "from": {"from": None, "to": None},
        "to": {"from": None, "to": None},
    },
    hides={"organisation": ("people",), "from": ("to",)},
)
_SHORT = {day[:3]: day for day in WEEKDAYS}


async def import_rosters(
    conn: Connection, author: Author, content: bytes, *, dry_run: bool, now: datetime, progress: Progress | None = None
) -> ImportReport:
    """Make or change the rosters of a CSV, which are known by organisation and name: each becomes what its lines say.

    A line with a seat is a shift of it: `weekdays` ("mon-fri", "sat,sun") or `date`, `from`, `to`, `people` (logins,
    separated by blanks). A line without a seat is a `date` on which the week does not hold. Seats keep their ids by
    their names, and their role where no line names one; a new seat is then an `expert`, of a dealer's roster a
    `dealer`. The report counts lines. Raises InvalidInput and RefusedImport.
    """
    entries = read_csv(content, required=REQUIRED, optional=OPTIONAL)
    logins = {login for entry in entries for login in (entry.cells.get("people") or "").split()}
    last = {_key(entry): entry.number for entry in entries}

    async def prepare(_: bool) -> Importer:
        directory = await Directory.of(conn, author.scope)
        crew = {row.login: row for row in await people.find_people(conn, author.scope, logins=sorted(logins))}
        known = {(row.organisation_id, row.name): row for row in await rosters.list_all(conn, author.scope)}
        drafts: dict[tuple[int, str], dict[str, Any]] = {}

        async def put(entry: Entry) -> Outcome:
            """Add the line to its roster's draft; the roster's last line writes it."""
            organisation = directory.get(entry.cells.get("organisation"))
            key = (organisation.organisation_id, str(entry.cells["roster"] or ""))
            row, is_last = known.get(key), last.get(_key(entry)) == entry.number
            draft = drafts.setdefault(key, _draft(entry, row))
            draft = deepcopy(draft) if is_last else draft  # the last line may be tried once more
            _add(draft, entry, crew, row, role="expert" if organisation.kind == "ecc" else "dealer")
            if not is_last:
                return "unchanged" if row else "created"
            if row is None:
                await insert(conn, author, draft, organisation, now=now)
                return "created"
            after = await update(conn, author, row, draft, now=now)
            return "unchanged" if after is row else "updated"

        return Importer(put=put)

    return await run_import(conn, entries, prepare, columns=_COLUMNS, dry_run=dry_run, progress=progress)


def _key(entry: Entry) -> tuple[Any, Any]:
    return entry.cells.get("organisation"), entry.cells.get("roster")


def _draft(entry: Entry, row: RosterRow | None) -> dict[str, Any]:
    draft: dict[str, Any] = {"name": entry.cells["roster"], "exceptions": [], "seats": []}
    zone = entry.cells.get("time_zone") or (row.time_zone if row else None)
    return draft | ({"time_zone": zone} if zone else {})


def _add(
    draft: dict[str, Any], entry: Entry, crew: Mapping[str, PersonRow], row: RosterRow | None, *, role: str
) -> None:
    """Add a line to the draft; `role` is that of a new seat of which no line names one."""
    cells = entry.cells
    if cells.get("date") is not None:
        date_of(cells, "date")
    if cells["seat"] is None:
        if cells.get("date") is None:
            raise InvalidInput("roster_line_bare", where="seat")
        draft["exceptions"].append({"date": cells["date"], "note": cells.get("note")})
        return
    given = None if cells.get("role") is None else choice(cells, "role", SEAT_ROLES)
    shift = _shift(cells, crew)
    seat = next((seat for seat in draft["seats"] if seat["name"] == cells["seat"]), None)
    if seat is None:
        before = next((seat for seat in (row.seats if row else ()) if seat["name"] == cells["seat"]), {"role": role})
        seat = {"id": before.get("id"), "name": cells["seat"], "role": before["role"], "shifts": []}
        draft["seats"].append(seat)
    seat["role"] = given or seat["role"]
    if shift is not None:
        seat["shifts"].append(shift)


def _shift(cells: Mapping[str, Any], crew: Mapping[str, PersonRow]) -> dict[str, Any] | None:
    """The shift of a line, None for a seat that nobody holds yet."""
    if cells.get("from") is None and cells.get("to") is None:
        return None
    shift = {name: cells.get(name) for name in ("date", "from", "to", "from_date", "to_date")}
    shift |= {"weekdays": _weekdays(cells.get("weekdays")), "people": _people(cells.get("people"), crew)}
    parse_shift(shift)  # what is wrong with it is wrong with this line
    return shift


def _weekdays(words: str | None) -> list[str]:
    """The weekdays of "mon-fri" or "sat,sun"; a span may pass Sunday."""
    found: list[str] = []
    for part in (words or "").lower().replace(",", " ").split():
        first, dash, end = (piece.strip() for piece in part.partition("-"))
        ends = [_SHORT.get(name[:3]) for name in ((first, end) if dash else (first, first))]
        if None in ends:
            raise InvalidInput("cell_no_weekday", where="weekdays", found=part)
        start, stop = (WEEKDAYS.index(str(day)) for day in ends)
        found += [WEEKDAYS[day % 7] for day in range(start, stop + 1 if stop >= start else stop + 8)]
    return found


def _people(words: str | None, crew: Mapping[str, PersonRow]) -> Sequence[str]:
    logins = (words or "").split()
    if unknown := [login for login in logins if login not in crew]:
        raise InvalidInput("login_unknown", where="people", found=unknown[0])
    return [str(crew[login].public_id) for login in logins]
