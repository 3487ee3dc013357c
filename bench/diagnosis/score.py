"""What was said against what was true: recall, false episodes, delays, causes, and sensors taken for machines."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Any

from bench.diagnosis.judge import Said
from simulators.month.events import Behaviour, FaultEvent, Labels, SensorEvent
from simulators.month.rows import HOUR_ROWS, ROW_US, instant_us

GRACE_US = HOUR_ROWS * ROW_US  # a finding may open so long after the repair
MERGED_US = 12 * HOUR_ROWS * ROW_US  # findings of one system nearer than a shift are one episode to an operator
BEHAVIOUR_GRACE_US = 30 * 6 * ROW_US


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What became of one fault: the finding that recalled it, None when it was missed.

    causes: the first three of the first of these findings that has causes (a model's has none).
    """

    event: FaultEvent
    by: Said | None
    causes: tuple[str, ...] = ()

    @property
    def delay_h(self) -> float | None:
        """From its beginning until it was shown."""
        return None if self.by is None else (self.by.shown_us - instant_us(self.event.from_row)) / 3.6e9

    @property
    def is_named(self) -> bool:
        """Whether the truth is among the first three causes of the first finding about it that has any."""
        return bool(set(self.causes) & set(self.event.causes))


@dataclass(frozen=True, slots=True, kw_only=True)
class Episode:
    """Findings of one system of one machine that an operator takes for one thing."""

    machine: int
    system: str
    from_us: int
    to_us: int
    keys: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Score:
    """The whole outcome."""

    verdicts: tuple[Verdict, ...]
    false_episodes: tuple[Episode, ...]
    sensor_events: tuple[SensorEvent, ...]
    sensors_blamed_on_machine: tuple[tuple[SensorEvent, Said], ...]
    sensors_told: int
    machine_months: float

    @property
    def recall(self) -> float:
        """Share of faults that were found."""
        return _share(sum(v.by is not None for v in self.verdicts), len(self.verdicts))

    @property
    def named(self) -> float:
        """Share of found faults whose truth is among the first three causes."""
        found = [v for v in self.verdicts if v.by is not None]
        return _share(sum(v.is_named for v in found), len(found))

    @property
    def false_a_machine_month(self) -> float:
        """False episodes shown a machine and 30 days."""
        return len(self.false_episodes) / self.machine_months

    @property
    def sensors_recognised(self) -> float:
        """Share of sensor faults of which a finding says that the sensor is at fault."""
        return _share(self.sensors_told, len(self.sensor_events))

    @property
    def sensors_as_machine(self) -> float:
        """Share of sensor faults that were called faults of the machine: a finding on the sensor's signal names first
        what does not lie in what measures (`Said.blames_sensor`), and nothing else of the machine accounts for it."""
        return _share(len(self.sensors_blamed_on_machine), len(self.sensor_events))

    def by_kind(self) -> dict[str, dict[str, float | None]]:
        """Fault kind -> events, found, recall, median delay in hours, share named."""
        kinds: dict[str, list[Verdict]] = defaultdict(list)
        for verdict in self.verdicts:
            kinds[verdict.event.kind].append(verdict)
        table: dict[str, dict[str, float | None]] = {}
        for kind, verdicts in sorted(kinds.items()):
            delays = [v.delay_h for v in verdicts if v.delay_h is not None]
            table[kind] = {
                "events": len(verdicts),
                "found": len(delays),
                "recall": round(len(delays) / len(verdicts), 3),
                "median_delay_h": round(median(delays), 2) if delays else None,
                "named_in_top_3": round(sum(v.is_named for v in verdicts) / len(delays), 3) if delays else None,
            }
        return table

    def confusion(self) -> dict[str, dict[str, int]]:
        """Fault kind -> top cause (missed: none) -> how often."""
        table: dict[str, Counter[str]] = defaultdict(Counter)
        for verdict in self.verdicts:
            top = "missed" if verdict.by is None else (verdict.causes or ("no cause",))[0]
            table[verdict.event.kind][top] += 1
        return {kind: dict(counts.most_common()) for kind, counts in sorted(table.items())}


def score(labels: Labels, said: Sequence[Said], *, machine_months: float) -> Score:
    """Judge what was said of the whole fleet.

    A fault is recalled by the first finding of its own system on its machine that holds between its beginning and its
    end plus GRACE_US. What no label of the machine accounts for is false, merged to episodes.
    """
    of_machine: dict[int, list[Said]] = defaultdict(list)
    for one in sorted(said, key=lambda one: one.shown_us):
        of_machine[one.machine].append(one)
    known = labels_by_machine(labels)
    verdicts = tuple(_verdict(event, of_machine[event.machine]) for event in labels.faults)
    blamed, recognised = [], 0
    for event in labels.sensors:
        own = [one for one in of_machine[event.machine] if _reads(one, event)]
        recognised += any(one.blames_sensor for one in own)
        about = (one for one in own if not one.blames_sensor)
        wrong = next((one for one in about if not _excused(one, known[event.machine])), None)
        if wrong is not None:
            blamed.append((event, wrong))
    unaccounted = [one for one in said if not _accounted(one, known[one.machine])]
    return Score(
        verdicts=verdicts,
        false_episodes=tuple(merged(unaccounted)),
        sensor_events=labels.sensors,
        sensors_blamed_on_machine=tuple(blamed),
        sensors_told=recognised,
        machine_months=machine_months,
    )


def labels_by_machine(labels: Labels) -> dict[int, Labels]:
    """The labels of each machine; none for one that is not there."""
    parts: dict[int, dict[str, list[Any]]] = defaultdict(lambda: defaultdict(list))
    for name in ("faults", "sensors", "behaviours", "outages"):
        for one in getattr(labels, name):
            parts[one.machine][name].append(one)
    found: dict[int, Labels] = defaultdict(Labels)
    for machine, part in parts.items():
        found[machine] = Labels(**{name: tuple(ones) for name, ones in part.items()})
    return found


def _verdict(event: FaultEvent, said: Sequence[Said]) -> Verdict:
    about = [one for one in said if recalls(one, event)]
    causes = next((one.causes for one in about if one.causes), ())
    return Verdict(event=event, by=about[0] if about else None, causes=causes)


def recalls(one: Said, event: FaultEvent) -> bool:
    """Whether a finding is about this fault: its system or one of its causes first, and in its time."""
    right = one.system == event.system or (bool(one.causes) and one.causes[0] in event.causes)
    return right and not one.blames_sensor and _within(one, event.from_row, event.to_row, GRACE_US)


def merged(said: Iterable[Said]) -> list[Episode]:
    """Findings of one machine and system that hold less than MERGED_US apart as episodes."""
    groups: dict[tuple[int, str], list[Said]] = defaultdict(list)
    for one in sorted(said, key=lambda one: one.held_us):
        groups[one.machine, one.system].append(one)
    episodes = []
    for (machine, system), findings in sorted(groups.items()):
        part: list[Said] = []
        for one in findings:
            if part and one.held_us - _end(part) > MERGED_US:
                episodes.append(_episode(machine, system, part))
                part = []
            part.append(one)
        episodes.append(_episode(machine, system, part))
    return episodes


def _episode(machine: int, system: str, part: Sequence[Said]) -> Episode:
    keys = tuple(dict.fromkeys(one.key for one in part))
    return Episode(machine=machine, system=system, from_us=part[0].held_us, to_us=_end(part), keys=keys)


def _end(part: Sequence[Said]) -> int:
    return max(one.to_us if one.to_us is not None else one.held_us for one in part)


def _within(one: Said, from_row: int, to_row: int, grace_us: int) -> bool:
    return instant_us(from_row) <= one.held_us <= instant_us(to_row) + grace_us


def _reads(one: Said, event: SensorEvent) -> bool:
    return event.signal in one.signals and _within(one, event.from_row, event.to_row, GRACE_US)


def _excused(one: Said, labels: Labels) -> bool:
    """Whether a fault or a behaviour of the machine accounts for the finding."""
    return any(
        one.system in (event.system, *event.also) and _within(one, event.from_row, event.to_row, GRACE_US)
        for event in labels.faults
    ) or any(_did(one, behaviour) for behaviour in labels.behaviours)


def _accounted(one: Said, labels: Labels) -> bool:
    if _excused(one, labels):
        return True
    return any(
        event.signal in one.signals and _within(one, event.from_row, event.to_row, GRACE_US) for event in labels.sensors
    )


def _did(one: Said, behaviour: Behaviour) -> bool:
    return one.key in behaviour.rules and _within(one, behaviour.from_row, behaviour.to_row, BEHAVIOUR_GRACE_US)


def _share(part: int, whole: int) -> float:
    return part / whole if whole else float("nan")
