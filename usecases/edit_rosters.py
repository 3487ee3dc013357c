"""Duty rosters: the seats of a centre, their shifts and the people on them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from fleet.errors import InvalidInput, NotFound, placed
from storage import organisations, people, rosters
from storage.ids import uuid7
from storage.organisations import OrganisationRow
from storage.read_pool import Connection
from storage.rosters import RosterFilter, RosterRow
from storage.sight import Scope
from usecases.edit_organisations import get_row as get_organisation_row
from usecases.master_data import Author, ListWish, Page, choice, cut, differences, record, text, zone_name
from usecases.roster_shifts import MOST_SEATS, checked_exceptions, checked_shifts
from usecases.versions import Versions, same_version

__all__ = ["SEAT_ROLES", "Roster", "RosterFilter", "RosterPage"]

SEAT_ROLES = ("expert", "lead", "dealer", "service_engineer", "administrator")
MEMBERS = ("name", "time_zone", "exceptions", "seats")
_BLANK: dict[str, Any] = {"time_zone": "Asia/Shanghai", "exceptions": [], "seats": []}


@dataclass(frozen=True, slots=True, kw_only=True)
class Roster:
    """One roster; see api.schemas.rosters."""

    id: str
    organisation_id: str
    organisation_name: str
    name: str
    time_zone: str
    exceptions: list[dict[str, Any]]
    seats: list[dict[str, Any]]
    version: int
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True, kw_only=True)
class RosterPage(Page):
    """A page of rosters."""

    items: list[Roster]


async def list_rosters(conn: Connection, scope: Scope, wanted: RosterFilter, wish: ListWish) -> RosterPage:
    """A page of the rosters that the scope sees."""
    rows = await rosters.list_rosters(conn, scope, wanted, wish.page)
    shown, end = cut(rows, wish, lambda row: (row.name, row.roster_id))
    return RosterPage(items=[shown_as(row) for row in shown], end=end)


async def get_roster(conn: Connection, scope: Scope, roster_id: UUID) -> Roster:
    """One roster. Raises NotFound when it is not the scope's to see."""
    return shown_as(await get_row(conn, scope, roster_id))


async def get_row(conn: Connection, scope: Scope, roster_id: UUID) -> RosterRow:
    """The roster of this id. Raises NotFound."""
    row = await rosters.find_roster(conn, scope, roster_id)
    if row is None:
        raise NotFound
    return row


def shown_as(row: RosterRow) -> Roster:
    """What answers show of a row."""
    return Roster(
        id=str(row.public_id),
        organisation_id=str(row.organisation_public_id),
        organisation_name=row.organisation_name,
        name=row.name,
        time_zone=row.time_zone,
        exceptions=row.exceptions,
        seats=row.seats,
        version=row.version,
        created_at=row.created_at,
        updated_at=row.updated_at,
    )


async def create_roster(conn: Connection, author: Author, values: Mapping[str, Any], *, now: datetime) -> Roster:
    """Make a roster of the author's organisation, or of the one that `organisation_id` names.

    Raises NotFound for an organisation that is not the author's to see, InvalidInput, also for people who are not of
    the roster's organisation or one below it, and Conflict for a taken name.
    """
    wanted = values.get("organisation_id")
    organisation = await get_organisation_row(conn, author.scope, None if wanted is None else UUID(str(wanted)))
    return shown_as(await insert(conn, author, values, organisation, now=now))


async def insert(
    conn: Connection, author: Author, values: Mapping[str, Any], organisation: OrganisationRow, *, now: datetime
) -> RosterRow:
    """Insert a checked roster of the organisation with its seats, and record it."""
    given = _checked(_BLANK | dict(values), kept=()) | {
        "public_id": uuid7(),
        "organisation_id": organisation.organisation_id,
    }
    await _check_people(conn, author.scope, organisation.organisation_id, given["seats"], known=())
    number = await rosters.insert_roster(conn, given | {"now": now})
    row = RosterRow(
        roster_id=number,
        organisation_public_id=organisation.public_id,
        organisation_name=organisation.name,
        version=1,
        created_at=now,
        updated_at=now,
        **given,
    )
    await record(conn, author, "roster", row.organisation_id, before=None, after=shown_as(row), now=now)
    return row


def _checked(values: Mapping[str, Any], *, kept: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    return {
        "name": text(values, "name", 200),
        "time_zone": zone_name(values),
        "exceptions": checked_exceptions(values.get("exceptions") or []),
        "seats": _checked_seats(values.get("seats") or [], {str(seat["id"]) for seat in kept}),
    }


def _checked_seats(entries: Sequence[Mapping[str, Any]], known: set[str]) -> list[dict[str, Any]]:
    """Seats as they are kept; those without an id are new and get one."""
    if len(entries) > MOST_SEATS:
        raise InvalidInput("roster_too_many_seats", where="seats", most=MOST_SEATS)
    seats: list[dict[str, Any]] = []
    for number, entry in enumerate(entries):
        with placed(f"seats.{number}"):
            seats.append(_checked_seat(entry, known))
    for key in ("id", "name"):
        if len({seat[key] for seat in seats}) < len(seats):
            raise InvalidInput("seats_alike", where="seats", member=key)
    return seats


def _checked_seat(entry: Mapping[str, Any], known: set[str]) -> dict[str, Any]:
    given = None if entry.get("id") is None else str(entry["id"])
    if given is not None and given not in known:
        raise InvalidInput("seat_unknown", where="id", id=given)
    return {
        "id": given or str(uuid7()),
        "name": text(entry, "name", 200),
        "role": choice(entry, "role", SEAT_ROLES),
        "shifts": checked_shifts(entry.get("shifts") or []),
    }


async def _check_people(
    conn: Connection,
    scope: Scope,
    organisation_id: int,
    seats: Sequence[Mapping[str, Any]],
    *,
    known: Sequence[Mapping[str, Any]],
) -> None:
    """Raise InvalidInput unless whoever is new on the seats is somebody active of the organisation or one below it."""
    wanted = people_of(seats) - people_of(known)
    found = await people.find_people(conn, scope, ids=[UUID(person) for person in wanted])
    active = {str(person.public_id): person for person in found if person.active}
    if missing := sorted(wanted - active.keys()):
        raise InvalidInput("person_not_active", where="seats", id=missing[0])
    for elsewhere in {p.organisation_id: p for p in active.values() if p.organisation_id != organisation_id}.values():
        if not await organisations.is_below(conn, elsewhere.organisation_id, top=organisation_id):
            raise InvalidInput("person_of_another_organisation", where="seats", name=elsewhere.name)


def people_of(seats: Sequence[Mapping[str, Any]]) -> set[str]:
    """The public ids of everybody on the seats."""
    return {str(person) for seat in seats for shift in seat["shifts"] for person in shift["people"]}


async def change_roster(
    conn: Connection,
    author: Author,
    roster_id: UUID,
    changes: Mapping[str, Any],
    *,
    version: Versions | None,
    now: datetime,
) -> Roster:
    """Change members of a roster; `seats` are all of its seats, those that stay with their ids.

    Raises NotFound, PreconditionFailed, InvalidInput and Conflict.
    """
    row = await get_row(conn, author.scope, roster_id)
    same_version(row.version, version)
    return shown_as(await update(conn, author, row, changes, now=now))


async def update(
    conn: Connection, author: Author, row: RosterRow, changes: Mapping[str, Any], *, now: datetime
) -> RosterRow:
    """Change a row that was read, and record it; nothing is written when all is equal."""
    merged = {name: getattr(row, name) for name in MEMBERS} | dict(changes)
    after = replace(row, **_checked(merged, kept=row.seats))
    if not differences(shown_as(row), shown_as(after))[1]:
        return row
    await _check_people(conn, author.scope, row.organisation_id, after.seats, known=row.seats)
    given = {name: getattr(after, name) for name in (*MEMBERS, "roster_id", "organisation_id", "version")}
    await rosters.update_roster(conn, given | {"now": now})
    after = replace(after, version=row.version + 1, updated_at=now)
    await record(conn, author, "roster", row.organisation_id, before=shown_as(row), after=shown_as(after), now=now)
    return after


async def delete_roster(
    conn: Connection, author: Author, roster_id: UUID, *, version: Versions | None, now: datetime
) -> None:
    """Delete a roster with its seats. Raises NotFound and PreconditionFailed."""
    row = await get_row(conn, author.scope, roster_id)
    same_version(row.version, version)
    await rosters.delete_roster(conn, row.roster_id, version=row.version)
    await record(conn, author, "roster", row.organisation_id, before=shown_as(row), after=None, now=now)
