"""When which terminal was on which machine: install, remove; overlaps are refused by the database."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, LiteralString
from uuid import UUID

from storage.ids import uuid7
from storage.keyset import execute, list_rows
from storage.read_machines import period_arrays
from storage.read_pool import Connection
from storage.sight import Period


@dataclass(frozen=True, slots=True, kw_only=True)
class Installation:
    """A terminal's time on a machine; see api.schemas.terminals. None is open-ended."""

    id: UUID
    terminal_id: UUID
    terminal: str
    machine_id: UUID
    from_at: datetime | None
    to_at: datetime | None
    coordinate_system: str
    version: int
    created_at: datetime
    updated_at: datetime


_INSTALLATIONS: LiteralString = """
SELECT i.public_id AS id, t.public_id AS terminal_id, t.name AS terminal, m.public_id AS machine_id,
    nullif(i.from_at, '-infinity') AS from_at, nullif(i.to_at, 'infinity') AS to_at, t.coordinate_system, i.version,
    i.created_at, i.updated_at
FROM installation i JOIN terminal t USING (terminal_id) JOIN machine m USING (machine_id)
"""
OF_MACHINE: LiteralString = (
    _INSTALLATIONS
    + """WHERE i.machine_id = %(machine)s AND EXISTS (
    SELECT FROM unnest(%(from)s::timestamptz[], %(to)s::timestamptz[]) p (from_at, to_at)
    WHERE tstzrange(p.from_at, p.to_at) && tstzrange(i.from_at, i.to_at)
) ORDER BY i.from_at DESC LIMIT 1000"""
)
OPEN_ON_MACHINE: LiteralString = _INSTALLATIONS + "WHERE i.machine_id = %(machine)s AND i.to_at > %(at)s"
OPEN_ON_MACHINES: LiteralString = _INSTALLATIONS + "WHERE i.machine_id = ANY(%(machines)s) AND i.to_at > %(at)s"
OF_TERMINAL_AT: LiteralString = (
    _INSTALLATIONS + "WHERE t.public_id = %(terminal)s AND i.to_at > %(at)s ORDER BY i.from_at LIMIT 1"
)
BY_ID: LiteralString = _INSTALLATIONS + "WHERE i.machine_id = %(machine)s AND i.public_id = %(id)s"


async def list_of_machine(conn: Connection, machine_id: int, periods: Sequence[Period]) -> list[Installation]:
    """The installations of a machine that touch these periods, the latest first, at most 1000."""
    return await list_rows(conn, Installation, OF_MACHINE, {"machine": machine_id} | period_arrays(periods))


async def list_open(conn: Connection, machine_id: int, *, at: datetime) -> list[Installation]:
    """The installations of a machine that have not ended by `at`."""
    return await list_rows(conn, Installation, OPEN_ON_MACHINE, {"machine": machine_id, "at": at})


async def list_open_on(conn: Connection, machine_ids: Sequence[int], *, at: datetime) -> list[Installation]:
    """The installations of these machines that have not ended by `at`."""
    return await list_rows(conn, Installation, OPEN_ON_MACHINES, {"machines": list(machine_ids), "at": at})


async def find_of_terminal(conn: Connection, terminal_id: UUID, *, at: datetime) -> Installation | None:
    """Where the terminal is from `at` on, the earliest."""
    found = await list_rows(conn, Installation, OF_TERMINAL_AT, {"terminal": terminal_id, "at": at})
    return found[0] if found else None


async def find_installation(conn: Connection, machine_id: int, installation_id: UUID) -> Installation | None:
    """One installation of a machine."""
    found = await list_rows(conn, Installation, BY_ID, {"machine": machine_id, "id": installation_id})
    return found[0] if found else None


INSERT: LiteralString = """
INSERT INTO installation (public_id, terminal_id, machine_id, from_at, created_at, updated_at)
SELECT %(id)s, t.terminal_id, %(machine)s, coalesce(%(from_at)s::timestamptz, '-infinity'), %(now)s, %(now)s
FROM terminal t WHERE t.public_id = %(terminal)s
"""
END: LiteralString = """
UPDATE installation SET to_at = coalesce(%(to_at)s::timestamptz, 'infinity'), version = version + 1,
    updated_at = %(now)s
WHERE public_id = %(id)s AND version = %(version)s RETURNING version
"""
_REFUSED = {
    "installation_terminal_id_tstzrange_excl": ("terminal_elsewhere", "terminal_id"),
    "installation_check": ("installation_backwards", "to_at"),
}


async def insert_installation(
    conn: Connection, *, terminal: UUID, machine_id: int, from_at: datetime | None, now: datetime
) -> UUID:
    """Put a terminal on a machine from `from_at` on (None: since ever). Raises Conflict when it is on one then."""
    given: dict[str, Any] = {"id": uuid7(int(now.timestamp() * 1000)), "terminal": terminal, "machine": machine_id}
    await execute(conn, INSERT, {**given, "from_at": from_at, "now": now}, refused=_REFUSED)
    return UUID(str(given["id"]))


async def end_installation(
    conn: Connection, installation_id: UUID, *, to_at: datetime | None, version: int, now: datetime
) -> bool:
    """Set the end of an installation of this version (None: open again); False when it is of another by now."""
    given = {"id": installation_id, "to_at": to_at, "version": version, "now": now}
    return await execute(conn, END, given, refused=_REFUSED) is not None
