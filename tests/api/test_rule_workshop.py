"""The workshop of rules: from a site's edits over a replay and verdicts to a live rule, and a tuning's proposal."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import pytest
import pytest_asyncio
from psycopg.types.json import Jsonb

from storage.ids import uuid7
from storage.pool import connect, url_of
from storage.rule_replays import UNHEARD_FOR, claim_replay, give_back_unheard
from tests.api.world import CATALOGUE, NOW
from usecases.rules_in_force import enter_packaged_rules
from usecases.work_replays import work_replays

pytestmark = pytest.mark.asyncio(loop_scope="module")
START = NOW - timedelta(hours=3)
ILL = {"engine_oil_pressure_kpa": 50.0, "engine_speed_rpm": 1500.0}
WELL = {"engine_oil_pressure_kpa": 350.0, "engine_speed_rpm": 1500.0}
FAULTS, NUISANCES, SHORT = 11, 4, 3
SPAN = {"from_at": START.isoformat(), "to_at": (START + timedelta(minutes=20)).isoformat()}
EDITS = """
language = 1
[low_oil_pressure]
title = { zh = "油压低了", en = "Oil is low" }
when = "engine_oil_pressure_kpa < 90 and engine_speed_rpm > 600"
for = "25s"
tests = []
[[override]]
rule = "bucket_overload"
machine = "PIN-digger"
limits = { most = "9 t" }
reason = "a bigger bucket"
until = 2099-01-01T00:00:00Z
"""


@pytest.fixture(scope="module")
def site(world):
    """The shipped rules are live; machines whose oil was low for long (confirmed) and for a moment (nuisances)."""
    with connect(url_of(world.conn), application="test") as conn:
        enter_packaged_rules(conn, CATALOGUE, now=NOW)
    for number in range(FAULTS + NUISANCES):
        name, is_fault = f"m{number}", number < FAULTS
        world.machine(name, owner="north")
        ends_s = 326 if number == 0 else 600 if is_fault else 316 if number < FAULTS + SHORT else 341
        ill_s = range(300, ends_s)
        rows = [(START + timedelta(seconds=s), ILL if s in ill_s else WELL) for s in range(0, 1200, 5)]
        world.readings(name, rows)
        alarm = world.alarm(name, raised_at=START + timedelta(seconds=310), state="cleared")
        world.conn.execute(
            "INSERT INTO finding_verdict (public_id, finding_id, verdict, given_at, by_name, failed_at) "
            "SELECT %s, finding_id, %s, now(), 'me', %s FROM alarm WHERE alarm_id = %s",
            [
                uuid7(),
                "true_fault" if is_fault else "nuisance",
                START + timedelta(hours=1) if is_fault else None,
                alarm,
            ],
        )
    return world


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def http(site, clients):
    async with clients.of("expert") as made:
        yield made


def worked(api_database) -> list[str]:
    """What the process beside `ecc diagnose` does, in its database role; returns what it says."""
    said: list[str] = []
    with connect(api_database.url("ecc_diagnose"), application="test") as conn:
        conn.autocommit = True
        work_replays(conn, clock=lambda: datetime.now(UTC), say=said.append, workers=1)
    return said


async def test_a_sites_edits_become_a_live_rule(http, site, api_database):
    told, etag = await entered(http)
    own = f"/api/v1/rule-sets/{told['id']}"
    assert (await http.post(f"{own}/promote")).status_code == 428
    seen = {"If-Match": etag}
    assert (await http.post(f"{own}/promote", headers=seen)).json()["errors"][0]["code"] == "rule_set_not_replayed"
    await replayed(http, api_database, told["id"])
    assert (await http.post(f"{own}/promote", headers=seen)).status_code == 412  # it was replayed meanwhile
    seen = {"If-Match": (await http.get(own)).headers["etag"]}
    live = await http.post(f"{own}/promote", headers=seen)
    assert (live.status_code, live.json()["role"]) == (200, "live")
    alarm = site.alarm("digger", raised_at=NOW - timedelta(minutes=30))
    site.conn.execute(
        "UPDATE finding SET version = %s WHERE finding_id = (SELECT finding_id FROM alarm WHERE alarm_id = %s)",
        [told["rules_version"], alarm],
    )
    own_words, shipped = [(await http.get(f"/api/v1/alarms/{one}")).json() for one in (alarm, site.alarm("crane"))]
    assert [one["text"]["en"] for one in (own_words, shipped)] == ["Oil is low", "Low engine oil pressure"]
    assert [one["limits"][0]["value"] for one in (own_words, shipped)] == [90.0, 100.0]
    back = await http.post("/api/v1/rule-sets/rollback", headers={"If-Match": live.headers["etag"]})
    assert (back.json()["kind"], back.json()["role"]) == ("base", "live")


async def entered(http):
    """The set that the edits made, and its ETag."""
    made = await http.post("/api/v1/rule-sets", json={"text": EDITS, "note": "ours"})
    assert made.status_code == 201, made.text
    told = made.json()
    assert (told["changed"], told["overrides"], told["is_new"], told["role"]) == (["low_oil_pressure"], 1, True, None)
    own = f"/api/v1/rule-sets/{told['id']}"
    assert made.headers["location"] == own
    listed = (await http.get("/api/v1/rule-sets", params={"limit": 1})).json()
    assert ([one["id"] for one in listed["items"]], listed["next_cursor"] is not None) == ([told["id"]], True)
    shown = await http.get(own)
    rule = next(one for one in shown.json()["rules"] if one["key"] == "low_oil_pressure")
    assert (rule["for_s"], rule["title"]["en"]) == (25.0, "Oil is low")
    assert rule["checks"][0]["text"]["zh"]
    assert (len(rule["causes"]), rule["sources"][0][:7], told["warnings"]) == (5, "Cummins", [])
    differing = (await http.get(f"{own}/differences")).json()["items"]
    assert [(one["key"], [m["name"] for m in one["members"]]) for one in differing] == [
        ("bucket_overload", ["override of PIN-digger"]),
        ("low_oil_pressure", ["when", "for", "title"]),
    ]
    return told, shown.headers["etag"]


async def replayed(http, api_database, rule_set):
    """A replay of the set: what it says, lists and draws."""
    asked = await http.post("/api/v1/rule-replays", json={"rule_set": str(rule_set), **SPAN, "seats": 2})
    assert (asked.status_code, asked.json()["state"]) == (202, "queued")
    replay = asked.headers["location"]
    assert worked(api_database) == [f"replay {asked.json()['id']}: done, {(FAULTS + NUISANCES) * 240:,} rows"]
    done = (await http.get(replay)).json()
    assert (done["state"], done["progress_ratio"]) == ("done", 1.0)
    verdicts = done["summary"]["verdicts"]
    assert verdicts["confirmed"] == {"of": FAULTS, "found": FAULTS, "live": FAULTS, "lost": 0}
    assert verdicts["nuisances"] == {"of": NUISANCES, "found": 1, "live": NUISANCES, "saved": SHORT}
    assert verdicts["lead_h"] == {"found": 0.91, "live": 0.91}
    assert done["summary"]["changes"] == {"moved": FAULTS + 1, "gone": SHORT}

    gone = (await http.get(f"{replay}/findings", params={"change": "gone", "limit": 2})).json()
    assert [(one["verdict"], one["found"], one["machine"]["pin"]) for one in gone["items"]] == [
        ("nuisance", None, f"PIN-m{FAULTS + n}") for n in range(2)
    ]
    rest = (await http.get(f"{replay}/findings", params={"change": "gone", "cursor": gone["next_cursor"]})).json()
    assert ([one["machine"]["pin"] for one in rest["items"]], rest["next_cursor"]) == (["PIN-m13"], None)
    for accept, begins in (("image/png", b"\x89PNG"), ("image/svg+xml", b"<?xml"), ("*/*", b"\x89PNG")):
        plot = await http.get(f"{replay}/plot", headers={"accept": accept})
        assert plot.content.startswith(begins)
    assert (await http.get(f"{replay}/plot", headers={"accept": "text/html"})).status_code == 406


async def test_a_second_set_judges_in_shadow_and_no_more(http):
    made = (await http.post("/api/v1/rule-sets", json={"text": "language = 1\n[low_fuel]\noff = true\n"})).json()
    path = f"/api/v1/rule-sets/{made['id']}"
    seen = {"If-Match": f'"{made["revision"]}"', "Idempotency-Key": "shadow"}
    put = await http.post(f"{path}/shadow", headers=seen)
    assert (put.status_code, put.json()["role"]) == (200, "shadow")
    again = await http.post(f"{path}/shadow", headers=seen)
    assert (again.status_code, again.json(), again.headers["etag"]) == (200, put.json(), put.headers["etag"])
    assert again.headers["idempotency-replayed"] == "true"
    assert (await http.delete(f"{path}/shadow", headers={"If-Match": f'"{made["revision"]}"'})).status_code == 412
    assert (await http.delete(f"{path}/shadow", headers={"If-Match": put.headers["etag"]})).status_code == 204
    again = await http.get(path)
    answer = await http.delete(f"{path}/shadow", headers={"If-Match": again.headers["etag"]})
    assert answer.json()["errors"][0]["code"] == "rule_set_not_in_shadow"


async def test_what_a_set_finds_in_shadow_is_listed_beside_the_live_one(http, site):
    text = 'language = 1\n[low_fuel]\napplies_to = { kind = ["submarine"] }\ntests = []\n'
    made = (await http.post("/api/v1/rule-sets", json={"text": text})).json()
    assert "submarine" in made["warnings"][0]["en"]
    path, began = f"/api/v1/rule-sets/{made['id']}", NOW - timedelta(hours=2)
    site.conn.execute(
        "INSERT INTO rule_set_switch (role, rule_set_id, action, at, by_name) VALUES "
        "('shadow', %s, 'shadow', %s, 'me'), ('shadow', NULL, 'shadow', %s, 'me')",
        [made["id"], began, NOW],
    )
    for minute, name, key in ((-5, "m1", "towed"), (1, "m1", "towed"), (2, "m1", "low_fuel"), (2, "m2", "towed")):
        at = began + timedelta(minutes=minute)
        site.conn.execute(
            "INSERT INTO shadow_finding (rule_set_id, machine_id, source_key, version, severity, from_at, held_at, "
            "evidence) VALUES (%s, %s, %s, 'v', 'low', %s, %s, '{\"fuel_level_pct\": 33.09000015258789}')",
            [made["id"], site.machines[name], key, at, at],
        )
    for minute in (-9, 30):
        alarm = site.alarm("m1", key="towed", raised_at=began + timedelta(minutes=minute - 40), state="cleared")
        site.conn.execute(  # its rows came 40 minutes behind the machine's clock
            "UPDATE finding SET stored_at = %s WHERE finding_id = (SELECT finding_id FROM alarm WHERE alarm_id = %s)",
            [began + timedelta(minutes=minute), alarm],
        )
    page = (await http.get(f"{path}/shadow-findings", params={"limit": 3})).json()
    assert [(one["machine"]["pin"], one["source_key"]) for one in page["items"]] == [
        ("PIN-m2", "towed"),
        ("PIN-m1", "low_fuel"),
        ("PIN-m1", "towed"),
    ]
    assert (page["items"][0]["values"], len(page["in_shadow"])) == ({"fuel_level_pct": 33.09}, 1)
    towed = {"source_key": "towed", "shadow": 3, "live": 1}
    ours = [one for one in page["by_rule"] if one["source_key"] != "low_oil_pressure"]  # that is the tests' above
    assert ours == [{"source_key": "low_fuel", "shadow": 1, "live": 0}, towed]
    rest = (await http.get(f"{path}/shadow-findings", params={"limit": 3, "cursor": page["next_cursor"]})).json()
    assert ([one["source_key"] for one in rest["items"]], rest["next_cursor"]) == (["towed"], None)
    mine = {"machine": "pin:PIN-m1", "rule": "towed"}
    chosen = (await http.get(f"{path}/shadow-findings", params=mine)).json()
    assert ({one["source_key"] for one in chosen["items"]}, chosen["by_rule"]) == ({"towed"}, [towed | {"shadow": 2}])
    assert (await http.get("/api/v1/rule-sets/shadow/shadow-findings")).status_code == 404  # none is in shadow now


async def test_a_replay_that_fails_says_why(http, site, api_database):
    asked = (await http.post("/api/v1/rule-replays", json=SPAN)).json()
    live = asked["against_id"]
    (files,) = site.conn.execute("SELECT files FROM rule_set WHERE rule_set_id = %s", [live]).fetchone()
    change = "UPDATE rule_set SET files = %s, content_hash = {} WHERE rule_set_id = %s"
    of_a_later_program = files | {"zz.toml": "language = 9"}
    site.conn.execute(change.format("content_hash || 'x'"), [Jsonb(of_a_later_program), live])
    assert "failed" in worked(api_database)[0]
    site.conn.execute(change.format("rtrim(content_hash, 'x')"), [Jsonb(files), live])
    done = (await http.get(f"/api/v1/rule-replays/{asked['id']}")).json()
    assert (done["state"], done["summary"]["error"]) == ("failed", done["error"])
    assert "language 9" in done["error"]["en"]


async def test_a_span_is_at_most_ten_years(http):
    ages = {"from_at": "1970-01-01T00:00:00Z", "to_at": "2199-01-01T00:00:00Z"}
    (fault,) = (await http.post("/api/v1/rule-replays", json=ages)).json()["errors"]
    assert (fault["code"], fault["where"]) == ("replay_too_long", "to")


@pytest.mark.parametrize(
    ("text", "where", "words"),
    [
        ("\ufefflanguage = 1\n[low_fuel]\nchecks = ['check_fule']\n", "low_fuel.checks", "'check_fule' has no words"),
        (
            "language = 1\n[low_fuel]\nwhen = 'engine_sped_rpm < 3'\n",
            "low_fuel.when:1",
            "did you mean engine_speed_rpm?\n",
        ),
        ("language = 1\n[low_fuel]\nfor = 'long'\n", "low_fuel.for", "no duration"),
        ("language = 1\n[low_fuel\n", "text", "not TOML"),
        ("language = 1\n[low_oil_pressure]\nfor = '3h'\n", "text", "fails"),
        (EDITS.replace("PIN-digger", "PIN-none"), "override", "no machine 'PIN-none'"),
    ],
)
async def test_a_mistake_in_edits_is_said_with_its_place(http, text, where, words):
    answer = await http.post("/api/v1/rule-sets", json={"text": text})
    (fault,) = answer.json()["errors"]
    assert (answer.status_code, fault["where"], fault["code"]) == (422, where, "rule_text_wrong")
    assert (words in fault["message"], "site.toml" in fault["message"]) == (True, False), fault
    answer = await http.post("/api/v1/rule-sets", json={"text": text}, headers={"accept-language": "zh-CN"})
    (fault,) = answer.json()["errors"]
    assert (fault["where"], fault["message"].startswith("规则文件有误：")) == (where, True)
    assert not re.search("site.toml|did you|must be|has no|there is no|column [0-9]+:", fault["message"]), fault


async def test_a_replay_is_called_off(http, api_database, site):
    asked = (await http.post("/api/v1/rule-replays", json={**SPAN, "machines": ["pin:PIN-m1"]})).json()
    assert asked["machines"] == [str(site.public["m1"])]
    path = f"/api/v1/rule-replays/{asked['id']}"
    assert (await http.get(f"{path}/plot")).json()["errors"][0]["code"] == "replay_not_done"
    for _ in range(2):  # the second time it is answered, not done again
        answer = await http.post(f"{path}/cancel", headers={"Idempotency-Key": "cancel"})
        assert (answer.status_code, answer.json()["state"]) == (200, "cancelled")
    assert (await http.post(f"{path}/cancel")).status_code == 409
    running = (await http.post("/api/v1/rule-replays", json=SPAN)).json()["id"]
    with connect(api_database.url("ecc_diagnose"), application="test") as conn:
        conn.autocommit = True
        assert claim_replay(conn, now=NOW) == running
        assert claim_replay(conn, now=NOW) is None
        assert (await http.post(f"/api/v1/rule-replays/{running}/cancel")).json()["state"] == "running"
        assert not give_back_unheard(conn, now=NOW + UNHEARD_FOR + timedelta(seconds=1))  # its worker died
    assert (await http.get(f"/api/v1/rule-replays/{running}")).json()["state"] == "cancelled"


async def test_a_replay_whose_worker_died_is_done_by_the_next(http, api_database):
    number = (await http.post("/api/v1/rule-replays", json={**SPAN, "machines": ["pin:PIN-m1"]})).json()["id"]
    with connect(api_database.url("ecc_diagnose"), application="test") as conn:
        conn.autocommit = True
        assert claim_replay(conn, now=NOW) == number
        assert not give_back_unheard(conn, now=NOW + timedelta(seconds=1))
        assert give_back_unheard(conn, now=NOW + UNHEARD_FOR + timedelta(seconds=1))
    assert "done" in worked(api_database)[0]
    assert (await http.get("/api/v1/rule-replays", params={"state": "done"})).json()["items"][0]["id"] == number


async def test_a_tuning_proposes_what_loses_no_fault_and_its_edits_are_a_set_like_any_other(http, api_database):
    asked = await http.post("/api/v1/rule-tunings", json={"rule": "low_oil_pressure", **SPAN})
    assert asked.status_code == 202, asked.text
    assert "done" in worked(api_database)[0]
    told = (await http.get(asked.headers["location"])).json()["result"]
    assert (told["faults"], told["nuisances"], told["reason"]) == (FAULTS, NUISANCES, None)
    best = told["proposals"][0]
    assert (best["members"], best["faults_kept"], len(best["nuisances_saved"])) == ({"for": "20s"}, FAULTS, SHORT)
    assert (best["later_s"], best["findings_before"], best["findings"]) == (10.0, FAULTS + NUISANCES, FAULTS + 1)
    assert {one["faults_kept"] for one in told["proposals"]} == {FAULTS}  # 50 s would save all and lose one
    assert told["may_be_lost_ratio"] == 0.238
    entered = await http.post("/api/v1/rule-sets", json={"text": best["edits"]})
    assert entered.json()["changed"] == ["low_oil_pressure"]
    assert (await http.get("/api/v1/rule-tunings")).json()["items"][0]["rule"] == "low_oil_pressure"
    assert (await http.get(f"/api/v1/rule-replays/{asked.json()['id']}")).status_code == 404


async def test_a_rule_with_few_verdicts_is_not_tuned(http, api_database):
    machines = [f"pin:PIN-m{number}" for number in range(9)]
    asked = await http.post("/api/v1/rule-tunings", json={"rule": "low_oil_pressure", **SPAN, "machines": machines})
    worked(api_database)
    told = (await http.get(asked.headers["location"])).json()["result"]
    assert (told["reason"], told["proposals"], told["may_be_lost_ratio"]) == ("too_few_faults", [], 0.283)
    answer = await http.post("/api/v1/rule-tunings", json={"rule": "active_dm1_fault", **SPAN})
    assert answer.json()["errors"][0]["code"] == "rule_unknown"


async def test_rules_are_the_platforms(clients):
    async with clients.of("dealer") as http:
        for path in ("rule-sets", "rule-sets/live", "rule-replays", "rule-tunings", "finding-quality"):
            assert (await http.get(f"/api/v1/{path}")).status_code == 403
