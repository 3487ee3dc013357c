"""The live stream: Server-Sent Events."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Request
from fastapi.responses import StreamingResponse
from pydantic import Field

from api.dependencies import Access, Now, Resume, SignalKeys, Signed, clock, signal_keys
from api.live import LiveAnswer
from api.live_hub import LiveHub
from api.problems import documented
from api.schemas.live import EventKinds, MachineKinds
from api.schemas.shape import SeverityName
from api.settings import ApiSettings
from storage.read_live_rights import Credential
from usecases import read_live_stream
from usecases.read_live_filter import MOST_NAMED, AskedFilter

router = APIRouter(tags=["live"])
_LIVE_SIGNALS = 10
_EXAMPLE = (
    'event: hello\ndata: {"at":"2026-11-21T10:00:00Z","resumed":false}\nid: 731-42\n\n'
    'event: machines\ndata: {"at":"2026-11-21T10:00:01Z","snapshot":true,"items":[]}\n\n'
    ": heartbeat\n\n"
)
MachineReferences = Annotated[
    list[Annotated[str, Field(max_length=80, pattern=r"^[!-~]+$")]] | None,
    Query(max_length=MOST_NAMED, description="Only these machines (id or alias); repeat the parameter."),
]


@router.get(
    "/live",
    response_class=StreamingResponse,
    responses={
        200: {
            "description": "`hello`, `machines`, `alarm`, `entry`, `place`, `reset` and `end` frames; see LiveFrame.",
            "content": {"text/event-stream": {"schema": {"type": "string"}, "example": _EXAMPLE}},
        },
        **documented("not_authenticated", "forbidden", "not_found"),
    },
)
async def live(
    *,
    request: Request,
    access: Signed,
    now: Now,
    kinds: Annotated[EventKinds | None, Query(description="Only events of these kinds; repeat the parameter.")] = None,
    severity: Annotated[
        list[SeverityName] | None, Query(max_length=5, description="Only events of these severities.")
    ] = None,
    machine: MachineReferences = None,
    site: Annotated[
        list[UUID] | None, Query(max_length=MOST_NAMED, description="Only machines of these sites.")
    ] = None,
    model: Annotated[
        list[UUID] | None, Query(max_length=MOST_NAMED, description="Only machines of these models.")
    ] = None,
    machine_kind: Annotated[MachineKinds | None, Query(description="Only machines of these kinds.")] = None,
    organisation: Annotated[
        list[UUID] | None,
        Query(max_length=MOST_NAMED, description="Only what these organisations, or those below them, may see."),
    ] = None,
    states: Annotated[bool, Query(description="`machines` frames too; false: events alone.")] = True,
    signals: SignalKeys = None,
    last_event_id: Resume = None,
    resume_from: Annotated[
        str | None,
        Query(alias="last_event_id", max_length=64, description="For clients that cannot set the header."),
    ] = None,
) -> LiveAnswer:
    """Alarm transitions and other events as they are committed, and changed machines once a second.

    Frames with an id come from the event log: connect again with the last id and none is missed. `machines` is first a
    snapshot of all, then what changed since the last tick. Conditions of different names must all be met, of one name
    any of its values; kind and severity are conditions on events alone.
    """
    hub: LiveHub = request.app.state.live
    asked = AskedFilter(
        kinds=kinds or (),
        severities=severity or (),
        machines=machine or (),
        sites=site or (),
        models=model or (),
        machine_kinds=machine_kind or (),
        organisations=organisation or (),
    )
    wish = await read_live_stream.wish(
        access.conn,
        access.caller.scope,
        asked,
        signals=signal_keys(signals, access.catalogue, at_most=_LIVE_SIGNALS),
        states=states,
    )
    if states:
        access.positions_read(what="live stream", filter=request.url.query)
    settings: ApiSettings = request.app.state.settings
    await hub.ready()
    ends_at = now + settings.live_lifetime
    if access.caller.scopes is not None:  # a client's token ends by itself; a person's session is looked at meanwhile
        ends_at = min(ends_at, request.state.session_ends_at)
    subscription = hub.subscribe(
        wish,
        resume=read_live_stream.Position.parse(last_event_id or resume_from),
        ends_at=ends_at,
        credential=_credential(request, access),
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
