"""Hands messages to the machines' links: held back, repeated, or kept for the end of a dead zone, as the plan says."""

import heapq
import itertools
from collections.abc import Iterable, Sequence

import numpy as np

from fleet.batch import BoolArray
from simulators.config import SimulationConfig
from simulators.generate import Generator, Outgoing
from simulators.link import Books, Link
from simulators.network import Network
from simulators.outbox import Message
from simulators.plan import DeadZone

_NOTES = {"split": "split", "conflict": "conflicts"}


def choose_dead_zones(config: SimulationConfig, generator: Generator) -> list[DeadZone]:
    """The plan's dead zones and the random ones of `transport.offline_share`, by start; never of a faulty machine."""
    transport = config.plan.transport
    planned = {zone.machine for zone in config.plan.dead_zones}
    rng = np.random.default_rng([config.seed, 4])
    free = [m for m in generator.machines if m.index not in generator.faulty and m.terminal not in planned]
    count = min(round(transport.offline_share * len(generator.machines)), len(free))
    latest_s = max(8.0, 0.5 * (config.duration_s or 60.0))
    random = [
        DeadZone(
            machine=free[int(i)].terminal,
            from_s=float(rng.uniform(4.0, latest_s)),
            for_s=transport.offline_s * float(rng.uniform(0.6, 1.4)),
            newest_first=bool(rng.random() < 0.5),
        )
        for i in rng.permutation(len(free))[:count]
    ]
    return sorted([*config.plan.dead_zones, *random], key=lambda zone: zone.from_s)


class Dispatcher:
    """Owns the links of a fleet. Works in the thread that serves their network."""

    def __init__(self, config: SimulationConfig, generator: Generator, books: Books) -> None:
        self._generator = generator
        self._books = books
        self._zones = choose_dead_zones(config, generator)
        newest_first = {zone.machine for zone in self._zones if zone.newest_first}
        self.links: Sequence[Link] = [
            Link(m.terminal, config.broker, books, newest_first=m.terminal in newest_first) for m in generator.machines
        ]
        self.live: BoolArray = np.ones(len(self.links), np.bool_)
        for zone in self._zones:
            self.live[generator.index[zone.machine]] = False
        self._leaving = [(zone.from_s, generator.index[zone.machine]) for zone in self._zones]
        self._coming = sorted((zone.from_s + zone.for_s, generator.index[zone.machine]) for zone in self._zones)
        self._again: list[tuple[float, int, int, Message]] = []  # (when, order, machine, message)
        self._order = itertools.count()

    @property
    def pending(self) -> int:
        """Messages that nothing has confirmed yet."""
        return sum(len(link.outbox) for link in self.links)

    @property
    def idle(self) -> bool:
        """True when every message is covered by a commit ack and every PUBLISH confirmed by the broker."""
        return not self._again and all(link.idle for link in self.links)

    def send(self, outgoing: Iterable[Outgoing], now_s: float, network: Network) -> None:
        """Take new messages."""
        for out in outgoing:
            link = self.links[out.machine]
            link.boot = out.message.boot
            out.message.due_s = now_s + out.delay_s if out.delay_s else 0.0
            if out.again_s is not None:
                heapq.heappush(self._again, (now_s + out.again_s, next(self._order), out.machine, out.message))
            self._note(out)
            link.submit(out.message, now_s)
            network.watch(link)

    def _note(self, out: Outgoing) -> None:
        tally = self._books.tally
        tally.delayed += out.delay_s > 0.0
        if out.note in _NOTES:
            setattr(tally, _NOTES[out.note], getattr(tally, _NOTES[out.note]) + 1)

    def advance(self, wall_s: float, now_s: float, network: Network) -> None:
        """Planted duplicates and dead zones whose time has come; `wall_s` since the start of the run."""
        while self._again and self._again[0][0] <= now_s:
            _, _, machine, message = heapq.heappop(self._again)
            self.links[machine].repeat(message, now_s)
            network.watch(self.links[machine])
        while self._leaving and self._leaving[0][0] <= wall_s:
            self.links[self._leaving.pop(0)[1]].drop()
        while self._coming and self._coming[0][0] <= wall_s:
            self.links[self._coming.pop(0)[1]].rejoin()

    def finish(self, now_s: float) -> None:
        """Nothing new comes: end the dead zones and let go of what was held back."""
        self._leaving, self._coming = [], []
        self._again = [(now_s, order, machine, message) for _, order, machine, message in self._again]
        heapq.heapify(self._again)
        for link in self.links:
            link.outbox.release(now_s)
            if not link.wanted:
                link.rejoin()
