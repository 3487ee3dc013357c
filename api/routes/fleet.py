"""The whole fleet in one answer, and the catalogue of signals."""

from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response

from api import fleet_tables
from api.dependencies import Access, AskedLanguage, Now, Signed, signal_keys
from api.encoding import json_response
from api.fleet_filters import MachineFilters
from api.media import COLUMNS, AskedMedia, Media
from api.problems import documented
from api.schemas.machines import FleetMatrix, FleetPositions, MachineSort
from api.schemas.readings import SignalList
from storage.audit import PlacesRead
from storage.fleet_columns import FLEET_CAP
from usecases import read_fleet_columns, read_fleet_matrix, read_signals
from usecases.machine_kinds import check_kind

router = APIRouter(tags=["fleet"], responses=documented("not_authenticated"))
_COLUMNS = {**documented("not_acceptable"), **COLUMNS}
_MATRIX_SIGNALS = 50


@router.get("/fleet/positions", response_model=FleetPositions, responses=_COLUMNS)
async def list_positions(request: Request, access: Signed, now: Now, media: AskedMedia) -> Response:
    """Every machine the caller sees: place, state and worst open alarm; for the map and the live table.

    JSON holds at most 50,000 machines, Arrow and CSV 200,000.
    """
    fleet = await read_fleet_columns.get_places(
        access.conn,
        access.caller.scope,
        catalogue=access.catalogue,
        now=now,
        at_most=_cap(media),
        index=request.app.state.fleet.index,
    )
    _note_places(access, "fleet positions", fleet, request.url.query)
    if media is Media.JSON:
        return json_response(read_fleet_columns.positions_of(fleet))
    return fleet_tables.positions(fleet, media)


def _cap(media: Media) -> int:
    return read_fleet_columns.JSON_CAP if media is Media.JSON else FLEET_CAP


def _note_places(access: Access, what: str, fleet: read_fleet_columns.Fleet, conditions: str) -> None:
    placed = fleet.placed
    if len(placed):
        places = PlacesRead(machines=placed)
        access.positions_read(what=what, places=places, machines=len(placed), filter=conditions)


@router.get("/fleet/matrix", response_model=FleetMatrix, responses=_COLUMNS)
async def get_matrix(
    *,
    request: Request,
    access: Signed,
    now: Now,
    wanted: MachineFilters,
    media: AskedMedia,
    signals: Annotated[
        str,
        Query(
            max_length=4000,
            pattern=r"^[a-z0-9_]+(,[a-z0-9_]+)*$",
            description="Signal keys, separated by commas.",
            examples=["engine_speed_rpm,fuel_level_pct"],
        ),
    ],
    sort: MachineSort = "name",
) -> Response:
    """The last value of each of these signals, and its age, for every machine that the caller sees, as columns.

    Filters and order are those of the list of machines. JSON holds at most 50,000 machines, Arrow and CSV 200,000.
    """
    keys = signal_keys(signals, access.catalogue, at_most=_MATRIX_SIGNALS)
    await check_kind(access.conn, wanted.kind)
    fleet = await read_fleet_columns.get_fleet(
        access.conn,
        access.caller.scope,
        wanted,
        signals=[access.catalogue[key] for key in keys],
        now=now,
        catalogue=access.catalogue,
        at_most=_cap(media),
        sort=sort,
    )
    _note_places(access, "fleet matrix", fleet, request.url.query)
    if media is Media.JSON:
        return json_response(read_fleet_matrix.matrix_of(fleet))
    return fleet_tables.matrix(fleet, media)


@router.get("/signals", response_model=SignalList)
async def list_signals(access: Signed, language: AskedLanguage) -> read_signals.SignalList:
    """The signal catalogue: keys, units, limits, and names in the language of Accept-Language."""
    return read_signals.list_signals(access.catalogue, language=language)
