"""Maintenance plans: entered by the platform, read by everybody, every version kept."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Self
from uuid import UUID

from fleet.errors import Conflict, Forbidden, InvalidInput
from storage import maintenance_plans
from storage.keyset import PageOf, Placed
from storage.maintenance_plans import PlanRow
from storage.read_pool import Connection
from usecases.edited import About, ResourcePage, found, paged, record, stale
from usecases.master_data import Author
from usecases.plan_members import MEMBERS, checked_plan
from usecases.versions import Versions, same_version

ENTITY = "maintenance_plan"
_NEWEST = 2**31 - 1


@dataclass(frozen=True, slots=True, kw_only=True)
class MaintenancePlan:
    """A plan in the version in force; see api.schemas.maintenance_plans."""

    id: str
    name: str
    kind: str | None
    model: str | None
    source: str | None
    tell: list[str]
    stages: list[dict[str, Any]]
    items: list[dict[str, Any]]
    version: int
    created_at: datetime
    updated_at: datetime
    retired_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanVersion:
    """A version as it was entered."""

    version: int
    entered_at: datetime
    entered_by: str
    plan: dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanVersionPage:
    """A page; `end` is the place of its last entry when there are more."""

    items: list[PlanVersion]
    end: int | None
    next_cursor: str | None = None

    def with_cursor(self, cursor: str | None) -> Self:
        """The page with its cursor for the next one."""
        return replace(self, next_cursor=cursor)


def _shown(row: PlanRow) -> MaintenancePlan:
    return MaintenancePlan(
        id=str(row.id),
        version=row.version,
        created_at=row.created_at,
        updated_at=row.updated_at,
        retired_at=row.retired_at,
        **row.content,
    )


async def list_plans(conn: Connection, page: PageOf, filters: Mapping[str, Any]) -> ResourcePage[MaintenancePlan]:
    """A page of the plans in force."""
    rows = await maintenance_plans.list_plans(conn, page, filters)
    return paged([Placed(row.number, row.sort_value, _shown(row.resource)) for row in rows], page.limit - 1)


async def get_plan(conn: Connection, plan: UUID) -> MaintenancePlan:
    """One plan, a retired one too. Raises NotFound."""
    return _shown(found(await maintenance_plans.find_plan(conn, plan)))


async def list_versions(
    conn: Connection, plan: UUID, *, after: Sequence[str | int | None] | None, limit: int
) -> PlanVersionPage:
    """A plan's versions, the newest first. Raises NotFound, and InvalidInput for a foreign cursor."""
    found(await maintenance_plans.find_plan(conn, plan))
    rows = await maintenance_plans.list_versions(conn, plan, before=place_of(after), limit=limit + 1)
    items = [
        PlanVersion(version=row.version, entered_at=row.entered_at, entered_by=row.entered_by, plan=row.content)
        for row in rows[:limit]
    ]
    return PlanVersionPage(items=items, end=items[-1].version if len(rows) > limit else None)


def place_of(after: Sequence[str | int | None] | None, newest: int = _NEWEST) -> int:
    """The number before which a list newest first goes on. Raises InvalidInput for a foreign cursor."""
    match after:
        case None:
            return newest
        case [int(place)] if 0 < place <= newest:
            return place
    raise InvalidInput("cursor_foreign", where="cursor")


def platform_only(by: Author) -> None:
    """Raise Forbidden unless it is the platform."""
    if not by.scope.sees_all:
        raise Forbidden


async def create_plan(conn: Connection, by: Author, values: Mapping[str, Any], *, now: datetime) -> MaintenancePlan:
    """Enter a plan; machines of its kind or model follow it from the next look at them.

    Raises Forbidden for anybody but the platform, InvalidInput with the place, and Conflict for a name that is taken
    and a kind or model that has a plan.
    """
    platform_only(by)
    content = checked_plan(values)
    plan = await maintenance_plans.insert_plan(conn, content, by=by.actor.name, now=now)
    await record(conn, by, About(entity=ENTITY, entity_id=plan), after=content, now=now)
    await maintenance_plans.look_again(conn)
    return await get_plan(conn, plan)


async def change_plan(
    conn: Connection, by: Author, plan: UUID, changes: Mapping[str, Any], *, version: Versions | None, now: datetime
) -> MaintenancePlan:
    """Enter the next version of a plan; machines go on in the cycles in which they are.

    Raises Forbidden, NotFound, PreconditionFailed, InvalidInput with the place, and Conflict; a plan that was taken out
    of force is not changed.
    """
    platform_only(by)
    before = found(await maintenance_plans.find_plan(conn, plan))
    known = same_version(before.version, version)
    if before.retired_at is not None:
        raise Conflict("plan_retired")
    content = checked_plan({name: before.content[name] for name in MEMBERS} | dict(changes))
    if content == before.content:
        return _shown(before)
    if not await maintenance_plans.update_plan(conn, plan, content, version=known, by=by.actor.name, now=now):
        stale()
    await record(conn, by, About(entity=ENTITY, entity_id=plan), before=before.content, after=content, now=now)
    await maintenance_plans.look_again(conn)
    return await get_plan(conn, plan)


async def retire_plan(conn: Connection, by: Author, plan: UUID, *, version: Versions | None, now: datetime) -> None:
    """Take a plan out of force: its machines are reminded of nothing more; what was done stays.

    Raises Forbidden, NotFound, PreconditionFailed, and Conflict when it was out of force.
    """
    platform_only(by)
    before = found(await maintenance_plans.find_plan(conn, plan))
    known = same_version(before.version, version)
    if before.retired_at is not None:
        raise Conflict("plan_retired")
    if not await maintenance_plans.retire_plan(conn, plan, version=known, now=now):
        stale()
    await record(conn, by, About(entity=ENTITY, entity_id=plan), before=before.content, action="retire", now=now)
    await maintenance_plans.look_again(conn)
