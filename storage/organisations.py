"""Organisations of the tree: pages, one, those of a kind of key, and changes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, LiteralString
from uuid import UUID

from psycopg.rows import class_row

from fleet.errors import Conflict
from storage.pages import PageOf, change_one, fetch_page, insert_many, seen_by
from storage.read_pool import Connection, enter_scope
from storage.sight import Scope


@dataclass(frozen=True, slots=True, kw_only=True)
class OrganisationRow:
    """One organisation; of the one above it only what the reader sees."""

    organisation_id: int
    public_id: UUID
    parent_id: int | None
    parent_public_id: UUID | None
    parent_name: str | None
    kind: str
    name: str
    external_no: str | None
    language: str
    contact_name: str | None
    contact_email: str | None
    contact_phone: str | None
    active: bool
    version: int
    created_at: datetime
    updated_at: datetime


# A child of an organisation that the scope sees is in the scope, though it came after the scope was made.
_ROWS: LiteralString = """
SELECT o.organisation_id, o.public_id, o.parent_id, p.public_id AS parent_public_id, p.name AS parent_name, o.kind,
    o.name, o.external_no, o.language, o.contact_name, o.contact_email, o.contact_phone, o.active, o.version,
    o.created_at, o.updated_at
FROM organisation o
LEFT JOIN organisation p ON p.organisation_id = o.parent_id
    AND (%(all)s OR p.organisation_id = ANY(%(organisations)s))
WHERE (%(all)s OR o.organisation_id = ANY(%(organisations)s) OR o.parent_id = ANY(%(organisations)s))
"""
LIST: LiteralString = (
    _ROWS
    + """
AND (%(q)s::text IS NULL OR strpos(lower(o.name), lower(%(q)s)) > 0 OR o.external_no = %(q)s)
AND (%(kind)s::text IS NULL OR o.kind = %(kind)s)
AND (%(parent)s::uuid IS NULL OR p.public_id = %(parent)s)
AND (%(active)s::boolean IS NULL OR o.active = %(active)s)
"""
)


@dataclass(frozen=True, slots=True, kw_only=True)
class OrganisationFilter:
    """Which organisations; None is no condition."""

    q: str | None = None
    kind: str | None = None
    parent: UUID | None = None
    active: bool | None = None


async def list_organisations(
    conn: Connection, scope: Scope, wanted: OrganisationFilter, page: PageOf
) -> list[OrganisationRow]:
    """A page of the organisations that the scope sees."""
    given = {"q": wanted.q, "kind": wanted.kind, "parent": wanted.parent, "active": wanted.active} | seen_by(scope)
    return await fetch_page(conn, (LIST, "o.organisation_id"), OrganisationRow, page, given)


FIND: LiteralString = (
    _ROWS
    + """
AND (o.public_id = %(public_id)s OR (%(public_id)s::uuid IS NULL AND o.organisation_id = %(own)s))
"""
)


async def find_organisation(conn: Connection, scope: Scope, public_id: UUID | None) -> OrganisationRow | None:
    """The organisation of this id, if the scope sees it; None: the scope's own."""
    async with conn.cursor(row_factory=class_row(OrganisationRow)) as cursor:
        given = {"public_id": public_id, "own": scope.organisation_id} | seen_by(scope)
        return await (await cursor.execute(FIND, given)).fetchone()


async def list_all(conn: Connection, scope: Scope) -> list[OrganisationRow]:
    """Every organisation that the scope sees, in no order; for imports."""
    async with conn.cursor(row_factory=class_row(OrganisationRow)) as cursor:
        return await (await cursor.execute(_ROWS, seen_by(scope))).fetchall()


async def enter_platform(conn: Connection) -> Scope:
    """Put the transaction into the scope of the platform's own organisation, for the command line."""
    row = await (await conn.execute("SELECT platform_organisation()")).fetchone()
    assert row is not None
    await enter_scope(conn, int(row[0]))
    return Scope(organisation_id=int(row[0]), sees_all=True, exact_positions=True)


async def enter_organisation(conn: Connection, organisation_id: int) -> Scope:
    """Put the transaction into the scope of an organisation and those below it, for the command line."""
    await enter_scope(conn, organisation_id)
    row = await (await conn.execute("SELECT tenant_organisation_ids(), tenant_sees_all()")).fetchone()
    assert row is not None
    return Scope(organisation_id=organisation_id, organisations=tuple(row[0]), sees_all=row[1], exact_positions=True)


LOCK: LiteralString = "SELECT pg_advisory_xact_lock(hashtext('organisation tree'))"
IS_BELOW: LiteralString = """
WITH RECURSIVE above AS (
    SELECT organisation_id, parent_id FROM organisation WHERE organisation_id = %(organisation)s
    UNION
    SELECT o.organisation_id, o.parent_id FROM organisation o JOIN above a ON o.organisation_id = a.parent_id
)
SELECT EXISTS (SELECT FROM above WHERE organisation_id = %(top)s)
"""


async def lock_tree(conn: Connection) -> None:
    """Let nobody else move organisations until this transaction ends: two moves could make a loop together."""
    await conn.execute(LOCK)


async def is_below(conn: Connection, organisation_id: int, *, top: int) -> bool:
    """True when the organisation is `top` or somewhere below it."""
    row = await (await conn.execute(IS_BELOW, {"organisation": organisation_id, "top": top})).fetchone()
    return bool(row and row[0])


INSERT: LiteralString = """
INSERT INTO organisation (public_id, parent_id, kind, name, external_no, language, contact_name, contact_email,
    contact_phone, active, created_at, updated_at)
VALUES (%(public_id)s, %(parent_id)s, %(kind)s, %(name)s, %(external_no)s, %(language)s, %(contact_name)s,
    %(contact_email)s, %(contact_phone)s, %(active)s, %(now)s, %(now)s)
ON CONFLICT DO NOTHING RETURNING organisation_id
"""


async def insert_organisation(conn: Connection, values: Mapping[str, Any]) -> int:
    """Insert one; returns its number. Raises Conflict when a sibling has its name or external_no."""
    row = await (await conn.execute(INSERT, values)).fetchone()
    if row is None:
        raise Conflict("organisation_name_taken", where="name")
    return int(row[0])


INSERT_ALL: LiteralString = """
INSERT INTO organisation (public_id, parent_id, kind, name, external_no, language, contact_name, contact_email,
    contact_phone, active, created_at, updated_at)
SELECT n.public_id, n.parent_id, n.kind, n.name, n.external_no, n.language, n.contact_name, n.contact_email,
    n.contact_phone, n.active, %(now)s, %(now)s
FROM jsonb_to_recordset(%(rows)s::jsonb) AS n (public_id uuid, parent_id integer, kind text, name text,
    external_no text, language text, contact_name text, contact_email text, contact_phone text, active boolean)
ON CONFLICT DO NOTHING RETURNING public_id, organisation_id
"""


async def insert_organisations(
    conn: Connection, rows: Sequence[Mapping[str, Any]], *, now: datetime
) -> dict[UUID, int]:
    """Insert many; returns their numbers by their ids. Raises Conflict, without telling of which one."""
    return await insert_many(conn, INSERT_ALL, rows, now=now)


UPDATE: LiteralString = """
UPDATE organisation SET parent_id = %(parent_id)s, name = %(name)s, external_no = %(external_no)s,
    language = %(language)s, contact_name = %(contact_name)s, contact_email = %(contact_email)s,
    contact_phone = %(contact_phone)s, active = %(active)s, version = version + 1, updated_at = %(now)s
WHERE organisation_id = %(organisation_id)s AND version = %(version)s
"""


async def update_organisation(conn: Connection, values: Mapping[str, Any]) -> None:
    """Change one. Raises PreconditionFailed and Conflict."""
    await change_one(conn, UPDATE, values)


async def end_sessions_of_people(conn: Connection, organisation_id: int) -> None:
    """End every session of the organisation's own people."""
    await conn.execute(
        "DELETE FROM app_session s USING app_user u WHERE u.user_id = s.user_id AND u.organisation_id = %s",
        [organisation_id],
    )
