"""Machine silent on the real stack: one alarm an outage, and none for a restart of ours, however it comes."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime
from itertools import count

import pytest

from app.gateway import SETTLED_AFTER_CONNECT_S
from tests.e2e.stack import Stack, eventually

pytestmark = pytest.mark.slow
LIMIT_S = 8


def silences(stack: Stack) -> list[tuple[str, str]]:
    """Machine and state of every alarm."""
    return stack.rows("SELECT m.pin, a.state FROM alarm a JOIN machine m USING (machine_id) ORDER BY a.raised_at")


def kinds(stack: Stack) -> list[str]:
    return [kind for (kind,) in stack.rows("SELECT kind FROM alarm_transition ORDER BY transition_id")]


def speaking(stack: Stack) -> Callable[..., None]:
    """A function by which machines, named, speak once a second for some seconds."""
    numbers = count()

    def speak(*names: str, seconds: float) -> None:
        until_s = time.monotonic() + seconds
        while time.monotonic() < until_s:
            number, now = next(numbers), datetime.now(UTC).isoformat()
            signals = {"engine_speed_rpm": 1500.0, "engine_load_pct": 55.0}
            for name in names:
                stack.publish(f"ecc/v1/{name}/telemetry", {"boot": "1", "seq": number, "t": now, "signals": signals})
            time.sleep(0.8)

    return speak


def test_our_restarts_silence_nobody_and_a_silence_over_a_restart_is_one_alarm(stack: Stack) -> None:
    speak = speaking(stack)
    stack.gateway.start(ECC_SILENCE_AFTER_S="240", ECC_SILENCE_SCALE=str(LIMIT_S / 240))
    speak("ONE", "TWO", seconds=SETTLED_AFTER_CONNECT_S + 2)
    stack.gateway.kill()
    speak("ONE", seconds=4)  # one works on and the broker keeps it, one does not
    stack.gateway.start()
    speak("ONE", seconds=SETTLED_AFTER_CONNECT_S + 2)  # longer than the limit by the clock, not by what we could hear
    assert silences(stack) == []
    speak("ONE", "TWO", seconds=1)
    speak("ONE", seconds=LIMIT_S)
    assert eventually(lambda: silences(stack) == [("TWO", "active")])
    stack.gateway.kill()
    stack.gateway.start()
    speak("ONE", seconds=SETTLED_AFTER_CONNECT_S + 2)  # it is silent still: nothing is said again
    assert (silences(stack), kinds(stack)) == ([("TWO", "active")], ["raised"])
    speak("ONE", "TWO", seconds=2)
    assert eventually(lambda: silences(stack) == [("TWO", "cleared")])
    assert kinds(stack) == ["raised", "cleared"]
