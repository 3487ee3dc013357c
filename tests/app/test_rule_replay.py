"""A rule set over the stored history: the same findings as on the stream, against the live set's, kept as a record."""

from collections.abc import Iterator
from uuid import UUID

import psycopg
import pytest

from diagnosis.layers import content_hash, layer
from diagnosis.ruleset import rule_files
from fleet.errors import InvalidInput
from fleet.findings import Finding, MachineId, Severity, SourceKind
from fleet.signals import packaged_catalogue
from storage.pool import Connection, connect
from storage.rule_replays import Difference, JudgedEpisode, find_plot
from storage.rule_sets import StoredRules, get_rules, list_in_force
from tests.app.gate import Gate, at, sample
from usecases import replay_pass as module
from usecases.picture_words import chinese_font
from usecases.replay_outcome import Caught, clipped, compare, seat_load, verdict_summary
from usecases.replay_picture import bar_us
from usecases.replay_rules import ReplayOrder, replay_rules

CATALOGUE = packaged_catalogue()
LOW = {"engine_oil_pressure_kpa": 50.0, "engine_speed_rpm": 1500.0, "fuel_level_pct": 3.0}
GOOD = {"engine_oil_pressure_kpa": 350.0, "engine_speed_rpm": 1500.0, "fuel_level_pct": 60.0}
EDITS = """
language = 1
[low_oil_pressure]
for = "3s"
tests = []
[low_fuel]
off = true
[fast]
when = "engine_speed_rpm > 1400 and mean(engine_speed_rpm, 10s) > 1400"
severity = "low"
title = { zh = "题", en = "t" }
owner = { zh = "题", en = "t" }
expert = { zh = "题", en = "t" }
"""


@pytest.fixture
def owner(database) -> Iterator[Connection]:
    with connect(database.owner_url, application="test") as conn:
        conn.autocommit = True
        yield conn


@pytest.fixture
def history(gate: Gate) -> Gate:
    """Half an hour of two machines at a row in 5 s; the first has low oil twice, for 4 s or less once."""
    messages = []
    for number in (1, 2):
        for second in range(0, 1800, 5):
            ill = number == 1 and (300 <= second < 600 or second in {900, 905})
            messages.append(sample(f"M-{number}", second, second, **(LOW if ill else GOOD)))
    gate.deliver(messages, received_s=1800)
    return gate


@pytest.fixture
def site_rules(owner: Connection, history: Gate) -> StoredRules:
    layered = layer(rule_files(), EDITS, CATALOGUE)
    live = list_in_force(owner)["live"]
    row = owner.execute(
        "INSERT INTO rule_set (kind, base_id, version, content_hash, files, entered_at, entered_by) "
        "VALUES ('site', %s, %s, %s, %s, now(), 'me') RETURNING rule_set_id",
        [live.rule_set_id, layered.ruleset.version, content_hash({"site.toml": EDITS}, live.content_hash),
         psycopg.types.json.Jsonb({"site.toml": EDITS})],
    ).fetchone()  # fmt: skip
    owner.execute(
        "INSERT INTO rule_set_switch (role, rule_set_id, action, at, by_name) "
        "VALUES ('shadow', %s, 'shadow', now(), 'me')",
        row,
    )
    return list_in_force(owner)["shadow"]


def order(owner: Connection, rules: StoredRules, from_s: float = 0, to_s: float = 1800, **given) -> ReplayOrder:
    live = list_in_force(owner)["live"]
    return ReplayOrder(rules=rules, against=live, from_at=at(from_s), to_at=at(to_s), by="me", **given)


def replayed(owner: Connection, wanted: ReplayOrder, progress=lambda done, of: None):
    return replay_rules(owner, wanted, clock=lambda: at(2000), say=print, progress=progress)


def test_the_live_set_finds_in_history_what_it_found_on_the_stream(owner, history: Gate, monkeypatch):
    live = list_in_force(owner)["live"]
    record = replayed(owner, order(owner, live))
    on_stream = history.all("SELECT source_key, count(*) FROM finding WHERE withdrawn_at IS NULL GROUP BY 1")
    assert {key: counts["found"] for key, counts in record.summary["by_rule"].items()} == dict(on_stream)
    assert not any(
        "raised" in counts for counts in record.summary["by_rule"].values()
    )  # it came late: nobody was called
    assert (record.state, record.rows, record.summary["changes"]) == ("done", 720, {})
    monkeypatch.setattr(module, "FIRST_SLICE_US", 7 * module.SECOND_US)  # any slices give the same
    monkeypatch.setattr(module, "SHORTEST_US", 7 * module.SECOND_US)
    monkeypatch.setattr(module, "SLICE_ROWS", 3)
    assert replayed(owner, order(owner, live)).summary["by_rule"] == record.summary["by_rule"]


def test_a_replay_leaves_out_what_was_not_trusted_when_it_was_measured(owner, history: Gate):
    put = "INSERT INTO signal_trust SELECT machine_id, %s, %s, %s, 0.1, '{}' FROM machine WHERE pin = 'M-1'"
    live, oil = list_in_force(owner)["live"], CATALOGUE.index["engine_oil_pressure_kpa"]
    owner.execute(put, [oil, at(700), at(800)])
    assert replayed(owner, order(owner, live)).summary["by_rule"]["low_oil_pressure"]["found"] == 1
    owner.execute(put, [oil, at(200), at(650)])
    owner.execute("UPDATE finding SET historic = FALSE WHERE source_key = 'low_oil_pressure'")
    summary = replayed(owner, order(owner, live)).summary
    assert summary["by_rule"]["low_oil_pressure"] == {"raised": 1}  # the seats had to answer it all the same
    assert summary["load"]["raised"]["alarms"] == 1  # the others came late


def test_what_another_set_finds_is_compared_with_the_live_one_and_kept(owner, site_rules):
    seen = []
    record = replayed(owner, order(owner, site_rules, seats=2), lambda done, of: seen.append((done, of)))
    counts = record.summary["by_rule"]
    assert {key: counts[key] for key in ("fast", "low_fuel", "low_oil_pressure")} == {
        "fast": {"found": 2, "new": 2},
        "low_fuel": {"live": 1, "gone": 1},
        "low_oil_pressure": {"found": 2, "live": 1, "new": 1, "moved": 1},
    }
    rows = owner.execute(
        "SELECT source_key, change, machine_id, extract(epoch FROM held_at)::int - 1795200000, "
        "extract(epoch FROM live_held_at)::int - 1795200000 FROM rule_replay_finding WHERE replay_id = %s "
        "ORDER BY 1, 2, 3",
        [record.replay_id],
    ).fetchall()
    assert rows == [
        ("fast", "new", 1, 0, None),
        ("fast", "new", 2, 0, None),
        ("low_fuel", "gone", 1, None, 315),
        ("low_oil_pressure", "moved", 1, 305, 310),
        ("low_oil_pressure", "new", 1, 905, None),
    ]
    load = {"alarms": 3, "mean": 0.5, "peak": 1.0, "busy_share": 0.0, "flood_share": 0.0}
    assert record.summary["load"]["found"] == load
    assert (record.done_until, seen[-1]) == (at(1800), (1800 * module.SECOND_US,) * 2)
    assert owner.execute("SELECT count(*) FROM alarm WHERE source_key = 'fast'").fetchone() == (0,)


def test_a_set_that_only_grades_otherwise_differs(owner, history: Gate):
    text = 'language = 1\n[low_fuel]\nseverity = "critical"\ntests = []\n'
    record = replayed(owner, order(owner, entered(owner, text, {})))
    assert record.summary["changes"] == {"regraded": 1}
    assert record.summary["by_rule"]["low_fuel"] == {"found": 1, "live": 1, "regraded": 1}
    rows = owner.execute(
        "SELECT source_key, change, severity, live_severity, from_at = live_from_at AND held_at = live_held_at "
        "FROM rule_replay_finding WHERE replay_id = %s",
        [record.replay_id],
    ).fetchall()
    assert rows == [("low_fuel", "regraded", "critical", "low", True)]


def test_years_in_which_nothing_is_stored_are_not_walked(owner, site_rules):
    seen, day = [], 86_400
    record = replayed(owner, order(owner, site_rules, -900 * day, 900 * day), lambda done, of: seen.append(done / of))
    assert (record.rows, len(seen) < 20, seen[-1]) == (replayed(owner, order(owner, site_rules)).rows, True, 1.0)
    with pytest.raises(InvalidInput, match="at most 3660 days"):
        replayed(owner, order(owner, site_rules, -2_000 * day, 2_000 * day))


def test_some_machines_and_a_part_of_the_time(owner, site_rules):
    record = replayed(owner, order(owner, site_rules, 400, 500, pins=["M-1"]))
    assert record.machine_ids == [1]
    rows = owner.execute(
        "SELECT source_key, change, extract(epoch FROM from_at)::int - 1795200000, to_at FROM rule_replay_finding "
        "WHERE replay_id = %s",
        [record.replay_id],
    ).fetchall()
    # What was going on at the start is settled by the hour before: the oil is low for both sets all the time.
    assert sorted(rows) == [("fast", "new", 400, None), ("low_fuel", "gone", None, None)]
    with pytest.raises(InvalidInput, match=r"no machines M-9, M-7\."):
        replayed(owner, order(owner, site_rules, pins=["M-1", "M-9", "M-7"]))
    with pytest.raises(InvalidInput, match="not later"):
        replayed(owner, order(owner, site_rules, 500, 500))


def test_a_replay_that_breaks_off_is_no_record_to_promote_by(owner, site_rules):
    def broken(done: int, of: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        replayed(owner, order(owner, site_rules), broken)
    row = owner.execute("SELECT state, done_until IS NOT NULL FROM rule_replay ORDER BY replay_id DESC LIMIT 1")
    assert row.fetchone() == ("failed", True)
    assert list_in_force(owner)["shadow"].replays == 0


def entered(owner: Connection, text: str, machines: dict[str, int]) -> StoredRules:
    """A site's set with overrides, in shadow."""
    live = list_in_force(owner)["live"]
    version = layer(rule_files(), text, CATALOGUE).for_machines(machines).version
    row = owner.execute(
        "INSERT INTO rule_set (kind, base_id, version, content_hash, files, machines, entered_at, entered_by) "
        "VALUES ('site', %s, %s, %s, %s, %s, now(), 'me') RETURNING rule_set_id",
        [live.rule_set_id, version, content_hash({"site.toml": text}, live.content_hash),
         psycopg.types.json.Jsonb({"site.toml": text}), psycopg.types.json.Jsonb(machines)],
    ).fetchone()  # fmt: skip
    return get_rules(owner, row[0])


def test_a_sets_own_overrides_count_in_its_replay_and_not_in_the_live_sets(owner, history: Gate):
    text = (
        'language = 1\n[[override]]\nrule = "low_oil_pressure"\nmachine = "M-1"\noff = true\nreason = "r"\n'
        "until = 2099-01-01T00:00:00Z\n"
    )
    record = replayed(owner, order(owner, entered(owner, text, {"M-1": 1})))
    assert record.summary["changes"] == {"gone": 1}
    assert record.summary["by_rule"]["low_oil_pressure"] == {"live": 1, "gone": 1}


def test_what_no_machine_has_ever_sent_is_not_read(owner, site_rules):
    def signals() -> int:
        return replayed(owner, order(owner, site_rules)).summary["signals"]

    owner.execute("DELETE FROM machine_state")
    everything = signals()
    ids = [CATALOGUE[key].id for key in LOW]
    owner.execute(
        "INSERT INTO machine_state SELECT machine_id, now(), now(), true, 'idle', %(ids)s, %(ids)s, %(ids)s "
        "FROM machine",
        {"ids": ids},
    )
    assert signals() == 3 < everything
    owner.execute("DELETE FROM machine_state WHERE machine_id = 2")  # it has rows all the same
    assert signals() == everything


def test_several_processes_find_what_one_finds(owner, site_rules):
    alone = replayed(owner, order(owner, site_rules, workers=1))
    seen = []
    beside = replayed(owner, order(owner, site_rules, workers=2), lambda done, of: seen.append(done))
    for name in ("by_rule", "changes", "load", "rows", "machines", "signals"):
        assert beside.summary[name] == alone.summary[name], name
    assert beside.rows == alone.rows == 720
    plot, chinese = find_plot(owner, beside.replay_id), find_plot(owner, beside.replay_id, "zh")
    assert plot.png.startswith(b"\x89PNG")
    assert (chinese.png != plot.png) == (chinese_font() is not None)
    assert "this set" in plot.svg or "<svg" in plot.svg


def test_a_replay_that_is_called_off_stops_at_its_next_slice(owner, site_rules):
    def call_off(done: int, of: int) -> None:
        owner.execute("UPDATE rule_replay SET cancel_asked = TRUE WHERE state = 'running'")

    record = replayed(owner, order(owner, site_rules), call_off)
    assert (record.state, record.summary, list_in_force(owner)["shadow"].replays) == ("cancelled", {}, 0)


@pytest.mark.parametrize(
    ("minutes", "bar"), [(30, 1), (60, 1), (120, 5), (24 * 60, 30), (30 * 1440, 720), (365 * 1440, 7 * 1440)]
)
def test_a_bar_is_as_long_as_the_span_asks_for(minutes: int, bar: int):
    assert bar_us(minutes * 60_000_000) == bar * 60_000_000


def test_a_fault_found_after_the_machine_failed_is_lost_when_it_was_found_before():
    def judged(failed_s: int | None) -> JudgedEpisode:
        return JudgedEpisode(
            finding_id=UUID(int=1), machine=1, source_key="r", from_us=10, held_us=20, to_us=90,
            failed_us=failed_s, is_fault=True,
        )  # fmt: skip

    late = [finding(10, 50, 90)]
    assert Caught.of([judged(None)], late).by == late
    assert Caught.of([judged(60)], late).by == late
    assert Caught.of([judged(40)], late).by == [None]
    assert Caught.of([judged(15)], late).by == late  # the recorded one came after the failure too
    assert Caught.of([judged(None)], [finding(91, 95, None)]).by == [None]
    assert verdict_summary([judged(40)], late, [finding(10, 20, 90)])["confirmed"] == {
        "of": 1, "found": 0, "live": 1, "lost": 1
    }  # fmt: skip


def finding(from_s: int, held_s: int, to_s: int | None, *, severity: Severity = Severity.LOW) -> Finding:
    return Finding(
        machine=MachineId(1), source_kind=SourceKind.RULE, source_key="r", version="v", severity=severity,
        from_us=from_s, held_us=held_s, to_us=to_s,
    )  # fmt: skip


def test_findings_are_cut_to_the_span_before_they_are_compared():
    assert clipped([finding(0, 5, 10), finding(95, 100, None)], 10, 100) == []
    assert clipped([finding(0, 5, 50)], 10, 100) == [finding(10, 10, 50)]
    assert clipped([finding(20, 25, 100)], 10, 100) == [finding(20, 25, None)]
    assert compare([finding(20, 25, 50)], [finding(20, 25, 50)]) == []
    (moved,) = compare([finding(20, 24, 50)], [finding(20, 25, 50)])
    assert moved == Difference(finding(20, 24, 50), finding(20, 25, 50))
    assert moved.change == "moved"


def test_another_severity_at_the_same_times_is_a_difference_of_its_own():
    high = Severity.HIGH
    (other,) = compare([finding(20, 25, 50, severity=high)], [finding(20, 25, 50)])
    assert (other.change, other.found.severity, other.live.severity) == ("regraded", high, Severity.LOW)
    (moved,) = compare([finding(20, 24, 50, severity=high)], [finding(20, 25, 50)])
    assert moved.change == "moved"  # told once, by what weighs more
    apart = compare([finding(20, 25, 50, severity=high), finding(60, 61, 70)], [finding(20, 25, 50)])
    assert [one.change for one in apart] == ["new", "regraded"]


def test_alarms_are_counted_a_seat_and_ten_minutes_and_info_is_none():
    ten = 600_000_000
    many = [finding(1, 2 + n, None) for n in range(22)] + [finding(ten, ten + 1, None, severity=Severity.INFO)]
    shares = {"busy_share": 0.3333, "flood_share": 0.3333}
    assert seat_load(many, 0, 3 * ten, 1) == {"alarms": 22, "mean": 7.3333, "peak": 22.0} | shares
    assert seat_load(many, 0, 3 * ten, 2)["flood_share"] == 0.3333
    assert seat_load(many, 0, 3 * ten, 3)["flood_share"] == 0.0
