"""The signals that this process knows."""

import time

from fleet.signals import Catalogue, Signal
from storage.read_pool import Connection
from storage.read_signals import list_added_signals

READ_EVERY_S = 10.0


class CatalogueHolder:
    """The catalogue of this process: the packaged one and the signals that the site has added so far."""

    def __init__(self, packaged: Catalogue) -> None:
        self._packaged = packaged
        self._added: list[Signal] = []
        self._read_at = float("-inf")
        self.current = packaged

    async def refresh(self, conn: Connection) -> None:
        """Read the site's signals again when it is time."""
        if time.monotonic() - self._read_at < READ_EVERY_S:
            return
        added = await list_added_signals(conn)
        self._read_at = time.monotonic()
        if added != self._added:
            self._added = added
            self.current = self._packaged.with_added(added)
