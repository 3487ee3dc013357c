"""Pages of a tenant that has few machines: all of them found in one go and sorted, by a function of the database.

Row-level security would be asked about each machine, state and alarm that is sorted; here the function asks once whose
machines they are. What of them is shown is read under row-level security as ever (storage/read_machines.py).
"""

from collections.abc import Mapping
from datetime import datetime
from functools import lru_cache
from typing import Any, LiteralString

from psycopg import sql

from storage.read_pool import Connection
from storage.sight import Scope

FEW = 1_500
_PAGE: LiteralString = """
SELECT f.machine_id, f.seen_from, f.readings_from, f.position_from, f.hours_from, f.alarms_from,
    coalesce({key}::text, '') AS sort_value
FROM tenant_few_machines(%(organisations)s, %(now)s, %(few)s, {by}) f WHERE f.machine_id IS NULL OR {beyond}
ORDER BY {key} IS NULL, {key} {direction}, f.machine_id {direction} LIMIT {limit}
"""
_BEYOND: LiteralString = "({key}, f.machine_id) {sign} (%(after)s::{type}, %(after_id)s::int) OR {key} IS NULL"
_BEYOND_NONE: LiteralString = "{key} IS NULL AND f.machine_id {sign} %(after_id)s::int"
_KEYS: Mapping[str, tuple[LiteralString, LiteralString]] = {
    "name": ("f.name", "text"),
    "pin": ("f.pin", "text"),
    "kind": ("f.kind", "text"),
    "measured_at": ("f.measured_minute", "timestamptz"),
    "severity": ("f.severity_weight", "int"),
}


async def find_few(
    conn: Connection,
    scope: Scope,
    *,
    by: str,
    descending: bool,
    after: tuple[str, int] | None,
    limit: int,
    now: datetime,
) -> list[tuple[Any, ...]] | None:
    """The machines of a page as the fields of a Place, without a condition; None for a tenant of more than FEW.

    `after`: the sort value, "" for none, and the inner id of the last machine of the page before.
    """
    beyond = None if after is None else _BEYOND_NONE if _is_none(by, after[0]) else _BEYOND
    given = scope.parameters | {"now": now, "few": FEW, "after": after and after[0], "after_id": after and after[1]}
    async with conn.cursor(binary=True) as cursor:
        rows = await (await cursor.execute(_statement(by, descending, beyond, limit), given)).fetchall()
    return None if rows and rows[0][0] is None else rows


def _is_none(by: str, value: str) -> bool:
    return value == "" and by in {"measured_at", "severity"}


@lru_cache(maxsize=1000)
def _statement(by: str, descending: bool, beyond: LiteralString | None, limit: int) -> bytes:
    name, kind = _KEYS[by]
    key = sql.SQL(name)
    sign = sql.SQL("<" if descending else ">")
    return (
        sql.SQL(_PAGE)
        .format(
            key=key,
            by=sql.Literal(by),
            beyond=sql.SQL("({})").format(sql.SQL(beyond or "TRUE").format(key=key, sign=sign, type=sql.SQL(kind))),
            direction=sql.SQL("DESC" if descending else "ASC"),
            limit=sql.Literal(limit),
        )
        .as_bytes()
    )
