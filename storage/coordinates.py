"""When a machine's places were stated in another coordinate system than WGS 84: what its terminals are declared to use.

At most sites no terminal is shifted: terminal_not_wgs84, which holds those that are, has no page but its first then,
and that is all that is looked at. Row-level security would have to be asked about whatever else is read.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import LiteralString

import numpy as np
import numpy.typing as npt
from psycopg import sql

from fleet.batch import Int64Array
from fleet.coordinates import COORDINATE_SYSTEMS
from storage.binary import EPOCH_2000_US, unpack
from storage.read_scope import Connection, Scope, join_seen

_EVER_US, _OPEN_US = np.iinfo(np.int64).min, np.iinfo(np.int64).max


@dataclass(frozen=True, slots=True)
class Shifted:
    """A terminal's time on a machine, from_us <= t < to_us in microseconds UTC, and the system of its places."""

    from_us: int
    to_us: int
    system: str


ANY: LiteralString = "SELECT pg_relation_size('terminal_not_wgs84') > current_setting('block_size')::bigint"
PERIODS: LiteralString = """
SELECT i.machine_id, (extract(epoch FROM nullif(i.from_at, '-infinity')) * 1000000)::bigint,
    (extract(epoch FROM nullif(i.to_at, 'infinity')) * 1000000)::bigint, t.coordinate_system
FROM unnest(%(machines)s::int[]) wanted (machine_id)
CROSS JOIN LATERAL (SELECT * FROM installation x WHERE x.machine_id = wanted.machine_id OFFSET 0) i
JOIN terminal t ON t.terminal_id = i.terminal_id AND t.coordinate_system <> 'wgs84'
ORDER BY i.machine_id, i.from_at
"""


async def list_shifted(conn: Connection, machines: Sequence[int]) -> dict[int, list[Shifted]]:
    """When which of these machines had a terminal that does not state WGS 84; machines without one are left out."""
    found: dict[int, list[Shifted]] = {}
    if not await _is_any(conn):
        return found
    for machine, begin, end, system in await (await conn.execute(PERIODS, {"machines": list(machines)})).fetchall():
        period = Shifted(_EVER_US if begin is None else begin, _OPEN_US if end is None else end, system)
        found.setdefault(machine, []).append(period)
    return found


@dataclass(frozen=True, slots=True, kw_only=True)
class FleetShifted:
    """The same of every machine that a scope sees, as columns, one line a terminal's time on a machine."""

    ids: npt.NDArray[np.uint8]  # (lines, 16), the machines' public ids
    from_us: Int64Array
    to_us: Int64Array
    system: npt.NDArray[np.int16]  # index in COORDINATE_SYSTEMS


_FLEET: LiteralString = """
SELECT string_agg(uuid_send(m.public_id), ''), array_agg(i.from_at), array_agg(i.to_at),
    array_agg((array_position(%(systems)s::text[], t.coordinate_system) - 1)::int2)
FROM terminal t JOIN installation i USING (terminal_id) JOIN machine m USING (machine_id) {seen}
WHERE t.coordinate_system <> 'wgs84'
"""


async def list_shifted_fleet(conn: Connection, scope: Scope, *, now: datetime) -> FleetShifted | None:
    """When which machines of the scope had a terminal that does not state WGS 84; None when none ever had."""
    if not await _is_any(conn):
        return None
    parameters = scope.parameters | {"now": now, "systems": list(COORDINATE_SYSTEMS)}
    async with conn.cursor(binary=True) as cursor:
        await cursor.execute(sql.SQL(_FLEET).format(seen=join_seen(scope)), parameters)
        assert cursor.pgresult is not None
        ids, *cells = [cursor.pgresult.get_value(0, n) for n in range(4)]
    if ids is None:
        return None
    begin, end, system = (unpack(cell, kind) for cell, kind in zip(cells, ("i8", "i8", "i2"), strict=True))
    return FleetShifted(
        ids=np.frombuffer(ids, np.uint8).reshape(-1, 16),
        from_us=np.where(begin == _EVER_US, begin, begin + EPOCH_2000_US),
        to_us=np.where(end == _OPEN_US, end, end + EPOCH_2000_US),
        system=system,
    )


async def _is_any(conn: Connection) -> bool:
    """False while no terminal of the whole site has ever been declared to state anything but WGS 84."""
    row = await (await conn.execute(ANY)).fetchone()
    return row is not None and bool(row[0])
