"""The trust page in a real browser: its numbers are the API's, for the control centre and for a dealer."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Browser, expect

from api.settings import ApiSettings
from fleet.signals import packaged_catalogue
from storage.ids import uuid7
from tests.api.world import PASSWORD, World
from tests.conftest import Database
from tests.dashboards.conftest import ConsoleServer
from tests.dashboards.console_page import PHONE, ConsolePage, console_in

pytestmark = [pytest.mark.browser, pytest.mark.slow]
HOUR = datetime.now(UTC).replace(minute=0, second=0, microsecond=0)
PARTS = ("lateness", "refusals", "platform", "rules-off")


@pytest.fixture(scope="module", autouse=True)
def _what_happened(world: World) -> None:
    rows = [("digger", 1, 0b1111, 0b0011, 61.0), ("digger", 2, 0b1, 0b1, 2.0), ("crane", 1, 0b110000, 0, 5000.0)]
    for machine, hours, heard, soon, latest in rows:
        world.conn.execute(
            "INSERT INTO arrival_1h VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s)",
            [world.machines[machine], HOUR - timedelta(hours=hours), heard, soon, soon, soon, soon, heard, latest],
        )
    for first, last in ((-600, -300), (-295, 60)):
        world.conn.execute(
            "INSERT INTO platform_health (gateway_id, from_at, to_at) VALUES ('g', now() + %s, now() + %s)",
            [timedelta(minutes=first), timedelta(minutes=last)],
        )
    terminal = world.conn.execute("INSERT INTO terminal (name) VALUES ('T-1') RETURNING terminal_id").fetchone()
    assert terminal is not None
    world.conn.execute(
        "INSERT INTO installation (terminal_id, machine_id, from_at, to_at) VALUES (%s, %s, '-infinity', 'infinity')",
        [terminal[0], world.machines["digger"]],
    )
    for number in range(3):
        world.conn.execute(
            "INSERT INTO quarantine (quarantine_id, terminal, seq, payload_hash, reason, detail, topic, received_at) "
            "VALUES (%s, 'T-1', %s, '', 'clock_future', '', '', now())",
            [uuid7(), number],
        )
    world.conn.execute(
        "INSERT INTO signal_trust (machine_id, signal_id, from_at, score, checks) VALUES (%s, %s, now(), 0.1, '{}')",
        [world.machines["digger"], packaged_catalogue()["engine_oil_pressure_kpa"].id],
    )
    world.conn.execute("UPDATE app_user SET language = 'en', time_zone = 'Asia/Shanghai', version = version + 1")


@pytest.fixture(scope="module")
def console(browser: Browser, console_server: ConsoleServer, _what_happened: None) -> Iterator[ConsolePage]:
    with console_in(browser, console_server.address) as page:
        page.login("expert", PASSWORD, "trust")
        page.open_page("/trust")
        yield page
        assert page.problems == []


def answers(address: str, login: str) -> dict[str, dict[str, object]]:
    """What the API says to a login."""
    token = httpx.post(f"{address}/api/v1/auth/login", json={"login": login, "password": PASSWORD}).json()["token"]
    with httpx.Client(base_url=f"{address}/api/v1/data-trust", headers={"authorization": f"Bearer {token}"}) as http:
        return {part: http.get(f"/{part}").json() for part in PARTS}


def shows_what_it_was_told(page: ConsolePage, told: dict[str, dict[str, object]]) -> None:
    found = page.page
    counts = found.get_by_test_id("trust-classes").locator("td b").all_inner_texts()
    assert counts == [f"{count:,}" for count in told["lateness"]["total"]["counts"]]
    expect(found.get_by_test_id("trust-refused")).to_contain_text(f"{told['refusals']['refused']} refused")
    expect(found.get_by_test_id("trust-downs").locator("tbody tr")).to_have_count(len(told["platform"]["downs"]))
    expect(found.get_by_test_id("trust-rules-count")).to_contain_text(str(told["rules-off"]["rules"]))
    withheld = found.get_by_test_id("trust-rules").locator("section").nth(1)
    expect(withheld.locator("h3 b")).to_have_text(str(len(told["rules-off"]["withheld"])))


def test_every_number_is_the_apis(console: ConsolePage, console_server: ConsoleServer) -> None:
    console.page.get_by_test_id("trust-rules-count").wait_for()
    console.page.get_by_test_id("trust-classes").wait_for()
    shows_what_it_was_told(console, answers(console_server.address, "expert"))
    assert console.page.title().endswith("Trust · ECC Telematics")
    assert console.serious() == []


def test_the_span_is_in_the_address(console: ConsolePage) -> None:
    console.page.get_by_test_id("trust-span").get_by_text("7 d").click()
    console.page.wait_for_url("**hours=168**")
    console.page.get_by_test_id("trust-classes").wait_for()
    console.page.get_by_test_id("trust-span").get_by_text("24 h").click()


def test_grafana_is_led_to_where_there_is_one(
    console: ConsolePage, browser: Browser, console_database: Database, console_dist: Path
) -> None:
    expect(console.page.get_by_test_id("grafana")).to_have_count(0)
    settings = ApiSettings(
        database_url=console_database.url("ecc_api"),
        session_secret="t" * 40,
        console_dist=console_dist,
        grafana_url="https://example.com/grafana",
    )
    server = ConsoleServer(settings)
    server.start()
    try:
        with console_in(browser, server.address) as page:
            page.login("expert", PASSWORD)
            page.page.locator("nav.nav").wait_for()
            link = page.page.get_by_test_id("grafana")
            expect(link).to_have_attribute("href", "https://example.com/grafana/d/ecc-overview")
            expect(link).to_have_attribute("target", "_blank")
    finally:
        server.stop()


def test_a_dealer_sees_the_lateness_of_its_machines_and_the_same_outages(
    browser: Browser, console_server: ConsoleServer
) -> None:
    everything, told = answers(console_server.address, "expert"), answers(console_server.address, "dealer")
    assert told["platform"]["downs"] == everything["platform"]["downs"]
    assert told["lateness"]["total"]["machines"] == 1
    with console_in(browser, console_server.address, size=PHONE, appearance="dark") as page:
        page.login("dealer", PASSWORD, "trust")
        page.open_page("/trust")
        page.page.get_by_test_id("trust-rules-count").wait_for()
        page.page.get_by_test_id("trust-classes").wait_for()
        shows_what_it_was_told(page, told)
        assert page.serious() == []
        assert page.page.evaluate("document.documentElement.scrollWidth") <= PHONE[0]
        assert page.problems == []
