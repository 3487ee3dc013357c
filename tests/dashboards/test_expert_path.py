"""The expert's whole path on the real stack: a machine's oil gets hot, the desk shows it within seconds, it is
acknowledged, diagnosed, guided and solved without a visit; its owner was told and sees it on a phone."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, expect

from tests.api.world import PASSWORD, World
from tests.conftest import Database
from tests.dashboards.console_page import PHONE, ConsolePage, console_in
from tests.e2e.stack import Stack, eventually, stack_on
from tests.e2e.test_notices import peopled, start_sender
from tests.notice_stand import MailServer, mail_server

pytestmark = [pytest.mark.browser, pytest.mark.slow]
expect.set_options(timeout=20_000)
RULE, TEMPERATURE = "hydraulic_oil_overheat", "hydraulic_oil_temp_degc"
LIMIT_DEGC, HOT_S = 95.0, 10  # the rule's limit, and how long it must be passed
BEFORE_S = 600  # of the machine's past are published at once, so that its causes can be judged
DESK_WITHIN_S = 10.0  # the aim is 2 s with nothing else at work; other tests run beside this one
# When the page shows the alarm, by its own clock: asking from outside takes time itself.
WATCH = """source => {
    const look = () => {
        if (window.shownAt === undefined && document.querySelector(`[data-alarm][data-source="${source}"]`))
            window.shownAt = Date.now()
    }
    new MutationObserver(look).observe(document.body, { childList: true, subtree: true, attributes: true })
    look()
}"""


class HotMachine:
    """A digger at work whose hydraulic oil warms by 1 K in 50 s; its terminal publishes every second."""

    def __init__(self, stack: Stack) -> None:
        self._stack, self._seq = stack, 0
        self._cooled, self._ended = threading.Event(), threading.Event()
        self._thread = threading.Thread(target=self._live, name="hot machine")
        self.fulfilled_at_s = 0.0  # when the sample was published that fulfils the rule

    def start(self) -> None:
        """Publish the past up to seven seconds above the limit, then live."""
        self._began_s = int(time.time()) - HOT_S + 3  # the first second above the limit
        first = self._began_s - BEFORE_S
        self._publish(*range(first, int(time.time())))
        self._thread.start()

    def cool(self) -> None:
        """Somebody has cleaned the cooler."""
        self._cooled.set()

    def stop(self) -> None:
        self._ended.set()
        self._thread.join(10)

    def _live(self) -> None:
        second = int(time.time())
        while not self._ended.wait(max(0.0, second - time.time())):
            self._publish(second)
            if second == self._began_s + HOT_S:
                self.fulfilled_at_s = time.time()
            second += 1

    def _publish(self, *seconds: int) -> None:
        signals: dict[str, list[float]] = {
            TEMPERATURE: [self._oil_degc(second) for second in seconds],
            "engine_speed_rpm": [1800.0] * len(seconds),
            "engine_load_pct": [70.0] * len(seconds),
            "hydraulic_pressure_kpa": [23_000.0] * len(seconds),
            "engine_coolant_temp_degc": [88.0] * len(seconds),
            "fuel_level_pct": [64.0] * len(seconds),
        }
        message = {"boot": "1", "seq": self._seq, "t": [1000 * second for second in seconds], "signals": signals}
        self._stack.publish("ecc/v1/T-DIGGER/telemetry", message)
        self._seq += 1

    def _oil_degc(self, second: int) -> float:
        return 60.0 if self._cooled.is_set() else LIMIT_DEGC + 0.02 * (second - self._began_s + 1)


@pytest.fixture(scope="module")
def mail() -> Iterator[MailServer]:
    with mail_server() as server:
        yield server


@pytest.fixture(scope="module")
def stack(
    console_database: Database,
    console_dist: object,
    mail: MailServer,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Stack]:
    """Gateway, API with the console, diagnose and sender, each a process; people, and a machine with its terminal."""
    with stack_on(console_database.servers, console_database.name, tmp_path_factory.mktemp("path")) as made:
        world = peopled(made)
        _settle(world)
        for process in (made.gateway, made.api, made.diagnose):
            process.begin()
        start_sender(made, mail)
        for process in (made.gateway, made.api, made.diagnose, made.sender):
            process.wait_until_ready()
        yield made
        world.conn.close()


def _settle(world: World) -> None:
    world.conn.execute("UPDATE app_user SET time_zone = 'Asia/Shanghai'")
    world.conn.execute("UPDATE app_user SET language = 'zh' WHERE login = 'owner'")


@pytest.fixture(scope="module")
def console(browser: Browser, stack: Stack) -> Iterator[ConsolePage]:
    """The expert before an empty desk, whose line is live."""
    with console_in(browser, stack.api_url, moving=True) as page:
        page.login("expert", PASSWORD)
        page.page.wait_for_url("**/overview")
        page.open_page("/alarms")
        page.page.mouse.move(2, 2)  # a pointer on the list would hold it still
        yield page
        assert page.problems == []


@pytest.fixture(scope="module")
def machine(stack: Stack, console: ConsolePage) -> Iterator[HotMachine]:
    """It starts when the expert is there."""
    made = HotMachine(stack)
    console.page.evaluate(WATCH, RULE)
    made.start()
    yield made
    made.stop()


@pytest.fixture(scope="module")
def alarm(stack: Stack, machine: HotMachine) -> dict[str, str]:
    """The ids of the alarm and its finding, as soon as the diagnosis is made."""
    found = "SELECT alarm_id::text, finding_id::text FROM alarm WHERE source_key = %s"
    made = "SELECT 1 FROM finding_evidence WHERE source_key = %s AND pack IS NOT NULL"
    assert eventually(lambda: stack.rows(made, RULE) != [], 60.0), stack.diagnose.log.read_text()[-2000:]
    ((alarm_id, finding_id),) = stack.rows(found, RULE)
    return {"alarm": alarm_id, "finding": finding_id}


def told(console: ConsolePage, path: str) -> Any:
    """What the API says to whoever is signed in."""
    answer = console.page.context.request.get(f"{console.address}/api/v1{path}")
    assert answer.ok, answer.text()
    return answer.json()


def shown_causes(console: ConsolePage) -> list[tuple[str, float]]:
    read = "all => all.map(one => [one.dataset.cause, Number(one.dataset.share)])"
    return [(key, share) for key, share in console.page.locator("[data-cause][data-share]").evaluate_all(read)]


def test_it_is_on_the_desk_within_seconds_of_what_was_published(
    console: ConsolePage, machine: HotMachine, record_property: Callable[[str, object], None]
) -> None:
    row = console.wait_for_alarm("digger", RULE, within_s=30)
    expect(row).to_contain_text("Hydraulic oil overheating")
    assert eventually(lambda: machine.fulfilled_at_s > 0.0, 5.0)
    took_s = console.page.evaluate("window.shownAt") / 1000 - machine.fulfilled_at_s
    record_property("on_the_desk_after_s", round(took_s, 2))
    print(f"on the desk {took_s:.2f} s after the rule was fulfilled")  # noqa: T201 - a measurement, shown with -s
    assert took_s < DESK_WITHIN_S


def test_it_is_acknowledged_and_opened_by_keyboard(
    stack: Stack, console: ConsolePage, machine: HotMachine, alarm: dict[str, str]
) -> None:
    keyboard = console.page.keyboard
    keyboard.press("j")
    expect(console.alarm("digger", RULE).first).to_be_focused()
    keyboard.press("a")
    expect(console.alarm("digger", RULE).first).to_have_attribute("data-acknowledged", "true")
    by = "SELECT kind, actor FROM alarm_transition WHERE alarm_id = %s AND kind = 'acknowledged'"
    assert stack.rows(by, alarm["alarm"]) == [("acknowledged", "expert")]
    keyboard.press("d")
    console.page.wait_for_url(f"**/alarms/{alarm['alarm']}*")


def test_a_check_that_is_answered_ranks_the_causes_as_the_api_does(console: ConsolePage, alarm: dict[str, str]) -> None:
    page, path = console.page, f"/findings/{alarm['finding']}/guide"
    page.get_by_test_id("cause-list").wait_for()
    detail, before = told(console, f"/findings/{alarm['finding']}"), told(console, path)
    expect(page.get_by_test_id("owner-sentence")).to_contain_text(detail["diagnosis"]["owner"]["en"])
    assert shown_causes(console) == [(one["key"], one["share"]) for one in before["causes"]]
    assert before["causes"][0]["key"] == "hydraulic_cooler_blocked"
    asked = page.get_by_test_id("check-now").get_attribute("data-cause")
    page.locator("main").focus()
    page.keyboard.press("y")
    expect(page.locator("[data-testid=checks-given] > li")).to_have_count(1)
    after = told(console, path)
    assert (after["version"], after["answers"][0]["cause"], after["answers"][0]["answer"]) == (1, asked, "yes")
    assert after["causes"][0]["key"] == asked
    assert after["causes"] != before["causes"]
    assert shown_causes(console) == [(one["key"], one["share"]) for one in after["causes"]]


def test_the_owner_was_told_and_sees_it_on_a_phone_in_chinese(
    browser: Browser, stack: Stack, mail: MailServer, alarm: dict[str, str]
) -> None:
    assert eventually(lambda: len(mail.of("owner")) == 1), stack.sender.log.read_text()[-2000:]
    subject = mail.of("owner")[0].subject
    assert "液压油温度过高" in subject
    with console_in(browser, stack.api_url, size=PHONE, language="zh-CN") as phone:
        phone.login("owner", PASSWORD)
        phone.page.wait_for_url("**/mine")
        needs = phone.page.get_by_test_id("needs")
        expect(needs).to_contain_text("液压油温度过高")
        expect(needs).to_contain_text("已有人跟进")  # the expert has it
        assert phone.page.evaluate("document.documentElement.scrollWidth") == PHONE[0]
        assert phone.serious() == []
        phone.open_page("/mine/notices")
        notice = phone.page.get_by_test_id("notices").locator("li").first
        expect(notice).to_contain_text(subject)
        notice.locator("summary").click()
        expect(notice).to_contain_text(told(phone, "/notices")["items"][0]["body"].splitlines()[0])
        assert phone.serious() == []
        assert phone.problems == []


def test_it_is_solved_without_a_visit_and_the_desk_shows_it(
    console: ConsolePage, machine: HotMachine, alarm: dict[str, str]
) -> None:
    page = console.page
    page.locator("main").focus()
    page.keyboard.press("r")
    dialog = page.get_by_test_id("resolve-dialog")
    dialog.get_by_label("Part or cause").fill("oil cooler")
    dialog.get_by_label("What helped").fill("The operator blew the cooler out.")
    page.locator(".ant-modal-footer .ant-btn-primary").click()
    expect(page.get_by_test_id("alarm-verdicts")).to_contain_text("solved remotely")
    (given,) = told(console, f"/findings/{alarm['finding']}/verdicts")["items"]
    assert (given["verdict"], given["part"], given["solved"]) == ("true_fault", "oil cooler", "remote")
    page.locator("main").focus()
    page.keyboard.press("Escape")
    row = console.wait_for_alarm("digger", RULE)
    row.click()
    expect(page.get_by_test_id("alarm-verdicts")).to_contain_text("solved remotely")
    page.keyboard.press("Escape")
    page.mouse.move(2, 2)
    machine.cool()
    expect(console.alarm("digger", RULE)).to_have_count(0)  # cold again: gone, since somebody had acknowledged it
    assert told(console, f"/alarms/{alarm['alarm']}")["state"] == "cleared"
