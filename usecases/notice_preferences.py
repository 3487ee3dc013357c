"""How somebody is told: their own choice, the addresses they gave and verified, machines they muted, a test."""

import hashlib
import hmac
import secrets
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from alerts.channels.contract import Channel
from alerts.routing import UNCHOSEN
from fleet.errors import InvalidInput, NotFound, PreconditionFailed, RateLimited
from fleet.wall_clock import minute_of, text_of
from storage import notice_people
from storage.notice_people import AddressRow, MuteRow, PreferenceRow
from storage.read_pool import Connection
from storage.sight import get_machine_key
from storage.users import Caller
from usecases.edited import About, record
from usecases.own_account import user_id_of
from usecases.versions import Versions, same_version
from usecases.webhook_signing import new_secret
from usecases.write_notice import CODE_MINUTES

TRIES = 5  # at one code
ASKED_PER_HOUR = 20  # tests and codes of one person
_HOUR_S = 3600


@dataclass(frozen=True, slots=True, kw_only=True)
class NoticePreference:
    """How a person is told; see api.schemas.notices. `version` 0: nothing chosen yet."""

    channels: Mapping[str, list[str]]
    quiet_from: str | None
    quiet_to: str | None
    through_quiet: list[str]
    digest: str
    digest_severities: list[str]
    digest_at: str
    most_per_hour: int
    cleared: bool
    services: bool
    version: int


@dataclass(frozen=True, slots=True, kw_only=True)
class NoticeAddress:
    """Where a person is reached by a channel; `signing_secret` is shown when it is made and never again."""

    id: str
    channel: str
    address: str
    verified: bool
    created_at: datetime
    signing_secret: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NoticeAddresses:
    """All of a person's."""

    items: list[NoticeAddress]
    next_cursor: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NoticeMutes:
    """The machines that a person has muted."""

    items: list[MuteRow]
    next_cursor: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NoticeAsked:
    """The notice that is on its way."""

    notice_id: str


async def get_preference(conn: Connection, caller: Caller) -> NoticePreference:
    """How the caller is told. Raises Forbidden for a client."""
    row = await notice_people.find_preference(conn, user_id_of(caller))
    return _unchosen(caller) if row is None else _shown(row)


def _unchosen(caller: Caller) -> NoticePreference:
    wish = UNCHOSEN[caller.organisation.kind]
    return NoticePreference(
        channels={channel: sorted(severities) for channel, severities in wish.channels.items()},
        quiet_from=None,
        quiet_to=None,
        through_quiet=sorted(wish.through_quiet),
        digest=wish.digest,
        digest_severities=sorted(wish.digest_severities),
        digest_at=text_of(wish.digest_at),
        most_per_hour=wish.most_per_hour,
        cleared=wish.cleared,
        services=wish.services,
        version=0,
    )


def _shown(row: PreferenceRow) -> NoticePreference:
    members = {name: getattr(row, name) for name in PreferenceRow.__dataclass_fields__}
    minutes = {name: None if members[name] is None else text_of(members[name]) for name in ("quiet_from", "quiet_to")}
    return NoticePreference(**(members | minutes | {"digest_at": text_of(row.digest_at)}))


async def change_preference(
    conn: Connection, caller: Caller, change: Mapping[str, Any], *, version: Versions | None, now: datetime
) -> NoticePreference:
    """Change what is given. Raises PreconditionFailed for a stale version, InvalidInput, and Forbidden for a client."""
    before = await get_preference(conn, caller)
    known = same_version(before.version, version)
    wanted = asdict(before) | dict(change)
    if (wanted["quiet_from"] is None) != (wanted["quiet_to"] is None):
        raise InvalidInput("quiet_half", where="quiet_from" if wanted["quiet_from"] is None else "quiet_to")
    minutes = {
        name: None if wanted[name] is None else _minute(name, wanted[name]) for name in ("quiet_from", "quiet_to")
    }
    if minutes["quiet_from"] is not None and minutes["quiet_from"] == minutes["quiet_to"]:
        raise InvalidInput("quiet_all_day", where="quiet_to")
    values = wanted | minutes | {"digest_at": _minute("digest_at", wanted["digest_at"])}
    if not await notice_people.save_preference(conn, user_id_of(caller), values, version=known, now=now):
        raise PreconditionFailed
    after = await get_preference(conn, caller)
    about = About(entity="notice_preference", entity_id=caller.public_id, organisation_id=caller.scope.organisation_id)
    shown = {name: value for name, value in asdict(after).items() if name != "version"}
    await record(conn, caller, about, before={name: asdict(before)[name] for name in shown}, after=shown, now=now)
    return after


def _minute(where: str, text: str) -> int:
    minute = minute_of(text)
    if minute >= 1440:
        raise InvalidInput("midnight_is_0", where=where)
    return minute


async def list_addresses(conn: Connection, caller: Caller) -> NoticeAddresses:
    """Where the caller is reached."""
    rows = await notice_people.list_addresses(conn, user_id_of(caller))
    return NoticeAddresses(items=[_address(row) for row in rows])


def _address(row: AddressRow, secret: str | None = None) -> NoticeAddress:
    return NoticeAddress(
        id=str(row.public_id),
        channel=row.channel,
        address=row.address,
        verified=row.verified_at is not None,
        created_at=row.created_at,
        signing_secret=secret,
    )


async def put_address(
    conn: Connection,
    caller: Caller,
    given: Mapping[str, Any],
    *,
    channels: Mapping[str, Channel],
    now: datetime,
) -> NoticeAddress:
    """Take an address and send a code there: nothing else goes to it before. The channel's address so far is told until
    the code is entered.

    A webhook is given a secret of ours; of the robots it is the one that the person set there. Raises InvalidInput for
    what is no address of the channel, RateLimited, and Forbidden for a client.
    """
    user, channel = user_id_of(caller), given["channel"]
    if channel not in channels:
        raise InvalidInput("channel_not_there", where="channel", known=sorted(channels))
    channels[channel].check(given["address"])
    await _may_ask(conn, user, now)
    secret = new_secret() if channel == "webhook" else given.get("secret")
    code = f"{secrets.randbelow(10**6):06}"
    values = {
        "channel": channel,
        "address": given["address"],
        "secret": secret,
        "code_hash": _hash(user, code),
        "code_until": now + timedelta(minutes=CODE_MINUTES),
    }
    public_id = await notice_people.put_address(conn, user, values, now=now)
    await notice_people.ask_notice(conn, user, channel=channel, kind="code", content={"code": code}, now=now)
    about = About(entity="notice_address", entity_id=public_id, organisation_id=caller.scope.organisation_id)
    await record(conn, caller, about, after={"channel": channel}, now=now)
    row = next(row for row in await notice_people.list_addresses(conn, user) if row.public_id == public_id)
    return _address(row, secret if channel == "webhook" else None)


def _hash(user: int, code: str) -> bytes:
    return hashlib.sha256(f"{user}:{code}".encode()).digest()


async def _may_ask(conn: Connection, user: int, now: datetime) -> None:
    if await notice_people.count_asked(conn, user, since=now - timedelta(hours=1)) >= ASKED_PER_HOUR:
        raise RateLimited(_HOUR_S)


async def verify_address(
    conn: Connection, caller: Caller, address_id: UUID, code: str, *, now: datetime
) -> NoticeAddress | None:
    """Take the code that was sent there; from now on notices go there, and no more to the channel's address so far.

    None for a wrong or worn code, which counts.
    Raises NotFound, and Forbidden for a client.
    """
    user = user_id_of(caller)
    if all(row.public_id != address_id for row in await notice_people.list_addresses(conn, user)):
        raise NotFound
    kept = await notice_people.try_code(conn, user, address_id, most=TRIES, now=now)
    if kept is None or not hmac.compare_digest(kept, _hash(user, code)):
        return None
    replaced = await notice_people.set_verified(conn, user, address_id, now=now)
    if replaced is not None:
        await _record_end(conn, caller, replaced, now=now)
    rows = await notice_people.list_addresses(conn, user)
    return _address(next(row for row in rows if row.public_id == address_id))


async def delete_address(conn: Connection, caller: Caller, address_id: UUID, *, now: datetime) -> None:
    """Forget an address; what waits for it is not sent. Raises NotFound, and Forbidden for a client."""
    if not await notice_people.delete_address(conn, user_id_of(caller), address_id):
        raise NotFound
    await _record_end(conn, caller, address_id, now=now)


async def _record_end(conn: Connection, caller: Caller, address_id: UUID, *, now: datetime) -> None:
    about = About(entity="notice_address", entity_id=address_id, organisation_id=caller.scope.organisation_id)
    await record(conn, caller, about, before={}, action="delete", now=now)


async def ask_for_test(conn: Connection, caller: Caller, channel: str, *, now: datetime) -> NoticeAsked:
    """Send the caller a test; what became of it is in its log.

    Raises RateLimited, InvalidInput where the channel has no address of the caller's that was verified, and Forbidden
    for a client.
    """
    user = user_id_of(caller)
    await _may_ask(conn, user, now)
    if not await notice_people.is_reached(conn, user, channel):
        raise InvalidInput("notice_unreached", where="channel")
    made = await notice_people.ask_notice(conn, user, channel=channel, kind="test", content={}, now=now)
    return NoticeAsked(notice_id=str(made))


async def list_mutes(conn: Connection, caller: Caller, *, now: datetime) -> NoticeMutes:
    """The machines of which the caller is told nothing."""
    return NoticeMutes(items=await notice_people.list_mutes(conn, caller.scope, user_id_of(caller), now=now))


async def mute(conn: Connection, caller: Caller, machine: str, *, until: datetime | None, now: datetime) -> NoticeMutes:
    """Tell the caller nothing more of a machine, until then or for good. Raises NotFound and Forbidden."""
    found = await get_machine_key(conn, caller.scope, machine)
    await notice_people.mute(conn, user_id_of(caller), found.machine_id, until=until, now=now)
    return await list_mutes(conn, caller, now=now)


async def unmute(conn: Connection, caller: Caller, machine: str, *, now: datetime) -> None:
    """Tell the caller of a machine again. Raises NotFound and Forbidden."""
    found = await get_machine_key(conn, caller.scope, machine)
    if not await notice_people.unmute(conn, user_id_of(caller), found.machine_id):
        raise NotFound
