"""Model files: what is read is what was written, and nothing else is read."""

from __future__ import annotations

import io
import json
import pickle
import zipfile
from dataclasses import asdict, replace

import numpy as np
import pytest
from sklearn.linear_model import LinearRegression

from diagnosis.detectors.regime_residual import RegimeResidual
from diagnosis.detectors.registry import make_detector
from diagnosis.model_file import ModelCard, read_model, write_model
from diagnosis.sealed import sealed, unsealed
from fleet.errors import InvalidInput
from tests.trained_models import machine

CARD = ModelCard(
    kind="detector",
    name="default",
    version=3,
    made_at="2026-01-02T03:04:05+00:00",
    machines=("EX-07",),
    learned_from="2026-01-01T00:00:00+00:00",
    learned_to="2026-01-02T00:00:00+00:00",
    rows=200,
    signals=("load", "oil", "noise", "pump", "warm", "key"),
    metrics={"far": 1.5},
)


@pytest.fixture(scope="module")
def content() -> bytes:
    """The file of a `default` detector."""
    return write_model(CARD, make_detector("default").fit(machine(200)))[0]


def test_parameters_are_kept():
    model = RegimeResidual(drivers=(0,)).fit(machine(200))
    back = read_model(write_model(replace(CARD, name="regime_residual"), model)[0])
    assert back.card.parameters == {"drivers": (0,)}
    assert back.model.drivers == (0,)


def rewritten(content: bytes, **changed: np.ndarray) -> bytes:
    """The file with other arrays in it."""
    with np.load(io.BytesIO(content), allow_pickle=False) as kept:
        arrays = {name: kept[name] for name in kept.files}
    file = io.BytesIO()
    np.savez(file, **{**arrays, **changed})
    return file.getvalue()


def card_bytes(**changed: object) -> np.ndarray:
    return np.frombuffer(json.dumps({**asdict(CARD), **changed}).encode(), dtype=np.uint8)


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"border_": np.array(99.0)}, "damaged"),
        ({"card": card_bytes(metrics={"far": 0.0})}, "damaged"),
        ({"card": card_bytes(name="os.system")}, "no detector 'os.system'"),
        ({"card": card_bytes(format=2)}, "of format 2"),
        ({"card": card_bytes(made_at="yesterday")}, "no model file"),
        ({"card": np.frombuffer(b"[]", dtype=np.uint8)}, "no model file"),
        ({"mean_": np.array([{}], dtype=object)}, "no model file"),
    ],
)
def test_a_file_that_was_changed_is_refused(content, changed, said):
    with pytest.raises(InvalidInput, match=said):
        read_model(rewritten(content, **changed))


@pytest.mark.parametrize("other", [b"", b"no file", pickle.dumps([1]), b"PK\x05\x06" + bytes(18)])
def test_other_files_are_refused(other):
    with pytest.raises(InvalidInput, match="no model file"):
        read_model(other)


def test_a_truncated_file_is_refused(content):
    with pytest.raises(InvalidInput, match="no model file"):
        read_model(content[: len(content) // 2])


def test_a_file_that_unpacks_to_more_than_any_model_is_refused():
    file = io.BytesIO()
    with (
        zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive,
        archive.open("card.npy", "w") as member,
    ):
        for _ in range(257):
            member.write(bytes(2**20))
    with pytest.raises(InvalidInput, match="larger than any model"):
        read_model(file.getvalue())


def test_only_the_types_of_a_model_are_made():
    with pytest.raises(InvalidInput, match=r"it holds sklearn\.linear_model\._base\.LinearRegression"):
        unsealed(sealed([LinearRegression()]), ["sklearn.tree._tree.Tree"])
    with pytest.raises(InvalidInput, match="not one of ours"):
        unsealed(np.zeros(9, dtype=np.uint8), [])
