"""Which machines have left somebody's sight while a stream was open: sold, their share over, their owner moved."""

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from storage.read_event_log import list_parents
from storage.read_live_machines import list_public_ids, list_seen_now
from storage.read_pool import Connection
from usecases.read_live_audience import Audience


@dataclass(frozen=True, slots=True, kw_only=True)
class Departure:
    """A machine, and the organisations that saw it at the reading before and see it no more."""

    machine_id: int
    public_id: UUID
    organisations: frozenset[int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Moves:
    """What has changed of who sees what. `arrived`: machines that somebody has come to see."""

    departures: tuple[Departure, ...] = ()
    arrived: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class _Seeing:
    pairs: frozenset[tuple[int, int]]
    parents: dict[int, int | None]

    def by_machine(self, machines: frozenset[int]) -> dict[int, frozenset[int]]:
        """Who sees each of these machines: owners, sharers, and all above them."""
        tree = Audience((), self.parents)
        found: dict[int, set[int]] = defaultdict(set)
        for machine, organisation in self.pairs:
            if machine in machines:
                found[machine].update(tree.upwards(organisation))
        return {machine: frozenset(found[machine]) for machine in machines}


@dataclass(slots=True)
class Sightings:
    """Who sees which machine, as of the last reading."""

    _last: _Seeing | None = field(default=None)

    def forget(self) -> None:
        """Begin anew: the next reading finds nothing moved."""
        self._last = None

    async def read(self, conn: Connection, *, now: datetime) -> Moves:
        """What has moved since the reading before, in a transaction that sees everything."""
        last, here = self._last, _Seeing(await list_seen_now(conn, now=now), await list_parents(conn))
        self._last = here
        if last is None or last == here:
            return Moves()
        machines = _concerned(last, here)
        before, after = last.by_machine(machines), here.by_machine(machines)
        lost = {machine: gone for machine in machines if (gone := before[machine] - after[machine])}
        public_ids = await list_public_ids(conn, list(lost)) if lost else {}
        return Moves(
            departures=tuple(
                Departure(machine_id=machine, public_id=public_ids[machine], organisations=gone)
                for machine, gone in lost.items()
                if machine in public_ids
            ),
            arrived=frozenset(machine for machine in machines if after[machine] - before[machine]),
        )


def _concerned(last: _Seeing, here: _Seeing) -> frozenset[int]:
    """Machines of which ownership, shares, or what is above their organisations may have changed."""
    trees = Audience((), last.parents), Audience((), here.parents)
    pairs = last.pairs ^ here.pairs
    if last.parents != here.parents:
        moved = {o for o in here.parents if set(trees[0].upwards(o)) != set(trees[1].upwards(o))}
        pairs |= {pair for pair in last.pairs | here.pairs if pair[1] in moved}
    return frozenset(machine for machine, _ in pairs)
