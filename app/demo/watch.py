"""What the demo's page shows while it runs."""

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from threading import Event

from app.demo.screen import Screen
from app.demo.sight import Sight
from storage.demo_report import LiveCounts

LOOK_EVERY_S = 0.5
DRAIN_WITHIN_S = 120.0


@dataclass(slots=True)
class Rates:
    """The last look, for rows per second."""

    at_s: float = field(default_factory=time.monotonic)
    rows: int = 0
    rate: float = 0.0


def next_rate(rates: Rates, counts: LiveCounts) -> float:
    """Rows per second since the last look, smoothed over a few looks."""
    now = time.monotonic()
    fresh = (counts.rows - rates.rows) / max(0.001, now - rates.at_s)
    rates.rate = fresh if rates.rows == 0 else 0.7 * rates.rate + 0.3 * fresh
    rates.at_s, rates.rows = now, counts.rows
    return rates.rate


@dataclass(frozen=True, slots=True, kw_only=True)
class Watched:
    """What is looked at: `goes_on` tells whether the machines still send, `news` is what happened since the last call;
    `tells_of_database`: that it goes and comes is said by nobody else. Alarms and rows before `began` are not shown."""

    goes_on: Callable[[], bool]
    news: Callable[[], Iterable[str]]
    header: list[str]
    began: datetime
    duration_s: float | None
    tells_of_database: bool


def watch(watched: Watched, screen: Screen, sight: Sight, stop: Event) -> bool:
    """Show what happens until the machines are done and the database answers (True), or until `stop` is set or the
    machines are not done in time (False)."""
    began, answered, rates = time.monotonic(), True, Rates()
    with screen:
        while (watched.goes_on() or not answered) and not stop.is_set():
            for sentence in watched.news():
                screen.step(sentence)
            before, answered = answered, sight.look(watched.began, screen.alarms_shown)
            if watched.tells_of_database and before != answered:
                screen.step(
                    "the database answers again" if answered else "the database does not answer; waiting for it"
                )
            left = None if watched.duration_s is None else watched.duration_s - (time.monotonic() - began)
            if left is not None and left < -DRAIN_WITHIN_S:
                return False
            screen.show(watched.header, sight.counts, next_rate(rates, sight.counts), left)
            stop.wait(LOOK_EVERY_S)
    return not stop.is_set()
