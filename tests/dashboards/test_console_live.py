"""The live page in a real browser: what an expert on shift sees, and that it moves by itself."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import Browser, Page, Route, expect

from tests.api.world import PASSWORD, World
from tests.dashboards.conftest import ConsoleServer
from tests.dashboards.console_page import PARTS, PHONE, ConsolePage, console_in
from tests.dashboards.waiting import until

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.usefixtures("english")]


@pytest.fixture(scope="module", autouse=True)
def _five_minutes_of_readings(world: World) -> None:
    end = datetime.now(UTC).replace(microsecond=0)
    rows = [
        (end - timedelta(seconds=s), {"engine_coolant_temp_degc": 80.0 + s % 7, "engine_speed_rpm": 1500.0 + s % 50})
        for s in range(300, -1, -1)
    ]
    world.readings("digger", rows)
    place = {"latitude_deg": 31.23, "longitude_deg": 121.47}
    world.state("digger", {"engine_coolant_temp_degc": 80.0, "fuel_level_pct": 62.0, **place}, at=end)
    world.state("crane", {"fuel_level_pct": 18.0, "latitude_deg": 31.3, "longitude_deg": 121.5}, at=end)


@pytest.fixture
def console(browser: Browser, console_server: ConsoleServer) -> Iterator[ConsolePage]:
    with console_in(browser, console_server.address) as page:
        page.login("expert", PASSWORD, "live")
        page.open_live()
        yield page
        assert page.problems == []


def now() -> datetime:
    return datetime.now(UTC)


def test_a_wrong_password_says_so_and_the_right_one_leads_on(browser: Browser, console_server: ConsoleServer) -> None:
    with console_in(browser, console_server.address) as page:
        page.login("expert", "wrong")
        expect(page.page.get_by_role("alert")).to_contain_text("Login or password is wrong")
        page.page.locator("input[type=password]").fill(PASSWORD)
        page.page.locator("button[type=submit]").click()
        page.open_live()
        page.page.get_by_test_id("viewer").click()
        page.page.get_by_text("Sign out").click()
        page.page.wait_for_url("**/login")
        assert [p for p in page.problems if "401" not in p] == [], "the refused attempt is the only thing logged"


def test_an_alarm_appears_on_top_without_a_reload_and_is_acknowledged(world: World, console: ConsolePage) -> None:
    console.page.evaluate("window.stillTheSamePage = true")
    world.alarm("crane", key="low_fuel", severity="low", raised_at=now())
    console.wait_for_alarm("crane", "low_fuel")
    before = console.open_count("critical")
    began = time.monotonic()
    world.alarm("digger", key="low_oil_pressure", severity="critical", raised_at=now())
    row = console.wait_for_alarm("digger", "low_oil_pressure")
    assert time.monotonic() - began < 10
    assert console.alarm_order()[:2] == [("digger", "low_oil_pressure"), ("crane", "low_fuel")]
    assert console.open_count("critical") == before + 1
    expect(row).to_contain_text("Critical")

    console.acknowledge("digger", "low_oil_pressure")
    expect(row).to_contain_text("expert")
    stored = world.conn.execute(
        "SELECT count(*) FROM alarm WHERE source_key = 'low_oil_pressure' AND acknowledged_at IS NOT NULL"
    ).fetchone()
    assert stored == (1,)
    assert console.page.evaluate("window.stillTheSamePage") is True


def test_nothing_moves_under_the_pointer(world: World, console: ConsolePage) -> None:
    world.alarm("crane", key="def_low", severity="low", raised_at=now())
    console.wait_for_alarm("crane", "def_low")
    before = console.alarm_order()
    first = console.page.locator("[data-alarm]").first
    box = first.bounding_box()
    first.hover()
    world.alarm("digger", key="coolant_overheat", severity="critical", raised_at=now())
    console.page.get_by_test_id("alarms-waiting").wait_for()
    assert console.alarm_order() == before
    assert first.bounding_box() == box
    console.page.mouse.move(2, 2)
    console.wait_for_alarm("digger", "coolant_overheat")
    assert console.alarm_order()[0] == ("digger", "coolant_overheat")


def test_the_worst_stays_on_top_and_says_what_raised_it(world: World, console: ConsolePage) -> None:
    values = {"engine_oil_pressure_kpa": 36.4, "engine_speed_rpm": 1650.0}
    world.alarm("crane", key="low_oil_pressure", severity="critical", raised_at=now(), evidence=values)
    world.alarm("crane", key="air_filter_restriction", severity="low", raised_at=now())
    console.wait_for_alarm("crane", "air_filter_restriction")
    row = console.wait_for_alarm("crane", "low_oil_pressure")
    assert console.alarm_order()[0] == ("crane", "low_oil_pressure")
    expect(row.get_by_test_id("alarm-values")).to_have_text("Engine oil pressure 36 kPaEngine speed 1,650 rpm")
    console.switch_language()
    expect(row.get_by_test_id("alarm-values")).to_have_text("机油压力 36 kPa发动机转速 1,650 rpm")


def test_a_fault_code_is_said_once(world: World, console: ConsolePage) -> None:
    world.alarm("crane", key="0/100/1", kind="dtc", severity="high", raised_at=now())
    row = console.wait_for_alarm("crane", "0/100/1")
    expect(row).to_contain_text("Engine oil pressure: below normal range, most severe")
    expect(row.get_by_test_id("alarm-code")).to_have_text("Engine controllerSPN 100FMI 1")
    assert row.inner_text().count("100") == 1


def test_the_chart_names_the_alarm_and_its_limit(world: World, console: ConsolePage) -> None:
    world.alarm("digger", key="engine_overspeed", severity="high", raised_at=now())
    console.wait_for_alarm("digger", "engine_overspeed")
    console.select_machine("digger")
    chart = console.page.locator(".chart-panels")
    expect(chart).to_have_attribute("aria-label", re.compile(r"Engine overspeed \d\d:\d\d:\d\d.*Alarm > 2,600 rpm"))


def test_the_outline_of_the_land_is_asked_for_again_until_it_comes(
    browser: Browser, console_server: ConsoleServer
) -> None:
    with console_in(browser, console_server.address) as page:
        asked: list[str] = []

        def lose_the_first(route: Route) -> None:
            asked.append(route.request.url)
            if len(asked) == 1:
                route.abort()
            else:
                route.continue_()

        page.page.route("**/land-50m*", lose_the_first)
        page.login("expert", PASSWORD)
        page.open_live()
        page.wait_for_map()
        assert len(asked) == 2


def test_fleet_values_are_those_of_the_database_and_move(world: World, console: ConsolePage) -> None:
    world.state("digger", {"engine_coolant_temp_degc": 91.4, "engine_speed_rpm": 1834.0, "fuel_level_pct": 61.0})
    row = console.fleet_row("digger")
    for shown in ("1,834", "91.4", "61"):
        expect(row).to_contain_text(shown)
    world.state("digger", {"engine_coolant_temp_degc": 92.8})
    expect(row).to_contain_text("92.8")


def test_the_fleet_is_reached_by_keyboard(console: ConsolePage) -> None:
    console.page.locator("tr.live-row[tabindex='0']").focus()
    names = [console.fleet_row(name) for name in ("digger", "crane")]
    console.page.keyboard.press("ArrowDown")
    console.page.keyboard.press("Enter")
    focused = console.page.evaluate("document.activeElement.dataset.row")
    expect(console.page.locator("#machine-title")).to_have_text(focused)
    assert len(names) == console.page.locator("tr.live-row").count()


def test_the_chart_follows_new_readings_and_names_its_resolution(world: World, console: ConsolePage) -> None:
    console.select_machine("digger")
    expect(console.page.get_by_test_id("chart-resolution")).to_have_text("Every reading")
    at = now()
    world.readings("digger", [(at, {"engine_coolant_temp_degc": 97.3})])
    world.state("digger", {"engine_coolant_temp_degc": 97.3}, at=at)
    until(lambda: console.legend_value("Engine coolant temperature") == 97.3, within_s=10)
    console.page.get_by_text("7 d", exact=True).click()
    expect(console.page.get_by_test_id("chart-resolution")).to_contain_text("rollup")


def test_a_broken_line_says_stale_and_catches_up_silently(
    world: World, console: ConsolePage, console_server: ConsoleServer
) -> None:
    console.wait_for_map()
    console.page.evaluate("window.stillTheSamePage = true")
    console_server.stop()
    try:
        console.wait_for_phase("stale")
        world.alarm("crane", key="overspeed", severity="medium", raised_at=now())
    finally:
        console_server.start()
    console.wait_for_phase("live")
    console.wait_for_alarm("crane", "overspeed")
    assert console.page.evaluate("window.stillTheSamePage") is True
    console.problems = [p for p in console.problems if "ERR_" not in p and "502" not in p and "503" not in p]


def test_a_server_that_hangs_is_stale_within_eight_seconds(console: ConsolePage, console_server: ConsoleServer) -> None:
    console_server.hang(14.0)
    console.wait_for_phase("stale", within_s=9)
    console.wait_for_phase("live")
    console.problems = [p for p in console.problems if "ERR_" not in p]


@pytest.mark.parametrize("appearance", ["light", "dark"])
def test_every_part_is_accessible_and_speaks_both_languages(
    browser: Browser, console_server: ConsoleServer, appearance: str
) -> None:
    with console_in(browser, console_server.address, size=PHONE, appearance=appearance) as page:
        page.login("expert", PASSWORD, "live")
        for part in PARTS:
            page.open_live(part)
            assert page.serious() == [], part
        page.open_live("alarms")
        expect(page.page.locator("#alarms-title")).to_have_text("Alarms")
        page.switch_language()
        expect(page.page.locator("#alarms-title")).to_have_text("报警")
        assert page.problems == []


@pytest.mark.parametrize("language", ["zh-CN", "en-US"])
def test_the_fleet_table_shows_how_many_alarms_a_machine_has(
    world: World, browser: Browser, console_server: ConsoleServer, language: str
) -> None:
    machine = f"paver {language}"
    world.machine(machine, owner="north", kind="paver")
    for number in range(12):
        world.alarm(machine, key=f"rule_{number}", severity="medium", raised_at=now())
    with console_in(browser, console_server.address) as page:
        page.login("expert", PASSWORD, "live")
        page.open_live()
        page.speak(language)
        row = page.fleet_row(machine)
        expect(row.locator(".alarm-count")).to_have_text("×12")
        right = "element => element.getBoundingClientRect().right"
        cell = row.locator("td").filter(has=page.page.locator(".alarm-cell"))
        assert row.locator(".alarm-count").evaluate(right) <= cell.evaluate(right)
        assert cell.evaluate("cell => cell.scrollWidth <= cell.clientWidth")


@pytest.fixture
def fresh(browser: Browser, console_server: ConsoleServer) -> Iterator[Page]:
    """The desk in a window of its own, which has loaded no other page yet; marked, so that loading it anew shows."""
    with console_in(browser, console_server.address) as console:
        console.login("expert", PASSWORD, "alarms")
        console.wait_for_phase("live")
        console.page.evaluate("window.isTheSame = true")
        yield console.page


def test_a_page_that_does_not_come_while_the_line_is_cut_opens_by_itself_afterwards(fresh: Page) -> None:
    fresh.context.set_offline(True)
    fresh.locator("nav.nav a[href='/trust']").click()
    fresh.get_by_test_id("page-missing").wait_for()
    assert fresh.locator("header.header").is_visible()
    fresh.wait_for_timeout(2_500)  # it has asked again in vain
    fresh.context.set_offline(False)
    fresh.get_by_test_id("trust-silent").wait_for()
    assert fresh.evaluate("window.isTheSame"), "nothing was loaded anew: sound and drafts are as they were"


def test_a_page_that_a_newer_build_has_no_more_brings_the_newer_program(fresh: Page) -> None:
    fresh.route("**/assets/TrustPage*.js", lambda route: route.fulfill(status=404))
    fresh.once("load", lambda: fresh.unroute("**/assets/TrustPage*.js"))
    fresh.locator("nav.nav a[href='/trust']").click()
    fresh.get_by_test_id("trust-silent").wait_for()
    assert fresh.evaluate("window.isTheSame === undefined")


@pytest.mark.parametrize("moving", [True, False], ids=["as usual", "less motion"])
def test_what_comes_and_goes_only_fades_for_who_asked_for_less_motion(
    browser: Browser, console_server: ConsoleServer, moving: bool
) -> None:
    with console_in(browser, console_server.address, moving=moving) as console:
        page = console.page
        console.login("expert", PASSWORD, "alarms")
        console.wait_for_phase("live")
        page.evaluate(
            """() => {
                window.longest_ms = 0
                window.moved = []
                const measure = ({ target, propertyName }) => {
                    if (["top", "right", "bottom", "left"].includes(propertyName)) window.moved.push(propertyName)
                    for (const one of target.getAnimations())
                        window.longest_ms = Math.max(window.longest_ms, one.effect.getComputedTiming().endTime)
                }
                for (const kind of ["animationstart", "transitionrun"]) addEventListener(kind, measure, true)
            }"""
        )
        page.keyboard.press("?")
        expect(page.locator(".ant-modal")).to_be_visible()
        page.keyboard.press("Escape")
        expect(page.locator(".ant-modal")).to_be_hidden()
        page.get_by_test_id("viewer").click()
        expect(page.get_by_text("Sign out")).to_be_visible()
        longest_ms = page.evaluate("window.longest_ms")
        assert longest_ms > 100 if moving else longest_ms <= 80
        assert page.evaluate("window.moved") == [], "what measures its place while that changes stands elsewhere"


def test_a_page_that_chooses_a_machine_late_does_not_call_back_who_is_leaving_it(
    browser: Browser, console_server: ConsoleServer
) -> None:
    fleet: list[Route] = []
    program: list[Route] = []
    with console_in(browser, console_server.address) as console:
        page = console.page
        page.route("**/api/v1/machines?*", lambda route: fleet.append(route))  # noqa: PLW0108 - playwright wants a function
        page.route("**/assets/AccountPage*.js", lambda route: program.append(route))  # noqa: PLW0108
        console.login("expert", PASSWORD, "live")
        page.get_by_test_id("viewer").click()
        page.get_by_role("menuitem", name="My account").click()
        for _ in range(200):
            if fleet and program:
                break
            page.wait_for_timeout(100)
        assert fleet
        assert program, "the page's program is on its way"
        page.unroute("**/api/v1/machines?*")
        for asked in fleet:
            asked.continue_()
        page.wait_for_timeout(700)  # the live page knows its machines now, and would choose the worst of them
        program[0].continue_()
        expect(page).to_have_title(re.compile("My account · ECC Telematics$"))
