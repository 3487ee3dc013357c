"""The things that a filter of events names, found as the caller sees them."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import LiteralString
from uuid import UUID

from psycopg import sql

from storage.read_pool import Connection
from storage.sight import SEEN_NOW, Scope, join_seen

# machine_id, and every name that a filter may use for it: the equipment id is for those who see the machine now.
MACHINES: LiteralString = """
SELECT m.machine_id, m.public_id, m.pin, m.serial_no, CASE WHEN %(all)s OR {seen_now} THEN m.equipment_id END,
    EXISTS (SELECT FROM ownership o WHERE o.machine_id = m.machine_id AND o.organisation_id = %(own)s
        AND o.from_at <= now() AND now() < o.to_at) AS is_own
FROM machine m
WHERE (m.public_id = ANY(%(id)s::uuid[]) OR m.pin = ANY(%(pin)s) OR m.serial_no = ANY(%(serial)s)
        OR m.equipment_id = ANY(%(equipment)s))
    AND (%(all)s
        OR EXISTS (SELECT FROM ownership o WHERE o.machine_id = m.machine_id AND o.from_at <= now()
            AND o.organisation_id = ANY(%(organisations)s))
        OR EXISTS (SELECT FROM sharing s WHERE s.machine_id = m.machine_id AND s.from_at <= now()
            AND s.organisation_id = ANY(%(organisations)s)))
"""


async def find_machines(conn: Connection, scope: Scope, references: dict[str, list[str]]) -> dict[tuple[str, str], int]:
    """machine_id by (`id`, `pin`, `serial` or `equipment`, name), of those of which the scope sees anything.

    Of several of one equipment id that of the scope's own organisation; none when it has none.
    """
    names = ("id", "pin", "serial", "equipment")
    named = {name: references.get(name, []) for name in names}
    statement = sql.SQL(MACHINES).format(seen_now=sql.SQL(SEEN_NOW))
    given = named | {"all": scope.sees_all, "own": scope.organisation_id} | scope.parameters
    found: dict[tuple[str, str], list[tuple[bool, int]]] = defaultdict(list)
    for machine_id, *values, is_own in await (await conn.execute(statement, given)).fetchall():
        for name, value in zip(names, values, strict=True):
            if value is not None:
                found[name, str(value)].append((is_own, machine_id))
    return {key: one for key, machines in found.items() if (one := _single(machines)) is not None}


def _single(machines: Sequence[tuple[bool, int]]) -> int | None:
    own = [machine_id for is_own, machine_id in machines if is_own] or [machine_id for _, machine_id in machines]
    return own[0] if len(own) == 1 else None


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


PLACED: LiteralString = """
SELECT coalesce(array_agg(m.machine_id), '{{}}') FROM machine m {seen} LEFT JOIN machine_model mm USING (model_id)
WHERE (v.position_from IS NOT NULL OR v.readings_from IS NOT NULL) AND {conditions}
"""
_LISTENED: dict[str, LiteralString] = {
    "machines": "m.machine_id = ANY(%(machines)s)",
    "sites": "m.site_id = ANY(%(sites)s)",
    "models": "m.model_id = ANY(%(models)s)",
    "machine_kinds": "coalesce(mm.kind, 'other') = ANY(%(machine_kinds)s)",
    "organisations": """m.machine_id IN (
        WITH RECURSIVE below AS (
            SELECT organisation_id FROM organisation WHERE organisation_id = ANY(%(organisations_named)s)
            UNION SELECT o.organisation_id FROM organisation o JOIN below b ON o.parent_id = b.organisation_id
        )
        SELECT x.machine_id FROM ownership x JOIN below USING (organisation_id)
        WHERE x.from_at <= %(now)s AND %(now)s < x.to_at
        UNION ALL
        SELECT x.machine_id FROM sharing x JOIN below USING (organisation_id)
        WHERE x.from_at <= %(now)s AND %(now)s < x.to_at)""",
}


async def list_placed(
    conn: Connection, scope: Scope, named: Mapping[str, Collection[int] | Collection[str]], *, now: datetime
) -> list[int]:
    """The machines whose place the scope sees now, exactly or coarsely, of those that a filter leaves; its conditions
    by name: `machines`, `sites`, `models`, `machine_kinds`, `organisations`."""
    given = {name: list(values) for name, values in named.items() if values}
    conditions = sql.SQL(" AND ").join([sql.SQL("TRUE"), *(sql.SQL(_LISTENED[name]) for name in given)])
    parameters = scope.parameters | {"now": now} | {name: given[name] for name in given if name != "organisations"}
    parameters["organisations_named"] = given.get("organisations", [])
    found = await conn.execute(sql.SQL(PLACED).format(seen=join_seen(scope), conditions=conditions), parameters)
    row = await found.fetchone()
    return list(row[0]) if row else []


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
