"""Inviting a colleague by a link, withdrawing it, and accepting it."""

import asyncio
import hashlib
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from fleet.errors import Conflict, EccError, InvalidInput, NotFound
from storage import invitations
from storage.audit import Actor, Change, record_change
from storage.ids import uuid7
from storage.invitations import InvitationRow, Inviter
from storage.organisations import is_below
from storage.passwords import hash_password
from storage.read_pool import Connection, ReadPool, enter_scope
from storage.sight import Scope
from storage.users import Account, NewPerson, insert_person
from usecases.edit_organisations import get_row as get_organisation_row
from usecases.edit_people import checked_login
from usecases.master_data import Author, Page, optional_choice, optional_email, record, text
from usecases.password_policy import require_good_password
from usecases.powers import Powers, PowersOf
from usecases.sign_in import OpenSession, Visitor, begin_session
from usecases.versions import Versions, same_version

OPEN_FOR = timedelta(days=7)


class InvitationOver(EccError):
    """This invitation has been used or withdrawn, or is too old; ask for a new one."""

    code = "invitation_over"


@dataclass(frozen=True, kw_only=True)
class Invitation:
    """One invitation; see api.schemas.invitations."""

    id: str
    organisation_id: str
    organisation_name: str
    role: str
    language: str | None
    email: str | None
    state: str
    created_by: str
    expires_at: datetime
    accepted_at: datetime | None
    accepted_by: str | None
    version: int
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True, kw_only=True)
class InvitationWithLink(Invitation):
    """An invitation as it was just made: the only time that its link is shown."""

    link: str


@dataclass(frozen=True, kw_only=True)
class InvitationPage(Page):
    """A page of invitations; its end is that of its last entry's number."""

    items: list[Invitation]


def shown_as(row: InvitationRow, now: datetime) -> Invitation:
    """What answers show of a row."""
    return Invitation(
        id=str(row.public_id),
        organisation_id=str(row.organisation_public_id),
        organisation_name=row.organisation_name,
        role=row.role,
        language=row.language,
        email=row.email,
        state=_state(row, now),
        created_by=row.created_by,
        expires_at=row.expires_at,
        accepted_at=row.accepted_at,
        accepted_by=row.accepted_by,
        version=row.version,
        created_at=row.created_at,
        updated_at=row.updated_at,
    )


_ENDED = {"accepted": "invitation_accepted", "revoked": "invitation_revoked", "expired": "invitation_expired"}


def _state(row: InvitationRow, now: datetime) -> str:
    if row.accepted_at is not None:
        return "accepted"
    if row.revoked_at is not None:
        return "revoked"
    return "open" if row.is_open(now) else "expired"


async def list_invitations(
    conn: Connection,
    scope: Scope,
    *,
    is_open: bool | None,
    after: Sequence[str | int | None] | None,
    limit: int,
    now: datetime,
) -> InvitationPage:
    """A page of the invitations into the scope's organisations, the newest first."""
    before = _number(after)
    rows = await invitations.list_invitations(conn, scope, is_open=is_open, before=before, limit=limit + 1, now=now)
    shown = rows[:limit]
    end = ("", shown[-1].invitation_id) if len(rows) > limit else None
    return InvitationPage(items=[shown_as(row, now) for row in shown], end=end)


def _number(after: Sequence[str | int | None] | None) -> int | None:
    match list(after or ()):
        case []:
            return None
        case [int(number)] if 0 <= number < 2**31:
            return number
    raise InvalidInput("cursor_foreign", where="cursor")


async def invite(
    conn: Connection,
    author: Author,
    values: Mapping[str, Any],
    *,
    powers: Powers,
    address: str,
    now: datetime,
) -> InvitationWithLink:
    """Invite somebody into the author's organisation, or the one that `organisation_id` names.

    `address`: where the console is. Raises NotFound for an organisation that is not the author's to see, Forbidden for
    a role that the author may not give, and InvalidInput.
    """
    organisation_id = values.get("organisation_id")
    organisation = await get_organisation_row(conn, author.scope, organisation_id and UUID(str(organisation_id)))
    role = text(values, "role", 40)
    await powers.check(conn, role, organisation.organisation_id, organisation.kind)
    token, public_id = secrets.token_urlsafe(32), uuid7()
    given = {
        "public_id": public_id,
        "organisation_id": organisation.organisation_id,
        "role": role,
        "language": optional_choice(values, "language", ("zh", "en")),
        "email": optional_email(values, "email"),
        "token_hash": hash_of_token(token),
        "created_by": author.actor.name,
        "inviter": author.actor.id if author.actor.kind == "person" else None,
        "expires_at": now + OPEN_FOR,
        "now": now,
    }
    await invitations.insert_invitation(conn, given)
    made = shown_as(await _get_row(conn, author.scope, public_id), now)
    await record(conn, author, "invitation", organisation.organisation_id, before=None, after=made, now=now)
    members = {name: getattr(made, name) for name in Invitation.__dataclass_fields__}
    return InvitationWithLink(**members, link=f"{address}/invite/{token}")


def hash_of_token(token: str) -> bytes:
    """What the database keeps of a link's token."""
    return hashlib.sha256(token.encode()).digest()


async def _get_row(conn: Connection, scope: Scope, public_id: UUID) -> InvitationRow:
    row = await invitations.find_invitation(conn, scope, public_id=public_id)
    if row is None:
        raise NotFound
    return row


async def get_invitation(conn: Connection, scope: Scope, public_id: UUID, *, now: datetime) -> Invitation:
    """One invitation, without its link. Raises NotFound."""
    return shown_as(await _get_row(conn, scope, public_id), now)


async def revoke_invitation(
    conn: Connection, author: Author, public_id: UUID, *, version: Versions | None, now: datetime
) -> None:
    """Withdraw an invitation that is open. Raises NotFound, PreconditionFailed and Conflict."""
    row = await _get_row(conn, author.scope, public_id)
    same_version(row.version, version)
    if not row.is_open(now):
        raise Conflict(_ENDED[_state(row, now)])
    await invitations.revoke_invitation(conn, row.invitation_id, version=row.version, now=now)
    await _record_end(conn, author.actor, row, "revoke", {"state": "revoked"}, now=now)


async def _record_end(
    conn: Connection, actor: Actor, row: InvitationRow, action: str, after: Mapping[str, Any], *, now: datetime
) -> None:
    change = Change(
        entity="invitation",
        entity_id=row.public_id,
        organisation_id=row.organisation_id,
        action=action,
        before={"state": "open"},
        after=after,
    )
    await record_change(conn, actor, change, at=now)


async def get_open(conn: Connection, token: str, *, powers_of: PowersOf, now: datetime) -> InvitationRow:
    """The open invitation of a link's token; `conn` sees every tenant.

    Raises NotFound, and InvitationOver also when whoever invited could not do so any more.
    """
    row = await invitations.find_invitation(conn, None, token_hash=hash_of_token(token))
    if row is None:
        raise NotFound
    if not row.is_open(now) or not await _is_still_granted(conn, row, powers_of):
        raise InvitationOver
    return row


async def _is_still_granted(conn: Connection, row: InvitationRow, powers_of: PowersOf) -> bool:
    if row.inviter_id is None:  # the command line
        return True
    inviter = await find_active_maker(conn, row.inviter_id, organisation_id=row.organisation_id)
    if inviter is None:
        return False
    return await powers_of(inviter.role).allow(conn, row.role, row.organisation_id, row.organisation_kind)


async def find_active_maker(conn: Connection, user_id: int, *, organisation_id: int) -> Inviter | None:
    """Who made a link into an organisation, while active and of one above it, or the platform's; else None."""
    maker = await invitations.get_inviter(conn, user_id)
    is_above = maker.organisation_kind == "ecc" or await is_below(conn, organisation_id, top=maker.organisation_id)
    return maker if maker.active and is_above else None


async def accept(
    pool: ReadPool,
    token: str,
    *,
    login: str,
    password: str,
    visitor: Visitor,
    lifetime: timedelta,
    powers_of: PowersOf,
    now: datetime,
) -> OpenSession:
    """Make the invited account with this login and password, and sign it in.

    Raises NotFound, InvitationOver, InvalidInput, WeakPassword, and Conflict for a login that is taken.
    """
    async with pool.platform() as conn:
        row = await get_open(conn, token, powers_of=powers_of, now=now)
        login = await checked_login(conn, {"login": login}, row.organisation_id)
    require_good_password(password, login=login)
    password_hash = await asyncio.to_thread(hash_password, password)
    async with pool.platform() as conn:
        row = await get_open(conn, token, powers_of=powers_of, now=now)
        account = await use_up(conn, row, login=login, password_hash=password_hash, now=now)
        return await begin_session(conn, account, visitor, lifetime=lifetime, now=now)


async def use_up(
    conn: Connection, row: InvitationRow, *, login: str, password_hash: str | None, now: datetime
) -> Account:
    """Make the account of an invitation, which ends with it. Raises Conflict and InvitationOver.

    `conn` is in the account's scope afterwards.
    """
    await enter_scope(conn, row.organisation_id)
    person = NewPerson(
        organisation_id=row.organisation_id,
        login=login,
        password_hash=password_hash,
        role=row.role,
        language=row.language,
        email=row.email,
    )
    account = await insert_person(conn, person, now=now)
    if not await invitations.accept_invitation(conn, row.invitation_id, user_id=account.user_id, now=now):
        raise InvitationOver
    await _record_end(conn, account.actor, row, "accept", {"state": "accepted", "accepted_by": login}, now=now)
    return account
