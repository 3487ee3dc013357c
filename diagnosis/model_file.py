"""A model as a file: an npz of what it learned with its card as JSON beside it, under one hash. Never pickle.

A file is read only as one of the registered models, and only when its hash is right. What scikit-learn grew is inside
as a skops file, of which only the types on the model's list are made.
"""

import hashlib
import io
import json
import zipfile
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from diagnosis.detectors.registry import DETECTORS
from diagnosis.learned import Learned
from diagnosis.wear.registry import LIFE_MODELS
from fleet.errors import InvalidInput

FORMAT = 1
MAX_BYTES = 256 * 2**20
CARD = "card"
_KINDS: Mapping[str, Mapping[str, Any]] = {"detector": DETECTORS, "rul": LIFE_MODELS}


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelCard:
    """What a model file says of itself.

    kind: detector or rul; name: as registered. machines, learned_from, learned_to (RFC 3339), rows and signals: what it
    was learned from. metrics: what was measured when it was made. sha256: of all of it and of what was learned.
    """

    kind: str
    name: str
    version: int
    made_at: str
    machines: tuple[str, ...]
    learned_from: str
    learned_to: str
    rows: int
    signals: tuple[str, ...]
    parameters: Mapping[str, Any] = field(default_factory=dict)
    metrics: Mapping[str, float] = field(default_factory=dict)
    format: int = FORMAT
    sha256: str = ""

    def __post_init__(self) -> None:
        for name in ("made_at", "learned_from", "learned_to"):
            if datetime.fromisoformat(getattr(self, name)).tzinfo is None:
                raise InvalidInput(f"The card's {name} has no time zone.")


class KeptModel(NamedTuple):
    """A model with its card."""

    card: ModelCard
    model: Learned


def write_model(card: ModelCard, model: Learned) -> tuple[bytes, ModelCard]:
    """The file, and the card with its hash."""
    arrays = model.arrays()
    hashed = ModelCard(**{**asdict(card), "parameters": model.get_params(), "sha256": ""})
    hashed = ModelCard(**{**asdict(hashed), "sha256": _hash(hashed, arrays)})
    content = io.BytesIO()
    text = np.frombuffer(json.dumps(asdict(hashed), ensure_ascii=False).encode(), dtype=np.uint8)
    np.savez_compressed(content, allow_pickle=False, **{CARD: text, **arrays})
    return content.getvalue(), hashed


def read_model(content: bytes) -> KeptModel:
    """The model of a file. Raises InvalidInput for anything that `write_model` did not write."""
    try:
        arrays = _arrays(content)
        fields = json.loads(arrays.pop(CARD).tobytes())
        fields |= {name: tuple(fields[name]) for name in ("machines", "signals")}
        fields["parameters"] = {name: _hashable(value) for name, value in fields["parameters"].items()}
        card = ModelCard(**fields)
    except (OSError, zipfile.BadZipFile, EOFError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise InvalidInput(f"This is no model file: {error}") from error
    if card.format != FORMAT or card.name not in _KINDS.get(card.kind, {}):
        raise InvalidInput(f"This platform has no {card.kind} {card.name!r} of format {card.format}.")
    if card.sha256 != _hash(card, arrays):
        raise InvalidInput(f"The model file of {card.name} is damaged: its hash is not what its card says.")
    model: Learned = _KINDS[card.kind][card.name]()
    return KeptModel(card, model.set_params(**card.parameters).restore(arrays))


def _arrays(content: bytes) -> dict[str, npt.NDArray[Any]]:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        if sum(member.file_size for member in archive.infolist()) > MAX_BYTES:
            raise InvalidInput("The model file is larger than any model.")
    with np.load(io.BytesIO(content), allow_pickle=False) as kept:
        return {name: kept[name] for name in kept.files}


def _hashable(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value


def _hash(card: ModelCard, arrays: Mapping[str, npt.NDArray[Any]]) -> str:
    """Over the card without its hash, and each array's name, type, shape and numbers."""
    told = hashlib.sha256(json.dumps({**asdict(card), "sha256": ""}, sort_keys=True).encode())
    for name in sorted(arrays):
        array = np.ascontiguousarray(arrays[name])
        told.update(f"\0{name}\0{array.dtype.str}\0{array.shape}\0".encode())
        told.update(array.tobytes())
    return told.hexdigest()
