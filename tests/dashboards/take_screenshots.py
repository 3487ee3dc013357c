"""`python -m tests.dashboards.take_screenshots URL PASSWORD [DIRECTORY [NAME ...]]`: a running demo in pictures.

Each page at both sizes, Chinese and English in turn, some in dark, into docs/screenshots: PAGE-WIDTHxHEIGHT.png
"""

from __future__ import annotations

import re
import shutil
import sys
from pathlib import Path
from typing import Any, NamedTuple

from PIL import Image
from playwright.sync_api import Browser, expect
from playwright.sync_api import TimeoutError as NotInTime

from tests.conftest import CHECKOUT
from tests.dashboards.console_page import DESK, PARTS, PHONE, ConsolePage, chromium, console_in

CONSOLE = CHECKOUT / "dashboards" / "console" / "src"
RULE = "hydraulic_oil_overheat"
FIRST = {  # what a picture names -> where the API lists it, the wanted one first
    "set": "/rule-sets?limit=1",
    "replay": "/rule-replays?limit=1",
    "tuning": "/rule-tunings?limit=1",
    "owned": "/machines?limit=1",
}
_SETTLED_MS = 2_000
_LONGEST_MS = 20_000
_COLOURS = 256
_LANGUAGES = ("zh-CN", "en-US")


class Picture(NamedTuple):
    """A page as somebody sees it; what its path names in braces is looked up in the demo."""

    name: str
    login: str
    path: str
    dark: bool = False


SECTIONS = re.findall(r'path: "([\w-]+)"', (CONSOLE / "admin" / "places.ts").read_text(encoding="utf-8"))
TABS = re.findall(
    r'"(\w+)"',
    (CONSOLE / "machine_page" / "tabs.ts").read_text(encoding="utf-8").split("TABS = [")[1].split("]")[0],
)
DARK_SECTIONS = frozenset({"sites", "audit", "rosters", "models"})
PARTS_OF_ADMIN = {  # what a section shows of one thing: its list in the API, and the parts beside the form
    "organisations": ("/organisations", ("", "tree")),
    "people": ("/people", ("",)),
    "rosters": ("/rosters", ("", "duty")),
    "sites": ("/sites", ("", "fences")),
    "geofences": ("/geofences", ("",)),
    "machines": ("/machines", ("", "terminals", "software", "shares", "transfers", "history")),
    "terminals": ("/terminals", ("",)),
    "models": ("/models", ("",)),
    "maintenance-plans": ("/maintenance-plans", ("", "versions")),
}
PICTURES = (
    Picture("overview", "expert", "/overview"),
    Picture("overview-dark", "expert", "/overview", dark=True),
    Picture("alarms", "expert", "/alarms"),
    Picture("alarms-dark", "expert", "/alarms?alarm={alarm}", dark=True),
    Picture("alarm-chosen", "expert", "/alarms?alarm={alarm}"),
    Picture("diagnosis", "expert", "/alarms/{alarm}"),
    Picture("diagnosis-dark", "expert", "/alarms/{alarm}", dark=True),
    Picture("hand-over-sheet", "expert", "/alarms/{visited}?visit={visit}"),
    Picture("machines", "expert", "/machines"),
    *(Picture(f"machine-{tab}", "expert", f"/machines/{{machine}}?tab={tab}") for tab in TABS),
    Picture("live", "expert", "/live"),
    Picture("shift", "expert", "/shift"),
    Picture("rules", "lead", "/rules"),
    Picture("rule", "lead", "/rules/rule/{rule}"),
    Picture("rules-edit", "lead", "/rules/edit?rule={rule}"),
    Picture("rules-sets", "lead", "/rules/sets"),
    Picture("rules-set", "lead", "/rules/sets/{set}"),
    Picture("rules-replays", "lead", "/rules/replays"),
    Picture("rules-replay", "lead", "/rules/replays/{replay}"),
    Picture("rules-tunings", "lead", "/rules/tunings"),
    Picture("rules-tuning", "lead", "/rules/tunings/{tuning}"),
    Picture("rules-models", "lead", "/rules/models"),
    Picture("trust", "expert", "/trust"),
    *(Picture(f"admin-{path}", "admin", f"/admin/{path}", path in DARK_SECTIONS) for path in SECTIONS),
    *(
        Picture(f"admin-{path}-{part or 'form'}", "admin", f"/admin/{path}/{{{path}}}{part and f'?part={part}'}")
        for path, (_, parts) in PARTS_OF_ADMIN.items()
        for part in parts
    ),
    Picture("mine", "owner", "/mine"),
    Picture("mine-dark", "owner", "/mine", dark=True),
    Picture("mine-machine", "owner", "/machines/{owned}"),
    Picture("mine-notices", "owner", "/mine/notices"),
    Picture("mine-reports", "owner", "/mine/reports"),
    Picture("mine-help", "owner", "/mine/help", dark=True),
)


def main(address: str, password: str, directory: str = "docs/screenshots", *names: str) -> None:
    """Write the pictures, those named or all."""
    target = Path(directory)
    target.mkdir(parents=True, exist_ok=True)
    found = shutil.which("chromium")
    if found is None:
        raise SystemExit("Debian's chromium is missing: apt-get install chromium fonts-noto-cjk")
    wanted = [one for one in PICTURES if not names or one.name in names]
    with chromium(Path(found)) as browser:
        for size in (DESK, PHONE):
            if not names:
                _sign_in_page(browser, address, size, target)
            for login, dark, language in sorted({_kind(one, size) for one in wanted}):
                mine = [one for one in wanted if _kind(one, size) == (login, dark, language)]
                look = "dark" if dark else "light"
                with console_in(browser, address, size=size, appearance=look, language=language) as console:
                    console.login(login, password)
                    console.page.locator("nav.nav").wait_for()
                    console.speak(language)
                    _pictures(console, mine, size, target)


def _kind(one: Picture, size: tuple[int, int]) -> tuple[str, bool, str]:
    """Who is signed in, how; Chinese and English in turn, the other one at the other size."""
    return one.login, one.dark, _LANGUAGES[(PICTURES.index(one) + (size == PHONE)) % 2]


def _sign_in_page(browser: Browser, address: str, size: tuple[int, int], target: Path) -> None:
    with console_in(browser, address, size=size, language=_LANGUAGES[size == PHONE]) as console:
        console.page.goto(f"{console.address}/login")
        console.page.locator("#login-title").wait_for()
        _keep(console, target, "login", size)


def _pictures(console: ConsolePage, wanted: list[Picture], size: tuple[int, int], target: Path) -> None:
    found = _found(console)
    for one in wanted:
        try:
            path = one.path.format_map(found)
        except KeyError as error:
            sys.stderr.write(f"{one.name}: the demo has no {error.args[0]}\n")
            continue
        console.open_page(path)
        if one.name == "live" and console.on_phone:
            for part in PARTS:
                console.open_live(part)
                _keep(console, target, f"live-{part}", size)
        else:
            _keep(console, target, one.name, size)
    for problem in console.problems:
        sys.stderr.write(f"{problem}\n")


def _found(console: ConsolePage) -> dict[str, str]:
    """What the pictures name: an open alarm that a rule raised, graver ones first, its machine, and one of each thing
    that whoever is signed in sees."""
    items = _asked(console, "/alarms?state=active&limit=200")
    rules = [one for one in items if one["source_kind"] == "rule" and one["source_key"] == RULE]
    rules += [one for one in items if one["source_kind"] == "rule" and one["severity"] in {"critical", "high"}]
    found = {"rule": RULE}
    for alarm in [*rules, *items][:1]:
        found |= {"alarm": alarm["id"], "machine": alarm["machine"]["id"]}
    for name, path in {**{key: path for key, (path, _) in PARTS_OF_ADMIN.items()}, **FIRST}.items():
        for one in _asked(console, path)[:1]:
            found[name] = str(one["id"])
    return found | _visit(console, items)


def _visit(console: ConsolePage, alarms: list[dict[str, Any]]) -> dict[str, str]:
    """The first alarm that was handed over for a visit, and the visit."""
    for alarm in alarms:
        if alarm["source_key"] == "battery_undervoltage":
            for visit in _asked(console, f"/alarms/{alarm['id']}/visit-hand-overs")[:1]:
                return {"visited": alarm["id"], "visit": str(visit["id"])}
    return {}


def _asked(console: ConsolePage, path: str) -> list[dict[str, Any]]:
    """The items of a list; none where whoever is signed in may not ask."""
    answer = console.page.context.request.get(f"{console.address}/api/v1{path}")
    items: list[dict[str, Any]] = answer.json()["items"] if answer.ok else []
    return items


def _keep(console: ConsolePage, target: Path, name: str, size: tuple[int, int]) -> None:
    """The picture as soon as nothing is awaited any more, with few colours: a tenth of the bytes."""
    page = console.page
    try:
        expect(page.locator(".ant-skeleton, .ant-spin-spinning, .page-loading")).to_have_count(0, timeout=_LONGEST_MS)
        if page.locator(".fleet-map").count() > 0:
            console.wait_for_map()
    except (AssertionError, NotInTime):
        sys.stderr.write(f"{name} is not whole after {_LONGEST_MS} ms\n")
    page.wait_for_timeout(_SETTLED_MS)
    path = target / f"{name}-{size[0]}x{size[1]}.png"
    page.screenshot(path=path)
    with Image.open(path) as picture:
        few = picture.convert("RGB").quantize(_COLOURS, dither=Image.Dither.NONE)
    few.save(path, optimize=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
