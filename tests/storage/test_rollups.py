"""Rollups against a recount that knows nothing of dirty ranges, claims or SQL."""

from collections import defaultdict
from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import psycopg
import pytest

from fleet.batch import ReadingBatch
from ingest.dirty import DirtyMinutes
from ingest.rollups import WORK, Portion, roll_up
from ingest.work_state import WORK_STATES, work_states
from storage.binary import EPOCH_2000_US
from storage.dirty_ranges import add_dirty, claim_dirty, count_dirty
from storage.readings_merge import merge_rest
from storage.rollups import recount_claimed
from tests.batches import CATALOGUE, T0_US, in_order, messages, readings
from tests.conftest import Database

MINUTE_US = 60_000_000
WIDTHS = {"1m": MINUTE_US, "15m": 15 * MINUTE_US, "1h": 60 * MINUTE_US}
WORK_WIDTHS = WIDTHS | {"1d": 1440 * MINUTE_US}
USED = ("engine_speed_rpm", "engine_load_pct", "wheel_speed_kmh", "fuel_used_total_l", "latitude_deg", "dpf_status")
COUNTER = CATALOGUE.index["fuel_used_total_l"]
Instant = tuple[int, int]  # machine, microseconds
Truth = dict[Instant, dict[str, float]]


def oracle_signals(truth: Truth, width_us: int) -> dict[tuple[int, int, int], tuple]:
    """(machine, bucket, signal) -> n, min, max, sum, first, last, increase; one value after the other."""
    series: dict[tuple[int, int, int], list[float]] = defaultdict(list)
    for (machine, at), row in sorted(truth.items()):
        for key, value in row.items():
            series[machine, at // width_us * width_us, CATALOGUE.index[key]].append(value)
    found = {}
    for key, values in series.items():
        grown = sum(max(b - a, 0.0) for a, b in pairwise(values))
        increase = grown if key[2] == COUNTER else None
        found[key] = (len(values), min(values), max(values), sum(values), values[0], values[-1], increase)
    return found


def oracle_work(truth: Truth, width_us: int) -> dict[tuple[int, int], list[float]]:
    """(machine, bucket) -> seconds per work state, one stretch after the other."""
    seconds: dict[tuple[int, int], list[float]] = defaultdict(lambda: [0.0] * 4)
    rows: dict[int, list[tuple[int, int]]] = defaultdict(list)
    told_at: dict[int, int] = {}
    for (machine, at), row in sorted(truth.items()):
        if "engine_speed_rpm" in row:
            told_at[machine] = at
        elif machine in told_at and at - told_at[machine] <= MINUTE_US:
            continue
        values = np.full((1, len(CATALOGUE)), np.nan)
        for key, value in row.items():
            values[0, CATALOGUE.index[key]] = value
        rows[machine].append((at, int(work_states(values, CATALOGUE)[0])))
    for machine, states in rows.items():
        for number, (at, state) in enumerate(states):
            end = min(at + MINUTE_US, states[number + 1][0] if number + 1 < len(states) else at + MINUTE_US)
            while at < end:
                border = min(end, (at // width_us + 1) * width_us)
                seconds[machine, at // width_us * width_us][state] += (border - at) / 1e6
                at = border  # noqa: PLW2901
    return dict(seconds)


def check_equal_to_oracle(conn: psycopg.Connection, truth: Truth) -> None:
    stamp = "(extract(epoch FROM bucket_at) * 1000000)::bigint"
    for level, width_us in WIDTHS.items():
        rows = conn.execute(
            f"SELECT machine_id, {stamp}, signal_id, n, min, max, sum, first, last, increase FROM rollup_{level}"
        )
        found = {tuple(row[:3]): row[3:] for row in rows}
        expected = oracle_signals(truth, width_us)
        assert found.keys() == expected.keys(), level
        for key, values in expected.items():
            assert found[key][:3] + found[key][4:6] == values[:3] + values[4:6], (level, key)
            assert found[key][3] == pytest.approx(values[3], rel=1e-12), (level, key)
            assert found[key][6] == (
                values[6] if values[6] is None else pytest.approx(values[6], rel=1e-9, abs=1e-9)
            ), (level, key)
    for level, width_us in WORK_WIDTHS.items():
        check_work(conn, truth, level, width_us)


def check_work(conn: psycopg.Connection, truth: Truth, level: str, width_us: int) -> None:
    stamp = "(extract(epoch FROM bucket_at) * 1000000)::bigint"
    names = ", ".join(f"{name}_s" for name in WORK_STATES)
    work = {
        (machine, at): list(times)
        for machine, at, *times in conn.execute(f"SELECT machine_id, {stamp}, {names} FROM work_time_{level}")
        if sum(times) > 0
    }
    expected_work = oracle_work(truth, width_us)
    assert work.keys() == expected_work.keys(), level
    for bucket, times in expected_work.items():
        assert work[bucket] == pytest.approx(times, abs=2e-3), (level, bucket)


def a_story(rng: np.random.Generator, machines: int) -> Truth:
    """Some hours of a few machines: gaps, rows without an engine speed, counters that jump back, second fractions."""
    truth: Truth = {}
    for machine in range(1, machines + 1):
        at = T0_US - int(rng.integers(0, 7200)) * 1_000_000
        fuel = 1000.0
        for _ in range(int(rng.integers(50, 160))):
            at += int(
                rng.choice([1, 7, 20, 59, 60, 61, 130, 1900], p=[0.3, 0.2, 0.2, 0.1, 0.05, 0.05, 0.05, 0.05]) * 1e6
            )
            at += int(rng.choice([0, 0, 0, 123_456]))
            fuel = 0.0 if rng.random() < 0.02 else fuel + float(rng.random())
            row = {
                "engine_speed_rpm": float(rng.choice([0, 299, 300, 800, 2000])),
                "engine_load_pct": float(rng.choice([0, 24, 25, 80])),
                "wheel_speed_kmh": float(rng.choice([0, 1, 2, 30])),
                "fuel_used_total_l": fuel,
                "latitude_deg": float(rng.random() * 90),
                "dpf_status": float(rng.integers(0, 4)),
            }
            truth[machine, at] = {key: value for key, value in row.items() if rng.random() < 0.7} or row
    return truth


class Gateway:
    """Stores rows as the pipeline does: merge, dirty minutes through the cache, adopt after the commit."""

    def __init__(self, url: str) -> None:
        self.conn = psycopg.connect(url)
        self.cache = DirtyMinutes()

    def store(
        self,
        rows: list[tuple[int, int, dict[str, float]]],
        *,
        fails: bool = False,
        delays_us: Sequence[int] | None = None,
    ) -> None:
        batch = readings([(machine, (at - T0_US) / 1e6, values) for machine, at, values in rows])
        batch.measured_at_us = np.array([at for _, at, _ in rows], np.int64)
        if delays_us is not None:
            batch.received_at_us = batch.measured_at_us + np.array(delays_us, np.int64)
        merged = merge_rest(self.conn, in_order(batch), messages(len(rows)), CATALOGUE)
        (epoch,) = self.conn.execute("SELECT epoch FROM rollup_epoch FOR SHARE").fetchone() or (0,)
        unwritten = self.cache.unwritten(merged.rows.machine, merged.rows.measured_at_us, epoch)
        add_dirty(self.conn, unwritten.machine, unwritten.minute)
        if fails:
            self.conn.rollback()
            return
        self.conn.commit()
        self.cache.adopt(unwritten, epoch)


@pytest.fixture
def gateway(database: Database):
    made = Gateway(database.url("ecc_gateway"))
    yield made
    made.conn.close()


@pytest.fixture
def housekeeping(database: Database):
    with psycopg.connect(database.url("ecc_housekeeping"), autocommit=True) as conn:
        yield conn


@pytest.mark.parametrize("seed", range(4))
def test_all_levels_equal_a_recount_after_disorder_duplicates_and_claims_in_between(
    gateway: Gateway, housekeeping: psycopg.Connection, seed: int
):
    rng = np.random.default_rng(seed)
    truth = a_story(rng, machines=3)
    sent = [(machine, at, row) for (machine, at), row in truth.items()]
    sent += [sent[i] for i in rng.integers(0, len(sent), len(sent) // 3)]  # duplicates
    for machine, at, row in list(sent[:60]):  # and rows in two parts
        parts = dict(list(row.items())[: len(row) // 2])
        if parts:
            sent.append((machine, at, parts))
    order = rng.permutation(len(sent))
    for piece in np.array_split(order, 12):
        gateway.store([sent[i] for i in piece], fails=rng.random() < 0.2)
        gateway.store([sent[i] for i in piece])
        match int(rng.integers(0, 4)):
            case 0:
                roll_up(housekeeping, CATALOGUE, portion=Portion(int(rng.integers(20, 200))))
            case 1:
                with housekeeping.transaction():  # a run that dies between claim and recount
                    claim_dirty(housekeeping)
            case 2:
                with housekeeping.transaction():  # and one that dies in the middle of its portions
                    claim_dirty(housekeeping)
                with housekeeping.transaction():
                    recount_claimed(housekeeping, CATALOGUE, WORK, limit=10)
    roll_up(housekeeping, CATALOGUE)
    assert count_dirty(housekeeping) == 0
    housekeeping_sees(housekeeping, truth)


def housekeeping_sees(conn: psycopg.Connection, truth: Truth) -> None:
    count = conn.execute("SELECT count(*) FROM reading").fetchone()
    assert count == (len(truth),)
    check_equal_to_oracle(conn, truth)


def test_a_batch_that_commits_after_the_claim_is_not_lost(database: Database, gateway: Gateway):
    """The gateway knows minute 0 as dirty, housekeeping claims it, the gateway writes to minute 0 again."""
    gateway.store([(1, T0_US, {"fuel_level_pct": 10})])
    with psycopg.connect(database.url("ecc_housekeeping"), autocommit=True) as conn:
        with conn.transaction():
            claim_dirty(conn)
        gateway.store([(1, T0_US + 1_000_000, {"fuel_level_pct": 20})])
        with conn.transaction():
            recount_claimed(conn, CATALOGUE, WORK, limit=100)
        assert count_dirty(conn) == 1
        gateway.store([(1, T0_US + 2_000_000, {"fuel_level_pct": 30})])
        assert count_dirty(conn) == 1, "known as dirty: written once"
        roll_up(conn, CATALOGUE)
        check_equal_to_oracle(conn, {(1, T0_US + s * 1_000_000): {"fuel_level_pct": 10.0 * (s + 1)} for s in range(3)})


def test_a_claim_waits_for_the_batch_that_is_under_way(database: Database):
    with (
        psycopg.connect(database.url("ecc_gateway")) as batch,
        psycopg.connect(database.url("ecc_housekeeping")) as claim,
    ):
        batch.execute("SELECT epoch FROM rollup_epoch FOR SHARE")
        claim.execute("SET lock_timeout = '100ms'")
        with pytest.raises(psycopg.errors.LockNotAvailable):
            claim_dirty(claim)


def test_the_buckets_of_a_half_hour_zone_add_up_from_quarters(gateway: Gateway, housekeeping: psycopg.Connection):
    """18:30 UTC is midnight in India: the quarter that begins there holds nothing from before."""
    midnight = T0_US // 86_400_000_000 * 86_400_000_000 + 66_600_000_000
    gateway.store([(1, midnight - 1_000_000, {"fuel_used_total_l": 10}), (1, midnight, {"fuel_used_total_l": 13})])
    gateway.store([(1, midnight + 90_000_000, {"fuel_used_total_l": 14.5})])
    roll_up(housekeeping, CATALOGUE)
    rows = housekeeping.execute("SELECT bucket_at, first, increase FROM rollup_15m ORDER BY 1").fetchall()
    assert [(row[0].timestamp() * 1e6, *row[1:]) for row in rows] == [
        (midnight - 900_000_000, 10.0, 0.0),
        (midnight, 13.0, 1.5),
    ]
    assert EPOCH_2000_US % 900_000_000 == 0


def test_nothing_dirty_is_nothing_to_do(housekeeping: psycopg.Connection):
    assert roll_up(housekeeping, CATALOGUE) == 0


def test_a_batch_knows_each_dirty_minute_once():
    cache = DirtyMinutes()
    rows = ReadingBatch.empty()
    assert len(cache.unwritten(rows.machine, rows.measured_at_us, 1).keys) == 0
