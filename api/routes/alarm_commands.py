"""What people do with an alarm. Each answers with the alarm as it is then, or 409 with who was first."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends
from fastapi.responses import Response

from api.dependencies import Access, Now, Signed
from api.problems import documented
from api.routes.alarms import AlarmPath
from api.schemas.alarm_commands import Assignment, Comment, Investigation, OutOfService, Shelving
from api.schemas.alarms import AlarmDetail
from api.writes import Once, OnceOnly
from usecases import acknowledge_alarm, hold_alarm, read_alarms, work_on_alarm

router = APIRouter(
    prefix="/alarms",
    tags=["alarms"],
    responses=documented("not_authenticated", "forbidden", "not_found", "conflict"),
)


@dataclass(frozen=True)
class _Commanding:
    """A command on the alarm of the path, at most once for each Idempotency-Key."""

    alarm_id: UUID
    access: Access
    now: datetime
    once: OnceOnly

    async def answer(self, command: Callable[[], Awaitable[None]]) -> Response:
        """Do it, and answer with the alarm."""

        async def done() -> read_alarms.AlarmDetail:
            await command()
            conn, scope = self.access.conn, self.access.caller.scope
            return await read_alarms.get_alarm(conn, scope, self.alarm_id, catalogue=self.access.catalogue)

        return await self.once(done, status=200)


async def _commanding(alarm_id: AlarmPath, access: Signed, now: Now, once: Once) -> _Commanding:
    return _Commanding(alarm_id, access, now, once)


Commanding = Annotated[_Commanding, Depends(_commanding)]


@router.post("/{alarm_id}/acknowledge", response_model=AlarmDetail)
async def acknowledge(given: Commanding) -> Response:
    """Acknowledge an alarm, active or gone before anybody had seen it; for the control centre and the dealer. 409 when
    somebody already has, or it is over.

    403 when its machine is not the caller's to see any more: an old alarm is history.
    """
    a = given.access
    return await given.answer(lambda: acknowledge_alarm.acknowledge(a.conn, a.caller, given.alarm_id, now=given.now))


@router.post("/{alarm_id}/reset", response_model=AlarmDetail)
async def reset(given: Commanding) -> Response:
    """Reset an alarm that latches, once its condition is gone and it is acknowledged."""
    a = given.access
    return await given.answer(lambda: acknowledge_alarm.reset(a.conn, a.caller, given.alarm_id, now=given.now))


@router.post("/{alarm_id}/shelve", response_model=AlarmDetail)
async def shelve(body: Shelving, given: Commanding) -> Response:
    """Shelve what this alarm's source raises on its machine, until a time: it is kept and shown, and calls nobody."""
    a = given.access
    return await given.answer(
        lambda: hold_alarm.shelve(a.conn, a.caller, given.alarm_id, body.model_dump(), now=given.now)
    )


@router.post("/{alarm_id}/unshelve", response_model=AlarmDetail)
async def unshelve(given: Commanding) -> Response:
    """End the shelving before its time."""
    a = given.access
    return await given.answer(lambda: hold_alarm.unshelve(a.conn, a.caller, given.alarm_id, now=given.now))


@router.post("/{alarm_id}/take-out-of-service", response_model=AlarmDetail)
async def take_out_of_service(body: OutOfService, given: Commanding) -> Response:
    """Take what this alarm's source raises on its machine out of service until somebody returns it; shelving ends."""
    a = given.access
    return await given.answer(
        lambda: hold_alarm.take_out_of_service(a.conn, a.caller, given.alarm_id, body.model_dump(), now=given.now)
    )


@router.post("/{alarm_id}/return-to-service", response_model=AlarmDetail)
async def return_to_service(given: Commanding) -> Response:
    """Let it call again."""
    a = given.access
    return await given.answer(lambda: hold_alarm.return_to_service(a.conn, a.caller, given.alarm_id, now=given.now))


@router.post("/{alarm_id}/comments", response_model=AlarmDetail)
async def comment(body: Comment, given: Commanding) -> Response:
    """Add a comment; it is among the alarm's transitions."""
    a = given.access
    return await given.answer(
        lambda: work_on_alarm.comment(a.conn, a.caller, given.alarm_id, body.model_dump(), now=given.now)
    )


@router.post("/{alarm_id}/assign", response_model=AlarmDetail)
async def assign(body: Assignment, given: Commanding) -> Response:
    """Say whose alarm it is."""
    a = given.access
    return await given.answer(
        lambda: work_on_alarm.assign(a.conn, a.caller, given.alarm_id, body.model_dump(), now=given.now)
    )


@router.post("/{alarm_id}/investigate", response_model=AlarmDetail)
async def investigate(body: Investigation, given: Commanding) -> Response:
    """Set it under investigation, or end that."""
    a = given.access
    return await given.answer(
        lambda: work_on_alarm.investigate(a.conn, a.caller, given.alarm_id, begins=body.begins, now=given.now)
    )
