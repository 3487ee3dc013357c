"""What rules ask of machines beside their readings, made ready for a rule set; kept between two config epochs."""

from collections.abc import Callable, Iterator, Sequence
from functools import cached_property

import numpy as np

from diagnosis.engine import Engine
from diagnosis.errors import RuleError
from diagnosis.local_time import LocalPlace
from diagnosis.machine_facts import MachineFacts, MachineOverride
from diagnosis.override import override_limits, rule_with_condition
from diagnosis.ruleset import RuleSet
from fleet.batch import BoolArray, Int32Array
from storage.machine_facts import FactRows, OverrideFacts, Software
from storage.registry import RegistryRows
from usecases.home_facts import OwnFences, local_place

SOFTWARE = "software_id="
"""How the text of an event begins in which a machine tells the release on its engine controller."""


class RuleFacts:
    """The facts of all machines as they were read.

    `say` is told of overrides that the rule set has no place for; they are left out.
    """

    def __init__(self, registry: RegistryRows, rows: FactRows, say: Callable[[str], None]) -> None:
        self._registry = registry
        self._rows = rows
        self._say = say
        self._fences = OwnFences(rows.geofences, rows.places)
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
            fences={key: list(self._fences.of(key, now_us)) for key in engine.fences},
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
        made = {site_id: local_place(site_id, clock, self._say) for site_id, clock in self._rows.sites.items()}
        places = {site_id: place for site_id, place in made.items() if place is not None}
        numbers = {site_id: number for number, site_id in enumerate(places)}
        place_of = np.full(len(self._registry.kind), -1, np.int32)
        for machine, home in self._rows.places.items():
            if machine < len(place_of) and home.site_id in numbers:
                place_of[machine] = numbers[home.site_id]
        return list(places.values()), place_of

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

    def _overrides(self, ruleset: RuleSet) -> Iterator[MachineOverride]:
        """What people entered for single machines, and of the set's own overrides those of other machines and rules."""
        entered = {(override.rule, override.machine_id) for override in self._rows.overrides}
        yield from (one for one in ruleset.overrides if (one.rule, one.machine) not in entered)
        for override in self._rows.overrides:
            try:
                yield machine_override(override, ruleset)
            except RuleError as error:
                self._say(f"the override of {self._registry.pin[override.machine_id]} is not used: {error}")


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
