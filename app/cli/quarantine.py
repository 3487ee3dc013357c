"""`ecc quarantine list | show | replay`: what was refused, why, and sending it again."""

import json
import secrets
from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from typing import Annotated

import typer

from app.columns import shown_width, table_lines
from app.processes import broker_of, settings_or_exit
from app.progress import bar
from app.settings import Settings
from fleet.batch import Reason
from fleet.errors import InvalidInput
from gateway.republish import Republisher
from storage.ids import uuid7
from storage.pool import Connection, connect
from storage.quarantine import count_by_reason, count_quarantined, get_quarantined, list_quarantined
from usecases.replay_pass import die_with_parent
from usecases.replay_quarantine import (
    ReplayOrder,
    ReplayReport,
    messages_to_replay,
    offset_ms_of,
    replay,
    settle,
)
from usecases.show_quarantined import HEADING, SHORT_ID, WIDE_HEADING, cells_of, id_of, lines_of
from usecases.work_quarantine_replays import SETTLE_S, ReplayStand, work_quarantine_replays

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
WIDE = 120  # columns from which on a line also says which message, and how large
AT_MOST = {2: 18, 4: 24}  # columns on the screen of the terminal (a PIN has 17) and of the message
ID_HELP = "As `list` shows it: the whole id, or enough of its beginning or end."
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
    skip: Annotated[int, typer.Option(min=0, help="Leave out so many of the newest.")] = 0,
    replayed: Annotated[bool, typer.Option("--replayed", help="Those sent again, too.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="For programs: one JSON object, nothing cut.")] = False,
) -> None:
    """What waits in quarantine, newest first, and how much of it for which reason."""
    with _connected(settings_or_exit()) as conn:
        entries = list_quarantined(conn, reason=reason, terminal=terminal, replayed=replayed, limit=limit, skip=skip)
        in_all = count_quarantined(conn, reason=reason, terminal=terminal, replayed=replayed)
        counts = count_by_reason(conn)
    if as_json:
        typer.echo(
            json.dumps({"items": [asdict(e) for e in entries], "in_all": in_all, "waiting": counts}, default=str)
        )
        return
    if not in_all:
        asked = reason or terminal
        there = f" There are others: {sum(counts.values())} in all." if asked and counts else ""
        typer.echo(f"Nothing waits in quarantine{' of that kind' if asked else ''}.{there}")
        return
    width, now = shown_width(), datetime.now(UTC)
    is_wide = width is None or width >= WIDE
    rows = [cells_of(entry, is_wide=is_wide, now=now) for entry in entries]
    for line in table_lines([WIDE_HEADING if is_wide else HEADING, *rows], width=width, at_most=AT_MOST):
        typer.echo(line)
    if (left := in_all - skip - len(entries)) > 0:
        typer.echo(f"... {left:,} older ones: --skip {skip + len(entries)}, or more at once with --limit.")
    typer.echo("")
    for name, count in counts.items():
        way_out = WAYS_OUT.get(Reason(name), "`ecc quarantine show ID` shows the message")
        typer.echo(f"{count:>7,} {name}: {way_out}")


@app.command()
def show(entry_id: Annotated[str, typer.Argument(metavar="ID", help=ID_HELP)]) -> None:
    """One entry with its payload: readable when it is text, as a hex dump when it is not."""
    with _connected(settings_or_exit()) as conn:
        entry = get_quarantined(conn, id_of(conn, entry_id))
    for line in lines_of(entry):
        typer.echo(line)


@app.command("replay")
def replay_entries(
    ids: Annotated[list[str] | None, typer.Argument(metavar="[ID]...", help=ID_HELP)] = None,
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
    with _connected(settings) as conn:
        order = ReplayOrder(
            ids=[id_of(conn, entry_id) for entry_id in ids] if ids else None,
            reason=reason,
            terminal=terminal,
            again=again,
            offset_ms=offset_ms,
            retention=timedelta(days=365 * settings.retention_years),
            future_tolerance=timedelta(seconds=settings.future_tolerance_s),
        )
        report = _replayed(conn, settings, order)
    if report is None:
        typer.echo("Nothing to send again." + ("" if again else " What was sent before is left alone without --again."))
        return
    for line in _words(report):
        typer.echo(line)
    raise typer.Exit(0 if not report.unknown and not report.not_sendable else 1)


@app.command(hidden=True)
def work() -> None:
    """Do the replays that were asked for through the API, and end; `ecc gateway` starts this."""
    die_with_parent()
    settings = settings_or_exit()
    stand = ReplayStand(
        connect=lambda: Republisher(broker_of(settings, f"ecc-replay-{secrets.token_hex(4)}")),
        retention=timedelta(days=365 * settings.retention_years),
        future_tolerance=timedelta(seconds=settings.future_tolerance_s),
        clock=lambda: datetime.now(UTC),
    )
    with connect(settings.database_url_for("ecc_gateway"), application="ecc quarantine work") as conn:
        conn.autocommit = True
        work_quarantine_replays(conn, stand)


def _replayed(conn: Connection, settings: Settings, order: ReplayOrder) -> ReplayReport | None:
    messages = messages_to_replay(conn, order)
    if not messages:
        return None
    broker = broker_of(settings, f"ecc-replay-{secrets.token_hex(4)}")
    with Republisher(broker) as publisher, bar("sending again") as progress:
        report, sent = replay(
            conn,
            messages,
            order,
            publisher.publish,
            replay_id=uuid7(),
            clock=lambda: datetime.now(UTC),
            progress=progress,
        )
    with bar("until committed") as progress:
        settle(conn, sent, report, timeout_s=SETTLE_S, progress=progress)
    return report


def _words(report: ReplayReport) -> Iterator[str]:
    """What became of the messages, a line an outcome."""
    yield f"{report.sent:,} messages ({report.entries:,} entries) sent again:"
    yield f"{report.kept:>7,} kept"
    for reason, count in report.refused_again.most_common():
        yield f"{count:>7,} refused again as {reason}; they wait in quarantine as before"
    if report.without_sign:
        yield f"{report.without_sign:>7,} name no seq, so they are not acknowledged; none of these was refused again"
    if report.unknown:
        late = f"not committed after {SETTLE_S:.0f} s; the broker keeps them for the gateway: is it running?"
        yield f"{report.unknown:>7,} {late}"
    for why, count in Counter(why for _, why in report.not_sendable).most_common():
        named = ", ".join([str(entry_id)[-SHORT_ID:] for entry_id, other in report.not_sendable if other == why][:3])
        yield f"{count:>7,} entries were not sent: {why} ({named}{' ...' if count > 3 else ''})"
