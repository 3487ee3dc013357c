"""n of m: an alarm begins when n of the last m assessed rows are over the border, and ends when none of them is."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]
QUIET = 30
"""Assessed rows without alarm that end an episode: alarms nearer to each other are one."""


@dataclass(frozen=True, slots=True)
class Persistence:
    """raise_n of the last of_m rows over the border begin an alarm; fewer than clear_n of them end it.

    A row that was not assessed counts for nothing: it neither begins nor ends an alarm, and shows none where none is.
    """

    raise_n: int = 3
    of_m: int = 5
    clear_n: int = 1

    @property
    def size(self) -> int:
        """Numbers of state: whether it alarms, and the last of_m verdicts."""
        return 1 + self.of_m

    def opening(self) -> FloatArray:
        """The state when nothing was seen yet."""
        return np.zeros(self.size)

    def follow(self, state: FloatArray, scores: FloatArray) -> tuple[npt.NDArray[np.bool_], FloatArray]:
        """Which rows are in alarm, and the state after them."""
        alarms = np.zeros(len(scores), dtype=np.bool_)
        is_open = bool(state[0])
        window = [bool(over) for over in state[1:]]
        assessed, over = (~np.isnan(scores)).tolist(), (scores >= 1).tolist()
        for at, known in enumerate(assessed):
            if known:
                is_open = self.step(is_open, window, over[at])
            alarms[at] = is_open
        return alarms, np.array([is_open, *window], dtype=np.float64)

    def step(self, is_open: bool, window: list[bool], is_over: bool) -> bool:
        """Whether it alarms after one more assessed row; `window` moves on."""
        window.append(is_over)
        del window[0]
        return sum(window) >= (self.clear_n if is_open else self.raise_n)
