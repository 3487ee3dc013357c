"""Every page of the console at both sizes, in both languages, light and dark: accessible, quiet, whole and named."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import timedelta
from typing import NamedTuple

import psycopg
import pytest
from playwright.sync_api import Browser, Page, expect

from app.evidence_step import EvidenceStep
from storage.ids import uuid7
from storage.pool import connect
from tests.api.test_findings import HELD, rows
from tests.api.world import CATALOGUE, NOW, PASSWORD, World
from tests.conftest import CHECKOUT, Database
from tests.dashboards.conftest import ConsoleServer
from tests.dashboards.console_page import DESK, PHONE, ConsolePage, console_in
from tests.dashboards.maintenance_rows import put_plan
from usecases.rules_in_force import enter_packaged_rules

pytestmark = [pytest.mark.browser, pytest.mark.slow]
expect.set_options(timeout=20_000)
CONSOLE = CHECKOUT / "dashboards" / "console" / "src"


class Visit(NamedTuple):
    """A page of somebody's; {alarm} and {machine} stand for ids. `then`: what is pressed there, a key or a selector."""

    login: str
    path: str
    then: str = ""


STAFF = ("/overview", "/alarms", "/alarms?alarm={alarm}", "/alarms/{alarm}", "/machines", "/live", "/shift", "/trust")
TABS = [
    f"/machines/{{machine}}?tab={tab}"
    for tab in re.findall(r'"(\w+)"', (CONSOLE / "machine_page/tabs.ts").read_text().split("TABS = [")[1].split("]")[0])
]
WORKSHOP = (
    "/rules",
    "/rules/rule/low_oil_pressure",
    "/rules/edit",
    "/rules/sets",
    "/rules/replays",
    "/rules/tunings",
    "/rules/models",
)
SECTIONS = [f"/admin/{path}" for path in re.findall(r'path: "([\w-]+)"', (CONSOLE / "admin/places.ts").read_text())]
OWNERS = ("/mine", "/mine/notices", "/mine/reports", "/mine/help", "/machines", "/live", "/admin", "/account")
VISITS = [
    *(Visit("expert", path) for path in (*STAFF, *TABS, *WORKSHOP)),
    *(Visit("chief", path) for path in SECTIONS),
    *(Visit("owner", path) for path in OWNERS),
]
# What opens on a page: dialogs, forms, a chosen row.
STATES = [
    Visit("expert", "/alarms?alarm={alarm}", "?"),
    Visit("expert", "/alarms?alarm={alarm}", "s"),
    Visit("expert", "/alarms?alarm={alarm}", "v"),
    Visit("expert", "/alarms/{alarm}", "[data-testid=diagnosis-resolve]"),
    Visit("expert", "/alarms/{alarm}", "[data-testid=diagnosis-hand-over]"),
    Visit("expert", "/overview", "[data-testid=search]:visible"),
    Visit("expert", "/overview", "[data-testid=viewer]"),
    Visit("chief", "/machines/{machine}?tab=service", "[data-testid=done-new]"),
    Visit("expert", "/machines/{machine}?tab=chart", "[data-testid=note-new]"),
    Visit("expert", "/machines/{machine}?tab=now", ".signal-pick"),
    Visit("chief", "/admin/notice-templates", "main tbody tr >> nth=0"),
    Visit("chief", "/admin/audit", "main tbody tr >> nth=0"),
    Visit("chief", "/admin/sites", "main tbody tr >> nth=0"),
    Visit("chief", "/admin/maintenance-plans", "main tbody tr >> nth=0"),
    Visit("chief", "/admin/people/new"),
    Visit("chief", "/admin/maintenance-plans/new"),
    Visit("chief", "/admin/webhooks/new"),
]
# What a translation that is missing looks like: the key itself. Addresses and file names have another first part.
_WORDS = [json.loads(path.read_text(encoding="utf-8")) for path in sorted((CONSOLE / "words" / "en-US").glob("*.json"))]
_RAW_KEY = re.compile(
    rf"(?<![\w./-])(?:{'|'.join(sorted({top for words in _WORDS for top in words}))})(?:\.[A-Za-z]\w*)+(?![\w/])"
)
EVENTS = {"alarm.raised"}  # kinds of events look like keys
_TEXTS = """() => [document.body.innerText, ...[...document.querySelectorAll('[aria-label], [title], [placeholder]')]
    .flatMap(one => [one.ariaLabel, one.title, one.placeholder])].filter(Boolean).join('\\n')"""
# What hangs over and can neither be scrolled to nor is cut with an ellipsis by something that stands within.
_HANGING = """() => {
    const within = one => one.getBoundingClientRect().right <= innerWidth + 1
    const kept = one => {
        for (let up = one.parentElement; up !== null; up = up.parentElement)
            if (getComputedStyle(up).overflowX !== 'visible' && within(up)) return true
        return false
    }
    const shown = one => one.checkVisibility({ visibilityProperty: true }) && one.getBoundingClientRect().width > 0
    const all = [...document.querySelectorAll('body *')].filter(one => shown(one) && !within(one))
    const wide = all.filter(one => !kept(one)).map(one => one.outerHTML.slice(0, 120)).slice(0, 3)
    const width = document.documentElement.scrollWidth
    return width > innerWidth ? [`${width} px`, ...wide] : wide
}"""
# A change of route without loading everything again, as a link does.
_GO = """path => {
    const state = { usr: null, key: path, idx: (history.state?.idx ?? 0) + 1 }
    history.pushState(state, '', path)
    dispatchEvent(new PopStateEvent('popstate', { state }))
}"""
# Colours that are on their way from light to dark have neither's contrast.
_STILL = """async () => {
    await new Promise(drawn => requestAnimationFrame(() => requestAnimationFrame(drawn)))
    const turning = document.getAnimations().filter(one => one instanceof CSSTransition)
    await Promise.allSettled(turning.map(one => one.finished))
}"""


@pytest.fixture(scope="module")
def ids(world: World, console_database: Database) -> dict[str, str]:
    """A fleet that has something for each page: a diagnosed alarm, readings, a place, a notice, a refusal."""
    with psycopg.connect(console_database.url("ecc_gateway")) as conn:
        enter_packaged_rules(conn, CATALOGUE, now=HELD)
    world.person("chief", world.organisations["platform"], "administrator")
    told = rows()
    world.readings("digger", told)
    world.state("digger", told[-1][1], at=NOW)
    world.state("crane", {"engine_speed_rpm": 900.0, "latitude_deg": 31.3, "longitude_deg": 121.5}, at=NOW)
    alarm = world.alarm("digger", raised_at=HELD)
    world.alarm("crane", key="low_fuel", severity="low")
    world.conn.execute("UPDATE finding SET version = (SELECT version FROM rule_set)")
    _small_things(world, str(alarm))
    step = EvidenceStep()
    with connect(console_database.url("ecc_diagnose"), application="test") as conn:
        conn.autocommit = True
        while step(conn, HELD):
            pass
    return {"alarm": str(alarm), "machine": str(world.public["digger"])}


def _small_things(world: World, alarm: str) -> None:
    run = world.conn.execute
    site = run(
        "INSERT INTO site (name, time_zone, organisation_id) VALUES ('Pit', 'America/Lima', %s) RETURNING site_id",
        [world.organisations["north"]],
    ).fetchone()
    assert site is not None
    run("UPDATE machine SET site_id = %s WHERE name = 'digger'", [site[0]])
    run(
        "INSERT INTO notice (public_id, user_id, channel, kind, severity, alarm_id, language, state, made_at, due_at, "
        "ended_at, subject, body) SELECT %s, user_id, 'email', 'alarm', 'critical', %s, 'en', 'sent', now(), now(), "
        "now(), 'Low oil pressure: digger', 'Stop the engine.' FROM app_user WHERE login = 'owner'",
        [uuid7(), alarm],
    )
    run(
        "INSERT INTO quarantine (quarantine_id, terminal, payload_hash, reason, detail, topic, received_at) "
        "VALUES (%s, 'T-1', '', 'clock_future', '', '', now())",
        [uuid7()],
    )
    run(
        "INSERT INTO platform_health (gateway_id, from_at, to_at) VALUES ('g', %s, %s)",
        [NOW - timedelta(days=1), NOW + timedelta(hours=1)],
    )
    put_plan(world.conn, world.machines["digger"])
    run("UPDATE app_user SET language = 'en', time_zone = 'Asia/Shanghai', version = version + 1")


class Windows:
    """One window a person and size, each signed in once; turned to a language and an appearance as a visit wants."""

    def __init__(self, browser: Browser, address: str) -> None:
        self._browser, self._address, self._stack = browser, address, ExitStack()
        self._open: dict[tuple[str, tuple[int, int]], ConsolePage] = {}
        self.titles: dict[tuple[str, str], str] = {}  # by language and path

    def of(self, login: str, size: tuple[int, int]) -> ConsolePage:
        if (login, size) not in self._open:
            page = self._stack.enter_context(console_in(self._browser, self._address, size=size))
            page.login(login, PASSWORD)
            page.page.locator("nav.nav").wait_for()
            page.wait_for_phase("live")
            self._open[login, size] = page
        return self._open[login, size]

    def close(self) -> None:
        self._stack.close()


@pytest.fixture(scope="module")
def windows(browser: Browser, console_server: ConsoleServer, ids: dict[str, str]) -> Iterator[Windows]:
    made = Windows(browser, console_server.address)
    yield made
    made.close()


def cases(visits: list[Visit], *, of: int = 2) -> Iterator[object]:
    """Each page at both sizes; what is Chinese at one size is English at the other, and light and dark take turns.
    of=1: each at one of the sizes, in turns."""
    for place, size in enumerate((DESK, PHONE)):
        for number, visit in sorted(enumerate(visits), key=lambda one: (one[1].login, one[0] % 2, one[0] % 4)):
            if of == 1 and number // 2 % 2 != place:
                continue
            language = ("zh-CN", "en-US")[(number + (size == PHONE)) % 2]
            appearance = ("light", "dark")[number % 4 // 2]
            name = f"{visit.login}{visit.path}{visit.then}-{size[0]}-{language[:2]}-{appearance}"
            yield pytest.param(visit, size, language, appearance, id=name.replace("{", "").replace("}", ""))


@pytest.mark.parametrize(("visit", "size", "language", "appearance"), list(cases(VISITS)))
def test_a_page_is_accessible_quiet_whole_and_named(
    windows: Windows, ids: dict[str, str], visit: Visit, size: tuple[int, int], language: str, appearance: str
) -> None:
    console = opened(windows, visit.path.format_map(ids), visit.login, size, language, appearance)
    page = console.page
    assert faults(console) == []
    others = {
        name
        for (spoken, path), name in windows.titles.items()
        if spoken == language and _place(path) != _place(visit.path)
    }
    title = re.sub(r"^(● )?(\(\d+\) )?", "", page.title())
    assert " · " in title, "the page has no name in the browser's tab"
    assert title not in others, "another page has this title"
    windows.titles[language, visit.path] = title


@pytest.mark.parametrize(("visit", "size", "language", "appearance"), list(cases(STATES, of=1)))
def test_what_opens_on_a_page_is_accessible_quiet_and_whole(
    windows: Windows, ids: dict[str, str], visit: Visit, size: tuple[int, int], language: str, appearance: str
) -> None:
    console = opened(windows, visit.path.format_map(ids), visit.login, size, language, appearance)
    page = console.page
    if len(visit.then) == 1:
        page.keyboard.press(visit.then)
    elif visit.then:
        page.locator(visit.then).first.click(timeout=10_000)
    page.mouse.move(2, 2)
    page.wait_for_timeout(150)
    expect(page.locator(":is(.ant-skeleton, .ant-spin-spinning, .page-loading)")).to_have_count(0)
    page.evaluate(_STILL)
    assert faults(console) == []
    page.keyboard.press("Escape")
    expect(page.locator(".ant-modal-wrap:visible")).to_have_count(0)


@pytest.mark.parametrize("size", [DESK, PHONE], ids=["desk", "phone"])
def test_before_signing_in_the_pages_are_accessible_and_whole(
    browser: Browser, console_server: ConsoleServer, ids: dict[str, str], size: tuple[int, int]
) -> None:
    with console_in(browser, console_server.address, size=size, appearance="dark" if size == PHONE else "light") as one:
        for path in ("login", "invite/nobody-knows-it", "password/nobody-knows-it"):
            one.page.goto(f"{console_server.address}/{path}")
            one.page.locator("h1").first.wait_for()
            one.page.evaluate(_STILL)
            assert (path, one.serious(), hanging(one.page)) == (path, [], [])


def opened(
    windows: Windows, path: str, login: str, size: tuple[int, int], language: str, appearance: str
) -> ConsolePage:
    """The page of a person's window at this address, whole."""
    console = windows.of(login, size)
    page = console.page
    console.speak(language)
    if page.locator("html").get_attribute("data-appearance") != appearance:
        console.switch_appearance()
    console.problems.clear()  # the same person's other window may have chosen another language: 412, and asked again
    page.mouse.move(2, 2)  # no help pops up
    page.evaluate(_GO, path)
    # The page before stands until this one's program has come.
    place = path.partition("?")[0]
    page.locator(f"main[data-path='{place}'], main[data-path^='/admin/'][data-path^='{place}/']").first.wait_for()
    page.locator("main h1").first.wait_for(state="attached")
    expect(page.locator("main :is(.ant-skeleton, .ant-spin-spinning, .page-loading)")).to_have_count(0)
    page.evaluate(_STILL)
    return console


def faults(console: ConsolePage) -> list[object]:
    """What axe finds, keys for words, what hangs over the edge, messages of the browser's console."""
    raw_keys = set(_RAW_KEY.findall(console.page.evaluate(_TEXTS))) - EVENTS
    return [*console.serious(), *raw_keys, *hanging(console.page), *console.problems]


def hanging(page: Page) -> list[str]:
    """What hangs over the edge and stays there: a page may take a moment to fit."""
    found: list[str] = page.evaluate(_HANGING)
    for _ in range(20):
        if not found:
            break
        page.wait_for_timeout(100)
        found = page.evaluate(_HANGING)
    return found


def _place(path: str) -> str:
    """What a title is for: filters of a page have none of their own, and /admin begins with the organisations."""
    page = path.partition("?")[0]
    return "/admin/organisations" if page == "/admin" else page
