"""`ecc replay candump`."""

import secrets
import signal
import threading
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from app.processes import broker_of, settings_or_exit
from app.simulation import simulators_broker
from gateway.republish import Republisher
from simulators.replay_candump import ReplayConfig, ReplayReport, replay_candump
from storage.pool import connect
from usecases.replay_log import find_sender, needs_of_history, span_of

app = typer.Typer(help="Recorded logs of real machines, sent over MQTT.", no_args_is_help=True)


@app.callback()
def _replay() -> None:
    """Recorded logs of real machines, sent over MQTT."""


@app.command()
def candump(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="A log of `candump -L`.")],
    machine: Annotated[str, typer.Option(help="Terminal, PIN, serial number or equipment id of the machine it is of.")],
    speed: Annotated[float, typer.Option(min=1.0, help="Recorded seconds in a second.")] = 1.0,
    keep_time: Annotated[bool, typer.Option("--keep-time", help="As history, at the times it was recorded.")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
) -> None:
    """Send a recorded CAN log as raw frames, moved in time so that it ends now."""
    settings = settings_or_exit()
    span, now = span_of(file), datetime.now(UTC)
    with connect(settings.database_url_for("ecc_owner"), application="ecc replay") as conn:
        at = span.first if keep_time else now
        sender = find_sender(conn, machine, at=at, auto_register=settings.auto_register)
    if keep_time:
        for sentence in needs_of_history(sender, span, now=now, retention_years=settings.retention_years):
            typer.echo(sentence)
        if not yes:
            typer.confirm("Send it?", abort=True)
    with Republisher(broker_of(settings, f"ecc-replay-{secrets.token_hex(4)}")):
        pass  # raises BrokerAway: a log is not sent to nobody
    config = ReplayConfig(
        path=file, terminal=sender.terminal, broker=simulators_broker(settings), speed=speed, keep_time=keep_time
    )
    report = _replayed(config)
    typer.echo(_words(report, sender.terminal))
    raise typer.Exit(0 if report.acked else 1)


def _replayed(config: ReplayConfig) -> ReplayReport:
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bars:
        task = bars.add_task(f"{config.path.name} as {config.terminal}", total=None)
        return replay_candump(config, stop, lambda sent, of: bars.update(task, completed=sent, total=of))


def _words(report: ReplayReport, terminal: str) -> str:
    first, last = (datetime.fromtimestamp(us / 1e6, UTC) for us in (report.first_us, report.last_us))
    kept = "all of it is committed" if report.acked else "NOT all of it is acknowledged yet; is the gateway running?"
    return (
        f"{report.frames} frames ({report.standard_frames} with 11-bit ids) in {report.messages} messages "
        f"sent as {terminal}, {first:%Y-%m-%dT%H:%M:%S}Z to {last:%Y-%m-%dT%H:%M:%S}Z: {kept}."
    )
