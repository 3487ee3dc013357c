"""The models' side: minutes of every machine, a family model a machine model, and what it shows of each machine.

As `ecc train` and the step of `ecc diagnose` do it, in memory: learned from the quiet days at the beginning, without
the minutes in which a rule had a finding of medium severity or more open; those teach nothing afterwards either.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np

from bench.diagnosis.judge import Said
from bench.diagnosis.systems import system_of_signal
from diagnosis.detectors.baseline import FamilyBaseline
from diagnosis.deviations import Beside, of_deviation, shares_of, side_of
from diagnosis.episodes import Episode, EpisodeState
from diagnosis.fault_knowledge import packaged_knowledge
from diagnosis.minutes import Remembered, Settled, judge_minutes
from diagnosis.recorded import FOREVER
from diagnosis.rule import Rule
from diagnosis.ruleset import packaged_ruleset
from diagnosis.watched import ENGINE_SPEED, Columns, candidates, is_settled, reported
from fleet.batch import BoolArray, Float64Array, Int64Array
from fleet.errors import InvalidInput
from fleet.findings import Severity
from fleet.signals import Catalogue, packaged_catalogue
from simulators.month.instruments import Stream
from simulators.month.rows import DAY_ROWS, ROW_US, START_US

MINUTE_US = 60_000_000
SETTLED_US = 3 * MINUTE_US  # a minute is judged so long after it began
PASS_ROWS = 240
NAME = "baseline"


@dataclass(frozen=True, slots=True)
class Minutes:
    """Settled minutes of one machine: at_us (rows,), values rows x watched signals, and where a rule had a finding."""

    at_us: Int64Array
    values: Float64Array
    alarmed: BoolArray

    def save(self, folder: Path, machine: int) -> None:
        """Keep them, float32."""
        np.savez(
            folder / f"{machine}.npz", at_us=self.at_us, values=self.values.astype(np.float32), alarmed=self.alarmed
        )

    @classmethod
    def load(cls, folder: Path, machine: int) -> "Minutes":
        """What `save` kept."""
        with np.load(folder / f"{machine}.npz") as kept:
            return cls(kept["at_us"], kept["values"].astype(np.float64), kept["alarmed"])


def minutes_of(stream: Stream, catalogue: Catalogue, said: Sequence[Said]) -> Minutes:
    """The means of each minute, as the rollups have them."""
    columns = candidates(catalogue)
    values = np.full((len(stream.at_us), len(columns.keys)), np.nan)
    for place, signal in enumerate(columns.ids(catalogue)):
        here = np.flatnonzero(stream.signals == signal)
        if len(here):
            values[:, place] = stream.values[:, here[0]]
    at_us, first = np.unique(stream.at_us // MINUTE_US, return_index=True)
    known = ~np.isnan(values)
    sums = np.add.reduceat(np.where(known, values, 0.0), first, axis=0)
    counts = np.add.reduceat(known.astype(np.float64), first, axis=0)
    means = np.where(counts > 0, sums / np.maximum(counts, 1), np.nan)
    speed = values[:, columns.keys.index(ENGINE_SPEED)]
    least = np.minimum.reduceat(np.where(np.isnan(speed), np.inf, speed), first)
    settled = is_settled(at_us * MINUTE_US, np.where(np.isinf(least), np.nan, least))
    at_us, means = at_us[settled] * MINUTE_US, means[settled]
    return Minutes(at_us, means, _alarmed(at_us, said))


def _alarmed(at_us: Int64Array, said: Sequence[Said]) -> BoolArray:
    """The minutes in which the machine was ill; findings of severity low are advice (storage.windows.list_alarmed)."""
    open_ = np.zeros(len(at_us), np.bool_)
    rules = _rules()
    for one in said:
        if one.key in rules and rules[one.key].severity is Severity.LOW:
            continue
        begin, end = np.searchsorted(at_us, [one.from_us, FOREVER if one.to_us is None else one.to_us])
        open_[begin:end] = True
    return open_


@cache
def _rules() -> Mapping[str, Rule]:
    return packaged_ruleset(packaged_catalogue()).by_key


@dataclass(frozen=True, slots=True)
class Family:
    """What the machines of one model have in common, and the columns it was learned from."""

    detector: FamilyBaseline
    columns: Columns


def learn_family(folder: Path, machines: Sequence[int], catalogue: Catalogue, days: float) -> Family | None:
    """From the healthy minutes of the first days; None where there are too few."""
    until = START_US + round(days * DAY_ROWS) * ROW_US
    parts, units = [], []
    for machine in machines:
        minutes = Minutes.load(folder, machine)
        healthy = (minutes.at_us < until) & ~minutes.alarmed
        parts.append(minutes.values[healthy])
        units.append(np.full(int(healthy.sum()), machine))
    columns, rows = reported(candidates(catalogue), np.vstack(parts))
    detector = FamilyBaseline(drivers=tuple(range(columns.drivers)))
    try:
        return Family(detector.fit(rows, units=np.concatenate(units)), columns)
    except InvalidInput:
        return None


def model_says(family: Family, folder: Path, machine: int, catalogue: Catalogue) -> Iterator[Said]:
    """The model's episodes on one machine, its whole month judged as a stream."""
    minutes, detector = Minutes.load(folder, machine), family.detector
    places = [candidates(catalogue).keys.index(key) for key in family.columns.keys]
    rows, kept = minutes.values[:, places], Remembered(detector.opening(), EpisodeState())
    told: list[Episode] = []
    for begin in range(0, len(rows), PASS_ROWS):
        part = slice(begin, begin + PASS_ROWS)
        settled = Settled(minutes.at_us[part], rows[part], minutes.alarmed[part])
        _, some, kept = judge_minutes(detector, family.columns.keys, kept, settled)
        told += some
    ends = {one.from_us: one.to_us for one in told if one.to_us is not None}
    opened = {one.from_us: one for one in reversed(told)}
    for from_us, one in sorted(opened.items()):
        yield Said(
            machine=machine, source="model", key=f"{NAME}:{one.subject}",
            system=system_of_signal().get(one.subject, "other"), from_us=from_us, held_us=one.held_us,
            shown_us=one.held_us + SETTLED_US, to_us=ends.get(from_us), causes=_causes(one, family.columns, catalogue),
            signals=(one.subject,),
        )  # fmt: skip


def _causes(one: Episode, columns: Columns, catalogue: Catalogue) -> tuple[str, ...]:
    values = dict(one.values)
    beside = Beside(shares_of(values), columns.keys)
    above = side_of(one.subject, values)
    told = of_deviation(one.subject, packaged_knowledge(), catalogue, above=above, beside=beside)
    return tuple(ranked.cause for ranked in told.causes[:3])
