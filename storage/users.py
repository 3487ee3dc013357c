"""People: their accounts, and the caller that a session or a client's secret stands for."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, LiteralString
from uuid import UUID

import psycopg
from psycopg.rows import class_row

from fleet.errors import Conflict
from storage.audit import Actor
from storage.ids import uuid7
from storage.passwords import hash_password
from storage.read_pool import Connection
from storage.sight import Scope

OrganisationKind = Literal["ecc", "maker", "dealer", "customer"]


@dataclass(frozen=True, slots=True, kw_only=True)
class CallerOrganisation:
    """The caller's organisation, as answers show it."""

    id: str
    name: str
    kind: OrganisationKind


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """The person or the integrator's client behind a request; `login` is a client's name."""

    user_id: int | None  # None for a client
    public_id: UUID
    login: str
    role: str
    language: str | None  # as chosen; None also for a client
    organisation: CallerOrganisation
    scope: Scope
    scopes: frozenset[str] | None = None  # what a client was given; None for a person, whose role decides alone

    @property
    def actor(self) -> Actor:
        """Who stands in the audit for what this caller does."""
        return Actor(
            kind="person" if self.scopes is None else "client",
            id=self.public_id,
            name=self.login,
            organisation_id=self.scope.organisation_id,
        )


def caller_of(
    *,
    organisation_id: int,
    organisation_public_id: UUID,
    organisation_name: str,
    organisation_kind: OrganisationKind,
    below: Sequence[int],
    user_id: int | None = None,
    language: str | None = None,
    scopes: frozenset[str] | None = None,
    public_id: UUID,
    login: str,
    role: str,
) -> Caller:
    """The caller that a row of enter_as_person() or enter_as_client() tells of."""
    return Caller(
        user_id=user_id,
        public_id=public_id,
        login=login,
        role=role,
        language=language,
        organisation=CallerOrganisation(id=str(organisation_public_id), name=organisation_name, kind=organisation_kind),
        scope=Scope(organisation_id=organisation_id, organisations=tuple(below), sees_all=organisation_kind == "ecc"),
        scopes=scopes,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """What signing in needs of an account. `password_hash` None: it signs in by the company's login only."""

    user_id: int
    public_id: UUID
    organisation_id: int
    login: str
    password_hash: str | None
    active: bool

    @property
    def actor(self) -> Actor:
        """The person, as the audit names who signs in."""
        return Actor(kind="person", id=self.public_id, name=self.login, organisation_id=self.organisation_id)


FIND_ACCOUNT: LiteralString = """
SELECT u.user_id, u.public_id, u.organisation_id, u.login, u.password_hash, u.active AND (o.active OR o.kind = 'ecc')
    AS active
FROM app_user u JOIN organisation o USING (organisation_id)
WHERE u.login = %(login)s OR u.user_id = %(user_id)s
"""


async def find_account(conn: Connection, *, login: str | None = None, user_id: int | None = None) -> Account | None:
    """The account of this login or of this user_id, also one that is not active, itself or with its organisation."""
    async with conn.cursor(row_factory=class_row(Account)) as cursor:
        return await (await cursor.execute(FIND_ACCOUNT, {"login": login, "user_id": user_id})).fetchone()


SET_PASSWORD: LiteralString = """
UPDATE app_user SET password_hash = %(password_hash)s, password_changed_at = coalesce(%(at)s, password_changed_at)
WHERE user_id = %(user_id)s
"""


async def set_password_hash(conn: Connection, user_id: int, password_hash: str, *, at: datetime | None) -> None:
    """Give an account a password; `at` None: the same password, hashed anew."""
    await conn.execute(SET_PASSWORD, {"user_id": user_id, "password_hash": password_hash, "at": at})


Units = Literal["metric", "imperial"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """What people choose for themselves. `language` None: not chosen yet."""

    version: int
    language: str | None
    time_zone: str
    units: Units


FIND_PROFILE: LiteralString = "SELECT version, language, time_zone, units FROM app_user WHERE user_id = %s"
UPDATE_PROFILE: LiteralString = """
UPDATE app_user SET language = %(language)s, time_zone = %(time_zone)s, units = %(units)s, updated_at = %(now)s,
    version = version + 1
WHERE user_id = %(user_id)s AND version = %(version)s
RETURNING version, language, time_zone, units
"""


async def get_profile(conn: Connection, user_id: int) -> Profile:
    """What a person has chosen."""
    async with conn.cursor(row_factory=class_row(Profile)) as cursor:
        found = await (await cursor.execute(FIND_PROFILE, [user_id])).fetchone()
    assert found is not None
    return found


async def update_profile(conn: Connection, user_id: int, wanted: Profile, *, now: datetime) -> Profile | None:
    """Change the profile from the version that `wanted` names; None when it is stale."""
    parameters = {
        "user_id": user_id,
        "now": now,
        "version": wanted.version,
        "language": wanted.language,
        "time_zone": wanted.time_zone,
        "units": wanted.units,
    }
    async with conn.cursor(row_factory=class_row(Profile)) as cursor:
        return await (await cursor.execute(UPDATE_PROFILE, parameters)).fetchone()


@dataclass(frozen=True, slots=True, kw_only=True)
class NewPerson:
    """An account to be made. `password_hash` None: it signs in by the company's login only; `language` None: it has
    chosen none yet."""

    organisation_id: int
    login: str
    password_hash: str | None
    role: str
    language: str | None
    email: str | None = None


INSERT_PERSON: LiteralString = """
INSERT INTO app_user (public_id, organisation_id, login, password_hash, role, language, name, email, created_at,
    password_changed_at)
VALUES (%(public_id)s, %(organisation_id)s, %(login)s, %(password_hash)s, %(role)s, %(language)s, %(login)s, %(email)s,
    %(now)s, %(now)s)
ON CONFLICT (login) DO NOTHING
RETURNING user_id, public_id, organisation_id, login, password_hash, active
"""


async def insert_person(conn: Connection, person: NewPerson, *, now: datetime) -> Account:
    """Insert an account. Raises Conflict when the login is taken."""
    parameters = {
        "public_id": uuid7(),
        "organisation_id": person.organisation_id,
        "login": person.login,
        "password_hash": person.password_hash,
        "role": person.role,
        "language": person.language,
        "email": person.email,
        "now": now,
    }
    async with conn.cursor(row_factory=class_row(Account)) as cursor:
        found = await (await cursor.execute(INSERT_PERSON, parameters)).fetchone()
    if found is None:
        raise Conflict("login_taken", where="login", login=person.login)
    return found


INSERT_USER: LiteralString = """
INSERT INTO app_user (public_id, organisation_id, login, name, password_hash, role, language)
VALUES (%(public_id)s, %(organisation_id)s, %(login)s, %(login)s, %(password_hash)s, %(role)s, %(language)s)
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
    language: Literal["zh", "en"] | None = None,
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
        raise Conflict("login_taken", where="login", login=login)
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
    organisation_kind: OrganisationKind = "ecc",
    organisation_name: str = "ECC",
    email: str | None = None,
) -> int:
    """The demo's account: made, or given this password, role and e-mail when it is there. Returns its user_id.

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
    user_id = (
        create_user(conn, organisation_id=organisation_id, login=login, password=password, role=role)
        if changed is None
        else int(changed[0])
    )
    if email is not None:
        conn.execute("UPDATE app_user SET email = %s WHERE user_id = %s", [email, user_id])
    return user_id
