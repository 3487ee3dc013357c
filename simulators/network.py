"""One select loop for the connections of a whole fleet."""

import resource
import selectors
import socket
import time
from collections.abc import Iterable
from functools import partial

from simulators.mqtt import ServedClient

_TICK_S = 0.1
_KEEP_ALIVE_S = 1.0
_FILES_NEEDED = 8_192


def allow_many_sockets() -> None:
    """Raise this process's soft limit of open files as far as it may go (one socket a machine)."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = _FILES_NEEDED if hard == resource.RLIM_INFINITY else min(_FILES_NEEDED, hard)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


class Network:
    """Serves the links' sockets and timers from one thread."""

    def __init__(self, links: Iterable[ServedClient]) -> None:
        self.links = tuple(links)
        self._selector = selectors.DefaultSelector()
        self._watched: dict[ServedClient, tuple[socket.socket, int]] = {}
        self._next_tick_s = 0.0
        self._next_keep_alive_s = 0.0
        for link in self.links:
            link.on_close = partial(self._forget, link)

    def poll(self, timeout_s: float) -> None:
        """Serve what is ready, waiting at most `timeout_s` for it."""
        now_s = time.monotonic()
        if now_s >= self._next_tick_s:
            self._next_tick_s = now_s + _TICK_S
            self._tick(now_s)
        for key, mask in self._selector.select(timeout_s):
            link: ServedClient = key.data
            if mask & selectors.EVENT_READ:
                link.readable()
            if mask & selectors.EVENT_WRITE:
                link.writable()
            self.watch(link)

    def _tick(self, now_s: float) -> None:
        keep_alive = now_s >= self._next_keep_alive_s
        if keep_alive:
            self._next_keep_alive_s = now_s + _KEEP_ALIVE_S
        for link in self.links:
            link.tick(now_s)
            if keep_alive:
                link.keep_alive()
            self.watch(link)

    def watch(self, link: ServedClient) -> None:
        """Bring the selector in line with the link's socket and its wish to write; call after using a link."""
        sock = link.socket
        known = self._watched.get(link)
        if known is not None and known[0] is not sock:
            self._forget(link)
            known = None
        if sock is None:
            return
        events = selectors.EVENT_READ | (selectors.EVENT_WRITE if link.wants_write else 0)
        if known is None:
            self._selector.register(sock, events, link)
            self._watched[link] = (sock, events)
        elif known[1] != events:
            self._selector.modify(sock, events, link)
            self._watched[link] = (sock, events)

    def _forget(self, link: ServedClient) -> None:
        known = self._watched.pop(link, None)
        if known is not None:
            self._selector.unregister(known[0])

    def close(self) -> None:
        """Say good-bye on every link and let go of the sockets."""
        for link in self.links:
            link.close()
            self.watch(link)
        self._selector.close()
