"""`python -m tests.dashboards.take_screenshots URL LOGIN PASSWORD [DIRECTORY]`: pictures of a running console's pages.

Both sizes, both languages, light and dark, into docs/screenshots: PAGE-WIDTHxHEIGHT-LANGUAGE[-dark].png
"""

from __future__ import annotations

import shutil
import sys
from itertools import product
from pathlib import Path

from tests.dashboards.console_page import DESK, PARTS, PHONE, ConsolePage, chromium, console_in

_SETTLED_MS = 5_000  # the chart's first seconds
_ON_A_PHONE = {("zh-CN", "light"), ("en-US", "dark")}


def main(address: str, login: str, password: str, directory: str = "docs/screenshots") -> None:
    """Write the pictures."""
    target = Path(directory)
    target.mkdir(parents=True, exist_ok=True)
    found = shutil.which("chromium")
    if found is None:
        raise SystemExit("Debian's chromium is missing: apt-get install chromium fonts-noto-cjk")
    with chromium(Path(found)) as browser:
        for language, appearance in product(("zh-CN", "en-US"), ("light", "dark")):
            for size in (DESK, PHONE):
                if size == PHONE and (language, appearance) not in _ON_A_PHONE:
                    continue
                name = f"{size[0]}x{size[1]}-{language[:2]}{'-dark' if appearance == 'dark' else ''}.png"
                with console_in(browser, address, language=language, appearance=appearance, size=size) as console:
                    _pictures(console, login, password, target, name, language)


def _pictures(console: ConsolePage, login: str, password: str, target: Path, name: str, language: str) -> None:
    console.page.goto(f"{console.address}/login")
    console.page.locator("#login-title").wait_for()
    console.page.screenshot(path=target / f"login-{name}")
    console.login(login, password)
    console.page.wait_for_url("**/live**")
    console.page.get_by_test_id("language").wait_for()
    console.speak(language)
    for part in PARTS if console.on_phone else ("alarms",):
        console.open_live(part)
        if part == "map" or not console.on_phone:
            console.wait_for_map()
        console.page.wait_for_timeout(_SETTLED_MS)
        console.page.screenshot(path=target / (f"live-{part}-{name}" if console.on_phone else f"live-{name}"))
    if console.problems:
        sys.stderr.write("\n".join(console.problems) + "\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
