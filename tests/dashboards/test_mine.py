"""The owner's own view on a phone: what needs them, asking for help, how they are told, reports by mail."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import httpx
import pytest
from playwright.sync_api import Browser, expect

from tests.api.world import PASSWORD, World
from tests.dashboards.conftest import ConsoleServer
from tests.dashboards.console_page import PHONE, ConsolePage, console_in

pytestmark = [pytest.mark.browser, pytest.mark.slow]
NOW = datetime.now(UTC).replace(microsecond=0)
WAIT_MS = 20_000


@pytest.fixture(scope="module")
def mine(browser: Browser, console_server: ConsoleServer, world: World) -> Iterator[ConsolePage]:
    """The owner's phone, signed in; their digger works and has a critical alarm."""
    world.conn.execute("UPDATE app_user SET language = 'en', time_zone = 'Asia/Shanghai', version = version + 1")
    world.state("digger", {"engine_speed_rpm": 1500.0, "fuel_level_pct": 64.0}, at=NOW)
    world.alarm("digger", key="low_oil_pressure", severity="critical", raised_at=NOW - timedelta(minutes=5))
    with console_in(browser, console_server.address, size=PHONE) as page:
        page.login("owner", PASSWORD)
        page.page.wait_for_url("**/mine")
        yield page


def asked_of(mine: ConsolePage, path: str) -> dict:
    """What the API says to the person who is signed in."""
    cookies = {cookie["name"]: cookie["value"] for cookie in mine.page.context.cookies()}
    return httpx.get(f"{mine.address}/api/v1{path}", cookies=cookies, timeout=20).raise_for_status().json()


def test_an_owner_begins_with_what_needs_them_and_their_own_machines_only(mine: ConsolePage, world: World) -> None:
    needs = mine.page.get_by_test_id("needs")
    expect(needs).to_contain_text("Low engine oil pressure", timeout=WAIT_MS)
    cards = mine.page.locator(".mine-card")
    expect(cards).to_have_count(len(asked_of(mine, "/machines")["items"]))
    expect(cards.first).to_contain_text("Fuel 64%")
    assert mine.page.evaluate("document.documentElement.scrollWidth") == PHONE[0], "nothing hangs over"
    assert mine.serious() == []


def test_help_is_asked_for_an_alarm_with_one_tap_and_words(mine: ConsolePage, world: World) -> None:
    mine.page.get_by_test_id("needs").get_by_role("link", name="Ask for help").first.click()
    mine.page.get_by_label("What is the matter?").fill("The oil lamp is on.")
    mine.page.get_by_role("textbox", name="Phone").fill("+86 138 0000 0000")
    mine.page.get_by_test_id("ask-help").click()
    row = mine.page.locator("[data-request]").first
    expect(row).to_contain_text("The oil lamp is on.", timeout=WAIT_MS)
    expect(row).to_contain_text("nobody has taken it on yet")
    (kept,) = asked_of(mine, "/help-requests")["items"]
    assert (kept["text"], kept["phone"], kept["asked_by"]) == ("The oil lamp is on.", "+86 138 0000 0000", "owner")
    assert kept["alarm_id"] is not None
    world.conn.execute("UPDATE help_request SET answered_at = now(), answered_by = 'expert', answer = 'Stop it now.'")
    mine.page.reload()
    expect(mine.page.locator("[data-request]").first).to_contain_text("Stop it now.", timeout=WAIT_MS)
    assert mine.serious() == []


def test_how_they_are_told_is_kept_as_the_page_says(mine: ConsolePage) -> None:
    mine.open_page("/mine/notices")
    panel = mine.page.get_by_test_id("preferences")
    panel.get_by_label("Quiet hours").click()
    panel.get_by_label("Tell me of services").click()
    panel.get_by_label("from").fill("21:30")
    panel.get_by_test_id("save-preferences").click()
    expect(panel.get_by_test_id("save-preferences")).to_be_disabled(timeout=WAIT_MS)
    kept = asked_of(mine, "/notices/preferences")
    assert (kept["quiet_from"], kept["quiet_to"], kept["services"]) == ("21:30", "06:00", False)
    assert kept["channels"] == {"email": ["critical", "high"]}
    assert mine.serious() == []


def test_a_report_is_ordered_and_its_figures_are_the_apis(mine: ConsolePage) -> None:
    mine.open_page("/mine/reports?period=day")
    figures = mine.page.get_by_test_id("mine-figures")
    figures.wait_for(timeout=WAIT_MS)
    numbers = asked_of(mine, "/fleet/brief?period=day")["numbers"]
    expect(figures).to_contain_text(f"{numbers['working_h']:.1f} h")
    mine.page.get_by_test_id("subscribe").click()
    expect(mine.page.get_by_test_id("subscriptions")).to_contain_text("every Monday 07:00", timeout=WAIT_MS)
    (kept,) = asked_of(mine, "/report-subscriptions")["items"]
    assert (kept["period"], kept["at"], kept["form"], kept["machine_id"]) == ("week", "07:00", "pdf", None)
    assert mine.serious() == []


def test_the_page_itself_complains_of_nothing(mine: ConsolePage) -> None:
    assert mine.problems == []
