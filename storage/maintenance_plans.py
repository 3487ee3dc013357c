"""Maintenance plans with all their versions."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, LiteralString
from uuid import UUID

from psycopg.types.json import Jsonb

from storage.ids import uuid7
from storage.keyset import PageOf, Placed, Refusals, Sorts, execute, find_row, list_page, list_rows
from storage.read_pool import Connection


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanRow:
    """A plan in one of its versions; content: what alerts.maintenance.plan.Plan is made of."""

    plan_id: int
    id: UUID
    content: dict[str, Any]
    version: int
    created_at: datetime
    updated_at: datetime
    retired_at: datetime | None


_PLANS: LiteralString = """
SELECT p.plan_id AS number, {sort_value} AS sort_value, p.plan_id, p.public_id AS id, v.content, p.version,
    p.created_at, p.updated_at, p.retired_at
FROM maintenance_plan p JOIN maintenance_plan_version v USING (plan_id, version)
"""
LIST: LiteralString = (
    _PLANS
    + """LEFT JOIN machine_model m ON m.model_id = p.model_id
WHERE p.retired_at IS NULL AND (%(q)s::text IS NULL OR p.name ILIKE %(q)s)
    AND (%(kind)s::text IS NULL OR p.kind = %(kind)s) AND (%(model)s::uuid IS NULL OR m.public_id = %(model)s)
"""
)
SORTS: Sorts = {"name": ("p.name", "text"), "updated_at": ("p.updated_at", "timestamptz")}
GET: LiteralString = _PLANS + "WHERE p.public_id = %(id)s"
GET_BY_NAME: LiteralString = _PLANS + "WHERE p.name = %(name)s AND p.retired_at IS NULL"
_REFUSED: Refusals = {
    "maintenance_plan_name": ("plan_name_taken", "name"),
    "maintenance_plan_kind": ("plan_kind_has_one", "kind"),
    "maintenance_plan_model": ("plan_model_has_one", "model"),
    "maintenance_plan_kind_fkey": ("kind_unknown", "kind"),
    "maintenance_plan_for": ("plan_model_unknown", "model"),
}
_ENTER: LiteralString = """
, entered AS (
    INSERT INTO maintenance_plan_version (plan_id, version, content, entered_at, entered_by)
    SELECT plan_id, version, %(content)s, %(now)s, %(by)s FROM plan
)
SELECT version FROM plan
"""
INSERT: LiteralString = (
    """
WITH plan AS (
    INSERT INTO maintenance_plan (public_id, name, kind, model_id, version, created_at, updated_at)
    VALUES (%(id)s, %(name)s, %(kind)s, (SELECT model_id FROM machine_model WHERE name = %(model)s), 1, %(now)s,
        %(now)s)
    RETURNING plan_id, version
)
"""  # noqa: S608 - literals of this file
    + _ENTER
)
UPDATE: LiteralString = (
    """
WITH plan AS (
    UPDATE maintenance_plan SET name = %(name)s, kind = %(kind)s,
        model_id = (SELECT model_id FROM machine_model WHERE name = %(model)s), version = version + 1,
        updated_at = %(now)s
    WHERE public_id = %(id)s AND version = %(version)s AND retired_at IS NULL RETURNING plan_id, version
)
"""  # noqa: S608 - literals of this file
    + _ENTER
)
RETIRE: LiteralString = """
UPDATE maintenance_plan SET retired_at = %(now)s
WHERE public_id = %(id)s AND version = %(version)s AND retired_at IS NULL RETURNING version
"""


async def list_plans(conn: Connection, page: PageOf, filters: Mapping[str, Any]) -> list[Placed[PlanRow]]:
    """A page of the plans in force; filters: q (a pattern), kind, model (public id), None: any."""
    return await list_page(conn, PlanRow, LIST, page, sorts=SORTS, parameters=filters)


async def find_plan(conn: Connection, plan: UUID) -> PlanRow | None:
    """The plan of this id, a retired one too."""
    return await find_row(conn, PlanRow, GET, {"id": plan})


async def find_plan_by_name(conn: Connection, name: str) -> PlanRow | None:
    """The plan in force of this name."""
    return await find_row(conn, PlanRow, GET_BY_NAME, {"name": name})


async def insert_plan(conn: Connection, content: Mapping[str, Any], *, by: str, now: datetime) -> UUID:
    """Enter a new plan. Raises Conflict for a name that is taken and a kind or model that has a plan."""
    plan = uuid7(int(now.timestamp() * 1000))
    await execute(conn, INSERT, _given(content, by, now) | {"id": plan}, refused=_REFUSED)
    return plan


async def update_plan(
    conn: Connection, plan: UUID, content: Mapping[str, Any], *, version: int, by: str, now: datetime
) -> bool:
    """Enter the next version of a plan; False when it is not of this version any more. Raises Conflict."""
    given = _given(content, by, now) | {"id": plan, "version": version}
    return await execute(conn, UPDATE, given, refused=_REFUSED) is not None


async def retire_plan(conn: Connection, plan: UUID, *, version: int, now: datetime) -> bool:
    """Take a plan out of force; False when it is not of this version any more."""
    return await execute(conn, RETIRE, {"id": plan, "version": version, "now": now}, refused={}) is not None


def _given(content: Mapping[str, Any], by: str, now: datetime) -> dict[str, Any]:
    names = {name: content[name] for name in ("name", "kind", "model")}
    return names | {"content": Jsonb(dict(content)), "by": by, "now": now}


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanVersion:
    """A version as it was entered."""

    version: int
    content: dict[str, Any]
    entered_at: datetime
    entered_by: str


VERSIONS: LiteralString = """
SELECT v.version, v.content, v.entered_at, v.entered_by
FROM maintenance_plan_version v JOIN maintenance_plan p USING (plan_id)
WHERE p.public_id = %(id)s AND v.version < %(before)s ORDER BY v.version DESC LIMIT %(limit)s
"""


async def list_versions(conn: Connection, plan: UUID, *, before: int, limit: int) -> list[PlanVersion]:
    """A plan's versions, the newest first."""
    return await list_rows(conn, PlanVersion, VERSIONS, {"id": plan, "before": before, "limit": limit})


LOOK_AGAIN: LiteralString = """
UPDATE maintenance_machine SET next_at = '-infinity', forecast_on = NULL WHERE next_at > '-infinity'
"""


async def look_again(conn: Connection) -> None:
    """Have every machine looked at anew, as a plan was changed; about a second for 100,000."""
    await conn.execute(LOOK_AGAIN)
