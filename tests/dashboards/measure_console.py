"""How soon the console can be used: `python -m tests.dashboards.measure_console ADDRESS LOGIN PASSWORD`, with nothing
else at work. Of each page, opened by its address with an empty cache by somebody signed in, the median of five."""

from __future__ import annotations

import shutil
import statistics
import sys
from pathlib import Path

from playwright.sync_api import Page

from tests.dashboards.console_page import chromium, console_in

PAGES = {"overview": "overview-total", "alarms": "connection", "live": "alarms"}
TIMES = 5
# What keeps the page from answering: of tasks the part above 50 ms, since the first picture.
_WATCH = """() => {
    window.blocked = 0
    new PerformanceObserver(list => {
        for (const task of list.getEntries()) window.blocked += task.duration - 50
    }).observe({ type: "longtask", buffered: true })
}"""
_SHOWS = "mark => /[0-9A-Za-z]/.test(document.querySelector(`[data-testid=${mark}]`)?.innerText ?? '')"
_READ = "() => ({ shown: performance.now(), blocked: window.blocked })"


def opened(page: Page, address: str, path: str, mark: str) -> dict[str, float]:
    """Milliseconds from asking for the page until `mark` shows something, how long it was blocked meanwhile."""
    page.goto("about:blank")
    page.goto(f"{address}/{path}", wait_until="commit")
    page.evaluate(_WATCH)
    page.wait_for_function(_SHOWS, arg=mark)
    return dict(page.evaluate(_READ))


def main(address: str, login: str, password: str) -> None:
    """Print a line a page."""
    found = shutil.which("chromium")
    if found is None:
        raise SystemExit("Debian's chromium is missing: apt-get install chromium")
    with chromium(Path(found)) as browser, console_in(browser, address, moving=True) as console:
        console.login(login, password)
        console.page.locator("nav.nav").wait_for()
        session = console.page.context.new_cdp_session(console.page)
        session.send("Network.setCacheDisabled", {"cacheDisabled": True})
        for path, mark in PAGES.items():
            runs = [opened(console.page, console.address, path, mark) for _ in range(TIMES)]
            middle = {name: statistics.median(run[name] for run in runs) for name in runs[0]}
            sys.stdout.write(f"/{path}: usable after {middle['shown']:.0f} ms, blocked {middle['blocked']:.0f} ms\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
