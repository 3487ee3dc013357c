"""When a machine's places were stated in another coordinate system than WGS 84: what its terminals are declared to use.

The database's tenant_shifted() tells of what the tenant may see, at most sites by a look at an index that has no entry.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import LiteralString

import numpy as np
import numpy.typing as npt

from fleet.batch import Int64Array
from fleet.coordinates import COORDINATE_SYSTEMS
from storage.binary import EPOCH_2000_US, unpack
from storage.read_pool import Connection

_EVER_US, _OPEN_US = np.iinfo(np.int64).min, np.iinfo(np.int64).max


@dataclass(frozen=True, slots=True)
class Shifted:
    """A terminal's time on a machine, from_us <= t < to_us in microseconds UTC, and the system of its places."""

    from_us: int
    to_us: int
    system: str


PERIODS: LiteralString = """
SELECT machine_id, (extract(epoch FROM nullif(from_at, '-infinity')) * 1000000)::bigint,
    (extract(epoch FROM nullif(to_at, 'infinity')) * 1000000)::bigint, coordinate_system
FROM tenant_shifted(%(machines)s::int[]) ORDER BY machine_id, from_at
"""


async def list_shifted(conn: Connection, machines: Sequence[int]) -> dict[int, list[Shifted]]:
    """When which of these machines had a terminal that does not state WGS 84; machines without one are left out."""
    found: dict[int, list[Shifted]] = {}
    for machine, *period in await (await conn.execute(PERIODS, {"machines": list(machines)})).fetchall():
        found.setdefault(machine, []).append(_shifted(*period))
    return found


# The same beside what else is asked about machines `m`: three lists each.
_LISTED: LiteralString = """
    SELECT x.machine_id,
        array_agg((extract(epoch FROM nullif(x.from_at, '-infinity')) * 1000000)::bigint) AS shifted_from_us,
        array_agg((extract(epoch FROM nullif(x.to_at, 'infinity')) * 1000000)::bigint) AS shifted_to_us,
        array_agg(x.coordinate_system) AS shifted_system
"""
OF_MACHINE: LiteralString = (
    "LEFT JOIN LATERAL ("
    + _LISTED
    + "FROM tenant_shifted(ARRAY[m.machine_id]) x GROUP BY x.machine_id) shifted ON TRUE"
)
OF_MACHINES: LiteralString = (
    "LEFT JOIN (" + _LISTED + "FROM tenant_shifted(%(machines)s::int[]) x GROUP BY 1) shifted "
    "ON shifted.machine_id = m.machine_id"
)


def shifted_of(
    from_us: Sequence[int | None] | None, to_us: Sequence[int | None] | None, systems: Sequence[str] | None
) -> list[Shifted]:
    """What the three lists say."""
    return [_shifted(*period) for period in zip(from_us or (), to_us or (), systems or (), strict=True)]


def _shifted(from_us: int | None, to_us: int | None, system: str) -> Shifted:
    return Shifted(_EVER_US if from_us is None else from_us, _OPEN_US if to_us is None else to_us, system)


@dataclass(frozen=True, slots=True, kw_only=True)
class FleetShifted:
    """The same of every machine that the tenant sees, as columns, one line a terminal's time on a machine."""

    ids: npt.NDArray[np.uint8]  # (lines, 16), the machines' public ids
    from_us: Int64Array
    to_us: Int64Array
    system: npt.NDArray[np.int16]  # index in COORDINATE_SYSTEMS


FLEET: LiteralString = """
SELECT string_agg(uuid_send(public_id), ''), array_agg(from_at), array_agg(to_at),
    array_agg((array_position(%(systems)s::text[], coordinate_system) - 1)::int2)
FROM tenant_shifted(NULL)
"""


async def list_shifted_fleet(conn: Connection) -> FleetShifted | None:
    """When which machines of the tenant had a terminal that does not state WGS 84; None when none ever had."""
    async with conn.cursor(binary=True) as cursor:
        await cursor.execute(FLEET, {"systems": list(COORDINATE_SYSTEMS)})
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
