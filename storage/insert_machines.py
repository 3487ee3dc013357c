"""Many new machines at once, each owned, with a terminal that is on it since ever."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, LiteralString
from uuid import UUID

import msgspec
import psycopg

from fleet.errors import Conflict
from storage.read_pool import Connection

MACHINES: LiteralString = """
INSERT INTO machine (public_id, pin, serial_no, equipment_id, name, model_id, nominal_voltage_v, site_id, mode,
    registered_at, updated_at)
SELECT n.id, n.pin, n.serial_number, n.equipment_id, n.name, d.model_id, n.nominal_voltage_v, s.site_id, n.mode,
    %(now)s, %(now)s
FROM jsonb_to_recordset(%(rows)s::jsonb) AS n (id uuid, pin text, serial_number text, equipment_id text, name text,
    model_id uuid, nominal_voltage_v smallint, site_id uuid, mode text)
LEFT JOIN machine_model d ON d.public_id = n.model_id
LEFT JOIN site s ON s.public_id = n.site_id
"""
OWN: LiteralString = """
SELECT n.id, own_new_machine(n.id, n.organisation)
FROM jsonb_to_recordset(%(rows)s::jsonb) AS n (id uuid, organisation integer)
"""
TERMINALS: LiteralString = """
INSERT INTO terminal (public_id, name, organisation_id, hardware, firmware, clock_offset_us, coordinate_system,
    registered_at, updated_at)
SELECT n.id, n.name, n.organisation, n.hardware, n.firmware, n.clock_offset_us, n.coordinate_system, %(now)s, %(now)s
FROM jsonb_to_recordset(%(rows)s::jsonb) AS n (id uuid, name text, organisation integer, hardware text, firmware text,
    clock_offset_us bigint, coordinate_system text)
"""
SIMS: LiteralString = """
INSERT INTO sim (terminal_id, iccid, imsi, msisdn, operator, valid_to, status)
SELECT t.terminal_id, n.iccid, n.imsi, n.msisdn, n.operator, n.valid_to, n.status
FROM jsonb_to_recordset(%(rows)s::jsonb) AS n (terminal uuid, iccid text, imsi text, msisdn text, operator text,
    valid_to date, status text)
JOIN terminal t ON t.public_id = n.terminal
"""
INSTALLATIONS: LiteralString = """
INSERT INTO installation (public_id, terminal_id, machine_id, from_at, created_at, updated_at)
SELECT n.installation, t.terminal_id, n.number, '-infinity', %(now)s, %(now)s
FROM jsonb_to_recordset(%(rows)s::jsonb) AS n (installation uuid, terminal uuid, number integer)
JOIN terminal t ON t.public_id = n.terminal
"""


async def insert_all(
    conn: Connection,
    machines: Sequence[Mapping[str, Any]],
    terminals: Sequence[Mapping[str, Any]],
    sims: Sequence[Mapping[str, Any]],
    *,
    now: datetime,
) -> Mapping[UUID, int]:
    """Insert machines with their `organisation`, `terminal` and `installation`; returns their numbers by their ids.

    Raises Conflict, without telling of which one, when a name is taken.
    """
    try:
        await conn.execute(MACHINES, _given(machines, now))
        numbers: dict[UUID, int] = dict(await (await conn.execute(OWN, _given(machines, now))).fetchall())
        await conn.execute(TERMINALS, _given(terminals, now))
        if sims:
            await conn.execute(SIMS, _given(sims, now))
        numbered = [
            {"installation": m["installation"], "terminal": m["terminal"], "number": numbers[m["id"]]} for m in machines
        ]
        await conn.execute(INSTALLATIONS, _given(numbered, now))
    except psycopg.IntegrityError as error:
        raise Conflict from error
    return numbers


def _given(rows: Sequence[Mapping[str, Any]], now: datetime) -> dict[str, Any]:
    return {"rows": msgspec.json.encode(rows).decode(), "now": now}
