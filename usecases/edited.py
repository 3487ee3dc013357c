"""What editing kinds, models, terminals and machines has in common: pages, versions, the audit of a change."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Generic, NoReturn, Self, TypeVar
from uuid import UUID

import msgspec

from fleet.errors import InvalidInput, NotFound, PreconditionFailed
from storage.audit import Change, record_change
from storage.keyset import PageOf, Placed
from storage.read_pool import Connection
from usecases.master_data import Author

Item = TypeVar("Item")
_UNRECORDED = {"id", "version", "created_at", "updated_at"}


@dataclass(frozen=True, slots=True, kw_only=True)
class ResourcePage(Generic[Item]):
    """A page; `end` is the place of its last entry when there are more."""

    items: list[Item]
    end: tuple[str, int] | None = None
    next_cursor: str | None = None

    def with_cursor(self, cursor: str | None) -> Self:
        """The page with its cursor for the next one."""
        return replace(self, next_cursor=cursor)


def page_of(sort: str, after: Sequence[str | int | None] | None, limit: int) -> PageOf:
    """One entry more than asked for, so that the end shows. Raises InvalidInput for a cursor of another list."""
    match after:
        case None:
            return PageOf(sort=sort, after=None, limit=limit + 1)
        case [str(value), int(number)] if 0 <= number < 2**31 and "\0" not in value:
            return PageOf(sort=sort, after=(value, number), limit=limit + 1)
    raise InvalidInput("cursor_foreign", where="cursor")


def paged(rows: Sequence[Placed[Item]], limit: int) -> ResourcePage[Item]:
    """The page of these rows, of which there is one more than `limit` when it is not the last page."""
    shown = rows[:limit]
    end = (shown[-1].sort_value, shown[-1].number) if len(rows) > limit else None
    return ResourcePage(items=[row.resource for row in shown], end=end)


def pattern(q: str | None) -> str | None:
    """The ILIKE pattern of a text that is looked for anywhere."""
    if q is None:
        return None
    return "%" + q.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_") + "%"


def stale() -> NoReturn:
    """It is there, and not of the version that the change was made from."""
    raise PreconditionFailed


def found(resource: Item | None) -> Item:
    """The resource. Raises NotFound when there is none."""
    if resource is None:
        raise NotFound
    return resource


def shown(resource: Any, names: Sequence[str] | None = None) -> dict[str, Any]:
    """The members of a resource as JSON."""
    members: dict[str, Any] = msgspec.to_builtins(resource)
    return {key: value for key, value in members.items() if (key in names if names else key not in _UNRECORDED)}


@dataclass(frozen=True, slots=True, kw_only=True)
class About:
    """What a change is about: the noun of the API in the singular, its id, whose it is, and on which machine."""

    entity: str
    entity_id: UUID
    organisation_id: int | None = None
    machine_id: int | None = None


async def record(
    conn: Connection,
    by: Author,
    about: About,
    *,
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
    action: str | None = None,
    now: datetime,
) -> None:
    """Write the audit row of a change; of an update only the members that differ, and nothing when none does."""
    if before is not None and after is not None and action is None:
        changed = [name for name in after if before.get(name) != after[name]]
        if not changed:
            return
        before, after = {name: before.get(name) for name in changed}, {name: after[name] for name in changed}
    word = action or ("update" if before and after else "create" if after else "delete")
    await record_change(
        conn,
        by.actor,
        Change(
            entity=about.entity,
            entity_id=about.entity_id,
            organisation_id=about.organisation_id,
            machine_id=about.machine_id,
            action=word,
            before=before,
            after=after,
        ),
        at=now,
    )
