"""`python -m app.embedded fetch | font | start | status | clean`: the servers without the rest of ECC."""

from __future__ import annotations

import argparse
import json
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path

from app.embedded import EmbeddedError, EmbeddedServers, default_cache_dir, default_data_dir, running
from app.embedded.font import ensure_font
from app.embedded.made import forget_all
from app.embedded.places import server_account
from app.embedded.programs import find
from app.embedded.roles import ROLES
from app.embedded.servers import say_on_stderr

LOOK_EVERY_S = 0.5


def main(argv: list[str] | None = None) -> int:
    """Run one command; 0 when it worked."""
    parser = argparse.ArgumentParser(prog="python -m app.embedded", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("fetch", help="fetch the server programs into the cache")
    commands.add_parser("font", help="fetch a font with Chinese letters into this checkout")
    commands.add_parser("clean", help="remove what this checkout put into the cache and data directories")
    for name, text in (("start", "run both servers until Ctrl-C"), ("status", "say whether they run")):
        command = commands.add_parser(name, help=text)
        command.add_argument("--data-dir", type=Path, default=None)
    options = parser.parse_args(argv)
    actions: dict[str, Callable[[], int]] = {
        "fetch": fetch,
        "font": font,
        "clean": clean,
        "start": lambda: start(options.data_dir),
        "status": lambda: status(options.data_dir),
    }
    try:
        return actions[options.command]()
    except EmbeddedError as error:
        print(f"ecc: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130


def fetch() -> int:
    """Fetch the server programs, unless installed ones fit."""
    programs = find(default_cache_dir(), server_account(), say_on_stderr)
    say_on_stderr(f"PostgreSQL: {programs.postgres_bin}")
    say_on_stderr(f"Mosquitto:  {programs.mosquitto}")
    return 0


def font() -> int:
    """Fetch the letters of Chinese papers and pictures."""
    ensure_font(say_on_stderr)
    return 0


def start(data_dir: Path | None) -> int:
    """Run both servers in the foreground; one JSON line of addresses on standard output when they are ready."""
    for stops in (signal.SIGINT, signal.SIGTERM):  # also where a shell in the background has SIGINT ignored
        signal.signal(stops, signal.default_int_handler)
    try:
        with EmbeddedServers(data_dir) as servers:
            urls = {role: servers.database_url(role) for role in ROLES}
            print(json.dumps({"mqtt_url": servers.mqtt_url, "database_urls": urls}), flush=True)
            while True:
                time.sleep(LOOK_EVERY_S)
                for sentence in servers.keep_running():
                    say_on_stderr(sentence)
    except KeyboardInterrupt:
        return 0


def status(data_dir: Path | None) -> int:
    """Say whether servers run on the data directory; 3 when none do."""
    directory = (data_dir or default_data_dir()).resolve()
    servers = running(directory)
    if servers is None:
        print(f"No embedded servers run on {directory}.")
        return 3
    print(
        f"Embedded servers run on {directory}: database port {servers.postgres_port}, broker port {servers.mqtt_port}, "
        f"started by process {servers.owner_pid}."
    )
    return 0


def clean() -> int:
    """Remove what this checkout made outside itself."""
    for path in forget_all():
        say_on_stderr(f"removed {path}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
