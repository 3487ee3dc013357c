"""Where machines are at home, for rules and diagnoses: the clocks and calendars of their sites, and their geofences."""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from diagnosis.local_time import LocalPlace
from diagnosis.machine_facts import MachineFacts, MachineFence
from diagnosis.syntax import FenceKey
from fleet.errors import InvalidInput
from fleet.wall_clock import get_zone
from storage.machine_facts import GeofenceFacts, HomeRows, MachinePlace, SiteClock
from usecases.calendars import parse_calendar
from usecases.geofence_shapes import Fence, FenceShape


def local_place(site_id: int, clock: SiteClock, say: Callable[[str], None]) -> LocalPlace | None:
    """The clock of a site; None, which is told, where this program does not know the zone."""
    try:
        zone = get_zone(clock.time_zone)
    except InvalidInput as error:
        say(f"the clock of site {site_id} is not used: {error}")
        return None
    try:
        calendar = parse_calendar(clock.working_calendar, clock.time_zone) if clock.working_calendar else None
    except InvalidInput as error:
        say(f"the working calendar of site {site_id} is not used: {error}")
        calendar = None
    return LocalPlace(zone, calendar)


@dataclass(frozen=True, slots=True)
class _Shapes:
    area: Fence
    with_buffer: Fence


class OwnFences:
    """Which of the geofences are each machine's; `places`: by machine, those of all machines that are asked for."""

    def __init__(self, geofences: Sequence[GeofenceFacts], places: Mapping[int, MachinePlace]) -> None:
        self._geofences = geofences
        self._places = places
        self._shapes: dict[tuple[int, float | None], _Shapes] = {}

    def of(self, key: FenceKey, now_us: int) -> Iterator[MachineFence]:
        """The fences of a name: of a machine those of its site, else those of its organisation, and where no fence
        has this name, those of this purpose likewise."""
        name, buffer_m = key
        named = [f for f in self._geofences if f.name == name and f.from_us <= now_us < f.to_us]
        meant = [f for f in self._geofences if f.purpose == name and f.from_us <= now_us < f.to_us]
        left = set(self._places)
        for fences in (named, meant):
            for of_site in (True, False):
                found = self._machines(fences, left, of_site=of_site)
                for fence, machines in found:
                    shapes = self._shaped(fence, buffer_m)
                    yield MachineFence(np.array(sorted(machines), np.int32), shapes.area, shapes.with_buffer)
                left -= {machine for _, machines in found for machine in machines}

    def _machines(
        self, fences: Sequence[GeofenceFacts], left: set[int], *, of_site: bool
    ) -> list[tuple[GeofenceFacts, set[int]]]:
        """Which of the machines `left` have these fences, by site or by organisation."""
        here = [fence for fence in fences if (fence.site_id is not None) == of_site]
        if not here:
            return []
        homes: dict[int, set[int]] = {}
        for machine in left:
            place = self._places[machine]
            home = place.site_id if of_site else place.organisation_id
            if home is not None:
                homes.setdefault(home, set()).add(machine)
        homed = [(fence, fence.site_id if of_site else fence.organisation_id) for fence in here]
        return [(fence, homes[home]) for fence, home in homed if home is not None and home in homes]

    def _shaped(self, fence: GeofenceFacts, buffer_m: float | None) -> _Shapes:
        key = fence.geofence_id, buffer_m
        if key not in self._shapes:
            shape = FenceShape(geometry=fence.geometry, radius_m=fence.radius_m, width_m=fence.width_m)
            reach_m = fence.buffer_m if buffer_m is None else buffer_m
            self._shapes[key] = _Shapes(Fence(shape), Fence(shape, buffer_m=reach_m))
        return self._shapes[key]


@dataclass(frozen=True, slots=True)
class Home:
    """The home of one machine; without rows nothing is known of it."""

    machine_id: int
    rows: HomeRows | None = None

    def added(self, facts: MachineFacts, fences: Collection[FenceKey], at_us: int) -> MachineFacts:
        """The facts of this machine, there as machine 0, with its site's clock and the geofences in force then.

        What cannot be read is left out: the gateway has told of it when it read the same.
        """
        own = None if self.rows is None else self.rows.places.get(self.machine_id)
        if self.rows is None or own is None:
            return facts
        clock = None if own.site_id is None else self.rows.sites.get(own.site_id)
        place = None if clock is None or own.site_id is None else local_place(own.site_id, clock, lambda _: None)
        known = OwnFences(self.rows.geofences, {0: own})
        return replace(
            facts,
            fences={key: list(known.of(key, at_us)) for key in fences},
            places=[] if place is None else [place],
            place=None if place is None else np.zeros(1, np.int32),
        )
