"""Guided checks, hand-overs for a visit, the peers' band, and the share of problems solved remotely."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Path, Query
from fastapi.responses import Response

from api import cursors
from api.dependencies import Cursor, FromAt, Limit, MachineReference, Now, Signed, ToAt, instant, signal_keys
from api.encoding import json_response
from api.problems import documented
from api.routes.alarms import AlarmPath
from api.schemas.guided import (
    Guide,
    NewAnswer,
    NewVisitHandOver,
    Peers,
    RemoteResolution,
    VisitHandOver,
    VisitHandOverPage,
)
from api.schemas.verdicts import FINDING_UUID
from api.writes import Fields, Once, listed, versioned
from usecases import guide_checks, hand_over_visit, read_peers, read_remote_resolution
from usecases.readings_sight import question

router = APIRouter(tags=["diagnosis"], responses=documented("not_authenticated", "forbidden"))
FindingPath = Annotated[UUID, Path(examples=[FINDING_UUID])]
_ORDER, _SIGNALS = "-hand_over", 8


@router.get("/findings/{finding_id}/guide", response_model=Guide, responses=documented("not_found"))
async def get_guide(finding_id: FindingPath, access: Signed) -> Response:
    """What to ask next about a finding, what was answered, and how its causes stand after that.

    404 `evidence_not_made` until it is diagnosed, about a second after the finding.
    """
    return versioned(await guide_checks.get_guide(access.conn, access.caller.scope, finding_id))


@router.post(
    "/findings/{finding_id}/answers",
    response_model=Guide,
    status_code=201,
    responses=documented("not_found", "conflict"),
)
async def create_answer(finding_id: FindingPath, body: NewAnswer, access: Signed, once: Once) -> Response:
    """Answer one of the guide's questions; the guide as it is then. Answers are kept, of a question the last counts.

    For the control centre, service engineers and dealers. 403 when the machine is not the caller's any more.
    """
    return await once(
        lambda: guide_checks.answer_check(access.conn, access.caller, finding_id, body.model_dump(), now=access.now),
        created=lambda _: f"/api/v1/findings/{finding_id}/guide",
    )


@router.post(
    "/alarms/{alarm_id}/visit-hand-overs",
    response_model=VisitHandOver,
    status_code=201,
    responses=documented("not_found"),
)
async def create_visit_hand_over(alarm_id: AlarmPath, body: NewVisitHandOver, access: Signed, once: Once) -> Response:
    """Hand an alarm over for a visit: causes, answers, parts and tools are kept as they are now.

    For the control centre and the dealer. 404 `hand_over_needs_finding` until it is diagnosed.
    """
    return await once(
        lambda: hand_over_visit.hand_over(access.conn, access.caller, alarm_id, body.model_dump(), now=access.now),
        created=lambda _: f"/api/v1/alarms/{alarm_id}/visit-hand-overs",
    )


@router.get("/alarms/{alarm_id}/visit-hand-overs", response_model=VisitHandOverPage, responses=documented("not_found"))
async def list_visit_hand_overs(
    alarm_id: AlarmPath, access: Signed, limit: Limit = 50, cursor: Cursor = None, fields: Fields = None
) -> Response:
    """An alarm's hand-overs for a visit, the newest first."""
    page = await hand_over_visit.list_hand_overs(
        access.conn, access.caller.scope, alarm_id, after=cursors.decode(cursor, names=_ORDER), limit=limit
    )
    return listed(page.with_cursor(cursors.encode([_ORDER, page.end]) if page.end is not None else None), fields)


@router.get("/remote-resolution", response_model=RemoteResolution)
async def get_remote_resolution(access: Signed, from_at: FromAt = None, to_at: ToAt = None) -> Response:
    """How many problems of the machines that the caller sees were solved without a visit, by their last verdicts.

    `from` and `to` are of the verdict.
    """
    return json_response(
        await read_remote_resolution.get_remote_resolution(
            access.conn, access.caller.scope, from_at=instant(from_at, "from"), to_at=instant(to_at, "to")
        )
    )


@router.get("/machines/{machine}/peers", response_model=Peers, responses=documented("not_found", "too_expensive"))
async def get_peers(
    *,
    machine: MachineReference,
    access: Signed,
    now: Now,
    signals: Annotated[
        str,
        Query(
            max_length=1000,
            description="Keys of signals, separated by commas, at most 8.",
            examples=["engine_oil_pressure_kpa"],
        ),
    ],
    from_at: FromAt = None,
    to_at: ToAt = None,
    max_points: Annotated[int, Query(ge=2, le=500, description="Buckets, at most.")] = 200,
) -> Response:
    """Where the other machines of the model stood in the same buckets, those that the caller sees: median and the
    10 % and 90 % quantiles of their means, of at least five machines whose engines ran.

    Without `from` and `to`: the last hour. Buckets are a minute or longer.
    """
    asked = question(
        from_at=instant(from_at, "from"),
        to_at=instant(to_at, "to"),
        signals=signal_keys(signals, access.catalogue, at_most=_SIGNALS),
        max_points=max_points,
        now=now,
    )
    return json_response(
        await read_peers.get_peers(access.conn, access.caller.scope, machine, asked, catalogue=access.catalogue)
    )
