"""The last known values of one machine."""

from dataclasses import dataclass
from datetime import datetime
from typing import LiteralString

from psycopg.rows import class_row

from storage.read_scope import Connection


@dataclass(frozen=True, slots=True, kw_only=True)
class StateRow:
    """The last state of a machine; `signal_*` are parallel, times in microseconds UTC of the machine's clock.

    `measured_at` is None when only its status is known.
    """

    measured_at: datetime | None
    received_at: datetime
    online: bool
    work_state: str | None
    signal_ids: list[int]
    signal_values: list[float]
    signal_at_us: list[int]


STATE: LiteralString = """
SELECT measured_at, received_at, coalesce(online, false) AS online, work_state, signal_ids, signal_values, signal_at_us
FROM machine_state WHERE machine_id = %s
"""


async def find_state(conn: Connection, machine_id: int) -> StateRow | None:
    """The machine's last state; None when it never reported. The caller clips it to what it may see."""
    async with conn.cursor(row_factory=class_row(StateRow)) as cursor:
        return await (await cursor.execute(STATE, [machine_id])).fetchone()
