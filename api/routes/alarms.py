"""Alarms: the list, one with its history, and acknowledging."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Path, Query
from fastapi.responses import Response

from api import cursors
from api.dependencies import Cursor, FromAt, Limit, Now, Signed, ToAt, instant
from api.problems import documented
from api.schemas.alarms import AlarmDetail, AlarmPage, AlarmSort, AlarmStateName, SourceKindName
from api.schemas.shape import ALARM_UUID, SeverityName
from api.writes import Fields, Once, listed, versioned
from usecases import acknowledge_alarm, read_alarms

router = APIRouter(prefix="/alarms", tags=["alarms"], responses=documented("not_authenticated", "not_found"))
AlarmPath = Annotated[UUID, Path(examples=[ALARM_UUID])]


@router.get("", response_model=AlarmPage)
async def list_alarms(
    *,
    access: Signed,
    state: Annotated[list[AlarmStateName] | None, Query(max_length=3)] = None,
    severity: Annotated[list[SeverityName] | None, Query(max_length=5)] = None,
    source_kind: SourceKindName | None = None,
    machine: Annotated[
        str | None,
        Query(max_length=80, pattern=r"^[^\x00-\x1f\x7f]+$", description="A machine's id or alias (`pin:...`)."),
    ] = None,
    kind: Annotated[str | None, Query(max_length=64, description="Kind of machine.", examples=["excavator"])] = None,
    acknowledged: bool | None = None,
    organisation: Annotated[
        UUID | None, Query(description="Raised while the machine was this organisation's, or of one below it.")
    ] = None,
    site: Annotated[UUID | None, Query(description="Of machines that stand there now.")] = None,
    from_at: FromAt = None,
    to_at: ToAt = None,
    sort: AlarmSort = "-raised_at",
    fields: Fields = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Response:
    """Alarms of the machines that the caller sees, raised while it was theirs to see, and from `from` until `to`."""
    page = await read_alarms.list_alarms(
        access.conn,
        access.caller.scope,
        read_alarms.AlarmFilter(
            states=tuple(state or ()),
            severities=tuple(severity or ()),
            source_kind=source_kind,
            machine=machine,
            machine_kind=kind,
            acknowledged=acknowledged,
            from_at=instant(from_at, "from"),
            to_at=instant(to_at, "to"),
            organisation=organisation,
            site=site,
        ),
        sort=sort,
        after=cursors.decode(cursor, names=sort),
        limit=limit,
        catalogue=access.catalogue,
    )
    return listed(page.with_cursor(cursors.encode([sort, *page.end]) if page.end else None), fields)


@router.get("/{alarm_id}", response_model=AlarmDetail)
async def get_alarm(alarm_id: AlarmPath, access: Signed, fields: Fields = None) -> Response:
    """One alarm with its transitions and the values that drove it."""
    found = await read_alarms.get_alarm(access.conn, access.caller.scope, alarm_id, catalogue=access.catalogue)
    return versioned(found, fields)


@router.post(
    "/{alarm_id}/acknowledge",
    response_model=AlarmDetail,
    responses=documented("conflict", "forbidden"),
)
async def acknowledge(alarm_id: AlarmPath, access: Signed, now: Now, once: Once) -> Response:
    """Acknowledge an active alarm; for the control centre and the dealer. 409 when it already is, or is over.

    403 when its machine is not the caller's to see any more: an old alarm is history.
    """

    async def acknowledged() -> read_alarms.AlarmDetail:
        await acknowledge_alarm.acknowledge(access.conn, access.caller, alarm_id, now=now)
        return await read_alarms.get_alarm(access.conn, access.caller.scope, alarm_id, catalogue=access.catalogue)

    return await once(acknowledged, status=200)
