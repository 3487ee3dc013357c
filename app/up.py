"""`ecc up`: servers, migration and every process, supervised in one foreground command."""

import contextlib
import signal
import threading
from collections.abc import Iterator
from pathlib import Path

import typer

from app.embedded import EmbeddedServers
from app.processes import settings_or_exit
from app.settings import Settings
from app.supervisor import Supervisor
from storage.migrate import migrate

PROCESSES = ("gateway", "api", "housekeeping", "sender", "diagnose")
LOOK_EVERY_S = 0.5


@contextlib.contextmanager
def servers_for(settings: Settings, data_dir: Path | None) -> Iterator[EmbeddedServers | None]:
    """The embedded servers, started here; None where the settings name others."""
    if not settings.uses_embedded_servers:
        yield None
        return
    with EmbeddedServers(data_dir or settings.data_dir) as servers:
        yield servers


def environment_for(servers: EmbeddedServers | None) -> dict[str, str]:
    """What the children's environment needs to find the servers."""
    return {} if servers is None else {"ECC_DATA_DIR": str(servers.data_dir)}


def settings_here(settings: Settings, environment: dict[str, str]) -> Settings:
    """The settings for servers that were just started, perhaps on another data directory."""
    data_dir = environment.get("ECC_DATA_DIR")
    return settings.model_copy(update={"data_dir": Path(data_dir)}) if data_dir else settings


def stop_event() -> threading.Event:
    """Set by SIGINT or SIGTERM."""
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    return stop


def main(data_dir: Path | None) -> None:
    """Run until Ctrl-C; a process that dies is started again with a back-off, a gateway never over another."""
    settings = settings_or_exit()
    stop = stop_event()
    with servers_for(settings, data_dir) as servers:
        environment = environment_for(servers)
        typer.echo("migrating the database")
        migrate(settings_here(settings, environment).database_url_for("ecc_owner"))
        log_dir = Path(environment.get("ECC_DATA_DIR", settings.data_dir)) / "log"
        supervisor = Supervisor(log_dir, servers)
        try:
            for name in PROCESSES:
                supervisor.add(name, [name], environment)
            typer.echo(f"console: http://{settings.http_host}:{settings.http_port}/   logs: {log_dir}")
            while not stop.wait(LOOK_EVERY_S):
                for sentence in supervisor.keep_running():
                    typer.echo(sentence)
        finally:
            supervisor.stop()
