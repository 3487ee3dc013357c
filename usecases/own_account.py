"""What people do with their own account: password, preferences, sessions."""

import asyncio
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from fleet.errors import Forbidden, NotFound, PreconditionFailed, placed
from fleet.wall_clock import get_zone
from storage import sessions
from storage.audit import Actor, Change, Occurrence, record_change, record_occurrence
from storage.password_links import end_links_of
from storage.passwords import hash_password, verify_password
from storage.read_pool import Connection, ReadPool, enter_scope
from storage.users import Account, Caller, Profile, find_account, get_profile, set_password_hash, update_profile
from usecases.password_policy import require_good_password
from usecases.sign_in import OpenSession, Visitor, allow_attempt, begin_session, hash_of
from usecases.sign_in_pace import Attempt, Pace, forgive_attempt
from usecases.versions import Versions, same_version


def user_id_of(caller: Caller) -> int:
    """The person's number. Raises Forbidden for an integrator's client, which has no account."""
    if caller.user_id is None:
        raise Forbidden("client_without_account")
    return caller.user_id


async def change_password(
    pool: ReadPool,
    caller: Caller,
    *,
    current: str,
    wanted: str,
    visitor: Visitor,
    pace: Pace,
    lifetime: timedelta,
    now: datetime,
) -> OpenSession:
    """Give the caller a new password; every session ends, and a new one begins.

    Raises Forbidden when `current` is wrong, WeakPassword and TooManyAttempts.
    """
    require_good_password(wanted, login=caller.login, where="new_password")
    attempt = Attempt.of(caller.login, visitor.address)
    await allow_attempt(pool, attempt, pace, now=now)
    async with pool.platform() as conn:
        account = await find_account(conn, user_id=user_id_of(caller))
    if account is None or not await asyncio.to_thread(verify_password, current, account.password_hash):
        await _record_refusal(pool, caller, visitor, now=now)
        raise Forbidden("password_wrong", where="current_password")
    password_hash = await asyncio.to_thread(hash_password, wanted)
    async with pool.platform() as conn:
        await forgive_attempt(conn, attempt, pace, now=now)
        await enter_scope(conn, account.organisation_id)
        await replace_password(conn, account, caller.actor, password_hash, now=now)
        return await begin_session(conn, account, visitor, lifetime=lifetime, now=now)


async def _record_refusal(pool: ReadPool, caller: Caller, visitor: Visitor, *, now: datetime) -> None:
    """In a transaction of its own: the request's is undone."""
    occurrence = Occurrence(
        action="change_password_failed",
        entity="person",
        entity_id=caller.public_id,
        organisation_id=caller.scope.organisation_id,
        detail=visitor.detail | {"why": "wrong password"},
    )
    async with pool.platform() as conn:
        await enter_scope(conn, caller.scope.organisation_id)
        await record_occurrence(conn, caller.actor, occurrence, at=now)


async def replace_password(
    conn: Connection,
    account: Account,
    actor: Actor,
    password_hash: str,
    *,
    now: datetime,
    how: Mapping[str, str] | None = None,
) -> None:
    """Store a password's hash, end every session of the account and the open link for a new one, and record it."""
    await set_password_hash(conn, account.user_id, password_hash, at=now)
    await end_links_of(conn, account.user_id, now=now)
    ended = await sessions.end_sessions_of(conn, account.user_id)
    change = Change(
        entity="person",
        entity_id=account.public_id,
        organisation_id=account.organisation_id,
        action="change_password",
        after={"sessions_ended": ended} | dict(how or {}),
    )
    await record_change(conn, actor, change, at=now)


async def set_password(conn: Connection, actor: Actor, login: str, password: str, *, now: datetime) -> int:
    """Give somebody a password from the command line; returns how many sessions ended with the old one.

    Raises NotFound and WeakPassword.
    """
    require_good_password(password, login=login)
    account = await find_account(conn, login=login)
    if account is None:
        raise NotFound("login_absent", where="login", login=login)
    open_sessions = len(await sessions.list_sessions(conn, account.user_id, now=now))
    await replace_password(conn, account, actor, await asyncio.to_thread(hash_password, password), now=now)
    return open_sessions


async def change_profile(
    conn: Connection,
    caller: Caller,
    changes: Mapping[str, Any],
    *,
    version: Versions | None,
    now: datetime,
) -> Profile:
    """Change what the caller chooses for itself: `language` (None: not chosen any more), `time_zone` and `units` (None:
    as before). Raises PreconditionFailed, InvalidInput."""
    time_zone = changes.get("time_zone")
    if time_zone is not None:
        with placed("time_zone"):
            get_zone(time_zone)
    user_id = user_id_of(caller)
    before = await get_profile(conn, user_id)
    wanted = Profile(
        version=same_version(before.version, version),
        language=changes.get("language", before.language),
        time_zone=time_zone or before.time_zone,
        units="imperial" if (changes.get("units") or before.units) == "imperial" else "metric",
    )
    after = await update_profile(conn, user_id, wanted, now=now)
    if after is None:
        raise PreconditionFailed
    change = Change(
        entity="person",
        entity_id=caller.public_id,
        organisation_id=caller.scope.organisation_id,
        action="update",
        before=_shown(before),
        after=_shown(after),
    )
    await record_change(conn, caller.actor, change, at=now)
    return after


def _shown(profile: Profile) -> dict[str, str | None]:
    return {"language": profile.language, "time_zone": profile.time_zone, "units": profile.units}


async def end_own_session(conn: Connection, caller: Caller, session_id: UUID, *, now: datetime) -> None:
    """End one of the caller's sessions. Raises NotFound."""
    if not await sessions.end_session(conn, session_id, user_id=user_id_of(caller)):
        raise NotFound
    await _record_end(conn, caller.actor, session_id, action="sign_out_session", now=now)


async def sign_out(pool: ReadPool, name: str, *, now: datetime) -> UUID | None:
    """End the session of this name, if it still is; returns the company login that it came by."""
    async with pool.platform() as conn:
        found = await sessions.find_session(conn, hash_of(name))
        account = None if found is None else await find_account(conn, user_id=found.user_id)
        if found is None or account is None:
            return None
        if await sessions.end_session(conn, found.session_id, user_id=found.user_id):
            await enter_scope(conn, account.organisation_id)
            await _record_end(conn, account.actor, found.session_id, action="sign_out", now=now)
        return found.company_login


async def _record_end(conn: Connection, actor: Actor, session_id: UUID, *, action: str, now: datetime) -> None:
    occurrence = Occurrence(
        action=action, entity="session", entity_id=session_id, organisation_id=actor.organisation_id
    )
    await record_occurrence(conn, actor, occurrence, at=now)
