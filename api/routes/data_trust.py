"""How far the data of a whole fleet can be trusted."""

from fastapi import APIRouter
from fastapi.responses import Response

from api.dependencies import FromAt, Signed, ToAt, instant
from api.encoding import json_response
from api.problems import documented
from api.schemas.data_trust import FleetLateness, PlatformTime, Refusals, RulesOff
from usecases import read_lateness, read_platform_time, read_rules_off

router = APIRouter(prefix="/data-trust", tags=["readings"], responses=documented("not_authenticated"))


@router.get("/lateness", response_model=FleetLateness)
async def get_lateness(access: Signed, from_at: FromAt = None, to_at: ToAt = None) -> Response:
    """How late readings came: by hour of measuring, site, operator, and the machines that are late most; minutes in
    which no machine was heard. The last day if not said, at most 31."""
    found = await read_lateness.read_lateness(
        access.conn,
        access.caller.scope,
        from_at=instant(from_at, "from"),
        to_at=instant(to_at, "to"),
        now=access.now,
    )
    return json_response(found)


@router.get("/refusals", response_model=Refusals)
async def get_refusals(access: Signed, from_at: FromAt = None, to_at: ToAt = None) -> Response:
    """What went to quarantine, by hour and reason. The last day if not said, at most 31."""
    found = await read_platform_time.read_refusals(
        access.conn, from_at=instant(from_at, "from"), to_at=instant(to_at, "to"), now=access.now
    )
    return json_response(found)


@router.get("/rules-off", response_model=RulesOff)
async def get_rules_off(access: Signed) -> Response:
    """Rules that raise nothing now, since when, and why: switched off, in shadow, off for a machine, or without a
    sensor that is believed."""
    found = await read_rules_off.read_rules_off(
        access.conn, access.caller.scope, catalogue=access.catalogue, now=access.now
    )
    return json_response(found)


@router.get("/platform", response_model=PlatformTime)
async def get_platform_time(access: Signed, from_at: FromAt = None, to_at: ToAt = None) -> Response:
    """When the platform could not take messages, and what the ledger lacks. The last day if not said, at most 366."""
    found = await read_platform_time.read_platform_time(
        access.conn,
        access.caller.scope,
        from_at=instant(from_at, "from"),
        to_at=instant(to_at, "to"),
        now=access.now,
    )
    return json_response(found)
