"""The bench of the diagnosis: its labels, its scoring against a count by hand, and that a seed says everything."""

from dataclasses import fields, replace

import numpy as np
import pytest

from bench.diagnosis.judge import Said
from bench.diagnosis.run import Task, judge_fleet
from bench.diagnosis.score import GRACE_US, MERGED_US, score
from bench.diagnosis.sensor_trust import revised
from bench.diagnosis.systems import keys_of_systems, system_of_rule, system_of_signal
from diagnosis.ruleset import packaged_ruleset
from diagnosis.watched import WATCHED
from diagnosis.words import packaged_words
from fleet.signals import packaged_catalogue
from simulators.machines import make_machines
from simulators.month.condition import HEALTHY, make_condition
from simulators.month.duty import make_duty
from simulators.month.events import (
    Behaviour,
    FaultEvent,
    Labels,
    Outage,
    SensorEvent,
    fault_kinds,
    read_table,
)
from simulators.month.fleet_month import FleetMonth
from simulators.month.instruments import transmit
from simulators.month.plan import Spread, read_spread
from simulators.month.rows import DAY_ROWS, ROW_US, instant_us
from simulators.month.world import Machine, ambient_degc
from simulators.physics.parameters import Parameters

CATALOGUE = packaged_catalogue()
HOUR = 360
LASTING = FaultEvent(
    machine=0, kind="oil_pump_worn", system="lubrication", also=("air",), causes=("oil_pump_worn",), effects=(),
    severity=0.7, from_row=1_000, ramp_rows=0, to_row=2_000,
)  # fmt: skip


def said(row: int, *, system: str = "lubrication", rows: int = 10, **changes: object) -> Said:
    one = Said(
        machine=0, source="rule", key=f"rule of {system}", system=system, from_us=instant_us(row),
        held_us=instant_us(row), shown_us=instant_us(row) + 2_000_000, to_us=instant_us(row + rows),
        causes=("oil_level_low", "oil_pump_worn"), signals=("engine_oil_pressure_kpa",),
    )  # fmt: skip
    return replace(one, **changes)  # type: ignore[arg-type]


def test_what_is_tuned_on_and_what_is_reported_have_nothing_in_common():
    tuning, report = read_table("ranges.toml")["tuning"], read_table("ranges.toml")["report"]
    assert not set(tuning["seeds"]) & set(report["seeds"])
    for low, high in tuning["severities"]:
        assert all(high <= other_low or low >= other_high for other_low, other_high in report["severities"])
    with pytest.raises(ValueError, match="no seed of report"):
        read_spread("report", tuning["seeds"][0])


def test_every_fault_is_known_to_the_platform_and_to_the_physics():
    parameters = {field.name for field in fields(Parameters)} | set(HEALTHY)
    words = packaged_words("en").causes
    assert len(fault_kinds()) >= 20
    for fault in fault_kinds().values():
        assert set(fault.causes) <= set(words), fault.name
        assert {name for name, _ in fault.effects} <= parameters, fault.name
        assert all(trace in CATALOGUE for trace in fault.traces), fault.name
        assert {fault.system, *fault.also} <= set(keys_of_systems("rules")), fault.name


def test_every_rule_and_every_watched_signal_has_one_system():
    rules = [rule for keys in keys_of_systems("rules").values() for rule in keys]
    assert sorted(rules) == sorted(packaged_ruleset(CATALOGUE).by_key)
    assert set(system_of_signal()) == set(WATCHED)
    assert len(system_of_rule()) == len(rules)


@pytest.mark.parametrize(
    ("finding", "found"),
    [
        pytest.param(said(1_000), True, id="with the first row"),
        pytest.param(said(999), False, id="before it"),
        pytest.param(said(2_000 + GRACE_US // ROW_US), True, id="at the end of the grace"),
        pytest.param(said(2_001 + GRACE_US // ROW_US), False, id="after it"),
        pytest.param(said(1_500, machine=1), False, id="another machine"),
        pytest.param(said(1_500, system="air"), False, id="a system that it only disturbs"),
        pytest.param(said(1_500, system="air", causes=("oil_pump_worn",)), True, id="another system, its very cause"),
        pytest.param(said(1_500, causes=("pressure_sender_faulty",)), False, id="blamed on the sensor"),
    ],
)
def test_a_fault_is_recalled_by_its_system_and_in_its_time(finding, found):
    assert score(Labels(faults=(LASTING,)), [finding], machine_months=1).recall == found


def test_the_delay_runs_until_the_row_arrived_and_the_causes_are_the_first_that_were_given():
    late = said(1_360, source="model", causes=(), shown_us=instant_us(1_720))
    found = score(Labels(faults=(LASTING,)), [said(1_900), late], machine_months=1)
    assert found.by_kind()["oil_pump_worn"]["median_delay_h"] == 2.0
    assert found.named == 1.0
    assert found.confusion() == {"oil_pump_worn": {"oil_level_low": 1}}
    assert score(Labels(faults=(LASTING,)), [late], machine_months=1).named == 0.0


def test_what_no_label_accounts_for_is_false_and_neighbours_are_one_episode():
    shift = MERGED_US // ROW_US
    labels = Labels(
        faults=(LASTING,),
        sensors=(
            SensorEvent(
                machine=0, kind="stuck", signal="fuel_level_pct", size=0, severity=1, from_row=9_000, to_row=9_100
            ),
        ),
        behaviours=(Behaviour(machine=0, rules=("rule of use",), from_row=3_000, to_row=3_100),),
    )
    accounted = [
        said(1_500),
        said(1_500, system="air", causes=()),
        said(3_050, system="use"),
        said(9_050, system="fuel", signals=("fuel_level_pct",)),
    ]
    assert score(labels, accounted, machine_months=1).false_episodes == ()
    wrong = [said(1_500, system="fuel"), said(3_050, system="fuel"), said(3_060 + shift + 1, system="fuel")]
    episodes = score(labels, [*accounted, *wrong], machine_months=2)
    assert [(one.from_us, one.system) for one in episodes.false_episodes] == [
        (instant_us(1_500), "fuel"),
        (instant_us(3_061 + shift), "fuel"),
    ]
    assert episodes.false_a_machine_month == 1.0


def test_a_lying_sensor_is_called_a_machine_fault_only_by_what_blames_the_machine():
    lie = SensorEvent(
        machine=0, kind="offset", signal="engine_oil_pressure_kpa", size=-400, severity=1, from_row=100, to_row=900
    )
    for finding, share in [
        (said(500), 1.0),
        (said(500, causes=("pressure_sender_faulty",)), 0.0),
        (said(500, causes=("terminal_faulty", "oil_leak")), 0.0),
        (said(500, causes=("oil_leak", "terminal_faulty")), 1.0),
        (said(500, source="sensor"), 0.0),
        (said(500, signals=("fuel_level_pct",)), 0.0),
        (said(1_900), 0.0),
    ]:
        assert score(Labels(sensors=(lie,)), [finding], machine_months=1).sensors_as_machine == share


def test_a_finding_names_the_sensor_first_when_that_is_found_out_as_its_checks_say():
    lying = said(460, source="sensor", rows=1_000)
    drifting = replace(lying, checks=("oil_pressure_stuck",))  # for 24 h
    (early,) = (one for one in revised([drifting, said(99)], CATALOGUE) if one.source != "sensor")
    assert early.causes[0] == "sensor_faulty"
    for finding, is_revised in [
        (said(101, causes=("oil_leak", "oil_level_low", "oil_pump_worn")), True),
        (said(99), False),
        (said(600), True),
        (said(600, source="model"), True),
        (said(200, signals=("fuel_level_pct",)), False),
        (said(200, machine=1), False),
    ]:
        (seen,) = (one for one in revised([lying, finding], CATALOGUE) if one.source != "sensor")
        assert seen == (replace(finding, causes=("sensor_faulty", *finding.causes[:2])) if is_revised else finding)


def test_the_score_is_what_a_count_by_hand_gives():
    chance = np.random.default_rng(5)
    systems = ("lubrication", "air", "fuel")
    for _ in range(40):
        faults = tuple(
            replace(LASTING, machine=int(m), system=systems[s], from_row=int(row), to_row=int(row) + 500)
            for m, s, row in chance.integers([0, 0, 0], [3, 3, 20_000], (5, 3))
        )
        findings = [
            said(int(row), machine=int(m), system=systems[s], causes=("x",))
            for m, s, row in chance.integers([0, 0, 0], [3, 3, 20_000], (30, 3))
        ]
        found = score(Labels(faults=faults), findings, machine_months=3)
        assert found.recall == pytest.approx(np.mean([any(_by_hand(f, e) for f in findings) for e in faults]))
        false = [f for f in findings if not any(_by_hand(f, e, also=True) for e in faults)]
        assert len(found.false_episodes) == _episodes_by_hand(false)


def _by_hand(finding: Said, event: FaultEvent, *, also: bool = False) -> bool:
    row = (finding.held_us - instant_us(0)) // ROW_US
    systems = (event.system, *event.also) if also else (event.system,)
    in_time = event.from_row <= row <= event.to_row + GRACE_US // ROW_US
    return finding.machine == event.machine and finding.system in systems and in_time


def _episodes_by_hand(findings: list[Said]) -> int:
    count = 0
    for one in findings:
        before = [
            other
            for other in findings
            if (other.machine, other.system) == (one.machine, one.system)
            and (other.held_us, findings.index(other)) < (one.held_us, findings.index(one))
        ]
        count += not before or one.held_us - max(other.to_us or 0 for other in before) > MERGED_US
    return count


def test_a_fault_moves_its_signals_and_nothing_before_it_began():
    machine = make_machines(1)[0]
    begin = DAY_ROWS + 9 * HOUR
    event = replace(LASTING, effects=(("oil_pump_flow_share", 0.1),), severity=1.0, from_row=begin, to_row=2 * DAY_ROWS)
    pressures = []
    for faults in ([], [event]):
        chance = np.random.default_rng(3)
        duty = make_duty(0, machine.spec, 2, chance)
        condition = make_condition(machine, faults, ambient_degc(machine, 2, chance), chance)
        pressures.append(Machine(machine, duty, condition, chance).signals()["engine_oil_pressure_kpa"])
    healthy, ill = pressures
    assert np.array_equal(healthy[:begin], ill[:begin])
    running = healthy[begin:] > 200
    assert running.any()
    assert (ill[begin:][running] < 0.5 * healthy[begin:][running]).all()


def test_outages_lose_rows_or_hold_them_back():
    values = np.zeros((1_000, 1))
    outages = [
        Outage(machine=0, from_row=100, to_row=200, is_lost=True),
        Outage(machine=0, from_row=500, to_row=600, is_lost=False),
    ]
    stream = transmit(values, np.array([0]), outages, np.random.default_rng(1))
    assert len(stream.at_us) == 900
    held = (stream.at_us >= instant_us(500)) & (stream.at_us < instant_us(600))
    assert held.sum() == 100
    assert (stream.arrived_us[held] > instant_us(600)).all()
    assert (stream.arrived_us > stream.at_us).all()
    assert (np.diff(stream.arrived_us) < 0).any(), "some rows come out of order"


def test_a_seed_says_everything():
    spread = Spread("tuning", 1, ((0.6, 0.8),))
    one, same, other = (
        FleetMonth(5, 3, given, CATALOGUE) for given in (spread, spread, Spread("tuning", 2, spread.severities))
    )
    assert one.orders == same.orders
    assert one.orders != other.orders
    (first, labels), (second, again) = one.month(0), same.month(0)
    assert np.array_equal(first.values, second.values, equal_nan=True)
    assert np.array_equal(first.arrived_us, second.arrived_us)
    assert labels == again
    assert not np.array_equal(first.values[:100], other.month(0)[0].values[:100], equal_nan=True)
    assert all(0.6 <= order.severity <= 0.8 for order in one.orders)


def test_the_whole_of_it_on_a_small_fleet(tmp_path):
    task = Task(3, 2, read_spread("tuning"), tmp_path)
    outcome = judge_fleet(task, 1)
    assert outcome.rows > 3 * 1.8 * DAY_ROWS
    assert outcome.labels.faults
    assert all(one.source in {"rule", "model"} for one in outcome.said)
    assert judge_fleet(task, 1).said == outcome.said
