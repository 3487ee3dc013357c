"""Importing machines, models, terminals and sales from CSV: all lines, or none and what is wrong with each."""

from functools import partial
from typing import Annotated

from fastapi import APIRouter, Query
from fastapi.responses import Response

from api.dependencies import require
from api.problems import documented
from api.rights import Right
from api.routes import imports
from api.schemas.imports import ImportReport
from usecases.import_machines import Making, import_machines
from usecases.import_models import import_models
from usecases.import_terminals import import_terminals
from usecases.import_transfers import import_transfers

router = APIRouter(responses=documented("not_authenticated", "forbidden", "not_found", "conflict"))


@router.post(
    "/machines/import",
    response_model=ImportReport,
    tags=["machines"],
    openapi_extra=imports.described(csv=imports.MACHINES_CSV),
)
async def import_all_machines(
    file: imports.Table,
    make_sites: Annotated[
        bool, Query(description="Make sites that are not there; otherwise their lines are wrong.")
    ] = False,
) -> Response:
    """Register or change machines, known by `pin`, with their models, sites, terminals and SIM cards.

    Columns: docs/machines.md. A new machine has a name and a model; an empty cell leaves what is there. `made` of the
    answer lists the sites and models that were made by the way. 403 when `make_sites` is asked by who makes no sites.
    """
    if make_sites:
        require(file.access, Right.EDIT_SITES)
    making = Making(models=file.access.may(Right.EDIT_CATALOGUE), sites=make_sites)
    return await file.given_to(partial(import_machines, catalogue=file.access.catalogue, making=making))


@router.post(
    "/models/import",
    response_model=ImportReport,
    tags=["catalogue"],
    openapi_extra=imports.described(csv=imports.MODELS_CSV),
)
async def import_all_models(file: imports.Table) -> Response:
    """Add or change models, known by `name`."""
    return await file.given_to(partial(import_models, catalogue=file.access.catalogue))


@router.post(
    "/terminals/import",
    response_model=ImportReport,
    tags=["terminals"],
    openapi_extra=imports.described(csv=imports.TERMINALS_CSV),
)
async def import_all_terminals(file: imports.Table) -> Response:
    """Register or change terminals, known by `name`, with their SIM cards."""
    return await file.given_to(import_terminals)


@router.post(
    "/transfers/import",
    response_model=ImportReport,
    tags=["transfers"],
    openapi_extra=imports.described(csv=imports.TRANSFERS_CSV),
)
async def import_all_transfers(file: imports.Table) -> Response:
    """Record sales of machines; one that is recorded already is unchanged."""
    return await file.given_to(import_transfers)
