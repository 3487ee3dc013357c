"""The shift page in a real browser: what is left, the load, and the note from the leaving shift to the coming one."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import httpx
import pytest
from playwright.sync_api import Browser, Page, expect
from psycopg.types.json import Jsonb

from storage.ids import uuid7
from tests.api.world import PASSWORD, World
from tests.dashboards.conftest import ConsoleServer
from tests.dashboards.console_page import PHONE, ConsolePage, console_in

pytestmark = [pytest.mark.browser, pytest.mark.slow]
ALWAYS = {
    "weekdays": ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"],
    "from": "00:00",
    "to": "24:00",
}
NOTE = "The crane waits for its part."


def now() -> datetime:
    return datetime.now(UTC)


@pytest.fixture(scope="module")
def shift(world: World) -> str:
    """A roster with the expert on duty, thirteen alarms within ten minutes and one held back; the roster's id."""
    roster = uuid7()
    expert = world.conn.execute("SELECT public_id FROM app_user WHERE login = 'expert'").fetchone()
    assert expert is not None
    world.conn.execute(
        "WITH made AS (INSERT INTO roster (public_id, organisation_id, name, time_zone) "
        "VALUES (%(roster)s, %(ecc)s, 'Control centre', 'UTC') RETURNING roster_id) "
        "INSERT INTO duty_seat (public_id, roster_id, organisation_id, place, name, role, shifts) "
        "SELECT %(seat)s, roster_id, %(ecc)s, 0, 'Seat 1', 'expert', %(shifts)s FROM made",
        {
            "roster": roster,
            "seat": uuid7(),
            "ecc": world.organisations["platform"],
            "shifts": Jsonb([ALWAYS | {"people": [str(expert[0])]}]),
        },
    )
    for n in range(12):
        world.alarm(
            "crane",
            key="low_fuel" if n else "brake_worn",
            severity="low",
            state="cleared",
            lifecycle="returned_unacknowledged",
            raised_at=now() - timedelta(minutes=31, seconds=n),
        )
    world.alarm("digger", key="low_oil_pressure", severity="critical", raised_at=now() - timedelta(minutes=20))
    world.conn.execute("UPDATE app_user SET language = 'en', time_zone = 'Asia/Shanghai', version = version + 1")
    return str(roster)


@pytest.fixture(scope="module")
def colleague(console_server: ConsoleServer, world: World, shift: str) -> Iterator[httpx.Client]:
    """The lead, who leaves, by the API."""
    world.person("leaving", world.organisations["platform"], "lead")
    with httpx.Client(base_url=console_server.address) as http:
        signed = http.post("/api/v1/auth/login", json={"login": "leaving", "password": PASSWORD}).raise_for_status()
        http.headers["authorization"] = f"Bearer {signed.json()['token']}"
        http.cookies.clear()
        yield http


@pytest.fixture(scope="module")
def page(browser: Browser, console_server: ConsoleServer, colleague: httpx.Client) -> Iterator[Page]:
    """The page, on which one note of the leaving lead waits."""
    body = {"note": NOTE, "from_at": (now() - timedelta(hours=8)).isoformat()}
    colleague.post("/api/v1/hand-over-notes", json=body).raise_for_status()
    with console_in(browser, console_server.address) as console:
        console.login("expert", PASSWORD, "shift?span=24h")
        console.page.get_by_test_id("rate-hour").wait_for()
        yield console.page
        assert console.problems == []


def test_what_is_left_and_the_load_are_the_apis_numbers(page: Page, colleague: httpx.Client) -> None:
    left = colleague.get("/api/v1/alarm-hand-over").raise_for_status().json()
    since = (now() - timedelta(hours=24)).isoformat()
    load = colleague.get("/api/v1/alarm-load", params={"from": since}).raise_for_status().json()
    expect(page.get_by_test_id("left-unacknowledged").locator("b")).to_have_text(
        str(left["standing"]["unacknowledged"])
    )
    assert (left["standing"]["active"], len(left["to_answer"])) == (1, 12)
    ten = page.get_by_test_id("rate-ten-minutes")
    expect(ten.locator("b")).to_have_text(f"{load['ten_minutes']['mean']:.2f}".rstrip("0").rstrip("."))
    expect(ten).to_contain_text(f"peak {load['ten_minutes']['peak']:g}")
    top = page.locator('tr[data-source="low_fuel"] td').first
    expect(top).to_have_text(str(next(one["alarms"] for one in load["top"] if one["source_key"] == "low_fuel")))
    expect(page.locator('tr[data-severity="critical"] td').first).to_have_text("1")
    expect(page.locator(".plot canvas")).to_be_visible()
    expect(page.get_by_test_id("duty")).to_contain_text("expert")


def test_the_leaving_shifts_note_is_taken_over_and_the_next_one_written(
    page: Page, colleague: httpx.Client, shift: str
) -> None:
    note = page.locator("[data-note]").filter(has_text=NOTE)
    expect(note).to_contain_text("leaving")
    expect(note).to_contain_text("1 active, 1 unacknowledged")
    note.get_by_test_id("confirm-note").click()
    expect(note).to_contain_text("Taken over by expert")
    page.goto(page.url.split("?")[0] + f"?span=turn&roster={shift}")
    page.get_by_label("For the next shift").fill("Nothing waits.")
    page.get_by_test_id("write-note").click()
    own = page.locator("[data-note]").filter(has_text="Nothing waits.")
    expect(own).to_contain_text("Waits for whoever takes over")
    expect(own.get_by_test_id("confirm-note")).to_have_count(0)
    kept = colleague.get("/api/v1/hand-over-notes", params={"roster": shift}).raise_for_status().json()["items"]
    assert [(one["note"], one["written_by"], one["place"]) for one in kept] == [
        ("Nothing waits.", "expert", "Control centre")
    ]


def test_what_is_solved_remotely_is_the_apis_share_with_its_meaning(
    page: Page, colleague: httpx.Client, world: World
) -> None:
    ways = ["remote", "remote", "remote", "visit", "visit", None]
    findings = world.conn.execute("SELECT finding_id FROM alarm WHERE finding_id IS NOT NULL LIMIT 7").fetchall()
    for (finding,), solved in zip(findings, [*ways, "remote"], strict=True):
        verdict = "true_fault" if finding != findings[-1][0] else "nuisance"  # what is no problem counts for nobody
        world.conn.execute(
            "INSERT INTO finding_verdict (public_id, finding_id, verdict, solved, given_at, by_name) "
            "VALUES (%s, %s, %s, %s, now(), 'me')",
            [uuid7(), finding, verdict, None if verdict == "nuisance" else solved],
        )
    page.goto(page.url.split("?")[0] + "?span=12h")
    since = (now() - timedelta(hours=12)).isoformat()
    told = colleague.get("/api/v1/remote-resolution", params={"from": since}).raise_for_status().json()
    assert (told["problems"], told["remotely"], told["by_visit"], told["unsolved"]) == (6, 3, 2, 1)
    share = page.get_by_test_id("remote-share")
    expect(share.locator("b")).to_have_text(f"{told['share']:.0%}")
    expect(share).to_contain_text(f"goal {told['goal']:.0%}")
    for part, name in (("remotely", "remotely"), ("by_visit", "by-visit"), ("unsolved", "unsolved")):
        expect(page.get_by_test_id(f"remote-{name}").locator("b")).to_have_text(str(told[part]))
    share.get_by_role("button", name="What “Solved remotely” means").focus()
    expect(page.get_by_role("tooltip")).to_contain_text("by a visit")


def test_a_time_tells_the_machines_clock_to_keys_and_pointer(page: Page, world: World) -> None:
    site = world.conn.execute(
        "INSERT INTO site (public_id, name, time_zone, organisation_id, created_at, updated_at) "
        "VALUES (gen_random_uuid(), 'Pit', 'America/Lima', %s, now(), now()) RETURNING site_id",
        [world.organisations["north"]],
    ).fetchone()
    assert site is not None
    world.conn.execute("UPDATE machine SET site_id = %s WHERE name = 'digger'", [site[0]])
    page.reload()
    row = page.locator(".shift-alarm").filter(has_text="digger")
    row.locator("time").hover()
    told = page.locator("#time-tip")
    expect(told).to_contain_text("At the machine: ")
    expect(told).to_contain_text("GMT-5")
    page.mouse.move(2, 2)
    expect(told).to_have_count(0)
    row.locator("a").focus()
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("Tab")
    expect(told).to_contain_text("GMT-5")
    assert row.locator("a").get_attribute("aria-describedby") == "time-tip"
    page.keyboard.press("Escape")
    expect(told).to_have_count(0)
    page.locator(".page-aside time").first.focus()  # stands alone: a stop of its own
    page.keyboard.press("Shift")
    assert page.evaluate("document.activeElement.tagName") == "TIME"


def test_it_prints_without_what_is_no_report(page: Page) -> None:
    page.emulate_media(media="print")
    expect(page.locator(".nav")).to_be_hidden()
    expect(page.get_by_label("For the next shift")).to_be_hidden()
    expect(page.get_by_test_id("rate-day")).to_be_visible()
    page.emulate_media(media="screen")


@pytest.mark.parametrize("appearance", ["light", "dark"])
def test_it_is_accessible_on_a_phone_in_both_languages(
    browser: Browser, console_server: ConsoleServer, colleague: httpx.Client, appearance: str
) -> None:
    with console_in(browser, console_server.address, size=PHONE, appearance=appearance) as console:
        console.login("expert", PASSWORD, "shift")
        console.page.get_by_test_id("rate-day").wait_for()
        assert console.serious("main") == []
        assert console.page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        _speaks_chinese(console)
        assert console.problems == []


def _speaks_chinese(console: ConsolePage) -> None:
    console.speak("zh-CN")
    expect(console.page.locator("h1")).to_have_text("班次")
    console.speak("en-US")


def test_whoever_is_signed_in_no_more_signs_in_again_and_comes_back(
    browser: Browser, console_server: ConsoleServer, colleague: httpx.Client
) -> None:
    with console_in(browser, console_server.address) as console:
        console.login("expert", PASSWORD, "account")
        console.wait_for_phase("live")
        expect(console.page.locator("main :is(.ant-skeleton, .page-loading)")).to_have_count(0)  # it asks for no more
        console.page.wait_for_timeout(500)
        console.page.context.clear_cookies()
        console.page.locator("nav.nav a[href='/shift']").click()
        console.page.wait_for_url("**/login")
        console.page.locator("input[autocomplete=username]").fill("expert")
        console.page.locator("input[type=password]").fill(PASSWORD)
        console.page.locator("button[type=submit]").click()
        console.page.wait_for_url("**/shift")
        console.page.get_by_test_id("rate-day").wait_for()
        assert [problem for problem in console.problems if "401" not in problem] == []


def test_an_owner_is_told_that_the_page_is_not_theirs(
    browser: Browser, console_server: ConsoleServer, colleague: httpx.Client
) -> None:
    with console_in(browser, console_server.address) as console:
        console.login("owner", PASSWORD, "shift")
        console.open_page("/shift")
        expect(console.page.get_by_text("The shift page is the control centre's")).to_be_visible()
        assert console.problems == []
