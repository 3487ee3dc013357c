"""One screen that stays readable: what is being set up, then what happens. Plain lines where there is no terminal."""

import time
from types import TracebackType
from typing import Self

from rich.console import Console, Group
from rich.live import Live
from rich.table import Table
from rich.text import Text

from storage.demo_report import LiveCounts

SEVERITY_STYLE = {"critical": "bold red", "high": "red", "medium": "yellow", "low": "cyan", "info": "dim"}
PLAIN_EVERY_S = 5.0


class Screen:
    """Shows steps as they are done and the counters while the demo runs."""

    def __init__(self) -> None:
        self._console = Console(soft_wrap=True)
        self._live: Live | None = None
        self._said_s = 0.0

    def step(self, text: str) -> None:
        """Say what is being done now."""
        self._console.print(f"[dim]{time.strftime('%H:%M:%S')}[/dim]  {text}", highlight=False)

    def __enter__(self) -> Self:
        if self._console.is_terminal:
            self._live = Live(console=self._console, refresh_per_second=4)
            self._live.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._live is not None:
            self._live.stop()
            self._live = None

    def show(self, header: list[str], counts: LiveCounts, rate: float, left_s: float | None) -> None:
        """Draw the state anew; a line every 5 s where there is no terminal."""
        summary = (
            f"{counts.rows} rows kept in {counts.messages} messages ({rate:.0f} rows/s), "
            f"{counts.quarantined} quarantined, {counts.open_alarms} alarms open"
        )
        if left_s is not None:
            summary += f", {max(0.0, left_s):.0f} s to go"
        if self._live is not None:
            self._live.update(Group(*(Text(line) for line in header), Text(summary, style="bold"), _table(counts)))
        elif time.monotonic() - self._said_s >= PLAIN_EVERY_S:
            self._said_s = time.monotonic()
            self.step(summary)

    def result(self, text: str, *, good: bool) -> None:
        """The closing words."""
        self._console.print(text, style="green" if good else "bold red", highlight=False)


def _table(counts: LiveCounts) -> Table:
    table = Table(title="newest alarms", title_justify="left", expand=False, show_edge=False)
    for column in ("at", "machine", "alarm", "severity", "state"):
        table.add_column(column)
    for at, machine, key, severity, state in counts.alarms:
        severity_text = Text(severity, style=SEVERITY_STYLE.get(severity, ""))
        table.add_row(at.strftime("%H:%M:%S"), machine, key.replace("_", " "), severity_text, state)
    if not counts.alarms:
        table.add_row("-", "no alarm yet", "", "", "")
    return table
