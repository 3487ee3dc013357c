"""Who is given the sight of a machine by its owner: data class by period."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, LiteralString
from uuid import UUID

from storage.ids import uuid7
from storage.keyset import PageOf, Placed, Sorts, execute, find_row, list_page
from storage.read_pool import Connection
from storage.sight import Scope


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """A share; see api.schemas.shares. None is open-ended."""

    id: UUID
    machine: dict[str, Any]
    organisation_id: UUID
    organisation: str | None
    owner_id: UUID | None
    data_class: str
    from_at: datetime | None
    to_at: datetime | None
    version: int
    created_at: datetime
    updated_at: datetime


# Names only of organisations in the scope; the other side is a public id.
_SHARES: LiteralString = """
SELECT m.machine_id AS number, {sort_value} AS sort_value, s.public_id AS id,
    jsonb_build_object('id', m.public_id, 'pin', m.pin, 'name', m.name) AS machine,
    organisation_public_id(s.organisation_id) AS organisation_id, o.name AS organisation,
    organisation_public_id(w.organisation_id) AS owner_id, s.data_class, nullif(s.from_at, '-infinity') AS from_at,
    nullif(s.to_at, 'infinity') AS to_at, s.version, s.created_at, s.updated_at
FROM sharing s JOIN machine m USING (machine_id)
LEFT JOIN ownership w ON w.machine_id = s.machine_id AND w.from_at <= %(now)s AND %(now)s < w.to_at
LEFT JOIN organisation o ON o.organisation_id = s.organisation_id
    AND (%(all)s OR o.organisation_id = ANY(%(organisations)s))
"""
GIVEN: LiteralString = _SHARES + "WHERE (%(all)s OR w.organisation_id = ANY(%(organisations)s))"
RECEIVED: LiteralString = _SHARES + "WHERE s.organisation_id = ANY(%(receivers)s)"
_ONGOING: LiteralString = """ AND (%(ended)s OR s.to_at > %(now)s)
    AND (%(machine)s::int IS NULL OR s.machine_id = %(machine)s)"""
GET: LiteralString = GIVEN + " AND s.machine_id = %(machine)s AND s.public_id = %(id)s"
# two shares of a machine may begin at one instant: the id makes the order unique
SORTS: Sorts = {"created_at": ("to_char(s.created_at, 'YYYY-MM-DD HH24:MI:SS.US') || s.public_id", "text")}


def _scoped(scope: Scope, now: datetime) -> dict[str, Any]:
    own = list(scope.organisations) or [scope.organisation_id]
    return {"all": scope.sees_all, "now": now, "receivers": own} | scope.parameters


async def list_shares(
    conn: Connection, scope: Scope, page: PageOf, *, given: bool, filters: Mapping[str, Any], now: datetime
) -> list[Placed[Share]]:
    """A page of the shares that the scope's organisations gave, or were given; filters machine (number) and ended."""
    select = GIVEN + _ONGOING if given else RECEIVED + _ONGOING
    return await list_page(conn, Share, select, page, sorts=SORTS, parameters={**filters, **_scoped(scope, now)})


async def find_share(conn: Connection, scope: Scope, *, machine_id: int, share_id: UUID, now: datetime) -> Share | None:
    """A share of a machine that the scope's organisations own now."""
    return await find_row(conn, Share, GET, {"machine": machine_id, "id": share_id, **_scoped(scope, now)})


INSERT: LiteralString = """
INSERT INTO sharing (public_id, machine_id, organisation_id, data_class, from_at, to_at, created_at, updated_at)
VALUES (%(id)s, %(machine)s, %(organisation)s, %(data_class)s, %(from_at)s,
    coalesce(%(to_at)s::timestamptz, 'infinity'), %(now)s, %(now)s)
"""
END: LiteralString = """
UPDATE sharing SET to_at = coalesce(%(to_at)s::timestamptz, 'infinity'), version = version + 1, updated_at = %(now)s
WHERE public_id = %(id)s AND version = %(version)s RETURNING version
"""
DELETE: LiteralString = "DELETE FROM sharing WHERE public_id = %(id)s AND version = %(version)s RETURNING version"
_REFUSED = {
    "sharing_machine_id_organisation_id_data_class_tstzrange_excl": ("shared_already", "data_class"),
    "sharing_check": ("share_backwards", "to_at"),
}


async def insert_share(conn: Connection, values: Mapping[str, Any], *, now: datetime) -> UUID:
    """Insert a share and return its id. Raises Conflict when it overlaps another of its kind."""
    share_id = uuid7(int(now.timestamp() * 1000))
    await execute(conn, INSERT, {**values, "id": share_id, "now": now}, refused=_REFUSED)
    return share_id


async def end_share(conn: Connection, share_id: UUID, *, to_at: datetime | None, version: int, now: datetime) -> bool:
    """Set the end of a share of this version (None: open); False when it is of another by now. Raises Conflict."""
    given = {"id": share_id, "to_at": to_at, "version": version, "now": now}
    return await execute(conn, END, given, refused=_REFUSED) is not None


async def delete_share(conn: Connection, share_id: UUID, *, version: int) -> bool:
    """Delete a share of this version, one that has not begun; False when it is of another by now."""
    return await execute(conn, DELETE, {"id": share_id, "version": version}, refused={}) is not None
