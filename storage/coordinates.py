"""In which coordinate system a machine's places were stated: what its terminal of the time is declared to use."""

from collections.abc import Sequence
from datetime import datetime
from typing import LiteralString

from storage.read_scope import Connection

SHIFTED: LiteralString = """
SELECT i.machine_id, t.coordinate_system
FROM terminal t JOIN installation i USING (terminal_id)
WHERE t.coordinate_system <> 'wgs84' AND i.from_at <= %(now)s AND %(now)s < i.to_at
    AND (%(machines)s::int[] IS NULL OR i.machine_id = ANY(%(machines)s))
"""


async def list_shifted(conn: Connection, machines: Sequence[int] | None, *, now: datetime) -> dict[int, str]:
    """machine_id -> coordinate system, of those machines (None: all) whose terminal does not state WGS 84 now."""
    parameters = {"machines": None if machines is None else list(machines), "now": now}
    return dict(await (await conn.execute(SHIFTED, parameters)).fetchall())


PERIODS: LiteralString = """
SELECT nullif(i.from_at, '-infinity'), nullif(i.to_at, 'infinity'), t.coordinate_system
FROM terminal t JOIN installation i USING (terminal_id)
WHERE t.coordinate_system <> 'wgs84' AND i.machine_id = %(machine)s ORDER BY i.from_at
"""


async def list_shifted_periods(conn: Connection, machine_id: int) -> list[tuple[datetime | None, datetime | None, str]]:
    """(from_at, to_at, system) of the times at which a machine's places were not stated in WGS 84; None is open."""
    rows = await (await conn.execute(PERIODS, {"machine": machine_id})).fetchall()
    return [(from_at, to_at, system) for from_at, to_at, system in rows]
