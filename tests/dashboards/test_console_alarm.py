"""One alarm in a real browser: what a notice's link opens, whatever became of the alarm since."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from playwright.sync_api import Browser, expect

from storage.ids import uuid7
from tests.api.world import PASSWORD, World
from tests.dashboards.conftest import ConsoleServer
from tests.dashboards.console_page import PHONE, ConsolePage, console_in

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.usefixtures("english")]
RAISED = datetime.now(UTC).replace(microsecond=0) - timedelta(hours=3)


@pytest.fixture(scope="module")
def over(world: World) -> UUID:
    """An alarm that is over and that nobody acknowledged, of which the owner was told."""
    values = {"engine_coolant_temp_degc": 109.0, "engine_speed_rpm": 1650.0}
    alarm_id = world.alarm(
        "digger",
        key="coolant_overheat",
        state="cleared",
        lifecycle="returned_unacknowledged",
        raised_at=RAISED,
        evidence=values,
    )
    world.conn.execute(
        "INSERT INTO alarm_transition (alarm_id, at, kind, version, actor, detail) VALUES (%s, %s, 'commented', '', "
        "'dealer', %s)",
        [alarm_id, RAISED + timedelta(minutes=2), json.dumps({"text": "Radiator was full of dust."})],
    )
    _tell_owner(world, alarm_id)
    return alarm_id


def _tell_owner(world: World, alarm_id: UUID) -> None:
    world.conn.execute(
        "WITH made AS (INSERT INTO notice (public_id, user_id, channel, kind, severity, alarm_id, language, state, "
        "made_at, due_at, ended_at, subject, body) "
        "SELECT %s, user_id, 'email', 'alarm', 'critical', %s, 'en', 'sent', %s, %s, %s, "
        "'Coolant too hot: digger', 'Let the engine idle.' FROM app_user WHERE login = 'owner' "
        "RETURNING notice_id, user_id) "
        "INSERT INTO notice_told SELECT 'alarm', t.transition_id, m.user_id, 'email', m.notice_id FROM made m, "
        "alarm_transition t WHERE t.alarm_id = %s AND t.kind = 'raised'",
        [uuid7(), alarm_id, RAISED, RAISED, RAISED, alarm_id],
    )


@pytest.fixture
def console(browser: Browser, console_server: ConsoleServer) -> Iterator[ConsolePage]:
    with console_in(browser, console_server.address) as page:
        page.login("expert", PASSWORD, "live")
        page.open_live()
        yield page
        assert page.problems == []


def open_link(page: ConsolePage, alarm: UUID | str, login: str) -> None:
    """Follow the link of a notice and sign in."""
    page.page.goto(f"{page.address}/live?alarm={alarm}")
    page.page.locator("input[autocomplete=username]").fill(login)
    page.page.locator("input[type=password]").fill(PASSWORD)
    page.page.locator("button[type=submit]").click()
    page.page.get_by_test_id("alarm").wait_for()


def test_the_link_of_a_notice_shows_an_alarm_that_is_over(
    world: World, browser: Browser, console_server: ConsoleServer, over: UUID
) -> None:
    with console_in(browser, console_server.address) as page:
        open_link(page, over, "owner")
        part = page.page.get_by_test_id
        expect(part("alarm-stands")).to_contain_text("gone before anybody acknowledged it")
        expect(part("alarm-readings")).to_contain_text("Engine coolant temperature 109.0 °C")
        expect(part("alarm-history")).to_contain_text("Radiator was full of dust.")
        expect(part("alarm-told")).to_contain_text("owner e-mail")
        part("alarm-told").get_by_text("Coolant too hot: digger").click()
        expect(part("alarm-told")).to_contain_text("Let the engine idle.")
        expect(part("alarm-verdicts")).to_contain_text("Nobody has given a verdict yet.")
        expect(part("alarm-acknowledge")).to_have_count(0)  # owners may not
        expect(page.page.locator("#machine-title")).to_have_text("digger")
        assert f"from={int((RAISED - timedelta(minutes=5)).timestamp() * 1000)}" in page.page.url
        page.page.keyboard.press("Escape")
        expect(part("alarm")).to_have_count(0)
        assert "alarm=" not in page.page.url
        assert page.problems == []


def test_it_is_acknowledged_and_commented_on(
    world: World, browser: Browser, console_server: ConsoleServer, over: UUID
) -> None:
    with console_in(browser, console_server.address) as page:
        open_link(page, over, "expert")
        part = page.page.get_by_test_id
        part("alarm-acknowledge").click()
        expect(part("alarm-stands")).to_contain_text("nothing left to do")
        expect(part("alarm-acknowledge")).to_have_count(0)
        part("alarm").locator("textarea").fill("Cleaned.")
        part("alarm-send").click()
        expect(part("alarm-history")).to_contain_text("Cleaned.")
        expect(part("alarm").locator("textarea")).to_have_value("")
        assert page.problems == []
    stored = world.conn.execute(
        "SELECT kind, actor, detail ->> 'text' FROM alarm_transition WHERE alarm_id = %s ORDER BY transition_id", [over]
    ).fetchall()
    assert stored[-2:] == [("acknowledged", "expert", None), ("commented", "expert", "Cleaned.")]


def test_a_row_opens_by_keyboard_and_gets_the_focus_back(world: World, console: ConsolePage) -> None:
    alarm = world.alarm("crane", key="low_fuel", severity="low", raised_at=datetime.now(UTC))
    row = console.wait_for_alarm("crane", "low_fuel").locator(".alarm-main")
    row.focus()
    console.page.keyboard.press("Enter")
    expect(console.page.locator("#alarm-title")).to_be_visible()
    expect(console.page.locator(".alarm-detail")).to_be_focused()
    assert f"alarm={alarm}" in console.page.url
    console.page.reload()
    console.wait_for_alarm("crane", "low_fuel")
    expect(console.page.get_by_test_id("alarm-history")).to_contain_text("raised")
    console.page.keyboard.press("Escape")
    expect(row).to_be_focused()


@pytest.mark.parametrize("alarm", ["0198f3a1-11d0-7a52-8c3e-5f0c9d2b7e44", "no-number"])
def test_an_alarm_that_is_not_there_says_so(browser: Browser, console_server: ConsoleServer, alarm: str) -> None:
    with console_in(browser, console_server.address) as page:
        open_link(page, alarm, "owner")
        expect(page.page.get_by_test_id("alarm")).to_contain_text("This alarm is not yours to see, or not there")
        page.switch_language()
        expect(page.page.get_by_test_id("alarm")).to_contain_text("您看不到这条报警")
        assert [p for p in page.problems if "404" not in p and "422" not in p] == []


@pytest.mark.parametrize("appearance", ["light", "dark"])
def test_an_alarm_is_accessible_on_a_phone(
    browser: Browser, console_server: ConsoleServer, over: UUID, appearance: str
) -> None:
    with console_in(browser, console_server.address, size=PHONE, appearance=appearance) as page:
        open_link(page, over, "expert")
        expect(page.page.get_by_test_id("alarm-told")).to_contain_text("owner")
        assert page.serious() == []
        assert page.page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        page.page.get_by_test_id("alarm-chart").click()
        expect(page.page.locator("#machine-title")).to_have_text("digger")
        assert page.problems == []
