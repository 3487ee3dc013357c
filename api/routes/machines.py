"""Machines, their state, readings, events, faults and ledger."""

from typing import Annotated, Literal

from fastapi import APIRouter, Query
from fastapi.responses import Response
from pydantic import Field

from api import cursors
from api.dependencies import (
    Cursor,
    FromAt,
    Limit,
    MachineReference,
    Now,
    SignalKeys,
    Signed,
    ToAt,
    instant,
    signal_keys,
)
from api.encoding import json_response
from api.problems import documented
from api.schemas.events import EventKindName, EventPage, FaultList
from api.schemas.extra import ExtraPage
from api.schemas.machines import Ledger, MachineDetail, MachinePage, MachineSort, MachineState
from api.schemas.readings import Readings
from usecases import read_events, read_extra, read_fleet_overview, read_ledger, read_machine_state, read_readings_series

router = APIRouter(prefix="/machines", tags=["machines"], responses=documented("not_authenticated", "not_found"))
_LIST_SIGNALS = 10
_SERIES_SIGNALS = 20


@router.get("", response_model=MachinePage)
async def list_machines(
    *,
    access: Signed,
    now: Now,
    q: Annotated[
        str | None, Query(min_length=1, max_length=100, description="Part of name, PIN, serial number or equipment id.")
    ] = None,
    kind: Annotated[str | None, Query(max_length=64, examples=["excavator"])] = None,
    online: bool | None = None,
    has_open_alarm: bool | None = None,
    sort: MachineSort = "name",
    signals: SignalKeys = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> read_fleet_overview.MachinePage:
    """The machines that belong to the caller's organisation now or are shared with it, a page at a time."""
    page = await read_fleet_overview.list_machines(
        access.conn,
        access.caller.scope,
        read_fleet_overview.MachineFilter(q=q, kind=kind, online=online, has_open_alarm=has_open_alarm),
        sort=sort,
        after=cursors.decode(cursor, names=sort),
        limit=limit,
        signals=signal_keys(signals, access.catalogue, at_most=_LIST_SIGNALS),
        catalogue=access.catalogue,
        now=now,
    )
    return page.with_cursor(cursors.encode([sort, *page.end]) if page.end else None)


@router.get("/{machine}", response_model=MachineDetail)
async def get_machine(machine: MachineReference, access: Signed, now: Now) -> read_fleet_overview.MachineDetail:
    """One machine, with its terminals, its attributes and the periods of its history that the caller may see."""
    return await read_fleet_overview.get_machine(
        access.conn, access.caller.scope, machine, catalogue=access.catalogue, now=now
    )


@router.get("/{machine}/state", response_model=MachineState)
async def get_state(machine: MachineReference, access: Signed, now: Now) -> Response:
    """The last value of every signal with its age. 404 when the machine is not the caller's to see now."""
    state = await read_machine_state.get_state(
        access.conn, access.caller.scope, machine, catalogue=access.catalogue, now=now
    )
    return json_response(state)


@router.get("/{machine}/readings", response_model=Readings, responses=documented("too_expensive"))
async def get_readings(
    *,
    machine: MachineReference,
    access: Signed,
    now: Now,
    from_at: FromAt = None,
    to_at: ToAt = None,
    signals: SignalKeys = None,
    max_points: Annotated[int, Query(ge=2, le=5000, description="Points a signal, at most.")] = 1000,
) -> Response:
    """Readings of some signals, raw or as min/max/mean buckets of the right rollup; the answer names which.

    Without `from` and `to`: the last hour. Without `signals`: what the machine reports, at most 20. Only the periods
    in which the machine was the caller's to see are in the answer.
    """
    question = read_readings_series.question(
        from_at=instant(from_at),
        to_at=instant(to_at),
        signals=signal_keys(signals, access.catalogue, at_most=_SERIES_SIGNALS),
        max_points=max_points,
        now=now,
    )
    return json_response(
        await read_readings_series.get_series(
            access.conn, access.caller.scope, machine, question, catalogue=access.catalogue
        )
    )


@router.get("/{machine}/events", response_model=EventPage)
async def list_events(
    *,
    machine: MachineReference,
    access: Signed,
    from_at: FromAt = None,
    to_at: ToAt = None,
    kind: EventKindName | None = None,
    limit: Limit = 100,
    cursor: Cursor = None,
) -> read_events.EventPage:
    """What the machine reported beside readings: faults, sensor errors, status, attributes and notes, newest first."""
    page = await read_events.list_events(
        access.conn,
        access.caller.scope,
        machine,
        read_events.EventFilter(from_at=instant(from_at), to_at=instant(to_at), kind=kind),
        after=cursors.decode(cursor, names="events"),
        limit=limit,
        catalogue=access.catalogue,
    )
    return page.with_cursor(cursors.encode(["events", *page.end]) if page.end else None)


@router.get("/{machine}/extra", response_model=ExtraPage, responses=documented("too_expensive"))
async def list_extra(
    *,
    machine: MachineReference,
    access: Signed,
    from_at: FromAt = None,
    to_at: ToAt = None,
    keys: Annotated[
        list[Annotated[str, Field(min_length=1, max_length=64)]] | None,
        Query(max_length=20, description="Only these keys; repeat the parameter.", examples=[["grease_level_pct"]]),
    ] = None,
    limit: Limit = 100,
    cursor: Cursor = None,
) -> read_extra.ExtraPage:
    """What the machine reported under keys that are no signals of the catalogue, newest first."""
    page = await read_extra.list_extra(
        access.conn,
        access.caller.scope,
        machine,
        read_extra.ExtraFilter(from_at=instant(from_at), to_at=instant(to_at), keys=keys),
        after=cursors.decode(cursor, names="extra"),
        limit=limit,
    )
    return page.with_cursor(cursors.encode(["extra", *page.end]) if page.end else None)


@router.get("/{machine}/faults", response_model=FaultList)
async def list_faults(
    machine: MachineReference,
    access: Signed,
    now: Now,
    state: Literal["active", "all"] = "all",
) -> read_events.FaultList:
    """The fault codes of the machine as they stand now."""
    return await read_events.list_faults(
        access.conn,
        access.caller.scope,
        machine,
        active_only=state == "active",
        catalogue=access.catalogue,
        now=now,
    )


@router.get("/{machine}/ledger", response_model=Ledger)
async def get_ledger(machine: MachineReference, access: Signed) -> read_ledger.Ledger:
    """Which numbered messages of the machine's terminals are kept, and the gaps by name."""
    return await read_ledger.get_ledger(access.conn, access.caller.scope, machine)
