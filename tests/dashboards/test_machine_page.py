"""The list of machines and a machine's page in a real browser: what they show is what the API says."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from playwright.sync_api import Browser, expect

from tests.api.world import PASSWORD, World
from tests.dashboards.conftest import ConsoleServer
from tests.dashboards.console_page import AXE_RULES, PHONE, ConsolePage, console_in
from tests.dashboards.maintenance_rows import put_plan

pytestmark = [pytest.mark.browser, pytest.mark.slow]
expect.set_options(timeout=20_000)  # a page is loaded anew for each question, beside other work on two cores
MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)
NOW = datetime.now(UTC).replace(microsecond=0)
TABS = ("now", "chart", "brief", "trips", "faults", "service", "data", "record")


@pytest.fixture(scope="module", autouse=True)
def _lived(world: World) -> None:
    """A machine with readings of now and of last week, a drive, faults, an alarm, a plan and a gap."""
    world.conn.execute("UPDATE app_user SET language = 'en', time_zone = 'Asia/Shanghai', version = version + 1")
    drive = (NOW - 3 * timedelta(hours=1)).replace(second=0)
    rows: list[tuple[datetime, dict[str, float | None]]] = [
        (drive + m * MINUTE, {"latitude_deg": 31.2 + 0.003 * max(0, min(m, 22) - 12), "longitude_deg": 121.4})
        for m in range(40)
    ]
    for shift in (timedelta(0), 7 * DAY):
        rows += [
            (NOW - shift - s * timedelta(seconds=5), {"engine_speed_rpm": 1500.0 + s, "engine_coolant_temp_degc": 80.0})
            for s in range(60)
        ]
    world.readings("digger", sorted(rows, key=lambda row: row[0]))
    world.conn.execute(  # no rollup is counted here: they are told to wait, so that the readings are looked up
        "INSERT INTO dirty_range (machine_id, from_at, to_at) VALUES (%s, %s, %s)",
        [world.machines["digger"], drive, drive + 40 * MINUTE],
    )
    last = {"engine_speed_rpm": 1500.0, "engine_coolant_temp_degc": 80.0, "engine_hours_h": 5123.4}
    world.state("digger", last | {"latitude_deg": 31.23, "longitude_deg": 121.4}, at=NOW)
    world.alarm("digger", key="low_oil_pressure", severity="critical", raised_at=NOW - 10 * MINUTE)
    world.conn.execute(
        "INSERT INTO fault_code VALUES (%s, 0, 100, 1, %s, %s, 4, true)",
        [world.machines["digger"], NOW - DAY, NOW - MINUTE],
    )
    put_plan(world.conn, world.machines["digger"])
    moved = (NOW - 10 * DAY).replace(second=0)  # the crane's last trip
    world.readings(
        "crane",
        [
            (moved + m * MINUTE, {"latitude_deg": 31.2 + 0.003 * max(0, min(m, 22) - 12), "longitude_deg": 121.4})
            for m in range(40)
        ],
    )
    world.conn.execute(
        "INSERT INTO dirty_range (machine_id, from_at, to_at) VALUES (%s, %s, %s)",
        [world.machines["crane"], moved, moved + 40 * MINUTE],
    )


@pytest.fixture(scope="module")
def console(browser: Browser, console_server: ConsoleServer, _lived: None) -> Iterator[ConsolePage]:
    with console_in(browser, console_server.address) as page:
        page.login("expert", PASSWORD)
        page.page.wait_for_url(lambda url: "/login" not in url)
        yield page
        assert page.problems == []


def api(console: ConsolePage, path: str) -> Any:
    answer = console.page.request.get(f"{console.address}/api/v1{path}")
    assert answer.ok, answer.text()
    return answer.json()


def opened(console: ConsolePage, world: World, tab: str, **more: str) -> str:
    """The machine's page at one of its parts; the machine's path in the API."""
    query = "".join(f"&{name}={value}" for name, value in more.items())
    console.page.goto(f"{console.address}/machines/{world.public['digger']}?tab={tab}{query}")
    expect(console.page.locator(".machine-tabs [aria-current=page]")).to_be_visible()
    return f"/machines/{world.public['digger']}"


def test_the_list_is_what_its_address_says_and_leads_to_the_machine(world: World, console: ConsolePage) -> None:
    page = console.page
    page.goto(f"{console.address}/machines")
    expect(page.get_by_test_id("machines-count")).to_have_text("2 of 2")
    page.get_by_role("button", name="With alarms").click()
    expect(page.locator("tr[data-row]")).to_have_count(1)
    assert "only=alarms" in page.url
    page.goto(f"{console.address}/machines?only=due&q=digg")
    row = page.locator("tr[data-row=digger]")
    expect(row).to_contain_text("due")
    page.goto(f"{console.address}/machines?q=crane")
    expect(page.locator("tr[data-row]")).to_have_count(1)
    page.goto(f"{console.address}/machines?sort=-name")
    expect(page.locator("tr[data-row]").first).to_have_attribute("data-row", "digger")
    page.locator("tr[data-row=digger]").focus()
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(f"/machines/{world.public['digger']}"))
    expect(page.get_by_role("heading", level=1)).to_have_text("digger")


def test_a_watched_reading_is_on_the_page_within_a_second_or_so(world: World, console: ConsolePage) -> None:
    path = opened(console, world, "now", watch="1")
    state = api(console, f"{path}/state")["signals"]
    row = console.page.locator("tr[data-signal=engine_hours_h]")
    expect(row).to_contain_text(f"{state['engine_hours_h']['value']:,.1f}")
    expect(console.page.locator("tr[data-reading]").first).to_be_visible()
    came = datetime.now(UTC)
    world.readings(
        "digger",
        [(came, {"engine_speed_rpm": 1777.0}), (came + timedelta(milliseconds=200), {"engine_speed_rpm": 1888.0})],
    )
    rows = console.page.locator("tr[data-reading]")
    expect(rows.nth(0)).to_contain_text("1,888")
    expect(rows.nth(1)).to_contain_text("1,777")
    expect(console.page.locator("tr[data-signal=engine_speed_rpm]")).to_contain_text("1,888")


def test_a_day_is_typed_digit_by_digit_and_what_stands_on_the_way_is_not_meant(
    world: World, console: ConsolePage
) -> None:
    opened(console, world, "faults")
    page, day = console.page, NOW - 11 * DAY
    field = page.get_by_label("Last day")
    field.focus()
    page.keyboard.type(f"{day:%m%d%Y}", delay=60)
    page.wait_for_url(re.compile(f"until={day:%Y-%m-%d}"))
    expect(field).to_have_value(f"{day:%Y-%m-%d}")
    page.keyboard.press("Tab")
    assert console.problems == []


def test_a_note_is_written_beside_the_chart_and_last_week_lies_behind_it(world: World, console: ConsolePage) -> None:
    path = opened(console, world, "chart", lastWeek="1")
    page = console.page
    expect(page.get_by_test_id("last-week")).to_contain_text("seven days before")
    expect(page.get_by_test_id("chart-legend")).to_contain_text("Engine speed")
    lane = page.get_by_test_id("notes-lane")
    box = lane.bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + box["width"] * 0.4, box["y"] + 10)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] * 0.6, box["y"] + 10)
    page.mouse.up()
    page.get_by_label("Note", exact=True).fill("Radiator washed")
    page.keyboard.press("Escape")
    page.get_by_role("dialog").get_by_role("button", name="Stay").click()
    until = page.get_by_label("Until (a span)")
    later = until.input_value()
    until.fill("2020-01-01T00:00:00")
    expect(page.locator(".note-form [role=alert]")).to_contain_text("ends before it begins")
    expect(page.get_by_test_id("note-save")).to_be_disabled()
    until.fill(later)
    page.get_by_test_id("note-save").click()
    expect(page.locator(".notes-list")).to_contain_text("Radiator washed")
    expect(lane.get_by_role("button")).to_have_text("Radiator washed")
    (note,) = api(console, f"{path}/notes")["items"]
    assert (note["text"], note["written_by"]) == ("Radiator washed", "expert")
    length = datetime.fromisoformat(note["to_at"]) - datetime.fromisoformat(note["from_at"])
    assert timedelta(seconds=45) < length < timedelta(seconds=75), "a fifth of five minutes"
    page.locator(".notes-list").get_by_role("button", name="Withdraw").click()
    page.get_by_role("tooltip").get_by_role("button", name="Withdraw").click()
    expect(page.locator("[data-note]")).to_have_count(0)


def test_trips_of_the_map_and_the_list_are_those_of_the_api(world: World, console: ConsolePage) -> None:
    path = opened(console, world, "trips", days="1")
    (trip,) = api(console, f"{path}/trips")["items"]
    row = console.page.locator("[data-trip]")
    expect(row).to_have_count(1)
    expect(row).to_contain_text(f"{trip['distance_m'] / 1000:.1f} km")
    expect(row).to_contain_text(f"{trip['driving_s'] / 60:.0f} min driving")
    expect(console.page.locator(".trips-map[data-drawn='1']")).to_be_visible(timeout=30_000)
    row.click()
    assert "trip=" in console.page.url


def test_days_without_a_trip_lead_to_the_last_one(world: World, console: ConsolePage) -> None:
    page, path = console.page, f"/machines/{world.public['crane']}"
    page.goto(f"{console.address}{path}?tab=trips")
    page.get_by_test_id("last-trip").click()
    expect(page.locator("[data-trip]")).to_have_count(1)
    first, last = (f"{NOW - days * DAY:%Y-%m-%dT%H:%M:%SZ}" for days in (12, 8))
    before = api(console, f"{path}/trips?from={first}&to={last}")
    began = datetime.fromisoformat(before["items"][0]["from_at"])
    assert page.locator("[data-trip]").get_attribute("data-trip") == str(round(began.timestamp() * 1000))


def joined(gaps: list[dict[str, Any]]) -> list[int]:
    """How many of the API's gaps each row of the page tells: neighbours of one reason, hardly heard in between."""
    rows: list[list[dict[str, Any]]] = []
    for gap in gaps:
        last = rows[-1][-1] if rows else None
        if last is not None and (last["reason"], last["detail"]) == (gap["reason"], gap["detail"]):
            between = datetime.fromisoformat(gap["from_at"]) - datetime.fromisoformat(last["to_at"])
            if between <= 5 * MINUTE:
                rows[-1].append(gap)
                continue
        rows.append([gap])
    return [len(row) for row in rows]


def test_faults_gaps_and_the_plan_say_what_the_api_says(world: World, console: ConsolePage) -> None:
    path = opened(console, world, "faults")
    page = console.page
    (fault,) = api(console, f"{path}/faults")["items"]
    told = page.locator(f"tr[data-fault='{fault['key']}']")
    for words in (f"SPN {fault['spn']} · FMI {fault['fmi']}", fault["text"]["en"], "Active", "4"):
        expect(told).to_contain_text(words)
    expect(page.locator("tr[data-alarm-row]")).to_have_count(1)
    opened(console, world, "data")
    missing = api(console, f"{path}/missing")
    for reason, minutes in missing["by_reason"].items():
        sign = page.locator(f"[data-missing={reason}]")
        if minutes:
            expect(sign).to_be_visible()
            assert abs(int(sign.get_attribute("data-minutes") or 0) - minutes) <= 2, "the span moves on by a minute"
    parts = "rows => rows.map(row => Number(row.dataset.parts))"
    assert page.locator("tr[data-reason]").evaluate_all(parts) == joined(missing["items"])[::-1]
    opened(console, world, "service")
    expect(page.get_by_test_id("meter-hours")).to_have_text("5,123.4 h")
    expect(page.locator("tr[data-item=oil]")).to_contain_text("due")


def test_work_is_recorded_with_its_check_list(world: World, console: ConsolePage) -> None:
    path = opened(console, world, "service")
    page = console.page
    page.get_by_role("button", name="Record: Yearly").click()
    page.get_by_text("to be watched", exact=True).click()
    page.get_by_label("Note on: Leaks").fill("swing motor")
    page.get_by_test_id("done-save").click()
    expect(page.locator("tr[data-done=year]")).to_contain_text("swing motor")
    (record,) = api(console, f"{path}/maintenance/done")["items"]
    assert record["checks"] == [{"code": "leaks", "result": "attention", "note": "swing motor"}]


def test_the_brief_and_the_record_are_the_apis(world: World, console: ConsolePage) -> None:
    path = opened(console, world, "brief", period="day")
    brief = api(console, f"{path}/brief?period=day")
    expect(console.page.get_by_test_id("brief-days")).to_contain_text(brief["from_day"])
    expect(console.page.get_by_test_id("brief-figures")).to_contain_text(f"{brief['numbers']['unheard_h']:.1f} h")
    paper = console.page.get_by_test_id("brief-csv").get_attribute("href") or ""
    assert "format=csv" in paper
    assert "period=day" in paper
    opened(console, world, "record")
    expect(console.page.locator(".panel-identity")).to_contain_text("PIN-digger")
    console.page.get_by_test_id("check-run").click()
    verdicts = {item["code"]: item["verdict"] for item in api(console, f"{path}/commissioning")["items"]}
    for code, verdict in verdicts.items():
        expect(console.page.locator(f"[data-check={code}]")).to_have_attribute("data-verdict", verdict)


@pytest.mark.parametrize("tab", [None, *TABS])
def test_axe_finds_nothing_serious_and_nothing_is_wider_than_a_phone(
    world: World, console: ConsolePage, tab: str | None
) -> None:
    page = console.page
    page.set_viewport_size({"width": PHONE[0], "height": PHONE[1]})
    try:
        if tab is None:
            page.goto(f"{console.address}/machines")
            expect(page.locator("tr[data-row]").first).to_be_visible()
        else:
            opened(console, world, tab)
            expect(page.locator(".page-body .panel").first).to_be_visible()
            expect(page.locator(".ant-skeleton")).to_have_count(0)
        assert console.serious("main", rules=(*AXE_RULES, "best-practice")) == []
        assert page.evaluate("document.documentElement.scrollWidth") <= PHONE[0]
    finally:
        page.set_viewport_size({"width": 1440, "height": 900})


def test_an_owner_is_offered_no_more_than_may_be(world: World, browser: Browser, console_server: ConsoleServer) -> None:
    with console_in(browser, console_server.address, language="zh-CN") as page:
        page.login("auditor", PASSWORD, f"machines/{world.public['digger']}?tab=service")
        expect(page.page.locator("tr[data-item=oil]")).to_be_visible()
        expect(page.page.get_by_test_id("done-new")).to_have_count(0)
        page.page.goto(f"{page.address}/machines/{world.public['digger']}?tab=trips&days=1")
        expect(page.page.locator(".notice-title")).to_be_visible()
        expect(page.page.locator("[data-trip]")).to_have_count(0)
        page.page.goto(f"{page.address}/machines/{world.public['crane']}")
        expect(page.page.locator("main .notice[role=status]")).to_be_visible()
        assert [one for one in page.problems if "404" not in one] == []
