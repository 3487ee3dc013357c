"""The rules workshop in a real browser: from a mistake at its line over a replay of stored history to a live rule."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from playwright.sync_api import Browser, Locator, expect
from psycopg.types.json import Jsonb

from storage.ids import uuid7
from storage.pool import connect, url_of
from tests.api.world import CATALOGUE, PASSWORD, World
from tests.conftest import Database
from tests.dashboards.conftest import ConsoleServer
from tests.dashboards.console_page import PHONE, ConsolePage, console_in
from usecases.rules_in_force import enter_packaged_rules
from usecases.work_replays import work_replays

pytestmark = [pytest.mark.browser, pytest.mark.slow]
RULE = "low_oil_pressure"
expect.set_options(timeout=20_000)  # reading a hundred rules for the first time takes the API a second of a free core
ILL: dict[str, float | None] = {"engine_oil_pressure_kpa": 50.0, "engine_speed_rpm": 1500.0}
WELL: dict[str, float | None] = {"engine_oil_pressure_kpa": 350.0, "engine_speed_rpm": 1500.0}
FAULTS, NUISANCES = 10, 3
EDITS = """language = 1

[low_oil_pressure]
for = "25s"

[[low_oil_pressure.tests]]
name = "twenty seconds are too short"
readings = [
  { at = "0s", engine_oil_pressure_kpa = 60, engine_speed_rpm = 900 },
  { at = "20s", engine_oil_pressure_kpa = 60, engine_speed_rpm = 900 },
  { at = "24s", engine_oil_pressure_kpa = 300, engine_speed_rpm = 900 },
]
raises = []

[[low_oil_pressure.tests]]
name = "twenty-five seconds fire"
readings = [
  { at = "0s", engine_oil_pressure_kpa = 60, engine_speed_rpm = 900 },
  { at = "25s", engine_oil_pressure_kpa = 60, engine_speed_rpm = 900 },
  { at = "60s", engine_oil_pressure_kpa = 300, engine_speed_rpm = 900 },
]
raises = [{ from = "0s", held = "25s", to = "60s" }]
"""


@pytest.fixture(scope="module")
def site(world: World) -> World:
    """The shipped rules are live; oil pressure was low for minutes (confirmed) and for seconds (nuisances)."""
    now = datetime.now(UTC).replace(microsecond=0)
    with connect(url_of(world.conn), application="test") as conn:
        enter_packaged_rules(conn, CATALOGUE, now=now)
    start = now - timedelta(hours=3)
    for number in range(FAULTS + NUISANCES):
        name, is_fault = f"m{number}", number < FAULTS
        world.machine(name, owner="north")
        ill_s = range(300, 600 if is_fault else 316)
        rows = [(start + timedelta(seconds=s), ILL if s in ill_s else WELL) for s in range(0, 900, 5)]
        world.readings(name, rows)
        alarm = world.alarm(name, raised_at=start + timedelta(seconds=310), state="cleared")
        world.conn.execute(
            "INSERT INTO finding_verdict (public_id, finding_id, verdict, given_at, by_name) "
            "SELECT %s, finding_id, %s, now(), 'me' FROM alarm WHERE alarm_id = %s",
            [uuid7(), "true_fault" if is_fault else "nuisance", alarm],
        )
    world.conn.execute("UPDATE app_user SET language = 'en', time_zone = 'Asia/Shanghai', version = version + 1")
    return world


@pytest.fixture(scope="module")
def console(site: World, browser: Browser, console_server: ConsoleServer) -> Iterator[ConsolePage]:
    with console_in(browser, console_server.address) as page:
        page.login("expert", PASSWORD)
        page.page.wait_for_url(lambda url: "/login" not in url)
        yield page
        assert page.problems == []


def worked(database: Database) -> None:
    """What the process beside `ecc diagnose` does, in its database role."""
    with connect(database.url("ecc_diagnose"), application="test") as conn:
        conn.autocommit = True
        work_replays(conn, clock=lambda: datetime.now(UTC), say=lambda _: None, workers=1)


def asked(console: ConsolePage, path: str) -> Any:
    """What the API answers the page's viewer."""
    answer = console.page.request.get(f"{console.address}/api/v1/{path}")
    assert answer.ok, answer.text()
    return answer.json()


def go(console: ConsolePage, path: str) -> None:
    console.page.goto(f"{console.address}{path}")


def editor(console: ConsolePage) -> Locator:
    return console.page.get_by_test_id("rule-editor")


def wait_for_check(console: ConsolePage, *, wrong: int) -> None:
    """Until what is told of the text is of the text as it is."""
    console.page.locator(f'[data-testid=checks][data-fresh=true][data-wrong="{wrong}"]').wait_for()


def confirm(console: ConsolePage, act: str) -> str:
    """Do what the button asks to do, and tell what the page said would happen."""
    page = console.page
    page.get_by_test_id(f"act-{act}").click()
    page.get_by_test_id("confirm-differing" if act in {"promote", "rollback"} else "confirm").wait_for()
    said = page.get_by_test_id("confirm").inner_text()
    page.locator(".ant-modal-footer .ant-btn").last.click()
    page.get_by_test_id("confirm").wait_for(state="detached")
    return said


def forget_draft(console: ConsolePage) -> None:
    """What was typed, so that the next test begins anew."""
    drafts = "Object.keys(localStorage).filter(key => key.startsWith('ecc.rules'))"
    console.page.evaluate(f"{drafts}.forEach(key => localStorage.removeItem(key))")


def test_the_rules_in_force_tell_what_the_api_tells(console: ConsolePage) -> None:
    go(console, f"/rules?q={RULE}")
    row = console.page.locator(f'tr[data-row="{RULE}"]')
    expect(row).to_contain_text("Low engine oil pressure")
    since = (datetime.now(UTC) - timedelta(days=30)).strftime("%Y-%m-%dT%H:%M:%SZ")
    quality = asked(console, f"finding-quality?source_kind=rule&source_key={RULE}&from={since}")["items"]
    findings = sum(one["findings"] for one in quality)
    minutes = sum(one["false_alarm_minutes"] for one in quality)
    cells = row.locator("td.figure")
    expect(cells.nth(0)).to_have_text(str(findings))
    expect(cells.nth(1)).to_have_text(f"{FAULTS / (FAULTS + NUISANCES):.0%} {FAULTS}/{FAULTS + NUISANCES}")
    expect(cells.nth(2)).to_have_text(f"{minutes:g}")
    assert console.serious("main") == []
    row.click()
    console.page.wait_for_url(f"**/rules/rule/{RULE}")
    rule = asked(console, f"rule-sets/live/rules/{RULE}")
    expect(console.page.get_by_test_id("rule-when")).to_have_text(rule["when"])
    expect(console.page.get_by_test_id("tests-summary")).to_have_text(f"All {len(rule['tests'])} tests pass")
    assert console.serious("main") == []


def test_from_a_mistake_at_its_line_to_a_live_rule_and_back(
    console: ConsolePage, console_database: Database, site: World
) -> None:
    page = console.page
    go(console, f"/rules/rule/{RULE}")
    page.get_by_test_id("edit-rule").click()
    wait_for_check(console, wrong=0)
    _a_unit_error(console)
    assert console.serious("main") == []

    editor(console).fill(EDITS)
    wait_for_check(console, wrong=0)
    page.get_by_text("Tests", exact=True).click()
    expect(page.get_by_test_id("tests-summary")).to_have_text("All 2 tests pass")
    expect(page.locator("[data-testid=rule-test][data-passed=true]")).to_have_count(2)
    page.get_by_text("Changes", exact=True).click()
    expect(page.get_by_test_id("text-diff")).to_contain_text("25s")

    editor(console).press("Control+s")
    page.get_by_test_id("save-form").locator("input").fill("oil: less nervous")
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(r"/rules/sets/\d+$"))
    number = int(page.url.rpartition("/")[2])
    entered = asked(console, f"rule-sets/{number}")
    assert (entered["note"], entered["entered_by"], entered["role"]) == ("oil: less nervous", "expert", None)
    difference = page.locator(f"[data-rule={RULE}] [data-member=for]")
    expect(difference.locator("del")).to_contain_text("10s")
    expect(difference.locator("ins")).to_contain_text("25s")
    assert console.serious("main") == []

    _replay(console, console_database)

    _into_force_and_back(console, site, number)


def _into_force_and_back(console: ConsolePage, site: World, number: int) -> None:
    """The set in shadow, live, and the one of before live again."""
    page = console.page
    go(console, f"/rules/sets/{number}")
    shadow = confirm(console, "shadow")
    assert "raises no alarm" in shadow
    expect(page.locator(".rules-tag-shadow")).to_be_visible()
    before = asked(console, "rule-sets/live")["id"]
    said = confirm(console, "promote")
    assert (f"set {number} instead of set {before}" in said, "1 rule" in said, RULE in said) == (True, True, True)
    expect(page.locator(".rules-facts .rules-tag-live")).to_be_visible()
    assert asked(console, "rule-sets/live")["id"] == number
    said = confirm(console, "rollback")
    assert f"Set {before} is live again in place of set {number}" in said
    expect(page.locator(".rules-tag-before")).to_be_visible()
    assert asked(console, "rule-sets/live")["id"] == before
    switches = site.conn.execute(
        "SELECT role, rule_set_id, action, by_name FROM rule_set_switch ORDER BY switch_id"
    ).fetchall()
    assert switches[1:] == [
        ("shadow", number, "shadow", "expert"),
        ("shadow", None, "shadow", "expert"),
        ("live", number, "promote", "expert"),
        ("live", before, "rollback", "expert"),
    ]
    go(console, "/rules/sets")
    expect(page.get_by_test_id("rule-switches-list").locator("li")).to_have_count(5)


def _a_unit_error(console: ConsolePage) -> None:
    """Typed, seen at its line and word, and mended."""
    line = editor(console).locator(".cm-line").filter(has_text="engine_speed_rpm > 600").first
    line.click()
    console.page.keyboard.press("End")
    console.page.keyboard.press("ArrowLeft")
    console.page.keyboard.type(" degC")
    console.page.keyboard.press("Escape")  # what is offered for completion, or the editor
    wait_for_check(console, wrong=1)
    lines = editor(console).locator(".cm-line").all_inner_texts()
    problem = console.page.get_by_test_id("problem")
    expect(problem).to_contain_text("degC")
    number, column = (int(problem.get_attribute(name) or 0) for name in ("data-line", "data-column"))
    assert lines[number - 1][column - 1 :].startswith("600 degC")
    expect(line.locator(".cm-lintRange-error")).to_have_text("600")
    problem.click()
    console.page.keyboard.press("End")
    console.page.keyboard.press("ArrowLeft")
    for _ in " degC":
        console.page.keyboard.press("Backspace")
    wait_for_check(console, wrong=0)


def _replay(console: ConsolePage, database: Database) -> None:
    """Over the last day of all machines; what the page shows of it is what the API tells."""
    page = console.page
    page.get_by_test_id("ask-replay").click()
    page.get_by_test_id("replay-form").wait_for()
    page.locator(".ant-modal-footer .ant-btn").last.click()
    page.wait_for_url(re.compile(r"/rules/replays/\d+$"))
    expect(page.get_by_role("status").filter(has_text="It waits for a worker")).to_be_visible()
    worked(database)
    figures = page.get_by_test_id("replay-figures")
    figures.wait_for()
    number = page.url.rpartition("/")[2]
    done = asked(console, f"rule-replays/{number}")
    counts = done["summary"]["by_rule"][RULE]
    assert (done["state"], counts["gone"], counts["moved"]) == ("done", NUISANCES, FAULTS)
    changes = done["summary"]["changes"]
    for name in ("new", "gone", "moved", "regraded"):
        expect(figures.locator(f"[data-figure={name}] b")).to_have_text(str(changes.get(name, 0)))
    saved = done["summary"]["verdicts"]["nuisances"]["saved"]
    expect(figures.locator("[data-figure=saved] b")).to_have_text(str(saved))
    cells = page.locator(f"[data-testid=replay-by-rule] tr[data-rule={RULE}] td.figure")
    told = [str(counts.get(name, 0)) for name in ("live", "found", "new", "gone", "moved", "regraded")]
    expect(cells).to_have_text(told)
    listed = asked(console, f"rule-replays/{number}/findings?limit=1000")["items"]
    expect(page.locator("[data-testid=replay-one-by-one] tbody tr")).to_have_count(len(listed))
    expect(page.locator(".rules-picture")).to_be_visible()
    assert console.serious("main") == []


def test_what_is_typed_is_kept_and_leaving_is_asked(console: ConsolePage) -> None:
    page = console.page
    go(console, "/rules/edit?rule=low_fuel")
    wait_for_check(console, wrong=0)
    page.get_by_role("link", name="Rule sets").click()
    page.get_by_role("button", name="Stay").click()
    assert "/rules/edit" in page.url
    page.get_by_role("link", name="Rule sets").click()
    page.get_by_role("button", name="Leave").click()
    page.wait_for_url("**/rules/sets")
    page.get_by_role("link", name="Rules", exact=True).last.click()
    draft = page.get_by_test_id("draft")
    expect(draft).to_contain_text("kept in this browser only, since")
    since = draft.locator("time").get_attribute("datetime")
    page.get_by_role("link", name="Go on with the draft").first.click()
    expect(editor(console)).to_contain_text("[low_fuel]")
    kept = page.get_by_test_id("kept")
    expect(kept).to_contain_text("in this browser only, since")
    assert kept.locator("time").get_attribute("datetime") == since
    page.get_by_role("button", name="Discard").click()
    page.locator(".ant-modal-confirm-btns .ant-btn").last.click()
    expect(editor(console)).not_to_contain_text("[low_fuel]")


def test_modes_are_said_in_words(console: ConsolePage) -> None:
    rules = asked(console, "rule-sets/live")["rules"]
    key = next(one["key"] for one in rules if asked(console, f"rule-sets/live/rules/{one['key']}")["suppressed_in"])
    modes = asked(console, f"rule-sets/live/rules/{key}")["suppressed_in"]
    words = {one["code"]: one["en"] for one in asked(console, "codes/machine_modes")["items"]}
    go(console, f"/rules/rule/{key}")
    rests = console.page.locator(".rules-facts div").filter(has_text="Calls nobody in").locator("dd")
    expect(rests).to_have_text(" / ".join(words[mode] for mode in modes))


def test_without_a_model_the_page_says_what_to_do_and_with_one_shows_it(console: ConsolePage, site: World) -> None:
    go(console, "/rules/models")
    expect(console.page.locator(".rules-commands")).to_contain_text("./ecc train baseline --from 20")
    assert console.serious("main") == []
    site.conn.execute(
        "INSERT INTO detector (public_id, name, version, kind, model_id, sha256, card, machines, made_at, made_by) "
        "SELECT %s, 'baseline', 1, 'detector', model_id, 'f', %s, 5, now(), 'me' FROM machine WHERE name = 'digger'",
        [uuid7(), Jsonb({"rows": 4000, "signals": ["engine_oil_pressure_kpa"], "metrics": {"coverage": 0.99}})],
    )
    go(console, "/rules/models?which=all")
    row = console.page.get_by_test_id("detectors-list").locator("tbody tr")
    expect(row).to_contain_text("baseline v1")
    expect(row).to_contain_text("4,000 min of 5 machines")
    assert console.serious("main") == []


def test_completion_knows_signals_with_their_units(console: ConsolePage) -> None:
    go(console, "/rules/edit?rule=low_fuel")
    wait_for_check(console, wrong=0)
    line = editor(console).locator(".cm-line").filter(has_text="fuel_level_pct > 0").first
    line.click()
    console.page.keyboard.press("End")
    console.page.keyboard.press("ArrowLeft")
    console.page.keyboard.type(" and engine_coolant_t")
    offered = console.page.locator(".cm-tooltip-autocomplete li").first
    expect(offered).to_contain_text("engine_coolant_temp_degc")
    expect(offered.locator(".cm-completionDetail")).to_have_text("degC")
    console.page.keyboard.press("Control+z")
    console.page.keyboard.press("Escape")
    forget_draft(console)


def test_a_proposal_is_taken_over_into_the_editor(console: ConsolePage, console_database: Database) -> None:
    page = console.page
    go(console, "/rules/tunings")
    cost = page.locator(f"[data-testid=costly-rules] tr[data-rule={RULE}]")
    expect(cost.locator("td.figure").nth(1)).to_contain_text(f"({FAULTS}/{FAULTS + NUISANCES})")
    cost.get_by_test_id("ask-tuning").click()
    page.locator(".ant-modal-footer .ant-btn").last.click()
    page.wait_for_url(re.compile(r"/rules/tunings/\d+$"))
    worked(console_database)
    proposals = page.get_by_test_id("proposal")
    proposals.first.wait_for()
    told = asked(console, f"rule-tunings/{page.url.rpartition('/')[2]}")["result"]["proposals"]
    expect(proposals).to_have_count(len(told))
    kept = f"keeps {FAULTS} of {FAULTS} confirmed faults"
    saved = f"saves {len(told[0]['nuisances_saved'])} of {NUISANCES} nuisances"
    expect(proposals.first).to_contain_text(f"{kept} · {saved} · {told[0]['later_s']:g} s later")
    page.get_by_test_id("take-over").first.click()
    page.wait_for_url("**/rules/edit**")
    wait_for_check(console, wrong=0)
    expect(editor(console)).to_contain_text(f'for = "{told[0]["members"]["for"]}"')
    forget_draft(console)


def test_on_a_phone_and_in_chinese(site: World, browser: Browser, console_server: ConsoleServer) -> None:
    with console_in(browser, console_server.address, size=PHONE, appearance="dark") as console:
        console.login("expert", PASSWORD)
        console.page.wait_for_url(lambda url: "/login" not in url)
        console.speak("zh-CN")
        for path, words in (
            ("/rules", "生效规则"),
            ("/rules/edit?rule=low_fuel", "对随附规则的修改"),
            ("/rules/tunings", "误报成本"),
        ):
            go(console, path)
            expect(console.page.locator("h2").first).to_have_text(words)
            wide = console.page.evaluate("document.documentElement.scrollWidth > innerWidth")
            assert not wide, path
            assert console.serious("main") == []
        assert console.problems == []
