"""A second database connection in a thread of its own, for what is written beside the batches."""

import threading
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import suppress
from queue import SimpleQueue

from storage.failures import OUR_FAULT, TRY_AGAIN
from storage.pool import Connection

_Work = Callable[[Connection], None]


class Aside:
    """Runs one piece of database work after the other. `submit` and `close` belong to one thread.

    `connect` must give a connection whose statements time out: what waits here for a lock holds others up.
    """

    def __init__(self, connect: Callable[[], Connection]) -> None:
        self._connect = connect
        self._waiting: SimpleQueue[tuple[_Work, Future[None]] | None] = SimpleQueue()
        self._conn: Connection | None = None
        self._thread = threading.Thread(target=self._run, name="aside", daemon=True)  # nobody's exit waits for it
        self._thread.start()

    def submit(self, work: _Work) -> Future[None]:
        """Have `work` done; what it raises is raised by the answer's `result()`, and the connection is given up."""
        answer: Future[None] = Future()
        self._waiting.put((work, answer))
        return answer

    def _run(self) -> None:
        while (given := self._waiting.get()) is not None:
            work, answer = given
            try:
                self._do(work)
            except BaseException as error:  # noqa: BLE001 - whoever asked is told
                answer.set_exception(error)
            else:
                answer.set_result(None)
        if self._conn is not None:
            self._conn.close()

    def _do(self, work: _Work) -> None:
        if self._conn is None or self._conn.closed:
            self._conn = self._connect()
        try:
            work(self._conn)
        except BaseException:  # told to who asked; what state the connection is in, nobody knows
            self._conn.close()
            raise

    def close(self, *, within_s: float = 1.0) -> None:
        """Finish what was submitted and give the connection back; what takes longer than `within_s` is cancelled."""
        self._waiting.put(None)
        self._thread.join(within_s)
        if self._thread.is_alive() and self._conn is not None:
            with suppress(*TRY_AGAIN, *OUR_FAULT):
                self._conn.cancel()
            self._thread.join(within_s)
