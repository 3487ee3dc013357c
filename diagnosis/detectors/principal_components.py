"""Mahalanobis distance in the plane that healthy rows span, and the distance from that plane (Hotelling's T2 and Q)."""

import numpy as np

from diagnosis.detectors.band import HOLD, SPAN, held_cuts, silence, smoothed
from diagnosis.detectors.channels import MIN_ROWS, filled_up, usable_signals
from diagnosis.detectors.interface import Detector, FloatArray
from fleet.errors import InvalidInput

EXPLAINED = 0.9
HELD_SHARE = 0.99
SHRINKAGE = 0.05


class PrincipalComponents(Detector):
    """T2 and Q of the smoothed rows, each against the value that 99 % of held-out healthy rows stay under."""

    learned = ("n_features_in_", "seen_", "mean_", "scale_", "usable_", "inner_", "outer_", "limits_", "last_")

    mean_: FloatArray
    scale_: FloatArray
    usable_: FloatArray  # 1 for a signal that is assessed
    inner_: FloatArray  # signals x components, each over the root of its variance: T2 is the square of the projection
    outer_: FloatArray  # signals x signals: leaves what lies off the plane
    limits_: FloatArray  # of T2 and Q
    last_: FloatArray

    def __init__(self, drivers: tuple[int, ...] = ()) -> None:
        self.drivers = drivers

    def _learn(self, rows: FloatArray) -> None:
        if len(rows) < MIN_ROWS:
            raise InvalidInput(f"{len(rows)} rows are too few to learn from: at least {MIN_ROWS}.")
        usable = usable_signals(rows)
        usable[list(self.drivers)] = False
        filled = filled_up(np.where(usable, rows, 0.0))
        smooth, self.last_ = smoothed(filled, filled[:SPAN].mean(axis=0), SPAN)
        held = []
        for begin, to in held_cuts(len(smooth)):
            self._span(smooth[:begin], usable)
            held.append(self._distances(smooth[begin:to]))
        self.limits_ = np.maximum(np.quantile(np.vstack(held), HELD_SHARE, axis=0), 1e-9)
        self._span(smooth, usable)

    def _span(self, smooth: FloatArray, usable: np.ndarray) -> None:
        """The plane of smoothed healthy rows."""
        spread = smooth.std(axis=0)
        self.mean_ = smooth.mean(axis=0)
        self.scale_ = np.where(usable & (spread > 0), spread, 1.0)
        self.usable_ = usable.astype(np.float64)
        standard = (smooth - self.mean_) / self.scale_ * self.usable_
        variance, axes = np.linalg.eigh(standard.T @ standard / len(standard) + SHRINKAGE * np.diag(self.usable_))
        variance, axes = np.maximum(variance[::-1], 1e-12), axes[:, ::-1]
        count = int(np.searchsorted(np.cumsum(variance) / variance.sum(), EXPLAINED)) + 1
        self.inner_ = axes[:, :count] / np.sqrt(variance[:count])
        self.outer_ = (np.eye(len(axes)) - axes[:, :count] @ axes[:, :count].T) * self.usable_

    def _heard(self, rows: FloatArray) -> FloatArray:
        """The assessed signals; of a row with a gap nothing: its signals would be smoothed out of step."""
        heard = np.where(self.usable_ > 0, rows, 0.0)
        heard[np.isnan(heard).any(axis=1)] = np.nan
        return heard

    def _standard(self, smooth: FloatArray) -> FloatArray:
        standard: FloatArray = (smooth - self.mean_) / self.scale_ * self.usable_
        return standard

    def _distances(self, smooth: FloatArray) -> FloatArray:
        standard = self._standard(smooth)
        inside, outside = (((standard @ axes) ** 2).sum(axis=1) for axes in (self.inner_, self.outer_))
        return np.stack([inside, outside], axis=1)

    def _opening(self) -> FloatArray:
        return np.concatenate([self.last_, np.zeros(len(self.last_))])

    def _follow(self, state: FloatArray, rows: FloatArray) -> tuple[FloatArray, FloatArray]:
        count = self.n_features_in_
        heard = self._heard(rows)
        smooth, last = smoothed(heard, state[:count], SPAN)
        silent = silence(heard, state[count:])
        scores = np.sqrt((self._distances(smooth) / self.limits_).max(axis=1))
        scores[(silent > HOLD * SPAN).any(axis=1) | (not self.usable_.any())] = np.nan
        return scores, np.concatenate([last, silent[-1] if len(rows) else state[count:]])

    def foretell_after(self, state: FloatArray, X: FloatArray) -> FloatArray:  # noqa: N803 - scikit-learn's name
        """The mean of the healthy rows."""
        return np.tile(np.where(self.usable_ > 0, self.mean_, np.nan), (len(self._rows(X)), 1))

    def explain(self, X: FloatArray) -> FloatArray:  # noqa: N803 - scikit-learn's name
        """Each signal's share of the worse of the two distances, times the score."""
        rows = self._rows(X)
        heard = self._heard(rows)
        standard = self._standard(smoothed(heard, self.last_, SPAN)[0])
        inside = np.maximum(standard * (standard @ self.inner_ @ self.inner_.T), 0) / self.limits_[0]
        outside = (standard @ self.outer_) ** 2 / self.limits_[1]
        worse = np.where((inside.sum(axis=1) >= outside.sum(axis=1))[:, None], inside, outside)
        whole = worse.sum(axis=1, keepdims=True)
        scores = np.nan_to_num(self.follow(self.opening(), rows)[0].scores)
        told: FloatArray = worse / np.where(whole > 0, whole, 1.0) * scores[:, None]
        return told
