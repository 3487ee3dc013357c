"""People: accounts of an organisation, without their passwords, which they choose themselves by a link."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from fleet.errors import Conflict, Forbidden, InvalidInput, NotFound
from storage import people
from storage.ids import uuid7
from storage.organisations import OrganisationRow
from storage.password_links import end_links_of
from storage.people import PersonFilter, PersonRow
from storage.read_pool import Connection
from storage.sessions import end_sessions_of
from storage.sight import Scope
from usecases.edit_organisations import get_row as get_organisation_row
from usecases.master_data import (
    Author,
    ListWish,
    Page,
    cut,
    differences,
    optional_choice,
    optional_email,
    optional_text,
    record,
    text,
    zone_name,
)
from usecases.powers import Powers, check_grant
from usecases.versions import Versions, same_version

__all__ = ["Person", "PersonFilter", "PersonPage"]

MEMBERS = ("name", "email", "phone", "role", "language", "time_zone", "active")
DECIDING = ("role", "active", "email")
"""Members that decide who gets in, and to what."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """One person; see api.schemas.people."""

    id: str
    organisation_id: str
    organisation_name: str
    login: str
    name: str
    email: str | None
    phone: str | None
    role: str
    language: str | None
    time_zone: str
    active: bool
    version: int
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True, kw_only=True)
class PersonPage(Page):
    """A page of people."""

    items: list[Person]


async def list_people(conn: Connection, scope: Scope, wanted: PersonFilter, wish: ListWish) -> PersonPage:
    """A page of the people of the scope's organisations."""
    rows = await people.list_people(conn, scope, wanted, wish.page)
    shown, end = cut(rows, wish, lambda row: (row.name, row.user_id))
    return PersonPage(items=[shown_as(row) for row in shown], end=end)


async def get_person(conn: Connection, scope: Scope, person_id: UUID) -> Person:
    """One person. Raises NotFound when it is not the scope's to see."""
    return shown_as(await _get_row(conn, scope, person_id))


async def _get_row(conn: Connection, scope: Scope, person_id: UUID) -> PersonRow:
    rows = await people.find_people(conn, scope, ids=[person_id])
    if not rows:
        raise NotFound
    return rows[0]


def shown_as(row: PersonRow) -> Person:
    """What answers show of a row."""
    return Person(
        id=str(row.public_id),
        organisation_id=str(row.organisation_public_id),
        organisation_name=row.organisation_name,
        login=row.login,
        name=row.name,
        email=row.email,
        phone=row.phone,
        role=row.role,
        language=row.language,
        time_zone=row.time_zone,
        active=row.active,
        version=row.version,
        created_at=row.created_at,
        updated_at=row.updated_at,
    )


async def create_person(
    conn: Connection, author: Author, values: Mapping[str, Any], *, powers: Powers, now: datetime
) -> Person:
    """Make an account in the author's organisation, or the one that `organisation_id` names.

    Raises NotFound for an organisation that is not the author's to see, Forbidden for a role that the author may not
    give, InvalidInput, and Conflict for a login that is taken.
    """
    wanted = values.get("organisation_id")
    organisation = await get_organisation_row(conn, author.scope, None if wanted is None else UUID(str(wanted)))
    return shown_as(await insert(conn, author, values, organisation, powers=powers, now=now))


async def insert(
    conn: Connection,
    author: Author,
    values: Mapping[str, Any],
    organisation: OrganisationRow,
    *,
    powers: Powers,
    now: datetime,
) -> PersonRow:
    """Insert a checked person into the organisation, and record it."""
    new = await checked_new(conn, values, organisation, powers=powers)
    await checked_login(conn, values, organisation.organisation_id)
    number = await people.insert_person(conn, new.given | {"now": now})
    return await _recorded(conn, author, new, number, now=now)


@dataclass(frozen=True, slots=True)
class NewPerson:
    """A checked person of an organisation."""

    given: dict[str, Any]
    organisation: OrganisationRow


async def checked_new(
    conn: Connection, values: Mapping[str, Any], organisation: OrganisationRow, *, powers: Powers
) -> NewPerson:
    """The person that `values` say, but for whether the login may be taken. Raises Forbidden and InvalidInput."""
    given = _checked({"time_zone": "Asia/Shanghai", "active": True} | dict(values))
    await powers.check(conn, given["role"], organisation.organisation_id, organisation.kind)
    given |= {"public_id": uuid7(), "organisation_id": organisation.organisation_id, "login": _login(values)}
    return NewPerson(given, organisation)


async def insert_all(conn: Connection, author: Author, news: Sequence[NewPerson], *, now: datetime) -> list[PersonRow]:
    """Insert them, and record each. Raises Conflict when a login is taken or another's address."""
    numbers = await people.insert_people(conn, [new.given for new in news], now=now)
    return [await _recorded(conn, author, new, numbers[new.given["public_id"]], now=now) for new in news]


async def _recorded(conn: Connection, author: Author, new: NewPerson, number: int, *, now: datetime) -> PersonRow:
    row = PersonRow(
        user_id=number,
        organisation_public_id=new.organisation.public_id,
        organisation_name=new.organisation.name,
        organisation_kind=new.organisation.kind,
        organisation_language=new.organisation.language,
        version=1,
        created_at=now,
        updated_at=now,
        **new.given,
    )
    await record(conn, author, "person", row.organisation_id, before=None, after=shown_as(row), now=now)
    return row


def _checked(values: Mapping[str, Any]) -> dict[str, Any]:
    if not isinstance(values.get("active"), bool):
        raise InvalidInput("flag_unreadable", where="active")
    return {
        "name": text(values, "name", 200),
        "email": optional_email(values, "email"),
        "phone": optional_text(values, "phone", 40),
        "role": text(values, "role", 40),
        "language": optional_choice(values, "language", ("zh", "en")),
        "time_zone": zone_name(values),
        "active": values["active"],
    }


async def checked_login(conn: Connection, values: Mapping[str, Any], organisation_id: int) -> str:
    """A login that may be taken in this organisation. Raises InvalidInput, and Conflict for another's address."""
    login = _login(values)
    if await people.is_login_of_another(conn, login, organisation_id):
        raise Conflict("login_of_another", where="login", login=login)
    return login


def _login(values: Mapping[str, Any]) -> str:
    login = text(values, "login", 200)
    if any(letter.isspace() for letter in login):
        raise InvalidInput("login_blank", where="login")
    return login


async def change_person(
    conn: Connection,
    author: Author,
    person_id: UUID,
    changes: Mapping[str, Any],
    *,
    version: Versions | None,
    powers: Powers,
    now: datetime,
) -> Person:
    """Change members of a person; one who becomes inactive or gets another role is signed out at once.

    Raises NotFound, PreconditionFailed, InvalidInput, and Forbidden when its role, the old or the new one, is not the
    author's to give, when role, activity or e-mail address of an account in use are to change that may do what the
    author may not, or the author's own role or activity is to change.
    """
    row = await _get_row(conn, author.scope, person_id)
    same_version(row.version, version)
    return shown_as(await update(conn, author, row, changes, powers=powers, now=now))


async def update(
    conn: Connection, author: Author, row: PersonRow, changes: Mapping[str, Any], *, powers: Powers, now: datetime
) -> PersonRow:
    """Change a row that was read, and record it; nothing is written when all is equal."""
    after = replace(
        row,
        **_checked({name: getattr(row, name) for name in MEMBERS} | {"name": row.name or row.login} | dict(changes)),
    )
    if not differences(shown_as(row), shown_as(after))[1]:
        return row
    if row.public_id == author.actor.id:
        if (row.role, row.active) != (after.role, after.active):
            raise Forbidden("own_role", where="role" if row.role != after.role else "active")
    else:
        await _check_change(conn, row, after, powers)
    given = {name: getattr(after, name) for name in (*MEMBERS, "user_id", "version")}
    await people.update_person(conn, given | {"now": now})
    if not after.active or after.role != row.role:
        await end_sessions_of(conn, row.user_id)
        await end_links_of(conn, row.user_id, now=now)
    after = replace(after, version=row.version + 1, updated_at=now)
    await record(conn, author, "person", row.organisation_id, before=shown_as(row), after=shown_as(after), now=now)
    return after


async def _check_change(conn: Connection, row: PersonRow, after: PersonRow, powers: Powers) -> None:
    """Raise Forbidden unless the author may give the old and the new role; for what decides who gets in, now."""
    check_grant(row.role, row.organisation_kind, powers.grantable)
    check_grant(after.role, row.organisation_kind, powers.grantable)
    if any(getattr(row, name) != getattr(after, name) for name in DECIDING):
        for role in sorted({row.role, after.role}):
            await powers.check(conn, role, row.organisation_id, row.organisation_kind)
