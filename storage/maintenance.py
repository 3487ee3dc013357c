"""Maintenance as the tick sees it: which machines are to be looked at, their items, and the reminders it writes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, LiteralString
from uuid import UUID

from psycopg.rows import class_row
from psycopg.types.json import Jsonb

from storage.pool import Connection


@dataclass(frozen=True, slots=True, kw_only=True)
class MachineDue:
    """A machine to be looked at. as_of: when it last was, None never; recount_from: readings of that time came since;
    plan_id: its plan in force, None: there is none."""

    machine_id: int
    as_of: datetime | None
    recount_from: datetime | None
    forecast_on: date | None
    time_zone: str
    working_calendar: dict[str, Any]
    plan_id: int | None


PICK: LiteralString = """
SELECT m.machine_id FROM machine m LEFT JOIN maintenance_machine s USING (machine_id)
WHERE m.mode <> 'scrapped' AND coalesce(s.next_at, '-infinity') <= %(now)s
ORDER BY s.next_at NULLS FIRST, m.machine_id LIMIT %(limit)s
"""
ENTER: LiteralString = """
INSERT INTO maintenance_machine (machine_id, as_of, next_at)
SELECT m, '-infinity', '-infinity' FROM unnest(%(machines)s::int[]) m ON CONFLICT DO NOTHING
"""
# Whatever asks for another look meanwhile waits for the row, and is seen the next time.
LOCK: LiteralString = """
SELECT s.machine_id, CASE WHEN isfinite(s.as_of) THEN s.as_of END AS as_of, s.forecast_on,
    CASE WHEN isfinite(s.recount_from) THEN s.recount_from END AS recount_from,
    coalesce(t.time_zone, 'UTC') AS time_zone, coalesce(t.working_calendar, '{}') AS working_calendar, p.plan_id
FROM maintenance_machine s JOIN machine m USING (machine_id)
LEFT JOIN site t ON t.site_id = m.site_id LEFT JOIN machine_model mm ON mm.model_id = m.model_id
LEFT JOIN LATERAL (
    SELECT plan_id FROM maintenance_plan x
    WHERE x.retired_at IS NULL AND (x.model_id = m.model_id OR x.kind = mm.kind)
    ORDER BY x.model_id NULLS LAST LIMIT 1
) p ON TRUE
WHERE s.machine_id = ANY(%(machines)s) ORDER BY s.machine_id FOR UPDATE OF s SKIP LOCKED
"""


def pick_machines(conn: Connection, *, now: datetime, limit: int) -> list[int]:
    """Machines whose time has come, those that wait longest first."""
    return [row[0] for row in conn.execute(PICK, {"now": now, "limit": limit})]


def lock_machines(conn: Connection, machines: Sequence[int]) -> list[MachineDue]:
    """Those of the machines that nobody else is changing, for the caller's transaction."""
    given = {"machines": list(machines)}
    conn.execute(ENTER, given)
    with conn.cursor(row_factory=class_row(MachineDue)) as cursor:
        return cursor.execute(LOCK, given).fetchall()


SAVE_MACHINE: LiteralString = """
UPDATE maintenance_machine SET as_of = %(as_of)s, next_at = %(next_at)s, recount_from = 'infinity',
    forecast_on = %(forecast_on)s, hours_h = %(hours_h)s, hours_offset_h = %(hours_offset_h)s,
    distance_km = %(distance_km)s, fuel_l = %(fuel_l)s
WHERE machine_id = %(machine_id)s
"""


def save_machines(conn: Connection, machines: Sequence[Mapping[str, Any]]) -> None:
    """Keep what was found of machines that are locked, and when they are looked at again."""
    with conn.cursor() as cursor:
        cursor.executemany(SAVE_MACHINE, machines)


PLANS: LiteralString = """
SELECT plan_id, version, content FROM maintenance_plan JOIN maintenance_plan_version USING (plan_id, version)
WHERE retired_at IS NULL
"""


def list_plans_in_force(conn: Connection) -> dict[int, tuple[int, dict[str, Any]]]:
    """plan_id -> its version and content."""
    return {plan: (version, content) for plan, version, content in conn.execute(PLANS)}


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemRow:
    """An item of a machine as it was left. `read_h`: the hours that were read when its cycle began by work."""

    machine_id: int
    item: str
    is_active: bool
    cycle: int
    began_at: datetime
    from_day: date
    carry: dict[str, float]
    stage: int
    stage_key: str | None
    turn: int
    due_low: date | None
    due_on: date | None
    due_high: date | None
    snoozed_until: datetime | None
    snoozes: int
    read_h: float | None


ITEMS: LiteralString = """
SELECT machine_id, item, is_active, cycle, began_at, from_day, carry, stage, stage_key, turn, due_low, due_high,
    snoozed_until, snoozes,
    CASE WHEN isfinite(due_on) THEN due_on END AS due_on, (
        SELECT d.hours_h FROM maintenance_done d
        WHERE d.machine_id = i.machine_id AND d.item = i.item AND d.cycle = i.cycle - 1 ORDER BY d.done_id DESC LIMIT 1
    ) AS read_h
FROM maintenance_item i WHERE machine_id = ANY(%(machines)s)
"""
# A cycle that somebody has ended meanwhile is left as it is.
SAVE_ITEM: LiteralString = """
INSERT INTO maintenance_item (machine_id, item, plan_id, plan_version, is_active, zh, en, task, cycle, began_at,
    from_day, carry, rank, stage, stage_key, turn, left_over, due_low, due_on, due_high, snoozed_until, snoozes,
    evaluated_at)
VALUES (%(machine_id)s, %(item)s, %(plan_id)s, %(plan_version)s, TRUE, %(zh)s, %(en)s, %(task)s, %(cycle)s,
    %(began_at)s, %(from_day)s, %(carry)s, %(rank)s, %(stage)s, %(stage_key)s, %(turn)s, %(left_over)s,
    %(due_low)s,
    coalesce(%(due_on)s::date, 'infinity'), %(due_high)s, %(snoozed_until)s, %(snoozes)s, %(now)s)
ON CONFLICT (machine_id, item) DO UPDATE SET plan_id = excluded.plan_id, plan_version = excluded.plan_version,
    is_active = TRUE, zh = excluded.zh, en = excluded.en, task = excluded.task, carry = excluded.carry,
    rank = excluded.rank, stage = excluded.stage, stage_key = excluded.stage_key, turn = excluded.turn,
    left_over = excluded.left_over, due_low = excluded.due_low,
    due_on = excluded.due_on, due_high = excluded.due_high, evaluated_at = excluded.evaluated_at,
    snoozed_until = CASE WHEN maintenance_item.snoozed_until > %(now)s THEN maintenance_item.snoozed_until END
WHERE maintenance_item.cycle = excluded.cycle
"""
END_ITEMS: LiteralString = """
UPDATE maintenance_item SET is_active = FALSE, evaluated_at = %(now)s
WHERE machine_id = %(machine)s AND is_active AND item <> ALL(%(items)s)
"""


def list_items(conn: Connection, machines: Sequence[int]) -> list[ItemRow]:
    """The items of machines, in no order; those that are over too."""
    with conn.cursor(row_factory=class_row(ItemRow)) as cursor:
        return cursor.execute(ITEMS, {"machines": list(machines)}).fetchall()


def save_items(conn: Connection, items: Sequence[Mapping[str, Any]]) -> None:
    """Keep where items stand; `carry` and `left_over` are JSON."""
    with conn.cursor() as cursor:
        cursor.executemany(
            SAVE_ITEM, [one | {name: Jsonb(one[name]) for name in ("carry", "left_over")} for one in map(dict, items)]
        )


def end_items(conn: Connection, kept: Mapping[int, Sequence[str]], *, now: datetime) -> None:
    """Of each machine, end the items that its plan does not have any more."""
    with conn.cursor() as cursor:
        cursor.executemany(
            END_ITEMS, [{"machine": machine, "items": list(items), "now": now} for machine, items in kept.items()]
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class NewReminder:
    """A stage that an item has reached."""

    public_id: UUID
    machine_id: int
    item: str
    item_zh: str
    item_en: str
    cycle: int
    turn: int
    stage: str
    state: str
    tell: Sequence[str]
    detail: Mapping[str, Any]


# Of a cycle that is still under way, each stage once a turn; with its entry of the event log, or not at all.
REMIND: LiteralString = """
WITH told AS (
    INSERT INTO reminder (public_id, machine_id, item, item_zh, item_en, cycle, turn, stage, state, at, tell,
        detail)
    SELECT %(public_id)s, i.machine_id, i.item, %(item_zh)s, %(item_en)s, i.cycle, %(turn)s, %(stage)s, %(state)s,
        %(at)s, %(tell)s, %(detail)s
    FROM maintenance_item i
    WHERE i.machine_id = %(machine_id)s AND i.item = %(item)s AND i.cycle = %(cycle)s AND i.is_active
    ON CONFLICT (machine_id, item, cycle, turn, stage) DO NOTHING
    RETURNING public_id, machine_id, item, cycle, stage, state
)
INSERT INTO event_log (at, organisation_id, machine_id, kind, payload)
SELECT %(at)s, (
    SELECT o.organisation_id FROM ownership o
    WHERE o.machine_id = t.machine_id AND o.from_at <= %(at)s AND %(at)s < o.to_at
), t.machine_id, 'reminder.' || t.state, jsonb_build_object(
    'reminder_id', t.public_id, 'item', t.item, 'cycle', t.cycle, 'stage', t.stage, 'state', t.state)
FROM told t
"""


def remind(conn: Connection, reminder: NewReminder, *, at: datetime) -> bool:
    """Write a reminder; False when there is one of this stage, turn and cycle, or the cycle is over."""
    given = {name: getattr(reminder, name) for name in reminder.__dataclass_fields__}
    given |= {"detail": Jsonb(dict(reminder.detail)), "tell": list(reminder.tell), "at": at}
    return conn.execute(REMIND, given).rowcount > 0


WEAR: LiteralString = """
SELECT machine_id, index_key, remind_at FROM wear_outlook
WHERE machine_id = ANY(%(machines)s) AND remind_at IS NOT NULL
"""


def list_wear(conn: Connection, machines: Sequence[int]) -> dict[tuple[int, str], datetime]:
    """(machine, index) -> when its limit is reached by the pessimistic end of its outlook."""
    return {(machine, key): at for machine, key, at in conn.execute(WEAR, {"machines": list(machines)})}
