"""Pages of the audit, as it may be seen by those to whose organisation it belongs."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Self

from storage import audit
from storage.audit import AuditFilter, AuditRow
from storage.read_pool import Connection
from storage.sight import Scope


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditEntry:
    """One row; see api.schemas.audit."""

    id: str
    at: datetime
    actor_kind: str
    actor_id: str | None
    actor: str
    actor_organisation: str | None
    action: str
    entity: str
    entity_id: str | None
    before: dict[str, object] | None
    after: dict[str, object] | None
    detail: dict[str, object]
    is_sealed: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditPage:
    """A page; `end` is the place of its last entry when there are more."""

    items: list[AuditEntry]
    end: int | None
    next_cursor: str | None = None

    def with_cursor(self, cursor: str | None) -> Self:
        """The page with its cursor for the next one."""
        return replace(self, next_cursor=cursor)


async def list_audit(
    conn: Connection, scope: Scope, wanted: AuditFilter, *, before: int | None, limit: int
) -> AuditPage:
    """Rows about the scope's data or by its people, newest first; `before` comes from the cursor. Of reads of places
    of many machines by others, the scope's among them, who, when and of what kind."""
    own = scope.organisations or (scope.organisation_id,)
    rows = await audit.list_audit(
        conn, wanted, organisations=own, sees_all=scope.sees_all, before=before, limit=limit + 1
    )
    return page_of(rows, limit)


def page_of(rows: list[AuditRow], limit: int) -> AuditPage:
    """A page of at most `limit` rows; there is more when `rows` holds more."""
    end = rows[limit - 1].audit_id if len(rows) > limit else None
    return AuditPage(items=[_entry(row) for row in rows[:limit]], end=end)


def _entry(row: AuditRow) -> AuditEntry:
    return AuditEntry(
        id=str(row.audit_id),
        at=row.at,
        actor_kind=row.actor_kind,
        actor_id=None if row.actor_id is None else str(row.actor_id),
        actor=row.actor_name,
        actor_organisation=row.actor_organisation,
        action=row.action,
        entity=row.entity,
        entity_id=None if row.entity_id is None else str(row.entity_id),
        before=row.before,
        after=row.after,
        detail=row.detail,
        is_sealed=row.sealed,
    )
