"""Working on an alarm: comments, who it is assigned to, and whether somebody investigates it."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from alerts.lifecycle import TransitionKind
from fleet.errors import InvalidInput, NotFound
from storage import alarm_commands
from storage.people import PersonRow, find_people
from storage.read_pool import Connection
from storage.users import Caller
from usecases.acknowledge_alarm import get_for_command, lost, record_command
from usecases.master_data import text


async def comment(conn: Connection, caller: Caller, alarm_id: UUID, given: Mapping[str, Any], *, now: datetime) -> None:
    """Add a comment (`given`: text) to an alarm, whatever its state. Raises Conflict for a withdrawn one, NotFound,
    Forbidden and InvalidInput."""
    alarm, by = await get_for_command(conn, caller, alarm_id, now=now)
    said = text(given, "text", 2000)
    if not await alarm_commands.comment(conn, alarm_id, said, by):
        await lost(conn, alarm_id, TransitionKind.WITHDRAWN)
    await record_command(conn, caller, alarm, "comment", now=now, text=said)


async def assign(conn: Connection, caller: Caller, alarm_id: UUID, given: Mapping[str, Any], *, now: datetime) -> None:
    """Assign an alarm to a person (`given`: to; None: to nobody). What is somebody's already is taken over by naming
    them (`instead_of`), so that of two who take it at once one is told.

    Raises Conflict when it is somebody else's or so already, InvalidInput for people who are not active, NotFound for
    an alarm or people whom the caller does not see, and Forbidden.
    """
    alarm, by = await get_for_command(conn, caller, alarm_id, now=now)
    to = None if given.get("to") is None else await _person(conn, caller, given["to"], "to")
    instead_of = given.get("instead_of")
    expected = None if instead_of is None else (await _person(conn, caller, instead_of, "instead_of")).user_id
    person = None if to is None else (to.user_id, {"to": str(to.public_id), "login": to.login})
    if to is not None and not to.active:
        raise InvalidInput("person_inactive_assigned", where="to")
    if not await alarm_commands.assign(conn, alarm_id, person, by, expected=expected):
        await lost(conn, alarm_id, TransitionKind.ASSIGNED, TransitionKind.WITHDRAWN)
    await record_command(conn, caller, alarm, "assign", now=now, to=None if to is None else to.login)


async def _person(conn: Connection, caller: Caller, public_id: UUID, where: str) -> PersonRow:
    found = await find_people(conn, caller.scope, ids=[public_id])
    if not found:
        raise NotFound("person_not_seen", where=where)
    return found[0]


async def investigate(conn: Connection, caller: Caller, alarm_id: UUID, *, begins: bool, now: datetime) -> None:
    """Set an alarm under investigation in the caller's name, or end that. Raises Conflict when it is so already."""
    alarm, by = await get_for_command(conn, caller, alarm_id, now=now)
    if not await alarm_commands.investigate(conn, alarm_id, by, begins=begins):
        await lost(conn, alarm_id, TransitionKind.INVESTIGATING, TransitionKind.WITHDRAWN)
    await record_command(conn, caller, alarm, "investigate" if begins else "end_investigation", now=now)
