"""Invitations of colleagues: open until they are accepted, withdrawn or too old."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, LiteralString
from uuid import UUID

from psycopg.rows import class_row

from storage.pages import change_one, seen_by
from storage.read_pool import Connection
from storage.sight import Scope


@dataclass(frozen=True, slots=True, kw_only=True)
class InvitationRow:
    """One invitation with its organisation, and the login of whoever accepted it."""

    invitation_id: int
    public_id: UUID
    organisation_id: int
    organisation_public_id: UUID
    organisation_name: str
    organisation_kind: str
    inviter_id: int | None
    role: str
    language: str | None
    email: str | None
    created_by: str
    expires_at: datetime
    accepted_at: datetime | None
    accepted_by: str | None
    revoked_at: datetime | None
    version: int
    created_at: datetime
    updated_at: datetime

    def is_open(self, now: datetime) -> bool:
        """True while it may be accepted."""
        return self.accepted_at is None and self.revoked_at is None and now < self.expires_at


_ROWS: LiteralString = """
SELECT i.invitation_id, i.public_id, i.organisation_id, o.public_id AS organisation_public_id,
    o.name AS organisation_name, o.kind AS organisation_kind, i.inviter_id, i.role,
    i.language, i.email, i.created_by, i.expires_at, i.accepted_at,
    u.login AS accepted_by, i.revoked_at, i.version, i.created_at, i.updated_at
FROM invitation i JOIN organisation o ON o.organisation_id = i.organisation_id
LEFT JOIN app_user u ON u.user_id = i.accepted_by
WHERE (%(all)s OR i.organisation_id = ANY(%(organisations)s))
"""
LIST: LiteralString = (
    _ROWS
    + """
AND (%(open)s::boolean IS NULL
    OR %(open)s = (i.accepted_at IS NULL AND i.revoked_at IS NULL AND i.expires_at > %(now)s))
AND (%(before)s::integer IS NULL OR i.invitation_id < %(before)s)
ORDER BY i.invitation_id DESC LIMIT %(limit)s
"""
)
FIND: LiteralString = _ROWS + "AND (i.public_id = %(public_id)s OR i.token_hash = %(token_hash)s)"


async def list_invitations(
    conn: Connection, scope: Scope, *, is_open: bool | None, before: int | None, limit: int, now: datetime
) -> list[InvitationRow]:
    """Invitations into the scope's organisations, the newest first, from below the number `before` on."""
    given = {"open": is_open, "before": before, "limit": limit, "now": now} | seen_by(scope)
    async with conn.cursor(row_factory=class_row(InvitationRow)) as cursor:
        return await (await cursor.execute(LIST, given)).fetchall()


async def find_invitation(
    conn: Connection, scope: Scope | None, *, public_id: UUID | None = None, token_hash: bytes | None = None
) -> InvitationRow | None:
    """The invitation of this id or token, if the scope sees it; scope None: whoever holds the token sees it."""
    given: dict[str, Any] = {"all": True, "organisations": []} if scope is None else seen_by(scope)
    given |= {"public_id": public_id, "token_hash": token_hash}
    async with conn.cursor(row_factory=class_row(InvitationRow)) as cursor:
        return await (await cursor.execute(FIND, given)).fetchone()


@dataclass(frozen=True, slots=True, kw_only=True)
class Inviter:
    """Who invited, as they are now."""

    role: str
    active: bool
    organisation_id: int
    organisation_kind: str


INVITER: LiteralString = """
SELECT u.role, u.active AND (o.active OR o.kind = 'ecc') AS active, o.organisation_id, o.kind AS organisation_kind
FROM app_user u JOIN organisation o USING (organisation_id) WHERE u.user_id = %s
"""


async def get_inviter(conn: Connection, user_id: int) -> Inviter:
    """The account that invited; `conn` sees every tenant."""
    async with conn.cursor(row_factory=class_row(Inviter)) as cursor:
        found = await (await cursor.execute(INVITER, [user_id])).fetchone()
    assert found is not None, "an invitation keeps its inviter's account"
    return found


INSERT: LiteralString = """
INSERT INTO invitation (public_id, organisation_id, role, language, email, token_hash, created_by, inviter_id,
    expires_at, created_at, updated_at)
VALUES (%(public_id)s, %(organisation_id)s, %(role)s, %(language)s, %(email)s, %(token_hash)s, %(created_by)s,
    (SELECT user_id FROM app_user WHERE public_id = %(inviter)s), %(expires_at)s, %(now)s, %(now)s)
"""
REVOKE: LiteralString = """
UPDATE invitation SET revoked_at = %(now)s, updated_at = %(now)s, version = version + 1
WHERE invitation_id = %(invitation_id)s AND version = %(version)s
"""
ACCEPT: LiteralString = """
UPDATE invitation SET accepted_at = %(now)s, accepted_by = %(user_id)s, updated_at = %(now)s, version = version + 1
WHERE invitation_id = %(invitation_id)s AND accepted_at IS NULL AND revoked_at IS NULL AND expires_at > %(now)s
"""


async def insert_invitation(conn: Connection, values: Mapping[str, Any]) -> None:
    """Insert one; `values` are the parameters of INSERT."""
    await conn.execute(INSERT, values)


async def revoke_invitation(conn: Connection, invitation_id: int, *, version: int, now: datetime) -> None:
    """Withdraw one. Raises PreconditionFailed."""
    await change_one(conn, REVOKE, {"invitation_id": invitation_id, "version": version, "now": now})


async def accept_invitation(conn: Connection, invitation_id: int, *, user_id: int, now: datetime) -> bool:
    """Use an invitation up; False when it is not open any more. One of two at once wins."""
    parameters = {"invitation_id": invitation_id, "user_id": user_id, "now": now}
    return (await conn.execute(ACCEPT, parameters)).rowcount == 1
