"""Wear from the stored minutes of machines: days, outlooks, reminders, and what a pass leaves for the next."""

from __future__ import annotations

import io
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import count

import numpy as np
import pytest

from fleet.signals import packaged_catalogue
from storage.pool import Connection, connect
from tests.conftest import Database
from usecases.trend_wear import trend_wear

DAY = timedelta(days=1)
BEGIN = datetime(2026, 9, 1, tzinfo=UTC)
KEYS = (
    *("engine_speed_rpm", "engine_load_pct", "ambient_temp_degc", "engine_coolant_temp_degc"),
    *("engine_oil_pressure_kpa", "hydraulic_oil_temp_degc", "air_filter_dp_kpa"),
)
IDS = [packaged_catalogue().index[key] for key in KEYS]


def us(at: datetime) -> int:
    return round(at.timestamp() * 1_000_000)


def enter(owner: Connection, machine: int, days: range, *, worn: bool) -> None:
    """Fifteen minutes of hot idle and fifteen of work a day; a worn machine's oil pressure falls by 2 kPa a day."""
    draw, lines = np.random.default_rng(machine), io.StringIO()
    for day in days:
        oil = 200 - (2 * day if worn else 0) + draw.normal() * 2
        idle, work = (800, 10, 20, 85, oil, 55, 1), (1800, 70, 20, 90, 400, 70, 3)
        for minute, row in enumerate([idle] * 15 + [work] * 15):
            at = BEGIN + day * DAY + timedelta(hours=8, minutes=minute)
            for signal, value in zip(IDS, row, strict=True):
                lines.write(f"{machine}\t{at.isoformat()}\t{signal}\t1\t{value}\t{value}\t{value}\t1\t1\n")
    with (
        owner.cursor() as cursor,
        cursor.copy("COPY rollup_1m (machine_id, bucket_at, signal_id, n, min, max, sum, first, last) FROM STDIN") as c,
    ):
        c.write(lines.getvalue())


@pytest.fixture
def site(database: Database) -> Iterator[tuple[Connection, Connection]]:
    with (
        connect(database.owner_url, application="test") as owner,
        connect(database.url("ecc_diagnose"), application="test") as conn,
    ):
        owner.autocommit = conn.autocommit = True
        for number in (1, 2, 3):
            owner.execute(
                "INSERT INTO machine (public_id, pin, name) VALUES (gen_random_uuid(), %(pin)s, %(pin)s)",
                {"pin": f"M-{number}"},
            )
        enter(owner, 1, range(44), worn=True)
        enter(owner, 2, range(44), worn=False)
        yield owner, conn


def outlook(owner: Connection, machine: int, index: str) -> tuple:
    return owner.execute(
        "SELECT days, level, limit_value, slope_per_day, expected_days, low_days, remind_at, as_of FROM wear_outlook "
        "WHERE machine_id = %s AND index_key = %s",
        [machine, index],
    ).fetchone()


def test_wear_is_trended_and_the_reminder_comes_on_the_pessimistic_end(site):
    owner, conn = site
    noon = BEGIN + 30 * DAY + timedelta(hours=12)
    done = trend_wear(conn, now_us=us(noon))
    assert (done.machines, done.is_more) == (3 * 9, False)  # seven days at once, from 60 days back
    assert done.days == 2 * 30 * 4
    assert trend_wear(conn, now_us=us(noon)).machines == 0
    days, level, limit, slope, expected, low, remind_at, as_of = outlook(owner, 1, "oil_pressure_hot_idle")
    assert (days, limit, as_of) == (30, 100, BEGIN + 30 * DAY)
    assert (level, slope, expected) == (
        pytest.approx(142, abs=3),
        pytest.approx(-2, abs=0.15),
        pytest.approx(21, abs=3),
    )
    assert low < expected
    assert remind_at == BEGIN + 29 * DAY + timedelta(days=low)
    assert outlook(owner, 2, "oil_pressure_hot_idle")[4:7] == (None, None, None)
    assert outlook(owner, 1, "coolant_over_ambient")[1] == pytest.approx(70)
    assert outlook(owner, 1, "hydraulic_temp_per_power")[2] == pytest.approx(1.4 * 50 / 0.63, rel=1e-3)
    assert outlook(owner, 3, "air_filter_restriction")[:2] == (0, None)
    assert owner.execute("SELECT count(*) FROM finding").fetchone() == (0,)

    trend_wear(conn, now_us=us(BEGIN + 44 * DAY + timedelta(hours=12)))
    rows = owner.execute(
        "SELECT machine_id, source_kind, source_key, severity, evidence, to_at FROM finding"
    ).fetchall()
    assert [row[:4] for row in rows] == [(1, "model", "wear:oil_pressure_hot_idle", "low")]
    assert set(rows[0][4]) == {"level", "limit", "low_days", "expected_days"}
    assert owner.execute("SELECT state FROM alarm").fetchall() == [("active",)]

    enter(owner, 1, range(44, 64), worn=False)  # a new pump
    trend_wear(conn, now_us=us(BEGIN + 64 * DAY + timedelta(hours=12)))
    assert owner.execute("SELECT to_at IS NOT NULL FROM finding").fetchall() == [(True,)]


def test_a_pass_stops_when_its_time_is_up_and_a_day_is_looked_at_when_it_is_over(site):
    owner, conn = site
    ticks = count(0, 20)
    early = us(BEGIN + 20 * DAY + timedelta(hours=1))
    assert trend_wear(conn, now_us=early, budget_s=30, clock=lambda: float(next(ticks))).is_more
    assert not trend_wear(conn, now_us=early).is_more
    newest = owner.execute("SELECT max(day_at) FROM wear_day").fetchone()
    assert newest == (BEGIN + 18 * DAY,)  # of day 19 packets may still come
