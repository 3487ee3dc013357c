"""Sales and purchases of machines."""

from typing import Annotated, Any
from uuid import UUID

from pydantic import Field

from api.schemas.accounts import Input
from api.schemas.bodies import At
from api.schemas.shape import AT, MACHINE_UUID, Instant, Shape, UuidText, example

_BUYER = "0198f3a2-0000-7000-8000-000000000007"
_TRANSFER: dict[str, Any] = {
    "id": "0198f3a6-5f60-7f06-9b66-8ea3c4f72675",
    "machine_id": MACHINE_UUID,
    "from_organisation_id": "0198f3a2-0000-7000-8000-000000000003",
    "to_organisation_id": _BUYER,
    "at": AT,
    "document_no": "INV-2026-0417",
    "corrects": None,
    "corrected_by": None,
    "recorded_at": AT,
    "recorded_by": "dealer",
}


class Transfer(Shape):
    """A sale as it was recorded."""

    id: UuidText
    machine_id: UuidText
    from_organisation_id: UuidText | None
    """The seller; null when nobody owned the machine."""
    to_organisation_id: UuidText
    at: Instant
    """Until then the seller sees the machine, from then on the buyer."""
    document_no: str | None
    corrects: UuidText | None
    """The transfer that this one undid."""
    corrected_by: UuidText | None
    recorded_at: Instant
    recorded_by: str

    model_config = example(_TRANSFER)


class TransferList(Shape):
    """The sales of a machine in which the caller's organisations have a part, the latest recorded first."""

    items: list[Transfer]
    next_cursor: str | None


class NewTransfer(Input):
    """A sale to record, or the correction of one."""

    to_organisation: UUID
    """The buyer's public id; its organisation need not be the caller's to see."""
    at: At
    """In the past or in the future."""
    document_no: Annotated[str, Field(max_length=100)] | None = None
    corrects: UUID | None = None
    """The machine's last transfer, which is undone first. With the seller as buyer the sale is taken back."""

    model_config = example({"to_organisation": _BUYER, "at": "2026-12-01T00:00:00Z", "document_no": "INV-2026-0417"})
