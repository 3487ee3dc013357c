"""The `machines` frames: a snapshot for who is new, then once a second what has changed and what has gone."""

import time
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime

from api.catalogue import CatalogueHolder
from api.encoding import json_bytes
from api.live_subscription import Channel, Subscription, frame
from storage.read_event_log import log_horizon
from storage.read_live_machines import LiveRow, Wanted, list_live, list_live_changed
from storage.read_pool import Connection
from usecases.read_live_audience import Audience
from usecases.read_live_departures import Moves, Sightings
from usecases.read_live_filter import FilterIndex
from usecases.read_live_machines import Changes, machine_for, subject_of, wanted_by
from usecases.stated_places import rows_in_wgs84

MACHINES_EVERY_S = 1.0


class MachineTicks:
    """Reads the states that anybody listens to, and encodes each machine once for all who see the same of it."""

    def __init__(self, catalogue: CatalogueHolder) -> None:
        self._catalogue = catalogue
        self._channels: set[Channel] = set()
        self._index: FilterIndex[Channel] = FilterIndex()
        self._wanted: Wanted | None = None
        self._forget()

    def _forget(self) -> None:
        self._horizon: int | None = None
        self._ticked_at = 0.0
        self._changes = Changes()
        self._sightings = Sightings()
        self._moves = Moves()
        self._touched: set[int] = set()
        self._new: list[Channel] = []
        self._everything: list[LiveRow] = []
        self._changed: list[LiveRow] = []
        self._audience = Audience((), {})

    def add(self, channel: Channel) -> None:
        """Listen for a channel's machines."""
        self._channels.add(channel)
        self._index.add(channel, channel.wish.scope, channel.wish.filter)
        self._wanted = None

    def discard(self, channel: Channel) -> None:
        """Listen for a channel's machines no more."""
        if channel in self._channels:
            self._channels.discard(channel)
            self._index.discard(channel, channel.wish.scope, channel.wish.filter)
            self._wanted = None

    async def read(self, conn: Connection, *, touched: Iterable[int], now: datetime) -> None:
        """Read what `frames` will tell, if it is time. `touched`: machines of which an event was told."""
        if not self._channels:
            self._forget()
            return
        self._touched.update(touched)
        self._everything, self._changed, self._moves = [], [], Moves()
        if self._horizon is None:
            self._horizon = await log_horizon(conn)
        is_due = time.monotonic() - self._ticked_at >= MACHINES_EVERY_S
        self._new = [channel for channel in self._channels if channel.newcomers()]
        if is_due or self._new:  # before whatever is told: who is told of a machine is told that it has gone as well
            await self._read_moves(conn, now)
        if self._new:
            self._everything = await list_live(conn, wanted_by(c.wish for c in self._new), now=now)
        if is_due:
            self._changed = await self._read_changed(conn, now)
        told = {row.machine_id for row in (*self._everything, *self._changed)}
        if told:
            self._audience = await Audience.load(conn, sorted(told))
            self._everything = await rows_in_wgs84(conn, self._everything, self._catalogue.current)
            self._changed = await rows_in_wgs84(conn, self._changed, self._catalogue.current)

    async def _read_moves(self, conn: Connection, now: datetime) -> None:
        if all(channel.wish.scope.sees_all for channel in self._channels):
            self._sightings.forget()  # nothing leaves the sight of who sees all
            return
        self._moves = await self._sightings.read(conn, now=now)
        self._touched.update(self._moves.arrived)
        self._changes.forget(self._moves.arrived)

    async def _read_changed(self, conn: Connection, now: datetime) -> list[LiveRow]:
        wanted = self._wanted = self._wanted or wanted_by(channel.wish for channel in self._channels)
        since, self._horizon = self._horizon, await log_horizon(conn)
        assert since is not None
        rows = await list_live_changed(conn, wanted, since_xact=since, also=sorted(self._touched), now=now)
        self._ticked_at = time.monotonic()
        self._touched.clear()
        return self._changes.of(rows)

    def frames(self, now: datetime) -> Iterator[tuple[Subscription, bytes]]:
        """What each subscriber gets of it."""
        served: set[Subscription] = set()
        if self._new:
            index: FilterIndex[Channel] = FilterIndex()
            for channel in self._new:
                index.add(channel, channel.wish.scope, channel.wish.filter)
            items = self._items(self._everything, index, now)
            for channel in self._new:
                body = _frame(items.get(channel, ()), now, snapshot=True)
                for subscription in channel.newcomers():
                    subscription.wants_snapshot = False
                    served.add(subscription)
                    yield subscription, body
        changed, gone = self._items(self._changed, self._index, now), self._gone()
        for channel in {**changed, **gone}:
            body = _frame(changed.get(channel, ()), now, snapshot=False, gone=gone.get(channel, ()))
            for subscription in list(channel.subscribers):
                if subscription not in served and not subscription.wants_snapshot:
                    yield subscription, body

    def _gone(self) -> dict[Channel, list[bytes]]:
        """The ids, as JSON, of the machines that each channel may have been told of and sees no more."""
        found: dict[Channel, list[bytes]] = defaultdict(list)
        for left in self._moves.departures:
            for channel in self._channels:
                viewer, wanted = channel.wish.scope, channel.wish.filter.machines
                is_its = not viewer.sees_all and viewer.organisation_id in left.organisations
                if is_its and (not wanted or left.machine_id in wanted):
                    found[channel].append(json_bytes(str(left.public_id)))
        return found

    def _items(self, rows: Sequence[LiveRow], index: FilterIndex[Channel], now: datetime) -> dict[Channel, list[bytes]]:
        """The machines of each channel as JSON."""
        found: dict[Channel, list[bytes]] = defaultdict(list)
        for row in rows:
            made: dict[object, bytes] = {}
            for channel in index.concerned(subject_of(row, self._audience, now)):
                viewer, signals = channel.wish.scope, channel.wish.signals
                item = made.get((viewer, signals))
                if item is None:
                    catalogue = self._catalogue.current
                    machine = machine_for(row, viewer, signals, audience=self._audience, catalogue=catalogue)
                    item = made[viewer, signals] = json_bytes(machine)
                found[channel].append(item)
        return found


def _frame(items: Sequence[bytes], now: datetime, *, snapshot: bool, gone: Sequence[bytes] = ()) -> bytes:
    lists = b",".join(items), b",".join(gone)
    data = b'{"at":%b,"snapshot":%b,"items":[%b],"gone":[%b]}' % (json_bytes(now), json_bytes(snapshot), *lists)
    return frame("machines", data)
