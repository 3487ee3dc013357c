"""Remaining life: causal features, and an interval that holds what it promises."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.base import clone

from diagnosis.wear.features import wear_features
from diagnosis.wear.interface import LifeModel
from diagnosis.wear.registry import LIFE_MODELS, make_life_model
from fleet.errors import InvalidInput, NotFound


def fleet(machines: int, seed: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Machines run to their end: a signal that rises with wear, one that says nothing, one that is constant."""
    draw = np.random.default_rng(seed)
    rows, lives, units = [], [], []
    for unit in range(machines):
        length = int(draw.integers(60, 120))
        left = np.arange(length)[::-1].astype(float)
        wear = np.exp(-left / 25) + draw.normal(size=length) * 0.1
        rows.append(np.column_stack([wear, draw.normal(size=length), np.full(length, 5.0)]))
        lives.append(np.minimum(left, 60))
        units.append(np.full(length, unit))
    return np.vstack(rows), np.concatenate(lives), np.concatenate(units)


@pytest.fixture(scope="module", params=list(LIFE_MODELS))
def model(request: pytest.FixtureRequest) -> LifeModel:
    """Each registered model, having learned 20 machines."""
    return make_life_model(request.param).fit(*fleet(20, seed=1))


def test_a_rows_features_know_nothing_that_follows():
    rows = np.random.default_rng(0).normal(size=(90, 3))
    rows[10:14, 1] = np.nan
    whole = wear_features(rows)
    assert np.isfinite(whole).all()
    for length in (1, 4, 12, 57):
        np.testing.assert_allclose(wear_features(rows[:length]), whole[:length], atol=1e-9)


def test_it_is_better_than_the_mean_and_covers_what_it_says(model):
    rows, lives, units = fleet(40, seed=2)
    life = model.life(rows, units)
    assert np.sqrt(((life.expected - lives) ** 2).mean()) < 0.6 * lives.std()
    assert ((life.low <= lives) & (lives <= life.high)).mean() == pytest.approx(0.8, abs=0.08)
    assert model.coverage_80_ == pytest.approx(0.8, abs=0.05)
    assert (life.low >= 0).all()
    assert (life.high <= 60).all()
    assert (life.low <= life.high).all()


def test_rows_of_machines_may_be_mixed(model):
    rows, _, units = fleet(3, seed=3)
    age = np.concatenate([np.arange((units == unit).sum()) for unit in range(3)])
    mixed = np.lexsort((-units, age))
    assert np.array_equal(model.predict(rows, units)[mixed], model.predict(rows[mixed], units[mixed]))


def test_gaps_are_no_error(model):
    rows, _, units = fleet(3, seed=4)
    rows[np.random.default_rng(5).random(rows.shape) < 0.2] = np.nan
    assert np.isfinite(np.array(model.life(rows, units))).all()


def test_what_it_learned_is_kept_in_numbers(model):
    rows, _, units = fleet(3, seed=6)
    copy = clone(model).restore(model.arrays())
    assert all(array.dtype != object for array in model.arrays().values())
    assert np.array_equal(copy.predict(rows, units), model.predict(rows, units))


def test_too_few_machines_teach_nothing():
    with pytest.raises(InvalidInput, match="4 machines are too few"):
        make_life_model("ridge").fit(*fleet(4, seed=7))
    with pytest.raises(NotFound, match="default, ridge"):
        make_life_model("oracle")
