"""One screen that stays readable: what is being set up, then what happens. Plain lines where there is no terminal."""

import time
from collections import deque
from collections.abc import Callable
from types import TracebackType
from typing import Self
from uuid import UUID

from rich.console import Console, Group
from rich.live import Live
from rich.table import Table
from rich.text import Text

from storage.demo_report import LiveAlarm, LiveCounts

SEVERITY_STYLE = {"critical": "bold red", "high": "red", "medium": "yellow", "low": "cyan", "info": "dim"}
PLAIN_EVERY_S = 5.0
NOTES = 2  # newest steps that stay in sight while the demo runs


class Screen:
    """Shows steps as they are done and the counters while the demo runs; `words` says what an alarm is called.

    In a terminal the running demo has a page of its own, which is written over in place and never scrolls; when it is
    over the terminal is as it was before.
    """

    def __init__(self, words: Callable[[LiveAlarm], str], console: Console | None = None) -> None:
        self._words = words
        self._console = console or Console()
        self._live: Live | None = None
        self._notes: deque[str] = deque(maxlen=NOTES)
        self._said_s = 0.0
        self._told: set[UUID] = set()

    def step(self, text: str) -> None:
        """Say what is being done now."""
        if self._live is not None:
            self._notes.append(f"{time.strftime('%H:%M:%S')}  {text}")
        else:
            line = Text.assemble((time.strftime("%H:%M:%S"), "dim"), "  ", text)
            self._console.print(line, highlight=False, soft_wrap=True)

    def __enter__(self) -> Self:
        if self._console.is_terminal and not self._console.is_dumb_terminal:
            self._live = Live(console=self._console, screen=True, auto_refresh=False)
            self._live.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._live is not None:
            self._live.stop()
            self._live = None

    @property
    def alarms_shown(self) -> int:
        """How many alarms there can be room for."""
        return self._console.height

    def show(self, header: list[str], counts: LiveCounts, rate: float, left_s: float | None) -> None:
        """Draw the state anew; without a terminal, a line for each new alarm and the counters every 5 s."""
        summary = (
            f"{counts.rows} rows kept, {rate:.0f}/s, {counts.quarantined} quarantined, {counts.open_alarms} alarms open"
        )
        if left_s is not None:
            summary += f", {max(0.0, left_s):.0f} s to go"
        if self._live is not None:
            above = [Text(line, overflow="fold") for line in (*header, *self._notes)]
            self._live.update(self._page([*above, Text(summary, style="bold")], counts.alarms), refresh=True)
        else:
            self._say(summary, counts.alarms)

    def _page(self, above: list[Text], alarms: list[LiveAlarm]) -> Group:
        """As many alarms below the lines `above` as the terminal has room for; long words take several lines."""
        while True:
            page = Group(*above, self._table(alarms))
            if not alarms or len(self._console.render_lines(page)) <= self._console.height:
                return page
            alarms = alarms[:-1]

    def _table(self, alarms: list[LiveAlarm]) -> Table:
        table = Table("at", "machine", "severity", "alarm", box=None, padding=(0, 2, 0, 0), header_style="dim")
        for alarm in alarms:
            is_open = alarm.state == "active"
            words = self._words(alarm) if is_open else f"{self._words(alarm)} - {alarm.state}"
            severity = Text(alarm.severity, style=SEVERITY_STYLE.get(alarm.severity, ""))
            at = alarm.committed_at.astimezone().strftime("%H:%M:%S")
            table.add_row(at, Text(alarm.machine), severity, Text(words), style="" if is_open else "dim")
        if not alarms:
            table.add_row("-", "-", "-", "no alarm yet")
        return table

    def _say(self, summary: str, alarms: list[LiveAlarm]) -> None:
        for alarm in reversed(alarms):
            if alarm.alarm_id not in self._told:
                self._told.add(alarm.alarm_id)
                self.step(f"alarm: {alarm.machine}: {self._words(alarm)} ({alarm.severity})")
        if time.monotonic() - self._said_s >= PLAIN_EVERY_S:
            self._said_s = time.monotonic()
            self.step(summary)

    def result(self, text: str, *, good: bool) -> None:
        """The closing words."""
        self._console.print(text, style="green" if good else "bold red", highlight=False, markup=False, soft_wrap=True)
