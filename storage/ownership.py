"""Who owns a machine, since when, and the sales that made it so."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import datetime
from typing import LiteralString
from uuid import UUID

import psycopg

from fleet.errors import Conflict, Forbidden
from storage.ids import uuid7
from storage.keyset import execute, list_rows
from storage.read_pool import Connection
from storage.sight import Scope


@dataclass(frozen=True, slots=True)
class Owner:
    """The owner of a machine at an instant, and the times between which it is; None is open-ended."""

    organisation_id: int
    public_id: UUID
    from_at: datetime | None
    to_at: datetime | None


OWNER_AT: LiteralString = """
SELECT w.organisation_id, o.public_id, nullif(w.from_at, '-infinity'), nullif(w.to_at, 'infinity')
FROM ownership w JOIN organisation o USING (organisation_id)
WHERE w.machine_id = %(machine)s AND w.from_at <= %(at)s AND %(at)s < w.to_at
"""


async def find_owner(conn: Connection, machine_id: int, *, at: datetime) -> Owner | None:
    """The owner of a machine at an instant, as far as row-level security shows it."""
    row = await (await conn.execute(OWNER_AT, {"machine": machine_id, "at": at})).fetchone()
    return Owner(*row) if row else None


async def find_organisation(conn: Connection, public_id: UUID) -> int | None:
    """The number of an organisation, in the scope or not: nothing else of it may be told."""
    row = await (await conn.execute("SELECT organisation_of(%s)", [public_id])).fetchone()
    return None if row is None else row[0]


FIND_IN_SCOPE: LiteralString = """
SELECT organisation_id FROM organisation
WHERE public_id = %(id)s AND (%(all)s OR organisation_id = ANY(%(organisations)s))
"""


async def find_in_scope(conn: Connection, scope: Scope, public_id: UUID) -> int | None:
    """The number of an organisation of the scope."""
    given = {"id": public_id, "all": scope.sees_all} | scope.parameters
    row = await (await conn.execute(FIND_IN_SCOPE, given)).fetchone()
    return None if row is None else row[0]


_REFUSED = {
    "ownership_machine_id_tstzrange_excl": ("transfer_later", "at"),
    "ownership_check": ("sale_before_purchase", "at"),
    "machine_transfer_corrects_key": ("transfer_corrected", "corrects"),
}
TRANSFER: LiteralString = """
SELECT record_transfer(%(id)s, %(machine)s, %(buyer)s, %(at)s, %(document_no)s, %(corrects)s, %(now)s, %(by)s)
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sale:
    """A transfer to record. `corrects` is the transfer that it takes the place of, undone before."""

    machine_id: int
    buyer: int
    at: datetime
    document_no: str | None
    corrects: int | None = None


async def insert_sale(conn: Connection, sale: Sale, *, by: str, now: datetime) -> tuple[UUID, int]:
    """Record a transfer, its id and number; when it changes the owner, ownership and the seller's shares are cut."""
    transfer_id = uuid7(int(now.timestamp() * 1000))
    given = {
        "id": transfer_id,
        "machine": sale.machine_id,
        "buyer": sale.buyer,
        "at": sale.at,
        "document_no": sale.document_no,
        "corrects": sale.corrects,
        "now": now,
        "by": by,
    }
    row = await execute(conn, TRANSFER, given, refused=_REFUSED)
    assert row is not None
    return transfer_id, row[0]


def leave_sold_sites(conn: psycopg.Connection, *, now: datetime) -> int:
    """Take machines whose sale has taken effect off the seller's sites; returns how many."""
    row = conn.execute("SELECT leave_sold_sites(%s)", [now]).fetchone()
    assert row is not None
    return int(row[0])


async def undo_sale(conn: Connection, transfer_no: int) -> None:
    """Make it as if the machine's last transfer had not been: the seller owns on, and its shares last on.

    Raises Conflict when it is not the machine's last one, and Forbidden when it is not the tenant's to undo.
    """
    try:
        await conn.execute("SELECT undo_transfer(%s)", [transfer_no])
    except psycopg.errors.ObjectNotInPrerequisiteState as error:
        raise Conflict("transfer_not_last", where="corrects") from error
    except psycopg.errors.InsufficientPrivilege as error:
        raise Forbidden("transfer_in_effect", where="corrects") from error


@dataclass(frozen=True, slots=True, kw_only=True)
class Transfer:
    """A sale or purchase as recorded; see api.schemas.transfers. Numbers are for inside."""

    number: int
    id: UUID
    machine_id: UUID
    seller: int | None
    buyer: int
    from_organisation_id: UUID | None
    to_organisation_id: UUID
    at: datetime
    document_no: str | None
    corrects: UUID | None
    corrected_by: UUID | None
    recorded_at: datetime
    recorded_by: str


# The other side's public id was exchanged for the sale; nothing else of it is told.
TRANSFERS: LiteralString = """
SELECT t.transfer_id AS number, t.public_id AS id, m.public_id AS machine_id, t.from_organisation_id AS seller,
    t.to_organisation_id AS buyer, organisation_public_id(t.from_organisation_id) AS from_organisation_id,
    organisation_public_id(t.to_organisation_id) AS to_organisation_id, t.at, t.document_no, c.public_id AS corrects,
    u.public_id AS corrected_by, t.recorded_at, t.recorded_by
FROM machine_transfer t JOIN machine m USING (machine_id)
LEFT JOIN machine_transfer c ON c.transfer_id = t.corrects
LEFT JOIN machine_transfer u ON u.corrects = t.transfer_id
WHERE t.machine_id = %(machine)s AND (%(all)s OR t.from_organisation_id = ANY(%(organisations)s)
    OR t.to_organisation_id = ANY(%(organisations)s))
ORDER BY t.transfer_id DESC LIMIT 1000
"""


async def list_transfers(conn: Connection, scope: Scope, machine_id: int) -> list[Transfer]:
    """The transfers of a machine in which the scope has a part, the latest recorded first, at most 1000."""
    given = {"machine": machine_id, "all": scope.sees_all} | scope.parameters
    return await list_rows(conn, Transfer, TRANSFERS, given)


BUMP: LiteralString = "UPDATE config_epoch SET epoch = epoch + 1"


_held: ContextVar[list[bool] | None] = ContextVar("held bumps of the configuration epoch", default=None)


async def bump_config_epoch(conn: Connection) -> None:
    """Tell the gateway to read its configuration anew at the next batch border."""
    held = _held.get()
    if held is None:
        await conn.execute(BUMP)
    else:
        held.append(True)


@asynccontextmanager
async def bumped_once(conn: Connection, *, dry_run: bool) -> AsyncIterator[None]:
    """Many changes with one bump, at their end: its row is locked until the commit, and all who edit wait for it."""
    held: list[bool] = []
    token = _held.set(held)
    try:
        yield
    finally:
        _held.reset(token)
    if held and not dry_run:
        await conn.execute(BUMP)
