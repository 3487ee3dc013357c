"""Notices and what became of them: one's own, or those of everybody whom one sees; dead ones sent again; the queue."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Self
from uuid import UUID

from fleet.errors import Conflict, InvalidInput, NotFound
from storage import notice_sending, read_notices
from storage.notice_sending import QueueRow
from storage.read_notices import DeliveryRow, NoticeRow
from storage.read_pool import Connection
from storage.users import Caller
from usecases.edited import About, record
from usecases.own_account import user_id_of

_NEWEST = 2**63 - 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """One notice; see api.schemas.notices."""

    id: str
    person_id: str
    login: str
    channel: str
    kind: str
    reason: str | None
    severity: str
    language: str
    alarm_id: str | None
    subject: str
    body: str
    state: str
    made_at: datetime
    due_at: datetime
    ended_at: datetime | None
    attempts: int
    answer: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class NoticePage:
    """A page, newest first."""

    items: list[Notice]
    end: int | None
    next_cursor: str | None = None

    def with_cursor(self, cursor: str | None) -> Self:
        """The page with its cursor for the next one."""
        return replace(self, next_cursor=cursor)


@dataclass(frozen=True, slots=True, kw_only=True)
class NoticeLog:
    """What became of each attempt, newest first."""

    items: list[DeliveryRow]
    next_cursor: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NoticeQueue:
    """What waits, and what is dead, by state, severity and channel."""

    items: list[QueueRow]
    next_cursor: str | None = None


def _reader(caller: Caller, everybody: bool) -> int | None:
    return None if everybody else user_id_of(caller)


async def list_notices(
    conn: Connection,
    caller: Caller,
    *,
    everybody: bool,
    state: str | None,
    after: Sequence[str | int | None] | None,
    limit: int,
) -> NoticePage:
    """A page of the caller's notices, or of everybody's whom the caller sees. Raises Forbidden for a client."""
    rows = await read_notices.list_notices(
        conn, user=_reader(caller, everybody), state=state, before=_place(after), limit=limit + 1
    )
    end = rows[limit - 1].number if len(rows) > limit else None
    return NoticePage(items=[_shown(row) for row in rows[:limit]], end=end)


def _place(after: Sequence[str | int | None] | None) -> int:
    match after:
        case None:
            return _NEWEST
        case [int(place)] if 0 < place < _NEWEST:
            return place
    raise InvalidInput("cursor_foreign", where="cursor")


def _shown(row: NoticeRow) -> Notice:
    members = {name: getattr(row, name) for name in NoticeRow.__dataclass_fields__ if name != "number"}
    texts = {name: None if members[name] is None else str(members[name]) for name in ("id", "person_id", "alarm_id")}
    return Notice(**(members | texts))


async def _get(conn: Connection, caller: Caller, notice_id: UUID, everybody: bool) -> NoticeRow:
    row = await read_notices.find_notice(conn, notice_id, user=_reader(caller, everybody))
    if row is None:
        raise NotFound
    return row


async def get_log(conn: Connection, caller: Caller, notice_id: UUID, *, everybody: bool) -> NoticeLog:
    """What became of each attempt to send a notice. Raises NotFound."""
    row = await _get(conn, caller, notice_id, everybody)
    return NoticeLog(items=await read_notices.list_deliveries(conn, row.number))


async def resend(conn: Connection, caller: Caller, notice_id: UUID, *, now: datetime) -> Notice:
    """Let a dead notice be tried for another day. Raises NotFound, and Conflict when it is not dead."""
    row = await _get(conn, caller, notice_id, everybody=True)
    if not await read_notices.resend(conn, row.number, now=now):
        raise Conflict("notice_not_dead")
    about = About(entity="notice", entity_id=notice_id, organisation_id=caller.scope.organisation_id)
    await record(conn, caller, about, before={"state": "dead"}, after={"state": "queued"}, action="resend", now=now)
    return _shown(await _get(conn, caller, notice_id, everybody=True))


async def read_queue(conn: Connection, *, now: datetime) -> NoticeQueue:
    """What waits to be sent to the people whom the transaction's organisation sees."""
    return NoticeQueue(items=await notice_sending.read_queue(conn, now=now))
