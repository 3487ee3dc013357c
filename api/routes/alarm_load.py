"""The load of alarms, floods, the hand-over of a shift, and the numbers that decide on them."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query
from fastapi.responses import Response

from api import cursors
from api.dependencies import Cursor, FromAt, Limit, Signed, ToAt, instant
from api.encoding import json_response
from api.problems import documented
from api.schemas.alarm_load import (
    AlarmFloodPage,
    AlarmLoad,
    AlarmSeries,
    AlarmSettings,
    AlarmSettingsChange,
    HandOver,
)
from api.writes import Fields, IfMatch, as_changed, listed, versioned
from usecases import edit_alarm_settings, hand_over_alarms, read_alarm_load, read_alarm_series

router = APIRouter(tags=["alarms"], responses=documented("not_authenticated", "forbidden"))
_FLOODS = "-flood"


@router.get("/alarm-settings", response_model=AlarmSettings)
async def get_alarm_settings(access: Signed) -> Response:
    """When alarms chatter, are fleeting, go stale, flow over and are escalated."""
    return versioned(await edit_alarm_settings.get_alarm_settings(access.conn))


@router.patch("/alarm-settings", response_model=AlarmSettings, responses=documented("conflict"))
async def change_alarm_settings(body: AlarmSettingsChange, access: Signed, version: IfMatch) -> Response:
    """Change them for the whole platform; they count from the next alarm on."""
    changes = body.model_dump(exclude_unset=True)
    return as_changed(
        await edit_alarm_settings.change_alarm_settings(
            access.conn, access.caller, changes, version=version, now=access.now
        )
    )


@router.get("/alarm-load", response_model=AlarmLoad)
async def get_alarm_load(
    access: Signed,
    from_at: FromAt = None,
    to_at: ToAt = None,
    seats: Annotated[int | None, Query(ge=1, le=1000, description="Who share the alarms; else the rosters'.")] = None,
) -> Response:
    """Alarms a seat and 10 minutes, hour and day beside the limits of ISA-18.2, floods, what is stale, chatters, is
    held back or wrong, and how fast they are answered; of every machine. The last week if not said.
    """
    found = await read_alarm_load.read_alarm_load(
        access.conn,
        from_at=instant(from_at, "from"),
        to_at=instant(to_at, "to"),
        seats=seats,
        catalogue=access.catalogue,
        now=access.now,
    )
    return json_response(found)


@router.get("/alarm-load/series", response_model=AlarmSeries)
async def get_alarm_series(
    access: Signed,
    every: Annotated[read_alarm_series.Every, Query(description="How long a stretch is.")] = "10min",
    from_at: FromAt = None,
    to_at: ToAt = None,
    seats: Annotated[int | None, Query(ge=1, le=1000, description="Who share the alarms; else the rosters'.")] = None,
) -> Response:
    """Alarms that called in each stretch of a span, for drawing beside the limits; the last day if not said."""
    found = await read_alarm_series.read_alarm_series(
        access.conn,
        every,
        from_at=instant(from_at, "from"),
        to_at=instant(to_at, "to"),
        seats=seats,
        now=access.now,
    )
    return json_response(found)


@router.get("/alarm-floods", response_model=AlarmFloodPage)
async def list_alarm_floods(
    access: Signed, limit: Limit = 50, cursor: Cursor = None, fields: Fields = None
) -> Response:
    """Floods, the newest first; `ended_at` is null while one goes on."""
    page = await read_alarm_load.list_floods(access.conn, after=cursors.decode(cursor, names=_FLOODS), limit=limit)
    return listed(page.with_cursor(cursors.encode([_FLOODS, page.end]) if page.end is not None else None), fields)


@router.get("/alarm-hand-over", response_model=HandOver, responses=documented("not_found"))
async def get_alarm_hand_over(
    access: Signed,
    from_at: FromAt = None,
    roster: Annotated[UUID | None, Query(description="Since its turn on duty began.")] = None,
) -> Response:
    """What a shift leaves to the next one: what stands, what nobody has answered, what is held back, what was said."""
    found = await hand_over_alarms.hand_over(
        access.conn,
        access.caller.scope,
        from_at=instant(from_at, "from"),
        roster_id=roster,
        catalogue=access.catalogue,
        now=access.now,
    )
    return json_response(found)
