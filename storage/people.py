"""People: pages, one, and changes. Passwords and sessions are in storage/users.py and storage/sessions.py."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, LiteralString
from uuid import UUID

import msgspec
from psycopg.rows import class_row

from fleet.errors import Conflict
from storage.pages import PageOf, change_one, fetch_page, insert_many, seen_by
from storage.password_links import IS_FRESH
from storage.read_pool import Connection
from storage.sight import Scope


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonRow:
    """One person with its organisation."""

    user_id: int
    public_id: UUID
    organisation_id: int
    organisation_public_id: UUID
    organisation_name: str
    organisation_kind: str
    organisation_language: str
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


_ROWS: LiteralString = """
SELECT u.user_id, u.public_id, u.organisation_id, o.public_id AS organisation_public_id, o.name AS organisation_name,
    o.kind AS organisation_kind, o.language AS organisation_language, u.login, u.name, u.email, u.phone, u.role,
    u.language, u.time_zone, u.active, u.version, u.created_at, u.updated_at
FROM app_user u JOIN organisation o ON o.organisation_id = u.organisation_id
WHERE (%(all)s OR u.organisation_id = ANY(%(organisations)s))
"""
LIST: LiteralString = (
    _ROWS
    + """
AND (%(q)s::text IS NULL OR strpos(lower(u.name || ' ' || u.login || ' ' || coalesce(u.email, '')), lower(%(q)s)) > 0)
AND (%(role)s::text IS NULL OR u.role = %(role)s)
AND (%(organisation)s::uuid IS NULL OR o.public_id = %(organisation)s)
AND (%(active)s::boolean IS NULL OR u.active = %(active)s)
"""
)


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonFilter:
    """Which people; None is no condition."""

    q: str | None = None
    role: str | None = None
    organisation: UUID | None = None
    active: bool | None = None


async def list_people(conn: Connection, scope: Scope, wanted: PersonFilter, page: PageOf) -> list[PersonRow]:
    """A page of the people of the scope's organisations."""
    given = {"q": wanted.q, "role": wanted.role, "organisation": wanted.organisation, "active": wanted.active}
    return await fetch_page(conn, (LIST, "u.user_id"), PersonRow, page, given | seen_by(scope))


async def find_people(
    conn: Connection, scope: Scope, *, ids: Sequence[UUID] = (), logins: Sequence[str] = ()
) -> list[PersonRow]:
    """Those of the people with these ids or logins whom the scope sees, in no order."""
    wanted = "AND (u.public_id = ANY(%(ids)s) OR u.login = ANY(%(logins)s))"
    given = {"ids": list(ids), "logins": list(logins)} | seen_by(scope)
    async with conn.cursor(row_factory=class_row(PersonRow)) as cursor:
        return await (await cursor.execute(_ROWS + wanted, given)).fetchall()


LOCK: LiteralString = "SELECT FROM organisation WHERE organisation_id = %(organisation)s FOR NO KEY UPDATE"
IN_USE: LiteralString = (
    """
SELECT EXISTS (
    SELECT FROM app_user u
    WHERE u.organisation_id = %(organisation)s AND u.role = %(role)s AND NOT ("""
    + IS_FRESH
    + "))"
)


async def is_in_use(conn: Connection, role: str, organisation_id: int) -> bool:
    """True when somebody of this role in the organisation, active or not, has had a way in; also when it is hidden.

    Of two who ask at once the second waits for what the first does with the answer.
    """
    given = {"role": role, "organisation": organisation_id}
    if (await conn.execute(LOCK, given)).rowcount != 1:
        return True
    row = await (await conn.execute(IN_USE, given)).fetchone()
    return row is None or bool(row[0])


LOGIN_OF_ANOTHER: LiteralString = "SELECT login_of_another(%(login)s, %(organisation)s)"


async def is_login_of_another(conn: Connection, login: str, organisation_id: int) -> bool:
    """True when the login is an address that another organisation's company login vouches for."""
    given = {"login": login, "organisation": organisation_id}
    row = await (await conn.execute(LOGIN_OF_ANOTHER, given)).fetchone()
    return row is not None and bool(row[0])


INSERT: LiteralString = """
INSERT INTO app_user (public_id, organisation_id, login, password_hash, name, email, phone, role, language, time_zone,
    active, created_at, updated_at)
VALUES (%(public_id)s, %(organisation_id)s, %(login)s, NULL, %(name)s, %(email)s, %(phone)s, %(role)s, %(language)s,
    %(time_zone)s, %(active)s, %(now)s, %(now)s)
ON CONFLICT (login) DO NOTHING RETURNING user_id
"""


async def insert_person(conn: Connection, values: Mapping[str, Any]) -> int:
    """Insert one without a password; returns its number. Raises Conflict when the login is taken, by whomever."""
    row = await (await conn.execute(INSERT, values)).fetchone()
    if row is None:
        raise Conflict("login_taken", where="login", login=values["login"])
    return int(row[0])


LOGINS_OF_ANOTHER: LiteralString = """
SELECT EXISTS (
    SELECT FROM jsonb_to_recordset(%(rows)s::jsonb) AS n (login text, organisation_id integer)
    WHERE login_of_another(n.login, n.organisation_id)
)
"""
INSERT_ALL: LiteralString = """
INSERT INTO app_user (public_id, organisation_id, login, password_hash, name, email, phone, role, language, time_zone,
    active, created_at, updated_at)
SELECT n.public_id, n.organisation_id, n.login, NULL, n.name, n.email, n.phone, n.role, n.language, n.time_zone,
    n.active, %(now)s, %(now)s
FROM jsonb_to_recordset(%(rows)s::jsonb) AS n (public_id uuid, organisation_id integer, login text, name text,
    email text, phone text, role text, language text, time_zone text, active boolean)
ON CONFLICT (login) DO NOTHING RETURNING public_id, user_id
"""


async def insert_people(conn: Connection, rows: Sequence[Mapping[str, Any]], *, now: datetime) -> dict[UUID, int]:
    """Insert many without passwords; returns their numbers by their ids.

    Raises Conflict, without telling of which one, when a login is taken or another's address.
    """
    given = {"rows": msgspec.json.encode(rows).decode()}
    row = await (await conn.execute(LOGINS_OF_ANOTHER, given)).fetchone()
    if row is None or row[0]:
        raise Conflict
    return await insert_many(conn, INSERT_ALL, rows, now=now)


UPDATE: LiteralString = """
UPDATE app_user SET name = %(name)s, email = %(email)s, phone = %(phone)s, role = %(role)s, language = %(language)s,
    time_zone = %(time_zone)s, active = %(active)s, version = version + 1, updated_at = %(now)s
WHERE user_id = %(user_id)s AND version = %(version)s
"""


async def update_person(conn: Connection, values: Mapping[str, Any]) -> None:
    """Change one. Raises PreconditionFailed."""
    await change_one(conn, UPDATE, values)
