"""Company logins: the OpenID providers of organisations, and which account a provider's subject is."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, LiteralString
from uuid import UUID

from psycopg.rows import class_row
from psycopg.types.json import Jsonb

from storage.pages import PageOf, change_one, fetch_page, seen_by
from storage.read_pool import Connection
from storage.sight import Scope
from storage.users import Account


@dataclass(frozen=True, slots=True, kw_only=True)
class CompanyLoginRow:
    """One organisation's OpenID provider. `role_map`: value of the claim `role_claim` -> role."""

    company_login_id: int
    public_id: UUID
    organisation_id: int
    organisation_public_id: UUID
    organisation_name: str
    organisation_kind: str
    name: str
    issuer: str
    client_id: str
    secret_reference: str | None
    domains: list[str]
    role_claim: str | None
    role_map: dict[str, str]
    default_role: str | None
    auto_create: bool
    version: int
    created_at: datetime
    updated_at: datetime

    @property
    def gives(self) -> frozenset[str]:
        """The roles that it may give."""
        return frozenset(self.role_map.values()) | ({self.default_role} if self.default_role else set())


_ROWS: LiteralString = """
SELECT c.company_login_id, c.public_id, c.organisation_id, o.public_id AS organisation_public_id,
    o.name AS organisation_name, o.kind AS organisation_kind, c.name, c.issuer, c.client_id, c.secret_reference,
    c.domains, c.role_claim, c.role_map, c.default_role, c.auto_create, c.version, c.created_at, c.updated_at
FROM company_login c JOIN organisation o ON o.organisation_id = c.organisation_id
WHERE (%(all)s OR c.organisation_id = ANY(%(organisations)s))
"""
FIND: LiteralString = _ROWS + "AND c.public_id = %(public_id)s"
BY_DOMAIN: LiteralString = _ROWS + "AND c.domains @> ARRAY[%(domain)s::text] ORDER BY c.name, c.company_login_id"
OF_THESE: LiteralString = _ROWS + "AND c.organisation_id = ANY(%(these)s) ORDER BY c.name, c.company_login_id"
ABOVE: LiteralString = """
WITH RECURSIVE above AS (
    SELECT organisation_id, parent_id FROM organisation WHERE organisation_id = %s
    UNION
    SELECT p.organisation_id, p.parent_id FROM organisation p JOIN above a ON p.organisation_id = a.parent_id
)
SELECT organisation_id FROM above
"""
_EVERYBODY: dict[str, Any] = {"all": True, "organisations": []}


async def list_company_logins(conn: Connection, scope: Scope, page: PageOf) -> list[CompanyLoginRow]:
    """A page of the company logins of the scope's organisations."""
    return await fetch_page(conn, (_ROWS, "c.company_login_id"), CompanyLoginRow, page, seen_by(scope))


async def find_company_login(conn: Connection, scope: Scope | None, public_id: UUID) -> CompanyLoginRow | None:
    """The company login of this id, if the scope sees it; None: whoever signs in by it sees it."""
    given = (_EVERYBODY if scope is None else seen_by(scope)) | {"public_id": public_id}
    async with conn.cursor(row_factory=class_row(CompanyLoginRow)) as cursor:
        return await (await cursor.execute(FIND, given)).fetchone()


async def list_of_domain(conn: Connection, domain: str) -> list[CompanyLoginRow]:
    """The company logins for people with e-mail addresses of this domain; `conn` sees every tenant."""
    async with conn.cursor(row_factory=class_row(CompanyLoginRow)) as cursor:
        return await (await cursor.execute(BY_DOMAIN, _EVERYBODY | {"domain": domain})).fetchall()


async def list_for_organisation(conn: Connection, organisation_id: int) -> list[CompanyLoginRow]:
    """The company logins that people of an organisation may use: its own and those above it."""
    above = [row[0] for row in await (await conn.execute(ABOVE, [organisation_id])).fetchall()]
    async with conn.cursor(row_factory=class_row(CompanyLoginRow)) as cursor:
        return await (await cursor.execute(OF_THESE, _EVERYBODY | {"these": above})).fetchall()


OF_ANOTHER: LiteralString = """
SELECT EXISTS (SELECT FROM company_login WHERE secret_reference = %s AND organisation_id <> %s)
"""


async def is_secret_of_another(conn: Connection, reference: str, organisation_id: int) -> bool:
    """True when a company login of another organisation names this secret; `conn` sees every tenant."""
    row = await (await conn.execute(OF_ANOTHER, [reference, organisation_id])).fetchone()
    return row is not None and bool(row[0])


INSERT: LiteralString = """
INSERT INTO company_login (public_id, organisation_id, name, issuer, client_id, secret_reference, domains, role_claim,
    role_map, default_role, auto_create, created_at, updated_at)
VALUES (%(public_id)s, %(organisation_id)s, %(name)s, %(issuer)s, %(client_id)s, %(secret_reference)s, %(domains)s,
    %(role_claim)s, %(role_map)s, %(default_role)s, %(auto_create)s, %(now)s, %(now)s)
"""
UPDATE: LiteralString = """
UPDATE company_login SET name = %(name)s, issuer = %(issuer)s, client_id = %(client_id)s,
    secret_reference = %(secret_reference)s, domains = %(domains)s, role_claim = %(role_claim)s,
    role_map = %(role_map)s, default_role = %(default_role)s, auto_create = %(auto_create)s, updated_at = %(now)s,
    version = version + 1
WHERE company_login_id = %(company_login_id)s AND version = %(version)s
"""
DELETE: LiteralString = """
DELETE FROM company_login WHERE company_login_id = %(company_login_id)s AND version = %(version)s
"""
END_SESSIONS: LiteralString = "DELETE FROM app_session WHERE company_login_id = %(company_login_id)s"


async def insert_company_login(conn: Connection, values: Mapping[str, Any]) -> None:
    """Insert one; `values` are the parameters of INSERT."""
    await conn.execute(INSERT, dict(values) | {"role_map": Jsonb(values["role_map"])})


async def update_company_login(conn: Connection, values: Mapping[str, Any]) -> None:
    """Change one; `values` are the parameters of UPDATE. Raises PreconditionFailed."""
    await change_one(conn, UPDATE, dict(values) | {"role_map": Jsonb(values["role_map"])})


async def delete_company_login(conn: Connection, company_login_id: int, *, version: int) -> None:
    """Remove one, and end the sessions that came by it. Raises PreconditionFailed."""
    await conn.execute(END_SESSIONS, {"company_login_id": company_login_id})
    await change_one(conn, DELETE, {"company_login_id": company_login_id, "version": version})


_ACCOUNT: LiteralString = """
SELECT u.user_id, u.public_id, u.organisation_id, u.login, u.password_hash, u.active, u.role FROM app_user u
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkedAccount(Account):
    """An account with the role that it has now."""

    role: str


BY_IDENTITY: LiteralString = (
    _ACCOUNT + "JOIN company_identity i USING (user_id) WHERE i.issuer = %(issuer)s AND i.subject = %(subject)s"
)
BY_EMAIL: LiteralString = _ACCOUNT + "WHERE lower(u.login) = lower(%(email)s) OR lower(u.email) = lower(%(email)s)"
LINK: LiteralString = """
INSERT INTO company_identity (issuer, subject, user_id, linked_at)
VALUES (%(issuer)s, %(subject)s, %(user_id)s, %(now)s)
"""
SET_ROLE: LiteralString = """
UPDATE app_user SET role = %(role)s, updated_at = %(now)s, version = version + 1 WHERE user_id = %(user_id)s
"""


async def find_linked(conn: Connection, *, issuer: str, subject: str) -> LinkedAccount | None:
    """The account that a provider's subject is."""
    async with conn.cursor(row_factory=class_row(LinkedAccount)) as cursor:
        return await (await cursor.execute(BY_IDENTITY, {"issuer": issuer, "subject": subject})).fetchone()


async def list_by_email(conn: Connection, email: str) -> Sequence[LinkedAccount]:
    """The accounts whose login or e-mail address this is, in whatever case."""
    async with conn.cursor(row_factory=class_row(LinkedAccount)) as cursor:
        return await (await cursor.execute(BY_EMAIL, {"email": email})).fetchall()


async def link_identity(conn: Connection, *, issuer: str, subject: str, user_id: int, now: datetime) -> None:
    """From now on the provider's subject is this account."""
    await conn.execute(LINK, {"issuer": issuer, "subject": subject, "user_id": user_id, "now": now})


async def set_role(conn: Connection, user_id: int, role: str, *, now: datetime) -> None:
    """Give an account the role that its company says."""
    await conn.execute(SET_ROLE, {"user_id": user_id, "role": role, "now": now})
