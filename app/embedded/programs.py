"""The server programs: which ones are used, installed ones that fit or the private prefix."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from app.embedded import fetch
from app.embedded.places import Account, may_enter

Say = Callable[[str], None]
POSTGRES_AT_LEAST = 15
MOSQUITTO_AT_LEAST = (2, 0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Programs:
    """Paths of the server programs."""

    postgres_bin: Path  # the directory with postgres and initdb
    mosquitto: Path


def find(cache_dir: Path, account: Account, say: Say) -> Programs:
    """The programs to run: installed ones that fit, else the private prefix, fetched when it is not there yet."""
    postgres = installed_postgres(account)
    mosquitto = installed_mosquitto(account)
    if postgres is None or mosquitto is None:
        prefix = fetch.ensure(cache_dir, say)
        postgres = postgres or prefix.postgres_bin
        mosquitto = mosquitto or prefix.mosquitto
    return Programs(postgres_bin=postgres, mosquitto=mosquitto)


def installed_postgres(account: Account, root: Path = Path("/usr")) -> Path | None:
    """The newest installed PostgreSQL that has TimescaleDB, as Debian lays it out; None where there is none."""
    fitting = []
    for directory in (root / "lib/postgresql").glob("*/bin"):
        major = directory.parent.name
        control = root / "share/postgresql" / major / "extension/timescaledb.control"
        fits = major.isdecimal() and int(major) >= POSTGRES_AT_LEAST and control.exists()
        if fits and (directory / "initdb").exists() and may_enter(directory, account):
            fitting.append((int(major), directory))
    return max(fitting)[1] if fitting else None


def installed_mosquitto(account: Account, root: Path = Path("/usr")) -> Path | None:
    """The installed Mosquitto when it is 2.0 or later; None otherwise."""
    for program in (root / "sbin/mosquitto", root / "local/sbin/mosquitto"):
        if program.exists() and may_enter(program.parent, account):
            answer = subprocess.run([program, "-h"], capture_output=True, text=True, check=False, timeout=10).stdout
            version = re.search(r"mosquitto version (\d+)\.(\d+)", answer)
            if version and (int(version[1]), int(version[2])) >= MOSQUITTO_AT_LEAST:
                return program
    return None
