"""Acknowledging an alarm, and resetting one that latches."""

from datetime import datetime
from typing import Any, NoReturn
from uuid import UUID

from alerts.lifecycle import STEPS, Asks, Input, Lifecycle, TransitionKind
from fleet.errors import Conflict, Forbidden, NotFound
from fleet.reasons import Code
from storage import alarm_commands, read_alarms
from storage.alarm_commands import By
from storage.audit import Change, record_change
from storage.read_alarms import AlarmRow
from storage.read_pool import Connection
from storage.users import Caller

_LIFECYCLE = (
    *(TransitionKind.RAISED, TransitionKind.REVISED, TransitionKind.CLEARED, TransitionKind.WITHDRAWN),
    *(TransitionKind.ACKNOWLEDGED, TransitionKind.RESET),
)


async def acknowledge(conn: Connection, caller: Caller, alarm_id: UUID, *, now: datetime) -> None:
    """Acknowledge an alarm in the caller's name, active or gone before anybody had seen it.

    Raises NotFound when it is not the caller's to see, Forbidden when its machine is not any more, and Conflict, which
    says who it was, when somebody already had or it is over.
    """
    await _move(conn, caller, alarm_id, Input.ACKNOWLEDGE, now)


async def reset(conn: Connection, caller: Caller, alarm_id: UUID, *, now: datetime) -> None:
    """Reset a latched alarm: its condition is gone and it is acknowledged. Raises as acknowledge() does, and Conflict
    that says why one that was never latched, or is not yet, cannot be reset."""
    await _move(conn, caller, alarm_id, Input.RESET, now)


async def _move(conn: Connection, caller: Caller, alarm_id: UUID, given: Input, now: datetime) -> None:
    alarm, by = await get_for_command(conn, caller, alarm_id, now=now)
    if not await alarm_commands.move(conn, alarm_id, given, by, steps=(STEPS.to, STEPS.kinds)):
        if given is Input.RESET:
            _refuse_reset(alarm)
        await lost(conn, alarm_id, *_LIFECYCLE)
    await record_command(conn, caller, alarm, str(given), now=now)


def _refuse_reset(alarm: AlarmRow) -> None:
    """Raise the Conflict that says why an alarm is not to be reset; returns where somebody was first."""
    if alarm.lifecycle in (Lifecycle.ACTIVE_UNACKNOWLEDGED, Lifecycle.ACTIVE_ACKNOWLEDGED):
        raise Conflict("alarm_stands")
    if alarm.lifecycle == Lifecycle.RETURNED_UNACKNOWLEDGED:
        raise Conflict("alarm_unseen")
    if alarm.lifecycle == Lifecycle.NORMAL and alarm.asks != Asks.RESET:
        raise Conflict("alarm_needs_no_reset")


async def get_for_command(conn: Connection, caller: Caller, alarm_id: UUID, *, now: datetime) -> tuple[AlarmRow, By]:
    """The alarm that a person wants to change, and who that is. Raises NotFound and Forbidden."""
    if caller.user_id is None:
        raise Forbidden("alarm_needs_person")
    rows = await read_alarms.find_alarms(conn, caller.scope, [alarm_id])
    if not rows:
        raise NotFound
    if not rows[0].machine_is_seen:
        raise Forbidden("alarm_machine_gone")
    return rows[0], By(user_id=caller.user_id, login=caller.login, at=now)


async def lost(conn: Connection, alarm_id: UUID, *kinds: TransitionKind) -> NoReturn:
    """Raise the Conflict that says who changed it first, by the last transition of these kinds."""
    last = await alarm_commands.find_last(conn, alarm_id, kinds)
    if last is None:
        raise Conflict("alarm_not_open" if TransitionKind.ACKNOWLEDGED in kinds else "alarm_as_asked")
    kind, at = Code("alarm_transitions", last.kind), last.at.isoformat(timespec="seconds")
    raise Conflict("alarm_changed_by", kind=kind, by=last.actor, at=at)


async def record_command(
    conn: Connection, caller: Caller, alarm: AlarmRow, action: str, *, now: datetime, **after: Any
) -> None:
    """Write the audit row of a command on an alarm."""
    change = Change(
        entity="alarm",
        entity_id=alarm.alarm_id,
        organisation_id=None,
        machine_id=alarm.machine_id,
        action=action,
        after=after or None,
    )
    await record_change(conn, caller.actor, change, at=now)
