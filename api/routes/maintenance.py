"""Maintenance of machines: what is due, recording work, meters, and reminders."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Path, Query
from fastapi.responses import Response

from alerts.maintenance.plan import Task
from api import cursors
from api.dependencies import Cursor, Limit, MachineReference, Signed
from api.problems import documented
from api.schemas import maintenance as schemas
from api.writes import Fields, Once, listed, versioned
from usecases import change_meters, read_maintenance, record_maintenance, reminders

router = APIRouter(tags=["maintenance"], responses=documented("not_authenticated"))
_SEEN = documented("not_found")
_MADE = documented("not_found", "forbidden", "conflict")
_DUE, _DONE, _CHANGES, _REMINDERS = "due", "-done", "-meter-changes", "-reminders"


@router.get("/maintenance", response_model=schemas.DuePage)
async def list_due(
    *,
    access: Signed,
    state: Annotated[list[schemas.StateName] | None, Query(max_length=4)] = None,
    site: Annotated[UUID | None, Query(description="Of machines that stand there now.")] = None,
    kind: Annotated[str | None, Query(max_length=64, description="Kind of machine.", examples=["excavator"])] = None,
    task: Task | None = None,
    limit: Limit = 50,
    cursor: Cursor = None,
    fields: Fields = None,
) -> Response:
    """What is to be done on the machines whose hours the caller sees: overdue, due, due soon, and by day in each."""
    page = await read_maintenance.list_due(
        access.conn,
        access.caller.scope,
        read_maintenance.DueFilter(states=tuple(state or ()), site=site, kind=kind, task=task),
        after=cursors.decode(cursor, names=_DUE),
        limit=limit,
        now=access.now,
    )
    return listed(page.with_cursor(cursors.encode([_DUE, *page.end]) if page.end else None), fields)


@router.get("/machines/{machine}/maintenance", response_model=schemas.MachineMaintenance, responses=_SEEN)
async def get_maintenance(machine: MachineReference, access: Signed) -> Response:
    """The machine's gap-safe hours and where each item of its plan stands, the most urgent first."""
    return versioned(await read_maintenance.get_maintenance(access.conn, access.caller.scope, machine, now=access.now))


@router.get("/machines/{machine}/maintenance/done", response_model=schemas.DonePage, responses=_SEEN)
async def list_done(
    *,
    machine: MachineReference,
    access: Signed,
    item: Annotated[
        str | None, Query(max_length=64, pattern=r"^[a-z][a-z0-9_]{0,63}$", examples=["engine_oil"])
    ] = None,
    limit: Limit = 50,
    cursor: Cursor = None,
    fields: Fields = None,
) -> Response:
    """What was done, the newest record first, back-dated and corrected records as they were entered."""
    page = await record_maintenance.list_done(
        access.conn,
        access.caller.scope,
        machine,
        item=item,
        after=cursors.decode(cursor, names=_DONE),
        limit=limit,
        now=access.now,
    )
    return listed(page.with_cursor(cursors.encode([_DONE, page.end]) if page.end is not None else None), fields)


@router.post("/machines/{machine}/maintenance/done", response_model=schemas.Service, status_code=201, responses=_MADE)
async def record_done(machine: MachineReference, body: schemas.NewService, access: Signed, once: Once) -> Response:
    """Record work on one item or several: each one's next cycle begins. 409 when somebody recorded it first.

    For whoever did it: the owner's people, dealers, service engineers and the control centre.
    """
    given = body.model_dump()
    return await once(
        lambda: record_maintenance.record_service(access.conn, access.caller, machine, given, now=access.now),
        created=lambda _: f"/api/v1/machines/{machine}/maintenance/done",
    )


@router.get("/machines/{machine}/meter-changes", response_model=schemas.MeterChangePage, responses=_SEEN)
async def list_meter_changes(
    machine: MachineReference, access: Signed, limit: Limit = 50, cursor: Cursor = None, fields: Fields = None
) -> Response:
    """Meters that were replaced and totals that were set, with who entered them and when, the newest first."""
    page = await change_meters.list_changes(
        access.conn,
        access.caller.scope,
        machine,
        after=cursors.decode(cursor, names=_CHANGES),
        limit=limit,
        now=access.now,
    )
    return listed(page.with_cursor(cursors.encode([_CHANGES, page.end]) if page.end is not None else None), fields)


@router.post("/machines/{machine}/meter-changes", response_model=schemas.MeterChange, status_code=201, responses=_MADE)
async def change_meter(machine: MachineReference, body: schemas.NewMeterChange, access: Signed, once: Once) -> Response:
    """Say that a meter was replaced, or what the machine's total is; hours since then are counted again."""
    given = body.model_dump()
    return await once(
        lambda: change_meters.change_meter(access.conn, access.caller, machine, given, now=access.now),
        created=lambda _: f"/api/v1/machines/{machine}/meter-changes",
    )


@router.post(
    "/machines/{machine}/meter-changes/{change_id}/withdraw", response_model=schemas.MeterChange, responses=_MADE
)
async def withdraw_meter_change(
    machine: MachineReference,
    change_id: Annotated[UUID, Path(examples=[schemas.CHANGE_UUID])],
    access: Signed,
    once: Once,
) -> Response:
    """Take back what was entered by mistake; it stays to be read. 409 when it was taken back before."""
    return await once(
        lambda: change_meters.withdraw_change(access.conn, access.caller, machine, change_id, now=access.now),
        status=200,
    )


@router.get("/reminders", response_model=schemas.ReminderPage, responses=_SEEN)
async def list_reminders(
    *,
    access: Signed,
    machine: Annotated[
        str | None,
        Query(max_length=80, pattern=r"^[^\x00-\x1f\x7f]+$", description="A machine's id or alias (`pin:...`)."),
    ] = None,
    state: schemas.ReminderState | None = None,
    is_open: Annotated[bool | None, Query(description="Only those whose work is still to be done, or is done.")] = None,
    fields: Fields = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Response:
    """Reminders of the time in which the machine's hours were the caller's to see, the newest first."""
    page = await reminders.list_reminders(
        access.conn,
        access.caller.scope,
        reminders.ReminderFilter(machine=machine, state=state, is_open=is_open),
        after=cursors.decode(cursor, names=_REMINDERS),
        limit=limit,
        now=access.now,
    )
    return listed(page.with_cursor(cursors.encode([_REMINDERS, page.end]) if page.end is not None else None), fields)


ReminderPath = Annotated[UUID, Path(examples=[schemas.REMINDER_UUID])]


@router.get("/reminders/{reminder_id}", response_model=schemas.Reminder, responses=_SEEN)
async def get_reminder(reminder_id: ReminderPath, access: Signed, fields: Fields = None) -> Response:
    """One reminder."""
    found = await reminders.get_reminder(access.conn, access.caller.scope, reminder_id, now=access.now)
    return versioned(found, fields)


@router.post("/reminders/{reminder_id}/snooze", response_model=schemas.Reminder, responses=_MADE)
async def snooze_reminder(reminder_id: ReminderPath, body: schemas.Snooze, access: Signed, once: Once) -> Response:
    """Say nothing of its item until then, in any stage; after that it is told of again. 409 when the work is done."""
    return await once(
        lambda: reminders.snooze(
            access.conn, access.caller, reminder_id, until=body.until, reason=body.reason, now=access.now
        ),
        status=200,
    )
