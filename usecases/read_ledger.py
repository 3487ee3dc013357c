"""Which messages of a machine's terminals are kept, and which are missing."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from storage.read_events import LedgerRow, is_ledger_cut, list_ledger
from storage.read_pool import Connection
from storage.sight import Scope, get_machine_key

_ENTRIES = 200
_STRETCHES = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerEntry:
    """One power cycle of a terminal; see api.schemas.machines."""

    terminal: str
    boot: str
    through: int
    ranges: list[tuple[int, int]]
    gaps: list[tuple[int, int]]
    messages: int
    rows_committed: int
    rows_quarantined: int
    redelivered: int
    first_received_at: datetime
    last_received_at: datetime
    max_measured_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Ledger:
    """Power cycles, the newest first; see api.schemas.machines."""

    machine_id: str
    missing_messages: int
    items: list[LedgerEntry]
    truncated: bool
    is_cut: bool


async def get_ledger(conn: Connection, scope: Scope, reference: str) -> Ledger:
    """The ledgers of the terminals while they were on the machine and it was the scope's to see. Raises NotFound."""
    machine = await get_machine_key(conn, scope, reference)
    seen = machine.sight.any_periods
    rows = await list_ledger(conn, machine.machine_id, seen, sees_all=scope.sees_all, limit=_ENTRIES + 1)
    entries = [_entry(row) for row in rows[:_ENTRIES]]
    return Ledger(
        machine_id=str(machine.public_id),
        missing_messages=sum(last - first + 1 for e in entries for first, last in e.gaps),
        items=entries,
        truncated=len(rows) > _ENTRIES,
        is_cut=not scope.sees_all and await is_ledger_cut(conn, machine.machine_id, seen),
    )


def _entry(row: LedgerRow) -> LedgerEntry:
    ranges = [(int(r.lower or 0), int(r.upper or 0) - 1) for r in row.ranges]
    return LedgerEntry(
        terminal=row.terminal,
        boot=row.boot,
        through=row.through,
        ranges=ranges[:_STRETCHES],
        gaps=gaps_of(row.through, ranges)[:_STRETCHES],
        messages=row.messages,
        rows_committed=row.rows_committed,
        rows_quarantined=row.rows_quarantined,
        redelivered=row.redelivered,
        first_received_at=row.first_received_at,
        last_received_at=row.last_received_at,
        max_measured_at=row.max_measured_at,
    )


def gaps_of(through: int, ranges: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    """The stretches between `through` and the kept ranges above it, first and last number of each."""
    gaps: list[tuple[int, int]] = []
    kept = through
    for first, last in ranges:
        if first > kept + 1:
            gaps.append((kept + 1, first - 1))
        kept = max(kept, last)
    return gaps
