"""The process's index of the fleet: loaded at the start, and brought up to date also while nobody asks for a list."""

import asyncio
import logging
from contextlib import suppress
from types import TracebackType
from typing import Self

from api.metrics import Metrics
from api.schemas.accounts import IndexStanding
from fleet.errors import EccError
from storage.fleet_changes import ask_changes, changes_of
from storage.fleet_index import FleetIndex
from storage.read_pool import ReadPool

EVERY_S = 10.0
_LONGEST_S = 300.0  # between two tries while something is wrong that waiting for the database does not mend
log = logging.getLogger(__name__)


class FleetMemory:
    """Holds the index, unless it is switched off; lists are found by the database until it is loaded."""

    def __init__(self, pool: ReadPool, metrics: Metrics, *, is_on: bool, every_s: float = EVERY_S) -> None:
        self.index = FleetIndex() if is_on else None
        self._pool = pool
        self._metrics = metrics
        self._every_s = every_s
        self._failures = 0  # since it went well
        self._stopping = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        if self.index is not None:
            self._task = asyncio.create_task(self._run())
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stopping.set()  # a cancellation alone may be lost in what it interrupts (asyncio.wait_for of Python 3.11)
        if self._task is not None:
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task

    @property
    def standing(self) -> IndexStanding:
        """Whether lists are found by the index now; `failing`: they are not, and something is wrong that is not known
        to pass."""
        if self.index is None:
            return "off"
        if self._failures:
            return "failing"
        return "in_use" if self.index.is_loaded else "not_loaded"

    def knows_kind(self, kind: str | None) -> bool:
        """True when there are models of this kind, as far as the index knows: the database need not be asked."""
        return self.index is not None and self.index.is_loaded and kind in self.index.kinds

    async def catch_up(self) -> FleetIndex:
        """Load the index, anew when it was given up, or take over what has changed; the index as it is then."""
        assert self.index is not None, "it is switched off"
        async with self._pool.platform() as conn:
            if self.index.upto is not None:
                since = self.index.upto
                await self.index.follow(conn, changes_of(await ask_changes(conn, since)), since=since)
            if self.index.upto is None:
                fresh = FleetIndex()
                await fresh.load(conn)
                self.index = fresh
        return self.index

    async def _run(self) -> None:
        while not self._stopping.is_set():
            try:
                await self.catch_up()
                self._failures = 0
            except EccError:
                pass  # the database is away: lists say so as well
            except Exception:  # whatever it is, lists are the database's then, the next try may go well, and it is told
                self._failures += 1
                self._metrics.fleet_index_failures.inc()
                self.index = FleetIndex()
                log.exception("the index of the fleet cannot be brought up to date; lists are found by the database")
            with suppress(TimeoutError):
                await asyncio.wait_for(self._stopping.wait(), self._pause_s())

    def _pause_s(self) -> float:
        longer: float = 2.0 ** min(self._failures, 10)
        return min(self._every_s * longer, max(self._every_s, _LONGEST_S))
