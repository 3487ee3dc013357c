"""Acknowledging an alarm."""

from datetime import datetime
from uuid import UUID

from fleet.errors import Conflict, NotFound
from storage import read_alarms
from storage.read_scope import Connection
from storage.users import Caller


async def acknowledge(conn: Connection, caller: Caller, alarm_id: UUID, *, now: datetime) -> None:
    """Acknowledge an active alarm in the caller's name.

    Raises NotFound when it is not the caller's to see, and Conflict when somebody already had or it is over.
    """
    if not await read_alarms.find_alarms(conn, caller.scope, [alarm_id]):
        raise NotFound
    if not await read_alarms.acknowledge(conn, alarm_id, by=caller.user_id, login=caller.login, at=now):
        raise Conflict("The alarm is already acknowledged, or not active any more.")
