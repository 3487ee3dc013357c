"""Terminals with their SIM cards, and when each was on which machine."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, LiteralString
from uuid import UUID

from storage.ids import uuid7
from storage.keyset import PageOf, Placed, Sorts, execute, find_row, find_rows, list_page
from storage.read_pool import Connection
from storage.sight import Scope


@dataclass(frozen=True, slots=True, kw_only=True)
class Terminal:
    """A terminal; see api.schemas.terminals."""

    id: UUID
    name: str
    organisation_id: UUID | None
    hardware: str | None
    firmware: str | None
    clock_offset_s: float
    coordinate_system: str
    sim: dict[str, Any] | None
    machine: dict[str, Any] | None
    version: int
    created_at: datetime
    updated_at: datetime


# Whoever keeps a terminal sees it, and whoever sees its machine. Its SIM: its keeper, and the owner of its machine now.
_TERMINALS: LiteralString = """
SELECT t.terminal_id AS number, {sort_value} AS sort_value, t.public_id AS id, t.name, o.public_id AS organisation_id,
    t.hardware, t.firmware, t.clock_offset_us / 1e6::float8 AS clock_offset_s, t.coordinate_system,
    CASE WHEN s.terminal_id IS NOT NULL THEN jsonb_build_object('iccid', s.iccid, 'imsi', s.imsi, 'msisdn', s.msisdn,
        'operator', s.operator, 'valid_to', s.valid_to, 'status', s.status) END AS sim,
    CASE WHEN m.machine_id IS NOT NULL
        THEN jsonb_build_object('id', m.public_id, 'pin', m.pin, 'name', m.name) END AS machine,
    t.version, t.registered_at AS created_at, t.updated_at
FROM terminal t
LEFT JOIN LATERAL (
    SELECT i.machine_id, tenant_owns(i.machine_id, %(now)s) AS owned FROM installation i
    WHERE i.terminal_id = t.terminal_id AND i.from_at <= %(now)s AND %(now)s < i.to_at
) i ON TRUE
LEFT JOIN LATERAL (
    SELECT m.* FROM machine m WHERE m.machine_id = i.machine_id AND (%(all)s OR EXISTS (
        SELECT FROM ownership w WHERE w.machine_id = m.machine_id AND w.from_at <= %(now)s AND %(now)s < w.to_at
            AND w.organisation_id = ANY(%(organisations)s)
        UNION ALL
        SELECT FROM sharing w WHERE w.machine_id = m.machine_id AND w.from_at <= %(now)s AND %(now)s < w.to_at
            AND w.organisation_id = ANY(%(organisations)s)))
) m ON TRUE
LEFT JOIN organisation o ON o.organisation_id = t.organisation_id
    AND (%(all)s OR o.organisation_id = ANY(%(organisations)s))
LEFT JOIN sim s ON s.terminal_id = t.terminal_id
    AND (%(all)s OR i.owned OR t.organisation_id = ANY(%(organisations)s))
WHERE (%(all)s OR t.organisation_id = ANY(%(organisations)s) OR m.machine_id IS NOT NULL)
"""
LIST: LiteralString = (
    _TERMINALS
    + """ AND (%(q)s::text IS NULL OR t.name ILIKE %(q)s OR s.iccid ILIKE %(q)s)
    AND (%(installed)s::boolean IS NULL OR (i.machine_id IS NOT NULL) = %(installed)s)"""
)
GET: LiteralString = _TERMINALS + " AND t.public_id = %(id)s"
BY_NAMES: LiteralString = _TERMINALS + " AND t.name = ANY(%(names)s)"
SORTS: Sorts = {"name": ("t.name", "text"), "created_at": ("t.registered_at", "timestamptz")}


def _scoped(scope: Scope, now: datetime) -> dict[str, Any]:
    return {"all": scope.sees_all, "now": now} | scope.parameters


async def list_terminals(
    conn: Connection, scope: Scope, page: PageOf, filters: Mapping[str, Any], *, now: datetime
) -> list[Placed[Terminal]]:
    """A page of the terminals that the scope sees; filters q (an ILIKE pattern) and installed."""
    return await list_page(conn, Terminal, LIST, page, sorts=SORTS, parameters={**filters, **_scoped(scope, now)})


async def find_terminal(conn: Connection, scope: Scope, terminal_id: UUID, *, now: datetime) -> Terminal | None:
    """The terminal of this id, when the scope sees it."""
    return await find_row(conn, Terminal, GET, {"id": terminal_id, **_scoped(scope, now)})


async def list_terminals_by_name(
    conn: Connection, scope: Scope, names: Sequence[str], *, now: datetime
) -> list[Terminal]:
    """The terminals of these names that the scope sees."""
    return await find_rows(conn, Terminal, BY_NAMES, {"names": list(names), **_scoped(scope, now)})


# Who owns the machine that it is on may change a terminal; of one in stock, its keeper.
KEEPS: LiteralString = """
SELECT t.terminal_id, t.organisation_id, %(all)s OR coalesce((
    SELECT bool_and(tenant_owns(i.machine_id, %(now)s)) FROM installation i
    WHERE i.terminal_id = t.terminal_id AND i.to_at > %(now)s
), t.organisation_id = ANY(%(organisations)s), FALSE) AS keeps
FROM terminal t WHERE t.public_id = %(id)s
"""


@dataclass(frozen=True, slots=True)
class TerminalKey:
    """A terminal's numbers, and whether the scope may change it."""

    terminal_id: int
    organisation_id: int | None
    keeps: bool


async def find_key(conn: Connection, scope: Scope, terminal_id: UUID, *, now: datetime) -> TerminalKey | None:
    """The numbers of a terminal."""
    row = await (await conn.execute(KEEPS, {"id": terminal_id, **_scoped(scope, now)})).fetchone()
    return TerminalKey(*row) if row else None


INSERT: LiteralString = """
INSERT INTO terminal (public_id, name, organisation_id, hardware, firmware, clock_offset_us, coordinate_system,
    registered_at, updated_at)
VALUES (%(id)s, %(name)s, %(organisation)s, %(hardware)s, %(firmware)s, %(clock_offset_us)s, %(coordinate_system)s,
    %(now)s, %(now)s)
"""
UPDATE: LiteralString = """
UPDATE terminal SET organisation_id = %(organisation)s, hardware = %(hardware)s, firmware = %(firmware)s,
    clock_offset_us = %(clock_offset_us)s, coordinate_system = %(coordinate_system)s, version = version + 1,
    updated_at = %(now)s
WHERE public_id = %(id)s AND version = %(version)s RETURNING version
"""
DELETE: LiteralString = "DELETE FROM terminal WHERE public_id = %(id)s AND version = %(version)s RETURNING version"
UPSERT_SIM: LiteralString = """
INSERT INTO sim (terminal_id, iccid, imsi, msisdn, operator, valid_to, status)
SELECT terminal_id, %(iccid)s, %(imsi)s, %(msisdn)s, %(operator)s, %(valid_to)s, %(status)s
FROM terminal WHERE public_id = %(id)s
ON CONFLICT (terminal_id) DO UPDATE SET iccid = excluded.iccid, imsi = excluded.imsi, msisdn = excluded.msisdn,
    operator = excluded.operator, valid_to = excluded.valid_to, status = excluded.status
"""
DELETE_SIM: LiteralString = """
DELETE FROM sim USING terminal t WHERE t.terminal_id = sim.terminal_id AND t.public_id = %(id)s
"""
_USED = ("terminal_used", "")
_REFUSED = {
    "terminal_name_key": ("terminal_name_taken", "name"),
    "sim_iccid_key": ("iccid_taken", "sim.iccid"),
    "sim_imsi_key": ("imsi_taken", "sim.imsi"),
    "installation_terminal_id_fkey": _USED,
    "ledger_terminal_id_fkey": _USED,
}


async def insert_terminal(
    conn: Connection, values: Mapping[str, Any], *, organisation: int | None, now: datetime
) -> UUID:
    """Insert a terminal and return its id. Raises Conflict when its name is taken."""
    terminal_id = uuid7(int(now.timestamp() * 1000))
    given = {**values, "id": terminal_id, "organisation": organisation, "now": now}
    await execute(conn, INSERT, given, refused=_REFUSED)
    return terminal_id


async def update_terminal(
    conn: Connection, terminal_id: UUID, values: Mapping[str, Any], *, version: int, now: datetime
) -> bool:
    """Change a terminal of this version; `values` has its organisation's number. False when it is of another by now."""
    given = {**values, "id": terminal_id, "version": version, "now": now}
    return await execute(conn, UPDATE, given, refused=_REFUSED) is not None


async def delete_terminal(conn: Connection, terminal_id: UUID, *, version: int) -> bool:
    """Delete a terminal of this version; False when it is of another. Raises Conflict when it was ever used."""
    return await execute(conn, DELETE, {"id": terminal_id, "version": version}, refused=_REFUSED) is not None


async def set_sim(conn: Connection, terminal_id: UUID, sim: Mapping[str, Any] | None) -> None:
    """Put this SIM into the terminal, or take its SIM out. Raises Conflict when the SIM is in another one."""
    if sim is None:
        await conn.execute(DELETE_SIM, {"id": terminal_id})
    else:
        await execute(conn, UPSERT_SIM, {**sim, "id": terminal_id}, refused=_REFUSED)
