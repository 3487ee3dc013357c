"""A machine's plan and its items, as the hourly look at maintenance leaves them."""

from __future__ import annotations

from typing import Any

import psycopg
from psycopg.types.json import Jsonb

from storage.ids import uuid7


def put_plan(conn: psycopg.Connection, machine: int) -> None:
    """A plan of two items, one of them due, as the hourly look would leave them."""
    common: dict[str, Any] = {"parts": [], "checks": []}
    oil = {"code": "oil", "zh": "机油", "en": "Change oil", "every_h": 500} | common
    year: dict[str, Any] = {
        "code": "year",
        "zh": "年检",
        "en": "Yearly",
        "task": "inspection",
        "every_months": 12,
    } | common
    year["checks"] = [{"code": "leaks", "zh": "渗漏", "en": "Leaks"}]
    content: dict[str, Any] = {"name": "Excavators", "kind": "excavator", "model": None, "source": "Manual", "tell": []}
    content |= {"stages": [{"key": "due", "h": 0, "days": 0}], "items": [oil, year]}
    plan = conn.execute(
        "INSERT INTO maintenance_plan (public_id, name, kind, version, created_at, updated_at) "
        "VALUES (%s, 'Excavators', 'excavator', 1, now(), now()) RETURNING plan_id",
        [uuid7()],
    ).fetchone()
    assert plan is not None
    conn.execute("INSERT INTO maintenance_plan_version VALUES (%s, 1, %s, now(), 'seed')", [plan[0], Jsonb(content)])
    conn.execute(
        "INSERT INTO maintenance_machine (machine_id, as_of, next_at, hours_h) VALUES (%s, now(), 'infinity', 5123.4)",
        [machine],
    )
    for code, name, task, rank in (("oil", "Change oil", "service", 1), ("year", "Yearly", "inspection", 3)):
        conn.execute(
            "INSERT INTO maintenance_item (machine_id, item, plan_id, plan_version, zh, en, task, cycle, began_at, "
            "from_day, rank, due_low, due_on, due_high, evaluated_at) "
            "VALUES (%s, %s, %s, 1, %s, %s, %s, 1, now() - interval '300 days', current_date - 300, %s, "
            "current_date + 10, current_date + 14, current_date + 20, now())",
            [machine, code, plan[0], name, name, task, rank],
        )
