"""`ecc quarantine list | show | replay`: what was refused, why, and sending it again."""

import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Annotated
from uuid import UUID

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn
from rich.table import Table

from app.processes import broker_of, settings_or_exit
from app.settings import Settings
from fleet.batch import Reason
from fleet.errors import InvalidInput
from gateway.republish import Republisher
from storage.ids import uuid7
from storage.pool import Connection, connect
from storage.quarantine import QuarantineEntry, count_by_reason, get_quarantined, list_quarantined
from usecases.replay_quarantine import (
    ReplayOrder,
    ReplayReport,
    messages_to_replay,
    offset_ms_of,
    replay,
    settle,
)
from usecases.show_quarantined import lines_of, printable

SETTLE_S = 30.0
WAYS_OUT = {
    Reason.UNKNOWN_TERMINAL: "register the terminal (`ecc fleet import`), then `ecc quarantine replay --reason ...`",
    Reason.NOT_INSTALLED: "enter when the terminal was on which machine, then replay",
    Reason.CLOCK_PAST: "replay with --offset, or raise ECC_RETENTION_YEARS",
    Reason.CLOCK_FUTURE: "replay with a negative --offset, or declare the terminal's clock offset",
}

app = typer.Typer(
    help="Messages and rows that were refused: kept, with a reason, and replayable.", no_args_is_help=True
)
ReasonOption = Annotated[Reason | None, typer.Option(help="Only this reason.")]
TerminalOption = Annotated[str | None, typer.Option(help="Only this terminal.")]


@app.callback()
def _quarantine() -> None:
    """Messages and rows that were refused."""


def _connected(settings: Settings) -> Connection:
    conn = connect(settings.database_url_for("ecc_owner"), application="ecc quarantine")
    conn.autocommit = True
    return conn


@app.command("list")
def list_entries(
    reason: ReasonOption = None,
    terminal: TerminalOption = None,
    limit: Annotated[int, typer.Option(min=1, max=10_000, help="How many, newest first.")] = 50,
    replayed: Annotated[bool, typer.Option("--replayed", help="Those sent again, too.")] = False,
) -> None:
    """What waits in quarantine, newest first, and how much of it for which reason."""
    with _connected(settings_or_exit()) as conn:
        entries = list_quarantined(conn, reason=reason, terminal=terminal, replayed=replayed, limit=limit)
        counts = count_by_reason(conn)
    console = Console(markup=False, highlight=False, emoji=False)
    if not entries:
        asked = reason or terminal
        there = f" There are others: {sum(counts.values())} in all." if asked and counts else ""
        console.print(f"Nothing waits in quarantine{' of that kind' if asked else ''}.{there}")
        return
    table = Table("id", "received (UTC)", "terminal", "reason", "message", "bytes", "detail", box=None)
    for column in table.columns[:2]:
        column.no_wrap = True
    for entry in entries:
        table.add_row(*_cells(entry))
    console.print(table)
    for name, count in counts.items():
        way_out = WAYS_OUT.get(Reason(name), "`ecc quarantine show ID` shows the message")
        console.print(f"{count:>7} {name}: {way_out}")


def _cells(entry: QuarantineEntry) -> list[str]:
    place = f"{entry.boot}/{entry.seq}" if entry.seq >= 0 else "-"
    part = {-1: "", -2: " events"}.get(entry.row_no, f" row {entry.row_no}")
    sent = f" (sent again {entry.replayed_at:%Y-%m-%d %H:%M:%S})" if entry.replayed_at else ""
    return [
        str(entry.quarantine_id),
        f"{entry.received_at.astimezone(UTC):%Y-%m-%d %H:%M:%S}",
        entry.terminal or "-",
        entry.reason,
        printable(place + part),
        str(len(entry.payload)),
        printable(entry.detail) + sent,
    ]


@app.command()
def show(entry_id: Annotated[UUID, typer.Argument(metavar="ID", help="As `list` shows it.")]) -> None:
    """One entry with its payload: readable when it is text, as a hex dump when it is not."""
    with _connected(settings_or_exit()) as conn:
        entry = get_quarantined(conn, entry_id)
    for line in lines_of(entry):
        typer.echo(line)


@app.command("replay")
def replay_entries(
    ids: Annotated[list[UUID] | None, typer.Argument(metavar="[ID]...", help="Entries, as `list` shows them.")] = None,
    reason: ReasonOption = None,
    terminal: TerminalOption = None,
    everything: Annotated[bool, typer.Option("--all", help="All that waits.")] = False,
    offset: Annotated[str, typer.Option(help="Added to every time: 8h, -90min, 30s, 250ms.")] = "0s",
    again: Annotated[bool, typer.Option("--again", help="Also those that were sent again before.")] = False,
) -> None:
    """Send refused messages again over MQTT with their original times, or shifted by an offset."""
    if not (ids or reason or terminal or everything):
        raise InvalidInput("Say which entries: ids, --reason, --terminal or --all.")
    offset_ms = offset_ms_of(offset)
    if everything and offset_ms:
        raise InvalidInput("An offset is for entries of one kind: use it with ids, --reason or --terminal.")
    settings = settings_or_exit()
    order = ReplayOrder(
        ids=ids,
        reason=reason,
        terminal=terminal,
        again=again,
        offset_ms=offset_ms,
        retention=timedelta(days=365 * settings.retention_years),
        future_tolerance=timedelta(seconds=settings.future_tolerance_s),
    )
    with _connected(settings) as conn:
        report = _replayed(conn, settings, order)
    if report is None:
        typer.echo("Nothing to send again." + ("" if again else " What was sent before is left alone without --again."))
        return
    for line in _words(report):
        typer.echo(line)
    raise typer.Exit(0 if not report.unknown and not report.not_sendable else 1)


def _replayed(conn: Connection, settings: Settings, order: ReplayOrder) -> ReplayReport | None:
    messages = messages_to_replay(conn, order)
    if not messages:
        return None
    broker = broker_of(settings, f"ecc-replay-{secrets.token_hex(4)}")
    with Republisher(broker) as publisher, _bar("sending again") as progress:
        report, sent = replay(
            conn,
            messages,
            order,
            publisher.publish,
            replay_id=uuid7(),
            clock=lambda: datetime.now(UTC),
            progress=progress,
        )
    with _bar("until committed") as progress:
        settle(conn, sent, report, timeout_s=SETTLE_S, progress=progress)
    return report


@contextmanager
def _bar(title: str) -> Iterator[Callable[[int, int], None]]:
    columns = (TextColumn("{task.description:>16}"), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bars:
        task = bars.add_task(title, total=None)
        yield lambda done, of: bars.update(task, completed=done, total=of)


def _words(report: ReplayReport) -> Iterator[str]:
    yield f"{report.sent} messages ({report.entries} entries) sent again: {report.kept} kept."
    for reason, count in report.refused_again.most_common():
        yield f"{count} refused again as {reason}; they wait in quarantine as before."
    if report.without_sign:
        yield f"{report.without_sign} name no seq, so they are not acknowledged; none of these was refused again."
    if report.unknown:
        yield (
            f"{report.unknown} not committed after {SETTLE_S:.0f} s. "
            "The broker keeps them for the gateway: is it running?"
        )
    for entry_id, why in report.not_sendable:
        yield f"{entry_id} was not sent: {why}."
