"""Who sees a machine's hours, and what follows from them: owners, and those with whom readings or hours are shared."""

from typing import LiteralString

from psycopg import sql

from storage.sight import Scope

# OFFSET 0: asked of each row that a page meets, instead of all machines being listed first.
_SEEN: LiteralString = """
AND (EXISTS (SELECT FROM ownership x WHERE x.machine_id = {machine} AND x.from_at <= {at} AND {at} < x.to_at
        AND x.organisation_id = ANY(%(organisations)s) OFFSET 0)
    OR EXISTS (SELECT FROM sharing x WHERE x.machine_id = {machine} AND x.from_at <= {at} AND {at} < x.to_at
        AND x.organisation_id = ANY(%(organisations)s) AND x.data_class IN ('all', 'readings', 'hours') OFFSET 0))
"""


def and_seen(scope: Scope, machine: LiteralString, at: LiteralString) -> sql.Composable:
    """The condition `AND ...` that leaves the rows whose machine's hours the scope sees at their time; it takes the
    scope's parameters. `machine` and `at`: the columns."""
    if scope.sees_all:
        return sql.SQL("")
    return sql.SQL(_SEEN).format(machine=sql.SQL(machine), at=sql.SQL(at))
