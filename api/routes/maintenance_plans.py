"""Maintenance plans: everybody reads them, the platform enters them; as JSON, TOML and CSV."""

from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Depends, Path, Query, Request
from fastapi.responses import Response

from api import cursors
from api.dependencies import Cursor, Limit, Signed
from api.problems import documented
from api.routes.imports import CSV, media_type
from api.schemas import maintenance_plans as schemas
from api.schemas.imports import ImportReport
from api.writes import Fields, IfMatch, Once, as_changed, listed, versioned
from usecases import edit_plans, plan_files
from usecases.edited import page_of, pattern
from usecases.import_plans import import_plans
from usecases.plan_members import MEMBERS

router = APIRouter(prefix="/maintenance-plans", tags=["maintenance"], responses=documented("not_authenticated"))
PlanPath = Annotated[UUID, Path(examples=[schemas.PLAN_UUID])]
_CHANGED = documented("not_found", "conflict", "precondition_failed", "precondition_required")
_VERSIONS = "plan-versions"
TOML = "application/toml"
_TEXT = {"schema": {"type": "string"}}
_FILE: dict[int | str, dict[str, Any]] = {200: {"content": {TOML: _TEXT, CSV: _TEXT}}}
_IMPORTED = {
    "requestBody": {
        "required": True,
        "content": {CSV: _TEXT | {"example": schemas.PLANS_CSV}, TOML: _TEXT | {"example": schemas.PLAN_TOML}},
    }
}


@router.get("", response_model=schemas.MaintenancePlanPage)
async def list_plans(
    *,
    access: Signed,
    q: Annotated[str | None, Query(min_length=1, max_length=100, description="Part of the name.")] = None,
    kind: Annotated[str | None, Query(max_length=64, examples=["excavator"])] = None,
    model: Annotated[UUID | None, Query(description="For this model.")] = None,
    sort: schemas.PlanSort = "name",
    fields: Fields = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Response:
    """The plans in force."""
    order = f"plans {sort}"
    wanted = page_of(sort, cursors.decode(cursor, names=order), limit)
    page = await edit_plans.list_plans(access.conn, wanted, {"q": pattern(q), "kind": kind, "model": model})
    return listed(page.with_cursor(cursors.encode([order, *page.end]) if page.end else None), fields)


@router.post("", response_model=schemas.MaintenancePlan, status_code=201, responses=documented("conflict", "forbidden"))
async def create_plan(body: schemas.PlanNew, access: Signed, once: Once) -> Response:
    """Enter a plan for a kind or a model that has none; its machines follow it within the hour."""
    return await once(
        lambda: edit_plans.create_plan(access.conn, access.caller, body.model_dump(), now=access.now),
        created=lambda made: f"/api/v1/maintenance-plans/{made.id}",
    )


async def _kind_of_file(request: Request) -> bool:
    return media_type(request, CSV, TOML) == TOML


@router.post(
    "/import", response_model=ImportReport, responses=documented("conflict", "forbidden"), openapi_extra=_IMPORTED
)
async def import_all(
    request: Request,
    access: Signed,
    once: Once,
    is_toml: Annotated[bool, Depends(_kind_of_file)],
    dry_run: Annotated[bool, Query(description="Check everything and write nothing.")] = False,
) -> Response:
    """Enter the plans of a file, known by their names: TOML with one plan, or CSV with a line an item. All or none."""
    content = await request.body()
    return await once(
        lambda: import_plans(access.conn, access.caller, content, dry_run=dry_run, now=access.now, is_toml=is_toml),
        status=200,
    )


@router.get("/{plan_id}", response_model=schemas.MaintenancePlan, responses=documented("not_found"))
async def get_plan(plan_id: PlanPath, access: Signed, fields: Fields = None) -> Response:
    """One plan in the version in force; one that was taken out of force too."""
    return versioned(await edit_plans.get_plan(access.conn, plan_id), fields)


@router.get("/{plan_id}/file", responses=documented("not_found") | _FILE, response_class=Response)
async def get_plan_file(
    plan_id: PlanPath,
    access: Signed,
    form: Annotated[Literal["toml", "csv"], Query(alias="format", description="As which file.")] = "toml",
) -> Response:
    """The plan as a file that an import takes."""
    plan = await edit_plans.get_plan(access.conn, plan_id)
    content = {name: getattr(plan, name) for name in MEMBERS}
    if form == "csv":
        return Response(plan_files.as_csv(content), media_type=CSV)
    return Response(plan_files.as_toml(content), media_type=TOML)


@router.get("/{plan_id}/versions", response_model=schemas.PlanVersionPage, responses=documented("not_found"))
async def list_versions(
    plan_id: PlanPath, access: Signed, limit: Limit = 50, cursor: Cursor = None, fields: Fields = None
) -> Response:
    """A plan's versions, the newest first: what it said, who entered it and when."""
    page = await edit_plans.list_versions(
        access.conn, plan_id, after=cursors.decode(cursor, names=_VERSIONS), limit=limit
    )
    return listed(page.with_cursor(cursors.encode([_VERSIONS, page.end]) if page.end is not None else None), fields)


@router.patch("/{plan_id}", response_model=schemas.MaintenancePlan, responses=_CHANGED)
async def change_plan(plan_id: PlanPath, body: schemas.PlanChange, access: Signed, version: IfMatch) -> Response:
    """Enter the next version of a plan; machines go on in the cycles in which they are."""
    changes = body.model_dump(exclude_unset=True)
    return as_changed(
        await edit_plans.change_plan(access.conn, access.caller, plan_id, changes, version=version, now=access.now)
    )


@router.delete("/{plan_id}", status_code=204, response_class=Response, responses=_CHANGED)
async def retire_plan(plan_id: PlanPath, access: Signed, version: IfMatch) -> Response:
    """Take a plan out of force; what was done by it stays."""
    await edit_plans.retire_plan(access.conn, access.caller, plan_id, version=version, now=access.now)
    return Response(status_code=204)
