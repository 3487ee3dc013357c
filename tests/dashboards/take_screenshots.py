"""`python -m tests.dashboards.take_screenshots URL LOGIN PASSWORD [DIRECTORY]`: pictures of every page of a running console.

Both sizes, both languages, light and dark, into docs/screenshots.
"""

from __future__ import annotations

import shutil
import sys
from itertools import product
from pathlib import Path

from tests.dashboards.console_page import DESK, PARTS, PHONE, ConsolePage, chromium, console_in

_SETTLED_MS = 5_000  # the chart's first seconds


def main(address: str, login: str, password: str, directory: str = "docs/screenshots") -> None:
    """Write the pictures."""
    target = Path(directory)
    target.mkdir(parents=True, exist_ok=True)
    found = shutil.which("chromium")
    if found is None:
        raise SystemExit("Debian's chromium is missing: apt-get install chromium fonts-noto-cjk")
    with chromium(Path(found)) as browser:
        for language, appearance in product(("zh-CN", "en-US"), ("light", "dark")):
            name = f"{language[:2]}-{appearance}"
            with console_in(browser, address, language=language, appearance=appearance, size=DESK) as console:
                _sign_in(console, login, password, target / f"login-{name}.png")
                console.wait_for_map()
                console.page.wait_for_timeout(_SETTLED_MS)
                console.page.screenshot(path=target / f"live-{name}.png")
            with console_in(browser, address, language=language, appearance=appearance, size=PHONE) as console:
                _sign_in(console, login, password, target / f"phone-login-{name}.png")
                for part in PARTS:
                    console.open_live(part)
                    if part == "map":
                        console.wait_for_map()
                    console.page.wait_for_timeout(_SETTLED_MS)
                    console.page.screenshot(path=target / f"phone-{part}-{name}.png")


def _sign_in(console: ConsolePage, login: str, password: str, picture: Path) -> None:
    console.page.goto(f"{console.address}/login")
    console.page.locator("#login-title").wait_for()
    console.page.screenshot(path=picture)
    console.login(login, password)
    console.open_live()


if __name__ == "__main__":
    main(*sys.argv[1:])
