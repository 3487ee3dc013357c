"""Links by which people choose a new password: open until one is used, replaced or too old."""

from dataclasses import dataclass
from datetime import datetime
from typing import LiteralString
from uuid import UUID

from psycopg.rows import class_row

from storage.read_pool import Connection


@dataclass(frozen=True, slots=True, kw_only=True)
class PasswordLinkRow:
    """One link with the account that it is for, as that is now. `is_fresh`: nobody has a way into it yet."""

    password_link_id: int
    maker_id: int | None
    created_by: str
    expires_at: datetime
    ended_at: datetime | None
    user_id: int
    login: str
    role: str
    language: str | None
    active: bool
    is_fresh: bool
    organisation_id: int
    organisation_name: str
    organisation_kind: str

    def is_open(self, now: datetime) -> bool:
        """True while it may be used."""
        return self.ended_at is None and now < self.expires_at and self.active


IS_FRESH: LiteralString = """
u.password_hash IS NULL AND NOT EXISTS (SELECT FROM company_identity i WHERE i.user_id = u.user_id)
"""
FIND: LiteralString = (
    """
SELECT l.password_link_id, l.maker_id, l.created_by, l.expires_at, l.ended_at, u.user_id, u.login, u.role, u.language,
    u.active AND (o.active OR o.kind = 'ecc') AS active, o.organisation_id, o.name AS organisation_name,
    o.kind AS organisation_kind,"""
    + IS_FRESH
    + """AS is_fresh
FROM password_link l JOIN app_user u USING (user_id) JOIN organisation o USING (organisation_id)
WHERE l.token_hash = %s
"""
)
LOCK: LiteralString = "SELECT" + IS_FRESH + "FROM app_user u WHERE u.user_id = %s FOR UPDATE OF u"
END_OF: LiteralString = "UPDATE password_link SET ended_at = %(now)s WHERE user_id = %(user_id)s AND ended_at IS NULL"
END: LiteralString = """
UPDATE password_link SET ended_at = %(now)s
WHERE password_link_id = %(link)s AND ended_at IS NULL AND expires_at > %(now)s
"""
INSERT: LiteralString = """
INSERT INTO password_link (user_id, maker_id, token_hash, created_by, created_at, expires_at)
VALUES (%(user_id)s, (SELECT user_id FROM app_user WHERE public_id = %(maker)s), %(token_hash)s, %(created_by)s,
    %(now)s, %(expires_at)s)
"""


async def find_link(conn: Connection, token_hash: bytes) -> PasswordLinkRow | None:
    """The link of this token; `conn` sees every tenant."""
    async with conn.cursor(row_factory=class_row(PasswordLinkRow)) as cursor:
        return await (await cursor.execute(FIND, [token_hash])).fetchone()


async def lock_account(conn: Connection, user_id: int) -> bool:
    """True when the account has neither a password nor a company's login: nobody has a way into it yet.

    Of two who make links for it at once the second waits for the first.
    """
    row = await (await conn.execute(LOCK, [user_id])).fetchone()
    return row is not None and bool(row[0])


async def end_links_of(conn: Connection, user_id: int, *, now: datetime) -> int:
    """End the open link of an account; returns how many there were."""
    return (await conn.execute(END_OF, {"user_id": user_id, "now": now})).rowcount


async def end_link(conn: Connection, link: PasswordLinkRow, *, now: datetime) -> bool:
    """Use a link up; False when it is over. One of two at once wins."""
    return (await conn.execute(END, {"link": link.password_link_id, "now": now})).rowcount == 1


async def insert_link(
    conn: Connection,
    user_id: int,
    *,
    token_hash: bytes,
    maker: UUID | None,
    created_by: str,
    expires_at: datetime,
    now: datetime,
) -> None:
    """Keep a new link; the one so far has been ended. `maker`: the person's public id, None for the command line."""
    parameters = {
        "user_id": user_id,
        "token_hash": token_hash,
        "maker": maker,
        "created_by": created_by,
        "expires_at": expires_at,
        "now": now,
    }
    await conn.execute(INSERT, parameters)
