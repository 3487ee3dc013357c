"""Papers and pictures have their Chinese letters on a host without a Chinese font: set-up fetched one."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from app.embedded import EmbeddedError
from app.embedded.font import ensure_font
from usecases.fetched_font import FETCHED

ROOT = Path(__file__).parents[2]
# What matplotlib notes of a host: here one that has no fonts but matplotlib's own.
HIDE = """
from pathlib import Path
from matplotlib import font_manager as fonts, get_cachedir
found = fonts.fontManager
found.ttflist = [font for font in found.ttflist if Path(font.fname).name.startswith("DejaVuSans")]
fonts.json_dump(found, Path(get_cachedir()) / f"fontlist-v{fonts.FontManager.__version__}.json")
"""
DRAW = """
import json
from api.schemas.briefs import _BRIEF
from usecases.briefs.show_brief import show_brief
from usecases.picture_words import chinese_font, families, readable
brief = json.dumps(_BRIEF).encode()
paper, language = show_brief(brief, "pdf", "zh")
page, _ = show_brief(brief, "html", "zh")
print(chinese_font(), readable("zh"), families("zh")[0], language, page.count(b"font/woff"), sep="|")
"""
needs_letters = pytest.mark.skipif(not FETCHED.exists(), reason="the letters are not fetched: make letters")


class Host:
    """An installation of ECC on a host without a Chinese font."""

    def __init__(self, root: Path) -> None:
        self.root = root
        (root / "fonts-known").mkdir()
        for room in ("alerts", "api", "app", "diagnosis", "fleet", "gateway", "ingest", "storage", "usecases"):
            (root / room).symlink_to(ROOT / room)
        self.run("-c", HIDE)

    def run(self, *arguments: str) -> str:
        bare = {name: value for name, value in os.environ.items() if not name.startswith("ECC_")}
        return subprocess.run(
            [sys.executable, *arguments],
            cwd=self.root,
            env=bare | {"MPLCONFIGDIR": str(self.root / "fonts-known"), "PYTHONPATH": str(self.root)},
            check=True,
            capture_output=True,
            text=True,
        ).stdout

    def letters_fetched(self) -> None:
        (self.root / ".fonts").symlink_to(FETCHED.parent)


@pytest.fixture
def host(tmp_path: Path) -> Host:
    return Host(tmp_path)


@needs_letters
def test_what_set_up_fetched_is_drawn_with(host: Host) -> None:
    host.letters_fetched()
    font = "WenQuanYi Micro Hei"
    assert host.run("-c", DRAW) == f"{font}|zh|{font}|zh|1\n"
    assert "font" not in host.run("-m", "app.cli", "check-config", "--offline")


def test_without_any_it_is_english_and_check_config_says_what_to_install(host: Host) -> None:
    assert host.run("-c", DRAW) == "None|en|DejaVu Sans|en|0\n"
    said = host.run("-m", "app.cli", "check-config", "--offline")
    assert "There is no font with Chinese letters here" in said
    assert "apt-get install fonts-noto-cjk" in said
    assert f"{host.root}/fonts-known/fontlist*.json" in said


def test_letters_that_are_there_are_not_fetched_again(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))  # a host without apt
    font = tmp_path / ".fonts" / "letters.ttc"
    with pytest.raises(EmbeddedError, match=r"no apt-get.*fonts-noto-cjk") as refused:
        ensure_font(print, font)
    assert "ECC_DATABASE_URL" not in str(refused.value)
    font.touch()
    ensure_font(print, font)
