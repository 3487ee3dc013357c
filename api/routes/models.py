"""The catalogue: kinds and models of machines, releases of software. Everybody reads it, the platform writes it."""

from collections.abc import Callable, Mapping
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Path, Query
from fastapi.responses import Response

from api import cursors
from api.dependencies import Access, Cursor, Limit, Signed
from api.problems import documented
from api.schemas import models as schemas
from api.writes import Fields, IfMatch, Once, as_changed, listed, versioned
from usecases import edit_models
from usecases.edit_models import KIND, MODEL, RELEASE, Entry
from usecases.edited import page_of, pattern
from usecases.machine_kinds import check_kind
from usecases.versions import Versions

router = APIRouter(tags=["catalogue"], responses=documented("not_authenticated"))
EntryId = Annotated[UUID, Path(examples=[schemas.MODEL_UUID])]
_MADE = documented("conflict", "idempotency_mismatch")
_CHANGED = documented("not_found", "conflict", "precondition_failed", "precondition_required")
_AT = {KIND.entity: "machine-kinds", MODEL.entity: "models", RELEASE.entity: "software-versions"}


async def _list(
    access: Access, entry: Entry, filters: Mapping[str, Any], *, sort: str, at: tuple[str | None, int, str | None]
) -> Response:
    cursor, limit, fields = at
    order = f"{entry.entity} {sort}"
    wanted = page_of(sort, cursors.decode(cursor, names=order), limit)
    page = await edit_models.list_entries(access.conn, entry, wanted, filters)
    return listed(page.with_cursor(cursors.encode([order, *page.end]) if page.end else None), fields)


async def _create(access: Access, once: Once, entry: Entry, body: Mapping[str, Any]) -> Response:
    async def make() -> Any:
        return await edit_models.create_entry(
            access.conn, access.caller, entry, body, catalogue=access.catalogue, now=access.now
        )

    return await once(make, created=_address(entry))


def _address(entry: Entry) -> Callable[[Any], str]:
    return lambda made: f"/api/v1/{_AT[entry.entity]}/{made.id}"


async def _change(
    access: Access, entry: Entry, entry_id: UUID, version: Versions | None, body: Mapping[str, Any]
) -> Response:
    return as_changed(
        await edit_models.change_entry(
            access.conn,
            access.caller,
            entry,
            entry_id,
            body,
            version=version,
            catalogue=access.catalogue,
            now=access.now,
        )
    )


async def _delete(access: Access, entry: Entry, entry_id: UUID, version: Versions | None) -> Response:
    await edit_models.delete_entry(access.conn, access.caller, entry, entry_id, version=version, now=access.now)
    return Response(status_code=204)


@router.get("/machine-kinds", response_model=schemas.MachineKindPage)
async def list_machine_kinds(
    access: Signed, sort: schemas.KindSort = "code", limit: Limit = 50, cursor: Cursor = None, fields: Fields = None
) -> Response:
    """The kinds of machines that there are."""
    return await _list(access, KIND, {}, sort=sort, at=(cursor, limit, fields))


@router.post("/machine-kinds", response_model=schemas.MachineKind, status_code=201, responses=_MADE)
async def create_machine_kind(body: schemas.NewMachineKind, access: Signed, once: Once) -> Response:
    """Add a kind of machine."""
    return await _create(access, once, KIND, body.model_dump())


@router.get("/machine-kinds/{kind_id}", response_model=schemas.MachineKind, responses=documented("not_found"))
async def get_machine_kind(kind_id: EntryId, access: Signed, fields: Fields = None) -> Response:
    """One kind of machine."""
    return versioned(await edit_models.get_entry(access.conn, KIND, kind_id), fields)


@router.patch("/machine-kinds/{kind_id}", response_model=schemas.MachineKind, responses=_CHANGED)
async def change_machine_kind(
    kind_id: EntryId, body: schemas.MachineKindChange, access: Signed, version: IfMatch
) -> Response:
    """Change a kind; a new code is carried to its models."""
    return await _change(access, KIND, kind_id, version, body.model_dump(exclude_unset=True))


@router.delete("/machine-kinds/{kind_id}", status_code=204, response_class=Response, responses=_CHANGED)
async def delete_machine_kind(kind_id: EntryId, access: Signed, version: IfMatch) -> Response:
    """Delete a kind that no model is of."""
    return await _delete(access, KIND, kind_id, version)


@router.get("/models", response_model=schemas.ModelPage)
async def list_models(
    *,
    access: Signed,
    q: Annotated[str | None, Query(min_length=1, max_length=100, description="Part of name or maker.")] = None,
    kind: Annotated[str | None, Query(max_length=64, examples=["excavator"])] = None,
    sort: schemas.ModelSort = "name",
    limit: Limit = 50,
    cursor: Cursor = None,
    fields: Fields = None,
) -> Response:
    """The models of machines, with their factory options."""
    await check_kind(access.conn, kind)
    return await _list(access, MODEL, {"q": pattern(q), "kind": kind}, sort=sort, at=(cursor, limit, fields))


@router.post("/models", response_model=schemas.Model, status_code=201, responses=_MADE)
async def create_model(body: schemas.NewModel, access: Signed, once: Once) -> Response:
    """Add a model."""
    return await _create(access, once, MODEL, body.model_dump())


@router.get("/models/{model_id}", response_model=schemas.Model, responses=documented("not_found"))
async def get_model(model_id: EntryId, access: Signed, fields: Fields = None) -> Response:
    """One model."""
    return versioned(await edit_models.get_entry(access.conn, MODEL, model_id), fields)


@router.patch("/models/{model_id}", response_model=schemas.Model, responses=_CHANGED)
async def change_model(model_id: EntryId, body: schemas.ModelChange, access: Signed, version: IfMatch) -> Response:
    """Change a model; the gateway decodes by it from its next batch on."""
    return await _change(access, MODEL, model_id, version, body.model_dump(exclude_unset=True))


@router.delete("/models/{model_id}", status_code=204, response_class=Response, responses=_CHANGED)
async def delete_model(model_id: EntryId, access: Signed, version: IfMatch) -> Response:
    """Delete a model that no machine is of."""
    return await _delete(access, MODEL, model_id, version)


@router.get("/software-versions", response_model=schemas.SoftwareVersionPage)
async def list_software_versions(
    *,
    access: Signed,
    controller: Annotated[str | None, Query(max_length=64, examples=["engine"])] = None,
    model: UUID | None = None,
    sort: schemas.SoftwareSort = "controller",
    limit: Limit = 50,
    cursor: Cursor = None,
    fields: Fields = None,
) -> Response:
    """The releases of controllers' software."""
    return await _list(
        access, RELEASE, {"controller": controller, "model": model}, sort=sort, at=(cursor, limit, fields)
    )


@router.post("/software-versions", response_model=schemas.SoftwareVersion, status_code=201, responses=_MADE)
async def create_software_version(body: schemas.NewSoftwareVersion, access: Signed, once: Once) -> Response:
    """Add a release."""
    return await _create(access, once, RELEASE, body.model_dump())


@router.get(
    "/software-versions/{version_id}", response_model=schemas.SoftwareVersion, responses=documented("not_found")
)
async def get_software_version(version_id: EntryId, access: Signed, fields: Fields = None) -> Response:
    """One release."""
    return versioned(await edit_models.get_entry(access.conn, RELEASE, version_id), fields)


@router.patch("/software-versions/{version_id}", response_model=schemas.SoftwareVersion, responses=_CHANGED)
async def change_software_version(
    version_id: EntryId, body: schemas.SoftwareVersionChange, access: Signed, version: IfMatch
) -> Response:
    """Change a release's entry."""
    return await _change(access, RELEASE, version_id, version, body.model_dump(exclude_unset=True))


@router.delete("/software-versions/{version_id}", status_code=204, response_class=Response, responses=_CHANGED)
async def delete_software_version(version_id: EntryId, access: Signed, version: IfMatch) -> Response:
    """Delete a release's entry; what machines have installed stays."""
    return await _delete(access, RELEASE, version_id, version)
