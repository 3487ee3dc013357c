"""What a rule set has found in shadow, as people look at it, beside what was live at that time."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, LiteralString
from uuid import UUID

from psycopg.rows import class_row

from storage.keyset import list_rows
from storage.read_pool import Connection

Place = tuple[int, int, str]
"""Where a page ends: held_at in microseconds UTC, machine_id, rule."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ShadowRow:
    """A finding of the set in shadow; `held_us`, `machine_number` and `source_key` are its place in the list."""

    machine_number: int
    machine_id: UUID
    pin: str
    machine_name: str
    source_key: str
    version: str
    severity: str
    from_at: datetime
    held_at: datetime
    to_at: datetime | None
    evidence: dict[str, Any]
    held_us: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ShadowCounts:
    """How many findings of a rule each set had in the same time."""

    source_key: str
    shadow: int
    live: int


PAGE: LiteralString = """
SELECT s.machine_id AS machine_number, m.public_id AS machine_id, m.pin, m.name AS machine_name, s.source_key,
    s.version, s.severity, s.from_at, s.held_at, s.to_at, s.evidence,
    (extract(epoch FROM s.held_at) * 1000000)::bigint AS held_us
FROM shadow_finding s JOIN machine m USING (machine_id)
WHERE s.rule_set_id = %(rule_set)s AND (%(key)s::text IS NULL OR s.source_key = %(key)s)
    AND (%(machine)s::int IS NULL OR s.machine_id = %(machine)s)
    AND (%(held_us)s::bigint IS NULL OR (s.held_at, s.machine_id, s.source_key)
        < (timestamptz 'epoch' + %(held_us)s::bigint * interval '1 microsecond', %(number)s::int, %(rule)s::text))
ORDER BY s.held_at DESC, s.machine_id DESC, s.source_key DESC LIMIT %(limit)s
"""
SPANS: LiteralString = """
SELECT at, until FROM (
    SELECT rule_set_id, at, lead(at) OVER (ORDER BY switch_id) AS until FROM rule_set_switch WHERE role = 'shadow'
) s WHERE rule_set_id = %(rule_set)s ORDER BY at
"""
# The set in shadow sees no late rows, so that historic findings of the live set are not counted against it. What it
# found counts whenever it held by the machine's clock, the live set's by when it was found: rows come behind it.
COUNTS: LiteralString = """
WITH span AS (
    SELECT at, coalesce(until, 'infinity') AS until FROM (
        SELECT rule_set_id, at, lead(at) OVER (ORDER BY switch_id) AS until FROM rule_set_switch WHERE role = 'shadow'
    ) s WHERE rule_set_id = %(rule_set)s
), found AS (
    SELECT source_key, 1 AS shadow, 0 AS live, machine_id FROM shadow_finding WHERE rule_set_id = %(rule_set)s
    UNION ALL
    SELECT source_key, 0, 1, machine_id FROM finding f
    WHERE source_kind = 'rule' AND withdrawn_at IS NULL AND NOT historic
        AND EXISTS (SELECT FROM span WHERE f.stored_at >= span.at AND f.stored_at < span.until)
)
SELECT source_key, sum(shadow)::int AS shadow, sum(live)::int AS live FROM found
WHERE (%(key)s::text IS NULL OR source_key = %(key)s) AND (%(machine)s::int IS NULL OR machine_id = %(machine)s)
GROUP BY source_key ORDER BY source_key
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class ShadowQuery:
    """Whose findings: of a set, a rule (None: of all), a machine (None: of all)."""

    rule_set: int
    key: str | None = None
    machine: int | None = None

    def parameters(self) -> dict[str, Any]:
        """For the statements."""
        return {name: getattr(self, name) for name in self.__slots__}


@dataclass(frozen=True, slots=True)
class ShadowSpan:
    """When a set was in shadow; until None: it still is."""

    at: datetime
    until: datetime | None


async def list_findings(conn: Connection, wanted: ShadowQuery, *, after: Place | None, limit: int) -> list[ShadowRow]:
    """The findings, those that held last first."""
    held_us, number, rule = after or (None, None, None)
    given = {"held_us": held_us, "number": number, "rule": rule, "limit": limit}
    return await list_rows(conn, ShadowRow, PAGE, wanted.parameters() | given)


async def list_spans(conn: Connection, rule_set: int) -> list[ShadowSpan]:
    """When the set was in shadow, the oldest first."""
    async with conn.cursor(row_factory=class_row(ShadowSpan)) as cursor:
        return await (await cursor.execute(SPANS, {"rule_set": rule_set})).fetchall()


async def count_findings(conn: Connection, wanted: ShadowQuery) -> list[ShadowCounts]:
    """How many findings of each rule came while the set was in shadow: its own, and the live set's."""
    return await list_rows(conn, ShadowCounts, COUNTS, wanted.parameters())
