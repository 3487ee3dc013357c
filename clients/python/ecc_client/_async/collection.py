"""Resources that are listed, made, changed and deleted in one style."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any, Generic, Protocol, TypeVar
from urllib.parse import quote
from uuid import UUID

from pydantic import BaseModel

from ecc_client._async.transport import API, AsyncTransport, Body
from ecc_client.models import AuditEntry, AuditPage


class Versioned(Protocol):
    """What has an id and a version: every resource that may be changed."""

    id: UUID
    version: int


Item = TypeVar("Item", bound=BaseModel)
One = TypeVar("One", bound=BaseModel)


class AsyncCollection(Generic[Item, One]):
    """`/api/v1/<noun>`; Item is the shape in lists, One the shape of a single one."""

    def __init__(self, transport: AsyncTransport, noun: str, page: type[BaseModel], one: type[One]) -> None:
        self._transport, self._path, self._page, self._one = transport, f"{API}/{noun}", page, one

    def list(self, **filters: Any) -> AsyncIterator[Item]:
        """All of them, page by page: filters, `sort` and `limit` (of a page) as docs/api.md and /openapi.json say."""
        return self._transport.pages(self._path, self._page, **filters)

    async def get(self, reference: UUID | str) -> One:
        """One by its id (a machine also by `pin:...`, `serial:...`, `equipment:...`)."""
        return await self._transport.get(self._address(reference), self._one)

    async def create(self, body: Body, *, key: str | None = None) -> One:
        """Make one. `key` names the wish across runs of a program: the same key again gets the first one's answer."""
        return await self._transport.post(self._path, body, self._one, key=key)

    async def update(self, seen: Versioned, changes: Body) -> One:
        """Change members of what was seen. Raises Stale when somebody else changed it since."""
        return await self._transport.patch(self._address(seen.id), changes, self._one, version=seen.version)

    async def delete(self, seen: Versioned) -> None:
        """Delete what was seen. Raises Stale when somebody else changed it since."""
        await self._transport.delete(self._address(seen.id), version=seen.version)

    def changes(self, reference: UUID | str, **filters: Any) -> AsyncIterator[AuditEntry]:
        """Who changed it, when, and what it was before; the newest first."""
        return self._transport.pages(f"{self._address(reference)}/changes", AuditPage, **filters)

    def _address(self, reference: UUID | str) -> str:
        return f"{self._path}/{quote(str(reference), safe=':')}"
