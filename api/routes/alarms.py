"""Alarms: the list, groups, one with its history, and what was told of it."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Path, Query
from fastapi.responses import Response

from api import cursors
from api.dependencies import Cursor, FromAt, Limit, Signed, ToAt, instant
from api.encoding import json_response
from api.problems import documented
from api.schemas.alarm_commands import AlarmGroups, GroupBy, ToldNotices
from api.schemas.alarms import AlarmDetail, AlarmPage, AlarmSort, AlarmStateName, LifecycleName, SourceKindName
from api.schemas.shape import ALARM_UUID, SeverityName
from api.writes import Fields, listed, versioned
from usecases import group_alarms, read_alarms, read_told

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
    lifecycle: Annotated[list[LifecycleName] | None, Query(max_length=5)] = None,
    held_back: Annotated[bool | None, Query(description="Shelved, out of service or suppressed by design.")] = None,
    inhibited: Annotated[bool | None, Query(description="Explained by another alarm.")] = None,
    assigned_to: Annotated[UUID | None, Query(description="Assigned to this person.")] = None,
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
            lifecycles=tuple(lifecycle or ()),
            held_back=held_back,
            inhibited=inhibited,
            assigned_to=assigned_to,
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


@router.get("/groups", response_model=AlarmGroups)
async def list_alarm_groups(
    access: Signed, by: GroupBy = "machine", limit: Annotated[int, Query(ge=1, le=200)] = 50
) -> Response:
    """Alarms that wait for an answer (active, gone unseen, or to be reset), gathered, the worst group first."""
    return json_response(await group_alarms.group_alarms(access.conn, access.caller.scope, by, limit=limit))


@router.get("/{alarm_id}/notices", response_model=ToldNotices)
async def list_alarm_notices(alarm_id: AlarmPath, access: Signed) -> Response:
    """Who was told of an alarm, by which way, in which words, and what became of it."""
    return json_response(await read_told.list_told(access.conn, access.caller.scope, alarm_id))


@router.get("/{alarm_id}", response_model=AlarmDetail)
async def get_alarm(alarm_id: AlarmPath, access: Signed, fields: Fields = None) -> Response:
    """One alarm with its transitions and the values that drove it."""
    found = await read_alarms.get_alarm(access.conn, access.caller.scope, alarm_id, catalogue=access.catalogue)
    return versioned(found, fields)
