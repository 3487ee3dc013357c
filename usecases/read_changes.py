"""The history of one thing: who changed what and when."""

from collections.abc import Awaitable, Callable
from uuid import UUID

from storage import audit
from storage.read_pool import Connection
from storage.sight import Scope, get_machine_key
from usecases.read_audit import AuditPage, page_of


async def list_changes(
    conn: Connection,
    scope: Scope,
    entity: str,
    thing: UUID,
    *,
    get: Callable[[], Awaitable[object]],
    before: int | None,
    limit: int,
) -> AuditPage:
    """The changes of a thing, newest first; of one that is deleted too.

    `get` raises NotFound for what is not the scope's to see; it is asked where nothing has been recorded.
    """
    organisations = None if scope.sees_all else scope.organisations
    rows = await audit.list_changes(
        conn, entity=entity, entity_id=thing, organisations=organisations, before=before, limit=limit + 1
    )
    if not rows:
        await get()
    return page_of(rows, limit)


async def list_machine_changes(
    conn: Connection, scope: Scope, reference: str, *, before: int | None, limit: int
) -> AuditPage:
    """The changes of a machine, newest first; row-level security leaves those of the scope's time. Raises NotFound."""
    key = await get_machine_key(conn, scope, reference)
    rows = await audit.list_changes(
        conn,
        entity="machine",
        entity_id=key.public_id,
        organisations=None if scope.sees_all else scope.organisations,
        machines=[key.machine_id],
        before=before,
        limit=limit + 1,
    )
    return page_of(rows, limit)
