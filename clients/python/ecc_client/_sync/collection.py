"""Resources that are listed, made, changed and deleted in one style."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Generic, Protocol, TypeVar
from urllib.parse import quote
from uuid import UUID

from pydantic import BaseModel

from ecc_client._sync.transport import API, Body, Transport
from ecc_client.models import AuditEntry, AuditPage


class Versioned(Protocol):
    """What has an id and a version: every resource that may be changed."""

    id: UUID
    version: int


Item = TypeVar("Item", bound=BaseModel)
One = TypeVar("One", bound=BaseModel)


class Collection(Generic[Item, One]):
    """`/api/v1/<noun>`; Item is the shape in lists, One the shape of a single one."""

    def __init__(self, transport: Transport, noun: str, page: type[BaseModel], one: type[One]) -> None:
        self._transport, self._path, self._page, self._one = transport, f"{API}/{noun}", page, one

    def list(self, **filters: Any) -> Iterator[Item]:
        """All of them, page by page: filters, `sort` and `limit` (of a page) as docs/api.md and /openapi.json say."""
        return self._transport.pages(self._path, self._page, **filters)

    def get(self, reference: UUID | str) -> One:
        """One by its id (a machine also by `pin:...`, `serial:...`, `equipment:...`)."""
        return self._transport.get(self._address(reference), self._one)

    def create(self, body: Body, *, key: str | None = None) -> One:
        """Make one. `key` names the wish across runs of a program: the same key again gets the first one's answer."""
        return self._transport.post(self._path, body, self._one, key=key)

    def update(self, seen: Versioned, changes: Body) -> One:
        """Change members of what was seen. Raises Stale when somebody else changed it since."""
        return self._transport.patch(self._address(seen.id), changes, self._one, version=seen.version)

    def delete(self, seen: Versioned) -> None:
        """Delete what was seen. Raises Stale when somebody else changed it since."""
        self._transport.delete(self._address(seen.id), version=seen.version)

    def changes(self, reference: UUID | str, **filters: Any) -> Iterator[AuditEntry]:
        """Who changed it, when, and what it was before; the newest first."""
        return self._transport.pages(f"{self._address(reference)}/changes", AuditPage, **filters)

    def _address(self, reference: UUID | str) -> str:
        return f"{self._path}/{quote(str(reference), safe=':')}"
