"""Machines, their state, readings, events, faults and ledger."""

from collections.abc import Iterable
from typing import Annotated, Literal

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response
from pydantic import Field

from api import cursors, readings_tables
from api.dependencies import (
    Access,
    Cursor,
    FromAt,
    Limit,
    MachineReference,
    Now,
    SignalKeys,
    Signed,
    ToAt,
    instant,
    pool_of,
    signal_keys,
)
from api.encoding import json_response
from api.fleet_filters import MachineFilters
from api.fleet_memory import FleetMemory
from api.media import COLUMNS, Media
from api.one_read import SignedForOneRead
from api.problems import documented
from api.readings_query import ReadingsQuery
from api.schemas.events import EventKindName, EventPage, FaultList
from api.schemas.extra import ExtraPage
from api.schemas.machines import Ledger, MachineDetail, MachinePage, MachineSort, MachineState
from api.schemas.missing import MissingMinutes
from api.schemas.readings import Readings
from api.writes import Fields, listed, versioned
from fleet.data_classes import COARSE_STEP
from storage.audit import PlacesRead
from usecases import (
    export_readings,
    read_events,
    read_extra,
    read_fleet_overview,
    read_ledger,
    read_machine_state,
    read_missing,
    read_readings_series,
)
from usecases.machine_kinds import check_kind

router = APIRouter(prefix="/machines", tags=["machines"], responses=documented("not_authenticated", "not_found"))
_LIST_SIGNALS = 10


@router.get("", response_model=MachinePage)
async def list_machines(
    *,
    request: Request,
    access: Signed,
    now: Now,
    wanted: MachineFilters,
    sort: MachineSort = "name",
    signals: SignalKeys = None,
    fields: Fields = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Response:
    """The machines that belong to the caller's organisation now or are shared with it, a page at a time.

    `measured_at` sorts by the minute, so that a page holds still while machines report; `severity` the worst first.
    Machines with nothing to sort by come last.
    """
    fleet: FleetMemory = request.app.state.fleet
    if not fleet.knows_kind(wanted.kind):
        await check_kind(access.conn, wanted.kind)
    page = await read_fleet_overview.list_machines(
        access.conn,
        access.caller.scope,
        wanted,
        sort=sort,
        after=cursors.decode(cursor, names=sort),
        limit=limit,
        signals=signal_keys(signals, access.catalogue, at_most=_LIST_SIGNALS),
        catalogue=access.catalogue,
        now=now,
        index=fleet.index,
    )
    if placed := _placed(page, fields):
        access.positions_read(
            what="machines", places=PlacesRead(machines=placed), machines=len(placed), filter=request.url.query
        )
    return listed(page.with_cursor(cursors.encode([sort, *page.end]) if page.end else None), fields)


def _placed(page: read_fleet_overview.MachinePage, fields: str | None) -> list[int]:
    """The machines of a page that are answered with where they are."""
    shown = _shown(fields)
    return [
        number
        for number, item in zip(page.numbers, page.items, strict=True)
        if ("position" in shown and item.position is not None)
        or ("signals" in shown and not COARSE_STEP.keys().isdisjoint(item.signals))
    ]


def _shown(fields: str | None) -> set[str]:
    """Those of the members with places that are asked for."""
    return {"position", "signals"} if fields is None else {"position", "signals"}.intersection(fields.split(","))


@router.get("/{machine}", response_model=MachineDetail)
async def get_machine(machine: MachineReference, access: Signed, now: Now, fields: Fields = None) -> Response:
    """One machine, with its terminals, its attributes and the periods of its history that the caller may see."""
    found = await read_fleet_overview.get_machine(
        access.conn, access.caller.scope, machine, catalogue=access.catalogue, now=now
    )
    if found.position is not None and "position" in _shown(fields):
        access.positions_read(what="machine", machine=found.id, is_coarse=found.position.is_coarse)
    return versioned(found, fields)


@router.get("/{machine}/state", response_model=MachineState)
async def get_state(request: Request, machine: MachineReference, asked: SignedForOneRead) -> Response:
    """The last value of every signal with its age. 404 when the machine is not the caller's to see now."""
    catalogue = request.app.state.catalogue.current
    access, state = await asked.ask(
        lambda conn, scope: read_machine_state.ask_state(conn, scope, machine, catalogue=catalogue, now=asked.now)
    )
    if not COARSE_STEP.keys().isdisjoint(state.signals):
        coarse = state.position.is_coarse if state.position else None
        access.positions_read(what="machine state", machine=state.machine_id, is_coarse=coarse)
    return json_response(state)


@router.get(
    "/{machine}/readings",
    response_model=Readings,
    responses={**documented("too_expensive", "not_acceptable"), **COLUMNS},
)
async def get_readings(request: Request, machine: MachineReference, access: Signed, asked: ReadingsQuery) -> Response:
    """Readings of some signals, raw or as min/max/mean buckets of the right rollup; the answer names which.

    Without `from` and `to`: the last hour. Without `signals`: what the machine reports, at most 20. Only the periods
    in which the machine was the caller's to see are in the answer; `withheld` names signals of which the caller sees
    nothing. `resolution=raw` gives at most `max_points` readings and says in `next_from` where to go on (Arrow and CSV:
    the header `ECC-Next-From`); as Arrow or CSV it is streamed. A stream that breaks off is incomplete: its
    connection ends without the last chunk, and an Arrow stream without its end-of-stream marker.
    """
    place = (access.conn, access.caller.scope, machine, asked.question)
    if asked.is_export:
        export = await export_readings.plan_export(*place, catalogue=access.catalogue)
        _note_places(access, [str(s.key) for s in export.sighted.signals], export.sighted.public_id)
        return readings_tables.streamed(export, asked.media, pool_of(request))
    columns = await read_readings_series.get_series(*place, catalogue=access.catalogue)
    _note_places(access, [str(one.signal.key) for one in columns.series], columns.machine_id)
    if asked.media is Media.JSON:
        return json_response(read_readings_series.readings_of(columns))
    return readings_tables.table(columns, asked.media)


def _note_places(access: Access, keys: Iterable[str], machine_id: str) -> None:
    if not COARSE_STEP.keys().isdisjoint(keys):
        access.positions_read(what="readings", machine=machine_id)


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
    fields: Fields = None,
) -> Response:
    """What the machine reported beside readings: faults, sensor errors, status, attributes and notes, newest first."""
    page = await read_events.list_events(
        access.conn,
        access.caller.scope,
        machine,
        read_events.EventFilter(from_at=instant(from_at, "from"), to_at=instant(to_at, "to"), kind=kind),
        after=cursors.decode(cursor, names="events"),
        limit=limit,
        catalogue=access.catalogue,
    )
    return listed(page.with_cursor(cursors.encode(["events", *page.end]) if page.end else None), fields)


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
    fields: Fields = None,
) -> Response:
    """What the machine reported under keys that are no signals of the catalogue, newest first."""
    page = await read_extra.list_extra(
        access.conn,
        access.caller.scope,
        machine,
        read_extra.ExtraFilter(from_at=instant(from_at, "from"), to_at=instant(to_at, "to"), keys=keys),
        after=cursors.decode(cursor, names="extra"),
        limit=limit,
    )
    if page.items:  # a key of a site's own may be a place
        access.positions_read(what="extra values", machine=page.machine_id)
    return listed(page.with_cursor(cursors.encode(["extra", *page.end]) if page.end else None), fields)


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


@router.get("/{machine}/missing", response_model=MissingMinutes)
async def get_missing(
    *,
    machine: MachineReference,
    access: Signed,
    now: Now,
    from_at: FromAt = None,
    to_at: ToAt = None,
) -> Response:
    """Which whole minutes of a span have no readings, and why: up to now, the last day unless told, at most 31 days."""
    return json_response(
        await read_missing.get_missing(
            access.conn,
            access.caller.scope,
            machine,
            from_at=instant(from_at, "from"),
            to_at=instant(to_at, "to"),
            now=now,
        )
    )
