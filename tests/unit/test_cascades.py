"""Many codes, one cause: realistic cascades become one case with its root, and codes beside them stay their own."""

import random

import pytest

from diagnosis.cascades import ActiveCode, CodeCase, gather, packaged_cascades
from diagnosis.fault_knowledge import Side
from fleet.findings import Severity

S = 1_000_000
FIVE_VOLTS = [
    (3509, 4),
    (100, 4),
    (102, 4),
    (157, 4),
    (101, 4),
    (108, 4),
    (27, 4),
    (411, 4),
]  # one supply, seven sensors
COLD_MORNING = [(168, 18, 0, 0), (639, 9, 3, 2), (3509, 4, 0, 1), (100, 4, 0, 1), (190, 2, 0, 3), (629, 12, 3, 4)]


def codes(*given: tuple[int, int], address: int = 0, at: float = 0, step: float = 0.1) -> list[ActiveCode]:
    return [
        ActiveCode(address=address, spn=spn, fmi=fmi, since_us=round((at + number * step) * S))
        for number, (spn, fmi) in enumerate(given)
    ]


def code(spn: int, fmi: int, *, address: int = 0, at: float = 0, lamps: int = -1) -> ActiveCode:
    return ActiveCode(address=address, spn=spn, fmi=fmi, since_us=round(at * S), lamps=lamps)


def told(cases: tuple[CodeCase, ...]) -> list[tuple[str | None, str | None, int]]:
    """(cascade, root's key, codes) of each case."""
    return [(c.cascade and c.cascade.key, c.root and c.root.key, len(c.codes)) for c in cases]


def test_one_broken_5_v_supply_and_its_sensors_are_one_case():
    cases = gather(codes(*FIVE_VOLTS))
    assert told(cases) == [("sensor_supply_lost", "0/3509/4", 8)]
    assert cases[0].side is Side.CIRCUIT
    assert cases[0].severity is Severity.MEDIUM
    assert [cause for cause, _ in cases[0].likely.causes[:2]] == ["sensor_faulty", "harness_chafed"]
    assert cases[0].likely.checks[0] == "measure_sensor_supply"


def test_a_sensor_code_may_come_before_the_supplys_own():
    late = [code(100, 4, at=0), code(102, 4, at=1), code(3509, 4, at=3)]
    assert told(gather(late)) == [("sensor_supply_lost", "0/3509/4", 3)]


def test_a_supply_without_its_own_code_is_inferred_from_sensors_that_fail_together():
    cases = gather(codes(*FIVE_VOLTS[1:5]))
    assert told(cases) == [("sensor_supply_lost", None, 4)]
    assert cases[0].likely.checks[0] == "measure_sensor_supply"


@pytest.mark.parametrize(
    "given",
    [
        pytest.param(codes((100, 4), (102, 4)), id="two sensors are two sensors"),
        pytest.param(codes((100, 4), (102, 3), (157, 4)), id="not the same failure mode"),
        pytest.param(codes((100, 4), (102, 4), (157, 4), step=60), id="not at one time"),
        pytest.param([code(100, 4), code(102, 4, address=3), code(157, 4, address=17)], id="not one controller"),
        pytest.param(codes((110, 3), (105, 3), (175, 3)), id="temperature sensors have no 5 V supply"),
        pytest.param(codes((100, 1), (110, 0), (102, 18)), id="the machine's own states"),
    ],
)
def test_codes_that_only_look_like_a_lost_supply_stay_single(given: list[ActiveCode]):
    assert told(gather(given)) == [(None, c.key, 1) for c in given]


def test_another_controllers_sensor_and_a_low_oil_pressure_are_not_the_supplys():
    beside = [code(127, 4, address=3, at=0.5), code(100, 1, at=0.6)]
    cases = gather([*codes(*FIVE_VOLTS), *beside])
    assert told(cases) == [("sensor_supply_lost", "0/3509/4", 8), (None, "3/127/4", 1), (None, "0/100/1", 1)]
    assert cases[2].side is Side.MACHINE
    assert cases[2].severity is Severity.CRITICAL


def test_a_lost_can_link_is_one_case_over_all_controllers():
    heard = [
        code(639, 9, at=0),
        code(2003, 9, address=0, at=1),
        code(91, 19, address=3, at=2),
        code(84, 19, address=17, at=2),
    ]
    assert told(gather(heard)) == [("can_link_lost", "0/639/9", 4)]
    assert told(gather(heard[1:])) == [("can_link_lost", None, 3)], "the network's own code need not come"
    assert told(gather(heard[2:])) == [(None, "3/91/19", 1), (None, "17/84/19", 1)]


def test_a_low_battery_at_crank_explains_what_the_controllers_say_in_that_half_minute():
    at_crank = [code(spn, fmi, address=sa, at=at) for spn, fmi, sa, at in COLD_MORNING]
    cases = gather([*at_crank, code(110, 0, at=900), code(651, 5, at=2)])
    assert told(cases) == [("low_battery_at_crank", "0/168/18", 6), (None, "0/651/5", 1), (None, "0/110/0", 1)]
    assert cases[0].likely.causes[0][0] == "battery_aged"


def test_a_sensor_that_was_broken_before_is_not_the_supplys():
    cases = gather([code(100, 4, at=0), *codes((3509, 4), (102, 4), (157, 4), at=3600)])
    assert told(cases) == [(None, "0/100/4", 1), ("sensor_supply_lost", "0/3509/4", 3)]


def test_a_low_battery_hours_before_explains_nothing():
    assert told(gather([code(168, 18), *codes((100, 4), (102, 4), at=3600)])) == [
        (None, "0/168/18", 1),
        (None, "0/100/4", 1),
        (None, "0/102/4", 1),
    ]


def test_engine_protection_points_at_the_machines_state_with_that_codes_causes():
    cases = gather([code(110, 0, at=0), code(1569, 31, at=4), code(1109, 31, at=20)])
    assert told(cases) == [("engine_protection", "0/110/0", 3)]
    assert cases[0].side is Side.MACHINE
    assert cases[0].severity is Severity.CRITICAL
    assert cases[0].likely.causes[0][0] == "radiator_blocked"


def test_an_empty_def_tank_is_the_root_of_its_inducement():
    cases = gather([code(1761, 1, at=0), code(4334, 18, at=4000), code(5246, 16, at=7200)])
    assert told(cases) == [("def_tank_empty", "0/1761/1", 3)]


def test_a_root_alone_is_a_single_code():
    assert told(gather([code(3509, 4)])) == [(None, "0/3509/4", 1)]
    assert gather([]) == ()


def test_two_supplies_of_two_controllers_are_two_cases():
    both = [*codes(*FIVE_VOLTS[:3]), *codes((3510, 3), (127, 3), (1762, 3), address=3, at=5)]
    assert told(gather(both)) == [("sensor_supply_lost", "0/3509/4", 3), ("sensor_supply_lost", "3/3510/3", 3)]


def test_the_answer_does_not_depend_on_the_order_and_every_code_is_in_one_case():
    everything = [
        *codes(*FIVE_VOLTS),
        *(code(spn, fmi, address=sa, at=at + 200) for spn, fmi, sa, at in COLD_MORNING),
        *codes((110, 0), (1569, 31), (651, 5), at=5000),
    ]
    wanted = gather(everything)
    assert sorted(c.key + str(c.since_us) for case in wanted for c in case.codes) == sorted(
        c.key + str(c.since_us) for c in everything
    )
    for seed in range(20):
        shuffled = everything.copy()
        random.Random(seed).shuffle(shuffled)
        assert gather(shuffled) == wanted


@pytest.mark.parametrize("cascade", packaged_cascades(), ids=lambda cascade: cascade.key)
def test_a_cascade_speaks_both_languages_and_names_its_sources(cascade):
    for words in (cascade.title, cascade.owner, cascade.expert):
        assert any("\u4e00" <= character <= "\u9fff" for character in words.zh)
        assert words.en.isascii()
    assert cascade.sources
