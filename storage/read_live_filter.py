"""The things that a filter of events names, found as the caller sees them."""

from collections.abc import Sequence
from typing import LiteralString
from uuid import UUID

from storage.read_scope import Connection, Scope

# machine_id, and every name that a filter may use for it.
MACHINES: LiteralString = """
SELECT machine_id, public_id, pin, serial_no, equipment_id FROM machine
WHERE (public_id = ANY(%(id)s::uuid[]) OR pin = ANY(%(pin)s) OR serial_no = ANY(%(serial)s)
        OR equipment_id = ANY(%(equipment)s))
    AND (%(all)s
        OR EXISTS (SELECT FROM ownership o WHERE o.machine_id = machine.machine_id AND o.from_at <= now()
            AND o.organisation_id = ANY(%(organisations)s))
        OR EXISTS (SELECT FROM sharing s WHERE s.machine_id = machine.machine_id AND s.from_at <= now()
            AND s.organisation_id = ANY(%(organisations)s)))
"""


async def find_machines(conn: Connection, scope: Scope, references: dict[str, list[str]]) -> dict[tuple[str, str], int]:
    """machine_id by (`id`, `pin`, `serial` or `equipment`, name), of those of which the scope sees anything."""
    names = ("id", "pin", "serial", "equipment")
    named = {name: references.get(name, []) for name in names}
    found = await conn.execute(MACHINES, named | {"all": scope.sees_all} | scope.parameters)
    return {
        (name, str(value)): machine_id
        for machine_id, *values in await found.fetchall()
        for name, value in zip(names, values, strict=True)
        if value is not None
    }


SITES: LiteralString = """
SELECT site_id, public_id FROM site
WHERE public_id = ANY(%(ids)s) AND (%(all)s OR organisation_id = ANY(%(organisations)s))
"""
MODELS: LiteralString = "SELECT model_id, public_id FROM machine_model WHERE public_id = ANY(%(ids)s)"
ORGANISATIONS: LiteralString = """
SELECT organisation_id, public_id FROM organisation
WHERE public_id = ANY(%(ids)s) AND (%(all)s OR organisation_id = ANY(%(organisations)s))
"""
FIND: dict[str, LiteralString] = {"site": SITES, "model": MODELS, "organisation": ORGANISATIONS}


async def find_ids(conn: Connection, scope: Scope, what: str, public_ids: Sequence[UUID]) -> dict[UUID, int]:
    """The inner ids of sites, models or organisations, of those that are the scope's to see."""
    found = await conn.execute(FIND[what], {"ids": list(public_ids), "all": scope.sees_all} | scope.parameters)
    return {public_id: inner for inner, public_id in await found.fetchall()}


NAMED: LiteralString = """
SELECT
    ARRAY(SELECT public_id::text FROM machine WHERE machine_id = ANY(%(machines)s) ORDER BY machine_id),
    ARRAY(SELECT public_id::text FROM site WHERE site_id = ANY(%(sites)s) ORDER BY site_id),
    ARRAY(SELECT public_id::text FROM machine_model WHERE model_id = ANY(%(models)s) ORDER BY model_id),
    ARRAY(SELECT public_id::text FROM organisation WHERE organisation_id = ANY(%(organisations)s)
          ORDER BY organisation_id)
"""


async def public_names(
    conn: Connection,
    *,
    machines: Sequence[int],
    sites: Sequence[int],
    models: Sequence[int],
    organisations: Sequence[int],
) -> tuple[list[str], list[str], list[str], list[str]]:
    """The public ids of what a filter names; what the caller does not see any more is left out."""
    parameters = {
        "machines": list(machines),
        "sites": list(sites),
        "models": list(models),
        "organisations": list(organisations),
    }
    row = await (await conn.execute(NAMED, parameters)).fetchone()
    assert row is not None
    machines_named, sites_named, models_named, organisations_named = row
    return machines_named, sites_named, models_named, organisations_named
