"""The audit: who changed what, and who read positions."""

from typing import Any, Literal

from api.schemas.shape import AT, MACHINE_UUID, Instant, Shape, UuidText, example

ActorKind = Literal["person", "client", "system"]
_ENTRY: dict[str, Any] = {
    "id": "4711",
    "at": AT,
    "actor_kind": "person",
    "actor_id": "0198f3a0-6a2e-7c4b-9f10-2b7d5c3e8a99",
    "actor": "wang.li",
    "actor_organisation": "North Machinery",
    "action": "update",
    "entity": "machine",
    "entity_id": MACHINE_UUID,
    "before": {"mode": "in_service"},
    "after": {"mode": "in_repair"},
    "detail": {},
    "is_sealed": True,
}


class AuditEntry(Shape):
    """One change, one reading of positions, or one sign-in."""

    id: str
    at: Instant
    actor_kind: ActorKind
    """`client`: an integrator's; `system`: the command line or the platform itself."""
    actor_id: UuidText | None
    actor: str
    """The person's login or the client's name at that time."""
    actor_organisation: str | None
    action: str
    """`create`, `update`, `delete`, `read_positions`, `sign_in`, or the thing's own word."""
    entity: str
    """The noun in the singular: `machine`, `site`, `person` ..."""
    entity_id: UuidText | None
    before: dict[str, Any] | None
    after: dict[str, Any] | None
    detail: dict[str, Any]
    is_sealed: bool
    """True once the row is in the chain that `ecc audit verify` walks; some seconds after it was written."""

    model_config = example(_ENTRY)


class AuditPage(Shape):
    """A page of the audit, newest first."""

    items: list[AuditEntry]
    next_cursor: str | None

    model_config = example({"items": [_ENTRY], "next_cursor": None})
