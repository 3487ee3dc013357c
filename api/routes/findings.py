"""Findings: the list, one with its first diagnosis, and what it stands on, as JSON or as a picture."""

from enum import StrEnum
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Path, Query, Request
from fastapi.responses import Response

from api import cursors
from api.dependencies import AskedLanguage, Cursor, FromAt, Limit, Now, Signed, ToAt, instant, signed_in
from api.encoding import json_bytes
from api.media import accepted
from api.pictures import PictureDesk, draw_evidence
from api.problems import documented
from api.schemas.alarms import FINDING_UUID, SourceKindName
from api.schemas.evidence import Evidence
from api.schemas.findings import FindingDetail, FindingPage
from api.writes import Fields, listed, versioned
from usecases import read_evidence, read_findings

router = APIRouter(prefix="/findings", tags=["findings"], responses=documented("not_authenticated", "not_found"))
FindingPath = Annotated[UUID, Path(examples=[FINDING_UUID])]
_ORDER = "-held_at"


@router.get("", response_model=FindingPage)
async def list_findings(
    *,
    access: Signed,
    machine: Annotated[
        str | None,
        Query(max_length=80, pattern=r"^[^\x00-\x1f\x7f]+$", description="A machine's id or alias (`pin:...`)."),
    ] = None,
    source_kind: SourceKindName | None = None,
    source_key: Annotated[
        str | None,
        Query(max_length=200, pattern=r"^[^\x00-\x1f\x7f]+$", examples=["low_oil_pressure"]),
    ] = None,
    from_at: FromAt = None,
    to_at: ToAt = None,
    is_open: Annotated[bool | None, Query(alias="open", description="Those that hold, or those that are over.")] = None,
    is_withdrawn: Annotated[bool, Query(alias="withdrawn", description="Those that were taken back instead.")] = False,
    limit: Limit = 50,
    cursor: Cursor = None,
    fields: Fields = None,
) -> Response:
    """Findings of the machines that the caller sees, that held while it was theirs to see; the newest first."""
    page = await read_findings.list_findings(
        access.conn,
        access.caller.scope,
        read_findings.FindingFilter(
            machine=machine,
            source_kind=source_kind,
            source_key=source_key,
            from_at=instant(from_at, "from"),
            to_at=instant(to_at, "to"),
            is_open=is_open,
            is_withdrawn=is_withdrawn,
        ),
        after=cursors.decode(cursor, names=_ORDER),
        limit=limit,
        catalogue=access.catalogue,
    )
    return listed(page.with_cursor(cursors.encode([_ORDER, *page.end]) if page.end else None), fields)


@router.get("/{finding_id}", response_model=FindingDetail)
async def get_finding(finding_id: FindingPath, access: Signed) -> Response:
    """One finding with its first diagnosis: ranked causes, the next best check, likely parts."""
    return versioned(
        await read_findings.get_finding(access.conn, access.caller.scope, finding_id, catalogue=access.catalogue)
    )


class Form(StrEnum):
    """A form that evidence can have."""

    JSON = "application/json"
    PNG = "image/png"
    SVG = "image/svg+xml"


async def _form(request: Request) -> Form:
    return Form(accepted(request, tuple(Form), {"*/*": Form.JSON, "application/*": Form.JSON, "image/*": Form.PNG}))


_FORMS: dict[int | str, dict[str, Any]] = {
    200: {"content": {form: {"schema": {"type": "string", "format": "binary"}} for form in (Form.PNG, Form.SVG)}}
}


@router.get(
    "/{finding_id}/evidence",
    response_model=Evidence,
    responses=_FORMS | documented("not_acceptable", "busy"),
)
async def get_evidence(
    finding_id: FindingPath,
    request: Request,
    now: Now,
    language: AskedLanguage,
    form: Annotated[Form, Depends(_form)],
) -> Response:
    """What a finding stands on; as a picture when `Accept` asks for image/png or image/svg+xml.

    404 `evidence_not_made` until it is made, about a second after the finding. 503 with `Retry-After` when too many
    pictures are being drawn.
    """
    async with signed_in(request, now) as access:  # over before a picture is drawn
        evidence = await read_evidence.get_evidence(
            access.conn, access.caller.scope, finding_id, catalogue=access.catalogue
        )
        if evidence.track is not None and evidence.track.at:
            access.positions_read(what="evidence of a finding", machine=evidence.finding.machine.id)
    if form is Form.JSON:
        return versioned(evidence)
    desk: PictureDesk = request.app.state.pictures
    suffix = "png" if form is Form.PNG else "svg"
    picture = await desk.draw(draw_evidence, json_bytes(evidence), suffix, language)
    return Response(picture.content, media_type=form, headers={"Content-Language": picture.language})
