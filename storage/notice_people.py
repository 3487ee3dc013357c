"""How people are told: their choice, the addresses they gave, the machines they muted."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, LiteralString
from uuid import UUID

from psycopg.rows import class_row
from psycopg.types.json import Jsonb

from storage.ids import uuid7
from storage.read_pool import Connection
from storage.sight import SEEN_NOW, Scope


@dataclass(frozen=True, slots=True, kw_only=True)
class PreferenceRow:
    """What somebody chose; minutes of the day on their own clocks."""

    channels: dict[str, list[str]]
    quiet_from: int | None
    quiet_to: int | None
    through_quiet: list[str]
    digest: str
    digest_severities: list[str]
    digest_at: int
    most_per_hour: int
    cleared: bool
    services: bool
    version: int


PREFERENCE: LiteralString = """
SELECT channels, quiet_from, quiet_to, through_quiet, digest, digest_severities, digest_at, most_per_hour, cleared,
    services, version FROM notice_preference WHERE user_id = %s
"""
SAVE: LiteralString = """
INSERT INTO notice_preference AS p (user_id, channels, quiet_from, quiet_to, through_quiet, digest, digest_severities,
    digest_at, most_per_hour, cleared, services, version, updated_at)
SELECT %(user)s, %(channels)s, %(quiet_from)s, %(quiet_to)s, %(through_quiet)s, %(digest)s, %(digest_severities)s,
    %(digest_at)s, %(most_per_hour)s, %(cleared)s, %(services)s, %(version)s + 1, %(now)s
WHERE %(version)s = coalesce((SELECT version FROM notice_preference WHERE user_id = %(user)s FOR UPDATE), 0)
ON CONFLICT (user_id) DO UPDATE SET channels = excluded.channels, quiet_from = excluded.quiet_from,
    quiet_to = excluded.quiet_to, through_quiet = excluded.through_quiet, digest = excluded.digest,
    digest_severities = excluded.digest_severities, digest_at = excluded.digest_at,
    most_per_hour = excluded.most_per_hour, cleared = excluded.cleared, services = excluded.services,
    version = excluded.version,
    updated_at = excluded.updated_at
WHERE p.version = %(version)s
"""


async def find_preference(conn: Connection, user: int) -> PreferenceRow | None:
    """What a person chose; None: nothing yet."""
    async with conn.cursor(row_factory=class_row(PreferenceRow)) as cursor:
        return await (await cursor.execute(PREFERENCE, [user])).fetchone()


async def save_preference(
    conn: Connection, user: int, values: Mapping[str, Any], *, version: int, now: datetime
) -> bool:
    """Keep what a person chooses, made from `version` (0: nothing yet); False when that is not the last one."""
    given = dict(values) | {"user": user, "channels": Jsonb(values["channels"]), "version": version, "now": now}
    return (await conn.execute(SAVE, given)).rowcount == 1


@dataclass(frozen=True, slots=True, kw_only=True)
class AddressRow:
    """Where somebody is reached by a channel; not verified: nothing but its code goes there."""

    address_id: int
    public_id: UUID
    channel: str
    address: str
    verified_at: datetime | None
    code_hash: bytes | None
    code_until: datetime | None
    code_tries: int
    created_at: datetime


ADDRESSES: LiteralString = """
SELECT address_id, public_id, channel, address, verified_at, code_hash, code_until, code_tries, created_at
FROM notice_address WHERE user_id = %s ORDER BY channel, verified_at IS NULL
"""
PUT_ADDRESS: LiteralString = """
INSERT INTO notice_address (public_id, user_id, channel, address, secret, code_hash, code_until, created_at, updated_at)
VALUES (%(id)s, %(user)s, %(channel)s, %(address)s, %(secret)s, %(code_hash)s, %(code_until)s, %(now)s, %(now)s)
"""
DROP_ASKED: LiteralString = "DELETE FROM notice_address WHERE user_id = %s AND channel = %s AND verified_at IS NULL"
DELETE_ADDRESS: LiteralString = "DELETE FROM notice_address WHERE user_id = %s AND public_id = %s"
TRY_CODE: LiteralString = """
UPDATE notice_address SET code_tries = code_tries + 1
WHERE user_id = %(user)s AND public_id = %(id)s AND verified_at IS NULL AND code_until > %(now)s
    AND code_tries < %(most)s
RETURNING code_hash
"""
REPLACED: LiteralString = """
DELETE FROM notice_address o USING notice_address a
WHERE a.user_id = %(user)s AND a.public_id = %(id)s AND o.user_id = a.user_id AND o.channel = a.channel
    AND o.public_id <> a.public_id AND o.verified_at IS NOT NULL
RETURNING o.public_id
"""
VERIFIED: LiteralString = """
UPDATE notice_address SET verified_at = %(now)s, code_hash = NULL, updated_at = %(now)s
WHERE user_id = %(user)s AND public_id = %(id)s
"""


async def list_addresses(conn: Connection, user: int) -> list[AddressRow]:
    """The addresses that a person gave."""
    async with conn.cursor(row_factory=class_row(AddressRow)) as cursor:
        return await (await cursor.execute(ADDRESSES, [user])).fetchall()


async def put_address(conn: Connection, user: int, values: Mapping[str, Any], *, now: datetime) -> UUID:
    """Give a person an address of a channel, not verified, in place of one that waits for its code; returns its id.

    One that is verified goes on being told. `values`: channel, address, secret, code_hash, code_until.
    """
    public_id = uuid7()
    await conn.execute(DROP_ASKED, [user, values["channel"]])
    await conn.execute(PUT_ADDRESS, dict(values) | {"id": public_id, "user": user, "now": now})
    return public_id


async def delete_address(conn: Connection, user: int, public_id: UUID) -> bool:
    """Forget an address; False when it was not there."""
    return (await conn.execute(DELETE_ADDRESS, [user, public_id])).rowcount == 1


async def try_code(conn: Connection, user: int, public_id: UUID, *, most: int, now: datetime) -> bytes | None:
    """Count a try; the hash of the code, None when there is no code to be tried (any more)."""
    given = {"user": user, "id": public_id, "now": now, "most": most}
    row = await (await conn.execute(TRY_CODE, given)).fetchone()
    return None if row is None else bytes(row[0])


async def set_verified(conn: Connection, user: int, public_id: UUID, *, now: datetime) -> UUID | None:
    """Let notices go there from now on, in place of the channel's address so far, which is forgotten: its id."""
    replaced = await (await conn.execute(REPLACED, {"user": user, "id": public_id})).fetchone()
    await conn.execute(VERIFIED, {"user": user, "id": public_id, "now": now})
    return None if replaced is None else replaced[0]


@dataclass(frozen=True, slots=True, kw_only=True)
class MuteRow:
    """A machine of which somebody is not told; `until` None: for good."""

    machine_id: UUID
    name: str
    until: datetime | None


MUTES: LiteralString = (
    "SELECT m.public_id AS machine_id, CASE WHEN %(all)s OR "
    + SEEN_NOW
    + """ THEN m.name ELSE m.pin END AS name, nullif(q.until, 'infinity') AS until
FROM notice_mute q JOIN machine m USING (machine_id) WHERE q.user_id = %(user)s AND q.until > %(now)s
ORDER BY name, m.machine_id LIMIT 1000
"""
)
MUTE: LiteralString = """
INSERT INTO notice_mute (user_id, machine_id, until, muted_at)
VALUES (%(user)s, %(machine)s, coalesce(%(until)s::timestamptz, 'infinity'), %(now)s)
ON CONFLICT (user_id, machine_id) DO UPDATE SET until = excluded.until, muted_at = excluded.muted_at
"""
UNMUTE: LiteralString = "DELETE FROM notice_mute WHERE user_id = %s AND machine_id = %s"


async def list_mutes(conn: Connection, scope: Scope, user: int, *, now: datetime) -> list[MuteRow]:
    """The machines that a person has muted, as far as they see them; what is not theirs any more by its PIN."""
    given = {"user": user, "now": now, "all": scope.sees_all} | scope.parameters
    async with conn.cursor(row_factory=class_row(MuteRow)) as cursor:
        return await (await cursor.execute(MUTES, given)).fetchall()


async def mute(conn: Connection, user: int, machine: int, *, until: datetime | None, now: datetime) -> None:
    """Tell a person nothing more of a machine's alarms."""
    await conn.execute(MUTE, {"user": user, "machine": machine, "until": until, "now": now})


async def unmute(conn: Connection, user: int, machine: int) -> bool:
    """Tell a person of a machine again; False when it was not muted."""
    return (await conn.execute(UNMUTE, [user, machine])).rowcount == 1


ASK: LiteralString = """
INSERT INTO notice (public_id, user_id, channel, kind, severity, language, content, made_at, due_at)
SELECT %(id)s, u.user_id, %(channel)s, %(kind)s, 'high', coalesce(u.language, o.language), %(content)s, %(now)s, %(now)s
FROM app_user u JOIN organisation o USING (organisation_id) WHERE u.user_id = %(user)s
"""
RECENT: LiteralString = """
SELECT count(*) FROM notice WHERE user_id = %s AND kind IN ('test', 'code') AND made_at > %s
"""


async def ask_notice(
    conn: Connection, user: int, *, channel: str, kind: str, content: Mapping[str, Any], now: datetime
) -> UUID:
    """Let the sender send a person a test or a code; returns the notice's id."""
    public_id = uuid7()
    given = {
        "id": public_id,
        "user": user,
        "channel": channel,
        "kind": kind,
        "content": Jsonb(dict(content)),
        "now": now,
    }
    await conn.execute(ASK, given)
    return public_id


REACHED: LiteralString = """
SELECT EXISTS (
    SELECT FROM notice_address WHERE user_id = %(user)s AND channel = %(channel)s AND verified_at IS NOT NULL
)
OR (%(channel)s = 'email' AND EXISTS (SELECT FROM app_user WHERE user_id = %(user)s AND email IS NOT NULL))
"""


async def is_reached(conn: Connection, user: int, channel: str) -> bool:
    """Whether a person has a verified address for a channel; the e-mail of their record counts."""
    row = await (await conn.execute(REACHED, {"user": user, "channel": channel})).fetchone()
    return bool(row and row[0])


async def count_asked(conn: Connection, user: int, *, since: datetime) -> int:
    """How many tests and codes a person asked for since then."""
    row = await (await conn.execute(RECENT, [user, since])).fetchone()
    return int(row[0]) if row else 0
