"""Sharing: a machine's owner gives another organisation the sight of a class of its data for a time."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from fleet.data_classes import SHARES
from fleet.errors import InvalidInput, NotFound
from storage import ownership, shares
from storage.keyset import PageOf
from storage.machine_master import MachineMaster
from storage.read_pool import Connection
from storage.shares import Share
from storage.sight import Scope
from usecases.edit_machines import owned_machine
from usecases.edited import About, ResourcePage, found, paged, record, shown, stale
from usecases.master_data import Author, choice
from usecases.versions import Versions, same_version

Direction = Literal["given", "received"]
_SHOWN = ("organisation_id", "data_class", "from_at", "to_at")


async def list_shares(
    conn: Connection, scope: Scope, page: PageOf, *, direction: Direction, ended: bool, now: datetime
) -> ResourcePage[Share]:
    """A page of what the scope's organisations share now, or is shared with them; `ended`: also what is over."""
    filters = {"machine": None, "ended": ended}
    rows = await shares.list_shares(conn, scope, page, given=direction == "given", filters=filters, now=now)
    return paged(rows, page.limit - 1)


async def list_of_machine(
    conn: Connection, by: Author, reference: str, page: PageOf, *, ended: bool, now: datetime
) -> ResourcePage[Share]:
    """A page of the shares of a machine that the author's organisation owns. Raises NotFound and Forbidden."""
    machine = await owned_machine(conn, by, reference, now=now)
    filters = {"machine": machine.machine_id, "ended": ended}
    return paged(await shares.list_shares(conn, by.scope, page, given=True, filters=filters, now=now), page.limit - 1)


async def share(conn: Connection, by: Author, reference: str, values: Mapping[str, Any], *, now: datetime) -> Share:
    """Share `data_class` of a machine with an organisation from `from_at` (None: now) until `to_at` (None: open).

    Only of the time in which the present owner owns it. Raises NotFound for a machine or organisation that is not
    there, Forbidden, InvalidInput, and Conflict when the same is shared at that time already.
    """
    machine = await owned_machine(conn, by, reference, now=now)
    number = await ownership.find_organisation(conn, values["organisation_id"])
    if number is None:
        raise NotFound("share_partner_unknown", where="organisation_id")
    if number == machine.owner:
        raise InvalidInput("share_with_owner", where="organisation_id")
    from_at = values.get("from_at") or now
    stored = {
        "machine": machine.machine_id,
        "organisation": number,
        "data_class": choice(values, "data_class", list(SHARES)),
        "from_at": from_at,
        "to_at": await _end_of(conn, machine, from_at, values.get("to_at"), now=now),
    }
    share_id = await shares.insert_share(conn, stored, now=now)
    made = await _get(conn, by.scope, machine, share_id, now=now)
    await _record(conn, by, machine, number, after=made, now=now)
    return made


async def _end_of(
    conn: Connection, machine: MachineMaster, from_at: datetime, to_at: datetime | None, *, now: datetime
) -> datetime | None:
    """When a share ends at the latest: with the owner's own time. Raises InvalidInput for a time before it."""
    owner = await ownership.find_owner(conn, machine.machine_id, at=now)
    if owner is not None and owner.from_at is not None and from_at < owner.from_at:
        raise InvalidInput("share_before_owner", where="from_at", since=owner.from_at)
    if owner is not None and owner.to_at is not None:
        to_at = owner.to_at if to_at is None else min(to_at, owner.to_at)
    if to_at is not None and to_at <= from_at:
        raise InvalidInput("share_end_wrong", where="to_at")
    return to_at


async def _get(conn: Connection, scope: Scope, machine: MachineMaster, share_id: UUID, *, now: datetime) -> Share:
    return found(await shares.find_share(conn, scope, machine_id=machine.machine_id, share_id=share_id, now=now))


async def change_share(
    conn: Connection,
    by: Author,
    reference: str,
    share_id: UUID,
    *,
    to_at: datetime | None,
    version: Versions | None,
    now: datetime,
) -> Share:
    """Set when a share ends (None: open-ended).

    Raises NotFound, Forbidden, PreconditionFailed, InvalidInput and Conflict.
    """
    machine = await owned_machine(conn, by, reference, now=now)
    before = await _get(conn, by.scope, machine, share_id, now=now)
    known = same_version(before.version, version)
    end = await _end_of(conn, machine, before.from_at or now, to_at, now=now)
    if not await shares.end_share(conn, share_id, to_at=end, version=known, now=now):
        stale()
    after = await _get(conn, by.scope, machine, share_id, now=now)
    number = await ownership.find_organisation(conn, before.organisation_id)
    await _record(conn, by, machine, number, before=before, after=after, now=now)
    return after


async def end_share(
    conn: Connection, by: Author, reference: str, share_id: UUID, *, version: Versions | None, now: datetime
) -> None:
    """End a share now; one that has not begun is taken back. Raises NotFound, Forbidden and PreconditionFailed."""
    machine = await owned_machine(conn, by, reference, now=now)
    before = await _get(conn, by.scope, machine, share_id, now=now)
    known = same_version(before.version, version)
    if before.from_at is not None and before.from_at >= now:
        done = await shares.delete_share(conn, share_id, version=known)
    elif before.to_at is not None and before.to_at <= now:
        return
    else:
        done = await shares.end_share(conn, share_id, to_at=now, version=known, now=now)
    if not done:
        stale()
    number = await ownership.find_organisation(conn, before.organisation_id)
    await _record(conn, by, machine, number, before=before, now=now)


async def _record(
    conn: Connection,
    by: Author,
    machine: MachineMaster,
    receiver: int | None,
    *,
    before: Share | None = None,
    after: Share | None = None,
    now: datetime,
) -> None:
    """One row for the owner's history and one for the receiver's."""
    told = after or before
    assert told is not None
    words = [None if one is None else shown(one, _SHOWN) for one in (before, after)]
    for organisation in (machine.owner, receiver):
        about = About(entity="share", entity_id=told.id, organisation_id=organisation, machine_id=machine.machine_id)
        await record(conn, by, about, before=words[0], after=words[1], now=now)
