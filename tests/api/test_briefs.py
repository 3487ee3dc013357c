"""Work briefs over HTTP: numbers, forms, whose they are, and who is mailed them."""

from __future__ import annotations

import csv
import io
from datetime import UTC, date, datetime, timedelta
from urllib.parse import parse_qs, urlsplit
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest

from tests.api.world import CATALOGUE, NOW

pytestmark = pytest.mark.asyncio(loop_scope="module")
DAY = timedelta(days=1)
QUARTER = timedelta(minutes=15)
FIRST = date(2026, 10, 5)  # a Monday
BEGIN = datetime(2026, 10, 4, 18, 30, tzinfo=UTC)  # midnight of it in India


@pytest.fixture(scope="module", autouse=True)
def _lived(world):
    """digger works two hours on two days at a site in India; five machines of strangers do twice as much."""
    world.conn.execute(
        "INSERT INTO site (name, time_zone, organisation_id) VALUES ('Pit', 'Asia/Kolkata', %s)",
        [world.organisations["north"]],
    )
    world.conn.execute(
        "UPDATE machine SET site_id = (SELECT site_id FROM site WHERE name = 'Pit') WHERE name = 'digger'"
    )
    world.conn.execute("UPDATE machine_model SET fuel_tank_l = 400")
    for number in range(5):
        world.machine(f"foreign {number}", owner="south")
        worked(world, f"foreign {number}", BEGIN + timedelta(hours=6), 32)
    worked(world, "digger", BEGIN, 8)  # the first quarter hours of Monday
    worked(world, "digger", BEGIN - QUARTER, 1)  # and one of Sunday
    worked(world, "digger", BEGIN + DAY, 8)
    world.alarm("digger", key="def_low", severity="low", raised_at=BEGIN, state="cleared")
    world.alarm("digger", raised_at=BEGIN + timedelta(hours=1), state="cleared")
    world.alarm("digger", key="fuel_refilled", severity="info", raised_at=BEGIN + timedelta(hours=3), state="cleared")
    level(world, "digger", BEGIN + timedelta(hours=2, minutes=30), 20.0)
    level(world, "digger", BEGIN + timedelta(hours=3) - timedelta(seconds=60), 70.0)


def worked(world, machine: str, begin: datetime, quarters: int) -> None:
    """10 min working, 4 idle and 1 off in each quarter hour; 2.5 L each."""
    for number in range(quarters):
        at = begin + number * QUARTER
        world.conn.execute(
            "INSERT INTO work_time_15m (machine_id, bucket_at, working_s, travelling_s, idle_s, off_s) "
            "VALUES (%s, %s, 600, 0, 240, 60)",
            [world.machines[machine], at],
        )
        counter = 1000 + (at - BEGIN) / QUARTER * 2.5
        world.conn.execute(
            "INSERT INTO rollup_15m (machine_id, bucket_at, signal_id, n, first, last, increase) "
            "VALUES (%s, %s, %s, 15, %s, %s, 2.5)",
            [world.machines[machine], at, CATALOGUE["fuel_used_total_l"].id, counter, counter + 2.5],
        )


def level(world, machine: str, at: datetime, value: float) -> None:
    world.conn.execute(
        "INSERT INTO rollup_1m (machine_id, bucket_at, signal_id, n, min, max, sum, first, last) "
        "VALUES (%(m)s, date_trunc('minute', %(at)s::timestamptz), %(s)s, 1, %(v)s, %(v)s, %(v)s, %(v)s, %(v)s)",
        {"m": world.machines[machine], "at": at, "s": CATALOGUE["fuel_level_pct"].id, "v": value},
    )


async def of(clients, login, path, **headers):
    async with clients.of(login, **headers) as http:
        return await http.get(f"/api/v1{path}")


async def test_a_machines_week_is_counted_by_its_sites_days(clients):
    answer = await of(clients, "owner", f"/machines/pin:PIN-digger/brief?from={FIRST}")
    assert answer.status_code == 200, answer.text
    brief = answer.json()
    assert (brief["from_day"], brief["to_day"], brief["time_zone"]) == ("2026-10-05", "2026-10-11", "Asia/Kolkata")
    assert [round(day["numbers"]["working_h"], 3) for day in brief["days"]] == [1.333, 1.333, 0, 0, 0, 0, 0]
    numbers = brief["numbers"]
    assert numbers["length_h"] == 168
    assert numbers["working_h"] == pytest.approx(16 / 6, abs=1e-3)
    assert numbers["idle_h"] == pytest.approx(16 * 240 / 3600, abs=1e-3)
    assert numbers["unheard_h"] == pytest.approx(164, abs=1e-3)
    assert numbers["fuel_used_l"] == pytest.approx(20 + 20 + (96 - 8) * 2.5, abs=1e-3), "grown over the night, too"
    assert numbers["idle_fuel_l"] is None, "it never idled only"
    (machine,) = brief["machines"]
    assert machine["peers"] == {"machines": 5, "median_utilisation_ratio": round(32 / 6 / 168, 2)}
    assert list(brief["alarms_by_severity"].items()) == [("critical", 1), ("low", 1)], "the gravest first"
    assert [one["source_key"] for one in brief["alarms"]] == ["low_oil_pressure", "def_low"]
    assert all(one["text"]["zh"] and one["text"]["en"] for one in brief["alarms"])
    (fuel,) = brief["fuel"]
    assert (fuel["kind"], fuel["before_pct"], fuel["after_pct"], fuel["litres"]) == ("refuel", 20.0, 70.0, 200.0)


async def test_a_day_is_told_by_the_hours_of_the_sites_clock(clients):
    brief = (await of(clients, "owner", f"/machines/pin:PIN-digger/brief?from={FIRST}&period=day")).json()
    hours = brief["hours"]
    assert [hour["begins"] for hour in hours] == [f"{hour:02}:00" for hour in range(24)]
    assert [round(hour["numbers"]["working_h"], 3) for hour in hours[:3]] == [0.667, 0.667, 0]
    for key in ("length_h", "working_h", "idle_h", "off_h", "unheard_h", "fuel_used_l"):
        assert sum(hour["numbers"][key] or 0 for hour in hours) == pytest.approx(brief["numbers"][key], abs=2e-3), key
    assert hours[5]["numbers"]["utilisation_ratio"] is None, "nothing was heard"
    week = (await of(clients, "owner", f"/machines/pin:PIN-digger/brief?from={FIRST}")).json()
    assert week["hours"] == []


async def test_the_fleets_last_day_is_told_by_the_readers_own_clock(clients, world):
    for zone, shift in (("Pacific/Kiritimati", 14), ("Pacific/Pago_Pago", -11)):
        world.conn.execute("UPDATE app_user SET time_zone = %s WHERE login = 'owner'", [zone])
        day = (await of(clients, "owner", "/fleet/brief?period=day")).json()["from_day"]
        assert day == str((NOW + timedelta(hours=shift)).date() - DAY)
    world.conn.execute("UPDATE app_user SET time_zone = 'Asia/Shanghai' WHERE login = 'owner'")


async def test_each_form_of_a_brief_is_asked_for_by_accept_or_format(clients):
    path = f"/machines/pin:PIN-digger/brief?from={FIRST}&to=2026-10-06"
    for accept, begin in (("application/pdf", b"%PDF"), ("text/html", b"<!doctype html>"), ("text/csv", b"row,")):
        answer = await of(clients, "owner", path, accept=accept)
        assert answer.status_code == 200, answer.text
        assert answer.content.startswith(begin)
        assert answer.headers["content-type"].startswith(accept)
    rows = list(csv.DictReader(io.StringIO((await of(clients, "owner", f"{path}&format=csv")).text)))
    assert [row["row"] for row in rows] == ["day", "day", "machine", "total"]
    assert (await of(clients, "owner", path, accept="image/png")).status_code == 406


async def test_a_site_and_a_fleet_are_of_those_that_are_seen(clients, world):
    (site,) = world.conn.execute("SELECT public_id FROM site WHERE name = 'Pit'").fetchone()
    days = f"from={FIRST}&to=2026-10-06"
    assert [one["name"] for one in (await of(clients, "owner", f"/sites/{site}/brief?{days}")).json()["machines"]] == [
        "digger"
    ]
    assert (await of(clients, "stranger", f"/sites/{site}/brief?{days}")).status_code == 404
    assert (await of(clients, "stranger", f"/machines/pin:PIN-digger/brief?{days}")).status_code == 404
    fleet = (await of(clients, "stranger", f"/fleet/brief?{days}")).json()
    assert len(fleet["machines"]) == 6
    assert "digger" not in {one["name"] for one in fleet["machines"]}
    assert fleet["numbers"]["working_h"] == pytest.approx(5 * 32 / 6, abs=1e-3)
    assert fleet["alarms"] == []


async def test_a_sold_machines_brief_ends_with_the_sale(clients, world):
    world.machine("sold", owner=None)
    world.own("sold", "north", to_at=BEGIN + 4 * QUARTER)
    world.own("sold", "south", from_at=BEGIN + 4 * QUARTER)
    worked(world, "sold", BEGIN, 8)
    path = f"/machines/pin:PIN-sold/brief?from={FIRST - DAY}&to={FIRST + DAY}"
    told = [(await of(clients, login, path)).json() for login in ("owner", "stranger")]
    assert [one["name"] for one in told] == ["PIN-sold", "sold"]
    before, after = (one["numbers"] for one in told)
    assert before["working_h"] == after["working_h"] == pytest.approx(4 / 6, abs=1e-3)
    assert after["fuel_used_l"] == pytest.approx(10.0), "what its counter showed before the sale is not looked at"


async def test_a_mailed_link_leads_a_browser_that_is_signed_out_to_the_login_page_and_back(clients):
    link = f"/api/v1/machines/pin:PIN-digger/brief?from={FIRST}&to={FIRST}&format=html"
    browser = {"accept": "text/html,application/xhtml+xml,*/*;q=0.8"}
    async with clients.anybody(**browser) as http:
        sent = await http.get(link)
        assert (sent.status_code, sent.headers["cache-control"]) == (303, "no-store")
        login = urlsplit(sent.headers["location"])
        assert (login.netloc, login.path, parse_qs(login.query)) == ("", "/login", {"to": [link]})
        stale = await http.get(link, headers={"authorization": "Bearer stale"})
        other = await http.get("/api/v1/machines")
    async with clients.anybody() as http:
        program = await http.get(link)
    for refused in (stale, other, program):
        assert (refused.status_code, refused.headers["content-type"]) == (401, "application/problem+json")


async def test_days_that_make_no_sense_are_refused_with_the_reason(clients):
    for query, code in (
        ("from=2026-10-06&to=2026-10-05", "brief_days_reversed"),
        ("from=2024-10-06&to=2026-10-05", "brief_days_many"),
        ("to=2026-10-05", "brief_from_missing"),
        ("from=2026-10-05&to=2026-10-06&period=day", "brief_period_and_to"),
    ):
        answer = await of(clients, "owner", f"/machines/pin:PIN-digger/brief?{query}")
        assert (answer.status_code, answer.json()["errors"][0]["code"]) == (422, code)


async def test_a_brief_is_subscribed_to_once_and_is_ones_own(clients, world):
    async with clients.of("owner") as http:
        made = await http.post("/api/v1/report-subscriptions", json={"machine": "pin:PIN-digger"})
        assert made.status_code == 201, made.text
        one = made.json()
        assert (one["period"], one["at"], one["form"]) == ("week", "07:00", "pdf")
        next_at = datetime.fromisoformat(one["next_at"])
        assert NOW < next_at <= NOW + 8 * DAY
        again = await http.post("/api/v1/report-subscriptions", json={"machine": "pin:PIN-digger"})
        assert (again.status_code, again.json()["errors"][0]["code"]) == (409, "report_subscribed")
        foreign = await http.post("/api/v1/report-subscriptions", json={"machine": "pin:PIN-crane"})
        assert foreign.status_code == 404
        assert [row["id"] for row in (await http.get("/api/v1/report-subscriptions")).json()["items"]] == [one["id"]]
    path = f"/report-subscriptions/{UUID(one['id'])}"
    assert (await of(clients, "colleague", path)).status_code == 404
    world.conn.execute("UPDATE app_user SET time_zone = 'America/Los_Angeles' WHERE login = 'owner'")
    moved = datetime.fromisoformat((await of(clients, "owner", path)).json()["next_at"])
    here = moved.astimezone(ZoneInfo("America/Los_Angeles"))
    assert (f"{here:%a %H:%M}", abs(moved - next_at) < DAY) == ("Mon 07:00", True)
    async with clients.of("owner") as http:
        assert (await http.delete(f"/api/v1{path}")).status_code == 204
        assert (await http.get(f"/api/v1{path}")).status_code == 404
