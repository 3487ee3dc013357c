"""Sessions of people: begun by signing in, kept going by numbered refresh tokens, ended at once."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, LiteralString, TypeAlias, TypeVar
from uuid import UUID

from psycopg.rows import class_row, dict_row

from fleet.errors import EccError
from storage.read_pool import Connection
from storage.users import Caller, Profile, caller_of

Found = TypeVar("Found")
Asking: TypeAlias = Callable[[], Awaitable[Callable[[], Awaitable[Found]]]]
INSERT_SESSION: LiteralString = """
INSERT INTO app_session (session_hash, user_id, created_at, last_used_at, expires_at, address, browser,
    company_login_id)
VALUES (%(session_hash)s, %(user_id)s, %(at)s, %(at)s, %(expires_at)s, %(address)s, %(browser)s, %(company_login_id)s)
RETURNING session_id
"""


async def insert_session(
    conn: Connection,
    session_hash: bytes,
    *,
    user_id: int,
    at: datetime,
    expires_at: datetime,
    address: str | None = None,
    browser: str | None = None,
    company_login_id: int | None = None,
) -> UUID:
    """Begin a session and return its id; `session_hash` is the SHA-256 of the name that its tokens carry."""
    parameters = {
        "session_hash": session_hash,
        "user_id": user_id,
        "at": at,
        "expires_at": expires_at,
        "address": address,
        "browser": browser,
        "company_login_id": company_login_id,
    }
    row = await (await conn.execute(INSERT_SESSION, parameters)).fetchone()
    assert row is not None
    return UUID(str(row[0]))


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedPerson:
    """Who a session stands for, and when it ends at the latest."""

    caller: Caller
    profile: Profile
    session_id: UUID
    ends_at: datetime


ENTER: LiteralString = "SELECT * FROM enter_as_person(%(session_hash)s, %(now)s)"


async def find_person(conn: Connection, session_hash: bytes, *, now: datetime) -> SignedPerson | None:
    """The person of a session that has not ended, with the transaction put into its organisation's scope.

    One round trip, in which the transaction begins.
    """
    async with conn.cursor(row_factory=dict_row) as cursor:
        async with conn.pipeline():
            await cursor.execute(ENTER, {"session_hash": session_hash, "now": now})
        return _person(await cursor.fetchone())


async def find_person_and(
    conn: Connection, session_hash: bytes, ask: Asking[Found], *, now: datetime
) -> tuple[SignedPerson | None, Found | EccError]:
    """The same, and what `ask` reads in that scope, or raised, by one statement: one round trip for both.

    `ask` sends the statement, what it returns takes the answer. What it reads is for whoever turns out to be the
    person: `ask` must have believed the same.
    """
    async with conn.cursor(row_factory=dict_row) as cursor:
        try:
            async with conn.pipeline():
                await cursor.execute(ENTER, {"session_hash": session_hash, "now": now})
                take = await ask()
            found: Found | EccError = await take()
        except EccError as error:
            found = error
        return _person(await cursor.fetchone()), found


def _person(row: dict[str, Any] | None) -> SignedPerson | None:
    if row is None:
        return None
    session_id, ends_at = row.pop("session_id"), row.pop("ends_at")
    chosen = {name: row.pop(name) for name in ("version", "time_zone", "units")}
    return SignedPerson(
        caller=caller_of(**row),
        profile=Profile(**chosen, language=row["language"]),
        session_id=session_id,
        ends_at=ends_at,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Rotation:
    """How a session's refresh token stands. `generation`: the one in force; `rotations`: newest first."""

    user_id: int
    session_id: UUID
    generation: int
    rotations: Sequence[datetime]
    expires_at: datetime

    def used_up_at(self, generation: int) -> datetime | None:
        """When the token of this generation was used up; None when it is in force or that is too long ago to know."""
        behind = self.generation - generation
        return self.rotations[behind - 1] if 0 < behind <= len(self.rotations) else None


ROTATE: LiteralString = """
UPDATE app_session s SET generation = s.generation + 1, rotations = (ARRAY[%(now)s::timestamptz] || s.rotations)[1:5],
    last_used_at = %(now)s, address = %(address)s, browser = %(browser)s
WHERE s.session_hash = %(session_hash)s AND s.generation = %(generation)s AND s.expires_at > %(now)s
    AND EXISTS (SELECT FROM app_user u WHERE u.user_id = s.user_id AND u.active)
RETURNING user_id, session_id, generation, rotations, expires_at
"""
FIND_ROTATION: LiteralString = """
SELECT user_id, session_id, generation, rotations, expires_at FROM app_session
WHERE session_hash = %(session_hash)s AND expires_at > %(now)s
"""


async def rotate(
    conn: Connection, session_hash: bytes, *, generation: int, now: datetime, address: str, browser: str | None
) -> Rotation | None:
    """Use up the refresh token of this generation; None when it is not the one in force. One of two at once wins."""
    parameters = {
        "session_hash": session_hash,
        "generation": generation,
        "now": now,
        "address": address,
        "browser": browser,
    }
    async with conn.cursor(row_factory=class_row(Rotation)) as cursor:
        return await (await cursor.execute(ROTATE, parameters)).fetchone()


async def find_rotation(conn: Connection, session_hash: bytes, *, now: datetime) -> Rotation | None:
    """How the refresh token of a session stands; None when the session is over."""
    async with conn.cursor(row_factory=class_row(Rotation)) as cursor:
        return await (await cursor.execute(FIND_ROTATION, {"session_hash": session_hash, "now": now})).fetchone()


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionRow:
    """One open session, for its person to see."""

    id: UUID
    created_at: datetime
    last_used_at: datetime
    expires_at: datetime
    address: str | None
    browser: str | None
    company_login: str | None


LIST_SESSIONS: LiteralString = """
SELECT s.session_id AS id, s.created_at, s.last_used_at, s.expires_at, s.address, s.browser, c.name AS company_login
FROM app_session s LEFT JOIN company_login c USING (company_login_id)
WHERE s.user_id = %(user_id)s AND s.expires_at > %(now)s
ORDER BY s.last_used_at DESC, s.session_id LIMIT 200
"""


async def list_sessions(conn: Connection, user_id: int, *, now: datetime) -> list[SessionRow]:
    """The open sessions of a person, the one used last first; 200 at most."""
    async with conn.cursor(row_factory=class_row(SessionRow)) as cursor:
        return await (await cursor.execute(LIST_SESSIONS, {"user_id": user_id, "now": now})).fetchall()


async def end_session(conn: Connection, session_id: UUID, *, user_id: int) -> bool:
    """End one session of a person; False when there is none of this id."""
    done = await conn.execute("DELETE FROM app_session WHERE session_id = %s AND user_id = %s", [session_id, user_id])
    return done.rowcount == 1


END_OF: LiteralString = """
DELETE FROM app_session WHERE user_id = %(user_id)s AND session_id IS DISTINCT FROM %(but)s::uuid
"""


async def end_sessions_of(conn: Connection, user_id: int, *, but: UUID | None = None) -> int:
    """End every session of a person, except `but`; returns how many there were."""
    return (await conn.execute(END_OF, {"user_id": user_id, "but": but})).rowcount


FIND_PROVIDER: LiteralString = """
SELECT s.session_id, u.user_id, c.public_id FROM app_session s JOIN app_user u USING (user_id)
LEFT JOIN company_login c USING (company_login_id) WHERE s.session_hash = %(session_hash)s
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnSession:
    """A session by its token: whose it is, and the company login it came by."""

    session_id: UUID
    user_id: int
    company_login: UUID | None


async def find_session(conn: Connection, session_hash: bytes) -> OwnSession | None:
    """The session of this name, expired or not."""
    row = await (await conn.execute(FIND_PROVIDER, {"session_hash": session_hash})).fetchone()
    return None if row is None else OwnSession(session_id=row[0], user_id=row[1], company_login=row[2])
