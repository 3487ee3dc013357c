"""Whatever the platform writes into the audit has a word in the console, in both languages."""

from __future__ import annotations

import json
import re

import pytest

from tests.conftest import CHECKOUT
from usecases.acknowledge_alarm import Input
from usecases.hold_alarm import HoldInput

WORDS = CHECKOUT / "dashboards" / "console" / "src" / "words"
ROOMS = ("usecases", "storage", "api", "app", "alerts", "ingest")
_NAME = re.compile(r'"([a-z_]+)"')
_WRITTEN = {
    "action": re.compile(
        r'\baction(?:: str)? ?= ?"[a-z_]+"(?: if .* else "[a-z_]+")?|record_command\([^"()]*"[a-z_]+"'
    ),
    "entity": re.compile(
        r'(?:\bentity|\bENTITY) ?= ?"[a-z_]+"|\brecord(?:_switch)?\(\s*conn, \w+, "[a-z_]+"|= Entry\(\s*"[a-z_]+"'
    ),
}
BY_PEOPLE = {Input.ACKNOWLEDGE, Input.RESET, HoldInput.SHELVE, HoldInput.UNSHELVE, HoldInput.TAKE_OUT, HoldInput.RETURN}


def written(part: str) -> set[str]:
    """What the code names as the action or the entity of an audit's row."""
    found = {str(given) for given in BY_PEOPLE} if part == "action" else set()
    for room in ROOMS:
        for file in (CHECKOUT / room).rglob("*.py"):
            for match in _WRITTEN[part].finditer(file.read_text(encoding="utf-8")):
                found.update(_NAME.findall(match[0]))
    return found


@pytest.mark.parametrize("part", ["action", "entity"])
def test_every_row_of_the_audit_is_said_in_words(part: str) -> None:
    for language in ("en-US", "zh-CN"):
        words = json.loads((WORDS / language / "admin.json").read_text(encoding="utf-8"))["admin"][part]
        assert written(part) - set(words) == set(), language
