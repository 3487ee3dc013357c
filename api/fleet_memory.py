"""The process's index of the fleet: loaded at the start, and brought up to date also while nobody asks for a list."""

import asyncio
from contextlib import suppress
from types import TracebackType
from typing import Self

from fleet.errors import EccError
from storage.fleet_changes import ask_changes, changes_of
from storage.fleet_index import FleetIndex
from storage.read_pool import Connection, ReadPool

EVERY_S = 10.0


class FleetMemory:
    """Holds the index, unless it is switched off; lists are found by the database until it is loaded."""

    def __init__(self, pool: ReadPool, *, is_on: bool) -> None:
        self.index = FleetIndex() if is_on else None
        self._pool = pool
        self._task: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        if self.index is not None:
            self._task = asyncio.create_task(self._run(self.index))
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._task is not None:
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task

    def knows_kind(self, kind: str | None) -> bool:
        """True when there are models of this kind, as far as the index knows: the database need not be asked."""
        return self.index is not None and kind in self.index.kinds

    async def _run(self, index: FleetIndex) -> None:
        while True:
            with suppress(EccError):  # the database is away: lists say so as well
                async with self._pool.platform() as conn:
                    await catch_up(index, conn)
            await asyncio.sleep(EVERY_S)


async def catch_up(index: FleetIndex, conn: Connection) -> None:
    """Load the index, or take over what has changed; in the platform's scope."""
    if index.upto is None:
        await index.load(conn)
    else:
        since = index.upto
        await index.follow(conn, changes_of(await ask_changes(conn, since)), since=since)
