"""What was refused, for the platform's people: pages, how much for which reason, one entry with its payload."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any, Literal, Self
from uuid import UUID

from fleet.errors import InvalidInput, NotFound
from gateway.decode.envelope import GZIP_MAGIC
from storage import quarantine_pages
from storage.quarantine import QuarantineEntry, QuarantineLine
from storage.quarantine_pages import QuarantineFilter, ReasonCount
from storage.read_pool import Connection
from usecases.show_quarantined import Form, shown_payload

Part = Literal["message", "events", "row"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """One entry; see api.schemas.quarantine."""

    id: str
    terminal: str | None
    boot: str | None
    seq: int | None
    part: Part
    row: int | None
    reason: str
    detail: str
    topic: str
    payload_bytes: int
    received_at: datetime
    replayed_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class RefusedPayload(Refused):
    """One entry with what was refused, readable."""

    payload: str
    payload_form: Form
    is_gzip: bool
    is_cut: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class RefusedPage:
    """A page; `end` is the place of its last entry when there are more."""

    items: list[Refused]
    end: tuple[str, str] | None
    next_cursor: str | None = None

    def with_cursor(self, cursor: str | None) -> Self:
        """The page with its cursor for the next one."""
        return replace(self, next_cursor=cursor)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReasonCounts:
    """How much waits for which reason."""

    items: list[ReasonCount]


async def list_quarantined(
    conn: Connection, wanted: QuarantineFilter, *, after: Sequence[str | int | None] | None, limit: int
) -> RefusedPage:
    """Entries, the newest first; `after` comes from the cursor. Raises InvalidInput for a foreign one."""
    rows = await quarantine_pages.list_quarantined(conn, wanted, before=_place(after), limit=limit + 1)
    last = rows[limit - 1] if len(rows) > limit else None
    end = None if last is None else (last.received_at.isoformat(), str(last.quarantine_id))
    return RefusedPage(items=[Refused(**_facts(row, row.payload_bytes)) for row in rows[:limit]], end=end)


async def count_by_reason(conn: Connection) -> ReasonCounts:
    """How much waits for which reason, the most first."""
    return ReasonCounts(items=await quarantine_pages.count_by_reason(conn))


async def get_quarantined(conn: Connection, quarantine_id: UUID) -> tuple[RefusedPayload, int | None]:
    """One entry with its payload, and the machine (inner id) that its terminal was on then. Raises NotFound."""
    entry = await quarantine_pages.find_quarantined(conn, quarantine_id)
    if entry is None:
        raise NotFound("quarantine_entry_unknown", id=str(quarantine_id))
    payload = shown_payload(entry.payload)
    shown = RefusedPayload(
        **_facts(entry, len(entry.payload)),
        payload=payload.text,
        payload_form=payload.form,
        is_gzip=entry.payload.startswith(GZIP_MAGIC),
        is_cut=payload.is_cut,
    )
    return shown, await quarantine_pages.find_machine(conn, entry.terminal, entry.received_at)


def _facts(row: QuarantineLine | QuarantineEntry, payload_bytes: int) -> dict[str, Any]:
    named = row.seq >= 0
    part = {-1: "message", -2: "events"}.get(row.row_no, "row")
    return {
        "id": str(row.quarantine_id),
        "terminal": row.terminal or None,
        "boot": row.boot if named else None,
        "seq": row.seq if named else None,
        "part": part,
        "row": row.row_no if part == "row" else None,
        "payload_bytes": payload_bytes,
        **{name: getattr(row, name) for name in ("reason", "detail", "topic", "received_at", "replayed_at")},
    }


def _place(after: Sequence[str | int | None] | None) -> tuple[datetime, UUID] | None:
    if after is None:
        return None
    try:
        match after:
            case [str(at), str(entry)]:
                return datetime.fromisoformat(at).astimezone(UTC), UUID(entry)
    except (ValueError, OverflowError):
        pass
    raise InvalidInput("cursor_foreign", where="cursor")
