"""A brief's numbers out of the database against a recount of the readings that were stored."""

from collections import defaultdict
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import numpy as np
import psycopg
import pytest

from ingest.rollups import roll_up
from storage.sight import Period
from tests.batches import CATALOGUE, T0_US
from tests.conftest import Database
from tests.storage.test_rollups import Gateway, Truth, oracle_work
from usecases.briefs.numbers import DayNumbers
from usecases.briefs.periods import Days, hours_us
from usecases.briefs.quarters import MOST, QUARTER_US
from usecases.briefs.read_numbers import Counted, read_hours, read_numbers

ZONES = {1: ZoneInfo("Asia/Kolkata"), 2: ZoneInfo("Europe/Berlin"), 3: ZoneInfo("America/St_Johns")}
SAMPLED = 4
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
FUEL, HOURS, KM = "fuel_used_total_l", "engine_hours_h", "distance_total_km"
FIRST = (EPOCH + timedelta(microseconds=T0_US)).date()


def a_story(rng: np.random.Generator) -> Truth:
    """Three days of three machines with silences and resets; the third has no counter of fuel but a rate."""
    truth: Truth = {}
    for machine in ZONES:
        at, fuel, hours, km = T0_US - 20 * 3_600_000_000, 500.0, 40.0, 7.0
        while at < T0_US + 52 * 3_600_000_000:
            at += int(rng.choice([45, 60, 240, 5_000, 30_000], p=[0.3, 0.4, 0.25, 0.045, 0.005])) * 1_000_000
            fuel = 0.0 if rng.random() < 0.01 else fuel + float(rng.random())
            fuel += 1e5 if rng.random() < 0.003 else 0.0
            hours, km = hours + float(rng.random()) / 60, km + float(rng.random())
            row = {
                "engine_speed_rpm": float(rng.choice([0, 800, 2000])),
                "engine_load_pct": float(rng.choice([0, 80])),
                "wheel_speed_kmh": float(rng.choice([0, 30], p=[0.8, 0.2])),
                FUEL if machine < 3 else "fuel_rate_lph": fuel if machine < 3 else float(rng.integers(1, 30)),
                HOURS: hours,
                KM: km,
            }
            truth[machine, at] = {key: value for key, value in row.items() if rng.random() < 0.8} or row
    return truth


def a_sampled_day() -> Truth:
    """Twelve hours of a machine that reports every two minutes, as its first day begins, UTC; 10 L/h."""
    begin = T0_US // 86_400_000_000 * 86_400_000_000
    return {
        (SAMPLED, begin + second * 1_000_000): {
            "engine_speed_rpm": 2000.0,
            "engine_load_pct": 80.0,
            FUEL: second / 360,
            HOURS: second / 3600,
        }
        for second in range(0, 12 * 3600 + 1, 120)
    }


def day_of(at_us: int, machine: int) -> date:
    return (EPOCH + timedelta(microseconds=at_us)).astimezone(ZONES[machine]).date()


def grown(truth: Truth, machine: int, key: str, most: float) -> dict[date, float]:
    """What a counter grew by on each day: of reading after reading, gathered by quarter hours."""
    quarters: dict[int, list[float]] = defaultdict(list)
    for (found, at), row in sorted(truth.items()):
        if found == machine and key in row:
            quarters[at // QUARTER_US * QUARTER_US].append(row[key])
    days: dict[date, float] = defaultdict(float)
    before: tuple[int, float] | None = None
    for quarter, values in sorted(quarters.items()):
        within = sum(max(b - a, 0.0) for a, b in pairwise(values))
        days[day_of(quarter, machine)] += within if within <= most / 2 else 0.0
        if before is not None and 0 < values[0] - before[1] <= most * ((quarter - before[0]) / 3.6e9 + 0.25):
            days[day_of(quarter, machine)] += values[0] - before[1]
        before = (quarter, values[-1])
    return days


def hours_equal_a_recount(by_hour: DayNumbers, by_day: DayNumbers, truth: Truth, day: date) -> None:
    """Each hour by its quarter hours, and all of them together the day."""
    quarters = oracle_work(truth, QUARTER_US)
    for row, (machine, zone) in enumerate(ZONES.items()):
        bounds = hours_us(day, zone)
        for number, (begin, end) in enumerate(pairwise(bounds)):
            inside = [quarters.get((machine, at), (0.0,) * 4) for at in range(begin, end, QUARTER_US)]
            sums = [sum(part) for part in zip(*inside, strict=True)]
            assert by_hour.seconds[row, number] == pytest.approx(sums[::-1], abs=0.2), (machine, number)
        for one, other in (
            (by_hour.fuel_l, by_day.fuel_l),
            (by_hour.engine_h, by_day.engine_h),
            (by_hour.distance_km, by_day.distance_km),
        ):
            assert np.nansum(one[row]) == pytest.approx(other[row, 0]), machine


@pytest.mark.parametrize("seed", range(2))
async def test_the_numbers_equal_a_recount_of_stored_readings(database: Database, seed: int):
    truth = a_story(np.random.default_rng(seed))
    gateway = Gateway(database.url("ecc_gateway"))
    gateway.store([(machine, at, row) for (machine, at), row in (truth | a_sampled_day()).items()])
    gateway.conn.close()
    with psycopg.connect(database.url("ecc_housekeeping"), autocommit=True) as conn:
        roll_up(conn, CATALOGUE)
    days = Days(FIRST, FIRST + timedelta(days=1))
    machines = [Counted(machine_id=machine, zone=zone) for machine, zone in ZONES.items()]
    machines.append(Counted(machine_id=SAMPLED, zone=ZoneInfo("UTC")))
    async with await psycopg.AsyncConnection.connect(database.url("ecc_api")) as conn:
        found = await read_numbers(conn, CATALOGUE, machines, days, now_us=T0_US + 10**12)
        by_hour = await read_hours(conn, CATALOGUE, machines, days.first, now_us=T0_US + 10**12)
        sold = Period(from_at=EPOCH + timedelta(microseconds=T0_US // QUARTER_US * QUARTER_US - 1), to_at=None)
        late = [Counted(machine_id=1, zone=ZONES[1], hours=[sold], readings=[sold])]
        clipped = await read_numbers(conn, CATALOGUE, late, days, now_us=T0_US + 10**12)
    hours_equal_a_recount(by_hour, found, truth, days.first)
    work: dict[tuple[int, date], list[float]] = defaultdict(lambda: [0.0] * 4)
    for (machine, quarter), (off, idle, travelling, working) in oracle_work(truth, QUARTER_US).items():
        place = (machine, day_of(quarter, machine))
        work[place] = [a + b for a, b in zip(work[place], (working, travelling, idle, off), strict=True)]
    for row, machine in enumerate(ZONES):
        expected = {
            key: grown(truth, machine, key, most) for key, most in ((FUEL, MOST[0]), (HOURS, 1.0), (KM, MOST[2]))
        }
        for number, day in enumerate(days.all):
            assert found.seconds[row, number] == pytest.approx(work[machine, day], abs=0.2), (machine, day)
            assert found.engine_h[row, number] == pytest.approx(expected[HOURS][day], rel=1e-9, abs=1e-9)
            assert found.distance_km[row, number] == pytest.approx(expected[KM][day], rel=1e-6, abs=1e-6)
            if machine < 3:
                assert found.fuel_l[row, number] == pytest.approx(expected[FUEL][day], rel=1e-6, abs=1e-6)
    assert found.by_rate.tolist() == [False, False, True, False]
    assert found.by_meter.tolist() == [False, False, False, True]
    assert found.seconds[3, 0] == pytest.approx([12 * 3600, 0, 0, 0], abs=130)
    assert (found.known_l[3, 0], found.known_h[3, 0]) == pytest.approx((120, 12), rel=1e-6)
    assert found.known_h[:3].sum() > 0
    assert (found.fuel_l[2] > 0).all()
    assert clipped.engine_h.sum() < found.engine_h[0].sum()
    since = {key: row for key, row in truth.items() if key[0] == 1 and key[1] >= T0_US // QUARTER_US * QUARTER_US}
    assert clipped.engine_h[0, 1] == pytest.approx(grown(since, 1, HOURS, 1.0)[days.last], rel=1e-9)
    assert clipped.engine_h[0, 0] == pytest.approx(grown(since, 1, HOURS, 1.0)[days.first], rel=1e-9)
