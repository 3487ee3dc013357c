"""The demo's page fits the terminal whatever its size, and is plain lines where there is none."""

import io
import re
from datetime import UTC, datetime
from uuid import uuid4

import pytest
from rich.console import Console

from app.demo.screen import Screen
from storage.demo_report import LiveAlarm, LiveCounts

WORDS = "Fuel rail pressure: below normal range, moderately severe (SPN 157 FMI 18)"
HEADER = ["console   http://127.0.0.1:8080/", "broker    mqtt://127.0.0.1:1883", "logs      " + "/a/long/directory" * 6]
ALARMS = [
    LiveAlarm(uuid4(), datetime.now(UTC), f"XCT25 No. {n}", "dtc", "0/157/18", "medium", "active") for n in range(50)
]


def shown(width: int, height: int, *, terminal: bool) -> str:
    """What comes out of two looks at fifty alarms."""
    out = io.StringIO()
    console = Console(file=out, force_terminal=terminal, width=width, height=height, color_system=None)
    screen = Screen(lambda alarm: WORDS, console)
    with screen:
        for rows in (9, 12345):
            screen.show(HEADER, LiveCounts(rows, 3, 50, ALARMS[: screen.alarms_shown]), 40.0, 17.0)
    return out.getvalue()


@pytest.mark.parametrize(("width", "height"), [(80, 24), (140, 40), (40, 12)])
def test_the_page_fits_and_is_written_over_in_place(width: int, height: int):
    text = shown(width, height, terminal=True)
    page = re.sub(r"\x1b\[[?0-9;]*[a-zA-Z]", "", text.split("\x1b[H")[-1]).split("\n")
    assert len(page) <= height
    assert max(len(line.rstrip()) for line in page) <= width
    words = " ".join("\n".join(page).split())
    assert "12345 rows kept, 40/s, 3 quarantined, 50 alarms open, 17 s to go" in words
    assert page[0].rstrip() == HEADER[0]
    assert "\x1b[2J" not in text, "nothing is cleared before it is written: no flicker"
    if width >= 80:
        alarms = len(re.findall("XCT25", words))
        assert alarms == (8 if height == 24 else 35)
        assert words.rstrip().endswith("(SPN 157 FMI 18)"), "the last alarm is whole"


def test_without_a_terminal_each_alarm_is_a_line_once():
    text = shown(80, 24, terminal=False)
    assert "\x1b" not in text
    assert len(re.findall(re.escape(f"XCT25 No. 3: {WORDS} (medium)\n"), text)) == 1
    assert text.count("rows kept") == 1, "the counters every five seconds"
