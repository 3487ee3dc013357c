"""Replays of the quarantine as people ask for them and look at them; what may publish to the broker works them."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Self
from uuid import UUID

from fleet.errors import InvalidInput, NotFound
from storage import quarantine_pages
from storage.audit import Change, record_change
from storage.quarantine_pages import NEWEST, ReplayRow
from storage.quarantine_replays import ReplayState
from storage.read_pool import Connection
from usecases.master_data import Author
from usecases.replay_quarantine import offset_ms_of

ENTITY = "quarantine_replay"


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplayWish:
    """What is to be sent again: entries by id, by reason and terminal, or `everything` that waits.

    `again`: also what was sent before; `offset`: added to every time ("-8h").
    """

    ids: Sequence[UUID] | None = None
    reason: str | None = None
    terminal: str | None = None
    everything: bool = False
    again: bool = False
    offset: str = "0s"


def checked_offset_ms(wish: ReplayWish) -> int:
    """Its offset. Raises InvalidInput when it names nothing, or shifts everything."""
    if not (wish.ids or wish.reason or wish.terminal or wish.everything):
        raise InvalidInput("quarantine_nothing_named")
    offset_ms = offset_ms_of(wish.offset)
    if wish.everything and offset_ms:
        raise InvalidInput("quarantine_offset_for_all", where="offset")
    return offset_ms


@dataclass(frozen=True, slots=True, kw_only=True)
class QuarantineReplay:
    """One replay; see api.schemas.quarantine."""

    id: int
    ids: list[str] | None
    reason: str | None
    terminal: str | None
    again: bool
    offset_ms: int
    state: ReplayState
    progress_ratio: float
    messages: int
    sent: int
    entries: int
    kept: int
    refused_again: dict[str, int]
    without_sign: int
    unknown: int
    not_sendable: list[str]
    failure: str | None
    asked_at: datetime
    asked_by: str
    started_at: datetime | None
    finished_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class QuarantineReplayPage:
    """A page; `end` is the number of its last entry when there are more."""

    items: list[QuarantineReplay]
    end: int | None
    next_cursor: str | None = None

    def with_cursor(self, cursor: str | None) -> Self:
        """The page with its cursor for the next one."""
        return replace(self, next_cursor=cursor)


async def ask_replay(conn: Connection, by: Author, wish: ReplayWish, *, now: datetime) -> QuarantineReplay:
    """Have entries sent again as soon as the gateway's worker is free. Raises InvalidInput, and NotFound for an id that
    no entry has."""
    offset_ms = checked_offset_ms(wish)
    ids = list(dict.fromkeys(wish.ids)) if wish.ids else None
    if ids is not None and (missing := await quarantine_pages.find_missing(conn, ids)) is not None:
        raise NotFound("quarantine_entry_unknown", where="ids", id=str(missing))
    given: dict[str, Any] = {"reason": wish.reason, "terminal": wish.terminal, "again": wish.again}
    asked = given | {"ids": ids, "offset_ms": offset_ms}
    number = await quarantine_pages.insert_replay(conn, asked, by=by.actor.name, now=now)
    told = given | {"number": number, "offset_ms": offset_ms, "ids": None if ids is None else [str(one) for one in ids]}
    change = Change(
        entity=ENTITY,
        entity_id=None,
        organisation_id=by.actor.organisation_id,
        action="replay",
        after=told,
    )
    await record_change(conn, by.actor, change, at=now)
    return await get_replay(conn, number)


async def get_replay(conn: Connection, number: int) -> QuarantineReplay:
    """One of them. Raises NotFound."""
    row = await quarantine_pages.find_replay(conn, number)
    if row is None:
        raise NotFound
    return _shown(row)


async def list_replays(
    conn: Connection, *, after: Sequence[str | int | None] | None, limit: int
) -> QuarantineReplayPage:
    """Those that there are, the newest first."""
    rows = await quarantine_pages.list_replays(conn, before=_place(after), limit=limit + 1)
    end = rows[limit - 1].replay_id if len(rows) > limit else None
    return QuarantineReplayPage(items=[_shown(row) for row in rows[:limit]], end=end)


def _place(after: Sequence[str | int | None] | None) -> int:
    match after:
        case None:
            return NEWEST
        case [int(place)] if 0 < place < NEWEST:
            return place
    raise InvalidInput("cursor_foreign", where="cursor")


def _shown(row: ReplayRow) -> QuarantineReplay:
    ids = None if row.ids is None else [str(one) for one in row.ids]
    same = {name: getattr(row, name) for name in QuarantineReplay.__slots__ if hasattr(row, name)}
    return QuarantineReplay(
        **same
        | {
            "id": row.replay_id,
            "ids": ids,
            "not_sendable": [str(one) for one in row.not_sendable],
            "progress_ratio": _progress(row),
        }
    )


def _progress(row: ReplayRow) -> float:
    """Sending is one half, knowing what became of it the other."""
    if row.state == "done":
        return 1.0
    return round((row.sent + row.settled) / (2 * row.messages), 3) if row.messages else 0.0
