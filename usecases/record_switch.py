"""A change of what is in force for the whole platform, in the audit: it is of no single thing."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Literal

from storage.audit import Change, record_change
from storage.read_pool import Connection
from usecases.master_data import Author


async def record_switch(
    conn: Connection,
    by: Author,
    entity: Literal["detector", "rule_set"],
    *,
    action: str,
    before: Mapping[str, Any] | None,
    after: Mapping[str, Any] | None,
    now: datetime,
) -> None:
    """Record it in the caller's transaction; `before` and `after` say what was and what is."""
    change = Change(
        entity=entity,
        entity_id=None,
        organisation_id=by.actor.organisation_id,
        action=action,
        before=before,
        after=after,
    )
    await record_change(conn, by.actor, change, at=now)
