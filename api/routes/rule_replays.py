"""Replays of rule sets over the stored history, and tunings of rules: asked for here, worked beside `ecc diagnose`."""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Request
from fastapi.responses import Response

from api import cursors
from api.dependencies import AskedLanguage, Cursor, Limit, Signed
from api.problems import documented
from api.schemas.rule_replays import (
    ChangeName,
    NewRuleReplay,
    NewTuning,
    ReplayFindingPage,
    ReplayStateName,
    RuleReplay,
    RuleReplayPage,
    Tuning,
    TuningPage,
)
from api.writes import Fields, Once, listed, versioned
from fleet.errors import NotAcceptable, NotFound
from storage.replay_queue import ReplayQuery
from usecases import ask_replays
from usecases.ask_replays import ReplayPage, ReplayWish
from usecases.rule_workshop import said_with_place

router = APIRouter(tags=["rules"], responses=documented("not_authenticated", "forbidden"))
ReplayPath = Annotated[int, Path(ge=1, le=2**31 - 2, examples=[12])]
RuleKey = Annotated[str | None, Query(pattern=r"^[a-z0-9_]{1,60}$", description="A rule's key.")]
SourceKey = Annotated[str | None, Query(max_length=200, pattern=r"^[^\x00-\x1f\x7f]+$")]
_REPLAYS, _TUNINGS, _FINDINGS = "-replay", "-tuning", "finding"
_MAY_BE_OVER = documented("not_found", "conflict")
_PNG, _SVG = "image/png", "image/svg+xml"
_PICTURE: dict[int | str, dict[str, Any]] = {
    200: {"content": {form: {"schema": {"type": "string", "format": "binary"}} for form in (_PNG, _SVG)}}
}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Tuning:
    """A tuning as it is shown."""

    id: int
    rule: str | None
    rule_set_id: int
    from_at: datetime | None
    to_at: datetime | None
    machines: list[str] | None
    state: str
    progress_ratio: float
    done_until: datetime | None
    error: dict[str, str] | None
    result: dict[str, Any] | None
    started_at: datetime
    finished_at: datetime | None
    started_by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class _TuningPage:
    items: list[_Tuning]
    next_cursor: str | None


def _tuning(row: ask_replays.Replay) -> _Tuning:
    """Raises NotFound for a replay that is no tuning."""
    if row.rule is None:
        raise NotFound
    result = {name: value for name, value in row.summary.items() if name not in {"rows", "error"}} or None
    shared = {name: getattr(row, name) for name in _Tuning.__slots__ if name not in {"result", "error"}}
    return _Tuning(**shared, result=result, error=row.summary.get("error"))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Replay:
    """A replay as it is shown."""

    id: int
    kind: str
    rule_set_id: int
    against_id: int | None
    from_at: datetime | None
    to_at: datetime | None
    machines: list[str] | None
    state: str
    progress_ratio: float
    done_until: datetime | None
    rows: int
    error: dict[str, str] | None
    summary: dict[str, Any]
    started_at: datetime
    finished_at: datetime | None
    started_by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class _ReplayPage:
    items: list[_Replay]
    next_cursor: str | None


def _replay(row: ask_replays.Replay) -> _Replay:
    """Raises NotFound for a tuning."""
    if row.rule is not None:
        raise NotFound
    shared = {name: getattr(row, name) for name in _Replay.__slots__ if name != "error"}
    return _Replay(**shared, error=row.summary.get("error"))


def _cursor(page: ReplayPage, order: str) -> str | None:
    return cursors.encode([order, page.end]) if page.end is not None else None


@router.post("/rule-replays", response_model=RuleReplay, status_code=202, responses=documented("not_found"))
async def ask_replay(body: NewRuleReplay, access: Signed, once: Once) -> Response:
    """Let a rule set be replayed over the stored history against the live one; `Location` tells how far it is."""
    wish = ReplayWish(**body.model_dump())

    async def make() -> _Replay:
        made = await ask_replays.ask_replay(
            access.conn, access.caller, wish, catalogue=access.catalogue, now=access.now
        )
        return _replay(made)

    return await once(make, created=lambda made: f"/api/v1/rule-replays/{made.id}", status=202)


@router.get("/rule-replays", response_model=RuleReplayPage)
async def list_replays(
    *,
    access: Signed,
    rule_set: Annotated[int | None, Query(ge=1, le=2**31 - 2, description="Of this set.")] = None,
    state: ReplayStateName | None = None,
    limit: Limit = 50,
    cursor: Cursor = None,
    fields: Fields = None,
) -> Response:
    """Replays, the newest first."""
    page = await ask_replays.list_replays(
        access.conn,
        ReplayQuery(rule_set=rule_set, state=state),
        after=cursors.decode(cursor, names=_REPLAYS),
        limit=limit,
    )
    return listed(_ReplayPage(items=[_replay(row) for row in page.items], next_cursor=_cursor(page, _REPLAYS)), fields)


@router.get("/rule-replays/{replay_id}", response_model=RuleReplay, responses=documented("not_found"))
async def get_replay(replay_id: ReplayPath, access: Signed) -> Response:
    """One replay: how far it is, and once it is done what it came to."""
    return versioned(_replay(await ask_replays.get_replay(access.conn, replay_id)))


@router.post(
    "/rule-replays/{replay_id}/cancel", response_model=RuleReplay, responses=documented("not_found", "conflict")
)
async def cancel_replay(replay_id: ReplayPath, access: Signed, once: Once) -> Response:
    """Call a replay off: at once while it waits, else within seconds. 409 when it is over."""

    async def make() -> _Replay:
        return _replay(await ask_replays.cancel_replay(access.conn, access.caller, replay_id, now=access.now))

    return await once(make, status=200)


@router.get("/rule-replays/{replay_id}/findings", response_model=ReplayFindingPage, responses=documented("not_found"))
async def list_findings(
    *,
    replay_id: ReplayPath,
    access: Signed,
    change: ChangeName | None = None,
    source_key: SourceKey = None,
    limit: Limit = 50,
    cursor: Cursor = None,
    fields: Fields = None,
) -> Response:
    """What the set finds otherwise than the live one, machine by machine in time order, with the last verdicts."""
    page = await ask_replays.list_findings(
        access.conn,
        replay_id,
        change=change,
        source_key=source_key,
        after=cursors.decode(cursor, names=_FINDINGS),
        limit=limit,
    )
    return listed(page.with_cursor(cursors.encode([_FINDINGS, page.end]) if page.end is not None else None), fields)


@router.get(
    "/rule-replays/{replay_id}/plot",
    response_class=Response,
    responses=_PICTURE | documented("not_found", "conflict", "not_acceptable"),
)
async def get_plot(replay_id: ReplayPath, access: Signed, request: Request, language: AskedLanguage) -> Response:
    """Its picture, PNG or SVG by `Accept`, zh or en by `Accept-Language`: what differs over time, and alarms a seat
    beside the limits of ISA-18.2."""
    accepted = request.headers.get("accept", "*/*") or "*/*"
    forms = [name.partition(";")[0].strip().lower() for name in accepted.split(",")]
    form = next((one for one in forms if one in {_PNG, _SVG, "image/*", "*/*"}), None)
    if form is None:
        raise NotAcceptable
    plot = await ask_replays.get_plot(access.conn, replay_id, language)
    return Response(plot.svg, media_type=_SVG) if form == _SVG else Response(plot.png, media_type=_PNG)


@router.post("/rule-tunings", response_model=Tuning, status_code=202, responses=documented("not_found"))
async def ask_tuning(body: NewTuning, access: Signed, once: Once) -> Response:
    """Look for a stricter threshold, `for` or `clear` of a live rule that keeps every confirmed fault.

    Nothing is proposed with fewer than 10 confirmed faults and 3 nuisances of the rule in the span.
    """
    wish = ReplayWish(**body.model_dump())

    async def make() -> _Tuning:
        with said_with_place():
            made = await ask_replays.ask_replay(
                access.conn, access.caller, wish, catalogue=access.catalogue, now=access.now
            )
        return _tuning(made)

    return await once(make, created=lambda made: f"/api/v1/rule-tunings/{made.id}", status=202)


@router.post("/rule-tunings/{tuning_id}/cancel", response_model=Tuning, responses=_MAY_BE_OVER)
async def cancel_tuning(tuning_id: ReplayPath, access: Signed, once: Once) -> Response:
    """Call a tuning off. 409 when it is over."""

    async def make() -> _Tuning:
        return _tuning(await ask_replays.cancel_replay(access.conn, access.caller, tuning_id, now=access.now))

    return await once(make, status=200)


@router.get("/rule-tunings", response_model=TuningPage)
async def list_tunings(
    access: Signed, rule: RuleKey = None, limit: Limit = 50, cursor: Cursor = None, fields: Fields = None
) -> Response:
    """Tunings, the newest first."""
    page = await ask_replays.list_replays(
        access.conn,
        ReplayQuery(kinds=("tuning",), rule=rule),
        after=cursors.decode(cursor, names=_TUNINGS),
        limit=limit,
    )
    return listed(_TuningPage(items=[_tuning(row) for row in page.items], next_cursor=_cursor(page, _TUNINGS)), fields)


@router.get("/rule-tunings/{tuning_id}", response_model=Tuning, responses=documented("not_found"))
async def get_tuning(tuning_id: ReplayPath, access: Signed) -> Response:
    """One tuning with its proposals."""
    return versioned(_tuning(await ask_replays.get_replay(access.conn, tuning_id)))
