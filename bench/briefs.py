"""The brief of a fleet for a month, and one on paper: `python -m bench.briefs [--machines 1000] [--hours 12]`.

Machines that are heard for so many hours a day, with counters of fuel, hours and distance, on servers of its own.
Prints how long the numbers took and how long one PDF, on the clock and on a processor (this process and the database's
beside it, one core of theirs at a time); exits 1 above 30 s or 2 s of processor time. The whole size is kept in
bench/results/briefs-latest.json.
"""

import argparse
import asyncio
import os
import sys
import time
from datetime import UTC, date, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

import msgspec
import psycopg

from app.embedded import EmbeddedServers
from bench.report import keep
from fleet.signals import packaged_catalogue
from storage.migrate import migrate
from storage.pool import connect_async
from storage.sight import Scope
from storage.users import ensure_organisation
from usecases.briefs.make_brief import Asked, fleet_brief, machine_brief
from usecases.briefs.periods import Days
from usecases.briefs.show_brief import show_brief

DAYS = Days(date(2026, 10, 1), date(2026, 10, 31))
MOST_NUMBERS_S, MOST_PAPER_S, WHOLE = 30.0, 2.0, 1_000
COUNTERS = ("fuel_used_total_l", "engine_hours_h", "distance_total_km")
MACHINES = """
WITH t AS (
    INSERT INTO site (name, time_zone, organisation_id) VALUES ('Pit', 'Asia/Kolkata', %(organisation)s)
    RETURNING site_id
), mm AS (
    INSERT INTO machine_model (name, kind, fuel_tank_l) VALUES ('bench-1', 'excavator', 400) RETURNING model_id
), m AS (
    INSERT INTO machine (public_id, pin, name, site_id, model_id)
    SELECT gen_random_uuid(), 'M-' || i, 'machine ' || i, site_id, model_id
    FROM t, mm, generate_series(1, %(machines)s) i RETURNING machine_id
)
INSERT INTO ownership (machine_id, organisation_id) SELECT machine_id, %(organisation)s FROM m
"""
QUARTERS = """
FROM machine m, generate_series('2026-09-30Z'::timestamptz, '2026-11-01Z', interval '15 minutes') AS b (at)
WHERE extract(hour FROM b.at) < %(hours)s
"""
WORK = "INSERT INTO work_time_15m SELECT m.machine_id, b.at, 500, 100, 250, 50" + QUARTERS
COUNTED = (
    """
INSERT INTO rollup_15m (machine_id, bucket_at, signal_id, n, first, last, increase)
SELECT m.machine_id, b.at, %(signal)s, 15, extract(epoch FROM b.at) / 9000, extract(epoch FROM b.at) / 9000 + 0.05, 0.05
"""
    + QUARTERS
)


def fill(url: str, machines: int, hours: int) -> Scope:
    """The fleet and its quarter hours; whose eyes see it."""
    catalogue = packaged_catalogue()
    with psycopg.connect(url, autocommit=True) as conn:
        organisation = ensure_organisation(conn, kind="customer", name="North")
        conn.execute(MACHINES, {"organisation": organisation, "machines": machines})
        conn.execute(WORK, {"hours": hours})
        for key in COUNTERS:
            conn.execute(COUNTED, {"hours": hours, "signal": catalogue.index[key]})
        conn.execute("VACUUM ANALYZE")
    return Scope(organisation_id=organisation, organisations=(organisation,), sees_all=False)


def worked_s(pid: int) -> float:
    """Processor time of this process and of another of this host."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return time.process_time() + (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


async def measure(url: str, scope: Scope) -> bool:
    """Make both and print; True when neither took too long."""
    asked = Asked(scope=scope, catalogue=packaged_catalogue(), days=DAYS, now=datetime.now(UTC))
    async with await connect_async(url, application="bench") as conn:
        await conn.execute("SELECT set_config('ecc.organisation_id', %s, false)", [str(scope.organisation_id)])
        await conn.execute("SET max_parallel_workers_per_gather = 0")
        began_s, before_s = time.monotonic(), worked_s(conn.info.backend_pid)
        fleet = await fleet_brief(conn, asked, name="North")
        clock_s, numbers_s = time.monotonic() - began_s, worked_s(conn.info.backend_pid) - before_s
        one = await machine_brief(conn, asked, fleet.machines[0].id)
    paper_s, paper = [], b""
    for _ in range(2):  # the first one loads fonts
        began_s = time.process_time()
        paper, _ = show_brief(msgspec.json.encode(one), "pdf", "zh")
        paper_s.append(time.process_time() - began_s)
    took = f"{numbers_s:.1f} s of one core, {clock_s:.1f} s on the clock"
    print(f"{len(fleet.machines)} machines, {len(DAYS)} days: numbers in {took}")
    print(f"one PDF of {len(paper)} bytes: {paper_s[0]:.2f} s, then {paper_s[1]:.2f} s of one core")
    if len(fleet.machines) == WHOLE:
        keep(
            "briefs",
            {
                "machines_in_the_month": (len(fleet.machines), "machines", None),
                "numbers_core_s": (numbers_s, "s", MOST_NUMBERS_S),
                "numbers_clock_s": (clock_s, "s", None),
                "pdf_of_one_machine_core_s": (paper_s[1], "s", MOST_PAPER_S),
                "first_pdf_core_s": (paper_s[0], "s", None),
            },
        )
    return numbers_s <= MOST_NUMBERS_S and paper_s[1] <= MOST_PAPER_S


def main() -> int:
    """Run it on servers of its own; 0 when both were quick enough."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--machines", type=int, default=WHOLE)
    parser.add_argument("--hours", type=int, default=12)
    given = parser.parse_args()
    with TemporaryDirectory(prefix="ecc-bench-") as directory:
        Path(directory).chmod(0o755)
        (Path(directory) / "data").mkdir()
        with EmbeddedServers(Path(directory) / "data") as servers:
            migrate(servers.database_url("ecc_owner"))
            scope = fill(servers.database_url("ecc_owner"), given.machines, given.hours)
            return 0 if asyncio.run(measure(servers.database_url("ecc_api"), scope)) else 1


if __name__ == "__main__":
    sys.exit(main())
