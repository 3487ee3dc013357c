"""What rules ask of machines beside their readings reaches the gateway's engine at batch borders, for late rows too."""

import json
from collections.abc import Callable

import psycopg
import pytest

from diagnosis.engine import Engine
from diagnosis.rule_file import parse_rules
from diagnosis.ruleset import RuleSet
from storage.ids import uuid7
from tests.app.gate import Gate, at, sample

WORDS = 'title = { zh = "题", en = "t" }\nowner = { zh = "题", en = "t" }\nexpert = { zh = "题", en = "t" }\n'
RPM = {"engine_speed_rpm": 1500.0}


def rule(when: str, **members: str) -> str:
    given = "".join(f"{name} = {value}\n" for name, value in members.items())
    return f"[watched]\nwhen = '''{when}'''\nseverity = \"low\"\n{WORDS}{given}"


@pytest.fixture
def judging(gate: Gate) -> Callable[..., Gate]:
    """The gate with one rule; machine 1 is there."""

    def made(when: str, **members: str) -> Gate:
        gate.deliver([sample("M-1", 0, 0, **RPM)])
        engine = Engine(gate.state.catalogue, RuleSet(parse_rules(rule(when, **members), gate.state.catalogue)))
        gate.state.engine, gate.state.rules = engine, engine.fresh_state()
        gate.state.config_epoch = -1
        return gate

    return made


@pytest.fixture
def write(database) -> Callable[..., None]:
    """Write as the API does, and tell the gateway."""

    def run(statement: str, *parameters: object) -> None:
        with psycopg.connect(database.owner_url) as conn:
            conn.execute(statement, list(parameters))
            conn.execute("UPDATE config_epoch SET epoch = epoch + 1")

    return run


def found(gate: Gate) -> list[tuple[int, int | None]]:
    rows = gate.all(
        "SELECT extract(epoch FROM from_at)::bigint - 1795200000, extract(epoch FROM to_at)::bigint - 1795200000 "
        "FROM finding WHERE source_key = 'watched' AND withdrawn_at IS NULL ORDER BY 1"
    )
    return [(start, end) for start, end in rows]


def deliver(gate: Gate, *seconds: int, **signals: float) -> None:
    for second in seconds:
        gate.deliver([sample("M-1", second, second, **(signals or RPM))], received_s=second)


def test_a_rule_for_a_mode_follows_the_machines_mode(judging, write):
    gate = judging("engine_speed_rpm > 600", applies_to='{ mode = ["in_repair"] }')
    deliver(gate, 1)
    write("UPDATE machine SET mode = 'in_repair'")
    deliver(gate, 2, 3)
    write("UPDATE machine SET mode = 'in_service'")
    deliver(gate, 4)
    assert found(gate) == [(2, 4)]


def test_a_rule_for_a_release_follows_what_people_enter_and_what_the_machine_says(judging, write):
    gate = judging("engine_speed_rpm > 600", applies_to='{ software = "< 2.10" }')
    deliver(gate, 1)
    assert found(gate) == []
    write("INSERT INTO machine_software VALUES (1, 'engine', 'V2.9', %s, now(), 'x')", at(0))
    deliver(gate, 2)
    assert found(gate) == [(2, None)]
    content = {"boot": "b", "seq": 3, "t": round(at(3).timestamp() * 1000), "signals": RPM}
    gate.deliver([("M-1", content | {"attributes": {"software_id": "2.10"}})], received_s=3)
    gate.tick(20)
    deliver(gate, 21)
    assert found(gate) == [(2, 21)]
    gate.start()  # a fresh process reads the same from the database
    assert gate.state.facts.learn_software(1, "2.10", 10**18) is False


def test_silence_of_a_signal_counts_once_the_machine_has_sent_it(judging):
    gate = judging("missing(fuel_level_pct, 10s)")
    deliver(gate, *range(1, 15))
    gate.tick(15)
    assert found(gate) == []
    deliver(gate, 16, fuel_level_pct=50.0)
    gate.tick(26)
    deliver(gate, *range(27, 40))
    assert found(gate) == [(37, None)]


def test_late_rows_are_judged_by_the_present_facts(judging, write):
    gate = judging("engine_speed_rpm > 600", applies_to='{ mode = ["in_repair"] }')
    deliver(gate, 10)
    write("UPDATE machine SET mode = 'in_repair'")
    gate.deliver([sample("M-1", 20, 5, **RPM)], received_s=20)
    gate.tick(21)
    assert found(gate) == [(0, None)]


def test_an_override_counts_until_its_end_and_late_rows_see_it(judging, write):
    gate = judging("engine_oil_pressure_kpa < lowest", limits='{ lowest = "1 bar" }')
    write(
        "INSERT INTO rule_override (machine_id, rule, limits, reason, until, entered_at, entered_by) "
        "VALUES (1, 'watched', %s, 'worn pump', %s, now(), 'x')",
        json.dumps({"lowest": "60 kPa"}),
        at(10),
    )
    deliver(gate, 1, 9, 10, 11, engine_oil_pressure_kpa=80.0)
    assert found(gate) == [(10, None)]
    gate.deliver([sample("M-1", 20, 5, engine_oil_pressure_kpa=80.0)], received_s=20)
    gate.tick(21)
    assert found(gate) == [(10, None)]
    write("DELETE FROM rule_override")
    gate.deliver([sample("M-1", 22, 6, engine_oil_pressure_kpa=80.0)], received_s=22)
    gate.tick(23)
    assert found(gate) == [(1, None)]


def test_an_override_without_its_rule_is_said_and_left_out(judging, write):
    gate = judging("engine_oil_pressure_kpa < 80")
    write(
        "INSERT INTO rule_override (machine_id, rule, limits, reason, until, entered_at, entered_by) "
        "VALUES (1, 'watched', '{\"lowest\": 5}', 'r', '2100-01-01Z', now(), 'x')"
    )
    deliver(gate, 1, engine_oil_pressure_kpa=70.0)
    assert found(gate) == [(1, None)]
    assert "watched has no limit 'lowest'" in gate.said[-1]


HERE, AWAY = {"latitude_deg": 31.2, "longitude_deg": 121.5}, {"latitude_deg": 31.3, "longitude_deg": 121.5}


def fence(
    write: Callable[..., None], name: str, *, site: bool = False, purpose: str = "other", **given: object
) -> None:
    geometry = json.dumps({"type": "Point", "coordinates": [121.5, 31.2]})
    write(
        "INSERT INTO geofence (public_id, organisation_id, site_id, name, purpose, geometry, radius_m, valid_from, "
        "valid_to) SELECT %s, (SELECT organisation_id FROM ownership LIMIT 1), "
        "CASE WHEN %s THEN (SELECT site_id FROM machine LIMIT 1) END, %s, %s, %s, %s, %s, %s",
        uuid7(),
        site,
        name,
        purpose,
        geometry,
        given.get("radius_m", 500.0),
        given.get("valid_from", "-infinity"),
        given.get("valid_to", "infinity"),
    )


def test_a_geofence_of_the_owner_and_the_nearer_one_of_its_site(judging, write):
    gate = judging("outside('yard')")
    deliver(gate, 1, **AWAY)
    assert found(gate) == []  # no such fence
    fence(write, "yard")
    deliver(gate, 2, 3, **AWAY)
    deliver(gate, 4, **HERE)
    assert found(gate) == [(2, 4)]
    write("INSERT INTO site (name) VALUES ('S')")
    write("UPDATE machine SET site_id = s.site_id FROM site s")
    fence(write, "yard", site=True, radius_m=20_000.0)
    deliver(gate, 5, **AWAY)
    assert found(gate) == [(2, 4)]


def test_a_purpose_stands_for_all_fences_of_it_and_a_name_goes_before(judging, write):
    gate = judging("inside('forbidden')")
    fence(write, "pond", purpose="forbidden")
    deliver(gate, 1, **HERE)
    deliver(gate, 2, **AWAY)
    fence(write, "forbidden", radius_m=1.0, purpose="other")
    deliver(gate, 3, latitude_deg=31.201, longitude_deg=121.5)
    assert found(gate) == [(1, 2)]


def test_a_geofence_begins_and_ends_without_anybody_changing_it(judging, write):
    gate = judging("inside('yard')")
    fence(write, "yard", valid_from=at(100), valid_to=at(200))
    deliver(gate, 1, **HERE)
    gate.tick(101)
    deliver(gate, 102, **HERE)
    gate.tick(201)
    deliver(gate, 202, 203, **HERE)
    assert found(gate)[0][0] == 102
    assert gate.state.facts.next_border_us(10**17) == 2**62


def test_the_clock_and_the_working_hours_are_those_of_the_machines_site(judging, write) -> None:
    """It is 18:40 UTC on a Friday, 00:25 on Saturday in Kathmandu."""
    gate = judging("engine_speed_rpm > 500 and clock(00:25, 00:26) and not working_hours()")
    deliver(gate, 10)
    calendar = {"weekdays": {"friday": [{"from": "08:00", "to": "18:00"}]}, "exceptions": []}
    write(
        "INSERT INTO site (name, time_zone, organisation_id, working_calendar) "
        "SELECT 's', 'Asia/Kathmandu', organisation_id, %s FROM organisation LIMIT 1",
        json.dumps(calendar),
    )
    write("UPDATE machine SET site_id = (SELECT site_id FROM site WHERE name = 's') WHERE machine_id = 1")
    deliver(gate, 20, 59, 60)
    assert found(gate) == [(20, 60)]
    write("UPDATE site SET time_zone = 'No/Where'")
    deliver(gate, 90)
    assert any("the clock of site" in said for said in gate.said), gate.said
