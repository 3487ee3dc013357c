"""Signing in with a password."""

import asyncio
import hashlib
import math
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from fleet.errors import NotAuthenticated, RateLimited
from storage.audit import Actor, Occurrence, record_occurrence
from storage.passwords import verify_and_renew
from storage.read_pool import Connection, ReadPool, enter_scope
from storage.sessions import SignedPerson, find_person, insert_session
from storage.users import Account, find_account, set_password_hash
from usecases.sign_in_pace import Attempt, Pace, count_attempt, forgive_attempt

BROWSER_LENGTH = 200  # of what a browser says of itself, as it is kept


class TooManyAttempts(RateLimited):
    """Too many attempts to sign in; wait and try again."""

    code = "too_many_attempts"


@dataclass(frozen=True, slots=True, kw_only=True)
class Visitor:
    """Where a request comes from."""

    address: str
    browser: str | None

    @property
    def detail(self) -> dict[str, str | None]:
        """For the audit."""
        return {"address": self.address, "browser": self.browser}


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenSession:
    """A session and the number of its refresh token. `name` is the secret that its tokens carry."""

    name: str
    generation: int
    person: SignedPerson


def hash_of(name: str) -> bytes:
    """What the database keeps of a session's name."""
    return hashlib.sha256(name.encode("utf-8", "surrogatepass")).digest()


async def sign_in(
    pool: ReadPool, *, login: str, password: str, visitor: Visitor, pace: Pace, lifetime: timedelta, now: datetime
) -> OpenSession:
    """Check a password and begin a session. Raises NotAuthenticated or TooManyAttempts.

    An unknown login costs the same time as a wrong password, so names cannot be guessed by the clock.
    """
    attempt = Attempt.of(login, visitor.address)
    await allow_attempt(pool, attempt, pace, now=now)
    async with pool.platform() as conn:
        account = await find_account(conn, login=login)
    fits, renewed = await asyncio.to_thread(verify_and_renew, password, account.password_hash if account else None)
    async with pool.platform() as conn:
        if account is not None and fits and account.active:
            await forgive_attempt(conn, attempt, pace, now=now)
            if renewed is not None:
                await set_password_hash(conn, account.user_id, renewed, at=None)
            return await begin_session(conn, account, visitor, lifetime=lifetime, now=now)
        await _record_refusal(conn, account, visitor, fits=fits, now=now)
    raise NotAuthenticated


async def allow_attempt(pool: ReadPool, attempt: Attempt, pace: Pace, *, now: datetime) -> None:
    """Count an attempt, for good: in a transaction of its own. Raises TooManyAttempts when it comes too soon."""
    async with pool.platform() as conn:
        wait_s = await count_attempt(conn, attempt, pace, now=now)
    if wait_s > 0:
        raise TooManyAttempts(math.ceil(wait_s))


async def begin_session(
    conn: Connection,
    account: Account,
    visitor: Visitor,
    *,
    lifetime: timedelta,
    now: datetime,
    company_login_id: int | None = None,
) -> OpenSession:
    """Begin a session of an account, with its audit row. Raises NotAuthenticated.

    `conn` sees every tenant or the account's organisation, and is in the account's scope afterwards.
    """
    name = secrets.token_urlsafe(32)
    session_id = await insert_session(
        conn,
        hash_of(name),
        user_id=account.user_id,
        at=now,
        expires_at=now + lifetime,
        address=visitor.address,
        browser=visitor.browser,
        company_login_id=company_login_id,
    )
    occurrence = Occurrence(
        action="sign_in",
        entity="session",
        entity_id=session_id,
        organisation_id=account.organisation_id,
        detail=visitor.detail | {"by": "password" if company_login_id is None else "company login"},
    )
    person = await find_person(conn, hash_of(name), now=now)  # from here on `conn` is in the account's scope
    if person is None:
        raise NotAuthenticated
    await record_occurrence(conn, account.actor, occurrence, at=now)
    return OpenSession(name=name, generation=0, person=person)


async def _record_refusal(
    conn: Connection, account: Account | None, visitor: Visitor, *, fits: bool, now: datetime
) -> None:
    """An unknown login is not written down: people type passwords into the wrong field."""
    nobody = Actor(kind="person", id=None, name="unknown login", organisation_id=None)
    why = "unknown login" if account is None else "not active" if fits else "wrong password"
    occurrence = Occurrence(
        action="sign_in_failed",
        entity="session",
        organisation_id=None if account is None else account.organisation_id,
        detail=visitor.detail | {"why": why},
    )
    if account is not None:
        await enter_scope(conn, account.organisation_id)
    await record_occurrence(conn, nobody if account is None else account.actor, occurrence, at=now)
