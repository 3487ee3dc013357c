"""What every registered model keeps: causal, deterministic, at ease with gaps and constants, kept in numbers, bounded;
each has its card, and docs/models.md is what the cards say."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from sklearn.base import clone

from diagnosis.detectors.interface import Detector
from diagnosis.detectors.registry import DETECTORS
from diagnosis.model_file import ModelCard, read_model, write_model
from diagnosis.models_doc import FIELDS, TARGET, cards, models_page
from diagnosis.wear.interface import LifeModel
from diagnosis.wear.registry import LIFE_MODELS
from fleet.errors import InvalidInput
from tests.trained_models import fleet, machine, small_detector, small_life_model

ROOT = Path(__file__).resolve().parents[2]
TRAIN, STEPPED = 400, 1
BASELINE = "isolation_forest"


@pytest.fixture(scope="module", params=list(DETECTORS))
def named(request: pytest.FixtureRequest) -> tuple[str, Detector]:
    """Each registered detector, having learned a healthy machine."""
    return request.param, small_detector(request.param).fit(machine(1000)[:TRAIN])


@pytest.fixture(scope="module")
def detector(named: tuple[str, Detector]) -> Detector:
    return named[1]


@pytest.fixture(scope="module")
def later() -> np.ndarray:
    """What the machine did next: healthy, then 100 rows with its oil pressure ten deviations down."""
    rows = machine(1000)[TRAIN:]
    rows[300:400, STEPPED] -= 40
    return rows


def test_a_score_does_not_know_what_follows(detector, later):
    changed = later.copy()
    changed[250:] = np.random.default_rng(1).normal(size=changed[250:].shape) * 1e4
    assert np.array_equal(detector.score_samples(later)[:250], detector.score_samples(changed)[:250], equal_nan=True)
    assert np.array_equal(detector.predict(later)[:250], detector.predict(changed)[:250])
    assert np.array_equal(detector.explain(later)[:250], detector.explain(changed)[:250])


def test_the_same_rows_teach_the_same(detector, later):
    again = clone(detector).fit(machine(1000)[:TRAIN])
    assert np.array_equal(again.score_samples(later), detector.score_samples(later))


def test_a_stream_is_judged_as_the_whole_is(detector, later):
    broken = later.copy()
    broken[np.random.default_rng(2).random(broken.shape) < 0.1] = np.nan
    whole, end = detector.follow(detector.opening(), broken)
    state, scores, alarms = detector.opening(), [], []
    for part in np.split(broken, [0, 1, 2, 7, 60, 60, 333, 599]):
        before = state.copy()
        judgement, following = detector.follow(state, part)
        assert np.array_equal(state, before)
        state = following
        scores.append(judgement.scores)
        alarms.append(judgement.alarms)
    np.testing.assert_allclose(np.concatenate(scores), whole.scores, rtol=1e-9)
    assert np.array_equal(np.concatenate(alarms), whole.alarms)
    np.testing.assert_allclose(state, end, rtol=1e-9)


def test_what_is_missing_is_no_anomaly(detector):
    rows = machine(1000)[TRAIN:]
    rows[np.random.default_rng(3).random(rows.shape) < 0.2] = np.nan
    rows[100:300, 2] = np.nan
    rows[400:500] = np.nan
    assert (detector.predict(rows) == -1).mean() < 0.05
    assert np.isfinite(detector.explain(rows)).all()


def test_it_learns_from_rows_with_gaps(detector, later):
    rows = machine(1000)[:TRAIN]
    rows[np.random.default_rng(4).random(rows.shape) < 0.2] = np.nan
    rows[:, 2] = np.nan
    learned = clone(detector).fit(rows)
    alarms = learned.predict(later) == -1
    assert alarms[320:400].mean() > 0.8
    assert alarms[:300].mean() < 0.05


@pytest.mark.parametrize("rows", [np.full((60, 3), 7.0), np.zeros((60, 1)), np.full((60, 2), np.nan)])
def test_constant_signals_alarm_nobody(detector, rows):
    learned = clone(detector).fit(rows)
    assert not (learned.predict(rows) == -1).any()
    assert learned.explain(rows).max() == 0


def test_a_step_is_found_and_explained(detector, later):
    alarms = detector.predict(later) == -1
    assert alarms[320:400].mean() > 0.8
    assert alarms[:300].mean() < 0.05
    told = detector.explain(later)
    assert told.shape == later.shape
    assert (told >= 0).all()
    assert (told[320:400].argmax(axis=1) == STEPPED).mean() > 0.9


def test_its_state_does_not_grow(named, later):
    name, detector = named
    _, short = detector.follow(detector.opening(), later[:1])
    _, long = detector.follow(detector.opening(), np.vstack([later] * 2))
    assert short.shape == long.shape == detector.opening().shape
    assert name == BASELINE or detector.state_bytes() <= 20_000


def test_other_signals_than_those_learned_are_refused(detector):
    with pytest.raises(InvalidInput, match="Learned from 6 signals, asked about 2"):
        detector.predict(np.zeros((3, 2)))


def card(kind: str, name: str) -> ModelCard:
    at = "2026-01-02T03:04:05+00:00"
    return ModelCard(
        kind=kind, name=name, version=1, made_at=at, machines=("EX-07",), learned_from=at, learned_to=at, rows=400,
        signals=("a", "b"),
    )  # fmt: skip


def test_a_detector_comes_back_from_its_file_as_it_was(named, later):
    name, detector = named
    content, written = write_model(card("detector", name), detector)
    back = read_model(content)
    assert (back.card, len(written.sha256)) == (written, 64)
    assert back.model.get_params() == detector.get_params()
    assert all(array.dtype != object for array in detector.arrays().values())
    assert np.array_equal(back.model.score_samples(later), detector.score_samples(later), equal_nan=True)
    with pytest.raises(InvalidInput):
        clone(detector).restore({"slopes_": np.zeros(3)})


@pytest.fixture(scope="module", params=list(LIFE_MODELS))
def life_model(request: pytest.FixtureRequest) -> tuple[str, LifeModel]:
    """Each registered model of remaining life, having learned 20 machines."""
    return request.param, small_life_model(request.param).fit(*fleet(20, seed=1))


def test_a_remaining_life_does_not_know_what_follows(life_model):
    rows, _, units = fleet(3, seed=3)
    changed = rows.copy()
    changed[units == 2] = 1e4  # of the last machine everything, of the others what comes last
    for unit in (0, 1):
        changed[np.flatnonzero(units == unit)[30:]] = -1e4
    early = np.concatenate([np.flatnonzero(units == unit)[:30] for unit in (0, 1)])
    told, other = life_model[1].life(rows, units), life_model[1].life(changed, units)
    for values, others in zip(told, other, strict=True):
        np.testing.assert_allclose(values[early], others[early], rtol=1e-6)


def test_the_same_machines_teach_the_same_remaining_life(life_model):
    rows, lives, units = fleet(5, seed=2)
    small = clone(life_model[1])
    if "trees" in small.get_params():
        small.set_params(trees=2)
    one, other = (clone(small).fit(rows, lives, units).predict(rows, units) for _ in range(2))
    assert np.array_equal(one, other)


def test_gaps_and_constants_leave_a_remaining_life(life_model):
    rows, _, units = fleet(3, seed=4)
    rows[np.random.default_rng(5).random(rows.shape) < 0.2] = np.nan
    assert np.isfinite(np.array(life_model[1].life(rows, units))).all()
    assert np.isfinite(np.array(life_model[1].life(np.full((9, 3), 5.0), np.zeros(9)))).all()


def test_a_remaining_life_comes_back_from_its_file_as_it_was(life_model):
    rows, _, units = fleet(3, seed=6)
    name, model = life_model
    back = read_model(write_model(card("rul", name), model)[0])
    assert all(array.dtype != object for array in model.arrays().values())
    assert np.array_equal(back.model.life(rows, units), model.life(rows, units))


def test_an_interval_covers_what_it_says(life_model):
    rows, lives, units = fleet(40, seed=2)
    model = life_model[1]
    life = model.life(rows, units)
    assert np.sqrt(((life.expected - lives) ** 2).mean()) < 0.6 * lives.std()
    assert ((life.low <= lives) & (lives <= life.high)).mean() == pytest.approx(0.8, abs=0.08)
    assert model.coverage_80_ == pytest.approx(0.8, abs=0.05)
    assert (life.low >= 0).all()
    assert (life.high <= 60).all()
    assert (life.low <= life.high).all()


def test_rows_of_machines_may_be_mixed(life_model):
    rows, _, units = fleet(3, seed=3)
    age = np.concatenate([np.arange((units == unit).sum()) for unit in range(3)])
    mixed = np.lexsort((-units, age))
    model = life_model[1]
    assert np.array_equal(model.predict(rows, units)[mixed], model.predict(rows[mixed], units[mixed]))


def test_every_registered_model_has_a_whole_card_and_no_other_has():
    known = cards()
    assert {kind: set(named) for kind, named in known.items()} == {"detector": set(DETECTORS), "rul": set(LIFE_MODELS)}
    for named in known.values():
        for one in named.values():
            assert set(one) == {"title", "method", "measured", *FIELDS}
            assert (ROOT / str(one["method"])).exists()
            assert one["measured"]


def test_the_page_is_what_the_cards_say():
    assert TARGET.read_text(encoding="utf-8") == models_page(), "run python -m diagnosis.models_doc"
