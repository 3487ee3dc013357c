"""Machines for the tests of ISO 15143-3: one whose every value is known, its sale, and what stands in the readings."""

from __future__ import annotations

import math
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import psycopg

from api.dependencies import now_of_request
from fleet.signals import packaged_catalogue
from ingest.rollups import roll_up
from tests.api.world import World

AT = datetime(2026, 1, 15, 12, 34, 56, 789_000, tzinfo=UTC)
"""The API's time in these tests: every answer is the same whenever they run."""
BEGIN = AT - timedelta(hours=30)
MINUTE = timedelta(minutes=1)
ALL_KEYS = (
    *("latitude_deg", "longitude_deg", "altitude_m", "engine_hours_h", "fuel_used_total_l", "distance_total_km"),
    *("idle_hours_h", "fuel_level_pct", "def_level_pct", "engine_speed_rpm", "load_count", "payload_total_kg"),
)


def at_minute(minute: int) -> datetime:
    """The time of a reading: once a minute, in the middle of a second."""
    return BEGIN + minute * MINUTE


def values_at(minute: int) -> dict[str, float | None]:
    """What the machine says in a minute: it works for 50 minutes, stands for 10, and reports levels every 5."""
    hour, of_hour = divmod(minute, 60)
    worked = hour * 50 + min(of_hour, 50)
    running = of_hour < 50
    values: dict[str, float | None] = {
        "engine_speed_rpm": 1500.0 + 10 * (minute % 7) if running else 0.0,
        "engine_load_pct": 40.0 + minute % 11 if running else None,
        "wheel_speed_kmh": (minute % 13) / 2 if running else 0.0,
        "fuel_used_total_l": 5000.0 + worked / 4,
        "engine_hours_h": round(1200.0 + worked / 60, 6),
    }
    if minute % 5 == 0:
        values |= {
            "latitude_deg": round(31.23045 + minute * 1e-5, 6),
            "longitude_deg": 121.47371,
            "altitude_m": 4.5,
            "fuel_level_pct": 90.0 - minute / 40,
            "def_level_pct": 55.5,
            "idle_hours_h": round(300 + worked / 600, 6),
            "distance_total_km": 812.5 + worked / 100,
            "load_count": float(worked // 3),
            "payload_total_kg": worked * 250.0,
        }
    return values


MINUTES = math.floor((AT - BEGIN) / MINUTE)


def build_machine(world: World, name: str = "golden", *, owner: str = "north", rolled_up: bool = True) -> None:
    """The machine with 30 hours of readings until AT, its last state and its faults."""
    world.machine(name, owner=owner)
    world.conn.execute(
        "WITH model AS (INSERT INTO machine_model (name, kind, maker, fuel_tank_l, def_tank_l) "
        "VALUES ('EX/200 ' || %(name)s, 'excavator', 'Maker & Sons', 400, 38) RETURNING model_id) "
        "UPDATE machine SET model_id = (SELECT model_id FROM model) WHERE name = %(name)s",
        {"name": name},
    )
    world.conn.execute("INSERT INTO terminal (name) VALUES (%s)", [f"T-{name}"])
    world.conn.execute(
        "INSERT INTO installation SELECT terminal_id, %s, '2025-03-01T08:00:00.5Z', 'infinity' FROM terminal "
        "WHERE name = %s",
        [world.machines[name], f"T-{name}"],
    )
    minutes = range(MINUTES + 1)
    world.readings(name, [(at_minute(minute), values_at(minute)) for minute in minutes])
    last: dict[str, float] = {}
    times: dict[str, datetime] = {}
    for minute in minutes:
        for key, value in values_at(minute).items():
            if value is not None:
                last[key], times[key] = value, at_minute(minute)
    world.state(name, last, at=at_minute(MINUTES), **times)
    for minute, lamps in ((10, 4), (11, 4), (200, -1)):
        world.event(name, at_minute(minute), kind=1, spn=100, fmi=1, source_address=0, lamps=lamps)
    world.event(name, at_minute(200), kind=1, spn=110, fmi=0, source_address=0, lamps=-1)
    if rolled_up:
        recount(world, name)


def recount(world: World, name: str) -> None:
    """What housekeeping does."""
    world.conn.execute(
        "INSERT INTO dirty_range (machine_id, from_at, to_at) VALUES (%s, %s, %s)",
        [world.machines[name], BEGIN.replace(second=0, microsecond=0), AT.replace(second=0, microsecond=0) + MINUTE],
    )
    with psycopg.connect(world.conn.info.dsn, password=world.conn.info.password, autocommit=True) as conn:
        roll_up(conn, packaged_catalogue())


@contextmanager
def clock_at(app, at: datetime = AT):
    """The application with its clock stopped."""
    app.dependency_overrides[now_of_request] = lambda: at
    try:
        yield
    finally:
        app.dependency_overrides.pop(now_of_request)
