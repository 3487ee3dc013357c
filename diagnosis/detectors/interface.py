"""What every detector is: a scikit-learn estimator that also follows a stream with a bounded state."""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import ClassVar, Self

import numpy as np
import numpy.typing as npt

from diagnosis.detectors.persistence import Persistence
from diagnosis.learned import Learned
from fleet.errors import InvalidInput

FloatArray = npt.NDArray[np.float64]
BoolArray = npt.NDArray[np.bool_]
MARGIN = 0.1


@dataclass(frozen=True, slots=True)
class Judgement:
    """What a detector says of rows.

    scores: how abnormal, 1 is the border; NaN where the row could not be assessed. alarms: after persistence.
    """

    scores: FloatArray
    alarms: BoolArray


class Detector(Learned, ABC):
    """Learns one machine's healthy rows and judges those that follow, oldest first, never looking ahead.

    X is rows x signals, NaN where a signal was not reported. Construction only keeps its parameters, as scikit-learn
    wants; `fit` learns; what it learned is in `learned` and nowhere else. The state of a stream is one flat array of
    numbers whose length depends on the signals only, so it can be kept in a database and restored. A row's score
    depends on the training rows, the state and the rows up to it.
    """

    n_features_in_: int
    drivers: tuple[int, ...] = ()
    """The columns of X that say what the machine is asked to do and where (load, speed, ambient): never judged.

    A row with one that is missing, or further out than MARGIN of its learned range, is in a regime never seen: not
    assessed.
    """
    seen_: FloatArray  # least and greatest of each driver
    persistence: ClassVar[Persistence] = Persistence()

    def fit(self, X: FloatArray, y: object = None) -> Self:  # noqa: N803 - scikit-learn's name
        """Learn from healthy rows, the last of which comes right before the first that is judged."""
        rows = self._rows(X, learning=True)
        self.n_features_in_ = rows.shape[1]
        self.seen_ = self._range(rows)
        self._learn(rows)
        return self

    def opening(self) -> FloatArray:
        """The state of a stream right after the training rows."""
        return np.concatenate([self.persistence.opening(), self._opening()])

    def follow(
        self,
        state: FloatArray,
        X: FloatArray,  # noqa: N803
        frozen: BoolArray | None = None,
    ) -> tuple[Judgement, FloatArray]:
        """Judges the rows that come next, and the state after them; `state` itself is left as it was.

        frozen: rows that must teach nothing, for a detector that goes on learning (FamilyBaseline); others learn by
        `fit` alone.
        """
        rows = self._rows(X)
        cut = self.persistence.size
        unseen = self._unseen(rows)
        rows[unseen] = np.nan
        scores, later = self._follow(state[cut:].copy(), rows)
        scores[unseen] = np.nan
        alarms, held = self.persistence.follow(state[:cut], scores)
        return Judgement(scores, alarms), np.concatenate([held, later])

    def score_samples(self, X: FloatArray) -> FloatArray:  # noqa: N803
        """scikit-learn's score of rows that follow the training rows: the lower the worse, -1 is the border."""
        return -self.follow(self.opening(), X)[0].scores

    def predict(self, X: FloatArray) -> npt.NDArray[np.int64]:  # noqa: N803
        """-1 for rows in alarm, 1 for the others, for rows that follow the training rows."""
        return np.where(self.follow(self.opening(), X)[0].alarms, -1, 1)

    def explain_after(self, state: FloatArray, X: FloatArray) -> FloatArray:  # noqa: N803
        """`explain` of rows that follow `state`; where a detector does not say it, of rows that follow the training."""
        return self.explain(X)

    def foretell_after(self, state: FloatArray, X: FloatArray) -> FloatArray:  # noqa: N803
        """What was expected of each signal at rows that follow `state`, in its own unit; NaN where nothing was."""
        return np.full(self._rows(X).shape, np.nan)

    def state_bytes(self) -> int:
        """Bytes kept for a machine: what was learned of it and the state of its stream."""
        return sum(array.nbytes for array in self.arrays().values()) + self.opening().nbytes

    def _range(self, rows: FloatArray) -> FloatArray:
        """What the drivers were while learning, a little wider. Raises InvalidInput."""
        if not all(0 <= driver < rows.shape[1] for driver in self.drivers):
            raise InvalidInput(f"There are {rows.shape[1]} signals: {self.drivers} cannot all be drivers.")
        driven = rows[:, list(self.drivers)]
        least, greatest = np.fmin.reduce(driven, axis=0), np.fmax.reduce(driven, axis=0)
        return np.stack([least - MARGIN * (greatest - least), greatest + MARGIN * (greatest - least)])

    def _unseen(self, rows: FloatArray) -> BoolArray:
        """The rows in a regime that was never seen."""
        if not self.drivers:
            return np.zeros(len(rows), dtype=np.bool_)
        driven = rows[:, list(self.drivers)]
        return np.asarray(~np.all((driven >= self.seen_[0]) & (driven <= self.seen_[1]), axis=1))

    def _rows(self, X: FloatArray, *, learning: bool = False) -> FloatArray:  # noqa: N803
        rows = np.array(X, dtype=np.float64, ndmin=2)
        rows[~np.isfinite(rows)] = np.nan
        if not rows.shape[1] or (learning and not len(rows)):
            raise InvalidInput("A detector needs rows with at least one signal.")
        if not learning and rows.shape[1] != self.n_features_in_:
            raise InvalidInput(f"Learned from {self.n_features_in_} signals, asked about {rows.shape[1]}.")
        return rows

    @abstractmethod
    def _learn(self, rows: FloatArray) -> None:
        """Sets the attributes of `learned`."""

    @abstractmethod
    def _opening(self) -> FloatArray:
        """The state right after the training rows."""

    @abstractmethod
    def _follow(self, state: FloatArray, rows: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Scores of the next rows, and the state after them; may write into `state`."""

    @abstractmethod
    def explain(self, X: FloatArray) -> FloatArray:  # noqa: N803
        """Rows x signals: how much each signal adds to the score of rows that follow the training rows; never negative.

        0 everywhere where nothing can be said.
        """
