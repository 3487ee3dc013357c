"""Replay a recorded CAN log as a machine: which terminal sends it, and what a replay with its own stamps needs."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from fleet.errors import InvalidInput, NotFound
from simulators.candump import read_candump
from storage.pool import Connection
from storage.terminals import Installed, list_of_machine, list_of_terminal

TERMINAL = re.compile(r"[A-Za-z0-9._:-]{1,64}")
YEAR = timedelta(days=365)


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """The first and the last instant of a log."""

    first: datetime
    last: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Sender:
    """The terminal that a log is sent as. installed: its times on a machine, [] when the platform does not know it."""

    terminal: str
    installed: Sequence[Installed]


def span_of(path: Path) -> Span:
    """The recorded time of a candump file. Raises InvalidInput when it cannot be read."""
    frames = read_candump(path)
    first, last = (datetime.fromtimestamp(frame.at_us / 1e6, UTC) for frame in (frames[0], frames[-1]))
    return Span(first=first, last=last)


def find_sender(conn: Connection, machine: str, *, at: datetime, auto_register: bool) -> Sender:
    """The terminal for `machine`: a terminal's own name, or the PIN, serial number or equipment id of a machine that
    has exactly one terminal at `at`. What nobody knows becomes a terminal's name when terminals register themselves.

    Raises NotFound, and InvalidInput when the name stands for several.
    """
    if own := list_of_terminal(conn, machine):
        return Sender(terminal=machine, installed=own)
    found = list_of_machine(conn, machine)
    if found:
        now = sorted({one.terminal for one in found if one.covers(at, at)})
        if not now:
            raise NotFound("machine_without_terminal", machine=machine, at=at)
        if len(now) > 1:
            raise InvalidInput("machine_with_terminals", machine=machine, terminals=now)
        return Sender(terminal=now[0], installed=list_of_terminal(conn, now[0]))
    if not auto_register:
        raise NotFound("machine_or_terminal_unknown", machine=machine)
    if not TERMINAL.fullmatch(machine):
        raise InvalidInput("terminal_name_wrong", where="terminal", found=machine)
    return Sender(terminal=machine, installed=())


def needs_of_history(sender: Sender, span: Span, *, now: datetime, retention_years: int) -> Iterator[str]:
    """What the platform must have for a log that keeps its stamps, and whether it has it, in sentences."""
    yield f"The stamps are kept: {_text(span.first)} to {_text(span.last)}."
    reaches = now - retention_years * YEAR
    needed = -((span.first - now) // YEAR)
    verdict = "enough" if reaches <= span.first else "not enough, the rows will be quarantined as clock_past"
    yield (
        f"Retention must reach back to then, ECC_RETENTION_YEARS={needed} at least; "
        f"it is {retention_years}, to {reaches:%Y-%m-%d}: {verdict}."
    )
    yield f"Terminal {sender.terminal} must have been on its machine from {_text(span.first)}: {_since(sender, span)}."


def _since(sender: Sender, span: Span) -> str:
    if not sender.installed:
        return "it will register itself as installed since the beginning of time"
    for one in sender.installed:
        if one.covers(span.first, span.last):
            return f"it was on {one.pin} since {_text(one.from_at) if one.from_at else 'the beginning of time'}"
    return "it was not, the rows will be quarantined as not_installed"


def _text(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
