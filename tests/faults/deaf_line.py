"""A line to the database that goes dead just after the server has committed: the gateway never hears the answer."""

from __future__ import annotations

import contextlib
import random
import socket
import threading
from urllib.parse import urlsplit, urlunsplit

COMMIT = b"COMMIT"


class DeafLine:
    """A TCP proxy. One COMMIT in `one_in`, at random, reaches the server, its answer is lost, and the line is cut."""

    def __init__(self, database_url: str, one_in: int) -> None:
        self._parts = urlsplit(database_url)
        self._one_in = one_in
        self._chance = random.Random(5)
        self.cut = 0  # how often a commit was left in doubt
        self._listener = socket.create_server(("127.0.0.1", 0))
        threading.Thread(target=self._accept, daemon=True).start()

    @property
    def url(self) -> str:
        """The database's address through this line."""
        login = self._parts.netloc.rpartition("@")[0]
        return urlunsplit(self._parts._replace(netloc=f"{login}@127.0.0.1:{self._listener.getsockname()[1]}"))

    def close(self) -> None:
        """Take no more connections."""
        self._listener.close()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                server = socket.create_connection((self._parts.hostname, self._parts.port))
                threading.Thread(target=self._upwards, args=(client, server), daemon=True).start()

    def _upwards(self, client: socket.socket, server: socket.socket) -> None:
        downwards = threading.Thread(target=self._downwards, args=(server, client), daemon=True)
        downwards.start()
        with client, server, contextlib.suppress(OSError):
            while data := client.recv(1 << 16):
                if COMMIT in data and self._chance.randrange(self._one_in) == 0:
                    self.cut += 1
                    client.shutdown(socket.SHUT_WR)  # nothing goes back any more
                    server.sendall(data)
                    server.shutdown(socket.SHUT_WR)
                    downwards.join(5)  # the server has committed and closed
                    return
                server.sendall(data)
            server.shutdown(socket.SHUT_WR)

    @staticmethod
    def _downwards(server: socket.socket, client: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while data := server.recv(1 << 16):
                client.sendall(data)
            client.shutdown(socket.SHUT_WR)
