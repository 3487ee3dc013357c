"""What boards sum up over a span, by days, hours, quarters and minutes at its ends, against every minute by itself."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import numpy as np
import psycopg
import pytest

from tests.conftest import Database

DAY = datetime(2026, 9, 1, tzinfo=UTC)
DAYS, MACHINES = 6, (1, 2)
MINUTE_MS, HOUR_MS, DAY_MS = 60_000, 3_600_000, 86_400_000
STATES = "working_s, travelling_s, idle_s, off_s"
SUMS = "sum(working_s::float8), sum(travelling_s::float8), sum(idle_s::float8), sum(off_s::float8)"
HOUR_OF_ARRIVALS = "INSERT INTO arrival_1h VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s)"
DAY_OF_ARRIVALS = """
INSERT INTO arrival_1d
SELECT machine_id, date_bin('1 day', bucket_at, 'epoch'), sum(bit_count(heard::bit(64))),
    sum(bit_count((heard & ~in_10s)::bit(64))), sum(bit_count((heard & ~in_1m)::bit(64))), 0, 0, 0, max(latest_s)
FROM arrival_1h GROUP BY 1, 2
"""
Minutes = dict[tuple[int, datetime], tuple[float, ...]]
Hours = dict[tuple[int, datetime], tuple[int, int, int]]


@pytest.fixture(scope="module")
def filled(console_database: Database) -> tuple[Minutes, Hours]:
    """Six days of minutes with holes, the coarser levels made of them; the second machine has a day without any."""
    rng = np.random.default_rng(5)
    minutes: Minutes = {}
    hours: Hours = {}
    with psycopg.connect(console_database.superuser_url, autocommit=True) as conn:
        with (
            conn.cursor() as cursor,
            cursor.copy(f"COPY work_time_1m (machine_id, bucket_at, {STATES}) FROM STDIN") as copy,
        ):
            for machine in MACHINES:
                for n in range(DAYS * 1440):
                    if rng.random() < 0.2 or (machine == 2 and n // 1440 == 3):
                        continue
                    at, seconds = DAY + timedelta(minutes=n), tuple(float(one) for one in rng.integers(1, 15, 4))
                    minutes[machine, at] = seconds
                    copy.write_row([machine, at, *seconds])
        for finer, level, width in (("1m", "15m", "15 minutes"), ("15m", "1h", "1 hour"), ("1h", "1d", "1 day")):
            conn.execute(
                f"INSERT INTO work_time_{level} SELECT machine_id, date_bin('{width}', bucket_at, 'epoch'), {SUMS} "
                f"FROM work_time_{finer} GROUP BY 1, 2".encode()
            )
        rows = []
        for machine in MACHINES:
            for n in range(DAYS * 24):
                heard, soon = (int(bits) for bits in rng.integers(0, 2**60, 2))
                at = DAY + timedelta(hours=n)
                rows.append([machine, at, heard, heard & soon, heard, heard, heard, heard, 12])
                hours[machine, at] = (heard.bit_count(), (heard & ~soon).bit_count(), 0)
        conn.cursor().executemany(HOUR_OF_ARRIVALS, rows)
        conn.execute(DAY_OF_ARRIVALS)
        conn.execute("ANALYZE")
    return minutes, hours


@pytest.fixture(scope="module")
def grafana(filled, console_database: Database) -> Iterator[psycopg.Connection]:
    with psycopg.connect(console_database.url("ecc_grafana"), autocommit=True) as conn:
        yield conn


def spans() -> list[tuple[datetime, datetime]]:
    """Chosen ones, then by chance: (from, until before)."""
    chosen = [
        (0, 1440),  # a day of UTC
        (1440 + 1110, 2 * 1440 + 1110),  # a day of India: both ends on the half hour
        (623, 4 * 1440 + 307),  # odd minutes, whole days between
        (623, 650),  # within an hour
        (623, 790),  # within a day
        (1410, 1470),  # over midnight, no whole hour
        (1440 - 10, 2 * 1440 + 10),  # one whole day and ends below an hour
        (300, 1440 + 300),  # whole hours, no whole day
        (0, DAYS * 1440),
        (-3000, DAYS * 1440 + 3000),  # beyond what there is
    ]
    rng = np.random.default_rng(11)
    for _ in range(12):
        begin = float(rng.uniform(-100, DAYS * 1440))
        chosen.append((begin, begin + float(rng.choice([3, 50, 200, 2000, 9000])) * float(rng.random())))
    return [(DAY + timedelta(minutes=begin), DAY + timedelta(minutes=end)) for begin, end in chosen]


def of_machines(conn: psycopg.Connection, statement: str, *given: object) -> dict[int, list[float]]:
    return {number: list(rest) for number, *rest in conn.execute(statement.encode(), given)}


@pytest.mark.parametrize("width_ms", [HOUR_MS, 12 * HOUR_MS, DAY_MS, 7 * DAY_MS])
def test_work_in_a_span_is_that_of_its_minutes(grafana, filled, width_ms):
    minutes, _ = filled
    for begin, end in spans():
        expected: dict[int, list[float]] = {}
        for (machine, at), seconds in minutes.items():
            if begin <= at < end:
                sums = expected.setdefault(machine, [0.0] * 4)
                sums[:] = [a + b for a, b in zip(sums, seconds, strict=True)]
        found = of_machines(
            grafana,
            f"SELECT number, {SUMS} FROM dashboard.work_between(%s::timestamptz, %s::timestamptz, %s) GROUP BY 1",
            begin,
            end,
            width_ms,
        )
        assert found == expected, (begin, end)


@pytest.mark.parametrize(("width_ms", "minutes_wide"), [(MINUTE_MS, 1), (10 * MINUTE_MS, 1), (30 * MINUTE_MS, 15)])
def test_narrow_points_are_pieces_that_begin_in_the_span(grafana, filled, width_ms, minutes_wide):
    minutes, _ = filled
    width = timedelta(minutes=minutes_wide)
    for begin, end in spans()[:6]:
        expected: dict[tuple[int, datetime], float] = {}
        for (machine, at), seconds in minutes.items():
            piece = at - (at - DAY) % width
            if begin <= piece < end:
                expected[machine, piece] = expected.get((machine, piece), 0.0) + seconds[0]
        found = grafana.execute(
            "SELECT number, at, working_s FROM dashboard.work_between(%s::timestamptz, %s::timestamptz, %s)",
            [begin, end, width_ms],
        )
        assert {(number, at): seconds for number, at, seconds in found} == expected


def test_arrivals_in_a_span_are_those_of_its_hours(grafana, filled):
    _, hours = filled
    for begin, end in spans():
        expected: dict[int, list[float]] = {}
        for (machine, at), counts in hours.items():
            if begin <= at < end:
                sums = expected.setdefault(machine, [0, 0, 0])
                sums[:] = [a + b for a, b in zip(sums, counts, strict=True)]
        found = of_machines(
            grafana,
            "SELECT number, sum(minutes), sum(over_10s), sum(over_1m) "
            "FROM dashboard.arrival_between(%s::timestamptz, %s::timestamptz) GROUP BY 1",
            begin,
            end,
        )
        assert found == expected, (begin, end)


def test_only_the_chunks_at_the_ends_of_a_span_are_opened(grafana, console_database):
    """Bounds are constants to the planner: of six days of minutes it looks at those two in which the span ends."""
    begin, end = DAY + timedelta(minutes=623), DAY + timedelta(days=4, minutes=307)
    asked = f"EXPLAIN SELECT * FROM dashboard.work_between('{begin}'::timestamptz, '{end}'::timestamptz, {DAY_MS})"
    with psycopg.connect(console_database.superuser_url) as conn:  # the names of chunks are not Grafana's to look up
        plan = "\n".join(line for (line,) in conn.execute(asked.encode()))
        table_of = dict(
            conn.execute("SELECT chunk_name, hypertable_name FROM timescaledb_information.chunks").fetchall()
        )
    assert not re.search(r"excluded during (startup|runtime): [1-9]", plan), "planned for more than is read"
    opened = Counter(table_of[chunk] for chunk in set(re.findall(r" on (_hyper_\d+_\d+_chunk)\b", plan)))
    assert set(opened) == {"work_time_1d", "work_time_1h", "work_time_15m", "work_time_1m"}
    assert opened["work_time_1m"] == 2
