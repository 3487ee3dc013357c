"""Importing machines, models, terminals and sales from CSV: all lines, or none and what is wrong with each."""

from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import Response

from api.dependencies import Signed
from api.problems import documented
from api.routes import imports
from api.schemas.imports import ImportReport
from api.writes import Once
from usecases.import_machines import import_machines
from usecases.import_models import import_models
from usecases.import_terminals import import_terminals
from usecases.import_transfers import import_transfers

router = APIRouter(responses=documented("not_authenticated", "forbidden", "not_found", "conflict"))


def _described(example: str) -> dict[str, Any]:
    return imports.described(csv=example)


async def _content(request: Request) -> bytes:
    imports.media_type(request, imports.CSV)
    return await request.body()


@router.post(
    "/machines/import",
    response_model=ImportReport,
    tags=["machines"],
    openapi_extra=_described(imports.MACHINES_CSV),
)
async def import_all_machines(
    request: Request, access: Signed, once: Once, dry_run: imports.DryRun = False
) -> Response:
    """Register or change machines, known by `pin`, with their models, sites, terminals and SIM cards.

    Columns: docs/machines.md. A new machine has a name and a model; an empty cell leaves what is there.
    """
    content = await _content(request)
    return await once(
        lambda: import_machines(
            access.conn, access.caller, content, catalogue=access.catalogue, dry_run=dry_run, now=access.now
        ),
        status=200,
    )


@router.post(
    "/models/import",
    response_model=ImportReport,
    tags=["catalogue"],
    openapi_extra=_described(imports.MODELS_CSV),
)
async def import_all_models(request: Request, access: Signed, once: Once, dry_run: imports.DryRun = False) -> Response:
    """Add or change models, known by `name`."""
    content = await _content(request)
    return await once(
        lambda: import_models(
            access.conn, access.caller, content, catalogue=access.catalogue, dry_run=dry_run, now=access.now
        ),
        status=200,
    )


@router.post(
    "/terminals/import",
    response_model=ImportReport,
    tags=["terminals"],
    openapi_extra=_described(imports.TERMINALS_CSV),
)
async def import_all_terminals(
    request: Request, access: Signed, once: Once, dry_run: imports.DryRun = False
) -> Response:
    """Register or change terminals, known by `name`, with their SIM cards."""
    content = await _content(request)
    return await once(
        lambda: import_terminals(access.conn, access.caller, content, dry_run=dry_run, now=access.now), status=200
    )


@router.post(
    "/transfers/import",
    response_model=ImportReport,
    tags=["transfers"],
    openapi_extra=_described(imports.TRANSFERS_CSV),
)
async def import_all_transfers(
    request: Request, access: Signed, once: Once, dry_run: imports.DryRun = False
) -> Response:
    """Record sales of machines; one that is recorded already is unchanged."""
    content = await _content(request)
    return await once(
        lambda: import_transfers(access.conn, access.caller, content, dry_run=dry_run, now=access.now), status=200
    )
