"""The last known values of one machine."""

from dataclasses import dataclass
from datetime import datetime
from typing import LiteralString

from psycopg.rows import class_row

from storage.coordinates import OF_MACHINE, Shifted, shifted_of
from storage.read_pool import Connection
from storage.sight import MachineKey, Scope, get_machine_with


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


COLUMNS: LiteralString = (
    "s.measured_at, s.received_at, s.online, s.work_state, s.signal_ids, s.signal_values, s.signal_at_us"
)
STATE: LiteralString = "SELECT " + COLUMNS + " FROM machine_state s WHERE s.machine_id = %s"  # noqa: S608 - literals


async def find_state(conn: Connection, machine_id: int) -> StateRow | None:
    """The machine's last state; None when it never reported. The caller clips it to what it may see."""
    async with conn.cursor(row_factory=class_row(StateRow)) as cursor:
        return await (await cursor.execute(STATE, [machine_id])).fetchone()


async def get_placed_state(
    conn: Connection, scope: Scope, reference: str
) -> tuple[MachineKey, StateRow | None, list[Shifted]]:
    """A machine, its last state, and when its places were not stated in WGS 84: one round trip. Raises NotFound."""
    key, (*state, from_us, to_us, systems) = await get_machine_with(
        conn,
        scope,
        reference,
        columns=", " + COLUMNS + ", shifted.shifted_from_us, shifted.shifted_to_us, shifted.shifted_system",
        tables="LEFT JOIN machine_state s ON s.machine_id = m.machine_id " + OF_MACHINE,
    )
    names = StateRow.__dataclass_fields__
    row = None if state[1] is None else StateRow(**dict(zip(names, state, strict=True)))
    return key, row, shifted_of(from_us, to_us, systems)
