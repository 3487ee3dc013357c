"""Requests for help: of people about machines, as they were asked, told, taken and answered."""

from dataclasses import dataclass
from datetime import datetime
from typing import LiteralString
from uuid import UUID

from psycopg import sql
from psycopg.rows import class_row
from psycopg.types.json import Jsonb

from storage.ids import uuid7
from storage.notice_routing import PersonRow
from storage.read_pool import Connection
from storage.sight import Scope


@dataclass(frozen=True, slots=True, kw_only=True)
class HelpRow:
    """A request as it stands. `machine_name`: the PIN once the machine is another's."""

    number: int
    id: UUID
    machine_id: UUID
    machine_name: str
    organisation_id: int
    organisation_name: str
    alarm_id: UUID | None
    asked_by: str
    phone: str | None
    text: str
    asked_at: datetime
    told_at: datetime | None
    taken_at: datetime | None
    taken_by: str | None
    answered_at: datetime | None
    answered_by: str | None
    answer: str | None


_SEEN: LiteralString = "AND h.organisation_id = ANY(%(organisations)s)"
LIST: LiteralString = """
SELECT h.help_request_id AS number, h.public_id AS id, m.public_id AS machine_id,
    CASE WHEN EXISTS (SELECT FROM ownership w WHERE w.machine_id = h.machine_id AND w.to_at = 'infinity'
        AND w.organisation_id = h.organisation_id) THEN m.name ELSE m.pin END AS machine_name,
    h.organisation_id, o.name AS organisation_name, h.alarm_id, h.asked_by, h.phone, h.text, h.asked_at, h.told_at,
    h.taken_at, h.taken_by, h.answered_at, h.answered_by, h.answer
FROM help_request h JOIN machine m USING (machine_id) JOIN organisation o USING (organisation_id)
WHERE h.help_request_id < %(before)s AND (%(id)s::uuid IS NULL OR h.public_id = %(id)s)
    AND (%(machine)s::integer IS NULL OR h.machine_id = %(machine)s)
    AND (%(open)s::boolean IS NULL OR (h.answered_at IS NULL) = %(open)s) {seen}
ORDER BY h.help_request_id DESC LIMIT %(limit)s
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class HelpFilter:
    """Which requests: `open` True those without an answer, False those with one; `before`: older numbers."""

    machine: int | None = None
    open: bool | None = None
    request: UUID | None = None
    before: int = 2**63 - 1


async def list_requests(conn: Connection, scope: Scope, wanted: HelpFilter, *, limit: int = 1) -> list[HelpRow]:
    """The requests of the scope's own side and of those below it, the newest first."""
    statement = sql.SQL(LIST).format(seen=sql.SQL("" if scope.sees_all else _SEEN))
    given = {
        "before": wanted.before,
        "id": wanted.request,
        "machine": wanted.machine,
        "open": wanted.open,
        "limit": limit,
    }
    async with conn.cursor(row_factory=class_row(HelpRow)) as cursor:
        return await (await cursor.execute(statement, given | scope.parameters)).fetchall()


@dataclass(frozen=True, slots=True, kw_only=True)
class NewHelp:
    """Who asks about which machine, and what."""

    machine_id: int
    organisation_id: int
    user_id: int
    alarm_id: UUID | None
    asked_by: str
    phone: str | None
    text: str


INSERT: LiteralString = """
INSERT INTO help_request
    (public_id, machine_id, organisation_id, user_id, alarm_id, asked_by, phone, text, asked_at)
VALUES (%(id)s, %(machine_id)s, %(organisation_id)s, %(user_id)s, %(alarm_id)s, %(asked_by)s, %(phone)s, %(text)s,
    %(now)s)
"""
PHONE: LiteralString = "SELECT phone FROM app_user WHERE user_id = %s"
TAKE: LiteralString = """
UPDATE help_request SET taken_at = %(now)s, taken_by = %(by)s
WHERE public_id = %(id)s AND taken_at IS NULL AND answered_at IS NULL
"""
ANSWER: LiteralString = """
UPDATE help_request SET answered_at = %(now)s, answered_by = %(by)s, answer = %(answer)s,
    taken_at = coalesce(taken_at, %(now)s), taken_by = coalesce(taken_by, %(by)s)
WHERE public_id = %(id)s AND answered_at IS NULL
"""


async def insert_request(conn: Connection, new: NewHelp, *, now: datetime) -> UUID:
    """Keep a request; the sender tells of it (by the table's trigger)."""
    request = uuid7(int(now.timestamp() * 1000))
    await conn.execute(INSERT, {name: getattr(new, name) for name in NewHelp.__slots__} | {"id": request, "now": now})
    return request


async def phone_of(conn: Connection, user: int) -> str | None:
    """The number in a person's record."""
    row = await (await conn.execute(PHONE, [user])).fetchone()
    return None if row is None else row[0]


async def take(conn: Connection, request: UUID, *, by: str, now: datetime) -> bool:
    """Somebody takes it on; False when somebody already has."""
    return (await conn.execute(TAKE, {"id": request, "by": by, "now": now})).rowcount == 1


async def answer(conn: Connection, request: UUID, text: str, *, by: str, now: datetime) -> bool:
    """Close it with an answer; False when it has one."""
    return (await conn.execute(ANSWER, {"id": request, "answer": text, "by": by, "now": now})).rowcount == 1


@dataclass(frozen=True, slots=True, kw_only=True)
class UntoldHelp:
    """A request that nobody has been told of, and what its notice says."""

    number: int
    id: UUID
    machine: int
    machine_id: UUID
    machine_name: str
    organisation: int
    organisation_name: str
    alarm_id: UUID | None
    asked_by: str
    phone: str | None
    text: str
    asked_at: datetime


UNTOLD: LiteralString = """
SELECT h.help_request_id AS number, h.public_id AS id, h.machine_id AS machine, m.public_id AS machine_id,
    m.name AS machine_name, h.organisation_id AS organisation, o.name AS organisation_name, h.alarm_id, h.asked_by,
    h.phone, h.text, h.asked_at
FROM help_request h JOIN machine m USING (machine_id) JOIN organisation o USING (organisation_id)
WHERE h.told_at IS NULL ORDER BY h.help_request_id LIMIT 50 FOR UPDATE OF h SKIP LOCKED
"""
TELL: LiteralString = """
INSERT INTO notice (public_id, user_id, channel, kind, severity, language, content, made_at, due_at)
VALUES (%(id)s, %(user)s, %(channel)s, 'help', 'high', %(language)s, %(content)s, %(now)s, %(now)s)
"""
TOLD: LiteralString = "UPDATE help_request SET told_at = %s WHERE help_request_id = %s"


async def take_untold(conn: Connection) -> list[UntoldHelp]:
    """Requests that nobody has been told of, locked until the caller's transaction ends."""
    async with conn.cursor(row_factory=class_row(UntoldHelp)) as cursor:
        return await (await cursor.execute(UNTOLD)).fetchall()


async def tell(conn: Connection, asked: UntoldHelp, person: PersonRow, channel: str, *, now: datetime) -> None:
    """Make the notice for one person by one channel."""
    content = {
        "help_request": str(asked.id),
        "machine": asked.machine_name,
        "machine_id": str(asked.machine_id),
        "organisation": asked.organisation_name,
        "asked_by": asked.asked_by,
        "phone": asked.phone,
        "text": asked.text,
        "alarm_id": asked.alarm_id and str(asked.alarm_id),
        "asked_at": asked.asked_at.isoformat(),
    }
    given = {"id": uuid7(), "user": person.user_id, "channel": channel, "language": person.language, "now": now}
    await conn.execute(TELL, given | {"content": Jsonb(content)})


async def mark_told(conn: Connection, asked: UntoldHelp, *, now: datetime) -> None:
    """Whoever is to know has a notice."""
    await conn.execute(TOLD, [now, asked.number])
