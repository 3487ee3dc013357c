"""The alarm desk in a real browser: by keyboard, many at once, standing still, live, and with ten thousand alarms."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from storage.ids import uuid7
from tests.api.world import PASSWORD, World
from tests.dashboards.conftest import ConsoleServer
from tests.dashboards.console_page import PHONE, ConsolePage, console_in
from tests.dashboards.waiting import until

pytestmark = [pytest.mark.browser, pytest.mark.slow]
ALARMS = 10_000
expect.set_options(timeout=20_000)  # a page is loaded anew, beside other work on two cores
COUNT_TONES = """
window.tones = 0
const start = OscillatorNode.prototype.start
OscillatorNode.prototype.start = function (...when) { window.tones += 1; return start.apply(this, when) }
"""


def now() -> datetime:
    return datetime.now(UTC)


@pytest.fixture(scope="module")
def cascade(world: World) -> tuple[UUID, UUID]:
    """On the digger, which works: an alarm, and one that it explains and that came before it. The crane stands."""
    world.state("digger", {"engine_speed_rpm": 1500.0})
    world.state("crane", {"engine_speed_rpm": 0.0})
    world.conn.execute("UPDATE machine_state SET work_state = 'off' WHERE machine_id = %s", [world.machines["crane"]])
    cause = world.alarm("digger", key="coolant_overheat", severity="high", raised_at=now() - timedelta(minutes=3))
    follows = world.alarm("digger", key="coolant_level_low", severity="medium", raised_at=now() - timedelta(minutes=4))
    world.conn.execute("UPDATE alarm SET inhibited_by = %s WHERE alarm_id = %s", [cause, follows])
    world.alarm("crane", key="low_oil_pressure", severity="high", raised_at=now() - timedelta(minutes=1))
    world.alarm("crane", key="low_fuel", severity="low", raised_at=now() - timedelta(minutes=2))
    world.conn.execute("UPDATE app_user SET language = 'en', time_zone = 'Asia/Shanghai', version = version + 1")
    return cause, follows


@pytest.fixture(scope="module")
def console(browser: Browser, console_server: ConsoleServer, cascade: tuple[UUID, UUID]) -> Iterator[ConsolePage]:
    with console_in(browser, console_server.address) as page:
        page.page.add_init_script(COUNT_TONES)
        page.login("expert", PASSWORD)
        page.page.get_by_test_id("viewer").wait_for()
        yield page
        assert [p for p in page.problems if "409" not in p] == []  # somebody is faster in one test


@pytest.fixture
def desk(console: ConsolePage) -> Page:
    """The desk anew, its line live, no pointer on its list."""
    open_desk(console)
    return console.page


def open_desk(console: ConsolePage, address: str = "") -> None:
    console.page.goto(f"{console.address}/alarms{address}")
    console.wait_for_phase("live")
    console.page.mouse.move(2, 2)
    console.page.locator("[data-alarm]").first.wait_for()


@pytest.fixture(scope="module")
def colleague(console_server: ConsoleServer, world: World) -> Iterator[httpx.Client]:
    """A second expert, elsewhere, by the API."""
    world.person("second", world.organisations["platform"], "expert")
    with httpx.Client(base_url=console_server.address) as http:
        signed = http.post("/api/v1/auth/login", json={"login": "second", "password": PASSWORD}).raise_for_status()
        http.headers["authorization"] = f"Bearer {signed.json()['token']}"
        http.cookies.clear()
        yield http


def row(page: Page, machine: str, source: str) -> Locator:
    return page.locator(f'[data-alarm][data-machine="{machine}"][data-source="{source}"]')


def order(page: Page) -> list[str]:
    """What the rows are about, from top to bottom."""
    read = "all => all.map(row => `${row.dataset.machine} ${row.dataset.source}`)"
    found: list[str] = page.locator("[data-alarm]").evaluate_all(read)
    return found


def stored(world: World, machine: str, source: str) -> tuple[Any, ...]:
    found = world.conn.execute(
        "SELECT lifecycle, suppression, alarm_id, finding_id FROM alarm WHERE machine_id = %s AND source_key = %s",
        [world.machines[machine], source],
    ).fetchone()
    assert found is not None
    return found


def test_what_calls_stands_by_severity_then_by_the_worksites_need_and_a_cascade_behind_its_cause(
    desk: Page, cascade: tuple[UUID, UUID]
) -> None:
    until(lambda: order(desk) == ["digger coolant_overheat", "crane low_oil_pressure", "crane low_fuel"], within_s=20)
    expect(row(desk, "digger", "coolant_overheat")).to_have_attribute("data-behind", "1")
    desk.keyboard.press("j")
    desk.keyboard.press("e")
    expect(row(desk, "digger", "coolant_level_low").get_by_test_id("first-out")).to_be_visible()
    assert order(desk)[:2] == ["digger coolant_overheat", "digger coolant_level_low"]
    desk.wait_for_url(f"**alarm={cascade[0]}**")


def test_the_keyboard_acknowledges_shelves_judges_and_opens_the_diagnosis(world: World, desk: Page) -> None:
    until(lambda: order(desk)[0] == "digger coolant_overheat", within_s=20)  # the machines, and so the sites, are known
    desk.keyboard.press("j")
    expect(row(desk, "digger", "coolant_overheat")).to_be_focused()
    expect(desk.get_by_test_id("alarm")).to_contain_text("digger")
    desk.keyboard.press("a")
    expect(row(desk, "digger", "coolant_overheat")).to_have_attribute("data-acknowledged", "true")
    desk.keyboard.press("j")
    desk.keyboard.press("s")
    expect(desk.get_by_label("Reason")).to_be_focused()
    desk.keyboard.press("Escape")
    expect(row(desk, "crane", "low_oil_pressure")).to_be_focused()
    desk.keyboard.press("s")
    desk.keyboard.type("Sender ordered.")
    desk.keyboard.press("Enter")
    until(lambda: stored(world, "crane", "low_oil_pressure")[1] == "shelved", within_s=10)
    expect(desk.locator(".ant-modal-wrap")).to_have_count(0)
    desk.keyboard.press("v")
    desk.get_by_role("radio", name=re.compile("nothing was wrong|nuisance|false", re.IGNORECASE)).first.check()
    desk.get_by_role("button", name="Give verdict").click()
    finding = stored(world, "crane", "low_oil_pressure")[3]
    until(lambda: verdicts(world, finding) == [("nuisance",)], within_s=10)
    expect(desk.locator(".ant-modal-wrap")).to_have_count(0)
    desk.keyboard.press("c")
    desk.keyboard.type("jasv are only letters here")
    expect(desk.locator(".alarm-comment-text")).to_have_value("jasv are only letters here")
    desk.keyboard.press("Escape")
    expect(desk.get_by_test_id("alarm")).to_have_count(0)
    desk.keyboard.press("?")
    expect(desk.get_by_role("dialog")).to_contain_text("acknowledge")
    desk.keyboard.press("Escape")
    desk.keyboard.press("j")
    chosen = re.search(r"alarm=([0-9a-f-]+)", desk.url)
    assert chosen is not None
    desk.keyboard.press("d")
    desk.wait_for_url(f"**/alarms/{chosen[1]}")


def test_back_from_a_diagnosis_the_filters_and_the_row_are_as_they_were(console: ConsolePage) -> None:
    open_desk(console, "?severity=high,low")
    desk = console.page
    until(lambda: len(order(desk)) > 1, within_s=20)
    before = order(desk)
    desk.keyboard.press("j")
    desk.keyboard.press("j")
    desk.keyboard.press("d")
    desk.get_by_test_id("diagnosis-actions").wait_for()
    desk.keyboard.press("Escape")
    desk.wait_for_url("**/alarms?severity=high*")
    expect(desk.locator("[data-alarm]").nth(1)).to_be_focused()
    assert order(desk) == before


def verdicts(world: World, finding: UUID) -> list[tuple[Any, ...]]:
    return world.conn.execute("SELECT verdict FROM finding_verdict WHERE finding_id = %s", [finding]).fetchall()


def test_many_are_acknowledged_at_once_and_the_result_is_told_once(
    world: World, desk: Page, colleague: httpx.Client
) -> None:
    keys = ("one", "two", "three")
    ids = {key: world.alarm("crane", key=key, severity="low", raised_at=now()) for key in keys}
    for key in keys:
        row(desk, "crane", key).wait_for()  # a pointer on the list would hold the last ones back
    for key in keys:
        row(desk, "crane", key).get_by_role("checkbox").check()
    expect(desk.get_by_test_id("bulk")).to_contain_text("3 picked")
    # somebody is faster, and this page has not heard of it yet
    desk.route("**/api/v1/alarms/*/acknowledge", lambda route: (faster(colleague, ids["two"]), route.continue_()))
    desk.get_by_test_id("bulk").get_by_role("button", name="Ack").click()
    told = desk.locator(".work-result")
    expect(told).to_contain_text("2 done, 1 refused")
    expect(told).to_contain_text("second")
    assert told.count() == 1
    desk.unroute("**/api/v1/alarms/*/acknowledge")
    assert {stored(world, "crane", key)[0] for key in keys} == {"active_acknowledged"}


def faster(colleague: httpx.Client, alarm: UUID) -> None:
    colleague.post(f"/api/v1/alarms/{alarm}/acknowledge")


def test_nothing_moves_under_the_pointer_and_a_colleagues_change_arrives_live(
    world: World, desk: Page, colleague: httpx.Client
) -> None:
    fuel = row(desk, "crane", "low_fuel")
    fuel.hover()
    before, place = order(desk), fuel.bounding_box()
    world.alarm("digger", key="hydraulic_overheat", severity="critical", raised_at=now())
    expect(desk.get_by_test_id("desk-waiting")).to_contain_text("1 new")
    assert (order(desk), fuel.bounding_box()) == (before, place)
    alarm = stored(world, "crane", "low_fuel")[2]
    colleague.post(f"/api/v1/alarms/{alarm}/acknowledge").raise_for_status()
    expect(fuel).to_have_attribute("data-acknowledged", "true")
    assert fuel.bounding_box() == place, "it changes where it stands"
    desk.mouse.move(2, 2)
    expect(row(desk, "digger", "hydraulic_overheat")).to_be_visible()
    assert order(desk)[0] == "digger hydraulic_overheat"


def test_what_comes_and_goes_beside_the_list_moves_no_row_under_the_pointer(world: World, desk: Page) -> None:
    fuel = row(desk, "crane", "low_fuel")
    fuel.hover()
    place = fuel.bounding_box()
    world.conn.execute(
        "INSERT INTO help_request (public_id, machine_id, organisation_id, user_id, asked_by, text, asked_at) "
        "SELECT %s, %s, organisation_id, user_id, 'owner', 'It smokes.', now() FROM app_user WHERE login = 'owner'",
        [uuid7(), world.machines["digger"]],
    )
    strip = desk.get_by_test_id("help-strip")
    expect(strip).to_contain_text("It smokes.", timeout=40_000)
    assert fuel.bounding_box() == place
    fuel.get_by_role("checkbox").check()
    expect(desk.get_by_test_id("bulk")).to_be_visible()
    assert fuel.bounding_box() == place
    world.conn.execute("UPDATE help_request SET answered_at = now(), answered_by = 'expert', answer = 'Stop it.'")
    expect(strip).to_have_count(0, timeout=40_000)
    assert fuel.bounding_box() == place


def test_a_new_critical_alarm_is_heard_and_marks_the_title_until_it_is_noticed(world: World, desk: Page) -> None:
    desk.mouse.click(2, 2)  # browsers play nothing before
    expect(desk.get_by_test_id("sound")).to_have_attribute("data-state", "on")
    world.alarm("crane", key="brake_pressure_low", severity="critical", raised_at=now())
    row(desk, "crane", "brake_pressure_low").wait_for()
    until(lambda: desk.evaluate("window.tones") == 3, within_s=5)
    assert desk.title().startswith("●")
    desk.mouse.click(2, 2)
    until(lambda: not desk.title().startswith("●"), within_s=5)
    desk.get_by_test_id("sound").click(delay=1100)
    expect(desk.get_by_test_id("sound")).to_have_attribute("data-state", "off")
    desk.reload()
    expect(desk.get_by_test_id("sound")).to_have_attribute("data-state", "off")
    desk.get_by_test_id("sound").click()


def test_the_address_is_the_view_and_its_count_is_the_apis(
    console: ConsolePage, desk: Page, colleague: httpx.Client
) -> None:
    desk.get_by_role("combobox", name="Which alarms").click()
    desk.get_by_title("To be answered").click()
    desk.get_by_role("searchbox").or_(desk.get_by_label("Alarm, machine, PIN, site")).fill("crane")
    desk.wait_for_url("**q=crane**")
    assert "standing=unanswered" in desk.url
    until(lambda: order(desk) != [] and all(one.startswith("crane ") for one in order(desk)), within_s=10)
    shown = order(desk)
    desk.reload()
    until(lambda: order(desk) == shown, within_s=10)
    open_desk(console, "?gather=none&severity=low")
    asked = {"state": "active", "severity": "low", "limit": 1000}
    items = colleague.get("/api/v1/alarms", params=asked).raise_for_status().json()["items"]
    expect(desk.get_by_test_id("desk-count")).to_have_text(f"{len(items)} alarms")
    assert {one["id"] for one in items} == set(
        desk.locator("[data-alarm]").evaluate_all("all => all.map(row => row.dataset.alarm)")
    )


@pytest.mark.parametrize("appearance", ["light", "dark"])
def test_on_a_phone_it_is_cards_with_buttons_and_accessible(
    browser: Browser, console_server: ConsoleServer, console_dist: Path, cascade: tuple[UUID, UUID], appearance: str
) -> None:
    with console_in(browser, console_server.address, size=PHONE, appearance=appearance) as page:
        page.login("expert", PASSWORD)
        page.page.get_by_test_id("viewer").wait_for()
        for address in ("/alarms", f"/alarms?alarm={cascade[1]}"):
            page.page.goto(f"{page.address}{address}")
            page.page.locator("[data-alarm]").first.wait_for()
            if "?" in address:
                page.page.get_by_test_id("alarm-stands").wait_for()
            assert page.serious("main") == []
            assert page.page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        assert page.problems == []


def test_an_owner_finds_no_button_that_would_be_refused(browser: Browser, console_server: ConsoleServer) -> None:
    with console_in(browser, console_server.address) as page:
        page.login("owner", PASSWORD)
        page.page.get_by_test_id("viewer").wait_for()
        open_desk(page)
        assert {one.split()[0] for one in order(page.page)} == {"digger"}
        expect(page.page.get_by_test_id("acknowledge")).to_have_count(0)
        page.page.keyboard.press("j")
        page.page.keyboard.press("s")
        page.page.keyboard.press("x")
        expect(page.page.get_by_role("dialog")).to_have_count(0)
        expect(page.page.get_by_test_id("bulk")).to_have_count(0)
        assert page.problems == []


def test_ten_thousand_alarms_are_one_list_of_which_little_is_drawn(world: World, console: ConsolePage) -> None:
    world.conn.execute(
        """
        WITH made AS (
            INSERT INTO finding (finding_id, machine_id, source_kind, source_key, version, severity, from_at, held_at,
                evidence)
            SELECT gen_random_uuid(), %(machine)s, 'rule', 'rule_' || n, 'v1', 'info', now(), now(), '{}'
            FROM generate_series(1, %(count)s) n RETURNING finding_id, source_key
        )
        INSERT INTO alarm (alarm_id, machine_id, source_kind, source_key, severity, finding_id, state, lifecycle,
            raised_at, committed_at)
        SELECT gen_random_uuid(), %(machine)s, 'rule', source_key, 'info', finding_id, 'active',
            'active_unacknowledged', now() - interval '1 day', now() - interval '1 day' FROM made
        """,
        {"machine": world.machines["crane"], "count": ALARMS},
    )
    open_desk(console)
    page = console.page
    table = page.locator(".desk-table")
    until(lambda: int(table.get_attribute("aria-rowcount") or 0) > ALARMS, within_s=60)
    assert page.locator("[data-alarm]").count() < 60
    page.locator(".desk-frame").evaluate("frame => frame.scrollTo(0, frame.scrollHeight)")
    page.locator(f'tr[aria-rowindex="{table.get_attribute("aria-rowcount")}"]').wait_for()
    assert page.locator("[data-alarm]").count() < 60
    world.alarm("crane", key="while_scrolled", severity="critical", raised_at=now())
    expect(page.get_by_test_id("desk-waiting")).to_contain_text("1 new")
    page.keyboard.press("n")
    expect(row(page, "crane", "while_scrolled")).to_be_in_viewport()
