"""Meters that were replaced and totals that somebody read: entered with a trail, back-dated or not, and withdrawn."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Self
from uuid import UUID

from fleet.errors import Conflict, InvalidInput, NotFound
from storage import meters
from storage.meters import MeterChangeRow
from storage.read_pool import Connection
from storage.sight import MachineKey, Scope
from usecases.edit_plans import place_of
from usecases.edited import About, record
from usecases.master_data import Author, optional_text
from usecases.read_maintenance import get_own

_NEWEST = 2**63 - 1


@dataclass(frozen=True, slots=True, kw_only=True)
class MeterChange:
    """What was entered of a meter; see api.schemas.maintenance."""

    id: str
    meter: str
    kind: str
    at: datetime
    old_value: float | None
    new_value: float
    note: str | None
    entered_at: datetime
    entered_by: str
    withdrawn_at: datetime | None
    withdrawn_by: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class MeterChangePage:
    """A page; `end` is the place of its last entry when there are more."""

    items: list[MeterChange]
    end: int | None
    next_cursor: str | None = None

    def with_cursor(self, cursor: str | None) -> Self:
        """The page with its cursor for the next one."""
        return replace(self, next_cursor=cursor)


def _shown(row: MeterChangeRow) -> MeterChange:
    names = set(MeterChange.__dataclass_fields__) - {"id"}
    told: dict[str, Any] = {name: getattr(row, name) for name in names}
    return MeterChange(id=str(row.id), **told)


async def list_changes(
    conn: Connection,
    scope: Scope,
    reference: str,
    *,
    after: Sequence[str | int | None] | None,
    limit: int,
    now: datetime,
) -> MeterChangePage:
    """What was entered of a machine's meters, the newest first. Raises NotFound."""
    key = await get_own(conn, scope, reference, now=now)
    found = await meters.list_machine_changes(
        conn, scope, key.machine_id, before=place_of(after, _NEWEST), limit=limit + 1
    )
    end = found[limit - 1].number if len(found) > limit else None
    return MeterChangePage(items=[_shown(row) for row in found[:limit]], end=end)


async def change_meter(
    conn: Connection, by: Author, reference: str, given: Mapping[str, Any], *, now: datetime
) -> MeterChange:
    """Enter that a meter was replaced, or what the machine's total was; what lies since is counted again.

    Raises NotFound, and InvalidInput for the future and for what a change cannot say.
    """
    key = await get_own(conn, by.scope, reference, now=now)
    at = given.get("at") or now
    if at > now:
        raise InvalidInput("meter_change_in_future", where="at")
    if given["kind"] == "set" and given.get("old_value") is not None:
        raise InvalidInput("meter_set_has_no_old", where="old_value")
    told = {name: given.get(name) for name in ("meter", "kind", "old_value", "new_value")}
    told |= {"at": at, "note": optional_text(given, "note", 2000)}
    change = await meters.insert_change(conn, key.machine_id, told, by=by.actor.name, now=now)
    await _record(conn, by, key, told | {"at": at.isoformat(), "id": str(change)}, action="change_meter", now=now)
    return _shown(await _get(conn, by.scope, key, change))


async def withdraw_change(conn: Connection, by: Author, reference: str, change: UUID, *, now: datetime) -> MeterChange:
    """Take back what was entered; it stays to be read. Raises NotFound, and Conflict when it was taken back before."""
    key = await get_own(conn, by.scope, reference, now=now)
    found = await _get(conn, by.scope, key, change)
    if not await meters.withdraw_change(conn, found, by=by.actor.name, now=now):
        raise Conflict("meter_change_withdrawn")
    await _record(conn, by, key, {"id": str(change)}, action="withdraw_meter_change", now=now)
    return _shown(await _get(conn, by.scope, key, change))


async def _get(conn: Connection, scope: Scope, key: MachineKey, change: UUID) -> MeterChangeRow:
    found = await meters.list_machine_changes(conn, scope, key.machine_id, change=change)
    if not found:
        raise NotFound
    return found[0]


async def _record(
    conn: Connection, by: Author, key: MachineKey, after: Mapping[str, Any], *, action: str, now: datetime
) -> None:
    about = About(entity="machine", entity_id=key.public_id, machine_id=key.machine_id)
    await record(conn, by, about, after=after, action=action, now=now)
