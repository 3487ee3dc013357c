"""Which events and machines a live stream or a webhook is about, and finding those whom an event concerns."""

from collections import defaultdict
from collections.abc import Collection, Hashable, Iterator, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar
from uuid import UUID

from fleet.errors import InvalidInput, NotFound
from storage.read_live_filter import find_ids, find_machines
from storage.read_pool import Connection
from storage.sight import Scope
from usecases.event_log_kinds import check_kinds

MOST_NAMED = 200  # machines, sites ... of one filter
Listener = TypeVar("Listener", bound=Hashable)


@dataclass(frozen=True, slots=True, kw_only=True)
class AskedFilter:
    """A filter as it was asked for: `machines` are public ids or aliases, sites, models, organisations public ids."""

    kinds: Sequence[str] = ()
    severities: Sequence[str] = ()
    machines: Sequence[str] = ()
    sites: Sequence[UUID] = ()
    models: Sequence[UUID] = ()
    machine_kinds: Sequence[str] = ()
    organisations: Sequence[UUID] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """What a filter looks at: an entry of the event log, or a machine whose state changed (no kind).

    `organisations` are those that see it, with all above them.
    """

    kind: str | None
    severity: str | None
    machine_id: int | None
    site_id: int | None
    model_id: int | None
    machine_kind: str | None
    organisations: frozenset[int]


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveFilter:
    """A filter with inner ids; an empty set is no condition. Kinds end in `*` where the rest does not matter."""

    kinds: frozenset[str] = frozenset()
    severities: frozenset[str] = frozenset()
    machines: frozenset[int] = frozenset()
    sites: frozenset[int] = frozenset()
    models: frozenset[int] = frozenset()
    machine_kinds: frozenset[str] = frozenset()
    organisations: frozenset[int] = frozenset()

    def takes(self, subject: Subject) -> bool:
        """True when the subject meets every condition. Kind and severity are conditions on events alone."""
        if subject.kind is not None and not self.takes_kind(subject.kind):
            return False
        if subject.kind is not None and self.severities and subject.severity not in self.severities:
            return False
        return (
            (not self.machines or subject.machine_id in self.machines)
            and (not self.sites or subject.site_id in self.sites)
            and (not self.models or subject.model_id in self.models)
            and (not self.machine_kinds or subject.machine_kind in self.machine_kinds)
            and (not self.organisations or not self.organisations.isdisjoint(subject.organisations))
        )

    def takes_kind(self, kind: str) -> bool:
        """True when events of this kind are asked for."""
        if not self.kinds or kind in self.kinds:
            return True
        return any(wanted.endswith("*") and kind.startswith(wanted[:-1]) for wanted in self.kinds)

    @property
    def names_machines(self) -> bool:
        """True when it is about some machines only."""
        return any((self.machines, self.sites, self.models, self.machine_kinds, self.organisations))

    def narrowest(self) -> tuple[str, Collection[Hashable]]:
        """The condition that most likely leaves the fewest subjects, by name; `all` without one."""
        for name, values in (
            ("machine", self.machines),
            ("site", self.sites),
            ("organisation", self.organisations),
            ("model", self.models),
            ("machine_kind", self.machine_kinds),
        ):
            if values:
                return name, values
        return "all", (None,)


async def resolve(conn: Connection, scope: Scope, asked: AskedFilter) -> LiveFilter:
    """The filter with inner ids, in a transaction of the caller's scope.

    Raises NotFound when something it names is not there or not the caller's to see, and InvalidInput when it names too
    much or a kind of events that there is not.
    """
    check_kinds(asked.kinds)
    lists = (asked.machines, asked.sites, asked.models, asked.machine_kinds, asked.organisations, asked.kinds)
    if any(len(named) > MOST_NAMED for named in lists):
        raise InvalidInput("filter_too_many", most=MOST_NAMED)
    return LiveFilter(
        kinds=frozenset(asked.kinds),
        severities=frozenset(asked.severities),
        machines=await _machines(conn, scope, asked.machines),
        sites=await _ids(conn, scope, "site", asked.sites),
        models=await _ids(conn, scope, "model", asked.models),
        machine_kinds=frozenset(asked.machine_kinds),
        organisations=await _ids(conn, scope, "organisation", asked.organisations),
    )


async def _machines(conn: Connection, scope: Scope, references: Sequence[str]) -> frozenset[int]:
    if not references:
        return frozenset()
    named: dict[str, list[str]] = defaultdict(list)
    for reference in references:
        alias, colon, value = reference.partition(":")
        named[alias if colon else "id"].append(value if colon else _uuid(reference))
    found = await find_machines(conn, scope, named)
    wanted = [(alias, value) for alias, values in named.items() for value in values]
    if any(name not in found for name in wanted):
        raise NotFound
    return frozenset(found[name] for name in wanted)


def _uuid(text: str) -> str:
    try:
        return str(UUID(text))
    except ValueError:
        raise NotFound from None


async def _ids(conn: Connection, scope: Scope, what: str, public_ids: Sequence[UUID]) -> frozenset[int]:
    if not public_ids:
        return frozenset()
    found = await find_ids(conn, scope, what, public_ids)
    if any(public_id not in found for public_id in public_ids):
        raise NotFound
    return frozenset(found.values())


class FilterIndex(Generic[Listener]):
    """Finds the listeners whom a subject concerns without asking every one.

    Each listener stands in one place for each value of its narrowest condition, under its own organisation (None for
    the platform's, which sees all). A subject looks into the places of its own values: O(listeners concerned), not
    O(listeners).
    """

    def __init__(self) -> None:
        self._places: dict[tuple[int | None, str, Hashable], dict[Listener, LiveFilter]] = {}

    def add(self, listener: Listener, scope: Scope, wanted: LiveFilter) -> None:
        """Let the listener hear of what the scope sees and the filter takes."""
        for place in _places(scope, wanted):
            self._places.setdefault(place, {})[listener] = wanted

    def discard(self, listener: Listener, scope: Scope, wanted: LiveFilter) -> None:
        """Forget a listener that was added with this scope and filter."""
        for place in _places(scope, wanted):
            there = self._places.get(place)
            if there is not None:
                there.pop(listener, None)
                if not there:
                    del self._places[place]

    def concerned(self, subject: Subject) -> list[Listener]:
        """Those who may see the subject and asked for it, each once."""
        narrow = [
            ("machine", subject.machine_id),
            ("site", subject.site_id),
            ("model", subject.model_id),
            ("machine_kind", subject.machine_kind),
            ("all", None),
            *(("organisation", organisation) for organisation in subject.organisations),
        ]
        found: dict[Listener, None] = {}
        for organisation in (None, *subject.organisations):
            for name, value in narrow:
                for listener, wanted in self._places.get((organisation, name, value), {}).items():
                    if listener not in found and wanted.takes(subject):
                        found[listener] = None
        return list(found)


def _places(scope: Scope, wanted: LiveFilter) -> Iterator[tuple[int | None, str, Hashable]]:
    name, values = wanted.narrowest()
    organisation = None if scope.sees_all else scope.organisation_id
    return ((organisation, name, value) for value in values)
