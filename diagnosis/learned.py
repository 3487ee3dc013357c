"""What a model learned, as arrays and back: all that has to be kept of it."""

from collections.abc import Mapping
from typing import Any, ClassVar, Self

import numpy as np
import numpy.typing as npt
from sklearn.base import BaseEstimator

from fleet.errors import InvalidInput


class Learned(BaseEstimator):  # type: ignore[misc]  # scikit-learn has no types
    """A scikit-learn estimator whose `fit` keeps what it learned in the attributes that `learned` names.

    They are arrays of numbers, or numbers; so a model file needs no code in it.
    """

    learned: ClassVar[tuple[str, ...]]

    def arrays(self) -> dict[str, npt.NDArray[Any]]:
        """What `fit` learned. Raises InvalidInput before it."""
        if missing := [name for name in self.learned if not hasattr(self, name)]:
            raise InvalidInput(f"This {type(self).__name__} has learned nothing yet: {', '.join(missing)}.")
        return {name: np.asarray(getattr(self, name)) for name in self.learned}

    def restore(self, arrays: Mapping[str, npt.NDArray[Any]]) -> Self:
        """Becomes the model that `arrays` were taken from. Raises InvalidInput when they are another's."""
        if set(arrays) != set(self.learned):
            raise InvalidInput(f"These are not the learned numbers of a {type(self).__name__}.")
        for name, array in arrays.items():
            setattr(self, name, array.item() if array.ndim == 0 else array)
        return self
