"""Why a machine is silent: one clear case a reason, what must be abstained from, and the bench's own seeds."""

from dataclasses import replace

import numpy as np
import pytest

from alerts.silence_reason import (
    LIKELY,
    SIGNALS,
    SIGNS,
    Evidence,
    SilenceReason,
    corrected,
    judge_silence,
    knowledge,
    one_calls,
    with_reason,
)
from bench.silence import measure
from fleet.findings import Finding, MachineId, Reason, Severity, SourceKind

ROWS = 180
AT_US = np.arange(ROWS, dtype=np.int64) * 10_000_000


def evidence(**changed: float) -> Evidence:
    """A machine at work with good reception, whose connection ended without a word; `changed`: its last 12 rows."""
    usual = dict(zip(SIGNALS, (1700.0, 60.0, 28.0, 4.0, -75.0, 12.0, 27.8, 4.1), strict=True))
    series = {signal: np.full(ROWS, value) for signal, value in usual.items()}
    for signal, value in changed.items():
        series[signal][-12:] = value
    return Evidence(
        at_us=AT_US, series=series, nominal_v=24.0, parting="will", clock_off=False, heard_before=20, outages_here=0
    )


GONE = {"engine_speed_rpm": np.nan, "engine_load_pct": np.nan, "battery_voltage_v": np.nan}
IDLE = {"engine_speed_rpm": 850.0, "engine_load_pct": 15.0, "ground_speed_kmh": 0.0}
CUT = {"terminal_supply_voltage_v": 0.1, "terminal_backup_battery_v": 3.8}


@pytest.mark.parametrize(
    ("seen", "reason", "strongest"),
    [
        pytest.param(replace(evidence(**IDLE), parting="goodbye"), "engine_off", "said_goodbye", id="said good-bye"),
        pytest.param(evidence(signal_strength_dbm=-112.0), "no_coverage", "reception_poor", id="faded"),
        pytest.param(evidence(**GONE, **CUT, ground_speed_kmh=0.0), "power_cut", "supply_lost", id="on its battery"),
        pytest.param(evidence(**GONE, **CUT, ground_speed_kmh=35.0), "terminal_removed", "carried_off", id="carried"),
        pytest.param(
            replace(evidence(), refused_by_clock=9, parting="none"), "clock_wrong", "refused_by_clock", id="clock"
        ),
        pytest.param(replace(evidence(), silent_with=19), "broker_or_us", "others_too", id="all at once"),
    ],
)
def test_a_clear_case_of_each_reason(seen: Evidence, reason: str, strongest: str) -> None:
    judged = judge_silence(seen)
    assert (judged.reason, judged.spoke_for[0]) == (reason, strongest)
    assert judged.share >= LIKELY
    assert sum(judged.shares) == pytest.approx(1.0)


@pytest.mark.parametrize(
    "seen",
    [
        pytest.param(evidence(), id="gone in the middle of work, nothing tells"),
        pytest.param(Evidence(at_us=np.empty(0, np.int64), series={}), id="nothing is known"),
        pytest.param(replace(evidence(**IDLE), outages_here=3), id="idling in a dead zone: either"),
    ],
)
def test_it_abstains_when_it_cannot_tell(seen: Evidence) -> None:
    assert judge_silence(seen).reason is SilenceReason.UNKNOWN


def test_a_terminal_that_does_not_measure_its_supply_is_not_cut() -> None:
    seen = evidence()
    seen.series["terminal_supply_voltage_v"][:] = 0.0
    assert judge_silence(seen).reason is SilenceReason.UNKNOWN


def unmeasured(last_v: float, *, first_v: float, **changed: float) -> Evidence:
    """Of a terminal that does not measure its supply; its backup battery goes from one voltage to the other."""
    seen = evidence(**changed)
    seen.series["terminal_supply_voltage_v"][:] = 0.0
    seen.series["terminal_backup_battery_v"][:] = np.linspace(first_v, last_v, ROWS)
    return seen


@pytest.mark.parametrize(
    ("seen", "reason"),
    [
        pytest.param(unmeasured(3.8, first_v=4.1, **GONE, ground_speed_kmh=0.0), "power_cut", id="cut"),
        pytest.param(unmeasured(3.8, first_v=4.1, **GONE, ground_speed_kmh=35.0), "terminal_removed", id="carried"),
        pytest.param(unmeasured(4.1, first_v=4.1), "unknown", id="it stays charged"),
        pytest.param(unmeasured(4.1, first_v=3.8), "unknown", id="it is being charged"),
    ],
)
def test_a_backup_battery_that_runs_down_tells_of_a_cut_that_nobody_measured(seen: Evidence, reason: str) -> None:
    judged = judge_silence(seen)
    assert judged.reason == reason
    assert ("on_battery" in judged.spoke_for) == (reason != "unknown")


def test_a_weak_backup_battery_explains_why_no_cut_was_told_and_proves_none() -> None:
    weak, good = judge_silence(unmeasured(3.3, first_v=3.3)), judge_silence(unmeasured(4.1, first_v=4.1))
    cut = list(SilenceReason).index(SilenceReason.POWER_CUT)
    assert weak.shares[cut] > 0.6 > good.shares[cut]
    assert weak.reason is SilenceReason.UNKNOWN


def test_back_filled_rows_correct_the_reason() -> None:
    first = judge_silence(evidence(signal_strength_dbm=-112.0))
    then = judge_silence(evidence(**GONE, **CUT, ground_speed_kmh=0.0, signal_strength_dbm=-75.0))
    assert (first.reason, then.reason) == ("no_coverage", "power_cut")


def test_every_sign_has_weights_and_words_in_both_languages() -> None:
    known = knowledge()
    assert known.signs.keys() == SIGNS.keys()
    assert set(known.words) == set(SilenceReason)
    for sign in known.signs.values():
        assert sign.yes
        assert sign.says.zh
        assert sign.says.en
    assert sum(known.priors.values()) == pytest.approx(1.0)


def test_simulated_outages_are_told_right_or_not_at_all() -> None:
    found = measure([7], 40)
    assert found["right"] >= 0.67, found["matrix"]
    assert found["right_of_told"] >= 0.92, found["matrix"]
    assert all(rate >= 0.3 for rate in found["recall"].values()), found["recall"]
    assert found["mixed"].get("wrong", 0) <= 8, found["mixed"]


def silence(machine: int, key: str = "", to_us: int | None = None) -> Finding:
    """A told silence; its reason is `key`."""
    told = Finding(
        machine=MachineId(machine),
        source_kind=SourceKind.PLATFORM,
        source_key="machine_silent",
        version="v",
        severity=Severity.MEDIUM,
        from_us=0,
        held_us=9,
        to_us=to_us,
    )
    return with_reason(told, Reason(key=key, share=0.9) if key else None)


@pytest.mark.parametrize(
    ("told", "now", "then"),
    [
        pytest.param("unknown", "power_cut", "power_cut", id="more is known"),
        pytest.param("no_coverage", "power_cut", "power_cut", id="it was wrong"),
        pytest.param("", "no_coverage", "no_coverage", id="told by an older version"),
        pytest.param("no_coverage", "no_coverage", None, id="the same"),
        pytest.param("no_coverage", "unknown", None, id="what was told is not taken back for nothing"),
        pytest.param("broker_or_us", "no_coverage", None, id="the others are back: not forgotten"),
        pytest.param("no_coverage", "", None, id="not judged"),
    ],
)
def test_a_reason_is_corrected_when_more_is_known(told: str, now: str, then: str | None) -> None:
    after = corrected(silence(1, told), Reason(key=now, share=0.8) if now else None)
    assert (None if after is None or after.reason is None else after.reason.key) == then
    assert after is None or after.severity == knowledge().severities[SilenceReason(now)]


def test_of_an_outage_on_our_side_one_calls() -> None:
    new = [silence(1, "power_cut"), silence(2, "broker_or_us"), silence(3, "broker_or_us")]
    assert [one.severity for one in one_calls(new, [])] == ["medium", "medium", "info"]
    assert [one.severity for one in one_calls(new, [silence(9, "broker_or_us")])] == ["medium", "info", "info"]
    assert [one.severity for one in one_calls(new, [silence(9, "broker_or_us", to_us=20)])] == [
        "medium",
        "medium",
        "info",
    ]
