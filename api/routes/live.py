"""The live stream: Server-Sent Events."""

from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import StreamingResponse

from api.dependencies import Access, Now, SignalKeys, Signed, clock, signal_keys
from api.live import LiveAnswer
from api.live_filters import LiveFilters, ResumedFrom
from api.live_hub import LiveHub
from api.live_limits import Holder
from api.problems import documented
from api.settings import ApiSettings
from storage.read_live_rights import Credential
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
            "description": "`hello`, `machines`, `alarm`, `entry`, `place`, `reset` and `end` frames; see LiveFrame.",
            "content": {"text/event-stream": {"schema": {"type": "string"}, "example": _EXAMPLE}},
        },
        **documented("not_authenticated", "forbidden", "not_found", "too_many_streams"),
    },
)
async def live(
    *,
    request: Request,
    access: Signed,
    now: Now,
    asked: LiveFilters,
    states: Annotated[bool, Query(description="`machines` frames too; false: events alone.")] = True,
    signals: SignalKeys = None,
    resume: ResumedFrom,
) -> LiveAnswer:
    """Alarm transitions and other events as they are committed, and changed machines once a second.

    Frames with an id come from the event log: connect again with the last id and none is missed. `machines` is first a
    snapshot of all, then what changed since the last tick. Conditions of different names must all be met, of one name
    any of its values; kind and severity are conditions on events alone.
    """
    hub: LiveHub = request.app.state.live
    wish = await read_live_stream.wish(
        access.conn,
        access.caller.scope,
        asked,
        signals=signal_keys(signals, access.catalogue, at_most=_LIVE_SIGNALS),
        states=states,
    )
    if states:
        places = await read_live_stream.places_of(access.conn, access.caller.scope, wish.filter, now=now)
        access.positions_read(what="live stream", places=places, filter=request.url.query)
    settings: ApiSettings = request.app.state.settings
    await hub.ready()
    ends_at = now + settings.live_lifetime
    if access.caller.scopes is not None:  # a client's token ends by itself; a person's session is looked at meanwhile
        ends_at = min(ends_at, request.state.session_ends_at)
    subscription = hub.subscribe(
        wish,
        resume=resume,
        ends_at=ends_at,
        credential=_credential(request, access),
        holder=Holder(f"{access.caller.actor.kind}:{access.caller.actor.id}", access.caller.scope.organisation_id),
    )
    return LiveAnswer(hub, subscription, clock=clock)


def _credential(request: Request, access: Access) -> Credential:
    """What the stream's right is checked by while it runs."""
    caller = access.caller
    return Credential(
        session_id=request.state.session_id,
        secret_id=request.state.secret_id,
        organisation_id=caller.scope.organisation_id,
        role=caller.role,
        scopes=caller.scopes or frozenset(),
    )
