"""People: accounts, sessions, and the caller that a session stands for."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal, LiteralString
from uuid import UUID

import psycopg
from psycopg.rows import class_row, dict_row

from fleet.errors import Conflict
from storage.ids import uuid7
from storage.passwords import hash_password
from storage.read_scope import Connection, Scope, enter_scope

OrganisationKind = Literal["ecc", "maker", "dealer", "customer"]


@dataclass(frozen=True, slots=True, kw_only=True)
class CallerOrganisation:
    """The caller's organisation, as answers show it."""

    id: str
    name: str
    kind: OrganisationKind


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """The person behind a request."""

    user_id: int
    public_id: UUID
    login: str
    role: str
    language: str
    organisation: CallerOrganisation
    scope: Scope


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """What signing in needs of an account."""

    user_id: int
    login: str
    password_hash: str


FIND_BY_LOGIN: LiteralString = "SELECT user_id, login, password_hash FROM app_user WHERE login = %s"


async def find_by_login(conn: Connection, login: str) -> Account | None:
    """The account of this login."""
    async with conn.cursor(row_factory=class_row(Account)) as cursor:
        return await (await cursor.execute(FIND_BY_LOGIN, [login])).fetchone()


INSERT_SESSION: LiteralString = """
INSERT INTO app_session (session_hash, user_id, created_at, expires_at)
VALUES (%(session_hash)s, %(user_id)s, %(at)s, %(expires_at)s)
"""


async def insert_session(
    conn: Connection, session_hash: bytes, *, user_id: int, at: datetime, expires_at: datetime
) -> None:
    """Begin a session; `session_hash` is the SHA-256 of the name that the token carries."""
    parameters = {"session_hash": session_hash, "user_id": user_id, "at": at, "expires_at": expires_at}
    await conn.execute(INSERT_SESSION, parameters)


async def delete_session(conn: Connection, session_hash: bytes) -> None:
    """End a session, if it still is."""
    await conn.execute("DELETE FROM app_session WHERE session_hash = %s", [session_hash])


SELECT_SESSION: LiteralString = """
SELECT u.user_id, u.public_id, u.login, u.role, u.language, u.organisation_id
FROM app_session s JOIN app_user u USING (user_id)
WHERE s.session_hash = %(session_hash)s AND s.expires_at > %(now)s
"""
SELECT_ORGANISATION: LiteralString = """
SELECT public_id::text AS id, name, kind, tenant_organisation_ids() AS below
FROM organisation WHERE organisation_id = %s
"""


async def find_caller(conn: Connection, session_hash: bytes, *, now: datetime) -> Caller | None:
    """The person of a session that has not ended, with the transaction put into its organisation's scope."""
    async with conn.cursor(row_factory=dict_row) as cursor:
        user = await (await cursor.execute(SELECT_SESSION, {"session_hash": session_hash, "now": now})).fetchone()
    if user is None:
        return None
    organisation_id = int(user.pop("organisation_id"))
    await enter_scope(conn, organisation_id)
    async with conn.cursor(row_factory=dict_row) as cursor:
        found = await (await cursor.execute(SELECT_ORGANISATION, [organisation_id])).fetchone()
    if found is None:
        return None
    below = tuple(found.pop("below"))
    organisation = CallerOrganisation(**found)
    scope = Scope(organisation_id=organisation_id, organisations=below, sees_all=organisation.kind == "ecc")
    return Caller(**user, organisation=organisation, scope=scope)


INSERT_USER: LiteralString = """
INSERT INTO app_user (public_id, organisation_id, login, password_hash, role, language)
VALUES (%(public_id)s, %(organisation_id)s, %(login)s, %(password_hash)s, %(role)s, %(language)s)
ON CONFLICT (login) DO NOTHING
RETURNING user_id
"""


def create_user(
    conn: psycopg.Connection,
    *,
    organisation_id: int,
    login: str,
    password: str,
    role: str,
    language: Literal["zh", "en"] = "en",
) -> int:
    """Insert an account and return its user_id. Raises Conflict when the login is taken."""
    row = conn.execute(
        INSERT_USER,
        {
            "public_id": uuid7(),
            "organisation_id": organisation_id,
            "login": login,
            "password_hash": hash_password(password),
            "role": role,
            "language": language,
        },
    ).fetchone()
    if row is None:
        raise Conflict(f"The login {login!r} is taken.")
    return int(row[0])


UPSERT_ORGANISATION: LiteralString = """
WITH found AS (
    SELECT organisation_id FROM organisation WHERE kind = %(kind)s AND name = %(name)s ORDER BY 1 LIMIT 1
), inserted AS (
    INSERT INTO organisation (public_id, parent_id, kind, name)
    SELECT %(public_id)s, %(parent_id)s, %(kind)s, %(name)s WHERE NOT EXISTS (SELECT FROM found)
    RETURNING organisation_id
)
SELECT organisation_id FROM found UNION ALL SELECT organisation_id FROM inserted
"""


def ensure_organisation(
    conn: psycopg.Connection, *, kind: OrganisationKind, name: str, parent_id: int | None = None
) -> int:
    """The organisation_id of this kind and name, made when there is none."""
    parameters = {"public_id": uuid7(), "parent_id": parent_id, "kind": kind, "name": name}
    row = conn.execute(UPSERT_ORGANISATION, parameters).fetchone()
    assert row is not None
    return int(row[0])


UPDATE_PASSWORD: LiteralString = """
UPDATE app_user SET password_hash = %(password_hash)s, role = %(role)s, organisation_id = %(organisation_id)s
WHERE login = %(login)s RETURNING user_id
"""


def seed_demo_user(
    conn: psycopg.Connection,
    login: str,
    password: str,
    *,
    role: str = "expert",
    language: Literal["zh", "en"] = "en",
    organisation_kind: OrganisationKind = "ecc",
    organisation_name: str = "ECC",
) -> int:
    """The demo's account: made, or given this password and role when it is there. Returns its user_id.

    `conn` is the owner's; the caller commits. The organisation is made when there is none of this kind and name.
    """
    organisation_id = ensure_organisation(conn, kind=organisation_kind, name=organisation_name)
    changed = conn.execute(
        UPDATE_PASSWORD,
        {
            "login": login,
            "password_hash": hash_password(password),
            "role": role,
            "organisation_id": organisation_id,
        },
    ).fetchone()
    if changed is not None:
        return int(changed[0])
    return create_user(
        conn, organisation_id=organisation_id, login=login, password=password, role=role, language=language
    )
