"""The console as a person uses it, for browser tests: where things are is written here once."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path

from playwright.sync_api import Browser, ConsoleMessage, Error, Locator, Page, expect, sync_playwright

# Software WebGL for the map and for nothing else; nothing of the browser's own background traffic.
_CHROMIUM = [
    "--disable-gpu-compositing",  # by SwiftShader, in place of a GPU, a page takes twice as long as without
    "--disable-gpu-rasterization",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-quic",
    "--disable-sync",
    "--no-first-run",
    "--use-angle=swiftshader",
    "--enable-unsafe-swiftshader",
    "--ignore-gpu-blocklist",
]
DRIVERS_OWN = "GPU stall due to ReadPixels"  # the browser's remark on its software GL, not on the page
DESK = (1440, 900)
PHONE = (390, 844)
PARTS = ("alarms", "fleet", "machine", "map")
OPEN: list[ConsolePage] = []  # the consoles that are open now: a test's failure tells what they show
MOST_TOLD = 8_000
AXE = Path(__file__).parents[2] / "dashboards" / "console" / "node_modules" / "axe-core" / "axe.min.js"
AXE_RULES = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa")
# Only what is wrong is looked at again and handed out: the elements that pass are thousands, and take two thirds of it.
_AXE_RUN = """async ([root, rules]) => {
    const { violations } = await axe.run(root, { runOnly: rules, resultTypes: ["violations"] })
    return violations.filter(one => ["serious", "critical"].includes(one.impact))
        .map(one => [one.id, one.nodes.slice(0, 3).map(node => `${node.html.slice(0, 200)} ${node.failureSummary}`)])
}"""


@contextmanager
def chromium(path: Path) -> Iterator[Browser]:
    """A headless Chromium, ended afterwards."""
    root = ["--no-sandbox"] if os.geteuid() == 0 else []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=[*_CHROMIUM, *root])
        try:
            yield browser
        finally:
            browser.close()


@contextmanager
def console_in(
    browser: Browser,
    address: str,
    *,
    language: str = "en-US",
    appearance: str = "light",
    size: tuple[int, int] = DESK,
    moving: bool = False,
) -> Iterator[ConsolePage]:
    """A fresh visitor's console at `address`; appearance is light or dark.

    Not `moving`: the visitor asked for less motion. A dialog that still grows under the mouse can lose a click.
    """
    context = browser.new_context(
        viewport={"width": size[0], "height": size[1]},
        locale=language,
        color_scheme="dark" if appearance == "dark" else "light",
        reduced_motion="no-preference" if moving else "reduce",
        timezone_id="Asia/Shanghai",
        has_touch=size == PHONE,
        is_mobile=size == PHONE,
    )
    console = ConsolePage(context.new_page(), address, on_phone=size == PHONE)
    OPEN.append(console)
    try:
        yield console
    except Exception as error:  # whatever it is goes on: what the page shows now is told with it
        error.add_note(console.as_it_stands())
        raise
    finally:
        OPEN.remove(console)
        context.close()


class ConsolePage:
    """The console in one browser tab.

    `problems` collects every error and warning of the page's own console and every script error that escaped.
    """

    def __init__(self, page: Page, address: str, *, on_phone: bool = False) -> None:
        self.page = page
        self.address = address.rstrip("/")
        self.on_phone = on_phone
        self.problems: list[str] = []
        page.on("console", self._note)
        page.on("pageerror", lambda error: self.problems.append(f"script error: {error}"))

    def _note(self, message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"} and DRIVERS_OWN not in message.text:
            self.problems.append(f"{message.type}: {message.text}")

    def as_it_stands(self) -> str:
        """The address, what has gone wrong, and all that the page says: what is left to see of a failure elsewhere."""
        try:
            said = self.page.locator("body").aria_snapshot(timeout=2_000)
            focus = self.page.evaluate("document.activeElement?.outerHTML.slice(0, 200)")
        except Error as error:
            said, focus = error.message, None
        return f"--- {self.page.url}\nproblems: {self.problems}\nfocus: {focus}\n{said[:MOST_TOLD]}"

    def login(self, login: str, password: str, path: str = "") -> None:
        """Sign in from the sign-in page; the page of `path` follows, or the one with which the role begins."""
        self.page.goto(f"{self.address}/{path}")
        self.page.locator("input[autocomplete=username]").fill(login)
        self.page.locator("input[type=password]").fill(password)
        self.page.locator("button[type=submit]").click()

    def open_live(self, part: str = "alarms") -> None:
        """Wait for the live page to be there and moving; on a phone, turn to one of PARTS."""
        self.page.locator("nav.nav").wait_for()
        if "/live" not in self.page.url:
            self.page.locator('nav.nav a[href="/live"]').click()
        self.page.wait_for_url("**/live**")
        self.wait_for_phase("live")
        if self.on_phone:
            self.page.locator(".live-tabs .ant-segmented-item").nth(PARTS.index(part)).click()
        else:
            self.page.mouse.move(2, 2)  # a pointer on a list would hold it still
        self.page.get_by_test_id(part).wait_for()

    def open_page(self, path: str) -> None:
        """Wait for a page of the navigation to be there, by its address."""
        self.page.locator("nav.nav").wait_for()
        if not self.page.url.endswith(path):
            self.page.goto(f"{self.address}{path}")
        self.page.locator("main h1").first.wait_for()
        self.wait_for_phase("live")

    def serious(self, root: str = "html", *, rules: Sequence[str] = AXE_RULES) -> list[tuple[str, list[str]]]:
        """What axe finds wrong within `root` (a selector) as it is, of serious and critical impact: the rule and its
        first elements with what would mend them."""
        for _ in range(20):  # colours that still change have the contrast of neither end
            if self.page.evaluate("document.getAnimations().every(one => one.playState !== 'running')"):
                break
            self.page.wait_for_timeout(100)
        if not self.page.evaluate("'axe' in window"):
            self.page.evaluate(AXE.read_text(encoding="utf-8"))
        return [(rule, nodes) for rule, nodes in self.page.evaluate(_AXE_RUN, [root, list(rules)])]

    def wait_for_phase(self, phase: str, *, within_s: float = 30) -> None:
        """Wait until the header says that the line is live or stale."""
        self.page.locator(f"[data-testid=connection][data-phase={phase}]").wait_for(timeout=within_s * 1000)

    def wait_for_map(self) -> None:
        """Wait until the map is drawn (software WebGL takes its time)."""
        self.page.locator(".fleet-map[data-drawn]").wait_for(timeout=60_000)

    def alarm(self, machine: str, rule: str) -> Locator:
        """The rows of a machine's (name or PIN) alarms of a rule or fault code, open or not."""
        return self.page.locator(
            f'[data-alarm][data-source="{rule}"][data-machine="{machine}"],'
            f'[data-alarm][data-source="{rule}"][data-pin="{machine}"]'
        )

    def wait_for_alarm(self, machine: str, rule: str, *, within_s: float = 30) -> Locator:
        """The first such row, as soon as the page shows one, without a reload."""
        row = self.alarm(machine, rule).first
        row.wait_for(timeout=within_s * 1000)
        return row

    def acknowledge(self, machine: str, rule: str) -> None:
        """Acknowledge an alarm and wait until its row says so."""
        row = self.alarm(machine, rule).first
        row.get_by_test_id("acknowledge").click()
        expect(row).to_have_attribute("data-acknowledged", "true")

    def alarm_order(self) -> list[tuple[str, str]]:
        """(machine, rule) of the rows from top to bottom."""
        rows = self.page.locator("[data-alarm]").evaluate_all(
            "all => all.map(row => [row.dataset.machine, row.dataset.source])"
        )
        return [(machine, source) for machine, source in rows]

    def open_count(self, severity: str) -> int:
        """The header's count of open alarms of a severity."""
        text = self.page.get_by_test_id(f"count-{severity}").locator("b").inner_text()
        return int(text)

    def fleet_row(self, machine: str) -> Locator:
        """The fleet table's row of a machine."""
        return self.page.locator(f'tr[data-row="{machine}"]')

    def select_machine(self, machine: str) -> None:
        """Choose a machine in the fleet table and wait until the page is about it."""
        self.fleet_row(machine).click()
        expect(self.page.locator("#machine-title")).to_have_text(machine)

    def legend_value(self, signal: str) -> float | None:
        """The chart legend's value of a signal by its shown name; None while it shows a dash."""
        entry = self.page.get_by_test_id("chart-legend").locator("li").filter(has_text=signal)
        text = entry.locator("b").inner_text()
        found = re.match(r"-?[\d,]+(\.\d+)?", text)
        return float(found[0].replace(",", "")) if found else None

    def speak(self, language: str) -> None:
        """In this language from now on, whatever the account's is."""
        if self.page.locator("html").get_attribute("lang") != language:
            self.switch_language()

    def switch_language(self) -> None:
        """To the other of the two languages; whoever is signed in finds it again in every browser."""
        before = self.page.locator("html").get_attribute("lang")
        with self._kept_in_account():
            self.page.get_by_test_id("language").click()
        expect(self.page.locator("html")).not_to_have_attribute("lang", before or "")

    def _kept_in_account(self) -> AbstractContextManager[object]:
        """Whoever is signed in takes the language along: a test that ends before that leaves the next one to guess."""
        if self.page.get_by_test_id("viewer").count() == 0:
            return nullcontext()
        return self.page.expect_response(lambda one: one.url.endswith("/auth/me") and one.request.method == "PATCH")

    def switch_appearance(self) -> None:
        """From light to dark or back."""
        self.page.get_by_test_id("appearance").click()
