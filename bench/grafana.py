"""Grafana's boards over 90 days: `python -m bench.grafana [--quick] [--check]`.

Fills a database of its own (20,000 machines, of which 1,000 have 91 days of hourly and daily rollups, of meters and
arrivals; 25,000 alarms) and asks every panel of each board as Grafana would: its statement with macros expanded, as the
role ecc_grafana, over six connections at once, for 90 days that begin and end at an odd minute. A board's time is from
the first question to the last answer, the median of five; beside it stands what the database's processors worked for
it, which says more where the machine is not quiet. The whole size is kept in bench/results/grafana-latest.json; --check
exits 1 when a board takes a second.
"""

import argparse
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
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
    hourly_days=91,
    minute_machines=20,
    minute_days=3,
    raw_machines=0,
    open_alarms=5_000,
    old_alarms=20_000,
)
QUICK = replace(WHOLE, machines=2_000, owned=50, hourly_machines=100, open_alarms=500, old_alarms=2_000)
MOST_S, TIMES, CONNECTIONS = 1.0, 5, 6
SPAN, ODD = timedelta(days=90), timedelta(minutes=23)
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
    """INSERT INTO work_time_1d
       SELECT machine_id, date_bin('1 day', bucket_at, 'epoch'), sum(working_s), sum(travelling_s), sum(idle_s),
           sum(off_s)
       FROM work_time_1h GROUP BY 1, 2""",
    """INSERT INTO arrival_1d
       SELECT machine_id, date_bin('1 day', bucket_at, 'epoch'), 60 * count(*), 0, 0, 0, 0, 0, 3
       FROM arrival_1h GROUP BY 1, 2""",
    # the minutes and quarters of the two hours in which the span begins and ends
    """INSERT INTO work_time_1m
       SELECT machine_id, bucket_at + n * interval '1 minute', working_s / 60, travelling_s / 60, idle_s / 60,
           off_s / 60
       FROM work_time_1h, generate_series(0, 59) n
       WHERE bucket_at IN (%(now)s - interval '1 hour', %(now)s - interval '90 days 1 hour') ON CONFLICT DO NOTHING""",
    """INSERT INTO work_time_15m
       SELECT machine_id, date_bin('15 minutes', bucket_at, 'epoch'), sum(working_s), sum(travelling_s), sum(idle_s),
           sum(off_s)
       FROM work_time_1m GROUP BY 1, 2""",
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


def worked_s(conn: psycopg.Connection) -> float:
    """Processor seconds that the connection's backend has worked so far, on this machine (Linux)."""
    return int(Path(f"/proc/{conn.info.backend_pid}/schedstat").read_text().split()[0]) / 1e9


@dataclass(frozen=True)
class Taken:
    """Seconds that a board took, processor seconds of the database for it, and the seconds of each panel."""

    board_s: float
    worked_s: float
    panels: dict[str, float]


def ask(
    free: SimpleQueue[psycopg.Connection], board: Board, now: datetime, chosen: dict[str, str | list[str]]
) -> Taken:
    """What one asking of the board took. Raises RuntimeError when a panel fails."""
    if board.key != "comparison":
        chosen = chosen | {"model": ALL}

    def answer(key: str, sql: str, points: int) -> tuple[str, float, float]:
        asked = Asked(from_at=now - ODD - SPAN, to_at=now - ODD, points=points, chosen=chosen)
        conn = free.get()
        try:
            before_s = worked_s(conn)
            found = run_statement(conn, expand(statement_of(sql, "en"), asked))
            after_s = worked_s(conn)
        finally:
            free.put(conn)
        if found.said is not None:
            raise RuntimeError(f"{board.key}.{key}: {found.said}")
        return key, found.seconds, after_s - before_s

    with ThreadPoolExecutor(CONNECTIONS) as pool:
        begun = time.monotonic()
        asked = [pool.submit(answer, p.key, p.sql, p.points if p.over_time else 24) for p in board.panels]
        answers = [one.result() for one in asked]
        board_s = time.monotonic() - begun
    return Taken(board_s, sum(worked for *_, worked in answers), {key: seconds for key, seconds, _ in answers})


def measure(database: Database, now: datetime) -> dict[str, Taken]:
    """The medians of every board and its panels, by board."""
    with database.connect() as conn:
        chosen = chosen_of(conn)
    taken = {}
    with connections(database) as free:
        for board in BOARDS:
            ask(free, board, now, chosen)  # the first one reads the files
            runs = [ask(free, board, now, chosen) for _ in range(TIMES)]
            panels = {panel.key: median(run.panels[panel.key] for run in runs) for panel in board.panels}
            taken[board.key] = Taken(median(r.board_s for r in runs), median(r.worked_s for r in runs), panels)
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
    found: dict[str, tuple[float, str, float | None]] = {}
    for key, one in taken.items():
        slowest = max(one.panels, key=lambda name: one.panels[name])
        print(f"{key}: {len(one.panels)} panels in {one.board_s:.3f} s ({one.worked_s:.3f} s of a processor); ", end="")
        print(f"the slowest, {slowest}, {one.panels[slowest]:.3f} s")
        found[f"{key}_90_days_s"] = one.board_s, "s", MOST_S
        found[f"{key}_90_days_processor_s"] = one.worked_s, "s", None
    if not given.quick:
        keep("grafana", found)
    if given.check and max(one.board_s for one in taken.values()) > MOST_S:
        sys.exit(1)


if __name__ == "__main__":
    main()
