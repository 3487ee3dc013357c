"""Series of readings against a brute-force recount of the very same rows."""

import math
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from fleet.signals import packaged_catalogue
from tests.api.world import CATALOGUE

pytestmark = pytest.mark.asyncio(loop_scope="module")

BEGIN = datetime(2026, 3, 1, 9, 59, 30, tzinfo=UTC)
KEYS = ("engine_speed_rpm", "engine_coolant_temp_degc", "engine_hours_h", "latitude_deg", "parking_brake")
EXACT = {"engine_hours_h", "latitude_deg"}
TWENTY = ",".join(CATALOGUE.keys[:20])
BASES = {"rollup_1m": 60, "rollup_15m": 900, "rollup_1h": 3600}


def made_rows(seed, *, hours, every_s=1.0):
    """Irregular rows with holes, a gap of 20 minutes, and a spike of one reading."""
    random = np.random.default_rng(seed)
    rows = []
    for i in range(int(hours * 3600 / every_s)):
        if 4000 < i * every_s < 5200 or random.random() < 0.1:
            continue
        at = BEGIN + timedelta(seconds=i * every_s, milliseconds=int(random.integers(0, 900)))
        values = {
            "engine_speed_rpm": float(np.float32(random.normal(1500, 200))),
            "engine_coolant_temp_degc": float(np.float32(80 + 5 * math.sin(i / 500)))
            if random.random() < 0.5
            else None,
            "engine_hours_h": 1000 + i / 3600,
            "latitude_deg": 31.0 + i * 1e-6,
            "parking_brake": float(i // 600 % 2),
        }
        rows.append((at, values))
    rows[len(rows) // 2][1]["engine_speed_rpm"] = 7777.0
    return rows


def roll_up(world, machine):
    """What housekeeping keeps, recounted from the readings by plain SQL."""
    for table, width_s in BASES.items():
        for key in KEYS:
            signal = CATALOGUE[key]
            world.conn.execute(
                f"""
                INSERT INTO {table} (machine_id, bucket_at, signal_id, n, min, max, sum, first, last)
                SELECT machine_id, time_bucket(make_interval(secs => {width_s}), measured_at) b, {signal.id}, count(*),
                    CASE WHEN %(bounded)s THEN min({key}) END, CASE WHEN %(bounded)s THEN max({key}) END,
                    CASE WHEN %(summed)s THEN sum({key}::float8) END,
                    (array_agg({key} ORDER BY measured_at))[1], (array_agg({key} ORDER BY measured_at DESC))[1]
                FROM reading WHERE machine_id = %(machine)s AND {key} IS NOT NULL GROUP BY machine_id, b
                """,
                {
                    "machine": world.machines[machine],
                    "bounded": signal.aggregation in {"gauge", "state"},
                    "summed": signal.aggregation == "gauge",
                },
            )


def brute_force(rows, key, width_s, begin, end):
    """{bucket start: (mean, min, max, last)} of the readings in [begin, end)."""
    buckets = {}
    for at, values in rows:
        value = values.get(key)
        if begin <= at < end and value is not None:
            start = math.floor(at.timestamp() / width_s) * width_s
            buckets.setdefault(start, []).append(value)
    return {start: (sum(v) / len(v), min(v), max(v), v[-1]) for start, v in buckets.items()}


@pytest.fixture(scope="module")
def long_run(world):
    world.machine("runner", owner="north")
    rows = made_rows(1, hours=30, every_s=10)
    world.readings("runner", rows)
    roll_up(world, "runner")
    return rows


@pytest.fixture(scope="module")
def short_run(world):
    world.machine("sprinter", owner="north")
    rows = made_rows(2, hours=2)
    world.readings("sprinter", rows)
    return rows


async def ask(clients, machine, *, who="owner", expect=200, **parameters):
    query = {k: v.isoformat().replace("+00:00", "Z") if isinstance(v, datetime) else v for k, v in parameters.items()}
    async with clients.of(who) as http:
        answer = await http.get(f"/api/v1/machines/pin:PIN-{machine}/readings", params=query)
    assert answer.status_code == expect, answer.text
    return answer.json()


def instants(answer):
    return [datetime.fromisoformat(at) for at in answer["at"]]


async def test_few_readings_come_as_they_are(clients, short_run):
    begin, end = BEGIN + timedelta(minutes=2), BEGIN + timedelta(minutes=7)
    answer = await ask(clients, "sprinter", **{"from": begin, "to": end, "signals": ",".join(KEYS)})
    inside = [(at, values) for at, values in short_run if begin <= at < end]
    assert (answer["resolution"], answer["bucket_s"], answer["pending"]) == ("raw", None, False)
    assert instants(answer) == [at for at, _ in inside]
    for key in KEYS:
        shown = [
            None if v is None else np.float32(v) if key not in EXACT else v for v in answer["signals"][key]["mean"]
        ]
        stored = [None if (v := values[key]) is None else v if key in EXACT else np.float32(v) for _, values in inside]
        assert shown == stored
        assert answer["signals"][key]["min"] is None


async def test_a_float4_reads_as_its_shortest_decimal(world, clients):
    world.machine("decimal", owner="north")
    world.readings(
        "decimal", [(BEGIN, {"battery_voltage_v": 13.2}), (BEGIN + timedelta(seconds=1), {"battery_voltage_v": 27.6})]
    )
    answer = await ask(
        clients, "decimal", **{"from": BEGIN, "to": BEGIN + timedelta(minutes=1), "signals": "battery_voltage_v"}
    )
    assert answer["signals"]["battery_voltage_v"]["mean"] == [13.2, 27.6]


@pytest.mark.parametrize(
    ("machine", "offset_s", "span_s", "max_points", "resolution", "bucket_s"),
    [
        pytest.param("sprinter", 0, 7200, 1000, "raw", 10, id="two hours at 1,000 points: 10 s of readings"),
        pytest.param("sprinter", 17, 5000, 200, "raw", 30, id="half-minute buckets of readings, odd ends"),
        pytest.param("sprinter", 17.5, 6000, 101, "1m", 60, id="a minute is taken from the rollup"),
        pytest.param("runner", 0, 86400, 1000, "1m", 120, id="a day at 1,000 points: two minutes"),
        pytest.param("runner", 1234, 50000, 100, "1m", 600, id="ten minutes, odd ends"),
        pytest.param("runner", 1234, 90001, 100, "15m", 1800, id="half hours, odd ends"),
        pytest.param("runner", 61, 100000, 20, "1h", 7200, id="two hours, odd ends"),
    ],
)
async def test_buckets_equal_a_recount_of_the_readings(
    world, clients, long_run, short_run, machine, offset_s, span_s, max_points, resolution, bucket_s
):
    rows = {"sprinter": short_run, "runner": long_run}[machine]
    if machine == "sprinter":  # its rollups are not there yet: every minute is dirty, so readings stand in
        world.conn.execute("DELETE FROM dirty_range")
        dirty(world, "sprinter", BEGIN, BEGIN + timedelta(hours=2))
    begin = BEGIN + timedelta(seconds=offset_s)
    end = begin + timedelta(seconds=span_s)
    answer = await ask(
        clients, machine, **{"from": begin, "to": end, "signals": ",".join(KEYS), "max_points": max_points}
    )
    assert (answer["resolution"], answer["bucket_s"], answer["pending"]) == (resolution, bucket_s, False)
    assert len(answer["at"]) <= max_points
    assert instants(answer) == sorted(set(instants(answer)))
    for key in KEYS:
        compare(answer, key, brute_force(rows, key, bucket_s, begin, end))


def compare(answer, key, expected):
    series = answer["signals"][key]
    starts = [at.timestamp() for at in instants(answer)]
    shown = {at: i for i, at in enumerate(starts) if series["mean"][i] is not None}
    assert set(shown) == set(expected)
    averaged = packaged_catalogue()[key].aggregation == "gauge"
    for start, (mean, low, high, last) in expected.items():
        i = shown[start]
        assert series["mean"][i] == pytest.approx(mean if averaged else last, rel=1e-7)
        if series["min"] is not None:
            assert (np.float32(series["min"][i]), np.float32(series["max"][i])) == (np.float32(low), np.float32(high))


def dirty(world, machine, begin, end):
    world.conn.execute(
        "INSERT INTO dirty_range (machine_id, from_at, to_at) SELECT %s, date_trunc('minute', %s::timestamptz), "
        "date_trunc('minute', %s::timestamptz) + interval '1 minute'",
        [world.machines[machine], begin, end],
    )


async def test_a_spike_of_one_reading_survives_every_resolution(clients, long_run):
    for max_points, resolution in ((5000, "1m"), (100, "15m"), (10, "1h")):
        answer = await ask(
            clients,
            "runner",
            **{
                "from": BEGIN,
                "to": BEGIN + timedelta(hours=30),
                "signals": "engine_speed_rpm",
                "max_points": max_points,
            },
        )
        assert answer["resolution"] == resolution
        assert max(v for v in answer["signals"]["engine_speed_rpm"]["max"] if v is not None) == 7777.0


async def test_minutes_that_wait_for_their_rollup_are_counted_from_the_readings(world, clients, long_run):
    late = BEGIN + timedelta(hours=5, seconds=3)
    extra = [(late + timedelta(milliseconds=950), {"engine_speed_rpm": 8000.0})]
    world.readings("runner", extra)
    dirty(world, "runner", late, late)
    span = {"from": BEGIN, "to": BEGIN + timedelta(hours=24), "signals": "engine_speed_rpm"}
    try:
        answer = await ask(clients, "runner", **span)
        assert max(v for v in answer["signals"]["engine_speed_rpm"]["max"] if v is not None) == 8000.0
        assert answer["pending"] is False
        compare(
            answer,
            "engine_speed_rpm",
            brute_force(
                sorted(long_run + extra, key=lambda r: r[0]),
                "engine_speed_rpm",
                120,
                BEGIN,
                BEGIN + timedelta(hours=24),
            ),
        )
        dirty(world, "runner", BEGIN, BEGIN + timedelta(hours=20))
        assert (await ask(clients, "runner", **span))["pending"] is True, "too much to recount: the rollup stands in"
    finally:
        world.conn.execute("DELETE FROM dirty_range")
        world.conn.execute("DELETE FROM reading WHERE engine_speed_rpm = 8000")


async def test_a_gap_is_one_empty_bucket_so_that_a_line_breaks(clients, long_run):
    answer = await ask(
        clients,
        "runner",
        **{"from": BEGIN, "to": BEGIN + timedelta(hours=6), "signals": "engine_speed_rpm", "max_points": 500},
    )
    empty = [
        at for at, mean in zip(answer["at"], answer["signals"]["engine_speed_rpm"]["mean"], strict=True) if mean is None
    ]
    assert len(empty) == 1


async def test_without_words_it_is_the_last_hour_of_what_the_machine_reports(world, clients):
    world.machine("talker", owner="north")
    now = datetime.now(UTC)
    world.state("talker", {"engine_speed_rpm": 900.0, "fuel_level_pct": 50.0})
    world.readings("talker", [(now - timedelta(minutes=m), {"engine_speed_rpm": 900.0}) for m in (61, 30, 10)])
    answer = await ask(clients, "talker")
    assert sorted(answer["signals"]) == ["engine_speed_rpm", "fuel_level_pct"]
    assert answer["signals"]["engine_speed_rpm"]["mean"] == [900.0, 900.0]
    assert answer["signals"]["fuel_level_pct"]["mean"] == [None, None]


@pytest.mark.parametrize(
    ("parameters", "status"),
    [
        pytest.param({"signals": "no_such_signal"}, 422, id="unknown signal"),
        pytest.param({"signals": "a;drop table reading"}, 422, id="not a key"),
        pytest.param({"from": "2026-01-02T00:00:00Z", "to": "2026-01-01T00:00:00Z"}, 422, id="backwards"),
        pytest.param({"from": "2026-01-02T00:00:00", "to": "2026-01-03T00:00:00"}, 422, id="without a zone"),
        pytest.param({"from": "0001-01-01T00:00:00Z"}, 422, id="before time began"),
        pytest.param({"max_points": "100000"}, 422, id="too many points"),
        pytest.param({"signals": ",".join(list(CATALOGUE.keys)[:21])}, 422, id="too many signals"),
        pytest.param({"from": "1970-01-01T00:00:00Z", "to": "2199-01-01T00:00:00Z", "signals": TWENTY}, 422, id="ages"),
    ],
)
async def test_what_cannot_be_answered_is_a_clear_problem(clients, parameters, status):
    answer = await ask(clients, "digger", expect=status, **parameters)
    assert answer["code"] in {"invalid_input", "too_expensive"}
