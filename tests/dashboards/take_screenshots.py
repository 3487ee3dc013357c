"""`python -m tests.dashboards.take_screenshots URL PASSWORD [DIRECTORY [NAME ...]]`: a running demo in pictures.

Each page at both sizes, Chinese and English in turn, some in dark, into docs/screenshots: PAGE-WIDTHxHEIGHT.png
"""

from __future__ import annotations

import shutil
import sys
from pathlib import Path
from typing import Any, NamedTuple

from PIL import Image
from playwright.sync_api import Browser, expect
from playwright.sync_api import TimeoutError as NotInTime

from tests.dashboards.console_page import DESK, PARTS, PHONE, ConsolePage, chromium, console_in

_SETTLED_MS = 2_000
_LONGEST_MS = 20_000
_COLOURS = 256
_LANGUAGES = ("zh-CN", "en-US")


class Picture(NamedTuple):
    """A page as somebody sees it; {alarm}, {machine} and {rule} of its path are looked up in the demo."""

    name: str
    login: str
    path: str
    dark: bool = False


PICTURES = (
    Picture("overview", "expert", "/overview"),
    Picture("alarms", "expert", "/alarms"),
    Picture("alarms-dark", "expert", "/alarms?alarm={alarm}", dark=True),
    Picture("diagnosis", "expert", "/alarms/{alarm}"),
    Picture("diagnosis-dark", "expert", "/alarms/{alarm}", dark=True),
    Picture("machines", "expert", "/machines"),
    *(
        Picture(f"machine-{tab}", "expert", f"/machines/{{machine}}?tab={tab}")
        for tab in ("now", "chart", "brief", "trips", "faults", "service", "data", "record")
    ),
    Picture("live", "expert", "/live"),
    Picture("shift", "expert", "/shift"),
    Picture("rules", "lead", "/rules"),
    Picture("rule", "lead", "/rules/rule/{rule}"),
    Picture("rules-edit", "lead", "/rules/edit?rule={rule}"),
    Picture("rules-sets", "lead", "/rules/sets"),
    Picture("rules-models", "lead", "/rules/models"),
    Picture("trust", "expert", "/trust"),
    Picture("admin-people", "admin", "/admin/people"),
    Picture("admin-sites", "admin", "/admin/sites", dark=True),
    Picture("admin-geofences", "admin", "/admin/geofences"),
    Picture("admin-quarantine", "admin", "/admin/quarantine"),
    Picture("admin-audit", "admin", "/admin/audit", dark=True),
    Picture("mine", "owner", "/mine"),
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
        console.open_page(one.path.format_map(found))
        if one.name == "live" and console.on_phone:
            for part in PARTS:
                console.open_live(part)
                _keep(console, target, f"live-{part}", size)
        else:
            _keep(console, target, one.name, size)
    for problem in console.problems:
        sys.stderr.write(f"{problem}\n")


def _found(console: ConsolePage) -> dict[str, str]:
    """An open alarm that a rule raised, graver ones first, and its machine."""
    items = _asked(console, "/alarms?state=active&limit=200")
    rules = [one for one in items if one["source_kind"] == "rule" and one["source_key"] == "hydraulic_oil_overheat"]
    rules += [one for one in items if one["source_kind"] == "rule" and one["severity"] in {"critical", "high"}]
    alarm = [*rules, *items][0]
    return {"alarm": alarm["id"], "machine": alarm["machine"]["id"], "rule": "hydraulic_oil_overheat"}


def _asked(console: ConsolePage, path: str) -> list[dict[str, Any]]:
    answer = console.page.context.request.get(f"{console.address}/api/v1{path}")
    items: list[dict[str, Any]] = answer.json()["items"]
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
