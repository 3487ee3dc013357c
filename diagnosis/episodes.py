"""Episodes above a detector's alarms: they begin with the row that was out first and end when it has been quiet.

Alarms that follow each other within QUIET rows are one episode. Causal: what it says up to a row depends on the rows up
to it, and any splitting of a stream gives the same episodes.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Self

import numpy as np

from diagnosis.detectors.interface import FloatArray, Judgement
from diagnosis.detectors.persistence import QUIET
from fleet.batch import Int64Array

Telling = Callable[[int], tuple[str, Sequence[tuple[str, float]]]]
"""Row -> what an episode that is held at it is about, and its values."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Episode:
    """One episode; times in microseconds UTC. to_us: the row from which on it was quiet, None while it holds."""

    subject: str
    from_us: int
    held_us: int
    to_us: int | None = None
    values: tuple[tuple[str, float], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class EpisodeState:
    """What is known of a stream: the instants of the rows that were out, of the last assessed ones; the open episode;
    since when and for how many rows it has been quiet."""

    out_us: tuple[int | None, ...] = ()  # of each of the last rows: its instant where it was out
    open: Episode | None = None
    quiet_us: int | None = None
    quiet: int = 0

    def to_json(self) -> dict[str, Any]:
        """Plain values, for a database."""
        one = self.open
        opened = None if one is None else [one.subject, one.from_us, one.held_us, [list(v) for v in one.values]]
        return {"out": list(self.out_us), "open": opened, "quiet_us": self.quiet_us, "quiet": self.quiet}

    @classmethod
    def from_json(cls, kept: dict[str, Any]) -> Self:
        """The state that `to_json` gave."""
        opened = kept["open"]
        one = None
        if opened is not None:
            values = tuple((str(name), float(value)) for name, value in opened[3])
            one = Episode(subject=opened[0], from_us=opened[1], held_us=opened[2], values=values)
        return cls(out_us=tuple(kept["out"]), open=one, quiet_us=kept["quiet_us"], quiet=kept["quiet"])


def follow_episodes(
    state: EpisodeState,
    at_us: Int64Array,
    judgement: Judgement,
    *,
    last: int,
    telling: Telling,
    quiet: int = QUIET,
) -> tuple[list[Episode], EpisodeState]:
    """The episodes that begin (open) and end (closed) at these rows, in order, and the state after them.

    last: rows that the detector's persistence looks back on; quiet: assessed rows without alarm that end an episode.
    One that begins and ends here is told twice.
    """
    told: list[Episode] = []
    over = _over(judgement.scores)
    assessed = ~np.isnan(judgement.scores)
    for row in np.flatnonzero(assessed | judgement.alarms).tolist():
        now = int(at_us[row])
        if assessed[row]:
            state = replace(state, out_us=(*state.out_us, now if over[row] else None)[-last:])
        if judgement.alarms[row]:
            state = _alarmed(state, now, row, telling, told)
        elif state.open is not None:
            state = _quieter(state, now, told, quiet)
    return told, state


def closed(state: EpisodeState, at_us: int) -> tuple[list[Episode], EpisodeState]:
    """The open episode ended from outside, because nothing judges the stream any more."""
    if state.open is None:
        return [], EpisodeState()
    end = max(at_us if state.quiet_us is None else state.quiet_us, state.open.held_us)
    return [replace(state.open, to_us=end)], EpisodeState()


def _alarmed(state: EpisodeState, now: int, row: int, telling: Telling, told: list[Episode]) -> EpisodeState:
    if state.open is None:
        subject, values = telling(row)
        begun = min((at for at in state.out_us if at is not None), default=now)
        one = Episode(subject=subject, from_us=begun, held_us=now, values=tuple(values))
        told.append(one)
        return replace(state, open=one, quiet_us=None, quiet=0)
    return replace(state, quiet_us=None, quiet=0)


def _quieter(state: EpisodeState, now: int, told: list[Episode], rows: int) -> EpisodeState:
    since, quiet = (now, 1) if state.quiet_us is None else (state.quiet_us, state.quiet + 1)
    if quiet < rows or state.open is None:
        return replace(state, quiet_us=since, quiet=quiet)
    told.append(replace(state.open, to_us=since))
    return replace(state, open=None, quiet_us=None, quiet=0)


def _over(scores: FloatArray) -> Sequence[bool]:
    over: list[bool] = (scores >= 1).tolist()
    return over
