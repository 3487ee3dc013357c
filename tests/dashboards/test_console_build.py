"""The built console and what is committed of it."""

from __future__ import annotations

import gzip
import json
import re
import subprocess
from pathlib import Path

import pytest

from api.console import CONTENT_SECURITY_POLICY
from api.export_openapi import document
from tests.conftest import CHECKOUT

CONSOLE = CHECKOUT / "dashboards" / "console"
FIRST_LOAD_KB = 400


def test_the_lock_names_no_registry() -> None:
    text = (CONSOLE / "package-lock.json").read_text(encoding="utf-8")
    packages = json.loads(text)["packages"]
    addresses = [entry["resolved"] for entry in packages.values() if "://" in entry.get("resolved", "")]
    assert addresses == []
    assert "registry" not in text
    pinned = [name for name, entry in packages.items() if not entry.get("link") and "node_modules" in name]
    assert pinned
    assert all("integrity" in packages[name] for name in pinned)


def test_the_client_is_generated_from_what_the_api_says_now() -> None:
    committed = (CONSOLE / "openapi.json").read_text(encoding="utf-8")
    assert json.loads(committed) == json.loads(document()), (
        "run: python -m api.export_openapi dashboards/console/openapi.json"
    )


def test_both_languages_have_the_same_words() -> None:
    def keys(tree: dict, path: str = "") -> set[str]:
        found: set[str] = set()
        for key, value in tree.items():
            here = f"{path}.{re.sub('_(zero|one|other)$', '', key)}"
            found |= keys(value, here) if isinstance(value, dict) else {here}
        return found

    folders = [CONSOLE / "src" / "words" / language for language in ("zh-CN", "en-US")]
    zh, en = ({file.name: keys(json.loads(file.read_text("utf-8"))) for file in one.glob("*.json")} for one in folders)
    assert zh == en


def test_the_consoles_own_unit_tests_pass() -> None:
    vitest = CONSOLE / "node_modules" / ".bin" / "vitest"
    if not vitest.exists():
        pytest.skip("the console's packages are not installed: make console")
    done = subprocess.run([vitest, "run"], cwd=CONSOLE, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-2000:]


def test_the_page_has_nothing_that_its_policy_forbids(console_dist: Path) -> None:
    page = (console_dist / "index.html").read_text(encoding="utf-8")
    assert "script-src 'self';" in CONTENT_SECURITY_POLICY
    assert re.findall(r"<script(?![^>]*\bsrc=)", page) == []
    assert re.findall(r"<style|\son\w+=", page) == []
    assert all(link.startswith("/") for link in re.findall(r'(?:src|href)="([^"]+)"', page))


@pytest.mark.parametrize(
    "entry",
    [
        "index.html",
        "src/live_page/LivePage.tsx",
        "src/overview/OverviewPage.tsx",
        "src/desk/DeskPage.tsx",
        "src/mine/MinePage.tsx",
    ],
)
def test_the_first_load_is_small_and_leaves_map_and_chart_for_later(console_dist: Path, entry: str) -> None:
    manifest = json.loads((console_dist / ".vite" / "manifest.json").read_text(encoding="utf-8"))
    files: set[str] = set()

    def need(key: str) -> None:
        chunk = manifest[key]
        if chunk["file"] not in files:
            files.update({chunk["file"], *chunk.get("css", [])})
            for name in chunk.get("imports", []):
                need(name)

    need("index.html")
    need(entry)
    kilobytes = sum(len(gzip.compress((console_dist / name).read_bytes())) for name in files) / 1024
    assert kilobytes < FIRST_LOAD_KB
    for later in ("src/map/MapPanel.tsx", "src/chart/MachinePanel.tsx"):
        assert manifest[later]["file"] not in files
