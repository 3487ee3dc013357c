"""Keeping a session going: each refresh token is used once, and one that comes back later ends the session.

Refresh tokens of a session are numbered. Using number n up puts n + 1 in force. Two tabs of one browser may send n at
the same time: whoever comes second, within a few seconds of the use, is given the token that is in force now, the very
one that the first was given, so neither is thrown out and still only one chain of tokens exists. Whoever stole n and
used it within those seconds is in the same chain as its owner: the next time one of the two comes with a number that
was used up longer ago, and the session ends for both.
"""

from datetime import datetime, timedelta

from fleet.errors import NotAuthenticated
from storage.audit import Occurrence, record_occurrence
from storage.read_pool import Connection, ReadPool, enter_scope
from storage.sessions import Rotation, end_session, find_person, find_rotation, rotate
from storage.users import find_account
from usecases.sign_in import OpenSession, Visitor, hash_of


async def refresh(
    pool: ReadPool, name: str, *, generation: int, visitor: Visitor, grace: timedelta, now: datetime
) -> OpenSession:
    """Use up the refresh token number `generation` of a session. Raises NotAuthenticated."""
    refreshed = None
    async with pool.platform() as conn:
        found = await rotate(
            conn,
            hash_of(name),
            generation=generation,
            now=now,
            address=visitor.address,
            browser=visitor.browser,
        ) or await find_rotation(conn, hash_of(name), now=now)
        if found is not None and _is_in_time(found, generation, now - grace):
            person = await find_person(conn, hash_of(name), now=now)
            if person is not None:
                refreshed = OpenSession(name=name, generation=found.generation, person=person)
        elif found is not None and generation < found.generation:
            await _end_reused(conn, found, visitor, now=now)
    if refreshed is None:
        raise NotAuthenticated
    return refreshed


def _is_in_time(found: Rotation, generation: int, since: datetime) -> bool:
    """True when the token has just been used up, by this request or by another one of the last few seconds."""
    used_up_at = found.used_up_at(generation)
    return used_up_at is not None and used_up_at >= since


async def _end_reused(conn: Connection, found: Rotation, visitor: Visitor, *, now: datetime) -> None:
    """A token that was used up long ago is in two hands: the session ends for both."""
    account = await find_account(conn, user_id=found.user_id)
    assert account is not None
    await end_session(conn, found.session_id, user_id=found.user_id)
    occurrence = Occurrence(
        action="refresh_reused",
        entity="session",
        entity_id=found.session_id,
        organisation_id=account.organisation_id,
        detail=visitor.detail,
    )
    await enter_scope(conn, account.organisation_id)
    await record_occurrence(conn, account.actor, occurrence, at=now)
