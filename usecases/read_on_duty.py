"""Who is on duty at an instant, until when, and who is next."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from fleet.duty import Shift, Turn, on_duty
from fleet.wall_clock import get_zone
from storage.people import PersonRow, find_people
from storage.read_pool import Connection
from storage.sight import Scope
from usecases.edit_rosters import get_row, people_of
from usecases.roster_shifts import parse_shift


@dataclass(frozen=True, slots=True, kw_only=True)
class OnDuty:
    """Somebody on duty, and how to reach them."""

    id: str
    name: str
    login: str
    email: str | None
    phone: str | None
    language: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DutyTurn:
    """People and their stretch of duty; see api.schemas.rosters."""

    people: list[OnDuty]
    from_at: datetime | None
    until: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SeatDuty:
    """Who holds a seat and who is next."""

    seat_id: str
    name: str
    role: str
    now: DutyTurn | None
    next: DutyTurn | None


@dataclass(frozen=True, slots=True, kw_only=True)
class RosterDuty:
    """The seats of a roster at an instant."""

    roster_id: str
    name: str
    time_zone: str
    at: datetime
    seats: list[SeatDuty]


async def get_on_duty(conn: Connection, scope: Scope, roster_id: UUID, *, at: datetime) -> RosterDuty:
    """Who holds each seat of a roster at `at`; people who are not active hold none. Raises NotFound."""
    row = await get_row(conn, scope, roster_id)
    zone = get_zone(row.time_zone)
    exceptions = {date.fromisoformat(entry["date"]) for entry in row.exceptions}
    found = await find_people(conn, scope, ids=[UUID(person) for person in people_of(row.seats)])
    active = {str(person.public_id): person for person in found if person.active}
    seats = []
    for seat in row.seats:
        duty = on_duty([_without_absent(entry, active) for entry in seat["shifts"]], exceptions, zone, at)
        seats.append(
            SeatDuty(
                seat_id=str(seat["id"]),
                name=seat["name"],
                role=seat["role"],
                now=_turn(duty.now, active),
                next=_turn(duty.next, active),
            )
        )
    return RosterDuty(roster_id=str(row.public_id), name=row.name, time_zone=row.time_zone, at=at, seats=seats)


def _without_absent(entry: Mapping[str, Any], active: Mapping[str, PersonRow]) -> Shift:
    return parse_shift(dict(entry) | {"people": [person for person in entry["people"] if person in active]})


def _turn(turn: Turn | None, active: Mapping[str, PersonRow]) -> DutyTurn | None:
    if turn is None:
        return None
    return DutyTurn(people=[_reach(active[p]) for p in turn.people], from_at=turn.from_at, until=turn.until)


def _reach(person: PersonRow) -> OnDuty:
    return OnDuty(
        id=str(person.public_id),
        name=person.name,
        login=person.login,
        email=person.email,
        phone=person.phone,
        language=person.language or person.organisation_language,
    )
