"""What the demo's page shows of the database, which may go away and come back while it is looked at."""

from dataclasses import dataclass, field
from datetime import datetime
from types import TracebackType
from typing import Self

from storage.demo_report import LiveCounts, live_counts
from storage.failures import TRY_AGAIN
from storage.pool import Connection, connect


@dataclass(slots=True)
class Sight:
    """Looks at the database at `url`; `counts` are those of the last look that was answered."""

    url: str
    counts: LiveCounts = field(
        default_factory=lambda: LiveCounts(rows=0, quarantined=0, open_alarms=0, alarms=[]), init=False
    )
    _conn: Connection | None = field(default=None, init=False)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._close()

    @property
    def conn(self) -> Connection:
        """The connection, made anew where the last one was lost."""
        if self._conn is None:
            self._conn = connect(self.url, application="ecc demo")
            self._conn.autocommit = True
        return self._conn

    def look(self, since: datetime, alarms: int) -> bool:
        """Bring `counts` up to date; False while the database does not answer."""
        try:
            self.counts = live_counts(self.conn, since=since, alarms=alarms)
        except TRY_AGAIN:
            self._close()
            return False
        return True

    def _close(self) -> None:
        if self._conn is not None:
            self._conn.close()
            self._conn = None
