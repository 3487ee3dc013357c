"""What was refused and waits; replays of it are asked for here and worked beside the gateway, which may publish."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Path, Query
from fastapi.responses import Response

from api import cursors
from api.dependencies import Cursor, FromAt, Limit, Signed, ToAt, instant
from api.problems import documented
from api.schemas.quarantine import (
    QUARANTINE_UUID,
    NewQuarantineReplay,
    QuarantinedPayload,
    QuarantinePage,
    QuarantineReasonCounts,
    QuarantineReasonName,
    QuarantineReplay,
    QuarantineReplayPage,
)
from api.writes import Fields, Once, listed, versioned
from fleet.errors import InvalidInput
from storage.quarantine_pages import QuarantineFilter
from usecases import ask_quarantine_replays, read_quarantine
from usecases.ask_quarantine_replays import ReplayWish

router = APIRouter(tags=["quarantine"], responses=documented("not_authenticated", "forbidden"))
EntryPath = Annotated[UUID, Path(examples=[QUARANTINE_UUID])]
ReplayPath = Annotated[int, Path(ge=1, le=2**31 - 2, examples=[12])]
TerminalName = Annotated[str | None, Query(max_length=200, pattern=r"^[^\x00-\x1f\x7f]+$", examples=["TERM-17"])]
_ENTRIES, _REPLAYS = "-received", "-quarantine-replay"


@router.get("/quarantine", response_model=QuarantinePage)
async def list_quarantined(
    *,
    access: Signed,
    reason: QuarantineReasonName | None = None,
    terminal: TerminalName = None,
    from_at: FromAt = None,
    to_at: ToAt = None,
    replayed: Annotated[bool, Query(description="Those sent again, too.")] = False,
    limit: Limit = 50,
    cursor: Cursor = None,
    fields: Fields = None,
) -> Response:
    """What was refused, newest first; `from` and `to` are of its arrival. Payloads come with one entry."""
    begin, end = instant(from_at, "from"), instant(to_at, "to")
    if begin is not None and end is not None and begin >= end:
        raise InvalidInput("span_backwards", where="from")
    wanted = QuarantineFilter(reason=reason, terminal=terminal, from_at=begin, to_at=end, replayed=replayed)
    page = await read_quarantine.list_quarantined(
        access.conn, wanted, after=cursors.decode(cursor, names=_ENTRIES), limit=limit
    )
    return listed(page.with_cursor(cursors.encode([_ENTRIES, *page.end]) if page.end else None), fields)


@router.get("/quarantine/reasons", response_model=QuarantineReasonCounts)
async def count_by_reason(access: Signed) -> Response:
    """How much waits for which reason."""
    return listed(await read_quarantine.count_by_reason(access.conn))


@router.get("/quarantine/{quarantine_id}", response_model=QuarantinedPayload, responses=documented("not_found"))
async def get_quarantined(quarantine_id: EntryPath, access: Signed) -> Response:
    """One entry with its payload, readable. A message may say where a machine was, so reading one is in the audit."""
    entry, machine = await read_quarantine.get_quarantined(access.conn, quarantine_id)
    access.positions_read(what="quarantined message", machine_id=machine, entry=entry.id, terminal=entry.terminal)
    return versioned(entry)


@router.post("/quarantine-replays", response_model=QuarantineReplay, status_code=202, responses=documented("not_found"))
async def ask_replay(body: NewQuarantineReplay, access: Signed, once: Once) -> Response:
    """Have entries sent again over MQTT, with their own times or shifted; `Location` tells how far it is.

    What comes through is kept where it belongs; what is refused again waits as before.
    """
    wish = ReplayWish(**body.model_dump())
    return await once(
        lambda: ask_quarantine_replays.ask_replay(access.conn, access.caller, wish, now=access.now),
        created=lambda made: f"/api/v1/quarantine-replays/{made.id}",
        status=202,
    )


@router.get("/quarantine-replays", response_model=QuarantineReplayPage)
async def list_replays(access: Signed, limit: Limit = 50, cursor: Cursor = None, fields: Fields = None) -> Response:
    """Replays, the newest first."""
    page = await ask_quarantine_replays.list_replays(
        access.conn, after=cursors.decode(cursor, names=_REPLAYS), limit=limit
    )
    return listed(page.with_cursor(cursors.encode([_REPLAYS, page.end]) if page.end is not None else None), fields)


@router.get("/quarantine-replays/{replay_id}", response_model=QuarantineReplay, responses=documented("not_found"))
async def get_replay(replay_id: ReplayPath, access: Signed) -> Response:
    """One replay: how far it is, and once it is done what it came to."""
    return versioned(await ask_quarantine_replays.get_replay(access.conn, replay_id))
