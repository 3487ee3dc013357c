"""Events of one machine, its fault codes and its terminals' ledgers, clipped to the periods that a caller sees."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, LiteralString

from psycopg import sql
from psycopg.rows import class_row
from psycopg.types.multirange import Multirange

from fleet.batch import EventKind
from storage.read_machines import period_arrays
from storage.read_pool import Connection
from storage.sight import Period


@dataclass(frozen=True, slots=True, kw_only=True)
class EventRow:
    """One row of `event`; -1 where a column does not apply."""

    measured_at: datetime
    received_at: datetime
    kind: int
    source_address: int
    spn: int
    fmi: int
    occurrence_count: int
    lamps: int
    signal_id: int
    value: int
    text: str | None
    text_hash: int

    @property
    def position(self) -> tuple[datetime, int, int, int, int, int, int]:
        """What orders events of one machine."""
        numbers = (self.kind, self.source_address, self.spn, self.fmi, self.signal_id, self.text_hash)
        return (self.measured_at, *numbers)


EVENTS: LiteralString = """
SELECT measured_at, received_at, kind, source_address, spn, fmi, occurrence_count, lamps, signal_id, value, text,
    text_hash
FROM event
WHERE machine_id = %(machine)s AND {bounds}
    AND EXISTS (
        SELECT FROM unnest(%(from)s::timestamptz[], %(to)s::timestamptz[], %(faults)s::boolean[])
            p (from_at, to_at, of_faults)
        WHERE tstzrange(p.from_at, p.to_at) @> measured_at AND p.of_faults = (kind = %(fault_kind)s)
    )
ORDER BY measured_at DESC, kind DESC, source_address DESC, spn DESC, fmi DESC, signal_id DESC, text_hash DESC
LIMIT %(limit)s
"""
_BOUNDS: dict[str, sql.SQL] = {
    "from_at": sql.SQL("measured_at >= %(from_at)s"),
    "to_at": sql.SQL("measured_at < %(to_at)s"),
    "kind": sql.SQL("kind = %(kind)s"),
    "after": sql.SQL(
        "measured_at <= %(after)s AND (measured_at, kind, source_address, spn, fmi, signal_id, text_hash) < "
        "(%(after)s, %(a1)s::int2, %(a2)s::int2, %(a3)s::int4, %(a4)s::int2, %(a5)s::int2, %(a6)s::int8)"
    ),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class EventPeriods:
    """When events may be seen: those of fault codes (kind 1), and all others."""

    faults: Sequence[Period]
    others: Sequence[Period]

    @property
    def parameters(self) -> dict[str, Any]:
        """What EVENTS is given."""
        of_faults = [True] * len(self.faults) + [False] * len(self.others)
        arrays = period_arrays([*self.faults, *self.others])
        return {**arrays, "faults": of_faults, "fault_kind": EventKind.FAULT.value}


async def list_events(
    conn: Connection,
    machine_id: int,
    periods: EventPeriods,
    *,
    from_at: datetime | None,
    to_at: datetime | None,
    kind: int | None,
    after: tuple[datetime, int, int, int, int, int, int] | None,
    limit: int,
) -> list[EventRow]:
    """Events in from_at <= t < to_at, newest first; `after` is the position of the page before's last one."""
    given = {"from_at": from_at, "to_at": to_at, "kind": kind, "after": after and after[0]}
    bounds = [_BOUNDS[name] for name, value in given.items() if value is not None] or [sql.SQL("TRUE")]
    statement = sql.SQL(EVENTS).format(bounds=sql.SQL(" AND ").join(bounds))
    numbers = {f"a{i}": value for i, value in enumerate(after or ()) if i}
    parameters = {"machine": machine_id, "limit": limit} | given | numbers | periods.parameters
    async with conn.cursor(row_factory=class_row(EventRow)) as cursor:
        return await (await cursor.execute(statement, parameters)).fetchall()


@dataclass(frozen=True, slots=True, kw_only=True)
class FaultRow:
    """The present state of one code; source_address and occurrence_count are -1 when unknown."""

    source_address: int
    spn: int
    fmi: int
    first_seen_at: datetime
    last_seen_at: datetime
    occurrence_count: int
    active: bool


FAULTS: LiteralString = """
SELECT source_address, spn, fmi, greatest(first_seen_at, %(seen_from)s::timestamptz) AS first_seen_at, last_seen_at,
    occurrence_count, active
FROM fault_code
WHERE machine_id = %(machine)s AND (active OR NOT %(active_only)s)
    AND (%(seen_from)s::timestamptz IS NULL OR last_seen_at >= %(seen_from)s::timestamptz)
ORDER BY active DESC, last_seen_at DESC, source_address, spn, fmi LIMIT %(limit)s
"""


async def list_faults(
    conn: Connection, machine_id: int, *, seen_from: datetime | None, active_only: bool, limit: int
) -> list[FaultRow]:
    """Codes seen since `seen_from` (None: ever), active ones first."""
    parameters = {"machine": machine_id, "seen_from": seen_from, "active_only": active_only, "limit": limit}
    async with conn.cursor(row_factory=class_row(FaultRow)) as cursor:
        return await (await cursor.execute(FAULTS, parameters)).fetchall()


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerRow:
    """What came of one power cycle of a terminal; `ranges` are half-open, above `through`."""

    terminal: str
    boot: str
    through: int
    ranges: Multirange[int]
    messages: int
    rows_committed: int
    rows_quarantined: int
    redelivered: int
    first_received_at: datetime
    last_received_at: datetime
    max_measured_at: datetime | None


# A power cycle counts as a whole: one that began before the caller's time on the machine, or outlasted it, is not told.
_CYCLES: LiteralString = """
FROM ledger l JOIN terminal t USING (terminal_id)
JOIN (
    SELECT i.terminal_id, range_agg(tstzrange(i.from_at, i.to_at) * tstzrange(p.from_at, p.to_at)) AS stretches
    FROM installation i, unnest(%(from)s::timestamptz[], %(to)s::timestamptz[]) p (from_at, to_at)
    WHERE i.machine_id = %(machine)s GROUP BY i.terminal_id
) s USING (terminal_id)
CROSS JOIN LATERAL (SELECT tstzrange(l.first_received_at, l.last_received_at, '[]') AS cycle) c
WHERE s.stretches && c.cycle
"""
LEDGER: LiteralString = (
    """
SELECT t.name AS terminal, l.boot, l.through, l.ranges, l.messages, l.rows_committed, l.rows_quarantined,
    l.redelivered, l.first_received_at, l.last_received_at, l.max_measured_at
"""
    + _CYCLES
    + """ AND (%(all)s OR s.stretches @> c.cycle)
ORDER BY l.last_received_at DESC, t.name, l.boot LIMIT %(limit)s
"""
)
IS_CUT: LiteralString = "SELECT EXISTS (SELECT" + _CYCLES + " AND NOT s.stretches @> c.cycle)"


async def list_ledger(
    conn: Connection, machine_id: int, periods: Sequence[Period], *, sees_all: bool, limit: int
) -> list[LedgerRow]:
    """Ledgers of power cycles that lie wholly in the time when the terminal was on the machine and it was the caller's
    to see, or touch that time when the caller sees all; newest first.
    """
    parameters = {"machine": machine_id, "all": sees_all, "limit": limit} | period_arrays(periods)
    async with conn.cursor(row_factory=class_row(LedgerRow)) as cursor:
        return await (await cursor.execute(LEDGER, parameters)).fetchall()


async def is_ledger_cut(conn: Connection, machine_id: int, periods: Sequence[Period]) -> bool:
    """True when power cycles only partly lie in that time."""
    row = await (await conn.execute(IS_CUT, {"machine": machine_id} | period_arrays(periods))).fetchone()
    return bool(row and row[0])
