"""What rules ask of machines beside their readings, made ready for a rule set; kept between two config epochs."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from diagnosis.engine import Engine
from diagnosis.errors import RuleError
from diagnosis.local_time import LocalPlace
from diagnosis.machine_facts import MachineFacts, MachineFence, MachineOverride
from diagnosis.override import override_limits, rule_with_condition
from diagnosis.ruleset import RuleSet
from diagnosis.syntax import FenceKey
from fleet.batch import BoolArray, Int32Array
from fleet.errors import InvalidInput
from fleet.wall_clock import get_zone
from storage.machine_facts import FactRows, GeofenceFacts, OverrideFacts, SiteClock, Software
from storage.registry import RegistryRows
from usecases.calendars import parse_calendar
from usecases.geofence_shapes import Fence, FenceShape

SOFTWARE = "software_id="
"""How the text of an event begins in which a machine tells the release on its engine controller."""


@dataclass(frozen=True, slots=True)
class _Shapes:
    area: Fence
    with_buffer: Fence


class RuleFacts:
    """The facts of all machines as they were read.

    `say` is told of overrides that the rule set has no place for; they are left out.
    """

    def __init__(self, registry: RegistryRows, rows: FactRows, say: Callable[[str], None]) -> None:
        self._registry = registry
        self._rows = rows
        self._say = say
        self._shapes: dict[tuple[int, float | None], _Shapes] = {}
        self._distrusted: tuple[tuple[int, int], ...] = ()

    def for_rules(self, engine: Engine, reports: BoolArray | None, *, now_us: int) -> MachineFacts:
        """What the engine's rules ask for, with the geofences in force at `now_us`.

        reports: (machines, catalogue signals), which signals each machine has sent; None: unknown.
        """
        size = len(self._registry.kind)
        mode: list[str | None] = [None] * size
        software: list[str | None] = [None] * size
        for machine, place in self._rows.places.items():
            if machine < size:
                mode[machine] = place.mode
        for machine, said in self._rows.software.items():
            if machine < size:
                software[machine] = said.release
        places, place_of = self._local
        return MachineFacts(
            nominal_voltage_v=self._registry.nominal_voltage_v,
            kind=self._registry.kind,
            model=self._registry.model,
            software=software,
            mode=mode,
            reports=reports,
            fences={key: list(self._fences_of(key, now_us)) for key in engine.fences},
            overrides=list(self._overrides(engine.ruleset)),
            places=places,
            place=place_of,
            distrusted=self._not_trusted(len(engine.catalogue)),
        )

    def _not_trusted(self, signals: int) -> BoolArray | None:
        """Which signals of which machines are not trusted, (machines, signals); None: all are."""
        if not self._distrusted:
            return None
        table = np.zeros((len(self._registry.kind), signals), np.bool_)
        for machine, signal in self._distrusted:
            if machine < len(table) and signal < signals:
                table[machine, signal] = True
        return table

    @cached_property
    def _local(self) -> tuple[list[LocalPlace], Int32Array]:
        """The clocks of the sites, and which of them is each machine's (-1: it is at no site that is known)."""
        made = {site_id: self._place(site_id, clock) for site_id, clock in self._rows.sites.items()}
        places = {site_id: place for site_id, place in made.items() if place is not None}
        numbers = {site_id: number for number, site_id in enumerate(places)}
        place_of = np.full(len(self._registry.kind), -1, np.int32)
        for machine, home in self._rows.places.items():
            if machine < len(place_of) and home.site_id in numbers:
                place_of[machine] = numbers[home.site_id]
        return list(places.values()), place_of

    def _place(self, site_id: int, clock: SiteClock) -> LocalPlace | None:
        """None, which is told, where this program does not know the zone."""
        try:
            zone = get_zone(clock.time_zone)
        except InvalidInput as error:
            self._say(f"the clock of site {site_id} is not used: {error}")
            return None
        try:
            calendar = parse_calendar(clock.working_calendar, clock.time_zone) if clock.working_calendar else None
        except InvalidInput as error:
            self._say(f"the working calendar of site {site_id} is not used: {error}")
            calendar = None
        return LocalPlace(zone, calendar)

    def learn_software(self, machine: int, release: str, at_us: int) -> bool:
        """Take over what a machine says of its engine controller; True when it runs another release now."""
        known = self._rows.software.get(machine)
        if known is not None and at_us < known.at_us:
            return False
        self._rows.software[machine] = Software(release, at_us)
        return known is None or known.release != release

    def learn_trust(self, distrusted: Sequence[tuple[int, int]]) -> bool:
        """Take over which signals of which machines are not trusted now; True when they are others."""
        before, self._distrusted = self._distrusted, tuple(distrusted)
        return before != self._distrusted

    def next_border_us(self, now_us: int) -> int:
        """When a geofence next begins or ends to be in force."""
        borders = [us for fence in self._rows.geofences for us in (fence.from_us, fence.to_us) if us > now_us]
        return min(borders, default=2**62)

    def _fences_of(self, key: FenceKey, now_us: int) -> Iterator[MachineFence]:
        """The fences of a name: of a machine those of its site, else those of its organisation, and where no fence
        has this name, those of this purpose likewise."""
        name, buffer_m = key
        named = [f for f in self._rows.geofences if f.name == name and f.from_us <= now_us < f.to_us]
        meant = [f for f in self._rows.geofences if f.purpose == name and f.from_us <= now_us < f.to_us]
        left = set(self._rows.places)
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
            place = self._rows.places[machine]
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

    def _overrides(self, ruleset: RuleSet) -> Iterator[MachineOverride]:
        """What people entered for single machines, and of the set's own overrides those of other machines and rules."""
        entered = {(override.rule, override.machine_id) for override in self._rows.overrides}
        yield from (one for one in ruleset.overrides if (one.rule, one.machine) not in entered)
        for override in self._rows.overrides:
            try:
                yield machine_override(override, ruleset)
            except RuleError as error:
                self._say(f"the override of machine {override.machine_id} is not used: {error}")


def machine_override(override: OverrideFacts, ruleset: RuleSet) -> MachineOverride:
    """An override for the engine; raises RuleError when the set has no such rule or limit."""
    rule = rule_with_condition(ruleset, override.rule)
    return MachineOverride(
        rule=rule.key,
        machine=override.machine_id,
        until_us=override.until_us,
        limits=override_limits(rule, override.limits),
        off=override.is_off,
    )
