"""Duty rosters from CSV: a line a shift, or a date on which the week does not hold."""

from collections.abc import Mapping, Sequence
from copy import deepcopy
from datetime import datetime
from typing import Any

from fleet.errors import InvalidInput
from storage import organisations, people, rosters
from storage.organisations import OrganisationRow
from storage.people import PersonRow
from storage.read_pool import Connection
from storage.rosters import RosterRow
from usecases.calendars import WEEKDAYS, date_of
from usecases.edit_rosters import SEAT_ROLES, insert, people_of, update
from usecases.import_directory import Directory
from usecases.import_entries import Columns, Importer, ImportReport, Outcome, Progress, run_import
from usecases.import_files import Entry, read_csv
from usecases.master_data import Author, choice, optional_text, text, zone_name
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
    of_member={"name": "roster", "roster_too_many_seats": "seat"},
    stand_ins={
        "roster": {"roster": "#"},
        "seat": {"seat": "?"},
        "from": {"from": "08:00"},
        "to": {"to": "16:00"},
    },
    hides={"organisation": ("person_of_another_organisation",), "date": ("roster_line_bare",)},
)
_OF_SHIFT = ("weekdays", "from", "to", "from_date", "to_date", "people")
_SHORT = {day[:3]: day for day in WEEKDAYS}


async def import_rosters(
    conn: Connection, author: Author, content: bytes, *, dry_run: bool, now: datetime, progress: Progress | None = None
) -> ImportReport:
    """Make or change the rosters of a CSV, which are known by organisation and name: each becomes what its lines say.

    A line with a seat is a shift of it: `weekdays` ("mon-fri", "sat,sun") or `date`, `from`, `to`, `people` (logins,
    separated by blanks). A line without a seat is a `date` on which the week does not hold. Seats keep their ids by
    their names, and their role where no line names one; a new seat is then an `expert`, of a dealer's roster a
    `dealer`. The report counts rosters, its `entries` are lines. Raises InvalidInput and RefusedImport.
    """
    entries = read_csv(content, required=REQUIRED, optional=OPTIONAL)
    logins = {login for entry in entries for login in (entry.cells.get("people") or "").split()}
    last = {_key(entry): entry.number for entry in entries}

    async def prepare(_: bool) -> Importer:
        directory = await Directory.of(conn, author.scope)
        crew = {row.login: row for row in await people.find_people(conn, author.scope, logins=sorted(logins))}
        known = {(row.organisation_id, row.name): row for row in await rosters.list_all(conn, author.scope)}
        drafts: dict[tuple[int, str], dict[str, Any]] = {}
        zones: dict[tuple[int, str], str] = {}
        reached: dict[tuple[int, int], bool] = {}

        async def put(entry: Entry) -> Outcome | None:
            """Add the line to its roster's draft; the roster's last line writes it."""
            organisation = directory.get(entry.cells.get("organisation"))
            key = (organisation.organisation_id, str(entry.cells["roster"] or ""))
            row, is_last = known.get(key), last.get(_key(entry), entry.number) == entry.number
            draft = drafts.setdefault(key, _draft(entry, row))
            if (zone := _zone(entry.cells, zones.get(key))) is not None:
                draft["time_zone"] = zones[key] = zone
            draft = deepcopy(draft) if is_last else draft  # the last line may be tried once more
            await _check_reach(conn, _strangers(entry, crew, row), organisation, reached)
            _add(draft, entry, crew, row, role="expert" if organisation.kind == "ecc" else "dealer")
            if not is_last:
                return None
            if row is None:
                await insert(conn, author, draft, organisation, now=now)
                return "created"
            after = await update(conn, author, row, draft, now=now)
            return "unchanged" if after is row else "updated"

        return Importer(put=put)

    return await run_import(conn, entries, prepare, columns=_COLUMNS, dry_run=dry_run, progress=progress)


def _strangers(entry: Entry, crew: Mapping[str, PersonRow], row: RosterRow | None) -> list[PersonRow]:
    """The people of a line who are not on the roster yet."""
    kept = people_of(row.seats) if row else set()
    named = [crew[login] for login in (entry.cells.get("people") or "").split() if login in crew]
    return [person for person in named if str(person.public_id) not in kept]


async def _check_reach(
    conn: Connection,
    persons: Sequence[PersonRow],
    organisation: OrganisationRow,
    reached: dict[tuple[int, int], bool],
) -> None:
    """Raise InvalidInput unless all are of the organisation or one below it; `reached` keeps what was asked before."""
    for person in persons:
        pair = (organisation.organisation_id, person.organisation_id)
        if pair not in reached:
            reached[pair] = await organisations.is_below(conn, pair[1], top=pair[0])
        if not reached[pair]:
            raise InvalidInput("person_of_another_organisation", where="people", name=person.name)


def _key(entry: Entry) -> tuple[Any, Any]:
    return entry.cells.get("organisation"), entry.cells.get("roster")


def _draft(entry: Entry, row: RosterRow | None) -> dict[str, Any]:
    draft: dict[str, Any] = {"name": text(entry.cells, "roster", 200), "exceptions": [], "seats": []}
    return draft | ({"time_zone": row.time_zone} if row else {})


def _zone(cells: Mapping[str, Any], so_far: str | None) -> str | None:
    """The zone that a line names, which is that of the roster's lines above. Raises InvalidInput."""
    zone = None if cells.get("time_zone") is None else zone_name(cells)
    if zone is not None and so_far not in (None, zone):
        raise InvalidInput("import_roster_zone_other", where="time_zone", found=zone, zone=so_far)
    return zone


def _add(
    draft: dict[str, Any], entry: Entry, crew: Mapping[str, PersonRow], row: RosterRow | None, *, role: str
) -> None:
    """Add a line to the draft; `role` is that of a new seat of which no line names one."""
    cells = entry.cells
    optional_text(cells, "note", 200)
    if cells.get("date") is not None:
        date_of(cells, "date")
    if cells["seat"] is None:
        _except(draft, cells)
        return
    text(cells, "seat", 200)
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


def _except(draft: dict[str, Any], cells: Mapping[str, Any]) -> None:
    """Add the date of a line without a seat, on which the week does not hold."""
    if names := [name for name in ("role", *_OF_SHIFT) if cells.get(name) is not None]:
        raise InvalidInput("import_shift_without_seat", where="seat", names=names)
    if cells.get("date") is None:
        raise InvalidInput("roster_line_bare", where="seat")
    if cells["date"] in {one["date"] for one in draft["exceptions"]}:
        raise InvalidInput("exception_twice", where="date", day=cells["date"])
    draft["exceptions"].append({"date": cells["date"], "note": cells.get("note")})


def _shift(cells: Mapping[str, Any], crew: Mapping[str, PersonRow]) -> dict[str, Any] | None:
    """The shift of a line, None for a seat that nobody holds yet."""
    if all(cells.get(name) is None for name in ("date", *_OF_SHIFT)):
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
    if idle := [login for login in logins if not crew[login].active]:
        raise InvalidInput("person_not_active", where="people", id=idle[0])
    return [str(crew[login].public_id) for login in logins]
