"""scikit-learn objects as bytes and back, by skops: only the types that are allowed are ever made, nothing is run."""

from collections.abc import Collection
from typing import Any

import numpy as np
import numpy.typing as npt

from fleet.errors import InvalidInput


def sealed(fitted: object) -> npt.NDArray[np.uint8]:
    """The object as the bytes of a skops file."""
    from skops import io

    return np.frombuffer(io.dumps(fitted), dtype=np.uint8)


def unsealed(content: npt.NDArray[np.uint8], allowed: Collection[str]) -> Any:
    """The object. Raises InvalidInput when the file holds a type that is not allowed."""
    from skops import io
    from skops.io.exceptions import UntrustedTypesFoundException

    try:
        return io.loads(content.tobytes(), trusted=sorted(allowed))
    except (UntrustedTypesFoundException, TypeError, ValueError, KeyError) as error:
        raise InvalidInput(f"The model file is not one of ours: {error}") from error
