"""Grafana's boards over 90 days: `python -m bench.grafana [--quick] [--check]`.

Fills a database of its own (20,000 machines, of which 1,000 have 90 days of hourly rollups, of meters and arrivals;
25,000 alarms) and asks every panel of each board as Grafana would: its statement with macros expanded, as the role
ecc_grafana, over six connections at once. A board's time is from the first question to the last answer, the median of
five. The whole size is kept in bench/results/grafana-latest.json; --check exits 1 when a board takes a second.
"""

import argparse
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from queue import SimpleQueue
from statistics import median
from tempfile import TemporaryDirectory

import psycopg

from app.embedded import EmbeddedServers
from bench.api_fleet import make_fleet
from bench.api_history import HOUR_US, make_history
from bench.api_size import Size
from bench.database import TEMPLATE, Database, make_template
from bench.report import keep
from dashboards.grafana.boards import BOARDS
from dashboards.grafana.build import statement_of
from dashboards.grafana.expand import ALL, Asked, expand
from dashboards.grafana.panel import Board
from fleet.signals import packaged_catalogue
from storage.board_statements import run_statement

WHOLE = Size(
    machines=20_000,
    ingesting=100,
    hourly_machines=1_000,
    hourly_days=90,
    minute_machines=20,
    minute_days=3,
    raw_machines=0,
    open_alarms=5_000,
    old_alarms=20_000,
)
QUICK = replace(WHOLE, machines=2_000, owned=50, hourly_machines=100, open_alarms=500, old_alarms=2_000)
MOST_S, TIMES, CONNECTIONS = 1.0, 5, 6
SPAN = timedelta(days=90)
# What the API's bench does not fill; %(now)s: the end of its history.
FILL = (
    "UPDATE alarm SET announced_at = raised_at",
    """INSERT INTO meter_day
       SELECT m.machine_id, d.at, ARRAY[d.n * 8, 0, 1000, 1000, 0, 0, 0, 0]::float8[],
           ARRAY[d.n * 20, 0, 0, 0, 0, 0, 0, 0]::float8[], ARRAY[d.n * 90, 0, 0, 0, 0, 0, 0, 0]::float8[]
       FROM (SELECT DISTINCT machine_id FROM work_time_1h) m,
           LATERAL (SELECT n, date_trunc('day', %(now)s::timestamptz, 'UTC') - (91 - n) * interval '1 day' AS at
                    FROM generate_series(1, 91) n) d""",
    """INSERT INTO arrival_1h
       SELECT machine_id, bucket_at, 1152921504606846975, 1152921504606846975, 1152921504606846975, 1152921504606846975,
           1152921504606846975, 1152921504606846975, 3 FROM work_time_1h""",
    """INSERT INTO maintenance_plan (public_id, name, kind, version, created_at, updated_at)
       VALUES (gen_random_uuid(), 'Excavators', 'excavator', 1, now(), now())""",
    """INSERT INTO maintenance_item (machine_id, item, plan_id, plan_version, zh, en, task, cycle, began_at, from_day,
           rank, due_on, evaluated_at)
       SELECT m.machine_id, 'item ' || i, 1, 1, '保养', 'Service', 'service', 1, now(), now()::date,
           (m.machine_id + i) %% 4, now()::date + m.machine_id %% 300, now()
       FROM machine m, generate_series(1, 5) i""",
    """INSERT INTO finding_verdict (public_id, finding_id, verdict, given_at, by_name)
       SELECT gen_random_uuid(), finding_id, (ARRAY['true_fault', 'nuisance', 'sensor', 'not_found'])[1 + random() * 3],
           raised_at + interval '1 hour', 'x' FROM alarm WHERE state = 'cleared' LIMIT 5000""",
    """INSERT INTO ledger (terminal_id, boot, through, ranges, messages, first_received_at, last_received_at)
       SELECT terminal_id, 'b', 100, CASE WHEN terminal_id %% 50 = 0 THEN '{[120,130)}' ELSE '{}' END::int8multirange,
           100, now() - interval '1 day', now() FROM terminal""",
)


def fill(database: Database, size: Size) -> datetime:
    """The history up to the last full hour, which is answered."""
    now_us = int(time.time() * 1e6) // HOUR_US * HOUR_US
    now = datetime.fromtimestamp(now_us / 1e6, UTC)
    with database.connect() as conn:
        fleet = make_fleet(conn, size)
    make_history(database, fleet, size, now_us)
    with database.connect() as conn:
        for statement in FILL:
            conn.execute(statement.encode(), {"now": now})
        conn.execute("VACUUM ANALYZE")
    return now


def chosen_of(conn: psycopg.Connection) -> dict[str, str | list[str]]:
    """All machines; of the board of one machine, one with history; of the comparison, its model."""
    machine, model = conn.execute(
        "SELECT m.public_id::text, k.public_id::text FROM machine m JOIN machine_model k USING (model_id) "
        "WHERE machine_id = (SELECT machine_id FROM work_time_1h LIMIT 1)"
    ).fetchone() or ("", "")
    speed = str(packaged_catalogue()["engine_speed_rpm"].id)
    return {"organisation": ALL, "site": ALL, "model": [model], "machine": machine, "signal": [speed]}


@contextmanager
def connections(database: Database) -> Iterator[SimpleQueue[psycopg.Connection]]:
    """As many as a browser asks over at once."""
    free: SimpleQueue[psycopg.Connection] = SimpleQueue()
    with ExitStack() as stack:
        for _ in range(CONNECTIONS):
            free.put(stack.enter_context(psycopg.connect(database.url("ecc_grafana"), autocommit=True)))
        yield free


def ask(
    free: SimpleQueue[psycopg.Connection], board: Board, now: datetime, chosen: dict[str, str | list[str]]
) -> tuple[float, dict[str, float]]:
    """The seconds that the board takes, and each of its panels. Raises RuntimeError when one fails."""
    if board.key != "comparison":
        chosen = chosen | {"model": ALL}

    def answer(key: str, sql: str, points: int) -> tuple[str, float]:
        asked = Asked(from_at=now - SPAN, to_at=now, points=points, chosen=chosen)
        conn = free.get()
        try:
            found = run_statement(conn, expand(statement_of(sql, "en"), asked))
        finally:
            free.put(conn)
        if found.said is not None:
            raise RuntimeError(f"{board.key}.{key}: {found.said}")
        return key, found.seconds

    with ThreadPoolExecutor(CONNECTIONS) as pool:
        begun = time.monotonic()
        asked = [pool.submit(answer, p.key, p.sql, p.points if p.over_time else 24) for p in board.panels]
        panels = dict(one.result() for one in asked)
        return time.monotonic() - begun, panels


def measure(database: Database, now: datetime) -> dict[str, tuple[float, dict[str, float]]]:
    """The medians of every board and its panels, by board."""
    with database.connect() as conn:
        chosen = chosen_of(conn)
    taken = {}
    with connections(database) as free:
        for board in BOARDS:
            ask(free, board, now, chosen)  # the first one reads the files
            runs = [ask(free, board, now, chosen) for _ in range(TIMES)]
            panels = {panel.key: median(run[1][panel.key] for run in runs) for panel in board.panels}
            taken[board.key] = (median(run[0] for run in runs), panels)
    return taken


def main() -> None:
    """Fill, measure, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="a tenth of it, not kept")
    parser.add_argument("--check", action="store_true", help="exit 1 when a board takes a second")
    given = parser.parse_args()
    size = QUICK if given.quick else WHOLE
    with TemporaryDirectory(prefix="ecc-bench-") as directory:
        Path(directory).chmod(0o755)
        with EmbeddedServers(Path(directory) / "data") as servers:
            make_template(servers, size.ingesting)
            database = Database(TEMPLATE, servers)  # its only user
            taken = measure(database, fill(database, size))
    for key, (board_s, panels) in taken.items():
        slowest = max(panels, key=lambda name: panels[name])
        print(f"{key}: {len(panels)} panels in {board_s:.3f} s; the slowest, {slowest}, {panels[slowest]:.3f} s")
    if not given.quick:
        keep("grafana", {f"{key}_90_days_s": (board_s, "s", MOST_S) for key, (board_s, _) in taken.items()})
    if given.check and max(board_s for board_s, _ in taken.values()) > MOST_S:
        sys.exit(1)


if __name__ == "__main__":
    main()
