"""Reminders of maintenance: what owners and dealers were told, and snoozing."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Self
from uuid import UUID

from fleet.errors import Conflict, InvalidInput, NotFound
from storage import read_maintenance as rows
from storage.read_maintenance import ReminderRow
from storage.read_pool import Connection
from storage.sight import Scope
from usecases.edit_plans import place_of
from usecases.edited import About, record
from usecases.master_data import Author, optional_text
from usecases.read_alarm_words import Words
from usecases.read_maintenance import Left, get_own

LONGEST_SNOOZE = timedelta(days=90)
_NEWEST = 2**63 - 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Reminder:
    """A stage that was reached; see api.schemas.maintenance."""

    id: str
    machine_id: str
    machine_name: str
    item: str
    text: Words
    cycle: int
    stage: str
    state: str
    at: datetime
    is_open: bool
    left: Left
    due_low: str | None
    due_on: str | None
    due_high: str | None
    snoozed_until: datetime | None
    snoozed_by: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReminderPage:
    """A page; `end` is the place of its last entry when there are more."""

    items: list[Reminder]
    end: int | None
    next_cursor: str | None = None

    def with_cursor(self, cursor: str | None) -> Self:
        """The page with its cursor for the next one."""
        return replace(self, next_cursor=cursor)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReminderFilter:
    """Which reminders; None is no condition. `machine`: its id or alias."""

    machine: str | None = None
    state: str | None = None
    is_open: bool | None = None


async def list_reminders(
    conn: Connection,
    scope: Scope,
    wanted: ReminderFilter,
    *,
    after: Sequence[str | int | None] | None,
    limit: int,
    now: datetime,
) -> ReminderPage:
    """Reminders of the time in which the scope saw the machine, the newest first. Raises NotFound for the machine."""
    key = None if wanted.machine is None else await get_own(conn, scope, wanted.machine, now=now)
    given = {"state": wanted.state, "is_open": wanted.is_open, "before": place_of(after, _NEWEST)}
    given |= {"machine": None if key is None else key.machine_id}
    found = await rows.list_reminders(conn, scope, given, limit=limit + 1, now=now)
    end = found[limit - 1].number if len(found) > limit else None
    return ReminderPage(items=[_shown(row) for row in found[:limit]], end=end)


async def get_reminder(conn: Connection, scope: Scope, reminder: UUID, *, now: datetime) -> Reminder:
    """One reminder. Raises NotFound."""
    return _shown(await _get(conn, scope, reminder, now))


async def _get(conn: Connection, scope: Scope, reminder: UUID, now: datetime) -> ReminderRow:
    found = await rows.list_reminders(conn, scope, {"id": reminder}, limit=1, now=now)
    if not found:
        raise NotFound
    return found[0]


def _shown(row: ReminderRow) -> Reminder:
    detail = row.detail
    return Reminder(
        id=str(row.id),
        machine_id=str(row.machine_id),
        machine_name=row.machine_name,
        item=row.item,
        text=Words(zh=row.zh, en=row.en),
        cycle=row.cycle,
        stage=row.stage,
        state=row.state,
        at=row.at,
        is_open=row.is_open,
        left=Left(**detail.get("left", {})),
        due_low=detail.get("due_low_at"),
        due_on=detail.get("due_at"),
        due_high=detail.get("due_high_at"),
        snoozed_until=row.snoozed_until,
        snoozed_by=row.snoozed_by,
    )


async def snooze(
    conn: Connection, by: Author, reminder: UUID, *, until: datetime, reason: str | None, now: datetime
) -> Reminder:
    """Say nothing of a reminder's item until then, in the author's name; then it is told of again.

    Raises NotFound when it is not the author's to see now, InvalidInput for the past and for more than 90 days, and
    Conflict when the work has been done.
    """
    found = await _get(conn, by.scope, reminder, now)
    key = await get_own(conn, by.scope, str(found.machine_id), now=now)
    if not now < until <= now + LONGEST_SNOOZE:
        raise InvalidInput("snooze_out_of_range", where="until", days=LONGEST_SNOOZE.days)
    why = optional_text({"reason": reason}, "reason", 500)
    if not await rows.snooze_item(conn, found, {"until": until, "by": by.actor.name, "reason": why}):
        raise Conflict("reminder_over")
    about = About(entity="machine", entity_id=key.public_id, machine_id=key.machine_id)
    told = {"item": found.item, "cycle": found.cycle, "until": until.isoformat(), "reason": why}
    await record(conn, by, about, after=told, action="snooze_maintenance", now=now)
    return await get_reminder(conn, by.scope, reminder, now=now)
