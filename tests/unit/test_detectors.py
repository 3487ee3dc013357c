"""What each of the detectors adds to what all of them keep (tests/contract/test_models.py)."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.signal import lfilter

from diagnosis.detectors.baseline import FamilyBaseline, Standing
from diagnosis.detectors.borders import UNSEEN, borders
from diagnosis.detectors.peers import Peers, machine_features
from diagnosis.detectors.persistence import QUIET, Persistence
from diagnosis.detectors.regime_residual import RegimeResidual
from diagnosis.detectors.registry import make_detector
from fleet.errors import InvalidInput, NotFound
from tests.trained_models import machine

TRAIN = 400


def test_an_unknown_detector_names_those_there_are():
    with pytest.raises(NotFound, match="default, baseline, peers"):
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


@pytest.mark.parametrize("name", ["default", "drift_band", "pca", "isolation_forest", "regime_residual"])
def test_what_a_machine_is_asked_to_do_is_no_sign_of_its_health(name):
    rows = machine(1000)
    learned = make_detector(name).set_params(drivers=(0,)).fit(rows[:TRAIN])
    later = rows[TRAIN:].copy()
    later[100:200, 0] += 60  # never seen: a cold day
    judged, _ = learned.follow(learned.opening(), later)
    assert np.isnan(judged.scores[100:200]).all()
    assert not judged.alarms[100:200].any()
    within = rows[TRAIN:].copy()
    within[:, 0] = np.quantile(rows[:TRAIN, 0], 0.95)  # seen now and then, and now always
    assert not learned.explain(within)[:, 0].any()
    again = make_detector(name).set_params(drivers=(0,)).restore(learned.arrays())
    assert np.array_equal(again.follow(again.opening(), later)[0].scores, judged.scores, equal_nan=True)


@pytest.mark.parametrize("name", ["default", "drift_band", "regime_residual", "pca"])
def test_what_was_expected_is_told_on_its_side(name):
    rows = machine(1000)
    later = rows[TRAIN:].copy()
    later[100:140, 1] -= 40
    learned = make_detector(name).fit(rows[:TRAIN])
    expected = learned.foretell_after(learned.opening(), later)[120:140, 1]
    assert (np.abs(expected - rows[TRAIN + 120 : TRAIN + 140, 1]) < 20).all()
    assert (expected > later[120:140, 1] + 20).all()


@pytest.mark.parametrize("value", [65535.0, 1000.0, 0.0])
def test_one_wild_row_is_no_alarm_of_the_shipped_detector(value):
    rows = 100 + np.random.default_rng(3).normal(size=(900, 3))
    rows[600, 1] = value
    assert not (make_detector("default").fit(rows[:TRAIN]).predict(rows[TRAIN:]) == -1).any()
    rows[600:640, 1] = value
    assert (make_detector("default").fit(rows[:TRAIN]).predict(rows[TRAIN:]) == -1)[205:240].all()


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


def family(machines: int, rows: int = 400) -> tuple[np.ndarray, np.ndarray]:
    """Rows of alike machines that differ in their oil pressure by 20; column 0 is the load."""
    parts = []
    for number in range(machines):
        part = machine(rows, seed=number)
        part[:, 1] += 20 * (number % 5 - 2)
        parts.append(part)
    return np.vstack(parts), np.repeat(np.arange(machines), rows)


def test_a_new_machine_stands_at_its_familys_place_and_then_at_its_own():
    taught, units = family(9)
    learned = FamilyBaseline(drivers=(0,)).fit(taught, units=units)
    rows = machine(2000, seed=50)
    rows[:, 1] += 35  # a bit out of the family
    judgement, state = learned.follow(learned.opening(), rows[:100])
    assert learned.standing(learned.opening()) == learned.standing(state) == Standing.FAMILY
    assert not judgement.alarms.any()
    _, state = learned.follow(state, rows[100:1500])
    assert learned.standing(state) is Standing.OWN
    ill = rows[1500:].copy()
    ill[100:, 1] -= 30  # in the middle of the family, and far from itself
    alarms = learned.follow(state, ill)[0].alarms
    assert not alarms[:100].any()
    assert alarms[150:].mean() > 0.9
    assert not learned.follow(learned.opening(), ill[100:200])[0].alarms.any()


def test_an_ill_or_frozen_machine_teaches_nothing():
    learned = FamilyBaseline().fit(machine(400))
    rows = machine(1000)[400:]
    frozen = learned.follow(learned.opening(), rows, np.ones(600, dtype=bool))[1]
    taught = learned.follow(learned.opening(), rows)[1]
    cells = slice(Persistence().size, Persistence().size + 3 * rows.shape[1])
    assert np.array_equal(frozen[cells], learned.opening()[cells])
    assert not np.array_equal(taught[cells], learned.opening()[cells])
    ill = rows.copy()
    ill[:, 1] -= 60
    judgement, state = learned.follow(learned.opening(), ill)
    assert judgement.alarms[30:].all()
    assert (state[cells][: rows.shape[1]] - learned.opening()[cells][: rows.shape[1]]).max() <= 30
    known = Persistence().size + 1  # of the oil pressure
    _, near = learned.follow(state, rows[:QUIET])  # what follows an alarm closely belongs to it
    assert near[known] == state[known]
    assert learned.follow(near, rows[QUIET:150])[1][known] > state[known] + 20


def warm_machine(rows: int, seed: int, *, own_degc: float = 0.0) -> np.ndarray:
    """Load with spells of idling, a temperature that follows it a quarter of an hour behind, a filter's resistance."""
    draw = np.random.default_rng([7, seed])
    spells = draw.choice([12, 60], p=[0.3, 0.7], size=rows // 4) + draw.normal(size=rows // 4)
    load = np.repeat(spells, draw.integers(2, 25, size=rows // 4))[:rows] + draw.normal(size=rows)
    warm = 70 + own_degc + lfilter([1 / 15], [1, 1 / 15 - 1], 0.4 * load, zi=[15.0])[0] + draw.normal(size=rows) * 0.3
    return np.column_stack([load, warm, 15 + 0.1 * load + draw.normal(size=rows)])


@pytest.fixture(scope="module")
def warm_family() -> FamilyBaseline:
    """Learned from 1,500 minutes of each of six machines."""
    rows = np.vstack([warm_machine(1_500, seed, own_degc=seed - 3) for seed in range(6)])
    return FamilyBaseline(drivers=(0,)).fit(rows, units=np.repeat(np.arange(6), 1_500))


def test_a_machine_that_cools_while_it_idles_is_well_and_one_that_stays_warm_is_not(warm_family):
    rows = warm_machine(8_000, 50)
    judgement, state = warm_family.follow(warm_family.opening(), rows[:6_000])
    assert not judgement.alarms.any()
    ill = rows[6_000:].copy()
    ill[:, 1] += 25
    assert 5 < warm_family.follow(state, ill)[0].alarms.argmax() < 60


def test_a_filter_that_fills_over_weeks_is_well_and_one_that_clogs_in_two_days_is_not(warm_family):
    rows = warm_machine(12_000, 51)
    rows[:, 2] += np.arange(12_000) / 1_000
    judgement, state = warm_family.follow(warm_family.opening(), rows)
    assert not judgement.alarms.any()
    clogs = warm_machine(1_000, 52)
    clogs[:, 2] += 12 + np.arange(1_000) / 20
    assert warm_family.follow(state, clogs)[0].alarms[400:].all()


def test_a_border_is_what_many_more_healthy_stretches_would_reach():
    draw = np.random.default_rng(3)
    reached = [lfilter([1], [1, -0.9], draw.normal(size=(4_000, 2)), axis=0) * [1, 2] for _ in range(6)]
    found = borders(reached, 1.0)
    assert found[1] == pytest.approx(2 * found[0], rel=0.15)
    assert (np.abs(np.vstack(reached)).max(axis=0) * 1.2 < found).all()
    many = np.abs(lfilter([1], [1, -0.9], draw.normal(size=400_000)))
    assert many.max() < found[0] / UNSEEN < 1.4 * many.max()
    assert borders([np.full((100, 1), 2.0)], 4.0) == pytest.approx(UNSEEN * 4)
    assert borders([np.full((100, 1), np.nan)], 4.0) == pytest.approx(UNSEEN * 4)


def test_a_wild_row_is_no_alarm_for_a_baseline_and_an_hour_of_them_is():
    learned = FamilyBaseline().fit(machine(400))
    for wild, is_alarm in ((1, False), (10, False), (40, True)):
        rows = machine(500)[400:]
        rows[50 : 50 + wild, 1] = 1e4
        assert learned.follow(learned.opening(), rows)[0].alarms.any() == is_alarm


@pytest.mark.parametrize(("silent", "is_alarm"), [(30, True), (90, False)])
def test_what_a_signal_said_before_a_long_silence_is_no_part_of_its_last_hour(silent, is_alarm):
    learned = FamilyBaseline().fit(machine(400))
    rows = machine(700)[400:]
    rows[:100, 1] -= 60
    rows[100 : 100 + silent, 1] = np.nan
    alarms = learned.follow(learned.opening(), rows)[0].alarms
    assert alarms[30:100].all()
    assert alarms[102 + silent : 110 + silent].any() == is_alarm


def test_a_baseline_assesses_no_regime_that_it_never_saw():
    rows, units = family(5)
    learned = FamilyBaseline(drivers=(0,)).fit(rows, units=units)
    unseen = machine(200, seed=7)
    unseen[50:150, 0] += 200
    unseen[50:150, 1] = 0
    judgement, state = learned.follow(learned.opening(), unseen[:150])
    assert np.isnan(judgement.scores[50:]).all()
    assert np.isfinite(judgement.scores[:50]).all()
    assert not judgement.alarms.any()
    assert learned.standing(state) is Standing.NOT_ASSESSED
    missing = machine(60, seed=8)
    missing[:, 0] = np.nan
    assert np.isnan(learned.score_samples(missing)).all()


def test_two_machines_are_no_family_and_each_begins_with_nothing():
    rows, units = family(2)
    learned = FamilyBaseline().fit(rows, units=units)
    assert learned.standing(learned.opening()) is Standing.LEARNING
    judgement, state = learned.follow(learned.opening(), machine(100, seed=9))
    assert np.isnan(judgement.scores[:30]).all()
    assert np.isfinite(judgement.scores[40:]).all()
    assert learned.standing(state) is Standing.OWN


def test_a_machine_that_differs_from_its_peers_is_told_and_few_peers_are_none():
    draw = np.random.default_rng(0)
    like = draw.normal(100, 3, size=(8, 4))
    mine = like[:1].copy()
    mine[0, 2] = 140
    told = Peers().fit(like)
    assert told.follow(told.opening(), mine)[0].scores[0] > 1
    assert told.explain(mine)[0].argmax() == 2
    assert not (told.follow(told.opening(), draw.normal(100, 3, size=(50, 4)))[0].scores >= 1).any()
    like[4:, 2] = np.nan  # four say it
    few = Peers().fit(like)
    assert few.follow(few.opening(), mine)[0].scores[0] < 1
    with pytest.raises(InvalidInput, match="4 peers are too few"):
        Peers().fit(like[:4])


def test_a_few_peers_that_happen_to_be_alike_make_no_outlier():
    like = np.random.default_rng(1).normal(size=(6, 100))
    scores = [Peers().fit(np.delete(like, at, 0)).explain(like[at : at + 1]).max() for at in range(6)]
    assert max(scores) < 1


def test_what_a_machine_is_like_in_each_regime():
    rows, regime = np.arange(240.0).reshape(120, 2), np.repeat([0, 1, -1], [60, 20, 40])
    rows[:35, 1] = np.nan
    told = machine_features(rows, regime, 2)
    assert told.shape == (4,)
    assert told[0] == np.median(rows[:60, 0])
    assert np.isnan(told[1:]).all()  # 25 minutes with the second signal, 20 of the second regime
