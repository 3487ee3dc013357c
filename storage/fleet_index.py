"""What lists of machines are filtered and sorted by, of every machine, in the memory of an API process.

It is brought up to date with each page (docs/adr/0005-fleet-index.md). Columns are by machine number; what a page shows
is never taken from here. Not for databases that sort texts otherwise than by their bytes.
"""

import asyncio
from bisect import bisect_left
from collections import OrderedDict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from fleet.batch import Int64Array
from storage import fleet_changes
from storage.fleet_changes import PORTION, Changes, ModelRow, OpenAlarms, Rows, States
from storage.fleet_reach import NEVER_US, Reach, Reaches
from storage.read_pool import Connection

Int32Array = npt.NDArray[np.int32]
Truths = npt.NDArray[np.bool_]
NO_TIME, NO_MINUTE = np.iinfo(np.int64).min, np.iinfo(np.int32).min
_MINUTE_US = 60_000_000
MODES = ("in_service", "transport", "in_repair", "stored", "scrapped")
_MOST = 2_000_000  # machine numbers: some 150 bytes each, and their words
_FEW = 200  # changes that are put into an order one by one
_KEPT = 64  # words that were looked for


class Ordered:
    """Machines in the order of a text, then of their numbers. `keys` are sorted, `machines` parallel to them."""

    def __init__(self) -> None:
        self.keys: list[bytes] = []
        self.machines: Int32Array = np.empty(0, np.int32)
        self._key_of: dict[int, bytes] = {}

    @staticmethod
    def key(text: str, machine: int) -> bytes:
        """No text holds NUL, so that a text comes before those that begin with it."""
        return text.encode() + b"\0" + machine.to_bytes(4, "big")

    def put(self, texts: Mapping[int, str | None]) -> None:
        """These machines have these texts now; None: they are no more."""
        new = {m: None if text is None else self.key(text, m) for m, text in texts.items()}
        changed = {m: key for m, key in new.items() if self._key_of.get(m) != key}
        for machine, key in changed.items():
            known = self._key_of.pop(machine, None)
            if key is not None:
                self._key_of[machine] = key
            if len(changed) <= _FEW:
                self._move(machine, known, key)
        if len(changed) > _FEW:
            self.keys = sorted(self._key_of.values())
            self.machines = np.frombuffer(b"".join(key[-4:] for key in self.keys), ">i4").astype(np.int32)

    def _move(self, machine: int, known: bytes | None, key: bytes | None) -> None:
        if known is not None:
            place = bisect_left(self.keys, known)
            del self.keys[place]
            self.machines = np.delete(self.machines, place)
        if key is not None:
            place = bisect_left(self.keys, key)
            self.keys.insert(place, key)
            self.machines = np.insert(self.machines, place, machine)


@dataclass(frozen=True, slots=True)
class Listed:
    """Machines with their public ids, (machines, 16), and their names in UTF-8, one after the other."""

    machines: Int32Array
    ids: npt.NDArray[np.uint8]
    names: bytes
    name_lengths: Int32Array


class FleetIndex:
    """The columns, each (numbers,), and the orders by name and PIN."""

    def __init__(self) -> None:
        self.upto: str | None = None  # None until it is loaded, and when it is no more to be believed
        self.version = 0  # of what it says
        self.alive: Truths = np.zeros(0, np.bool_)
        self.model: Int32Array = np.zeros(0, np.int32)
        self.site: Int32Array = np.zeros(0, np.int32)
        self.mode: npt.NDArray[np.int8] = np.zeros(0, np.int8)
        self.known_us: Int64Array = np.zeros(0, np.int64)
        self.minute: Int32Array = np.zeros(0, np.int32)  # since 2000
        self.online: npt.NDArray[np.int8] = np.zeros(0, np.int8)
        self.worst: npt.NDArray[np.int8] = np.zeros(0, np.int8)  # weight of the worst open alarm, 0 without one
        self.oldest_us: Int64Array = np.zeros(0, np.int64)  # when the first of the open alarms was raised
        self.names: list[str] = []
        self.pins: list[str] = []
        self.by_name, self.by_pin = Ordered(), Ordered()
        self.reaches = Reaches()
        self.alarms = OpenAlarms(np.empty(0, np.int32), np.empty(0, np.int32), np.empty(0, np.int64))
        self.kinds: list[str] = ["other"]  # sorted
        self.kind_of_model: npt.NDArray[np.int16] = np.zeros(1, np.int16)  # index in kinds
        self.models: dict[UUID, int] = {}
        self._ids: npt.NDArray[np.uint8] = np.zeros((0, 16), np.uint8)
        self._listed: Listed | None = None
        self._words: list[str] = []
        self._haystack: pa.StringArray | None = None
        self._called: OrderedDict[tuple[int, str], Truths] = OrderedDict()
        self._server: str | None = None  # of which `upto` is a snapshot
        self._following = asyncio.Lock()

    async def load(self, conn: Connection) -> None:
        """Read everything into what is empty yet, in the platform's scope. It stays empty where it cannot be used."""
        # what is read later may be newer than the snapshot: it is read again then
        upto, self._server = await fleet_changes.current_stand(conn)
        if self._server is None or not await fleet_changes.is_bytewise(conn):
            return
        if await fleet_changes.highest_machine(conn) > _MOST:
            return
        machines = await fleet_changes.list_every_machine(conn)
        self._take_models(await fleet_changes.read_models(conn))
        for first in range(0, len(machines), PORTION):
            self._take(await fleet_changes.read_rows(conn, machines[first : first + PORTION]))
        self._take_states(await fleet_changes.read_every_state(conn))
        self.called("", asked_by=0)  # what a search needs is there before the first
        self.upto = upto

    @property
    def is_loaded(self) -> bool:
        """Whether it may be asked."""
        return self.upto is not None

    def give_up(self) -> None:
        """Say nothing any more: another one is to be loaded."""
        self.upto = None
        self.version += 1

    async def follow(self, conn: Connection, changes: Changes, *, since: str) -> None:
        """Take over what has changed since the snapshot that was asked about; afterwards the index is as new as these
        changes at least, or it is given up: they are of another server than it was loaded from (a failover, a restored
        or a swapped database), or of more machines than it may hold.

        One request at a time does so. What was asked about a snapshot that others have left behind is not taken over:
        it could put older things in the place of newer ones. It is asked again, unless what they took over covers it.
        """
        async with self._following:
            if self.upto is None:
                return
            if self.upto != since and changes.server == self._server:
                if fleet_changes.covers(self.upto, changes.upto):
                    return
                changes = fleet_changes.changes_of(await fleet_changes.ask_changes(conn, self.upto))
            if (
                changes.server != self._server
                or fleet_changes.goes_back(changes.upto, self.upto)
                or max(changes.machines.max(initial=0), changes.states.machines.max(initial=0)) > _MOST
            ):
                self.give_up()
            else:
                await self._follow(conn, changes)

    async def _follow(self, conn: Connection, changes: Changes) -> None:
        if changes.models:
            self._take_models(await fleet_changes.read_models(conn))
        for first in range(0, len(changes.machines), PORTION):
            self._take(await fleet_changes.read_rows(conn, changes.machines[first : first + PORTION]))
        if self.model.max(initial=0) >= len(self.kind_of_model):  # of a model that was made in between
            self._take_models(await fleet_changes.read_models(conn))
        self._take_states(changes.states)
        self.upto = changes.upto
        if not changes.is_empty:
            self.version += 1

    @property
    def listed(self) -> Listed:
        """All machines, in the order of their numbers."""
        if self._listed is None:
            machines = np.flatnonzero(self.alive).astype(np.int32)
            names = [self.names[number].encode() for number in machines.tolist()]
            self._listed = Listed(
                machines, self._ids[machines], b"".join(names), np.fromiter(map(len, names), np.int32, len(names))
            )
        return self._listed

    def called(self, part: str, *, asked_by: int) -> Truths:
        """Which machines have the part, in lower case, in their words; (numbers,).

        Remembered for the organisation that asks: what comes at once would tell others what it looks for.
        """
        found = self._called.get((asked_by, part))
        if found is None:
            if self._haystack is None:
                self._haystack = pa.array(self._words, pa.string())
            found = pc.match_substring(self._haystack, part).to_numpy(zero_copy_only=False)
            self._called[asked_by, part] = found
            if len(self._called) > _KEPT:
                self._called.popitem(last=False)
        return found

    def worst_seen(self, reach: Reach) -> npt.NDArray[np.int8]:
        """The weight of the worst alarm of each machine that is open and the reach's to see; 0 without one."""
        machines, since_us = reach.machines, reach.alarms_us
        if reach.sees_all:
            return self.worst[reach.where]
        found = np.where(since_us == NEVER_US, np.int8(0), self.worst[machines])
        partly = (found > 0) & (self.oldest_us[machines] < since_us)
        if partly.any():
            since = np.full(len(self.alive), NEVER_US)
            since[machines[partly]] = since_us[partly]
            seen = self.alarms.raised_us >= since[self.alarms.machines]
            worst = np.zeros(len(self.alive), np.int8)
            np.maximum.at(worst, self.alarms.machines[seen], self.alarms.weights[seen].astype(np.int8))
            found[partly] = worst[machines[partly]]
        return found

    def _grow(self, count: int) -> None:
        more = count - len(self.alive)
        if more <= 0:
            return
        empty = {"known_us": NO_TIME, "minute": NO_MINUTE, "online": -1, "oldest_us": NEVER_US}
        for name in ("alive", "model", "site", "mode", "known_us", "minute", "online", "worst", "oldest_us"):
            known = getattr(self, name)
            setattr(self, name, np.append(known, np.full(more, empty.get(name, 0), known.dtype)))
        self._ids = np.vstack([self._ids, np.zeros((more, 16), np.uint8)])
        self._haystack = self._listed = None
        self._called.clear()
        for texts in (self.names, self.pins, self._words):
            texts.extend([""] * more)

    def _take_models(self, models: Iterable[ModelRow]) -> None:
        rows = list(models)
        self.kinds = sorted({"other", *(row.kind for row in rows)}, key=str.encode)
        self.models = {row.public_id: row.model_id for row in rows}
        kinds = np.full(max((row.model_id for row in rows), default=0) + 1, self.kinds.index("other"), np.int16)
        for row in rows:
            kinds[row.model_id] = self.kinds.index(row.kind)
        self.kind_of_model = kinds

    def _take(self, rows: Rows) -> None:
        self._grow(int(rows.wanted.max(initial=-1)) + 1)
        before = [(self.alive[n], self.names[n], self._words[n]) for n in rows.wanted.tolist()]
        gone: dict[int, str | None] = dict.fromkeys(rows.wanted.tolist())
        names = {**gone, **{row.machine_id: row.name for row in rows.words}}
        pins = {**gone, **{row.machine_id: row.pin for row in rows.words}}
        self.alive[rows.wanted] = False
        for number in gone.keys() - {row.machine_id for row in rows.words}:
            self._words[number] = ""
        for row in rows.words:
            number = row.machine_id
            self.alive[number] = True
            self._ids[number] = np.frombuffer(row.public_id.bytes, np.uint8)
            self.names[number], self.pins[number], self._words[number] = row.name, row.pin, row.words
            self.model[number], self.site[number], self.mode[number] = row.model, row.site, MODES.index(row.mode)
        self.by_name.put(names)
        self.by_pin.put(pins)
        if before != [(self.alive[n], self.names[n], self._words[n]) for n in rows.wanted.tolist()]:
            self._haystack = self._listed = None
            self._called.clear()
        self.reaches.put(rows.wanted, rows.periods)
        self._take_alarms(rows.wanted, rows.alarms)

    def _take_alarms(self, machines: Int32Array, alarms: OpenAlarms) -> None:
        stay = ~np.isin(self.alarms.machines, machines)
        columns = OpenAlarms.__dataclass_fields__
        self.alarms = OpenAlarms(
            *(np.concatenate([getattr(self.alarms, name)[stay], getattr(alarms, name)]) for name in columns)
        )
        self.worst[machines], self.oldest_us[machines] = 0, NEVER_US
        np.maximum.at(self.worst, alarms.machines, alarms.weights.astype(np.int8))
        np.minimum.at(self.oldest_us, alarms.machines, alarms.raised_us)

    def _take_states(self, states: States) -> None:
        self._grow(int(states.machines.max(initial=-1)) + 1)
        self.known_us[states.machines] = states.known_us
        self.minute[states.machines] = np.where(states.minute_us == NO_TIME, NO_MINUTE, states.minute_us // _MINUTE_US)
        self.online[states.machines] = states.online


def kind_place(kinds: Sequence[str], kind: str) -> tuple[int, bool]:
    """Where a kind is, or would be, among the sorted kinds, and whether it is there."""
    place = bisect_left([known.encode() for known in kinds], kind.encode())
    return place, place < len(kinds) and kinds[place] == kind
