"""What every registered detector promises, and what each of the parts adds."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.base import clone

from diagnosis.detectors.interface import Detector
from diagnosis.detectors.persistence import Persistence
from diagnosis.detectors.regime_residual import RegimeResidual
from diagnosis.detectors.registry import DETECTORS, make_detector
from fleet.errors import InvalidInput, NotFound

TRAIN, STEPPED = 400, 1
BASELINE = "isolation_forest"


def machine(rows: int, seed: int = 0) -> np.ndarray:
    """Rows of a healthy machine: load, three signals (the last follows the load), one that wanders, one constant."""
    draw = np.random.default_rng(seed)
    load = 50 + 10 * np.sin(np.arange(rows) / 9) + draw.normal(size=rows)
    oil, noise = 300 + draw.normal(size=rows) * 4, draw.normal(size=rows)
    pump = 2 * load + draw.normal(size=rows) * 0.5
    warm = 80 + np.cumsum(draw.normal(size=rows)) * 0.05
    return np.column_stack([load, oil, noise, pump, warm, np.full(rows, 24.0)])


@pytest.fixture(scope="module", params=list(DETECTORS))
def detector(request: pytest.FixtureRequest) -> Detector:
    """Each registered detector, having learned a healthy machine."""
    return make_detector(request.param).fit(machine(1000)[:TRAIN])


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
    told = detector.explain(rows)
    assert np.isfinite(told).all()


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


def test_what_it_learned_is_kept_in_numbers(detector, later):
    copy = clone(detector).restore({name: array.copy() for name, array in detector.arrays().items()})
    assert all(array.dtype != object for array in detector.arrays().values())
    assert np.array_equal(copy.score_samples(later), detector.score_samples(later))
    with pytest.raises(InvalidInput):
        clone(detector).restore({"slopes_": np.zeros(3)})


def test_state_does_not_grow(detector, later):
    _, short = detector.follow(detector.opening(), later[:1])
    _, long = detector.follow(detector.opening(), np.vstack([later] * 5))
    assert short.shape == long.shape == detector.opening().shape
    if not isinstance(detector, type(make_detector(BASELINE))):
        assert detector.state_bytes() <= 20_000


def test_a_step_is_found_and_explained(detector, later):
    alarms = detector.predict(later) == -1
    assert alarms[320:400].mean() > 0.8
    assert alarms[:300].mean() < 0.05
    told = detector.explain(later)
    assert told.shape == later.shape
    assert (told >= 0).all()
    assert (told[320:400].argmax(axis=1) == STEPPED).mean() > 0.9


def test_other_signals_than_those_learned_are_refused(detector):
    with pytest.raises(InvalidInput, match="Learned from 6 signals, asked about 2"):
        detector.predict(np.zeros((3, 2)))


def test_an_unknown_detector_names_those_there_are():
    with pytest.raises(NotFound, match="default, drift_band"):
        make_detector("oracle")


@pytest.mark.parametrize("name", ["default", "regime_residual"])
def test_a_broken_tie_is_found_where_each_signal_alone_looks_healthy(name):
    rows = machine(1000)
    rows[700:800, 3] = 100 + 20 * np.sin(np.arange(100) / 9 + 2)  # the pump no longer follows the load
    assert (make_detector(name).fit(rows[:TRAIN]).predict(rows[TRAIN:]) == -1)[320:400].mean() > 0.5
    assert not (make_detector("drift_band").fit(rows[:TRAIN]).predict(rows[TRAIN:]) == -1).any()


def test_a_regime_never_seen_is_not_assessed():
    rows = machine(1000)
    learned = RegimeResidual(drivers=(0,)).fit(rows[:TRAIN])
    unseen = rows[TRAIN:].copy()
    unseen[100:200, 0] += 60
    unseen[100:200, 3] = 7
    scores = learned.score_samples(unseen)
    assert np.isnan(scores[100:200]).all()
    assert np.isfinite(scores[:100]).all()
    assert not (learned.predict(unseen)[:200] == -1).any()
    with pytest.raises(InvalidInput):
        RegimeResidual(drivers=(9,)).fit(rows[:TRAIN])


def test_a_band_is_wider_for_what_wanders_and_for_little_training():
    rows = machine(1000)
    wide = make_detector("drift_band").fit(rows[:TRAIN])
    wandered = rows[TRAIN:].copy()
    wandered[:, 4] += 3 * rows[:TRAIN, 4].std()
    assert not (wide.predict(wandered) == -1).any()
    assert make_detector("drift_band").fit(rows[:60]).border_ > wide.border_


def test_n_of_m_begins_holds_and_ends_an_alarm():
    some = Persistence(raise_n=2, of_m=3, clear_n=1)
    scores = np.array([0, 2, 0, 0, 2, 0, 2, 0, np.nan, 0, 0, np.nan, 0])
    alarms, state = some.follow(some.opening(), scores)
    assert alarms.astype(int).tolist() == [0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 0, 0, 0]
    assert len(state) == some.size


def test_n_of_m_goes_on_where_it_stopped():
    some = Persistence()
    scores = np.random.default_rng(0).choice([0.0, 2.0, np.nan], p=[0.5, 0.4, 0.1], size=200)
    whole, _ = some.follow(some.opening(), scores)
    state, alarms = some.opening(), []
    for score in scores:
        judged, state = some.follow(state, np.array([score]))
        alarms.append(bool(judged[0]))
    assert whole.tolist() == alarms
    assert 0 < whole.sum() < len(whole)
