"""Holding the alarms of a machine and source back: shelving them for a time, taking them out of service."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from alerts.lifecycle import HOLDS, HoldInput, TransitionKind
from fleet.errors import Conflict, InvalidInput
from fleet.reasons import Code
from storage import alarm_commands
from storage.alarm_commands import By, HoldChange
from storage.read_alarms import AlarmRow
from storage.read_pool import Connection
from storage.users import Caller
from usecases.acknowledge_alarm import get_for_command, lost, record_command
from usecases.master_data import text

LONGEST_SHELVING = timedelta(days=7)
_KINDS = (
    *(TransitionKind.SHELVED, TransitionKind.UNSHELVED),
    *(TransitionKind.OUT_OF_SERVICE, TransitionKind.RETURNED_TO_SERVICE),
)


async def shelve(conn: Connection, caller: Caller, alarm_id: UUID, given: Mapping[str, Any], *, now: datetime) -> None:
    """Shelve what the alarm's source raises on its machine until a time, with a reason: it calls nobody meanwhile.

    `given`: until, reason. Raises InvalidInput for a time that is past or more than a week ahead, Conflict when it is
    held back already, NotFound and Forbidden.
    """
    commanded = await get_for_command(conn, caller, alarm_id, now=now)
    until: datetime = given["until"]
    if not now < until <= now + LONGEST_SHELVING:
        raise InvalidInput("shelved_until", where="until", days=LONGEST_SHELVING.days)
    await _change(conn, caller, commanded, HoldInput.SHELVE, reason=text(given, "reason", 500), until=until)


async def unshelve(conn: Connection, caller: Caller, alarm_id: UUID, *, now: datetime) -> None:
    """End the shelving before its time. Raises Conflict when it is not shelved, NotFound and Forbidden."""
    await _change(conn, caller, await get_for_command(conn, caller, alarm_id, now=now), HoldInput.UNSHELVE)


async def take_out_of_service(
    conn: Connection, caller: Caller, alarm_id: UUID, given: Mapping[str, Any], *, now: datetime
) -> None:
    """Take what the alarm's source raises on its machine out of service, with a reason, until somebody returns it.

    Shelving ends by it. Raises Conflict when it is out of service already, NotFound, Forbidden and InvalidInput.
    """
    commanded = await get_for_command(conn, caller, alarm_id, now=now)
    await _change(conn, caller, commanded, HoldInput.TAKE_OUT, reason=text(given, "reason", 500))


async def return_to_service(conn: Connection, caller: Caller, alarm_id: UUID, *, now: datetime) -> None:
    """Let it call again. Raises Conflict when it is not out of service, NotFound and Forbidden."""
    await _change(conn, caller, await get_for_command(conn, caller, alarm_id, now=now), HoldInput.RETURN)


def hold_change(given: HoldInput) -> HoldChange:
    """The lines of HOLDS for what is given, as the database compares and sets them."""
    lines = [line for line in HOLDS if line.given is given]
    return HoldChange(
        before=[line.before for line in lines if line.before is not None],
        from_none=any(line.before is None for line in lines),
        after=lines[0].after,
        kind=lines[0].kind,
    )


async def _change(
    conn: Connection,
    caller: Caller,
    commanded: tuple[AlarmRow, By],
    given: HoldInput,
    *,
    reason: str | None = None,
    until: datetime | None = None,
) -> None:
    alarm, by = commanded
    if not await alarm_commands.change_hold(conn, alarm.alarm_id, hold_change(given), by, reason=reason, until=until):
        held = await alarm_commands.find_hold(conn, alarm.alarm_id)
        if held is None:
            await lost(conn, alarm.alarm_id, *_KINDS)
        since = held.since.isoformat(timespec="seconds")
        raise Conflict("alarm_held_by", hold=Code("alarm_suppressions", held.hold), by=held.by, at=since)
    told = {"reason": reason, "until": until and until.isoformat()}
    kept = {name: value for name, value in told.items() if value is not None}
    await record_command(conn, caller, alarm, str(given), now=by.at, **kept)
