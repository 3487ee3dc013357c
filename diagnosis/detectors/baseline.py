"""Each machine against its own baseline by regime, which begins as that of its model's other machines.

What the drivers (load, speed, ambient ...) explain of a signal over the whole family is taken off first: ridge on the
drivers and their squares, within machines. What is left has a mean by regime (thirds of the first two drivers), which
differs from machine to machine by the variance BETWEEN and from row to row by WITHIN. A machine of which n rows of a
regime are known stands at the mean of its own rows, weighted by w = n BETWEEN / (n BETWEEN + TIES WITHIN), and the
family's, weighted by 1 - w; it is foretold with the variance WITHIN + BETWEEN (1 - w) (Bayes for a normal mean with a
normal prior; TIES neighbouring rows of a machine tell as much as one). So a new machine is judged loosely at once, and
by itself after some days. Rows that are out, in an alarm or frozen from outside teach nothing, and what was learned
longest ago fades once MEMORY rows are known.
"""

import math
from enum import StrEnum
from typing import Any, NamedTuple, Self

import numpy as np
import numpy.typing as npt

from diagnosis.detectors.channels import filled_up, usable_signals, worst
from diagnosis.detectors.interface import BoolArray, Detector, FloatArray, Judgement
from diagnosis.detectors.persistence import QUIET
from fleet.errors import InvalidInput

GAIN = 1 / 3
"""Of the smoothing: an EWMA of 5 rows."""
CLIP = 2.0
TINY = 1e-6
HOLD = 60
"""A signal without a value for so many rows is not assessed."""
THIRDS = 3
MARGIN = 0.1
"""A driver further out than this share of its learned range: a regime never seen."""
RIDGE = 0.01
TIES = 30
MIN_ROWS, MIN_FAMILY = 30, 3
OWN_ROWS = 600
SENSORS = 0.03
"""Alike machines differ by so much of a signal's mean at the least: what their sensors are good for."""
MEMORY = 10_000
PRIOR_ROWS = 300
"""The machine's own scatter counts as much as the family's once so many rows are known."""
LEAST_BORDER, HELD_SHARE, SLACK = 4.0, 0.999, 1.25
CALIBRATED = (20, 4_000)
"""The borders are set on so many machines, and rows of each."""

Units = npt.NDArray[Any]


class Standing(StrEnum):
    """What a machine is judged by."""

    LEARNING = "learning"  # by nothing yet
    FAMILY = "family"  # mostly by its model's other machines
    OWN = "own"
    NOT_ASSESSED = "not_assessed"  # it works in a regime never seen
    FROZEN = "frozen"  # an alarm is open: what it does teaches nothing


class _Stream(NamedTuple):
    """Views of one flat state: rows known, their mean and sum of squares, regimes x signals; the rest a signal."""

    known: FloatArray
    mean: FloatArray
    squares: FloatArray
    smooth: FloatArray  # of how far out, in deviations
    silent: FloatArray
    place: FloatArray  # one number: the last row's regime, -1 none
    calm: FloatArray  # one number: assessed rows since an alarm; fewer than QUIET belong to it


class _Followed(NamedTuple):
    """Rows x signals: how far each signal is out, and how far what was foretold lies above it; the state after."""

    ratios: FloatArray
    short: FloatArray
    later: FloatArray


class _Prior(NamedTuple):
    """What the family says, regimes x signals, 0 where `alone`: nothing; and the borders, NaN what is not judged."""

    family: FloatArray
    within: FloatArray
    between: FloatArray
    alone: BoolArray
    border: FloatArray
    most: FloatArray  # deviations that a row counts for


class FamilyBaseline(Detector):
    """Score: the worst signal's distance from its baseline over its border; drivers are not judged.

    drivers: the columns of X that say what the machine is asked to do and where; a row without one of them, or with one
    that lies out of all that was learned, is not assessed. Learned from three machines or more there is a family;
    from one machine it begins with that machine's own rows.
    """

    learned = (
        "n_features_in_",
        "centre_",
        "scale_",
        "usable_",
        "slopes_",
        "reach_",
        "cuts_",
        "prior_",
        "border_",
        "own_",
    )

    centre_: FloatArray
    scale_: FloatArray
    usable_: FloatArray  # 1 for a signal that is judged
    slopes_: FloatArray  # columns of the drivers x signals
    reach_: FloatArray  # least and greatest of each driver, standardised
    cuts_: FloatArray  # drivers that make regimes x where their thirds meet
    prior_: FloatArray  # (mean, within, between) x regimes x signals; NaN where the family says nothing
    border_: FloatArray
    own_: FloatArray  # the state to begin with

    def __init__(self, drivers: tuple[int, ...] = ()) -> None:
        self.drivers = drivers

    def fit(self, X: FloatArray, y: object = None, units: Units | None = None) -> Self:  # noqa: N803 - scikit-learn's
        """Learn from healthy rows of the family's machines; units says whose each row is, None: all of one machine."""
        rows = self._rows(X, learning=True)
        self.n_features_in_ = rows.shape[1]
        self._learn_units(rows, np.zeros(len(rows)) if units is None else np.asarray(units))
        return self

    def _learn(self, rows: FloatArray) -> None:
        self._learn_units(rows, np.zeros(len(rows)))

    def _learn_units(self, rows: FloatArray, units: Units) -> None:
        if len(rows) < MIN_ROWS:
            raise InvalidInput(f"{len(rows)} rows are too few to learn from: at least {MIN_ROWS}.")
        if not all(0 <= driver < rows.shape[1] for driver in self.drivers):
            raise InvalidInput(f"There are {rows.shape[1]} signals: {self.drivers} cannot all be drivers.")
        usable = usable_signals(rows)
        filled = filled_up(rows)
        spread = filled.std(axis=0)
        self.centre_, self.scale_ = filled.mean(axis=0), np.where(usable & (spread > 0), spread, 1.0)
        usable[list(self.drivers)] = False
        self.usable_ = usable.astype(np.float64)
        standard = (rows - self.centre_) / self.scale_
        driven = standard[:, list(self.drivers)]
        heard = np.where(np.isnan(driven), 0.0, driven)
        least, greatest = heard.min(axis=0), heard.max(axis=0)
        self.reach_ = np.stack([least - MARGIN * (greatest - least), greatest + MARGIN * (greatest - least)])
        self.cuts_ = np.quantile(heard[:, :2], np.arange(1, THIRDS) / THIRDS, axis=0).T
        names, of = np.unique(units, return_inverse=True)
        self.slopes_ = _slopes(_columns(heard), np.where(np.isnan(standard), 0.0, standard), of)
        self.prior_ = np.full((3, self._regimes, rows.shape[1]), np.nan)
        self.border_ = np.full(rows.shape[1], LEAST_BORDER)
        self.own_ = self._blank()
        left, regime = self._left(rows)
        if len(names) >= MIN_FAMILY:
            tolerance = SENSORS * np.abs(self.centre_) / self.scale_
            self.prior_ = _prior(left, regime, of, self._regimes, tolerance**2)
        self._set_borders(rows, of)
        if len(names) == 1:
            self.own_ = self._run(self._blank(), rows, alarm=self.persistence.opening()).later
            stream = self._stream(self.own_)
            stream.smooth[:], stream.place[:], stream.calm[:] = 0, -1, QUIET

    def _set_borders(self, rows: FloatArray, of: Units) -> None:
        """No border lies below what healthy machines of the learning reach, each followed as a stream."""
        machines, most = CALIBRATED
        opening = self.persistence.opening()
        reached = [
            self._run(self._blank(), rows[of == one][:most], alarm=opening).ratios * self.border_
            for one in range(min(of.max() + 1, machines))
        ]
        whole = np.vstack(reached)
        known = np.where(np.isnan(whole), 0.0, whole)
        self.border_ = np.maximum(LEAST_BORDER, SLACK * np.quantile(known, HELD_SHARE, axis=0))

    @property
    def _regimes(self) -> int:
        return int(THIRDS ** len(self.drivers[:2]))

    def _blank(self) -> FloatArray:
        state = np.zeros((3 * self._regimes + 2) * self.n_features_in_ + 2)
        state[-2:] = -1, QUIET
        return state

    def _stream(self, state: FloatArray) -> _Stream:
        signals, cells = self.n_features_in_, self._regimes * self.n_features_in_
        known, mean, squares = state[: 3 * cells].reshape(3, self._regimes, signals)
        tail = state[3 * cells :]
        return _Stream(known, mean, squares, tail[:signals], tail[signals : 2 * signals], tail[-2:-1], tail[-1:])

    def _left(self, rows: FloatArray) -> tuple[FloatArray, npt.NDArray[np.int64]]:
        """What the drivers do not explain, and each row's regime; -1 for one that was never seen."""
        standard = (rows - self.centre_) / self.scale_
        driven = standard[:, list(self.drivers)]
        seen = np.all((driven >= self.reach_[0]) & (driven <= self.reach_[1]), axis=1)
        heard = np.where(np.isnan(driven), 0.0, driven)
        left = standard - _columns(heard) @ self.slopes_
        left[:, self.usable_ == 0] = np.nan
        regime = np.zeros(len(rows), dtype=np.int64)
        for driver, cuts in enumerate(self.cuts_):
            regime = regime * THIRDS + np.searchsorted(cuts, heard[:, driver])
        return left, np.where(seen, regime, -1)

    def _opening(self) -> FloatArray:
        return self.own_.copy()

    def follow(
        self,
        state: FloatArray,
        X: FloatArray,  # noqa: N803 - scikit-learn's name
        frozen: BoolArray | None = None,
    ) -> tuple[Judgement, FloatArray]:
        """Judges the rows that come next; frozen rows are judged and teach nothing."""
        rows = self._rows(X)
        cut = self.persistence.size
        found = self._run(state[cut:], rows, alarm=state[:cut], frozen=frozen)
        scores = worst(found.ratios)
        alarms, held = self.persistence.follow(state[:cut], scores)
        return Judgement(scores, alarms), np.concatenate([held, found.later])

    def _follow(self, state: FloatArray, rows: FloatArray) -> tuple[FloatArray, FloatArray]:
        found = self._run(state, rows, alarm=self.persistence.opening())
        return worst(found.ratios), found.later

    def _run(
        self, state: FloatArray, rows: FloatArray, *, alarm: FloatArray, frozen: BoolArray | None = None
    ) -> _Followed:
        later = state.copy()
        stream, prior = self._stream(later), self._cleaned()
        left, regimes = self._left(rows)
        heard, ratios, centres = ~np.isnan(left), np.full(rows.shape, np.nan), np.full(rows.shape, np.nan)
        is_open, window = bool(alarm[0]), [bool(over) for over in alarm[1:]]
        may_learn = np.ones(len(rows), dtype=np.bool_) if frozen is None else ~frozen
        for at, (regime, may) in enumerate(zip(regimes.tolist(), may_learn.tolist(), strict=True)):
            stream.place[0] = regime
            stream.silent[:] += 1
            if regime < 0:
                continue
            ratios[at], centres[at] = _judged(stream, prior, left[at], regime, heard[at])
            score = float(np.fmax.reduce(ratios[at]))
            if not math.isnan(score):
                is_open = self.persistence.step(is_open, window, score >= 1)
                stream.calm[0] = 0 if is_open else stream.calm[0] + 1
            if may and not score >= 1 and stream.calm[0] >= QUIET:
                _teach(stream, left[at], regime, heard[at])
        return _Followed(ratios, centres - left, later)

    def _cleaned(self) -> _Prior:
        family, within, between = np.nan_to_num(self.prior_)
        border = np.where(self.usable_ > 0, self.border_, np.nan)
        return _Prior(family, within, between, np.isnan(self.prior_[0]), border, CLIP * self.border_)

    def explain(self, X: FloatArray) -> FloatArray:  # noqa: N803 - scikit-learn's name
        """How far out each signal is: the greatest of a row is its score."""
        return self.explain_after(self.opening(), X)

    def explain_after(self, state: FloatArray, X: FloatArray) -> FloatArray:  # noqa: N803
        """The same of rows that follow `state`."""
        cut = self.persistence.size
        return np.nan_to_num(self._run(state[cut:], self._rows(X), alarm=state[:cut]).ratios)

    def foretell_after(self, state: FloatArray, X: FloatArray) -> FloatArray:  # noqa: N803
        """What the machine's and its family's past say of each signal, in its own unit."""
        rows, cut = self._rows(X), self.persistence.size
        return rows + self._run(state[cut:], rows, alarm=state[:cut]).short * self.scale_

    def conditioned(self, X: FloatArray) -> tuple[FloatArray, npt.NDArray[np.int64], int]:  # noqa: N803
        """What the drivers do not explain of each signal, 1 being what lies between machines of the family (NaN where
        it says nothing); each row's regime (-1: never seen); how many regimes there are."""
        left, regime = self._left(self._rows(X))
        return left / np.sqrt(self.prior_[2])[regime], regime, self._regimes

    def standing(self, state: FloatArray) -> Standing:
        """What the machine of this state is judged by, as of its last row."""
        stream = self._stream(state[self.persistence.size :])
        regime, judged = int(stream.place[0]), self.usable_ > 0
        rows = float(stream.known[:, judged].max(axis=1, initial=0).sum())
        if rows > 0 and regime < 0:
            return Standing.NOT_ASSESSED
        has_family = bool(np.isfinite(self.prior_[0, max(regime, 0)][judged]).any())
        here = float(stream.known[max(regime, 0), judged].max(initial=0))
        if not has_family and here < MIN_ROWS:
            return Standing.LEARNING
        return Standing.OWN if rows >= OWN_ROWS or not has_family else Standing.FAMILY


def _judged(
    stream: _Stream, prior: _Prior, left: FloatArray, regime: int, heard: BoolArray
) -> tuple[FloatArray, FloatArray]:
    """How far out each signal of a row is, NaN where neither the family nor the machine foretells it; and what they
    foretell. A row counts for at most CLIP borders: one wild minute is no alarm."""
    known, alone = stream.known[regime], prior.alone[regime]
    own = stream.squares[regime] / np.maximum(known, 1)
    within = np.where(alone, own, (PRIOR_ROWS * prior.within[regime] + known * own) / (PRIOR_ROWS + known))
    between = prior.between[regime]
    told = known * between
    weight = np.where(alone, 1.0, told / np.maximum(told + TIES * within, TINY))
    family = prior.family[regime]
    centre = family + weight * (stream.mean[regime] - family)
    out = (left - centre) / np.sqrt(within + between * (1 - weight) + TINY)
    out = np.clip(out, -prior.most, prior.most)
    unknown = alone & (known < MIN_ROWS)
    heard = heard & ~unknown
    stream.silent[heard] = 0
    stream.smooth[heard] += GAIN * (out[heard] - stream.smooth[heard])
    ratios = np.abs(stream.smooth) / prior.border
    ratios[unknown | (stream.silent > HOLD)] = np.nan
    return ratios, np.where(unknown, np.nan, centre)


def _teach(stream: _Stream, left: FloatArray, regime: int, heard: BoolArray) -> None:
    """Welford's running mean and sum of squares, of at most MEMORY rows."""
    known, mean, squares = stream.known[regime], stream.mean[regime], stream.squares[regime]
    squares[heard & (known >= MEMORY)] *= 1 - 1 / MEMORY
    known[heard] = np.minimum(known[heard] + 1, MEMORY)
    step = left[heard] - mean[heard]
    mean[heard] += step / known[heard]
    squares[heard] += step * (left[heard] - mean[heard])


def _columns(driven: FloatArray) -> FloatArray:
    return np.hstack([driven, driven**2 - 1])


def _slopes(columns: FloatArray, standard: FloatArray, of: Units) -> FloatArray:
    """What the columns explain of each signal within machines: ridge."""
    if not columns.shape[1]:
        return np.zeros((0, standard.shape[1]))
    count = np.bincount(of)[:, None]

    def within(values: FloatArray) -> FloatArray:
        sums = np.zeros((len(count), values.shape[1]))
        np.add.at(sums, of, values)
        return values - (sums / count)[of]

    inner, outer = within(columns), within(standard)
    square = inner.T @ inner / len(inner) + RIDGE * np.eye(columns.shape[1])
    return np.asarray(np.linalg.solve(square, inner.T @ outer / len(inner)))


def _prior(left: FloatArray, regime: npt.NDArray[np.int64], of: Units, regimes: int, least: FloatArray) -> FloatArray:
    """Mean, scatter within and between machines of each regime and signal; NaN where fewer than MIN_FAMILY say it.

    least: what lies between machines at the least, a signal.
    """
    told = np.full((3, regimes, left.shape[1]), np.nan)
    for one in range(regimes):
        here = [left[(regime == one) & (of == machine)] for machine in range(int(of.max()) + 1)]
        enough = [(~np.isnan(rows)).sum(axis=0) >= MIN_ROWS for rows in here]
        for signal in range(left.shape[1]):
            columns = [rows[:, signal] for rows, is_enough in zip(here, enough, strict=True) if is_enough[signal]]
            if len(columns) >= MIN_FAMILY:
                means = np.array([np.nanmean(column) for column in columns])
                inner = float(np.median([np.nanvar(column) for column in columns]))
                middle = float(np.median(means))
                between = max(float(means.var(ddof=1)), 0.05 * inner, float(least[signal]))
                told[:, one, signal] = middle, inner, between
    return told
