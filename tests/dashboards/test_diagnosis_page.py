"""The diagnosis page in a real browser: from the alarm through two checks to a verdict, on a real diagnosis."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from uuid import UUID

import psycopg
import pytest
from playwright.sync_api import Browser, expect

from app.evidence_step import EvidenceStep
from storage.pool import connect
from tests.api.test_findings import HELD, rows
from tests.api.world import CATALOGUE, PASSWORD, World
from tests.conftest import Database
from tests.dashboards.conftest import ConsoleServer
from tests.dashboards.console_page import DESK, PHONE, ConsolePage, console_in
from tests.dashboards.waiting import until
from usecases.rules_in_force import enter_packaged_rules

pytestmark = [pytest.mark.browser, pytest.mark.slow]
OIL = "engine_oil_pressure_kpa"
PEERS = [f"peer{n}" for n in range(6)]
MINUTES = 15
expect.set_options(timeout=20_000)  # a page is loaded anew, beside other work on two cores


@pytest.fixture(scope="module")
def alarm(world: World, console_database: Database) -> UUID:
    """Low oil pressure on a machine that tells its oil level; five machines of its model and one more beside it."""
    with psycopg.connect(console_database.url("ecc_gateway")) as conn:
        enter_packaged_rules(conn, CATALOGUE, now=HELD)
    world.conn.execute("UPDATE app_user SET language = 'en', time_zone = 'Asia/Shanghai', version = version + 1")
    world.readings("digger", rows())
    begin = HELD.replace(second=0) - timedelta(minutes=MINUTES)
    for n, name in enumerate(PEERS):
        world.machine(name, owner="north")
        for minute in range(MINUTES):
            for key, value in ((OIL, 300.0 + 10 * n), ("engine_speed_rpm", 1600.0)):
                world.conn.execute(
                    "INSERT INTO rollup_1m (machine_id, signal_id, bucket_at, n, min, max, sum, first, last) "
                    "VALUES (%s, %s, %s, 60, %s, %s, %s, %s, %s)",
                    [
                        *(world.machines[name], CATALOGUE[key].id, begin + timedelta(minutes=minute)),
                        *(value, value, 60 * value, value, value),
                    ],
                )
    version = world.conn.execute("SELECT version FROM rule_set").fetchone()
    raised = world.alarm("digger", raised_at=HELD, lifecycle="active_unacknowledged")
    world.conn.execute("UPDATE finding SET version = %s", version)
    make_evidence(console_database)
    return raised


def make_evidence(database: Database) -> None:
    """Of every finding that has none."""
    step = EvidenceStep()
    with connect(database.url("ecc_diagnose"), application="test") as conn:
        conn.autocommit = True
        while step(conn, HELD):
            pass


@pytest.fixture(scope="module")
def console(browser: Browser, console_server: ConsoleServer, alarm: UUID) -> Iterator[ConsolePage]:
    with console_in(browser, console_server.address, size=DESK) as page:
        page.login("expert", PASSWORD, f"alarms/{alarm}")
        page.page.get_by_test_id("cause-list").wait_for()
        yield page
        assert page.problems == []


def told(console: ConsolePage, path: str, **query: str) -> Any:
    """What the API says to whoever is signed in."""
    answer = console.page.context.request.get(f"{console.address}/api/v1{path}", params=query)
    assert answer.ok, answer.text()
    return answer.json()


def finding_of(console: ConsolePage, alarm: UUID) -> str:
    return str(told(console, f"/alarms/{alarm}")["finding_id"])


def shown_causes(console: ConsolePage) -> list[tuple[str, float]]:
    causes = console.page.locator("[data-cause][data-share]")
    found = causes.evaluate_all("all => all.map(one => [one.dataset.cause, Number(one.dataset.share)])")
    return [(key, share) for key, share in found]


def causes_of(guide: Any) -> list[tuple[str, float]]:
    return [(cause["key"], cause["share"]) for cause in guide["causes"]]


def assert_accessible(console: ConsolePage) -> None:
    settled = "document.getAnimations().every(one => one.playState !== 'running')"
    until(lambda: console.page.evaluate(settled), within_s=10)
    assert console.serious("main") == []
    assert console.page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_the_page_says_what_the_api_says(console: ConsolePage, alarm: UUID) -> None:
    finding = finding_of(console, alarm)
    detail, guide = told(console, f"/findings/{finding}"), told(console, f"/findings/{finding}/guide")
    expect(console.page.get_by_test_id("owner-sentence")).to_contain_text(detail["diagnosis"]["owner"]["en"])
    assert shown_causes(console) == causes_of(guide)
    assert shown_causes(console)[0][0] == "oil_level_low"
    expect(console.page.get_by_test_id("customer-text")).to_have_value(
        f"digger: {detail['text']['en']}. {detail['diagnosis']['owner']['en']}"
    )
    expect(console.page.locator("[data-testid=signals] .chart-panels")).to_have_attribute(
        "aria-label", re.compile("< 100 kPa")
    )
    expect(console.page.get_by_test_id("peers")).to_contain_text("80 % of 6 excavator-1 at work")
    label = console.page.locator("[data-testid=signals] .chart-panels").get_attribute("aria-label") or ""
    assert "rpm" not in label, "that the engine runs is no limit of the alarm"
    machine = str(detail["machine"]["id"])
    clocks = console.page.locator("main time").evaluate_all("all => all.map(one => one.dataset.machine)")
    assert clocks, "times, each with whose clock it is by"
    assert set(clocks) == {machine}
    for place in (".causes", "[data-testid=check-now]", "[data-testid=signals]", "[data-testid=diagnosis-actions]"):
        box = console.page.locator(place).first.bounding_box()
        assert box is not None
        assert box["y"] + min(box["height"], 100) <= DESK[1], f"{place} lies below the fold"
    assert_accessible(console)


def test_any_stretch_is_asked_anew_without_a_reload(console: ConsolePage) -> None:
    page = console.page
    page.evaluate("window.stillTheSamePage = true")
    resolution = page.get_by_test_id("chart-resolution")
    expect(resolution).to_contain_text("Every reading")
    with page.expect_response(lambda answer: "/readings" in answer.url) as asked:
        page.locator("[data-testid=signals] .ant-segmented-item", has_text="90 d").click()
    assert asked.value.json()["resolution"] == "1h"
    expect(resolution).to_contain_text("1-h rollup")
    assert "from=" in page.url
    page.get_by_test_id("chart-live").click()
    expect(resolution).to_contain_text("Every reading")
    assert page.evaluate("window.stillTheSamePage") is True


def test_what_is_not_made_yet_is_waited_for_and_not_asked(
    world: World, console: ConsolePage, console_database: Database, alarm: UUID
) -> None:
    """A fault code that came just now: nothing is asked in vain until the evidence is there."""
    waits = world.alarm("digger", key="0/100/1", kind="dtc", raised_at=HELD, evidence={})
    page = console.page
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(f"{console.address}/alarms/{waits}")
    expect(page.get_by_test_id("diagnosis-stands")).to_be_visible()
    until(lambda: sum("/findings/" in url for url in asked) > 1, within_s=15)
    assert [url for url in asked if url.endswith(("/evidence", "/guide"))] == []
    assert page.get_by_test_id("cause-list").count() == 0
    make_evidence(console_database)
    expect(page.get_by_test_id("cause-list")).to_be_visible()
    assert told(console, f"/findings/{finding_of(console, waits)}")["evidence"] == "made"
    page.goto(f"{console.address}/alarms/{alarm}")
    page.get_by_test_id("cause-list").wait_for()


def test_two_answers_by_keyboard_reorder_the_causes_as_the_api_says(console: ConsolePage, alarm: UUID) -> None:
    page, finding = console.page, finding_of(console, alarm)
    page.locator("main").focus()
    for key, given in (("n", 1), ("y", 2)):
        asked = page.get_by_test_id("check-now").get_attribute("data-cause")
        page.keyboard.press(key)
        expect(page.locator("[data-testid=checks-given] > li")).to_have_count(given)
        guide = told(console, f"/findings/{finding}/guide")
        assert guide["version"] == given
        assert (guide["answers"][0]["cause"], guide["answers"][0]["answer"]) == (asked, "no" if given == 1 else "yes")
        assert shown_causes(console) == causes_of(guide)
    assert shown_causes(console)[0][0] == asked
    assert asked != "oil_level_low"
    first = page.locator("[data-cause]").first
    page.keyboard.press("1")
    expect(first.locator(".cause-head")).to_have_attribute("aria-expanded", "true")


def test_a_hand_over_keeps_it_on_a_sheet(console: ConsolePage, alarm: UUID) -> None:
    page = console.page
    page.keyboard.press("h")
    page.get_by_test_id("visit-dialog").get_by_label("Note").fill("Gate 3.")
    page.locator(".ant-modal-footer .ant-btn-primary").click()
    sheet = page.get_by_test_id("visit-sheet")
    expect(sheet).to_contain_text("Gate 3.")
    made = told(console, f"/alarms/{alarm}/visit-hand-overs")["items"][0]
    for named in [*made["causes"], *made["parts"], *made["tools"]]:
        expect(sheet).to_contain_text(named["text"]["en"])
    assert len(made["answers"]) == 2
    evidence = told(console, f"/findings/{finding_of(console, alarm)}/evidence")
    oil = next(one for one in evidence["freeze_frame"] if one["key"] == OIL)
    expect(sheet.locator(f"tr[data-measured={OIL}]")).to_contain_text(f"{int(oil['value'] + 0.5)} kPa")
    expect(sheet.locator(f"tr[data-measured={OIL}]")).to_contain_text("< 100 kPa")
    expect(sheet.locator(f"[data-plot={OIL}] path")).to_have_count(3)  # when it held, its limit, its curve
    for_it = next(cause["speaks_for"] for cause in evidence["diagnosis"]["causes"] if cause["speaks_for"])
    expect(sheet).to_contain_text(for_it[0]["text"]["en"])
    expect(sheet).to_contain_text("North")
    assert_accessible(console)
    paper = page.pdf(prefer_css_page_size=True)
    assert len(re.findall(rb"/Type\s*/Page\b", paper)) == 1, "one sheet of A4"
    page.get_by_role("link", name="Back to the alarm").focus()
    page.keyboard.press("Escape")
    expect(page.get_by_test_id("alarm-history")).to_contain_text("handed over for a visit")
    expect(page.get_by_test_id("diagnosis-handed")).to_contain_text("expert")


def test_it_is_acknowledged_and_resolved_remotely_and_the_alarm_shows_it(console: ConsolePage, alarm: UUID) -> None:
    page = console.page
    page.keyboard.press("a")
    expect(page.get_by_test_id("diagnosis-stands")).to_have_text("active, acknowledged")
    page.keyboard.press("r")
    dialog = page.get_by_test_id("resolve-dialog")
    dialog.get_by_label("Part or cause").fill("oil pump")
    dialog.get_by_label("When it failed").fill("2026-11-21T09:30")
    dialog.get_by_label("What helped").fill("Oil of the right grade.")
    page.locator(".ant-modal-footer .ant-btn-primary").click()
    verdicts = page.get_by_test_id("alarm-verdicts")
    expect(verdicts).to_contain_text("true fault")
    expect(verdicts).to_contain_text("solved remotely")
    given = told(console, f"/findings/{finding_of(console, alarm)}/verdicts")["items"][0]
    assert (given["verdict"], given["part"], given["solved"]) == ("true_fault", "oil pump", "remote")
    assert given["failed_at"] == "2026-11-21T01:30:00Z", "by the viewer's clock, in Shanghai"
    share = told(console, "/remote-resolution")
    assert (share["problems"], share["remotely"], share["share"], share["handed_over"]) == (1, 1, 1.0, 1)
    expect(page.get_by_test_id("alarm-history")).to_contain_text("verdict given")
    page.locator("main").focus()
    page.keyboard.press("Escape")
    page.wait_for_url("**/alarms")


def test_on_a_phone_in_chinese_and_dark_it_is_whole(
    world: World, browser: Browser, console_server: ConsoleServer, alarm: UUID
) -> None:
    world.conn.execute("UPDATE app_user SET language = 'zh', version = version + 1 WHERE login = 'owner'")
    with console_in(browser, console_server.address, size=PHONE, appearance="dark", language="zh-CN") as phone:
        phone.login("owner", PASSWORD, f"alarms/{alarm}")
        phone.page.get_by_test_id("cause-list").wait_for()
        expect(phone.page.get_by_test_id("check-now")).to_contain_text("由控制中心和经销商回答")
        assert phone.page.locator("[data-testid=diagnosis-resolve], [data-testid=check-yes]").count() == 0
        assert_accessible(phone)
        assert phone.problems == []
