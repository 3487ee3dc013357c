"""Acknowledging an alarm."""

from datetime import datetime
from uuid import UUID

from fleet.errors import Conflict, Forbidden, NotFound
from storage import read_alarms
from storage.audit import Change, record_change
from storage.read_pool import Connection
from storage.users import Caller


async def acknowledge(conn: Connection, caller: Caller, alarm_id: UUID, *, now: datetime) -> None:
    """Acknowledge an active alarm in the caller's name.

    Raises NotFound when it is not the caller's to see, and Conflict when somebody already had or it is over.
    """
    if caller.user_id is None:
        raise Forbidden("alarm_needs_person")
    alarm = await read_alarms.find_alarms(conn, caller.scope, [alarm_id])
    if not alarm:
        raise NotFound
    if not await read_alarms.acknowledge(conn, alarm_id, by=caller.user_id, login=caller.login, at=now):
        raise Conflict("alarm_not_open")
    change = Change(
        entity="alarm",
        entity_id=alarm_id,
        organisation_id=None,
        machine_id=alarm[0].machine_id,
        action="acknowledge",
    )
    await record_change(conn, caller.actor, change, at=now)
