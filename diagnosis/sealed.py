"""scikit-learn objects as bytes and back, by skops: only the types that are allowed are ever made, nothing is run."""

import io
import json
import zipfile
from collections.abc import Collection, Iterator
from typing import Any

import numpy as np
import numpy.typing as npt

from fleet.errors import InvalidInput

_PLAIN = {
    "builtins.dict",
    "builtins.list",
    "builtins.str",
    "builtins.tuple",
    "numpy.ndarray",
    "numpy.uint64",
}


def sealed(fitted: object) -> npt.NDArray[np.uint8]:
    """The object as the bytes of a skops file."""
    from skops.io import dumps

    return np.frombuffer(dumps(fitted), dtype=np.uint8)


def unsealed(content: npt.NDArray[np.uint8], allowed: Collection[str]) -> Any:
    """The object. Raises InvalidInput when the file names a type that is not allowed.

    skops itself trusts all of scikit-learn, numpy and scipy; here a file is read only when every type that it names is
    plain data or one of `allowed`.
    """
    from skops.io import loads
    from skops.io.exceptions import UntrustedTypesFoundException

    try:
        with zipfile.ZipFile(io.BytesIO(content.tobytes())) as archive:
            named = set(_named(json.loads(archive.read("schema.json"))))
        if foreign := named - _PLAIN - set(allowed):
            raise InvalidInput(f"The model file is not one of ours: it holds {', '.join(sorted(foreign))}.")
        return loads(content.tobytes(), trusted=sorted(set(allowed)))
    except (UntrustedTypesFoundException, zipfile.BadZipFile, RecursionError, TypeError, ValueError, KeyError) as error:
        raise InvalidInput(f"The model file is not one of ours: {error}") from error


def _named(schema: Any) -> Iterator[str]:
    """Every type that a skops schema names."""
    if isinstance(schema, dict):
        if "__class__" in schema:
            yield f"{schema.get('__module__')}.{schema['__class__']}"
        for value in schema.values():
            yield from _named(value)
    elif isinstance(schema, list):
        for value in schema:
            yield from _named(value)
