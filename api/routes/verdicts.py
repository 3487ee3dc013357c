"""Verdicts on findings, and the quality of what raises findings."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Path, Query
from fastapi.responses import Response

from api import cursors
from api.dependencies import Cursor, FromAt, Limit, Signed, ToAt, instant
from api.problems import documented
from api.schemas.alarms import SourceKindName
from api.schemas.verdicts import FINDING_UUID, FindingQualityPage, NewVerdict, Verdict, VerdictPage
from api.writes import Fields, Once, listed
from usecases import give_verdict, read_finding_quality
from usecases.read_finding_quality import QualityFilter

router = APIRouter(tags=["verdicts"], responses=documented("not_authenticated", "forbidden"))
FindingPath = Annotated[UUID, Path(examples=[FINDING_UUID])]
_ORDER, _SOURCES = "-verdict", "source"


@router.post(
    "/findings/{finding_id}/verdicts",
    response_model=Verdict,
    status_code=201,
    responses=documented("not_found", "conflict"),
)
async def create_verdict(finding_id: FindingPath, body: NewVerdict, access: Signed, once: Once) -> Response:
    """Say what turned out to be the matter with a finding; the last verdict counts, earlier ones are kept.

    For the control centre, service engineers and dealers. 403 when the machine is not the caller's any more.
    """
    return await once(
        lambda: give_verdict.give_verdict(access.conn, access.caller, finding_id, body.model_dump(), now=access.now),
        created=lambda _: f"/api/v1/findings/{finding_id}/verdicts",
    )


@router.get("/findings/{finding_id}/verdicts", response_model=VerdictPage, responses=documented("not_found"))
async def list_verdicts(
    finding_id: FindingPath, access: Signed, limit: Limit = 50, cursor: Cursor = None, fields: Fields = None
) -> Response:
    """A finding's verdicts, the newest first: the first one counts."""
    page = await give_verdict.list_verdicts(
        access.conn, access.caller.scope, finding_id, after=cursors.decode(cursor, names=_ORDER), limit=limit
    )
    return listed(page.with_cursor(cursors.encode([_ORDER, page.end]) if page.end is not None else None), fields)


@router.get("/finding-quality", response_model=FindingQualityPage)
async def list_finding_quality(
    *,
    access: Signed,
    source_kind: SourceKindName | None = None,
    source_key: Annotated[
        str | None, Query(max_length=200, pattern=r"^[^\x00-\x1f\x7f]+$", examples=["low_oil_pressure"])
    ] = None,
    from_at: FromAt = None,
    to_at: ToAt = None,
    limit: Limit = 50,
    cursor: Cursor = None,
    fields: Fields = None,
) -> Response:
    """What verdicts say of each rule, fault code and model, version by version: precision, cost of false alarms, lead.

    Of the findings of every machine that held within the span; for the control centre's people.
    """
    page = await read_finding_quality.list_finding_quality(
        access.conn,
        QualityFilter(source_kind, source_key, instant(from_at, "from"), instant(to_at, "to")),
        after=cursors.decode(cursor, names=_SOURCES),
        limit=limit,
        catalogue=access.catalogue,
    )
    return listed(page.with_cursor(cursors.encode([_SOURCES, *page.end]) if page.end is not None else None), fields)
