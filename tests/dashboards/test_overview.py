"""The overview, and the frame around every page, in a real browser: the API's numbers, moving by themselves."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import httpx
import pytest
from playwright.sync_api import Browser, expect

from storage.ids import uuid7
from tests.api.world import PASSWORD, World
from tests.dashboards.conftest import ConsoleServer
from tests.dashboards.console_page import PHONE, ConsolePage, console_in

pytestmark = [pytest.mark.browser, pytest.mark.slow]
NOW = datetime.now(UTC).replace(microsecond=0)


@pytest.fixture(scope="module", autouse=True)
def _fleet(world: World) -> None:
    """Three machines on two sites of two owners; alarms, a silence, a refusal."""
    world.machine("loader", owner="north", kind="wheel_loader")
    for name, owner in (("Pit", "north"), ("Quay", "south")):
        site = world.conn.execute(
            "INSERT INTO site (name, time_zone, organisation_id) VALUES (%s, 'America/Lima', %s) RETURNING site_id",
            [name, world.organisations[owner]],
        ).fetchone()
        assert site is not None
        machine = "digger" if name == "Pit" else "crane"
        world.conn.execute("UPDATE machine SET site_id = %s WHERE name = %s", [site[0], machine])
    for number, name in enumerate(("digger", "crane")):
        place = {"latitude_deg": 31.0 + number, "longitude_deg": 121.0, "engine_coolant_temp_degc": 100.0}
        world.state(name, place, at=NOW)
    world.state("loader", {"fuel_level_pct": 50.0}, at=NOW - timedelta(hours=3), online=False)
    world.alarm("digger", key="low_oil_pressure", severity="critical", raised_at=NOW - timedelta(minutes=9))
    world.alarm("crane", key="coolant_overheat", severity="high", raised_at=NOW - timedelta(minutes=7))
    world.alarm(
        "loader",
        key="machine_silent",
        kind="platform",
        severity="low",
        raised_at=NOW - timedelta(hours=2),
        reason={"key": "no_coverage", "share": 0.9, "signs": []},
    )
    world.conn.execute(
        "INSERT INTO quarantine (quarantine_id, terminal, payload_hash, reason, detail, topic, received_at) "
        "VALUES (%s, 'T-1', '', 'clock_future', '', '', now())",
        [uuid7()],
    )
    world.conn.execute(
        "INSERT INTO platform_health (gateway_id, from_at, to_at) "
        "VALUES ('g', now() - interval '1 day', now() + interval '1 hour')"
    )
    world.conn.execute("UPDATE app_user SET language = 'en', time_zone = 'Asia/Shanghai', version = version + 1")


@pytest.fixture(scope="module")
def console(browser: Browser, console_server: ConsoleServer, _fleet: None) -> Iterator[ConsolePage]:
    with console_in(browser, console_server.address) as page:
        page.login("expert", PASSWORD)
        page.page.wait_for_url("**/overview")
        page.wait_for_phase("live")
        yield page
        assert page.problems == []


@pytest.fixture(scope="module")
def api(console_server: ConsoleServer, console: ConsolePage) -> Iterator[httpx.Client]:
    credentials = {"login": "expert", "password": PASSWORD}
    token = httpx.post(f"{console_server.address}/api/v1/auth/login", json=credentials).json()["token"]
    headers = {"authorization": f"Bearer {token}"}
    with httpx.Client(base_url=f"{console_server.address}/api/v1", headers=headers) as client:
        yield client


def number(console: ConsolePage, name: str) -> int:
    return int(console.page.get_by_test_id(name).locator("b").first.inner_text())


def test_an_expert_begins_here_and_every_count_is_the_apis(console: ConsolePage, api: httpx.Client) -> None:
    console.page.get_by_test_id("overview-load-now").wait_for()
    machines = api.get("/machines", params={"limit": 100}).json()["items"]
    alarms = api.get("/alarms", params={"state": "active", "limit": 100}).json()["items"]
    expect(console.page.get_by_test_id("overview-total")).to_have_text(str(len(machines)))
    assert number(console, "state-working") == sum(one["online"] is True for one in machines)
    assert number(console, "state-offline") == sum(one["online"] is not True for one in machines)
    for severity in ("critical", "high", "low"):
        assert number(console, f"severity-{severity}") == sum(one["severity"] == severity for one in alarms)
    refused = api.get("/data-trust/refusals").json()
    expect(console.page.get_by_test_id("health-refused")).to_contain_text(f"{refused['waiting']} wait in quarantine")
    series = api.get("/alarm-load/series", params={"every": "10min"}).json()
    expect(console.page.get_by_test_id("overview-load-now")).to_contain_text(
        f"{series['seats']} seats manage {series['seats'] * series['manageable']}"
    )
    assert console.page.title() == "(1) Overview · ECC Telematics"


def test_what_is_silent_says_why_and_since_when_at_the_machine_too(console: ConsolePage) -> None:
    silent = console.page.get_by_test_id("overview-silent").locator("li")
    expect(silent).to_have_count(1)
    expect(silent).to_contain_text("no coverage")
    expect(silent.locator("time")).to_have_text("3h")
    critical = console.page.get_by_test_id("overview-critical").locator("li")
    expect(critical).to_contain_text("digger")
    critical.locator("time").hover()
    expect(console.page.get_by_role("tooltip")).to_contain_text(re.compile(r"GMT\+8\s*At the machine: .*GMT-5"))


def test_filters_are_in_the_address_and_narrow_map_and_counts(console: ConsolePage) -> None:
    console.page.goto(f"{console.address}/overview?site=Pit")
    expect(console.page.get_by_test_id("overview-total")).to_have_text("1")
    expect(console.page.get_by_test_id("severity-high").locator("b")).to_have_text("0")
    console.page.goto(f"{console.address}/overview?organisation=Dealer")
    expect(console.page.get_by_test_id("overview-total")).to_have_text("2")
    console.page.get_by_test_id("state-offline").click()
    console.page.wait_for_url("**state=offline**")
    expect(console.page.get_by_test_id("overview-map")).to_contain_text("0 of 1 with a position")
    console.page.goto(f"{console.address}/overview")


def test_a_number_leads_to_the_list_of_what_it_counts(console: ConsolePage) -> None:
    shown = console.page.get_by_test_id("machines-count")
    for part, panel, address in (
        ("?organisation=Dealer", None, re.compile(r"/machines\?organisation=")),
        ("?site=Pit", None, re.compile(r"/machines\?site=Pit$")),
        ("", "overview-silent", re.compile(r"/machines\?only=silent$")),
        ("?organisation=Dealer", "overview-silent", re.compile("only=silent.*organisation=")),
    ):
        console.page.goto(f"{console.address}/overview{part}")
        total = console.page.get_by_test_id("overview-total")
        expect(total).to_have_text({"": re.compile("[1-9]"), "?organisation=Dealer": "2", "?site=Pit": "1"}[part])
        link = total.locator("xpath=../a") if panel is None else console.page.get_by_test_id(panel).get_by_text("All")
        counted = total if panel is None else console.page.get_by_test_id(panel).locator(".panel-aside b")
        expect(link).to_have_attribute("href", address)
        expect(counted).to_have_text(re.compile("[0-9]"))  # the answer is here
        number_there = counted.inner_text()
        link.click()
        expect(shown).to_have_text(re.compile(rf"^{number_there} of "))
    console.page.goto(f"{console.address}/overview?site=Pit")
    all_critical = console.page.get_by_test_id("overview-critical").get_by_role("link", name="All", exact=True)
    expect(all_critical).to_have_attribute("href", re.compile(r"^/alarms\?severity=critical&site=[0-9a-f-]{36}$"))
    console.page.goto(f"{console.address}/overview")


def test_a_new_alarm_is_counted_without_a_reload_and_nothing_moves(console: ConsolePage, world: World) -> None:
    console.page.get_by_test_id("overview-load-now").wait_for()
    console.page.evaluate("window.stillTheSamePage = true")
    place = console.page.get_by_test_id("overview-due").bounding_box()
    before = number(console, "severity-critical")
    world.alarm("crane", key="low_oil_pressure", severity="critical", raised_at=datetime.now(UTC))
    expect(console.page.get_by_test_id("severity-critical").locator("b")).to_have_text(str(before + 1))
    expect(console.page.get_by_test_id("overview-critical").locator("li").first).to_contain_text("crane")
    assert console.page.get_by_test_id("overview-due").bounding_box() == place
    assert console.page.evaluate("window.stillTheSamePage") is True


def test_the_search_finds_by_keyboard_and_leads_there(console: ConsolePage, world: World) -> None:
    console.page.keyboard.press("Control+k")
    console.page.get_by_test_id("search-input").fill("digg")
    option = console.page.get_by_role("option").first
    expect(option).to_contain_text("digger")
    assert console.serious() == []
    console.page.keyboard.press("Enter")
    console.page.wait_for_url(f"**/machines/{world.public['digger']}**")
    console.page.keyboard.press("Control+k")
    console.page.get_by_test_id("search-input").fill("shift")
    expect(option).to_contain_text("Shift")
    console.page.keyboard.press("Enter")
    console.page.wait_for_url("**/shift**")


def test_units_and_the_narrow_navigation_are_kept(console: ConsolePage) -> None:
    console.page.goto(f"{console.address}/live")
    oil = console.fleet_row("digger")
    expect(oil).to_contain_text("100.0")
    console.page.get_by_test_id("viewer").click()
    console.page.get_by_text("US units").click()
    expect(oil).to_contain_text("212.0")
    console.page.get_by_test_id("nav-fold").click()
    console.page.reload()
    expect(console.fleet_row("digger")).to_contain_text("212.0")
    expect(console.page.locator("nav.nav-narrow a").first).to_have_accessible_name("Overview")
    console.page.get_by_test_id("nav-fold").click()
    console.page.get_by_test_id("viewer").click()
    console.page.get_by_text("Metric units").click()
    expect(console.fleet_row("digger")).to_contain_text("100.0")


@pytest.mark.parametrize("appearance", ["light", "dark"])
def test_it_is_accessible_on_a_phone_and_keeps_the_page_when_the_language_changes(
    browser: Browser, console_server: ConsoleServer, appearance: str
) -> None:
    with console_in(browser, console_server.address, size=PHONE, appearance=appearance) as page:
        page.login("dealer", PASSWORD)
        page.page.wait_for_url("**/overview")
        page.page.get_by_test_id("overview-critical").wait_for()
        page.page.get_by_test_id("overview-load").wait_for(state="detached")  # not for a dealer
        assert page.serious() == []
        assert page.page.evaluate("document.documentElement.scrollWidth") <= PHONE[0]
        page.switch_language()
        expect(page.page.locator("main h1")).to_have_text("总览")
        assert page.page.url.endswith("/overview")
        page.switch_language()
        assert page.problems == []
