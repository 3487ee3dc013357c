"""The live stream: Server-Sent Events."""

from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import StreamingResponse
from fastapi.sse import EventSourceResponse

from api.dependencies import Now, Resume, SignalKeys, Signed, clock, signal_keys
from api.live import frames
from api.live_hub import LiveHub
from api.problems import documented
from api.settings import ApiSettings
from usecases import read_live_stream

router = APIRouter(tags=["live"])
_LIVE_SIGNALS = 10
_EXAMPLE = (
    'event: hello\ndata: {"at":"2026-11-21T10:00:00Z","resumed":false}\nid: 731-42\n\n'
    'event: machines\ndata: {"at":"2026-11-21T10:00:01Z","snapshot":true,"items":[]}\n\n'
    ": heartbeat\n\n"
)


@router.get(
    "/live",
    response_class=StreamingResponse,
    responses={
        200: {
            "description": "`hello`, `machines`, `alarm`, `entry`, `reset` and `end` frames; see LiveFrame.",
            "content": {"text/event-stream": {"schema": {"type": "string"}, "example": _EXAMPLE}},
        },
        **documented("not_authenticated"),
    },
)
async def live(
    *,
    request: Request,
    access: Signed,
    now: Now,
    machine: Annotated[
        str | None,
        Query(max_length=80, pattern=r"^[!-~]+$", description="Only this machine (id or alias)."),
    ] = None,
    signals: SignalKeys = None,
    last_event_id: Resume = None,
    resume_from: Annotated[
        str | None,
        Query(alias="last_event_id", max_length=64, description="For clients that cannot set the header."),
    ] = None,
) -> EventSourceResponse:
    """Alarm transitions and other events as they are committed, and changed machines once a second.

    Frames with an id come from the event log: connect again with the last id and none is missed. `machines` is first a
    snapshot of all, then what changed since the last tick.
    """
    hub: LiveHub = request.app.state.live
    wish = await read_live_stream.wish(
        access.conn,
        access.caller.scope,
        machine=machine,
        signals=signal_keys(signals, access.catalogue, at_most=_LIVE_SIGNALS),
    )
    resume = read_live_stream.Position.parse(last_event_id or resume_from)
    settings: ApiSettings = request.app.state.settings
    ends_at = min(request.state.session_ends_at, now + settings.token_lifetime / 2)
    await hub.ready()
    subscription = hub.subscribe(wish, resume=resume, ends_at=ends_at)
    stream = frames(hub, subscription, heartbeat_s=settings.heartbeat_s, clock=clock)
    return EventSourceResponse(stream, headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"})
