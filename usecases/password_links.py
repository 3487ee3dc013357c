"""A link, good once, by which somebody chooses a password: for accounts made over the API or by import, and for whoever
forgot theirs."""

import asyncio
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from fleet.errors import Conflict, EccError, Forbidden, NotFound
from storage import password_links, people
from storage.audit import Change, record_change
from storage.password_links import PasswordLinkRow
from storage.passwords import hash_password
from storage.people import PersonRow
from storage.read_pool import Connection, ReadPool, enter_scope
from storage.users import find_account
from usecases.edit_people import Grantable, check_grant
from usecases.invite import find_active_maker, hash_of_token
from usecases.master_data import Author
from usecases.own_account import replace_password
from usecases.password_policy import require_good_password
from usecases.sign_in import OpenSession, Visitor, begin_session

OPEN_FOR = timedelta(days=3)


class PasswordLinkOver(EccError):
    """This link has been used or replaced by a newer one, or is too old; ask for a new one."""

    code = "password_link_over"


@dataclass(frozen=True, slots=True, kw_only=True)
class Powers:
    """What the maker may give (roles, by the kind of the organisation), and whose rights, by role, are all its own."""

    grantable: Grantable
    covers: Callable[[str], bool]

    def hold(self, link: PasswordLinkRow) -> bool:
        """True when the maker may still let somebody into the account."""
        may_give = link.role in self.grantable(link.organisation_kind)
        return may_give and (link.is_fresh or self.covers(link.role))


PowersOf = Callable[[str], Powers]
"""The powers of whoever has this role."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PasswordLink:
    """A link as it was just made: the only time that it is shown."""

    person_id: str
    login: str
    link: str
    expires_at: datetime


async def make_link(
    conn: Connection, author: Author, person_id: UUID, *, powers: Powers, address: str, now: datetime
) -> PasswordLink:
    """Make a link for a person; the one so far opens nothing any more. `address`: where the console is.

    Raises NotFound for a person who is not the author's to see, Conflict for one who is not active, and Forbidden for
    the author's own account, a role that is not the author's to give, and an account in use that may do what the
    author may not.
    """
    found = await people.find_people(conn, author.scope, ids=[person_id])
    if not found:
        raise NotFound
    person = found[0]
    await _check(conn, author, person, powers)
    await password_links.end_links_of(conn, person.user_id, now=now)
    token, expires_at = secrets.token_urlsafe(32), now + OPEN_FOR
    await password_links.insert_link(
        conn,
        person.user_id,
        token_hash=hash_of_token(token),
        maker=author.actor.id if author.actor.kind == "person" else None,
        created_by=author.actor.name,
        expires_at=expires_at,
        now=now,
    )
    change = Change(
        entity="person",
        entity_id=person.public_id,
        organisation_id=person.organisation_id,
        action="make_password_link",
        after={"expires_at": expires_at.isoformat()},
    )
    await record_change(conn, author.actor, change, at=now)
    return PasswordLink(
        person_id=str(person.public_id), login=person.login, link=f"{address}/password/{token}", expires_at=expires_at
    )


async def _check(conn: Connection, author: Author, person: PersonRow, powers: Powers) -> None:
    if person.public_id == author.actor.id:
        raise Forbidden("password_link_own")
    check_grant(person.role, person.organisation_kind, powers.grantable)
    is_fresh = await password_links.lock_account(conn, person.user_id)
    if not is_fresh and not powers.covers(person.role):
        raise Forbidden("password_link_higher", login=person.login, role=person.role)
    if not person.active:
        raise Conflict("password_link_inactive", login=person.login)


async def get_open(conn: Connection, token: str, *, powers_of: PowersOf, now: datetime) -> PasswordLinkRow:
    """The open link of this token; `conn` sees every tenant.

    Raises NotFound, and PasswordLinkOver also when whoever made it could not do so any more.
    """
    link = await password_links.find_link(conn, hash_of_token(token))
    if link is None:
        raise NotFound
    if not link.is_open(now) or not await _is_still_allowed(conn, link, powers_of):
        raise PasswordLinkOver
    return link


async def _is_still_allowed(conn: Connection, link: PasswordLinkRow, powers_of: PowersOf) -> bool:
    if link.maker_id is None:  # the command line
        return True
    maker = await find_active_maker(conn, link.maker_id, organisation_id=link.organisation_id)
    return maker is not None and powers_of(maker.role).hold(link)


async def use_link(
    pool: ReadPool,
    token: str,
    *,
    password: str,
    visitor: Visitor,
    lifetime: timedelta,
    powers_of: PowersOf,
    now: datetime,
) -> OpenSession:
    """Give the account of a link this password; every session of it ends, and a new one begins.

    Raises NotFound, PasswordLinkOver and WeakPassword.
    """
    async with pool.platform() as conn:
        link = await get_open(conn, token, powers_of=powers_of, now=now)
    require_good_password(password, login=link.login)
    password_hash = await asyncio.to_thread(hash_password, password)
    async with pool.platform() as conn:
        link = await get_open(conn, token, powers_of=powers_of, now=now)
        account = await find_account(conn, user_id=link.user_id)
        await enter_scope(conn, link.organisation_id)
        if account is None or not await password_links.end_link(conn, link, now=now):
            raise PasswordLinkOver
        await replace_password(
            conn, account, account.actor, password_hash, how={"by": f"a link of {link.created_by}"}, now=now
        )
        return await begin_session(conn, account, visitor, lifetime=lifetime, now=now)
