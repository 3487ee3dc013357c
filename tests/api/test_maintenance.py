"""Maintenance over HTTP: plans with their versions and files, what is due, recording work, meters, reminders."""

from __future__ import annotations

import asyncio
import tomllib
from datetime import UTC, datetime, timedelta

import pytest

from storage.pool import connect, url_of
from tests.api.conftest import running
from tests.api.world import CATALOGUE, NOW
from usecases.plan_files import PACKAGED, as_csv, as_toml
from usecases.plan_members import checked_plan
from usecases.remind_maintenance import remind_maintenance

pytestmark = pytest.mark.asyncio(loop_scope="module")
PLANS, HOUR, DAY = "/api/v1/maintenance-plans", timedelta(hours=1), timedelta(days=1)
OIL = {"code": "oil", "zh": "机油", "en": "Oil", "every_h": 500.0, "every_months": 12, "minutes": 60}
YEAR = {"code": "year", "zh": "年检", "en": "Yearly", "task": "inspection", "recurrence": "fixed", "every_months": 12}
YEAR["checks"] = [{"code": "leaks", "zh": "渗漏", "en": "Leaks"}]
PLAN = {"name": "Excavators", "kind": "excavator", "source": "Manual, 7.2", "items": [OIL, YEAR]}


@pytest.fixture(scope="module", autouse=True)
def _lead(world):
    world.person("lead", world.organisations["platform"], "lead")


def counted(world, machine: str, counter: float, *, at: datetime = NOW) -> None:
    """The hour before `at`, in which the counter came to this."""
    world.conn.execute(
        "INSERT INTO rollup_1h (machine_id, bucket_at, signal_id, n, first, last) "
        "VALUES (%s, date_trunc('hour', %s::timestamptz) - interval '1 hour', %s, 1, %s, %s)",
        [world.machines[machine], at, CATALOGUE["engine_hours_h"].id, counter, counter],
    )


def look(world, now: datetime = NOW) -> int:
    """The tick, whatever time it last was."""
    world.conn.execute("UPDATE maintenance_machine SET next_at = '-infinity'")
    with connect(url_of(world.conn), application="test") as conn:
        conn.autocommit = True
        return remind_maintenance(conn, now=now).reminders


async def of(clients, login, method, path, body=None, **headers):
    async with clients.of(login, **headers) as http:
        return await http.request(method, path, json=body)


async def test_a_plan_is_the_platforms_and_every_version_is_kept(clients, world):
    assert (await of(clients, "dealer", "POST", PLANS, PLAN)).status_code == 403
    made = await of(clients, "lead", "POST", PLANS, PLAN)
    assert made.status_code == 201, made.text
    path = made.headers["location"]
    assert [stage["key"] for stage in made.json()["stages"]] == ["soon", "due", "overdue"]
    changed = await of(clients, "lead", "PATCH", path, {"tell": ["owner"]}, **{"if-match": made.headers["etag"]})
    assert (changed.status_code, changed.json()["version"], changed.json()["tell"]) == (200, 2, ["owner"])
    stale = await of(clients, "lead", "PATCH", path, {"tell": ["dealer"]}, **{"if-match": made.headers["etag"]})
    assert stale.status_code == 412
    versions = (await of(clients, "owner", "GET", f"{path}/versions")).json()["items"]
    assert [(one["version"], one["entered_by"], one["plan"]["tell"]) for one in versions] == [
        (2, "lead", ["owner"]),
        (1, "lead", ["owner", "dealer"]),
    ]
    changes = (await of(clients, "lead", "GET", f"{path}/changes")).json()["items"]
    assert [one["action"] for one in changes] == ["update", "create"]
    again = await of(clients, "lead", "POST", PLANS, PLAN | {"name": "Another"})
    assert (again.status_code, again.json()["errors"][0]["code"]) == (409, "plan_kind_has_one")


@pytest.mark.parametrize(
    ("change", "where", "code"),
    [
        ({"model": "excavator-1"}, "kind", "plan_for_one"),
        ({"kind": None, "model": "no such"}, "model", "plan_model_unknown"),
        ({"kind": "no_such"}, "kind", "kind_unknown"),
        ({"items": [OIL, OIL]}, "items.1.code", "plan_code_twice"),
        ({"items": [{**OIL, "every_h": None, "every_months": None}]}, "items.0.every_h", "plan_item_without_interval"),
        ({"items": [{**OIL, "wear": "luck"}]}, "items.0.wear", "plan_wear_unknown"),
        ({"items": [{**OIL, "tell_at": ["never"]}]}, "items.0.tell_at", "plan_stage_unknown"),
        ({"stages": [{"key": "soon", "h": -50}]}, "stages", "plan_stage_no_due"),
        ({"stages": [{"key": "due", "h": 0}, {"key": "soon", "h": -50}]}, "stages.1", "plan_stages_order"),
        (
            {"stages": [{"key": "due", "h": 0, "days": -1}, {"key": "late", "h": -5, "days": 1}]},
            "stages.1.h",
            "plan_stage_mixed",
        ),
    ],
)
async def test_what_a_plan_cannot_say_is_refused(clients, change, where, code):
    answer = await of(clients, "lead", "POST", PLANS, PLAN | {"name": "Wrong", "kind": "dozer"} | change)
    told = answer.json()["errors"][0]
    assert answer.status_code in (409, 422), answer.text
    assert (told["where"], told["code"]) == (where, code)


async def sent(clients, login, content: str, media: str, **parameters):
    async with clients.of(login, **{"content-type": media}) as http:
        return await http.post(f"{PLANS}/import", content=content.encode(), params=parameters)


async def test_a_plan_goes_out_as_a_file_and_comes_back_the_same(clients):
    (plan,) = (await of(clients, "lead", "GET", PLANS)).json()["items"]
    for form, media in (("toml", "application/toml"), ("csv", "text/csv")):
        file = await of(clients, "owner", "GET", f"{PLANS}/{plan['id']}/file?format={form}")
        assert (file.status_code, file.headers["content-type"].partition(";")[0]) == (200, media)
        report = await sent(clients, "lead", file.text, media)
        assert report.status_code == 200, report.text
        assert (report.json()["unchanged"], report.json()["updated"]) == (1, 0), form
        other = file.text.replace("500", "400")
        dry = await sent(clients, "lead", other, media, dry_run=True)
        assert dry.json()["updated"] == 1, dry.text
    assert (await of(clients, "lead", "GET", f"{PLANS}/{plan['id']}")).json()["version"] == plan["version"]
    assert (await sent(clients, "dealer", "plan\n", "text/csv")).status_code == 403


async def test_each_wrong_cell_of_a_file_is_named(clients):
    head = "plan,kind,code,zh,en,every_h,parts\n"
    answer = await sent(
        clients, "lead", head + "New,roller,oil,机油,Oil,fifty,\nNew,roller,Oil!,油,Oil,,a|b\n", "text/csv"
    )
    told = {(one["where"], one["code"]) for one in answer.json()["errors"]}
    assert told == {
        ("line 2, every_h", "cell_no_number"),
        ("line 3, parts", "plan_cell_unreadable"),
        ("line 3, code", "code_wrong"),
        ("line 3, every_h", "plan_item_without_interval"),
    }
    broken = await sent(clients, "lead", "name = ", "application/toml")
    assert (broken.status_code, broken.json()["errors"][0]["code"]) == (422, "plan_toml_unreadable")


async def test_the_plans_that_ship_can_be_entered_and_say_where_they_come_from(world):
    kinds = {row[0] for row in world.conn.execute("SELECT code FROM machine_kind WHERE code <> 'other'")}
    found = set()
    for path in PACKAGED.glob("*.toml"):
        plan = checked_plan(tomllib.loads(path.read_text("utf-8")))
        assert len(plan["source"]) > 60
        assert {1, 3, 12} <= {item["every_months"] for item in plan["items"] if item["task"] == "inspection"}
        assert all(item["checks"] for item in plan["items"] if item["task"] == "inspection")
        assert checked_plan(tomllib.loads(as_toml(plan))) == plan
        assert as_csv(plan).count("\n") == len(plan["items"]) + 1
        found.add(plan["kind"])
    assert found == kinds


@pytest.fixture(scope="module")
def looked_at(world):
    """North's digger with 5,455 hours: the oil is due in 45."""
    counted(world, "digger", 5455.0, at=NOW - DAY)
    counted(world, "crane", 100.0, at=NOW - DAY)
    look(world)
    return world


MINE = "/api/v1/machines/pin:PIN-digger/maintenance"


async def test_what_a_machine_needs_and_what_the_fleet_needs(clients, looked_at):
    mine = (await of(clients, "owner", "GET", MINE)).json()
    assert (mine["plan_name"], mine["meters"]["engine_hours_h"]) == ("Excavators", 5455.0)
    oil, year = mine["items"]
    assert (oil["item"], oil["state"], oil["left"]["h"], oil["cycle"]) == ("oil", "soon", 45.0, 1)
    assert (year["task"], year["state"], year["left"]["h"]) == ("inspection", "ok", None)
    assert (oil["checks"], year["checks"]) == ([], [{"code": "leaks", "text": {"zh": "渗漏", "en": "Leaks"}}])
    due = (await of(clients, "owner", "GET", "/api/v1/maintenance?limit=1")).json()
    assert [one["item"] for one in due["items"]] == ["oil"]
    rest = (await of(clients, "owner", "GET", f"/api/v1/maintenance?cursor={due['next_cursor']}")).json()
    assert [one["item"] for one in rest["items"]] == ["year"]
    for query, items in (
        ("state=soon", ["oil"]),
        ("task=inspection", ["year"]),
        ("kind=roller", []),
        ("state=due", []),
    ):
        found = (await of(clients, "dealer", "GET", f"/api/v1/maintenance?{query}")).json()["items"]
        assert [one["item"] for one in found] == items, query
    assert (await of(clients, "stranger", "GET", "/api/v1/maintenance")).json()["items"] == []
    assert (await of(clients, "stranger", "GET", MINE)).status_code == 404
    assert (await of(clients, "stranger", "GET", "/api/v1/machines/pin:PIN-crane/maintenance")).json()["items"] == []


async def test_hours_are_for_those_with_whom_hours_are_shared(clients, looked_at):
    for data_class, status, items in (("alarms", 404, 0), ("hours", 200, 2)):
        looked_at.share("digger", "south", data_class=data_class)
        assert (await of(clients, "stranger", "GET", MINE)).status_code == status
        due = (await of(clients, "stranger", "GET", "/api/v1/maintenance")).json()["items"]
        assert len(due) == items
    looked_at.conn.execute("DELETE FROM sharing")


async def test_a_reminder_is_read_and_snoozed(clients, looked_at):
    (one,) = (await of(clients, "owner", "GET", "/api/v1/reminders?is_open=true")).json()["items"]
    assert (one["item"], one["stage"], one["state"], one["is_open"], one["left"]["h"]) == (
        "oil",
        "soon",
        "soon",
        True,
        45.0,
    )
    assert (await of(clients, "stranger", "GET", "/api/v1/reminders")).json()["items"] == []
    path = f"/api/v1/reminders/{one['id']}"
    assert (await of(clients, "stranger", "GET", path)).status_code == 404
    assert (
        await of(clients, "stranger", "POST", f"{path}/snooze", {"until": (NOW + DAY).isoformat()})
    ).status_code == 404
    assert (
        await of(clients, "auditor", "POST", f"{path}/snooze", {"until": (NOW + DAY).isoformat()})
    ).status_code == 403
    far = await of(clients, "owner", "POST", f"{path}/snooze", {"until": (NOW + 91 * DAY).isoformat()})
    assert (far.status_code, far.json()["errors"][0]["code"]) == (422, "snooze_out_of_range")
    until = (NOW + DAY).isoformat()
    snoozed = await of(clients, "owner", "POST", f"{path}/snooze", {"until": until, "reason": "No part"})
    assert (snoozed.status_code, snoozed.json()["snoozed_by"]) == (200, "owner")
    assert look(looked_at, NOW + HOUR) == 0
    assert look(looked_at, NOW + DAY + HOUR) == 1
    stages = [one["stage"] for one in (await of(clients, "owner", "GET", "/api/v1/reminders")).json()["items"]]
    assert stages == ["again:1", "soon"]
    told = looked_at.conn.execute("SELECT after ->> 'reason' FROM audit WHERE action = 'snooze_maintenance'").fetchall()
    assert told == [("No part",)]


DONE, CHANGES = f"{MINE}/done", "/api/v1/machines/pin:PIN-digger/meter-changes"


async def test_work_that_was_done_begins_the_next_cycle_once(clients, looked_at):
    body = {"items": [{"item": "oil", "cycle": 1}], "hours_h": 5456.0, "note": " clear ", "minutes": 55}
    body["parts"] = [{"code": "LF1", "name": "Filter"}]
    assert (await of(clients, "auditor", "POST", DONE, body)).status_code == 403
    assert (await of(clients, "stranger", "POST", DONE, body)).status_code == 404
    far = await of(clients, "owner", "POST", DONE, body | {"hours_h": 545.6})
    assert (far.status_code, far.json()["errors"][0]["code"]) == (422, "maintenance_hours_far")
    made = await of(clients, "owner", "POST", DONE, body)
    assert made.status_code == 201, made.text
    (record,) = made.json()["items"]
    assert (record["cycle"], record["note"], record["recorded_by"], record["parts"][0]["quantity"]) == (
        1,
        "clear",
        "owner",
        1,
    )
    second = await of(clients, "dealer", "POST", DONE, body)
    assert (second.status_code, second.json()["errors"][0]["code"]) == (409, "maintenance_cycle_over")
    unknown = await of(clients, "owner", "POST", DONE, {"items": [{"item": "wings", "cycle": 1}]})
    assert unknown.json()["errors"][0]["code"] == "maintenance_item_unknown"
    look(looked_at, NOW + HOUR)
    oil = next(one for one in (await of(clients, "owner", "GET", MINE)).json()["items"] if one["item"] == "oil")
    assert (oil["cycle"], oil["state"], oil["left"]["h"]) == (2, "ok", 501.0), "counted from 5,456 on the meter"
    reminders = (await of(clients, "owner", "GET", "/api/v1/reminders")).json()["items"]
    assert {one["is_open"] for one in reminders} == {False}
    over = await of(
        clients, "owner", "POST", f"/api/v1/reminders/{reminders[0]['id']}/snooze", {"until": (NOW + DAY).isoformat()}
    )
    assert (over.status_code, over.json()["errors"][0]["code"]) == (409, "reminder_over")
    listed = (await of(clients, "dealer", "GET", DONE)).json()["items"]
    assert [one["id"] for one in listed] == [record["id"]]


async def test_of_two_who_record_the_same_work_at_once_one_is_told(clients, looked_at):
    body = {"items": [{"item": "oil", "cycle": 2}]}
    answers = await asyncio.gather(*(of(clients, login, "POST", DONE, body) for login in ("owner", "dealer", "expert")))
    assert sorted(answer.status_code for answer in answers) == [201, 409, 409]
    look(looked_at, NOW + HOUR)
    oil = next(one for one in (await of(clients, "owner", "GET", MINE)).json()["items"] if one["item"] == "oil")
    assert oil["cycle"] == 3


async def test_work_is_back_dated_and_corrected_with_a_trail(clients, looked_at):
    checks = [{"code": "leaks", "result": "attention", "note": "swing motor"}]
    body = {"items": [{"item": "year", "cycle": 1, "checks": checks}], "done_at": (NOW - 30 * DAY).isoformat()}
    future = await of(clients, "owner", "POST", DONE, body | {"done_at": (NOW + DAY).isoformat()})
    assert future.json()["errors"][0]["code"] == "maintenance_in_future"
    (first,) = (await of(clients, "owner", "POST", DONE, body)).json()["items"]
    assert datetime.fromisoformat(first["recorded_at"]) - datetime.fromisoformat(first["done_at"]) > 29 * DAY
    wrong = {"items": [{"item": "oil", "cycle": 1}], "corrects": first["id"]}
    assert (await of(clients, "owner", "POST", DONE, wrong)).status_code == 409
    right = body | {"done_at": (NOW - 20 * DAY).isoformat(), "corrects": first["id"]}
    corrected = await of(clients, "dealer", "POST", DONE, right)
    assert (corrected.status_code, corrected.json()["items"][0]["corrects"]) == (201, first["id"])
    again = await of(clients, "dealer", "POST", DONE, right)
    assert (again.status_code, again.json()["errors"][0]["code"]) == (409, "maintenance_corrected_already")
    listed = (await of(clients, "owner", "GET", f"{DONE}?item=year&limit=1")).json()
    older = (await of(clients, "owner", "GET", f"{DONE}?item=year&cursor={listed['next_cursor']}")).json()["items"]
    assert [one["recorded_by"] for one in (*listed["items"], *older)] == ["dealer", "owner"]
    row = looked_at.conn.execute(
        "SELECT cycle, began_at FROM maintenance_item WHERE machine_id = %s AND item = 'year'",
        [looked_at.machines["digger"]],
    ).fetchone()
    assert row == (2, NOW - 20 * DAY)


async def test_a_check_list_is_held_to(clients, looked_at):
    def year(*codes):
        checks = [{"code": code, "result": "good"} for code in codes]
        return {"items": [{"item": "year", "cycle": 2, "checks": checks}]}

    for codes, code, told in (
        (["leak"], "maintenance_check_unknown", "did you mean leaks?"),
        (["zzz"], "maintenance_check_unknown", "there are: leaks."),
        (["leaks", "leaks"], "maintenance_check_twice", "'leaks'"),
    ):
        refused = await of(clients, "owner", "POST", DONE, year(*codes))
        (fault,) = refused.json()["errors"]
        place = f"items.0.checks.{len(codes) - 1}.code"
        assert (refused.status_code, fault["where"], fault["code"]) == (422, place, code)
        assert told in str(fault), fault
    none = {"items": [{"item": "oil", "cycle": 3, "checks": [{"code": "leaks", "result": "good"}]}]}
    assert "no points at all" in (await of(clients, "owner", "POST", DONE, none)).text
    made = (await of(clients, "owner", "POST", DONE, year())).json()
    leaks = {"item": "year", "code": "leaks", "text": {"zh": "渗漏", "en": "Leaks"}}
    assert made["unanswered"] == [leaks]
    again = year("leaks") | {"corrects": made["items"][0]["id"]}
    assert (await of(clients, "owner", "POST", DONE, again)).json()["unanswered"] == []


async def test_a_meter_is_replaced_and_the_change_taken_back(clients, looked_at):
    path = CHANGES
    body = {"kind": "replaced", "at": (NOW - 3 * HOUR).isoformat(), "old_value": 5455.0, "new_value": 10.0}
    assert (await of(clients, "auditor", "POST", path, body)).status_code == 403
    wrong = await of(clients, "owner", "POST", path, body | {"kind": "set"})
    assert (wrong.status_code, wrong.json()["errors"][0]["code"]) == (422, "meter_set_has_no_old")
    made = await of(clients, "owner", "POST", path, body)
    assert made.status_code == 201, made.text
    asked = looked_at.conn.execute(
        "SELECT recount_from FROM maintenance_machine WHERE machine_id = %s", [looked_at.machines["digger"]]
    ).fetchone()
    assert asked == (NOW - 3 * HOUR,)
    counted(looked_at, "digger", 12.0)
    look(looked_at, NOW + 2 * HOUR)
    meters = (await of(clients, "owner", "GET", MINE)).json()["meters"]
    assert (meters["engine_hours_h"], meters["meter_offset_h"]) == (5457.0, 5445.0)
    withdraw = f"{path}/{made.json()['id']}/withdraw"
    assert (await of(clients, "stranger", "POST", withdraw)).status_code == 404
    assert (await of(clients, "dealer", "POST", withdraw)).json()["withdrawn_by"] == "dealer"
    assert (await of(clients, "dealer", "POST", withdraw)).status_code == 409
    look(looked_at, NOW + 2 * HOUR)
    meters = (await of(clients, "owner", "GET", MINE)).json()["meters"]
    assert meters["engine_hours_h"] == 5455.0, "a counter that fell and that nobody explained is waited for"
    (one,) = (await of(clients, "auditor", "GET", path)).json()["items"]
    assert (one["entered_by"], one["withdrawn_by"]) == ("owner", "dealer")


async def test_a_sale_cuts_history(clients, looked_at, api_database):
    sale = datetime.now(UTC)
    looked_at.conn.execute(
        "UPDATE ownership SET to_at = %s WHERE machine_id = %s", [sale, looked_at.machines["digger"]]
    )
    looked_at.own("digger", "south", from_at=sale)
    looked_at.conn.execute("UPDATE machine SET name = 'the new one' WHERE name = 'digger'")
    async with running(api_database.owner_url) as unguarded:  # the queries alone, without row-level security
        for these in (clients, unguarded):
            for path in (MINE, DONE, CHANGES):
                assert (await of(these, "owner", "GET", path)).status_code == 404
            assert (await of(these, "owner", "GET", "/api/v1/maintenance")).json()["items"] == []
            assert (await of(these, "stranger", "GET", MINE)).json()["items"] != []
            for path in (DONE, CHANGES):
                assert (await of(these, "stranger", "GET", path)).json()["items"] == []
            told = [
                [
                    (one["at"] < sale.isoformat())
                    for one in (await of(these, who, "GET", "/api/v1/reminders")).json()["items"]
                ]
                for who in ("owner", "stranger")
            ]
            assert [set(one) for one in told] == [{True}, {False}]
            for who, name in (("owner", "PIN-digger"), ("stranger", "the new one")):
                listed = (await of(these, who, "GET", "/api/v1/reminders")).json()["items"]
                assert {one["machine_name"] for one in listed} == {name}


async def test_a_retired_plan_reminds_of_nothing(clients, looked_at):
    (plan,) = (await of(clients, "lead", "GET", PLANS)).json()["items"]
    path = f"{PLANS}/{plan['id']}"
    gone = await of(clients, "lead", "DELETE", path, **{"if-match": f'"{plan["version"]}"'})
    assert gone.status_code == 204
    assert (await of(clients, "lead", "GET", PLANS)).json()["items"] == []
    assert (await of(clients, "lead", "GET", path)).json()["retired_at"] is not None
    look(looked_at, NOW + 3 * HOUR)
    assert (await of(clients, "expert", "GET", "/api/v1/maintenance")).json()["items"] == []
    kind = (await of(clients, "lead", "GET", "/api/v1/machine-kinds?limit=20")).json()["items"]
    excavator = next(one["id"] for one in kind if one["code"] == "excavator")
    refused = await of(clients, "lead", "DELETE", f"/api/v1/machine-kinds/{excavator}", **{"if-match": '"1"'})
    assert refused.status_code == 409
