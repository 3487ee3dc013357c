"""An embedded server that is started again when it died, on its port and its data."""

from __future__ import annotations

import threading
from collections.abc import Callable
from queue import Empty, SimpleQueue

from app.back_off import BackOff
from app.embedded.errors import EmbeddedError
from app.embedded.mosquitto import MosquittoServer
from app.embedded.postgres import PostgresServer


class KeptServer:
    """One running server and what is done when it dies; `name` is its name in sentences, `back` is called after."""

    def __init__(self, name: str, server: PostgresServer | MosquittoServer, back: Callable[[], None]) -> None:
        self._name = name
        self._server = server
        self._back = back
        self._back_off = BackOff()
        self._back_off.started()
        self._starting: threading.Thread | None = None
        self._news: SimpleQueue[str] = SimpleQueue()

    @property
    def is_starting(self) -> bool:
        """Whether it is being started again now; a database that recovers takes a while."""
        return self._starting is not None and self._starting.is_alive()

    def keep_running(self) -> list[str]:
        """Start it again when it is dead and its back-off is over, without waiting for it; returns what is new."""
        if self.is_starting:
            return []
        said = []
        while True:
            try:
                said.append(self._news.get_nowait())
            except Empty:
                break
        if self._server.pid is not None:
            return said
        if self._back_off.is_news():
            said.append(f"the {self._name} does not answer; starting it again")
        elif self._back_off.is_due():
            self._starting = threading.Thread(target=self._start, name=f"restart-{self._name}", daemon=True)
            self._starting.start()
        return said

    def _start(self) -> None:
        self._back_off.started()
        try:
            self._server.restart()
        except (EmbeddedError, OSError) as error:
            self._news.put(f"the {self._name} could not be started: {str(error).splitlines()[0]}")
            return
        self._back()
        self._news.put(f"the {self._name} is back")
