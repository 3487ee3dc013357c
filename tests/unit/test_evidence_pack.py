"""The pure parts of evidence: thinning, borders, regimes, the data's quality, the freeze frame, likeness of cases."""

import numpy as np
import pytest

from diagnosis.borders import borders_of
from diagnosis.evidence_file import evidence_tables
from diagnosis.evidence_pack import window_of
from diagnosis.freeze_frame import freeze_frame
from diagnosis.parser import parse_condition
from diagnosis.regime import REGIMES, held, regimes, shares
from diagnosis.ruleset import packaged_ruleset
from diagnosis.similar_cases import nearest
from diagnosis.thinning import thinned
from diagnosis.window_quality import judge_window
from fleet.findings import Finding, MachineId, Severity, SourceKind
from fleet.signals import packaged_catalogue

CATALOGUE = packaged_catalogue()
S = 1_000_000
MINUTE = 60 * S


@pytest.mark.parametrize("seed", range(5))
def test_a_thinned_series_keeps_its_envelope_its_ends_and_the_instants_asked_for(seed):
    random = np.random.default_rng(seed)
    at = np.sort(random.choice(10**9, 7000, replace=False)).astype(np.int64)
    values = random.normal(0, 1, 7000).cumsum()
    values[4321] = 10**6  # a spike of one sample
    kept = thinned(at, values, most=500, keep_us=[int(at[1234]), int(at[1234]) + 1, 0, 10**10])
    assert len(kept) <= 500
    assert set(kept.tolist()) >= {0, 1234, 4321, 6999, int(values.argmin())}
    assert (np.diff(kept) > 0).all()
    edges = at[0] + (at[-1] - at[0] + 1) * np.arange(1, 240) // 240
    for stretch in np.split(np.arange(7000), np.searchsorted(at, edges))[:5]:
        assert kept[(kept >= stretch[0]) & (kept <= stretch[-1])].size > 0


def test_a_short_series_stays_as_it_is():
    at = np.arange(500, dtype=np.int64)
    assert thinned(at, np.zeros(500), most=500).tolist() == at.tolist()
    assert thinned(at[:0], np.zeros(0), most=500).tolist() == []


@pytest.mark.parametrize(
    ("when", "expected"),
    [
        ("engine_oil_pressure_kpa < 100 and engine_speed_rpm > 600",
         [("engine_oil_pressure_kpa", "<", 100.0), ("engine_speed_rpm", ">", 600.0)]),
        ("battery_voltage_v / nominal_voltage_v < 0.9", [("battery_voltage_v", "<", 21.6)]),
        ("95 <= hydraulic_oil_temp_degc", [("hydraulic_oil_temp_degc", ">=", 95.0)]),
        ("ambient_temp_degc < -10 and dtc(110, 0)", [("ambient_temp_degc", "<", -10.0)]),
        ("fuel_level_pct < 10 or engine_speed_rpm > 2600 and fuel_level_pct < 10",
         [("fuel_level_pct", "<", 10.0), ("engine_speed_rpm", ">", 2600.0)]),
        ("not (fuel_level_pct < 10)", []),
        ("engine_speed_rpm != 0", []),
        ("fuel_level_pct < engine_load_pct", []),
    ],
)  # fmt: skip
def test_borders_are_the_plain_comparisons_of_a_condition(when, expected):
    found = borders_of(parse_condition(when, CATALOGUE.keys), {}, 24.0)
    assert [(border.key, border.comparison, pytest.approx(border.value)) for border in found] == expected


def test_a_share_of_an_unknown_nominal_voltage_has_no_border():
    when = parse_condition("battery_voltage_v / nominal_voltage_v < 0.9", CATALOGUE.keys)
    assert borders_of(when, {}, float("nan")) == ()


def test_regimes_are_told_by_speed_and_load():
    nan = float("nan")
    speed = np.array([nan, 0, 299, 300, 1500, 1500, 1500, 1500, 1500, 1500])
    load = np.array([50, 0, nan, 0, nan, 24.9, 25, 50, 74.9, 75])
    found = [REGIMES[n] for n in regimes(speed, load)]
    assert found == ["unknown", "off", "off", "idle", "running", "idle", "light", "medium", "medium", "heavy"]


def test_a_regime_lasts_until_the_next_row_a_minute_at_most():
    at = np.array([0, 10, 30, 30 + 3600, 3700], np.int64) * S
    found = shares(at, np.array([1, 1, 4, 4, 4]))
    assert found == {"off": pytest.approx(30 / 150), "light": pytest.approx(120 / 150)}
    assert shares(at[:1], np.array([1])) == {}


def test_a_value_is_held_as_long_as_the_signal_says():
    at = np.array([0, 4, 6, 20], np.int64) * S
    found = held(at, np.array([1.0, np.nan, np.nan, np.nan]), 5 * S)
    assert found[:2].tolist() == [1.0, 1.0]
    assert np.isnan(found[2:]).all()


def quality(seconds, *, received=None, speed=1500.0, window=None, heard=(), is_new=False):
    at = np.array(seconds, np.int64) * S
    speeds = np.full(len(at), speed)
    came = at if received is None else np.array(received, np.int64) * S
    edges = (0, (seconds[-1] + 1) * S) if window is None else window
    return judge_window(at, came, speeds, window=edges, heard=heard, is_new=is_new)


def test_gaps_have_their_reason():
    told = [*range(60), *range(120, 180)]
    assert [(g.from_us // S, g.to_us // S, g.reason) for g in quality(told).gaps] == [(59, 120, "not_received")]
    assert [g.reason for g in quality(told, speed=0.0).gaps] == ["engine_off"]
    away = [(0, 60 * S), (115 * S, 200 * S)]
    assert [g.reason for g in quality(told, heard=away).gaps] == ["platform_away"]
    assert quality(range(60), heard=[(0, 60 * S)]).gaps == ()


def test_of_a_machine_that_told_nothing_before_rows_are_expected_from_its_first_one_on():
    window = (-600 * S, 60 * S)
    known, new = (quality(range(60), window=window, is_new=is_new) for is_new in (False, True))
    assert [(g.from_us // S, g.to_us // S, g.reason) for g in known.gaps] == [(-600, 0, "not_received")]
    assert known.received_ratio == pytest.approx(60 / 660)
    assert (new.gaps, new.received_ratio) == ((), pytest.approx(1.0))


def test_before_it_ever_heard_the_platform_was_not_away():
    told = [*range(60), *range(120, 180)]
    assert [g.reason for g in quality(told, heard=[(100 * S, 200 * S)]).gaps] == ["not_received"]
    assert [g.reason for g in quality(told, heard=[(-99 * S, -98 * S), (100 * S, 200 * S)]).gaps] == ["platform_away"]


def test_the_share_that_came_is_of_what_the_usual_interval_lets_expect():
    assert quality(list(range(0, 600, 10))).received_ratio == pytest.approx(1.0, abs=0.02)
    half = quality([*range(300), 599])
    assert half.received_ratio == pytest.approx(0.5, abs=0.01)
    assert (half.interval_s, half.rows) == (1.0, 301)
    assert quality([0, 1]).received_ratio is None


def test_what_came_late_or_out_of_order_is_counted():
    found = quality(list(range(6)), received=[0, 1, 9, 3, 2000, 5])
    assert (found.out_of_order, found.late) == (2, 1)
    assert quality([5]).out_of_order == 0


def test_a_freeze_frame_has_the_last_values_at_the_instant_with_their_ages_and_no_place():
    values = np.full((3, len(CATALOGUE)), np.nan)
    keys = ("engine_oil_pressure_kpa", "engine_coolant_temp_degc", "latitude_deg", "fuel_level_pct", "engine_hours_h")
    oil, coolant, latitude, fuel, hours = (CATALOGUE.index[key] for key in keys)
    values[0, coolant], values[:, oil] = 90.0, [350.0, 13.2, 99.0]
    values[1, latitude] = 31.2
    at = np.array([10, 20, 30], np.int64) * S
    latest = [(fuel, 60.0, -MINUTE), (hours, 1.0, -2 * 24 * 60 * MINUTE), (oil, 99.0, 30 * S)]
    found = freeze_frame(at, values, latest, held_us=20 * S, catalogue=CATALOGUE)
    assert [(one.signal.key, one.value, one.age_us // S, one.is_held) for one in found] == [
        ("engine_oil_pressure_kpa", 13.2, 0, True),
        ("engine_coolant_temp_degc", 90.0, 10, CATALOGUE["engine_coolant_temp_degc"].hold_s >= 10),
        ("fuel_level_pct", 60.0, 80, CATALOGUE["fuel_level_pct"].hold_s >= 80),
    ]
    assert freeze_frame(at[:0], values[:0], [], held_us=0, catalogue=CATALOGUE) == ()


def test_the_likest_case_is_of_the_same_model_and_near_in_what_both_tell():
    own = {"engine_oil_pressure_kpa": 80.0, "engine_speed_rpm": 1500.0}
    frames = [own, own | {"engine_oil_pressure_kpa": 60.0}, {"engine_speed_rpm": 1500.0}, {"fuel_level_pct": 5.0}]
    found = nearest(own, frames, [False, True, True, True], catalogue=CATALOGUE, most=3)
    assert [(one.place, one.same_model) for one in found] == [(2, True), (1, True), (3, True)]
    assert [one.distance for one in found][::2] == [0.0, None]
    assert nearest(own, [], [], catalogue=CATALOGUE, most=3) == ()


def test_a_difference_within_a_signals_noise_is_small_however_alike_the_cases_are():
    own = {"engine_oil_pressure_kpa": 80.0}
    (one,) = nearest(own, [{"engine_oil_pressure_kpa": 80.5}], [True], catalogue=CATALOGUE, most=3)
    assert one.distance is not None
    assert one.distance < 0.2


def finding(to_s=None):
    return Finding(
        machine=MachineId(1), source_kind=SourceKind.RULE, source_key="k", version="v", severity=Severity.LOW,
        from_us=1000 * S, held_us=1010 * S, to_us=None if to_s is None else to_s * S,
    )  # fmt: skip


def test_a_window_begins_ten_minutes_before_and_ends_with_the_finding_or_half_an_hour_on():
    assert window_of(finding(), 0, 1020 * S) == (400 * S, 1020 * S + 1)
    assert window_of(finding(1015), 3600 * S, 9999 * S) == (-2600 * S, 1015 * S + 1)
    assert window_of(finding(), 0, 99_999 * S) == (400 * S, 2810 * S + 1)
    assert window_of(finding(), 0, 5 * S)[1] == 1010 * S + 1  # a machine's clock may be ahead


def test_all_evidence_that_ships_is_used_by_the_rules_that_ship():
    rules = packaged_ruleset(CATALOGUE).by_key
    assert {key: set(table["causes"]) for key, table in evidence_tables().items()} == {
        rule.key: set(rule.causes) for rule in rules.values() if rule.when is not None
    }
