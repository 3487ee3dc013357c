"""The last known values of one machine."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, LiteralString, TypeAlias

from psycopg import AsyncCursor
from psycopg.rows import class_row

from storage.coordinates import OF_MACHINE, Shifted, shifted_of
from storage.read_pool import Connection
from storage.sight import MachineKey, Scope, ask_machine_with, found_machine


@dataclass(frozen=True, slots=True, kw_only=True)
class StateRow:
    """The last state of a machine; `signal_*` are parallel, times in microseconds UTC of the machine's clock.

    `measured_at` is None when only its status is known.
    """

    measured_at: datetime | None
    received_at: datetime
    online: bool | None
    work_state: str | None
    signal_ids: list[int]
    signal_values: list[float]
    signal_at_us: list[int]


Asked: TypeAlias = AsyncCursor[Any]
COLUMNS: LiteralString = (
    "s.measured_at, s.received_at, s.online, s.work_state, s.signal_ids, s.signal_values, s.signal_at_us"
)
STATE: LiteralString = "SELECT " + COLUMNS + " FROM machine_state s WHERE s.machine_id = %s"  # noqa: S608 - literals


async def find_state(conn: Connection, machine_id: int) -> StateRow | None:
    """The machine's last state; None when it never reported. The caller clips it to what it may see."""
    async with conn.cursor(row_factory=class_row(StateRow)) as cursor:
        return await (await cursor.execute(STATE, [machine_id])).fetchone()


async def ask_placed_state(conn: Connection, scope: Scope, reference: str) -> Asked:
    """Ask for a machine's last state, by one statement that a pipeline may send with others. Raises NotFound."""
    return await ask_machine_with(
        conn,
        scope,
        reference,
        columns=", " + COLUMNS + ", shifted.shifted_from_us, shifted.shifted_to_us, shifted.shifted_system",
        tables="LEFT JOIN machine_state s ON s.machine_id = m.machine_id " + OF_MACHINE,
    )


async def placed_state(cursor: Asked, scope: Scope) -> tuple[MachineKey, StateRow | None, list[Shifted]]:
    """The machine, its last state, and when its places were not stated in WGS 84. Raises NotFound."""
    key, (*state, from_us, to_us, systems) = await found_machine(cursor, scope)
    names = StateRow.__dataclass_fields__
    row = None if state[1] is None else StateRow(**dict(zip(names, state, strict=True)))
    return key, row, shifted_of(from_us, to_us, systems)
