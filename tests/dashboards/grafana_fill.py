"""A database in which every view of Grafana's boards has a row: two alike machines that worked for three hours."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from ingest.rollups import WORK
from storage.ids import uuid7
from storage.rollups import recount_claimed
from tests.api.world import CATALOGUE, NOW, World

DAY = timedelta(days=1)
FIRST = datetime(NOW.year, NOW.month, NOW.day, tzinfo=UTC) - 2 * DAY
"""Midnight (UTC) at which the day begins that boards look at."""
HOURS = 3
STEP_S = 30
LITRES_AN_HOUR = 12.0
PLAN = {
    "name": "Excavators",
    "kind": "excavator",
    "source": "Manual, 7.2",
    "items": [{"code": "oil", "zh": "机油", "en": "Oil", "every_h": 500.0, "every_months": 12, "minutes": 60}],
}


def fill(world: World) -> None:
    """Everything but maintenance, which remind_maintenance() makes of a plan."""
    world.machine("twin", owner="north")
    for number, name in enumerate(("digger", "twin")):
        _worked(world, name, number)
        world.state(
            name, {"engine_speed_rpm": 1500.0, "engine_coolant_temp_degc": 80.0}, at=NOW - timedelta(seconds=40)
        )
    _recount(world)
    _alarms(world)
    _delivery(world)
    _platform(world)


def _worked(world: World, name: str, number: int) -> None:
    """Three hours at work, half of the third idle; latitude too, which no view may show."""
    before: dict[str, float | None] = {"engine_speed_rpm": 0.0, "fuel_used_total_l": 5000.0, "engine_hours_h": 1000.0}
    rows = [(FIRST - timedelta(hours=1), before)]  # what the day's counters grew from
    for step in range(HOURS * 3600 // STEP_S):
        hours = step * STEP_S / 3600
        idle = hours >= HOURS - 0.5
        values: dict[str, float | None] = {
            "engine_speed_rpm": 800.0 if idle else 1600.0 + 50 * number,
            "engine_load_pct": 10.0 if idle else 60.0,
            "hydraulic_pressure_kpa": 2000.0 if idle else 20_000.0,
            "engine_coolant_temp_degc": 80.0 + number,
            "engine_oil_pressure_kpa": 350.0,
            "fuel_level_pct": 90.0 - hours,
            "fuel_used_total_l": 5000.0 + hours * LITRES_AN_HOUR,
            "engine_hours_h": 1000.0 + hours,
            "latitude_deg": 31.2,
            "longitude_deg": 121.5,
        }
        rows.append((FIRST + timedelta(seconds=step * STEP_S), values))
    world.readings(name, rows)


def _recount(world: World) -> None:
    """Roll up what was read, as housekeeping does; then leave one range that waits."""
    ids = [world.machines["digger"], world.machines["twin"]]
    insert = "INSERT INTO dirty_range (machine_id, from_at, to_at, claimed_at) VALUES (%s, %s, %s, %s)"
    for machine in ids:
        world.conn.execute(insert, [machine, FIRST - timedelta(hours=1), FIRST + timedelta(hours=HOURS), NOW])
    with world.conn.transaction():
        assert recount_claimed(world.conn, CATALOGUE, WORK, limit=10) == len(ids)
    world.conn.execute(insert, [ids[0], NOW, NOW + timedelta(minutes=1), None])


def _alarms(world: World) -> None:
    """Two that were answered and judged in the day, one open, one held back, a silence and a flood."""
    at = FIRST + timedelta(hours=1)
    judged = world.alarm("digger", key="coolant_overheat", severity="high", state="cleared", raised_at=at)
    world.alarm("twin", key="coolant_overheat", severity="high", state="cleared", raised_at=at)
    world.conn.execute(
        "UPDATE alarm SET acknowledged_at = announced_at + interval '90 s' WHERE alarm_id = %s", [judged]
    )
    world.alarm("digger", key="low_oil_pressure")
    held = world.alarm("digger", key="def_low", severity="low")
    silence = {"key": "no_coverage", "share": 0.9, "spoke_for": []}
    world.alarm("twin", key="machine_silent", kind="platform", severity="low", reason=silence)
    (finding,) = _one(world, "SELECT finding_id FROM alarm WHERE alarm_id = %s", judged)
    world.conn.execute(
        "INSERT INTO finding_verdict (public_id, finding_id, verdict, part, given_at, by_name) "
        "VALUES (%s, %s, 'true_fault', 'thermostat', %s, 'expert')",
        [uuid7(), finding, at + timedelta(hours=1)],
    )
    (user,) = _one(world, "SELECT user_id FROM app_user WHERE login = %s", "expert")
    world.conn.execute(
        "INSERT INTO alarm_hold (machine_id, source_kind, source_key, hold, alarm_id, reason, since, until_at, "
        "by_user, by_name) VALUES (%s, 'rule', 'def_low', 'shelved', %s, 'part ordered', %s, %s, %s, 'expert')",
        [world.machines["digger"], held, NOW, NOW + DAY, user],
    )
    world.conn.execute("UPDATE alarm SET suppression = 'shelved', announced_at = NULL WHERE alarm_id = %s", [held])
    world.conn.execute(
        "INSERT INTO alarm_flood (began_at, ended_at, seats, peak, first_out) VALUES (%s, %s, 1, 12, %s)",
        [at, at + timedelta(minutes=36), judged],
    )
    world.conn.execute(
        "INSERT INTO fault_code VALUES (%s, 0, 110, 0, %s, %s, 3, true)", [world.machines["digger"], at, at]
    )
    world.conn.execute(
        "INSERT INTO signal_trust VALUES (%s, %s, %s, NULL, 0.2, "
        "'{oil_pressure_stuck,engine_oil_pressure_kpa:dropout,check_of_tomorrow}')",
        [world.machines["digger"], CATALOGUE["engine_oil_pressure_kpa"].id, at],
    )
    world.conn.execute(
        "INSERT INTO notice (public_id, user_id, channel, kind, severity, alarm_id, language, state, made_at, due_at) "
        "VALUES (%s, %s, 'email', 'alarm', 'high', %s, 'en', 'dead', %s, %s)",
        [uuid7(), user, judged, at, at],
    )


def _delivery(world: World) -> None:
    """A power cycle with a hole of three messages, a refused row, a value in conflict."""
    at = FIRST + timedelta(hours=2)
    (terminal,) = _one(world, "INSERT INTO terminal (name) VALUES (%s) RETURNING terminal_id", "T-digger")
    world.conn.execute(
        "INSERT INTO installation (terminal_id, machine_id) VALUES (%s, %s)", [terminal, world.machines["digger"]]
    )
    world.conn.execute(
        "INSERT INTO ledger (terminal_id, boot, through, ranges, messages, rows_committed, redelivered, "
        "first_received_at, last_received_at) VALUES (%s, 'b1', 10, '{[14,20)}', 17, 17, 1, %s, %s)",
        [terminal, at, at],
    )
    world.conn.execute(
        "INSERT INTO quarantine (quarantine_id, terminal, payload_hash, reason, detail, topic, received_at) "
        "VALUES (%s, 'T-9', sha256('x'), 'unknown_terminal', '', 'ecc/v1/T-9/telemetry', %s)",
        [uuid7(), at],
    )
    world.conn.execute(
        "INSERT INTO reading_conflict VALUES (%s, %s, 0, 1, 2, 'T-digger', 'b1', 3, %s)",
        [world.machines["digger"], at, at],
    )


def _platform(world: World) -> None:
    """Healthy for all of the day but six hours of it; one job is due, one has failed."""
    for first, last in ((0, 12), (18, 24)):
        world.conn.execute(
            "INSERT INTO platform_health (gateway_id, from_at, to_at) VALUES ('gateway-1', %s, %s)",
            [FIRST + timedelta(hours=first), FIRST + timedelta(hours=last)],
        )
    world.conn.execute(
        "INSERT INTO procrastinate_jobs (queue_name, task_name, args, status) VALUES "
        "('notices', 'notices.send', '{}', 'todo'), ('notices', 'notices.send', '{}', 'failed')"
    )


def _one(world: World, statement: str, *given: object) -> tuple:
    row = world.conn.execute(statement, given).fetchone()
    assert row is not None
    return row
