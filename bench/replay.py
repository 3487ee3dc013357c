"""A rule set over stored history: rows a second, database read included. `python -m bench.replay [FOLDER OF RULES]`.

Machines report the benched signals every 10 s; the others of the catalogue are absent. The time is what this process
and its database connection took of a processor; what is done once (parsing the set) is left out.
"""

from __future__ import annotations

import os
import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

from psycopg import sql

from app.embedded import EmbeddedServers
from bench.measures import Samples, Size
from bench.signal_sets import SPANS
from bench.stand import Stand
from diagnosis.layers import content_hash
from diagnosis.ruleset import RULES_FOLDER, rule_files, ruleset_of
from storage.migrate import migrate
from storage.pool import Connection, connect
from storage.rule_sets import NewRules, enter_base, list_in_force
from storage.signals_write import load_catalogue
from usecases.replay_rules import ReplayOrder, replay_rules

MACHINES, HOURS, STEP_S = 200, 8, 10
START = datetime(2026, 11, 20, tzinfo=UTC)
STEADY = {"fuel_level_pct", "engine_hours_h", "latitude_deg", "longitude_deg"}


def fill(conn: Connection) -> None:
    """Healthy machines that work all the time."""
    conn.execute(
        "INSERT INTO machine (public_id, pin, name, nominal_voltage_v) "
        "SELECT gen_random_uuid(), 'B' || n, 'B' || n, 24 FROM generate_series(1, %s) n",
        [MACHINES],
    )
    values = [
        sql.SQL("{} + {} * random()").format(low, 0 if key in STEADY else high - low)
        for key, (low, high, _) in SPANS.items()
    ]
    conn.execute(
        sql.SQL(
            "INSERT INTO reading (machine_id, measured_at, received_at, {columns}) SELECT m, t, t, {values} "
            "FROM generate_series({start}, {end}, make_interval(secs => {step})) t, generate_series(1, {machines}) m"
        ).format(
            columns=sql.SQL(", ").join(map(sql.Identifier, SPANS)),
            values=sql.SQL(", ").join(values),
            start=sql.Literal(START),
            end=sql.Literal(START + timedelta(hours=HOURS, seconds=-1)),
            step=STEP_S,
            machines=MACHINES,
        )
    )
    conn.execute("VACUUM ANALYZE reading")
    conn.execute(
        "INSERT INTO machine_state SELECT m, %(end)s, %(end)s, true, 'working', %(ids)s, %(values)s, %(at_us)s "
        "FROM generate_series(1, %(machines)s) m",
        {
            "end": START + timedelta(hours=HOURS),
            "ids": [load_catalogue(conn)[key].id for key in SPANS],
            "values": [1.0] * len(SPANS),
            "at_us": [0] * len(SPANS),
            "machines": MACHINES,
        },
    )


@contextmanager
def servers() -> Iterator[EmbeddedServers]:
    """A database in memory, so that the disk is not measured."""
    root = Path(tempfile.mkdtemp(prefix="ecc-bench-", dir="/dev/shm"))
    root.chmod(0o755)
    (root / "data").mkdir()
    try:
        with EmbeddedServers(root / "data", postgres_config={"timescaledb.max_background_workers": "0"}) as running:
            yield running
    finally:
        shutil.rmtree(root)


def seconds_of(pid: int) -> float:
    """What a process has taken of a processor."""
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def replayed(files: Mapping[str, str], say: Callable[[str], None]) -> float:
    """Rows a second of one core, median of three replays of these rules over the made history."""
    rates: list[float] = []
    with servers() as running, connect(running.database_url("ecc_owner"), application="bench") as conn:
        migrate(running.database_url("ecc_owner"))
        conn.autocommit = True
        fill(conn)
        ruleset = ruleset_of(files, load_catalogue(conn))
        new = NewRules(
            kind="base", base_id=None, version=ruleset.version, content_hash=content_hash(files), files=files
        )
        enter_base(conn, new, by="bench", now=START)
        live = list_in_force(conn)["live"]
        end = START + timedelta(hours=HOURS)
        order = ReplayOrder(rules=live, against=live, from_at=START, to_at=end, workers=1, by="bench")
        for _ in range(3):
            server, begun = seconds_of(conn.info.backend_pid), time.perf_counter()
            record = replay_rules(conn, order, clock=lambda: datetime.now(UTC), say=lambda _line: None)
            server, elapsed = seconds_of(conn.info.backend_pid) - server, time.perf_counter() - begun
            told = record.summary
            used = told["read_cpu_seconds"] + told["judge_cpu_seconds"] + server
            rates.append(record.rows / used)
            say(
                f"{len(ruleset.rules)} rules, {told['signals']} columns, {record.rows:,} rows: "
                f"{record.rows / used:,.0f} rows/s of a processor "
                f"(us a row: {server / record.rows * 1e6:.2f} database, "
                f"{told['read_cpu_seconds'] / record.rows * 1e6:.2f} reading, "
                f"{told['judge_cpu_seconds'] / record.rows * 1e6:.2f} rules), "
                f"{record.rows / elapsed:,.0f} rows/s elapsed"
            )
    return statistics.median(rates)


def shipped_replayed(_stand: Stand, _size: Size) -> Samples:
    """The rules that ship, on servers of its own."""
    return {"replay_rows_per_s": replayed(rule_files(RULES_FOLDER), lambda _line: None)}


if __name__ == "__main__":
    replayed(rule_files(Path(sys.argv[1]) if len(sys.argv) > 1 else RULES_FOLDER), print)
