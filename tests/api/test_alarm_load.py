"""The load of alarms beside ISA-18.2's limits, floods with their first alarm, escalation, the hand-over of a shift."""

from datetime import UTC, datetime, timedelta

import psycopg
import pytest
from psycopg.types.json import Jsonb

from storage.ids import uuid7
from storage.pool import connect
from tests.api.world import NOW
from usecases.tend_alarms import tend_alarms

pytestmark = pytest.mark.asyncio(loop_scope="module")
ALWAYS = {
    "weekdays": ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"],
    "from": "00:00",
    "to": "24:00",
}


@pytest.fixture(scope="module")
def housekeeping(world, api_database):
    with connect(api_database.url("ecc_housekeeping"), application="test") as conn:
        conn.autocommit = True
        yield conn


async def test_the_load_is_counted_a_seat_and_held_against_the_limits(world, clients):
    start = NOW - timedelta(days=30)
    for n in range(22):  # of one source in one ten minutes, and one of another an hour later
        at = start + timedelta(seconds=n)
        first = world.alarm("digger", key="loud", severity="low", state="cleared", raised_at=at)
    flood = (
        "INSERT INTO alarm_flood (began_at, ended_at, seats, peak, first_out) "
        "VALUES (%s, %s, 2, 11, %s) RETURNING flood_id"
    )
    lasted = [start - timedelta(minutes=5), start + timedelta(minutes=6)]
    (flood_id,) = world.conn.execute(flood, [*lasted, first]).fetchone()
    world.alarm("digger", key="calm", state="cleared", raised_at=start + timedelta(hours=1))
    span = {"from": start.isoformat(), "to": (start + timedelta(hours=2)).isoformat(), "seats": 2}
    async with clients.of("expert") as http:
        load = (await http.get("/api/v1/alarm-load", params=span)).raise_for_status().json()
        for wrong in ({"from": span["to"], "to": span["from"]}, {"from": "2020-01-01T00:00:00Z"}):
            assert (await http.get("/api/v1/alarm-load", params=wrong)).status_code == 422
    assert (load["alarms"], load["seats"]) == (23, 2)
    assert load["ten_minutes"] == {
        "mean": 0.958, "peak": 11.0, "above_share": round(1 / 12, 4), "acceptable": 1, "manageable": 2,
    }  # fmt: skip
    assert (load["hour"]["mean"], load["hour"]["peak"]) == (5.75, 11.0)
    assert (load["flood_share"], len(load["floods"])) == (round(6 / 120, 4), 1)  # what of it lies in the span
    world.conn.execute("DELETE FROM alarm_flood WHERE flood_id = %s", [flood_id])
    assert [(one["source_key"], one["alarms"]) for one in load["top"]] == [("loud", 22), ("calm", 1)]
    assert load["severity_share"] == {"critical": round(1 / 23, 4), "low": round(22 / 23, 4)}


async def test_how_fast_alarms_are_answered_and_what_is_held_back_and_stale(world, clients):
    world.machine("slow", owner="north")
    start = NOW - timedelta(days=60)
    for minutes in (1, 3, 20):
        alarm_id = world.alarm("slow", key=f"answered {minutes}", state="cleared", raised_at=start)
        world.conn.execute(
            "UPDATE alarm SET acknowledged_at = announced_at + %s WHERE alarm_id = %s",
            [timedelta(minutes=minutes), alarm_id],
        )
    stale = world.alarm("slow", key="stale", raised_at=start)
    until = (datetime.now(UTC) + timedelta(hours=1)).isoformat()
    async with clients.of("expert") as http:
        before = (await http.get("/api/v1/alarm-load")).json()["standing"]["stale"]
        shelved = {"until": until, "reason": "waits for the part"}
        (await http.post(f"/api/v1/alarms/{stale}/shelve", json=shelved)).raise_for_status()
        span = {"from": start.isoformat(), "to": (start + timedelta(hours=1)).isoformat()}
        load = (await http.get("/api/v1/alarm-load", params=span)).raise_for_status().json()
    (answer,) = load["answers"]
    assert (answer["alarms"], answer["acknowledged"], answer["median_s"]) == (4, 3, 180.0)
    assert load["standing"]["stale"] == before - 1, "what is shelved has a plan"
    assert [(h["source_key"], h["reason"]) for h in load["held"]] == [("stale", "waits for the part")]
    assert load["held"][0]["machine_name"]
    assert load["held"][0]["text"]["zh"]


async def test_wrong_findings_cost_minutes_by_rule(world, clients):
    world.machine("nuisance", owner="north")
    for n in range(2):
        alarm_id = world.alarm("nuisance", key="cries_wolf", state="cleared", raised_at=NOW - timedelta(minutes=90 - n))
        async with clients.of("expert") as http:
            finding = (await http.get(f"/api/v1/alarms/{alarm_id}")).json()["finding_id"]
            verdict = {"verdict": "nuisance"}
            (await http.post(f"/api/v1/findings/{finding}/verdicts", json=verdict)).raise_for_status()
    async with clients.of("expert") as http:
        load = (await http.get("/api/v1/alarm-load")).raise_for_status().json()
    costs = {one["source_key"]: (one["judged"], one["wrong"], one["minutes"]) for one in load["false_alarms"]}
    assert costs["cries_wolf"] == (2, 2, 10.0)


def roster(world, organisation, *seats):
    row = world.conn.execute(
        "INSERT INTO roster (public_id, organisation_id, name, time_zone) VALUES (%s, %s, %s, 'UTC') "
        "RETURNING roster_id",
        [uuid7(), world.organisations[organisation], str(uuid7())],
    ).fetchone()
    made = []
    for place, logins in enumerate(seats):
        people = [
            str(world.conn.execute("SELECT public_id FROM app_user WHERE login = %s", [login]).fetchone()[0])
            for login in logins
        ]
        seat = uuid7()
        world.conn.execute(
            "INSERT INTO duty_seat (public_id, roster_id, organisation_id, place, name, role, shifts) "
            "VALUES (%s, %s, %s, %s, 'seat', 'expert', %s)",
            [seat, row[0], world.organisations[organisation], place, Jsonb([ALWAYS | {"people": people}])],
        )
        made.append((str(seat), people))
    return made


async def test_a_flood_begins_above_ten_a_seat_ends_below_five_and_names_its_first_alarm(world, clients, housekeeping):
    world.machine("flooded", owner="south")
    roster(world, "platform", ["expert"], ["expert"])
    at = NOW + timedelta(days=1)  # nothing else has called there
    first = world.alarm("flooded", key="first", raised_at=at - timedelta(seconds=30))
    for n in range(19):
        world.alarm("flooded", key=f"more {n}", severity="low", raised_at=at)
    assert not {k for k in tend_alarms(housekeeping, now=at) if k.startswith("flood")}, "twenty are none of two seats"
    world.alarm("flooded", key="the twenty-first", raised_at=at)
    assert tend_alarms(housekeeping, now=at)["flood began"] == 1
    assert "flood began" not in tend_alarms(housekeeping, now=at)
    async with clients.of("expert") as http:
        open_one = (await http.get("/api/v1/alarm-floods")).json()["items"][0]
        assert (open_one["first_out"], open_one["peak"], open_one["seats"]) == (str(first), 21, 2)
        assert open_one["ended_at"] is None
        assert "flood ended" not in tend_alarms(housekeeping, now=at + timedelta(seconds=599))
        assert tend_alarms(housekeeping, now=at + timedelta(seconds=601))["flood ended"] == 1
        ended = (await http.get("/api/v1/alarm-floods", params={"limit": 1})).json()["items"][0]
    assert ended["ended_at"] is not None
    logged = world.conn.execute("SELECT kind FROM event_log WHERE kind LIKE 'alarm_flood.%' ORDER BY id").fetchall()
    assert logged == [("alarm_flood.began",), ("alarm_flood.ended",)]


async def test_what_nobody_acknowledges_goes_to_the_rosters_next_and_no_further(world, clients, housekeeping):
    world.machine("unheard", owner="north")
    seats = roster(world, "dealer", ["dealer"], ["owner"], ["colleague"])
    alarm_id = world.alarm("unheard")
    quiet = world.alarm("unheard", key="acknowledged in time")
    due = datetime.now(UTC)
    async with clients.of("expert") as http:
        await http.post(f"/api/v1/alarms/{quiet}/acknowledge")
        # as if the tick had read both before the acknowledgement was committed
        world.conn.execute("UPDATE alarm SET escalate_at = %s WHERE machine_id = %s", [due, world.machines["unheard"]])
        levels = []
        for minutes in (-1, 0, 1, 5, 6, 11, 60):
            tend_alarms(housekeeping, now=due + timedelta(minutes=minutes))
            alarm = (await http.get(f"/api/v1/alarms/{alarm_id}")).json()
            levels.append(alarm["escalation"])
        told = [t["detail"] for t in alarm["transitions"] if t["kind"] == "escalated"]
        other = (await http.get(f"/api/v1/alarms/{quiet}")).json()
    assert levels == [0, 1, 1, 2, 2, 2, 2]
    assert [(one["level"], one["seat_id"], one["people"]) for one in told] == [(1, *seats[1]), (2, *seats[2])]
    assert other["escalation"] == 0


async def test_what_went_before_anybody_had_seen_it_escalates_when_it_was_grave(world, clients, housekeeping):
    world.machine("went by itself", owner="north")
    world.conn.execute("DELETE FROM roster")
    seats = roster(world, "dealer", ["dealer"], ["owner"])
    alarm_id = world.alarm("went by itself")
    due = datetime.now(UTC)
    world.conn.execute(
        "UPDATE alarm SET state = 'cleared', lifecycle = 'returned_unacknowledged', escalate_at = %s "
        "WHERE alarm_id = %s",
        [due, alarm_id],
    )
    assert tend_alarms(housekeeping, now=due)["escalated"] == 1
    (detail,) = world.conn.execute(
        "SELECT detail FROM alarm_transition WHERE alarm_id = %s AND kind = 'escalated'", [alarm_id]
    ).fetchone()
    assert (detail["seat_id"], detail["people"]) == seats[1]
    world.conn.execute("DELETE FROM roster")


async def test_a_sale_ends_what_the_sellers_side_held_back_and_its_alarms_go_to_no_roster_of_the_buyers(
    world, clients, housekeeping, api_database
):
    world.machine("changed hands", owner="north")
    roster(world, "south", ["stranger"], ["stranger"])
    shelved, retired, waiting = (world.alarm("changed hands", key=key) for key in ("first", "second", "third"))
    async with clients.of("dealer") as http:
        until = (datetime.now(UTC) + timedelta(hours=5)).isoformat()
        body = {"reason": "the dealer's own", "until": until}
        assert (await http.post(f"/api/v1/alarms/{shelved}/shelve", json=body)).status_code == 200
        body = {"reason": "the dealer's own"}
        assert (await http.post(f"/api/v1/alarms/{retired}/take-out-of-service", json=body)).status_code == 200
    sold = datetime.now(UTC)
    buyer = world.conn.execute("SELECT public_id FROM organisation WHERE name = 'South'").fetchone()[0]
    async with clients.of("owner") as http:
        sale = {"to_organisation": str(buyer), "at": sold.isoformat()}
        made = await http.post(f"/api/v1/machines/{world.public['changed hands']}/transfers", json=sale)
        assert made.status_code == 201, made.text
    world.conn.execute("UPDATE alarm SET escalate_at = %s WHERE alarm_id = %s", [sold, waiting])
    with psycopg.connect(api_database.url("ecc_api")) as conn:
        conn.execute("SELECT set_config('ecc.organisation_id', %s, true)", [str(world.organisations["south"])])
        assert conn.execute("SELECT count(*) FROM alarm_hold WHERE reason LIKE 'the dealer%'").fetchone() == (0,)
    done = tend_alarms(housekeeping, now=datetime.now(UTC) + timedelta(seconds=1))
    assert (done["unshelved"], done["returned_to_service"], done["escalated"]) == (1, 1, 1)
    assert world.conn.execute("SELECT count(*) FROM alarm_hold WHERE reason LIKE 'the dealer%'").fetchone() == (0,)
    told = world.conn.execute(
        "SELECT detail FROM alarm_transition WHERE alarm_id = %s AND kind = 'escalated'", [waiting]
    ).fetchone()[0]
    stranger = world.conn.execute("SELECT public_id FROM app_user WHERE login = 'stranger'").fetchone()[0]
    assert str(stranger) not in told["people"]
    world.conn.execute("DELETE FROM roster")


async def test_without_a_roster_it_goes_to_the_control_centres_experts_or_to_its_leads(world, housekeeping):
    world.machine("rosterless", owner="south")
    world.conn.execute("DELETE FROM roster")
    told = []
    for key in ("while it has experts only", "once it has a lead"):
        alarm_id, due = world.alarm("rosterless", key=key), datetime.now(UTC)
        world.conn.execute("UPDATE alarm SET escalate_at = %s WHERE alarm_id = %s", [due, alarm_id])
        for minutes in (0, 6, 60):
            tend_alarms(housekeeping, now=due + timedelta(minutes=minutes))
        found = world.conn.execute(
            "SELECT u.login FROM alarm_transition t, jsonb_array_elements_text(t.detail -> 'people') p, app_user u "
            "WHERE t.alarm_id = %s AND t.kind = 'escalated' AND u.public_id = p::uuid",
            [alarm_id],
        )
        told.append([login for (login,) in found])
        if not told[1:]:
            world.person("the lead", world.organisations["platform"], "lead")
    assert told == [["expert"], ["the lead"]]


async def test_a_machine_in_repair_calls_nobody_until_it_is_back(world, clients, housekeeping):
    world.machine("mended", owner="south")
    alarm_id = world.alarm("mended")
    theft = world.alarm("mended", key="moved_while_off")
    world.conn.execute(
        "INSERT INTO alarm_rule VALUES ('rule', 'moved_while_off', 'acknowledgement', '{transport}', '{}'), "
        "('rule', 'cabin_hot', 'acknowledgement', '{engine_off}', '{}')"
    )
    now = datetime.now(UTC)

    def mode(name):
        world.conn.execute("UPDATE machine SET mode = %s WHERE machine_id = %s", [name, world.machines["mended"]])
        return {k: n for k, n in tend_alarms(housekeeping, now=now).items() if k.endswith("suppressed")}

    assert mode("in_repair") == {"suppressed": 1}
    assert mode("in_repair") == {}
    async with clients.of("expert") as http:
        states = [(await http.get(f"/api/v1/alarms/{one}")).json()["suppression"] for one in (alarm_id, theft)]
        assert states == ["by_design", None]
        assert mode("in_service") == {"unsuppressed": 1}
        alarm = (await http.get(f"/api/v1/alarms/{alarm_id}")).json()
    assert (alarm["suppression"], [t["kind"] for t in alarm["transitions"]]) == (
        None,
        ["raised", "suppressed", "unsuppressed"],
    )
    world.alarm("mended", key="cabin_hot")
    world.state("mended", {"engine_speed_rpm": 0.0})
    world.conn.execute("UPDATE machine_state SET work_state = 'off'")
    assert mode("in_service") == {"suppressed": 1}
    world.conn.execute("UPDATE machine_state SET work_state = 'idle'")
    assert mode("in_service") == {"unsuppressed": 1}


async def test_a_shift_hands_over_what_is_open_and_what_was_said(world, clients):
    world.machine("handed", owner="south")
    standing = world.alarm("handed", key="stands", raised_at=NOW - timedelta(days=3))
    gone = world.alarm("handed", key="went", state="cleared", lifecycle="returned_unacknowledged")
    async with clients.of("expert") as http:
        await http.post(f"/api/v1/alarms/{standing}/comments", json={"text": "The driver calls back at six."})
        handed = (await http.get("/api/v1/alarm-hand-over")).raise_for_status().json()
        world.conn.execute("UPDATE alarm SET announced_at = NULL WHERE alarm_id = %s", [gone])  # as from back-fill
        after = (await http.get("/api/v1/alarm-hand-over")).raise_for_status().json()
        assert after["done"].get("raised", 0) == handed["done"]["raised"] - 1, "what called nobody is of the past"
        assert (await http.get("/api/v1/alarm-hand-over", params={"roster": str(uuid7())})).status_code == 404
        long_ago = {"from": (NOW - timedelta(days=8)).isoformat()}
        assert (await http.get("/api/v1/alarm-hand-over", params=long_ago)).status_code == 422
    assert str(standing) in {one["id"] for one in handed["active"]}
    assert str(gone) in {one["id"] for one in handed["to_answer"]}
    assert handed["done"]["commented"] == 1
    assert [one["detail"]["text"] for one in handed["told"] if one["kind"] == "commented"] == [
        "The driver calls back at six."
    ]


async def test_the_limits_are_changed_from_the_version_that_was_read(world, clients):
    async with clients.of("expert") as http, clients.of("dealer") as dealer:
        read = await http.get("/api/v1/alarm-settings")
        change = {"fleeting_s": 20, "escalate_after_min": {"critical": 3}}
        tag = {"if-match": f'"{read.json()["version"]}"'}
        assert (await dealer.patch("/api/v1/alarm-settings", json=change, headers=tag)).status_code == 403
        changed = (await http.patch("/api/v1/alarm-settings", json=change, headers=tag)).raise_for_status().json()
        assert (changed["fleeting_s"], changed["escalate_after_min"]) == (20, {"critical": 3})
        assert (await http.patch("/api/v1/alarm-settings", json=change, headers=tag)).status_code == 412
        tag = {"if-match": f'"{changed["version"]}"'}
        wrong = await http.patch("/api/v1/alarm-settings", json={"flood_ends": 11}, headers=tag)
        assert (wrong.status_code, wrong.json()["errors"][0]["code"]) == (422, "flood_limits")


async def test_the_load_is_for_the_control_centre(clients):
    async with clients.of("dealer") as http:
        for path in ("alarm-load", "alarm-floods", "alarm-hand-over"):
            assert (await http.get(f"/api/v1/{path}")).status_code == 403
