"""`python -m bench.api`: what the API's answers cost while the gateway ingests at a quarter of its maximum.

After that, how late the live stream is (bench.live).
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import random
import signal
import subprocess
import sys
import time
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from rich.console import Console

from bench import api_report, api_table, live, measures, report, usage
from bench.api_client import Client, Refused
from bench.api_fleet import Fleet, make_fleet
from bench.api_history import Written, make_history
from bench.api_known import find_known
from bench.api_lines import Line, all_lines
from bench.api_report import Outcome, outcome_of
from bench.api_size import DEALER, EXPERT, OWNER, PASSWORD, QUICK, Size
from bench.database import Database
from bench.load import Load
from bench.stand import CHECKOUT, Stand, free_port, temporary_data_dir
from bench.targets import E2E

DEFAULT_MAXIMUM = 40_000.0  # messages/s, where `make bench` has never run
WARM_REQUESTS = 3
SETTLE_S = 5.0
GIVES_WAY = 10  # the machines, which would not be on the platform's cores
READY_WITHIN_S = 60.0


@contextlib.contextmanager
def process(module: Sequence[str], port: int, environment: dict[str, str], log: Path) -> Iterator[int]:
    """A child that listens on `port` before the block begins and is stopped after it; gives its pid."""
    with log.open("wb") as out:
        popen = subprocess.Popen([sys.executable, "-m", *module], cwd=CHECKOUT, env=environment, stdout=out, stderr=out)
    try:
        _await_port(popen, port, log)
        yield popen.pid
    finally:
        popen.send_signal(signal.SIGTERM)
        try:
            popen.wait(15)
        except subprocess.TimeoutExpired:
            popen.kill()
            popen.wait()


def _await_port(popen: subprocess.Popen[bytes], port: int, log: Path) -> None:
    deadline = time.monotonic() + READY_WITHIN_S
    while True:
        with contextlib.suppress(OSError, Refused):
            Client(port).get("/readyz")
            return
        if popen.poll() is not None or time.monotonic() > deadline:
            raise RuntimeError(f"the server on port {port} does not answer:\n{log.read_text()[-3000:]}")
        time.sleep(0.1)


@contextlib.contextmanager
def api(stand: Stand, database: Database, directory: Path) -> Iterator[tuple[int, int, int]]:
    """The API as in production and the bare server beside it: the API's port and pid, and the other's port."""
    port, bare_port = free_port(), free_port()
    clean = {name: value for name, value in os.environ.items() if not name.startswith("ECC_")}
    own = {
        "ECC_DATABASE_URL": database.url("ecc_api"),
        "ECC_MQTT_URL": stand.servers.mqtt_url,
        "ECC_HTTP_PORT": str(port),
        "ECC_DATA_DIR": str(directory),
        **dict.fromkeys(("ECC_READS_PER_MINUTE", "ECC_EXPENSIVE_READS_PER_MINUTE", "ECC_WRITES_PER_MINUTE"), "0"),
        "ECC_AEMP_POLLS_PER_QUARTER_HOUR": "0",
    }
    bare = ["bench.api_bare", database.url("ecc_api"), str(bare_port)]
    with (
        process(["app.cli", "api"], port, clean | own, directory / "api.log") as pid,
        process(bare, bare_port, clean, directory / "bare.log"),
    ):
        yield port, pid, bare_port


@dataclass
class Measuring:
    """One table in the making."""

    lines: list[Line]
    clients: dict[str, Client]
    bare: Client
    size: Size
    console: Console
    taken: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    refused: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    bare_ms: list[float] = field(default_factory=list)

    def check(self) -> None:
        """Ask each line once, not timed: an answer must hold what it is about."""
        chance = random.Random(0)
        for line in self.lines:
            found = self._found(line, chance)
            if found < line.least:
                raise Refused(f"{line.key}: {found} of at least {line.least} in the answer")
            for _ in range(WARM_REQUESTS):
                self.clients[line.who].get(line.path(chance), line.accept)

    def _found(self, line: Line, chance: random.Random) -> int:
        answer = self.clients[line.who].get(line.path(chance), line.accept)
        content = json.loads(answer.body) if "json" in answer.media_type else None
        return len(content["items"]) if content is not None and "items" in content else len(answer.body)

    def run(self) -> float:
        """Rounds in an order shuffled anew until every line has its requests or the time is over; the seconds taken.

        Between any two lines stands a bare request, so that both see the same machine.
        """
        chance = random.Random(1)
        began = time.monotonic()
        wanted = {line.key: max(10, round(self.size.requests * line.share)) for line in self.lines}
        rounds = max(wanted.values())
        for number in range(rounds):
            for line in chance.sample(self.lines, len(self.lines)):
                if (number + 1) * wanted[line.key] // rounds > number * wanted[line.key] // rounds:
                    self._ask(line, chance)
            if time.monotonic() - began > self.size.seconds:
                self.console.print(f"stopped after {number + 1} of {rounds} rounds")
                break
        return time.monotonic() - began

    def _ask(self, line: Line, chance: random.Random) -> None:
        self.bare_ms.append(self.bare.get("/").took_ms)
        try:
            self.taken[line.key].append(self.clients[line.who].get(line.path(chance), line.accept).took_ms)
        except Refused as refused:
            self.console.print(str(refused), highlight=False)
            self.refused[line.key].append(str(refused))

    def outcome(self, **context: float) -> Outcome:
        """The table."""
        refused = {key: len(said) for key, said in self.refused.items()}
        return outcome_of(self.bare_ms, {line.key: self.taken[line.key] for line in self.lines}, refused, context)


@dataclass(frozen=True)
class Filled:
    """A database with all that is asked for, as of `now_us`."""

    database: Database
    fleet: Fleet
    size: Size
    written: Written
    now_us: int


def fill(stand: Stand, size: Size) -> Filled:
    """Fill a database."""
    database = stand.fresh_database()
    with database.connect() as conn:
        fleet = make_fleet(conn, size)
    now_us = measures.now_us()
    return Filled(database, fleet, size, make_history(database, fleet, size, now_us), now_us)


def measure(stand: Stand, directory: Path, filled: Filled, rate: float, console: Console) -> Outcome:
    """Start the gateway and the API, and ask while `rate` messages a second are ingested."""
    size, database = filled.size, filled.database
    # the generator encodes its packets while the API starts and every line is asked once
    load = measures.offered_load(measures.Size(machines=size.ingesting), rate, size.seconds + 60) if rate else None
    with stand.gateway(database), api(stand, database, directory) as (port, pid, bare_port):
        worker = stand.generator(load, rate, nice=GIVES_WAY) if load else None
        measuring = _measuring(filled, port, Client(bare_port), console)
        measuring.check()
        if worker:
            worker.go()
            time.sleep(SETTLE_S)
        before, began, cpu = _rows(database, load), time.monotonic(), usage.cpu_seconds(pid)
        seconds = measuring.run()
        committed = (_rows(database, load) - before) / (time.monotonic() - began)
        stand.check_gateway()
        return measuring.outcome(
            machines=size.machines,
            history_rows=filled.written.rows,
            history_written_s=filled.written.seconds,
            offered_msgs_per_s=rate,
            committed_rows_per_s=committed,
            measured_s=seconds,
            api_cpu_s=usage.cpu_seconds(pid) - cpu,
            api_memory_mb=usage.memory_bytes(pid) / 2**20,
        )


def _measuring(filled: Filled, port: int, bare: Client, console: Console) -> Measuring:
    clients = {who: Client.signed_in(port, who, PASSWORD) for who in (EXPERT, DEALER, OWNER)}
    with filled.database.connect() as conn:
        known = find_known(conn, filled.fleet, filled.size, now_us=filled.now_us)
    return Measuring(list(all_lines(known, clients, filled.size)), clients, bare, filled.size, console)


def _rows(database: Database, load: Load | None) -> int:
    return 0 if load is None else database.number("SELECT coalesce(sum(rows_committed), 0) FROM ledger")


def quarter_of_maximum() -> float:
    """Messages/s: a quarter of what `make bench` last wrote down."""
    if not report.RESULTS.exists():
        return DEFAULT_MAXIMUM / 4
    return float(json.loads(report.RESULTS.read_text())[E2E]["value"]) / 4


def options(arguments: list[str]) -> argparse.Namespace:
    """Command line."""
    parser = argparse.ArgumentParser(prog="python -m bench.api", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="5,000 machines, little history, few requests")
    parser.add_argument("--rate", type=float, help="messages/s that are ingested meanwhile (a quarter of the maximum)")
    parser.add_argument("--check", action="store_true", help="exit 1 when a budget is missed")
    parser.add_argument("--results", type=Path, help="bench/results/api-latest.json; with --quick nowhere")
    return parser.parse_args(arguments)


def main(arguments: list[str]) -> int:
    """Run it; 1 when --check is given and a budget is missed."""
    chosen = options(arguments)
    console = Console(soft_wrap=True, width=None if sys.stdout.isatty() else 120)
    console.print(f"{usage.pin_to_two_cores()} cores, fsync on")
    size = QUICK if chosen.quick else Size()
    with temporary_data_dir() as directory, Stand(Path(directory) / "data", size.ingesting) as stand:
        filled = fill(stand, size)
        seconds = filled.written.seconds
        console.print(f"{size.machines:,} machines; {filled.written.rows:,} rows of history in {seconds:.0f} s")
        rate = chosen.rate or quarter_of_maximum() * size.ingesting / Size().ingesting
        outcome = measure(stand, Path(directory), filled, rate, console)
    outcome = replace(outcome, live=live.measure(live.QUICK if chosen.quick else live.Size()))
    api_report.show(outcome, console)
    results = chosen.results or (None if chosen.quick else api_report.RESULTS)
    if results is not None:
        api_report.write(outcome, results)
        console.print(f"written: {results}")
        if results == api_report.RESULTS:
            api_table.update()
    return 1 if chosen.check and outcome.missed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
