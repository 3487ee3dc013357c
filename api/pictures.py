"""Pictures are drawn in one process of their own, so that a curve never keeps the API's other callers waiting."""

import asyncio
import contextlib
import ctypes
import multiprocessing
import signal
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from types import TracebackType
from typing import Any, Literal, NamedTuple, Self, TypeVar

from fleet.errors import Busy

MOST_WAITING = 8
DRAWN_BEFORE_ANEW = 500  # pictures; then the process is started afresh, whatever the drawing has left in its memory
PR_SET_PDEATHSIG = 1
Drawn = TypeVar("Drawn")


class Picture(NamedTuple):
    """A picture, and the language of its words."""

    content: bytes
    language: str


def draw_evidence(evidence: bytes, form: Literal["png", "svg"], language: str) -> Picture:
    """A finding's evidence (the API's JSON) as "png" or "svg"; what draws is loaded in the worker only."""
    from usecases.draw_evidence import draw

    return Picture(*draw(evidence, form, language))


def show_brief(brief: bytes, form: Literal["csv", "html", "pdf"], language: str) -> Picture:
    """A work brief (the API's JSON) as a file."""
    from usecases.briefs.show_brief import show_brief as show

    return Picture(*show(brief, form, language))


class PictureDesk:
    """One worker process, started with the first picture; at most `most` pictures are drawn or wait."""

    def __init__(self, most: int = MOST_WAITING) -> None:
        self._most = most
        self._waiting = 0
        self._pool: ProcessPoolExecutor | None = None

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._end()

    async def draw(self, draw: Callable[..., Drawn], *arguments: Any) -> Drawn:
        """What `draw`, a function of a module, answers there. Raises Busy when too many wait."""
        if self._waiting >= self._most:
            raise Busy
        self._waiting += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._running(), draw, *arguments)
        except BrokenProcessPool as error:  # it was killed; the next one is drawn by another
            self._end()
            raise Busy from error
        finally:
            self._waiting -= 1

    def _running(self) -> ProcessPoolExecutor:
        if self._pool is None:
            self._pool = ProcessPoolExecutor(
                max_workers=1,
                mp_context=multiprocessing.get_context("spawn"),
                initializer=_begin,
                max_tasks_per_child=DRAWN_BEFORE_ANEW,
            )
        return self._pool

    def _end(self) -> None:
        pool, self._pool = self._pool, None
        if pool is not None:
            workers = list((pool._processes or {}).values())  # there is no public way to end one that is drawing
            pool.shutdown(wait=False, cancel_futures=True)
            for worker in workers:
                with contextlib.suppress(OSError, ValueError):
                    worker.kill()


def _begin() -> None:
    """A terminal's Ctrl-C is the API's to act on, and without the API there is nobody to draw for."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
