"""Machines, models, organisations and installations that somebody enters or imports."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import LiteralString

import psycopg

from storage.ids import uuid7


@dataclass(frozen=True, slots=True, kw_only=True)
class NewMachine:
    """One machine with its model, owner and the terminal that is on it since the beginning of time."""

    pin: str
    name: str
    model: str
    kind: str
    maker: str | None = None
    serial_no: str | None = None
    equipment_id: str | None = None
    nominal_voltage_v: int | None = None
    organisation: str | None = None
    parent_organisation: str | None = None  # of an organisation that is new
    terminal: str | None = None
    site: str | None = None
    time_zone: str | None = None


TAKEN: LiteralString = """
SELECT pin, serial_no, equipment_id, name FROM machine
WHERE pin = ANY(%(pins)s) OR serial_no = ANY(%(serials)s) OR equipment_id = ANY(%(equipment)s)
"""

INSTALLED: LiteralString = """
SELECT t.name, m.pin FROM terminal t JOIN installation USING (terminal_id) JOIN machine m USING (machine_id)
WHERE t.name = ANY(%(terminals)s) AND to_at = 'infinity'
"""


def find_taken(conn: psycopg.Connection, machines: Sequence[NewMachine]) -> set[tuple[str, str]]:
    """Which unique names of `machines` are in use: {('pin', ...), ('serial_no', ...), ('terminal', ...)}."""
    taken: set[tuple[str, str]] = set()
    parameters = {
        "pins": [m.pin for m in machines],
        "serials": [m.serial_no for m in machines if m.serial_no],
        "equipment": [m.equipment_id for m in machines if m.equipment_id],
        "terminals": [m.terminal or m.pin for m in machines],
    }
    for pin, serial, equipment, _ in conn.execute(TAKEN, parameters):
        taken |= {("pin", pin), ("serial_no", serial), ("equipment_id", equipment)}
    taken |= {("terminal", terminal) for terminal, _ in conn.execute(INSTALLED, parameters)}
    return taken


@dataclass(frozen=True, slots=True)
class Organisation:
    """What kind an organisation is of and the name of the one above it; None: it is at the root."""

    kind: str
    parent: str | None


def list_organisations(conn: psycopg.Connection) -> dict[str, Organisation]:
    """Every organisation by its name."""
    rows = conn.execute(
        "SELECT o.name, o.kind, p.name FROM organisation o LEFT JOIN organisation p ON p.organisation_id = o.parent_id"
    )
    return {name: Organisation(kind, parent) for name, kind, parent in rows}


def upsert_organisation(conn: psycopg.Connection, name: str, kind: str, parent: str | None = None) -> int:
    """The organisation's id; created when there is none of that name."""
    row = conn.execute("SELECT organisation_id FROM organisation WHERE name = %s", [name]).fetchone()
    if row is not None:
        return int(row[0])
    inserted = conn.execute(
        "INSERT INTO organisation (public_id, kind, name, parent_id) "
        "VALUES (%s, %s, %s, (SELECT organisation_id FROM organisation WHERE name = %s)) RETURNING organisation_id",
        [uuid7(), kind, name, parent],
    ).fetchone()
    assert inserted is not None  # RETURNING of an insert without a condition
    return int(inserted[0])


INSERT_MACHINE: LiteralString = """
WITH model AS (
    INSERT INTO machine_model (name, kind, maker, nominal_voltage_v)
    VALUES (%(model)s, %(kind)s, %(maker)s, %(nominal_voltage_v)s)
    ON CONFLICT (name) DO UPDATE SET name = excluded.name RETURNING model_id
), known_site AS (
    SELECT site_id FROM site WHERE name = %(site)s LIMIT 1
), new_site AS (
    INSERT INTO site (name, time_zone, organisation_id)
    SELECT %(site)s, coalesce(%(time_zone)s, 'UTC'), %(organisation_id)s
    WHERE %(site)s::text IS NOT NULL AND NOT EXISTS (SELECT FROM known_site) RETURNING site_id
), new_machine AS (
    INSERT INTO machine (public_id, pin, serial_no, equipment_id, name, model_id, nominal_voltage_v, site_id)
    SELECT %(public_id)s, %(pin)s, %(serial_no)s, %(equipment_id)s, %(name)s, model_id, %(nominal_voltage_v)s,
           coalesce((SELECT site_id FROM known_site), (SELECT site_id FROM new_site))
    FROM model RETURNING machine_id
), new_terminal AS (
    INSERT INTO terminal (name) VALUES (%(terminal)s)
    ON CONFLICT (name) DO UPDATE SET name = excluded.name RETURNING terminal_id
), installed AS (
    INSERT INTO installation (terminal_id, machine_id) SELECT terminal_id, machine_id FROM new_terminal, new_machine
)
INSERT INTO ownership (machine_id, organisation_id)
SELECT machine_id, %(organisation_id)s FROM new_machine WHERE %(organisation_id)s::int IS NOT NULL
"""


def insert_machine(conn: psycopg.Connection, machine: NewMachine, organisation_id: int | None) -> None:
    """Insert one machine; its names must be free (see find_taken)."""
    conn.execute(
        INSERT_MACHINE,
        {
            "public_id": uuid7(),
            "pin": machine.pin,
            "serial_no": machine.serial_no,
            "equipment_id": machine.equipment_id,
            "name": machine.name,
            "model": machine.model,
            "kind": machine.kind,
            "maker": machine.maker,
            "nominal_voltage_v": machine.nominal_voltage_v,
            "terminal": machine.terminal or machine.pin,
            "organisation_id": organisation_id,
            "site": machine.site,
            "time_zone": machine.time_zone,
        },
    )


def bump_config_epoch(conn: psycopg.Connection) -> None:
    """Tell the gateway to read its configuration anew at the next batch border."""
    conn.execute("UPDATE config_epoch SET epoch = epoch + 1")
