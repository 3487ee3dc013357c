"""Overrides of rules for single machines, as people enter and take them back."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, LiteralString

from psycopg.types.json import Jsonb

from storage.keyset import list_rows
from storage.pages import seen_by
from storage.read_pool import Connection
from storage.sight import Scope


@dataclass(frozen=True, slots=True, kw_only=True)
class OverrideRow:
    """One override; `limits` as they were given."""

    machine_id: int
    pin: str
    machine_name: str
    rule: str
    limits: dict[str, Any]
    is_off: bool
    reason: str
    until: datetime
    entered_at: datetime
    entered_by: str


LIST: LiteralString = """
SELECT r.machine_id, m.pin, m.name AS machine_name, r.rule, r.limits, r.is_off, r.reason, r.until, r.entered_at,
    r.entered_by
FROM rule_override r JOIN machine m USING (machine_id)
LEFT JOIN ownership o ON o.machine_id = r.machine_id AND o.from_at <= %(now)s AND %(now)s < o.to_at
WHERE (%(all)s OR o.organisation_id = ANY(%(organisations)s))
    AND (%(machine)s::integer IS NULL OR r.machine_id = %(machine)s)
    AND (%(rule)s::text IS NULL OR r.rule = %(rule)s)
ORDER BY m.pin, r.rule
"""


async def list_overrides(
    conn: Connection, scope: Scope, *, machine: int | None = None, rule: str | None = None, now: datetime
) -> list[OverrideRow]:
    """Those of machines that the scope owns now; the ended ones, too."""
    given = {"machine": machine, "rule": rule, "now": now} | seen_by(scope)
    return await list_rows(conn, OverrideRow, LIST, given)


PUT: LiteralString = """
INSERT INTO rule_override (machine_id, rule, limits, is_off, reason, until, entered_at, entered_by)
VALUES (%(machine)s, %(rule)s, %(limits)s, %(is_off)s, %(reason)s, %(until)s, %(now)s, %(by)s)
ON CONFLICT (machine_id, rule) DO UPDATE SET limits = excluded.limits, is_off = excluded.is_off,
    reason = excluded.reason, until = excluded.until, entered_at = excluded.entered_at,
    entered_by = excluded.entered_by
"""
DELETE: LiteralString = "DELETE FROM rule_override WHERE machine_id = %(machine)s AND rule = %(rule)s"


async def put_override(conn: Connection, row: OverrideRow) -> None:
    """Enter one in place of what the machine had of the rule."""
    given = {"machine": row.machine_id, "rule": row.rule, "limits": Jsonb(row.limits), "is_off": row.is_off}
    given |= {"reason": row.reason, "until": row.until, "now": row.entered_at, "by": row.entered_by}
    await conn.execute(PUT, given)


async def delete_override(conn: Connection, machine: int, rule: str) -> None:
    """Take one back."""
    await conn.execute(DELETE, {"machine": machine, "rule": rule})
