"""Days of work time and of arrivals against a recount of the readings that are stored, after whatever came late."""

from __future__ import annotations

import shutil
from collections import defaultdict
from pathlib import Path

import numpy as np
import psycopg
import pytest

from ingest.rollups import Portion, roll_up
from storage.migrate import MIGRATIONS, migrate
from tests.batches import CATALOGUE, T0_US
from tests.conftest import Database
from tests.storage.test_migrations import dbmate
from tests.storage.test_rollups import MINUTE_US, Gateway, Truth, check_work

DAY_US = 1440 * MINUTE_US
MIDNIGHT = T0_US // DAY_US * DAY_US
LIMITS_S = (10, 60, 900, 3600, 86_400)
KEYS = ("engine_speed_rpm", "engine_load_pct", "wheel_speed_kmh")
DAYS_OF_WORK = "SELECT * FROM work_time_1d ORDER BY machine_id, bucket_at"
DAYS_OF_ARRIVALS = "SELECT * FROM arrival_1d ORDER BY machine_id, bucket_at"
Sent = tuple[int, int, dict[str, float]]


def a_story(rng: np.random.Generator) -> list[Sent]:
    """Five days of two machines, with silences of hours and of a whole day, and rows in the minutes about midnight."""
    sent: list[Sent] = []
    for machine in (1, 2):
        at = MIDNIGHT - 2 * DAY_US
        times = [MIDNIGHT + n * DAY_US + s * 1_000_000 for n in range(3) for s in (-70, -59, -20, 0, 30)]
        while at < MIDNIGHT + 3 * DAY_US:
            at += int(rng.choice([30, 59, 90, 900, 30_000], p=[0.5, 0.2, 0.1, 0.18, 0.02])) * 1_000_000
            at += 26 * 60 * MINUTE_US if rng.random() < 0.002 else 0
            times.append(at)
        for time in rng.choice(times, min(400, len(times)), replace=False):
            row = {
                "engine_speed_rpm": float(rng.choice([0, 800, 2000])),
                "engine_load_pct": float(rng.choice([0, 80])),
                "wheel_speed_kmh": float(rng.choice([0, 30], p=[0.8, 0.2])),
            }
            sent.append((machine, int(time), row))
    return sent


def in_parts(rng: np.random.Generator, sent: list[Sent]) -> list[Sent]:
    """A third of the rows come as two messages: the second one tells what the machine really did."""
    parts: list[Sent] = []
    for machine, at, row in sent:
        if rng.random() < 0.33:
            parts += [(machine, at, {KEYS[0]: row[KEYS[0]]}), (machine, at, {key: row[key] for key in KEYS[1:]})]
        else:
            parts.append((machine, at, row))
    return [parts[i] for i in rng.permutation(len(parts))]


def stored(conn: psycopg.Connection) -> tuple[Truth, dict[tuple[int, int], float]]:
    """The readings, and (machine, minute) -> seconds that the last of its readings took."""
    truth: Truth = {}
    delays: dict[tuple[int, int], float] = defaultdict(float)
    statement = (
        "SELECT machine_id, (extract(epoch FROM measured_at) * 1000000)::bigint, "
        f"extract(epoch FROM received_at - measured_at)::float8, {', '.join(KEYS)} FROM reading"
    )
    for machine, at, delay_s, *values in conn.execute(statement):
        truth[machine, at] = {key: value for key, value in zip(KEYS, values, strict=True) if value is not None}
        minute = machine, at // MINUTE_US * MINUTE_US
        delays[minute] = max(delays[minute], delay_s)
    return truth, delays


def check_days(conn: psycopg.Connection) -> None:
    truth, delays = stored(conn)
    check_work(conn, truth, "1d", DAY_US)
    expected: dict[tuple[int, int], list[float]] = {}
    for (machine, minute), delay_s in delays.items():
        day = expected.setdefault((machine, minute // DAY_US * DAY_US), [0] * 7)
        counts = [1, *(int(delay_s > limit) for limit in LIMITS_S)]
        day[:] = [a + b for a, b in zip(day[:6], counts, strict=True)] + [max(day[6], delay_s)]
    found = {
        (machine, at): list(counts)
        for machine, at, *counts in conn.execute(
            "SELECT machine_id, (extract(epoch FROM bucket_at) * 1000000)::bigint, minutes, over_10s, over_1m, "
            "over_15m, over_1h, over_1d, latest_s FROM arrival_1d"
        )
    }
    assert found.keys() == expected.keys()
    for day, counts in expected.items():
        assert found[day][:6] == counts[:6], day
        assert found[day][6] == pytest.approx(counts[6], rel=1e-6), day


@pytest.fixture
def gateway(database: Database):
    made = Gateway(database.url("ecc_gateway"))
    yield made
    made.conn.close()


@pytest.mark.parametrize("seed", range(2))
def test_days_equal_a_recount_after_each_batch_however_late(database: Database, gateway: Gateway, seed: int):
    rng = np.random.default_rng(seed)
    parts = in_parts(rng, a_story(rng))
    with psycopg.connect(database.url("ecc_housekeeping"), autocommit=True) as conn:
        for piece in np.array_split(np.arange(len(parts)), 6):
            delays_us = rng.choice([0.5, 9, 11, 300, 2000, 50_000, 100_000], len(piece)) * 1e6
            gateway.store([parts[i] for i in piece], delays_us=delays_us.astype(np.int64).tolist())
            roll_up(conn, CATALOGUE, portion=Portion(150))
            check_days(conn)
        counts = conn.execute("SELECT count(DISTINCT bucket_at), count(*) FROM work_time_1d").fetchone()
    assert counts is not None
    assert counts[0] >= 5


def test_an_upgrade_makes_the_days_of_the_hours_that_there_are(database: Database, gateway: Gateway, tmp_path: Path):
    rng = np.random.default_rng(7)
    gateway.store(a_story(rng)[:150])
    with psycopg.connect(database.url("ecc_housekeeping"), autocommit=True) as conn:
        roll_up(conn, CATALOGUE)
    gateway.conn.close()
    with psycopg.connect(database.superuser_url, autocommit=True) as conn:
        before = [conn.execute(days).fetchall() for days in (DAYS_OF_WORK, DAYS_OF_ARRIVALS)]
        assert all(len(rows) > 3 for rows in before)
        for file in shutil.copytree(MIGRATIONS, tmp_path / "all").iterdir():
            if file.name[:4] < "0078":
                continue
            dbmate(database.owner_url, tmp_path / "all", "rollback")
        assert conn.execute("SELECT to_regclass('work_time_1d'), to_regclass('arrival_1d')").fetchone() == (None, None)
        migrate(database.owner_url)
        after = [conn.execute(days).fetchall() for days in (DAYS_OF_WORK, DAYS_OF_ARRIVALS)]
    assert after[1] == before[1]
    assert [row[:2] for row in after[0]] == [row[:2] for row in before[0]]
    for new, old in zip(after[0], before[0], strict=True):
        assert new[2:] == pytest.approx(old[2:], abs=1e-6)
