"""Which machines are on a page of the list, and in which order: walked along an index, or sorted among few candidates.

A walk reads as many rows as a page needs, however many machines there are; where it would pass by nearly all of them
(a small tenant, a rare word), the candidates are few enough to be sorted.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Literal, LiteralString, NamedTuple

import numpy as np
import numpy.typing as npt
from psycopg import sql

from storage import few_machines
from storage.binary import int4s, unpack
from storage.machine_filter import EVERY, MachineFilter, parameters_of
from storage.read_pool import Connection
from storage.sight import Scope, seen_each

Int32Array = npt.NDArray[np.int32]
MachineSort = Literal["name", "-name", "pin", "-pin", "kind", "-kind", "measured_at", "-measured_at", "severity"]
SPARE = 1_500  # candidates beyond the page, of which other conditions leave some
NONE = ""  # place in the order of machines that have nothing to sort by; they come last


class Place(NamedTuple):
    """A machine on a page: since when each class of its data is seen (NULL: not), and its place in the order."""

    machine_id: int
    seen_from: datetime
    readings_from: datetime | None
    position_from: datetime | None
    hours_from: datetime | None
    alarms_from: datetime | None
    sort_value: str


_STATE: LiteralString = (
    "machine_state s {on} s.machine_id = m.machine_id AND s.measured_minute IS NOT NULL "
    "AND coalesce(s.measured_at, s.received_at) >= v.seen_from"
)
_OPEN: LiteralString = "l.machine_id = m.machine_id AND l.state = 'active' AND l.raised_at >= v.alarms_from"
# Of each machine the worst of its open alarms.
_WORST: LiteralString = """
l.state = 'active' AND l.raised_at >= v.alarms_from AND NOT EXISTS (
    SELECT FROM alarm b WHERE b.machine_id = l.machine_id AND b.state = 'active' AND b.raised_at >= v.alarms_from
        AND (b.severity_weight, b.alarm_id) > (l.severity_weight, l.alarm_id)
    OFFSET 0
)
"""


@dataclass(frozen=True, slots=True)
class _Order:
    """A part of an order of the list. `key` is None for the machines that have nothing to sort by."""

    source: LiteralString
    key: LiteralString | None
    type: LiteralString = "text"
    only: LiteralString = "TRUE"


_ORDERS: Mapping[str, tuple[_Order, ...]] = {
    "name": (_Order("machine m {seen}", "m.name"),),
    "pin": (_Order("machine m {seen}", "m.pin"),),
    "kind": (_Order("machine m {seen} LEFT JOIN machine_model mm USING (model_id)", "coalesce(mm.kind, 'other')"),),
    "measured_at": (
        _Order("machine m {seen} JOIN " + _STATE.replace("{on}", "ON"), "s.measured_minute", "timestamptz"),
        _Order(
            "machine m {seen}", None, only="NOT EXISTS (SELECT FROM " + _STATE.replace("{on}", "WHERE") + " OFFSET 0)"
        ),
    ),
    "severity": (
        _Order(
            "alarm l JOIN machine m ON m.machine_id = l.machine_id {seen}",
            "l.severity_weight",
            "int",
            _WORST,
        ),
        _Order("machine m {seen}", None, only="NOT EXISTS (SELECT FROM alarm l WHERE " + _OPEN + " OFFSET 0)"),
    ),
}
_PAGE: LiteralString = """
SELECT m.machine_id, v.seen_from, v.readings_from, v.position_from, v.hours_from, v.alarms_from,
    {key}::text AS sort_value
FROM {source} WHERE {only} AND {conditions} AND {beyond}
ORDER BY {key} {direction}, m.machine_id {direction} LIMIT {limit}
"""
# Model by model: the first machines of each, however a kind's machines lie in the order of the whole fleet.
_BY_MODEL: LiteralString = """
SELECT p.machine_id, p.seen_from, p.readings_from, p.position_from, p.hours_from, p.alarms_from, p.sort_value
FROM (SELECT model_id, public_id, kind FROM machine_model UNION ALL SELECT 0, NULL, 'other') k
CROSS JOIN LATERAL (
    SELECT m.machine_id, v.seen_from, v.readings_from, v.position_from, v.hours_from, v.alarms_from,
        {key}::text AS sort_value
    FROM {source} WHERE m.model_key = k.model_id AND {conditions} AND {beyond}
    ORDER BY {within} m.machine_id {direction} LIMIT {limit}
) p
WHERE {models} ORDER BY {outer} {direction}, p.machine_id {direction} LIMIT {limit}
"""


async def find_page(
    conn: Connection,
    scope: Scope,
    wanted: MachineFilter,
    *,
    sort: MachineSort,
    after: tuple[str, int] | None,
    limit: int,
    now: datetime,
) -> list[Place]:
    """The places of a page of the machines that the scope sees now; `after`: (sort_value, machine_id) before it."""
    if wanted.q is not None and len(wanted.q) > 1 and sort in _IN_ORDER:
        most = limit if scope.sees_all and wanted == MachineFilter(q=wanted.q) else limit + SPARE
        called = await _called_in_order(conn, wanted.q, sort, after, at_most=most)
        found = await _find_page(conn, scope, wanted, sort=sort, after=after, limit=limit, now=now, candidates=called)
        if len(found) == limit or len(called) < most:
            return found
    if wanted == EVERY and not scope.sees_all:
        by, descending = sort.removeprefix("-"), descends(sort)
        rows = await few_machines.find_few(conn, scope, by=by, descending=descending, after=after, limit=limit, now=now)
        if rows is not None:
            return list(map(Place._make, rows))
        few = None
    else:
        few = await find_candidates(conn, scope, wanted, now=now)
    return await _find_page(conn, scope, wanted, sort=sort, after=after, limit=limit, now=now, candidates=few)


_IN_ORDER = ("name", "-name", "pin", "-pin")
CALLED_IN_ORDER: LiteralString = """
SELECT * FROM tenant_machines_called(%(q)s, %(by_pin)s, %(descending)s, %(after)s, %(after_id)s, %(most)s)
"""


async def _called_in_order(
    conn: Connection, q: str, sort: MachineSort, after: tuple[str, int] | None, *, at_most: int
) -> Int32Array:
    """The first machines behind `after` whose words hold `q`; all that there are, when they are fewer than at_most."""
    given = {
        "q": q.lower(),
        "by_pin": sort.endswith("pin"),
        "descending": descends(sort),
        "after": after and after[0],
        "after_id": after and after[1],
        "most": at_most,
    }
    return np.array([row[0] for row in await (await conn.execute(CALLED_IN_ORDER, given)).fetchall()], np.int32)


async def _find_page(
    conn: Connection,
    scope: Scope,
    wanted: MachineFilter,
    *,
    sort: MachineSort,
    after: tuple[str, int] | None,
    limit: int,
    now: datetime,
    candidates: Int32Array | None,
) -> list[Place]:
    parameters = (
        parameters_of(wanted, now=now)
        | scope.parameters
        | {"candidates": None if candidates is None else int4s(candidates)}
    )
    orders = _orders(sort, wanted, after)
    found: list[Place] = []
    for order in orders:
        if len(found) < limit:
            page = _page(
                order,
                sort,
                scope.sees_all,
                wanted.shape,
                limit=limit - len(found),
                is_next=after is not None,
                is_few=candidates is not None,
            )
            own = {"after": after and after[0], "after_id": after and after[1]}
            # with a condition planned for these very values: with others, another index may be the right one
            prepare = None if wanted == EVERY and candidates is None else False
            async with conn.cursor(binary=True) as cursor:
                rows = await (await cursor.execute(page, parameters | own, prepare=prepare)).fetchall()
            found += map(Place._make, rows)
            after = None  # the next part is shown from its beginning
    return found


def _orders(sort: MachineSort, wanted: MachineFilter, after: tuple[str, int] | None) -> Sequence[_Order]:
    """The parts of the order that can be on the page."""
    orders = _ORDERS[sort.removeprefix("-")]
    if len(orders) == 1:
        return orders
    if sort == "severity" and (wanted.severity is not None or wanted.has_open_alarm):
        return orders[:1]
    only_last = (sort == "severity" and wanted.has_open_alarm is False) or (after is not None and after[0] == NONE)
    return orders[1:] if only_last else orders


@lru_cache(maxsize=1000)
def _page(
    order: _Order, sort: MachineSort, sees_all: bool, wanted: MachineFilter, *, limit: int, is_next: bool, is_few: bool
) -> bytes:
    """The statement of a page; `wanted` is a filter's shape."""
    by_kind, by_name = sort.endswith("kind"), sort.endswith("name")
    of_models = wanted.kind is not None or wanted.model is not None
    by_model = not is_few and (by_kind or (by_name and of_models))
    direction = sql.SQL("DESC" if descends(sort) else "ASC")
    key = sql.SQL("k.kind") if by_model and by_kind else sql.SQL(order.key or "''::text").format()
    seen = seen_each(sees_all)
    parts: dict[str, sql.Composable] = {
        "key": key,
        "source": sql.SQL("machine m {seen}" if by_model else order.source).format(seen=seen),
        "only": sql.SQL(_narrowed(order, wanted)).format(),
        "conditions": _conditions(wanted, by_model=by_model, is_few=is_few),
        "beyond": _beyond(key, order, sort) if is_next else sql.SQL("TRUE"),
        "direction": direction,
        "limit": sql.Literal(limit),  # known when a plan is made that is kept
        "within": sql.SQL("") if by_kind else sql.SQL("m.name {},").format(direction),
        "outer": sql.SQL("k.kind" if by_kind else "p.sort_value"),
        "models": _both([text for name, text in _MODELS.items() if getattr(wanted, name) is not None]),
    }
    return sql.SQL(_BY_MODEL if by_model else _PAGE).format(**parts).as_bytes()


def _narrowed(order: _Order, wanted: MachineFilter) -> LiteralString:
    """What makes a walk over states or alarms pass by those that a condition on them excludes."""
    if order.type == "timestamptz" and wanted.online is False:
        return order.only + " AND s.online IS NOT TRUE"
    if order.type == "int" and wanted.severity is not None:
        return order.only + " AND l.severity_weight = " + _WANTED.replace("{", "{{").replace("}", "}}")
    return order.only


def descends(sort: str) -> bool:
    """True when the order begins with the greatest."""
    return sort.startswith("-") or sort == "severity"  # the worst first


def _beyond(key: sql.Composable, order: _Order, sort: str) -> sql.Composable:
    sign = sql.SQL("<" if descends(sort) else ">")
    if order.key is None:
        return sql.SQL("m.machine_id {} %(after_id)s::int").format(sign)
    return sql.SQL("({}, m.machine_id) {} (%(after)s::{}, %(after_id)s::int)").format(key, sign, sql.SQL(order.type))


MINE: LiteralString = """
SELECT array_agg(machine_id) FROM (SELECT machine_id FROM (
    SELECT machine_id FROM ownership
    WHERE organisation_id = ANY(%(organisations)s) AND from_at <= %(now)s AND %(now)s < to_at
    UNION ALL
    SELECT machine_id FROM sharing
    WHERE organisation_id = ANY(%(organisations)s) AND from_at <= %(now)s AND %(now)s < to_at
) mine LIMIT %(most)s) few
"""
CALLED: LiteralString = "SELECT array_agg(c) FROM tenant_machines_called(%(q)s, %(most)s) c"


async def find_candidates(conn: Connection, scope: Scope, wanted: MachineFilter, *, now: datetime) -> Int32Array | None:
    """The machines that can be on the page, when they are few; of these, row-level security and conditions choose."""
    found: Int32Array | None = None
    given = parameters_of(wanted, now=now) | scope.parameters | {"most": few_machines.FEW + 1}
    for statement, asked in ((CALLED, wanted.q is not None), (MINE, not scope.sees_all)):
        if asked and found is None:
            async with conn.cursor(binary=True) as cursor:
                await cursor.execute(statement, given)
                assert cursor.pgresult is not None
                ids = unpack(cursor.pgresult.get_value(0, 0), "i4")
            found = ids if len(ids) <= few_machines.FEW else None
    return found


_WANTED: LiteralString = "array_position('{info,low,medium,high,critical}'::text[], %(severity)s)"
_ONLINE: LiteralString = (
    "EXISTS (SELECT FROM machine_state c WHERE c.machine_id = m.machine_id AND c.online "
    "AND coalesce(c.measured_at, c.received_at) >= v.seen_from{as_it_is})"
)
_ALARMED: LiteralString = "EXISTS (SELECT FROM alarm l WHERE " + _OPEN + "{as_it_is})"
_WORSE: LiteralString = "l.severity_weight > " + _WANTED
_CONDITIONS: Mapping[str, LiteralString] = {
    "q": "strpos(m.words, %(q)s) > 0",
    "severity": (
        "EXISTS (SELECT FROM alarm l WHERE "  # noqa: S608 - literals of this file
        + _OPEN
        + " AND l.severity_weight = "
        + _WANTED
        + ") "
        "AND NOT EXISTS (SELECT FROM alarm l WHERE " + _OPEN + " AND " + _WORSE + " OFFSET 0)"
    ),
    "organisation": """m.machine_id IN (
        SELECT w.machine_id FROM ownership w
        WHERE w.from_at <= %(now)s AND %(now)s < w.to_at AND w.organisation_id = ANY(ARRAY(
            WITH RECURSIVE below AS (
                SELECT organisation_id FROM organisation WHERE public_id = %(organisation)s
                UNION SELECT o.organisation_id FROM organisation o JOIN below b ON o.parent_id = b.organisation_id
            ) SELECT organisation_id FROM below)))""",
    "site": "m.site_id = (SELECT site_id FROM site WHERE public_id = %(site)s)",
    "mode": "m.mode = %(mode)s",
}
_MODELS: Mapping[str, LiteralString] = {"kind": "k.kind = %(kind)s", "model": "k.public_id = %(model)s"}
_OF_MODEL: Mapping[str, LiteralString] = {
    "kind": """m.model_key IN (
        SELECT model_id FROM machine_model WHERE kind = %(kind)s UNION ALL SELECT 0 WHERE %(kind)s = 'other')""",
    "model": "m.model_id = (SELECT model_id FROM machine_model WHERE public_id = %(model)s)",
}


def _conditions(wanted: MachineFilter, *, by_model: bool, is_few: bool) -> sql.Composable:
    found: list[LiteralString] = ["m.machine_id = ANY(%(candidates)s)"] if is_few else []
    named = _CONDITIONS if by_model else {**_CONDITIONS, **_OF_MODEL}
    found += [text for name, text in named.items() if getattr(wanted, name) is not None]
    for asked, text in ((wanted.online, _ONLINE), (wanted.has_open_alarm, _ALARMED)):
        if asked is not None:
            by_row = " OFFSET 0" if by_model or not asked else ""  # asked of each row, not made a join
            found.append(("" if asked else "NOT ") + text.replace("{as_it_is}", by_row))
    return _both(found)


def where(wanted: MachineFilter, candidates: Int32Array | None) -> sql.Composable:
    """The filter as conditions on `m` and `v`, for a query of all machines with parameters_of and `candidates`."""
    return _conditions(wanted, by_model=False, is_few=candidates is not None)


def _both(conditions: Sequence[LiteralString]) -> sql.Composable:
    return sql.SQL(" AND ").join([sql.SQL(text) for text in ("TRUE", *conditions)])
