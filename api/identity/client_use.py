"""When integrators' clients were used last, written aside: a request that reads must not have to write."""

import asyncio
from contextlib import suppress
from datetime import datetime
from types import TracebackType
from typing import Self

from fleet.errors import EccError
from storage.api_clients import note_use
from storage.read_pool import ReadPool

EVERY_S = 10.0


class ClientUse:
    """Collects uses in this process and writes them every ten seconds, and at the end."""

    def __init__(self, pool: ReadPool) -> None:
        self._pool = pool
        self._used: dict[int, datetime] = {}
        self._stopping = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        self._task = asyncio.create_task(self._run())
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stopping.set()
        if self._task is not None:
            await self._task

    def note(self, client_id: int, at: datetime) -> None:
        """A client has just been used."""
        self._used[client_id] = at

    async def _run(self) -> None:
        while not self._stopping.is_set():
            with suppress(TimeoutError):
                await asyncio.wait_for(self._stopping.wait(), EVERY_S)
            with suppress(EccError):  # the database is away: the next use tells as well
                await self.write()

    async def write(self) -> None:
        """Write what was collected."""
        used, self._used = self._used, {}
        if used:
            async with self._pool.platform() as conn:
                await note_use(conn, used)
