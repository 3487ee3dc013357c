"""A second database connection in a thread of its own, for what is written beside the batches."""

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor

from storage.pool import Connection


class Aside:
    """Runs one piece of database work after the other. `submit` and `close` belong to one thread."""

    def __init__(self, connect: Callable[[], Connection]) -> None:
        self._connect = connect
        self._pool = ThreadPoolExecutor(1, thread_name_prefix="aside")
        self._conn: Connection | None = None

    def submit(self, work: Callable[[Connection], None]) -> Future[None]:
        """Have `work` done; what it raises is raised by the answer's `result()`, and the connection is given up."""
        return self._pool.submit(self._run, work)

    def _run(self, work: Callable[[Connection], None]) -> None:
        if self._conn is None or self._conn.closed:
            self._conn = self._connect()
        try:
            work(self._conn)
        except BaseException:
            self._conn.close()
            raise

    def close(self) -> None:
        """Finish what was submitted and give the connection back."""
        self._pool.shutdown()
        if self._conn is not None:
            self._conn.close()
