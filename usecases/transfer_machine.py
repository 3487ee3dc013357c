"""Sales and purchases: the old owner sees a machine until then, the new one from then on."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from fleet.errors import Conflict, Forbidden, InvalidInput, NotFound
from storage import ownership
from storage.ownership import Owner, Sale, Transfer, bump_config_epoch
from storage.read_pool import Connection
from storage.sight import MachineKey, Scope, get_machine_key
from usecases.edited import About, ResourcePage, record, shown
from usecases.master_data import Author, optional_text


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordedTransfer:
    """A sale as answers show it; see api.schemas.transfers."""

    id: UUID
    machine_id: UUID
    from_organisation_id: UUID | None
    to_organisation_id: UUID
    at: datetime
    document_no: str | None
    corrects: UUID | None
    corrected_by: UUID | None
    recorded_at: datetime
    recorded_by: str


def _as_shown(transfer: Transfer) -> RecordedTransfer:
    return RecordedTransfer(**{name: getattr(transfer, name) for name in RecordedTransfer.__dataclass_fields__})


_SHOWN = ("from_organisation_id", "to_organisation_id", "at", "document_no", "corrects")


async def list_transfers(conn: Connection, scope: Scope, reference: str) -> ResourcePage[RecordedTransfer]:
    """The sales of a machine in which the scope has a part, the latest recorded first. Raises NotFound."""
    key = await get_machine_key(conn, scope, reference)
    rows = await ownership.list_transfers(conn, scope, key.machine_id)
    return ResourcePage(items=[_as_shown(row) for row in rows])


async def transfer(
    conn: Connection, by: Author, reference: str, values: Mapping[str, Any], *, now: datetime
) -> RecordedTransfer:
    """Sell a machine: `to_organisation` owns it from `at` on, which may lie in the past or in the future.

    The buyer is named by its public id, in the scope or not. With `corrects`, the machine's last transfer is undone
    first; naming the seller as buyer then takes the sale back. Raises NotFound for a machine, buyer or transfer that
    is not there, Forbidden for those who do not own it then and for those who may not correct that transfer,
    InvalidInput, and Conflict when a later one is recorded.
    """
    key = await get_machine_key(conn, by.scope, reference)
    buyer = await ownership.find_organisation(conn, values["to_organisation"])
    if buyer is None:
        raise NotFound("buyer_unknown", where="to_organisation")
    at: datetime = values["at"]
    wrong = await _wrong(conn, by.scope, key, values.get("corrects"))
    if wrong is not None:
        _check_correction(by.scope, wrong, buyer, at, now=now)
        await ownership.undo_sale(conn, wrong.number)
    sale = Sale(
        machine_id=key.machine_id,
        buyer=buyer,
        at=at,
        document_no=optional_text(values, "document_no", 100),
        corrects=None if wrong is None else wrong.number,
    )
    seller, seller_id = await _seller(conn, by.scope, sale, wrong)
    made_id, number = await ownership.insert_sale(conn, sale, by=by.actor.name, now=now)
    made = Transfer(  # not read again: a buyer that gave the machine back sees it no more
        number=number,
        id=made_id,
        machine_id=key.public_id,
        seller=seller,
        buyer=buyer,
        from_organisation_id=seller_id,
        to_organisation_id=values["to_organisation"],
        at=at.astimezone(UTC),
        document_no=sale.document_no,
        corrects=None if wrong is None else wrong.id,
        corrected_by=None,
        recorded_at=now,
        recorded_by=by.actor.name,
    )
    await _record(conn, by, key, made, wrong, now=now)
    await bump_config_epoch(conn)
    return _as_shown(made)


async def _wrong(conn: Connection, scope: Scope, key: MachineKey, wrong_id: UUID | None) -> Transfer | None:
    """The transfer that is to be corrected."""
    if wrong_id is None:
        return None
    recorded = await ownership.list_transfers(conn, scope, key.machine_id)
    wrong = next((t for t in recorded if t.id == wrong_id), None)
    if wrong is None:
        raise NotFound("transfer_unknown", where="corrects")
    if wrong.corrected_by is not None:
        raise Conflict("transfer_corrected", where="corrects")
    return wrong


def _is_buyers(scope: Scope, wrong: Transfer) -> bool:
    """True when the scope has the buyer's part in a transfer and not the seller's."""
    return not scope.sees_all and wrong.buyer in scope.organisations and wrong.seller not in scope.organisations


def _check_correction(scope: Scope, wrong: Transfer, buyer: int, at: datetime, *, now: datetime) -> None:
    """Raise unless the scope may have this instead of `wrong`.

    Undone, a transfer opens the buyer's time to the seller: that is the buyer's to allow, and the platform's.
    """
    if _is_buyers(scope, wrong):
        if (buyer, at) != (wrong.seller, wrong.at):
            raise Forbidden("buyer_gives_back_only")
    elif not scope.sees_all and wrong.buyer not in scope.organisations and wrong.at <= now:
        raise Forbidden("transfer_in_effect", where="corrects")


async def _seller(conn: Connection, scope: Scope, sale: Sale, wrong: Transfer | None) -> tuple[int | None, UUID | None]:
    """The number and id of who sells, once that is checked; None when nobody owns the machine then."""
    if wrong is not None and _is_buyers(scope, wrong):
        return wrong.seller, wrong.from_organisation_id
    seller = await ownership.find_owner(conn, sale.machine_id, at=sale.at)
    _check(scope, seller, sale.buyer, sale.at, taken_back=wrong is not None)
    return (None, None) if seller is None else (seller.organisation_id, seller.public_id)


def _check(scope: Scope, seller: Owner | None, buyer: int, at: datetime, *, taken_back: bool) -> None:
    """Raise unless `seller` may sell to `buyer` at `at`; a seller that is not to be seen is None."""
    if not scope.sees_all and (seller is None or seller.organisation_id not in scope.organisations):
        raise Forbidden("seller_not_owner")
    if seller is None:
        return
    if seller.to_at is not None:
        raise Conflict("transfer_later", where="at")
    if seller.organisation_id == buyer and not taken_back:
        raise InvalidInput("buyer_owns_already", where="to_organisation")
    if seller.from_at is not None and at <= seller.from_at and seller.organisation_id != buyer:
        raise InvalidInput("seller_since", where="at", since=seller.from_at)


async def _record(
    conn: Connection, by: Author, key: MachineKey, made: Transfer, wrong: Transfer | None, *, now: datetime
) -> None:
    """One row for the seller's history and one for the buyer's; and for the wrong buyer's, who owns it no more."""
    after = shown(made, _SHOWN)
    before = None if wrong is None else shown(wrong, _SHOWN)
    sides = {made.seller, made.buyer} | ({wrong.buyer} if wrong else set())
    for organisation in sorted(sides, key=lambda o: -1 if o is None else o):
        about = About(
            entity="machine", entity_id=key.public_id, organisation_id=organisation, machine_id=key.machine_id
        )
        own_words = after if organisation in (made.seller, made.buyer) else None
        action = "transfer" if wrong is None else "correct_transfer"
        await record(conn, by, about, before=before, after=own_words, action=action, now=now)
