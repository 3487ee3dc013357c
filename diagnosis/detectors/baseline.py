"""Each machine against its own baseline by regime, which begins as that of its model's other machines.

What the drivers (load, speed, ambient ...) explain of a signal over the whole family is taken off first: ridge on the
drivers and their squares, within machines. What is left has a mean by regime (thirds of the first two drivers), which
differs from machine to machine by the variance BETWEEN and from row to row by WITHIN. A machine of which n rows of a
regime are known stands at the mean of its own rows, weighted by w = n BETWEEN / (n BETWEEN + TIES WITHIN), and the
family's, weighted by 1 - w (Bayes for a normal mean with a normal prior; TIES neighbouring rows of a machine tell as
much as one), and moved by its LEVEL: what its last days lay beside that in all regimes, since filters fill and parts
wear in. So a new machine is judged loosely at once, and by itself after some days. Rows that are out, in an alarm or
frozen from outside teach nothing, and what was learned longest ago fades once MEMORY rows are known.

What is judged is the mean of an hour's rows (an EWMA of SPAN), not a row: a machine that was idle or stood is cooler
than its load says for a quarter of an hour, and a fault stays. The variance of that mean is WITHIN times what smoothing
leaves of it (`persistence_of`), and BETWEEN (1 - w). How many such deviations are out is set for each signal by what
healthy machines reach that the family did not learn from (`borders`).
"""

import math
from enum import StrEnum
from typing import NamedTuple, Self

import numpy as np

from diagnosis.detectors.borders import borders
from diagnosis.detectors.channels import filled_up, usable_signals, worst
from diagnosis.detectors.family import (
    MIN_FAMILY,
    MIN_ROWS,
    SENSORS,
    Regimes,
    Units,
    columns_of,
    persistence_of,
    prior_of,
    slopes_of,
)
from diagnosis.detectors.interface import BoolArray, Detector, FloatArray, Judgement
from diagnosis.detectors.persistence import QUIET
from diagnosis.detectors.streams import GAIN, Prior, Stream, judged, teach
from fleet.errors import InvalidInput

CLIP, WILD = 2.0, 50.0
"""Borders that a row counts for at the most; deviations while the borders are being set."""
THIRDS = 3
MARGIN = 0.1
"""A driver further out than this share of its learned range: a regime never seen."""
OWN_ROWS = 600
LEAST_BORDER = 4.0
FOLDS, CALIBRATED = 4, (20, 4_000)
"""The borders are set on so many machines, and rows of each, by what the other three quarters of the family say."""


class Standing(StrEnum):
    """What a machine is judged by."""

    LEARNING = "learning"  # by nothing yet
    FAMILY = "family"  # mostly by its model's other machines
    OWN = "own"
    NOT_ASSESSED = "not_assessed"  # it works in a regime never seen
    FROZEN = "frozen"  # an alarm is open: what it does teaches nothing


class _Followed(NamedTuple):
    """Rows x signals: how far each signal is out in borders and in deviations, and how far what was foretold lies above
    it; the state after."""

    ratios: FloatArray
    far: FloatArray
    short: FloatArray
    later: FloatArray


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
        "persists_",
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
    persists_: FloatArray  # share of a signal's variance within machines that is left after smoothing
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
        heard = self._heard(rows)
        least, greatest = heard.min(axis=0), heard.max(axis=0)
        self.reach_ = np.stack([least - MARGIN * (greatest - least), greatest + MARGIN * (greatest - least)])
        self.cuts_ = np.quantile(heard[:, :2], np.arange(1, THIRDS) / THIRDS, axis=0).T
        of = np.unique(units, return_inverse=True)[1]
        self.own_ = self._blank()
        self._set_borders(rows, of)
        self._learn_family(rows, of)
        if of.max() == 0:
            self.own_ = self._run(self._blank(), rows, alarm=self.persistence.opening()).later
            stream = self._stream(self.own_)
            stream.smooth[:], stream.place[:], stream.calm[:] = 0, -1, QUIET

    def _learn_family(self, rows: FloatArray, of: Units) -> None:
        """Slopes, prior and persistence from some of the rows."""
        names, own = np.unique(of, return_inverse=True)
        standard = (rows - self.centre_) / self.scale_
        told = np.where(np.isnan(standard), 0.0, standard)
        self.slopes_ = slopes_of(columns_of(self._heard(rows)), told, own)
        self.prior_ = np.full((3, self._regimes, rows.shape[1]), np.nan)
        left, regime = self._left(rows)
        if len(names) >= MIN_FAMILY:
            tolerance = SENSORS * np.abs(self.centre_) / self.scale_
            self.prior_ = prior_of(left, regime, own, self._regimes, tolerance**2)
        self.persists_ = persistence_of(left, regime, own, GAIN)

    def _set_borders(self, rows: FloatArray, of: Units) -> None:
        """Each machine is followed as a stream, by a family that it is no part of where there are machines enough."""
        machines, most = CALIBRATED
        count = int(of.max()) + 1
        folds = FOLDS if count > MIN_FAMILY else 1
        chosen = np.unique(np.linspace(0, count - 1, min(count, machines)).round().astype(np.int64))
        self.border_ = np.ones(rows.shape[1])
        reached = []
        for fold in range(folds):
            others = (of % folds != fold) | (folds == 1)
            self._learn_family(rows[others], of[others])
            reached += [self._reached(rows[of == one][:most]) for one in chosen[chosen % folds == fold]]
        self.border_ = borders(reached, LEAST_BORDER)

    def _reached(self, rows: FloatArray) -> FloatArray:
        """The deviations of a machine that nothing is known of, while it is thought well."""
        prior = self._cleaned()._replace(border=np.full(rows.shape[1], np.inf), most=np.full(rows.shape[1], WILD))
        return self._run(self._blank(), rows, alarm=self.persistence.opening(), prior=prior).far

    @property
    def _regimes(self) -> int:
        return int(THIRDS ** len(self.drivers[:2]))

    def _blank(self) -> FloatArray:
        state = np.zeros((3 * self._regimes + 3) * self.n_features_in_ + 2)
        state[-2:] = -1, QUIET
        return state

    def _stream(self, state: FloatArray) -> Stream:
        signals, cells = self.n_features_in_, self._regimes * self.n_features_in_
        known, mean, squares = state[: 3 * cells].reshape(3, self._regimes, signals)
        smooth, silent, level = state[3 * cells : -2].reshape(3, signals)
        return Stream(known, mean, squares, smooth, silent, level, state[-2:-1], state[-1:])

    def _heard(self, rows: FloatArray) -> FloatArray:
        """The drivers, standardised, 0 where one is missing."""
        return np.nan_to_num(((rows - self.centre_) / self.scale_)[:, list(self.drivers)])

    def _left(self, rows: FloatArray) -> tuple[FloatArray, Regimes]:
        """What the drivers do not explain, and each row's regime; -1 for one that was never seen."""
        standard = (rows - self.centre_) / self.scale_
        driven = standard[:, list(self.drivers)]
        seen = np.all((driven >= self.reach_[0]) & (driven <= self.reach_[1]), axis=1)
        heard = self._heard(rows)
        left = standard - columns_of(heard) @ self.slopes_
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
        self,
        state: FloatArray,
        rows: FloatArray,
        *,
        alarm: FloatArray,
        frozen: BoolArray | None = None,
        prior: Prior | None = None,
    ) -> _Followed:
        later = state.copy()
        stream, prior = self._stream(later), prior or self._cleaned()
        left, regimes = self._left(rows)
        heard, far, centres = ~np.isnan(left), np.full(rows.shape, np.nan), np.full(rows.shape, np.nan)
        is_open, window = bool(alarm[0]), [bool(over) for over in alarm[1:]]
        may_learn = np.ones(len(rows), dtype=np.bool_) if frozen is None else ~frozen
        for at, (regime, may) in enumerate(zip(regimes.tolist(), may_learn.tolist(), strict=True)):
            stream.place[0] = regime
            stream.silent[:] += 1
            if regime < 0:
                continue
            far[at], centres[at] = judged(stream, prior, left[at], regime, heard[at])
            score = float(np.fmax.reduce(far[at] / prior.border))
            if not math.isnan(score):
                is_open = self.persistence.step(is_open, window, score >= 1)
                stream.calm[0] = 0 if is_open else stream.calm[0] + 1
            if may and not score >= 1 and stream.calm[0] >= QUIET:
                teach(stream, left[at], centres[at], regime, heard[at])
        return _Followed(far / prior.border, far, centres - left, later)

    def _cleaned(self) -> Prior:
        family, within, between = np.nan_to_num(self.prior_)
        border = np.where(self.usable_ > 0, self.border_, np.nan)
        return Prior(family, within, between, np.isnan(self.prior_[0]), self.persists_, border, CLIP * self.border_)

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

    def conditioned(self, X: FloatArray) -> tuple[FloatArray, Regimes, int]:  # noqa: N803
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
