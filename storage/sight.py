"""Who may read what: a scope, the periods that history is clipped to, and the machine found for a caller."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, LiteralString
from uuid import UUID

from psycopg import AsyncCursor, sql

from fleet.data_classes import SHARES, DataClass
from fleet.errors import NotFound
from storage.read_pool import Connection


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """Whose eyes a query looks through: an organisation and everything below it; the platform's own sees all."""

    organisation_id: int
    organisations: tuple[int, ...] = ()  # the organisation and all below it; not needed when it sees all
    sees_all: bool
    exact_positions: bool = False  # the caller's own right; without it places are coarse

    @property
    def parameters(self) -> dict[str, list[int]]:
        """What queries of several machines are given: `organisations`."""
        return {"organisations": list(self.organisations)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Period:
    """A stretch of a machine's time that a scope may see: from_at <= t < to_at; None is open-ended."""

    from_at: datetime | None
    to_at: datetime | None

    def covers(self, at: datetime) -> bool:
        """True when `at` lies in the period."""
        return (self.from_at is None or self.from_at <= at) and (self.to_at is None or at < self.to_at)


ALWAYS = Period(from_at=None, to_at=None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sight:
    """When a scope sees each class of one machine's data. Periods of a class are disjoint and in order."""

    classes: Mapping[DataClass, Sequence[Period]]
    exact_positions: bool = False

    @classmethod
    def of_all(cls, *, exact_positions: bool) -> "Sight":
        """Everything, always."""
        return cls(classes=dict.fromkeys(DataClass, (ALWAYS,)), exact_positions=exact_positions)

    @classmethod
    def since(cls, since: Mapping[DataClass, datetime | None], *, exact_positions: bool) -> "Sight":
        """Each class from its time on; None: never."""
        classes = {c: (Period(from_at=at, to_at=None),) for c, at in since.items() if at is not None}
        return cls(classes=classes, exact_positions=exact_positions)

    def periods(self, data_class: DataClass) -> Sequence[Period]:
        """When the scope sees this class."""
        return self.classes.get(data_class, ())

    @property
    def any_periods(self) -> list[Period]:
        """When the scope sees anything of the machine."""
        return merged(sorted((p for periods in self.classes.values() for p in periods), key=_begin))

    @property
    def coarse_periods(self) -> list[Period]:
        """When the scope sees at least about where the machine is: with positions, or with readings."""
        both = (*self.periods(DataClass.POSITION), *self.periods(DataClass.READINGS))
        return merged(sorted(both, key=_begin))

    def sees(self, data_class: DataClass, at: datetime) -> bool:
        """True when the scope sees this class at this time; POSITION: at least coarsely."""
        seen = _covered(self.periods(data_class), at)
        return seen or (data_class is DataClass.POSITION and _covered(self.periods(DataClass.READINGS), at))

    @property
    def unsorted_periods(self) -> list[Period]:
        """When the scope sees what nobody has sorted into a class: readings under keys of a site's own, which may hold
        places. It takes the sight of readings and of exact positions."""
        if not self.exact_positions:
            return []
        return overlap(self.periods(DataClass.READINGS), self.periods(DataClass.POSITION))

    def is_exact(self, at: datetime) -> bool:
        """True when the scope sees the machine's exact place of this time."""
        return self.exact_positions and _covered(self.periods(DataClass.POSITION), at)


def _covered(periods: Sequence[Period], at: datetime) -> bool:
    for period in periods:  # noqa: SIM110 - asked for each value of a page: a generator costs more than the answer
        if period.covers(at):
            return True
    return False


def _begin(period: Period) -> tuple[bool, datetime | None]:
    return (period.from_at is not None, period.from_at)


def sight_from(shares: Iterable[tuple[str, Period]], *, exact_positions: bool) -> Sight:
    """The sight that shares give, with their periods in order of from_at: here it is said what a share shows."""
    found: dict[DataClass, list[Period]] = {}
    for share, period in shares:
        for data_class in SHARES.get(share, ()):
            found.setdefault(data_class, []).append(period)
    return Sight(classes={c: merged(periods) for c, periods in found.items()}, exact_positions=exact_positions)


def overlap(left: Sequence[Period], right: Sequence[Period]) -> list[Period]:
    """What lies in a period of both; each side disjoint and in order."""
    found = []
    for a in left:
        for b in right:
            starts = [p.from_at for p in (a, b) if p.from_at is not None]
            ends = [p.to_at for p in (a, b) if p.to_at is not None]
            both = Period(from_at=max(starts, default=None), to_at=min(ends, default=None))
            if both.from_at is None or both.to_at is None or both.from_at < both.to_at:
                found.append(both)
    return found


def merged(periods: Sequence[Period]) -> list[Period]:
    """Periods sorted by from_at, with those that touch or overlap made one."""
    joined: list[Period] = []
    for period in periods:
        last = joined[-1] if joined else None
        if last is None or (last.to_at is not None and period.from_at is not None and last.to_at < period.from_at):
            joined.append(period)
            continue
        to_at = None if last.to_at is None or period.to_at is None else max(last.to_at, period.to_at)
        joined[-1] = Period(from_at=last.from_at, to_at=to_at)
    return joined


# Joined to a table with machine_id: the machines of which the scope sees anything at %(now)s, as `v`. Of what they did
# before v.seen_from the scope may see nothing in a list, and of each class nothing before its own time, NULL when it
# does not see the class (one machine's own pages use its key, which knows all periods). 1900 stands for ever.
_TENANT: LiteralString = """
JOIN (
    SELECT p.machine_id, min(p.from_at) AS seen_from,
        min(p.from_at) FILTER (WHERE p.data_class IN ('all', 'readings')) AS readings_from,
        min(p.from_at) FILTER (WHERE p.data_class IN ('all', 'position')) AS position_from,
        min(p.from_at) FILTER (WHERE p.data_class IN ('all', 'readings', 'hours')) AS hours_from,
        min(p.from_at) FILTER (WHERE p.data_class IN ('all', 'alarms')) AS alarms_from
    FROM (
        SELECT machine_id, greatest(from_at, '1900-01-01Z') AS from_at, 'all' AS data_class FROM ownership
        WHERE organisation_id = ANY(%(organisations)s) AND from_at <= %(now)s AND %(now)s < to_at
        UNION ALL
        SELECT machine_id, greatest(from_at, '1900-01-01Z'), data_class FROM sharing
        WHERE organisation_id = ANY(%(organisations)s) AND from_at <= %(now)s AND %(now)s < to_at
    ) p GROUP BY p.machine_id
) v USING (machine_id)
"""
_ALL: LiteralString = """
CROSS JOIN (
    SELECT e AS seen_from, e AS readings_from, e AS position_from, e AS hours_from, e AS alarms_from
    FROM (SELECT '1900-01-01Z'::timestamptz) x (e)
) v
"""


def join_seen(scope: Scope) -> sql.SQL:
    """The join that leaves the machines which the scope sees at %(now)s, and says since when: `v.seen_from`,
    `v.readings_from`, `v.position_from`, `v.hours_from` and `v.alarms_from`."""
    return sql.SQL(_ALL if scope.sees_all else _TENANT)


# The same for each machine `m` by itself: for queries that look at few of many machines.
_TENANT_EACH: LiteralString = """
CROSS JOIN LATERAL (
    SELECT min(p.from_at) AS seen_from,
        min(p.from_at) FILTER (WHERE p.data_class IN ('all', 'readings')) AS readings_from,
        min(p.from_at) FILTER (WHERE p.data_class IN ('all', 'position')) AS position_from,
        min(p.from_at) FILTER (WHERE p.data_class IN ('all', 'readings', 'hours')) AS hours_from,
        min(p.from_at) FILTER (WHERE p.data_class IN ('all', 'alarms')) AS alarms_from
    FROM (
        SELECT greatest(from_at, '1900-01-01Z') AS from_at, 'all' AS data_class FROM ownership x
        WHERE x.machine_id = m.machine_id AND x.organisation_id = ANY(%(organisations)s)
            AND from_at <= %(now)s AND %(now)s < to_at
        UNION ALL
        SELECT greatest(from_at, '1900-01-01Z'), data_class FROM sharing x
        WHERE x.machine_id = m.machine_id AND x.organisation_id = ANY(%(organisations)s)
            AND from_at <= %(now)s AND %(now)s < to_at
    ) p HAVING count(*) > 0
) v
"""


def seen_each(sees_all: bool) -> sql.SQL:
    """What join_seen gives, for a table `m` of which few machines are looked at."""
    return sql.SQL(_ALL if sees_all else _TENANT_EACH)


# True of a machine `m` of which the scope sees anything now. What its owner enters is theirs only who do.
SEEN_NOW: LiteralString = """EXISTS (
    SELECT FROM ownership x WHERE x.machine_id = m.machine_id AND x.organisation_id = ANY(%(organisations)s)
        AND x.from_at <= now() AND now() < x.to_at
    UNION ALL
    SELECT FROM sharing x WHERE x.machine_id = m.machine_id AND x.organisation_id = ANY(%(organisations)s)
        AND x.from_at <= now() AND now() < x.to_at
)"""


# The same where the organisations are those of a row `reader`.
SEEN_BY_READER: LiteralString = SEEN_NOW.replace("%(organisations)s", "reader.organisations")


@dataclass(frozen=True, slots=True, kw_only=True)
class MachineKey:
    """A machine found for a caller, with the part of its history that is the caller's to see."""

    machine_id: int
    public_id: UUID
    sight: Sight

    def periods(self, data_class: DataClass) -> Sequence[Period]:
        """When the caller sees this class of the machine's data."""
        return self.sight.periods(data_class)

    def seen_at(self, at: datetime) -> bool:
        """True when the caller sees anything of the machine at this time."""
        return any(period.covers(at) for period in self.sight.any_periods)


FIND_BY: dict[str, LiteralString] = {
    "id": "m.public_id = %(value)s::uuid",
    "pin": "m.pin = %(value)s",
    "serial": "m.serial_no = %(value)s",
    # Given by the owner of now, for its own machines: of several that the scope sees the one of its own organisation.
    "equipment": "m.equipment_id = %(value)s AND seen.is_now ORDER BY seen.is_own DESC LIMIT 2",
}
# One row: a machine, the periods in which the scope sees a class of its data, in order, and what else is asked for.
_FOUND: LiteralString = """
SELECT m.machine_id, m.public_id, seen.is_own, seen.shares, seen.from_at, seen.to_at {columns}
FROM machine m CROSS JOIN LATERAL ({seen}) seen {tables} WHERE {condition}
"""
_SEEN: LiteralString = """
SELECT array_agg(p.data_class ORDER BY p.from_at) AS shares,
    array_agg(nullif(p.from_at, '-infinity') ORDER BY p.from_at) AS from_at,
    array_agg(nullif(p.to_at, 'infinity') ORDER BY p.from_at) AS to_at, bool_or(p.to_at > now()) AS is_now,
    bool_or(p.is_own AND p.to_at > now()) AS is_own
FROM (
    SELECT 'all' AS data_class, o.from_at, o.to_at, o.organisation_id = %(own)s AS is_own FROM ownership o
    WHERE o.machine_id = m.machine_id AND o.organisation_id = ANY(%(organisations)s)
    UNION ALL
    SELECT s.data_class, s.from_at, s.to_at, FALSE FROM sharing s
    WHERE s.machine_id = m.machine_id AND s.organisation_id = ANY(%(organisations)s)
) p WHERE p.from_at <= now()
"""
_UNCLIPPED: LiteralString = (
    "SELECT NULL::text[] AS shares, NULL::timestamptz[] AS from_at, NULL::timestamptz[] AS to_at, TRUE AS is_now, "
    "FALSE AS is_own"
)


async def get_machine_key(conn: Connection, scope: Scope, reference: str) -> MachineKey:
    """The machine of a public id, `pin:...`, `serial:...` or, while it is seen, `equipment:...`: one round trip.

    Raises NotFound when there is none or the scope sees no part of its history, in the same words; also when there are
    several of an equipment id, none of them the scope's own organisation's.
    """
    return (await get_machine_with(conn, scope, reference, columns="", tables=""))[0]


async def get_machine_with(
    conn: Connection, scope: Scope, reference: str, *, columns: LiteralString, tables: LiteralString
) -> tuple[MachineKey, Sequence[Any]]:
    """The same with `columns` (", s.online") of `tables` that are joined to the machine `m`, which the caller clips.

    Every query of readings, events and rollups is clipped to the key's periods: hypertables have no row-level security.
    """
    return await found_machine(await ask_machine_with(conn, scope, reference, columns=columns, tables=tables), scope)


async def ask_machine_with(
    conn: Connection, scope: Scope, reference: str, *, columns: LiteralString, tables: LiteralString
) -> AsyncCursor[Any]:
    """The question alone, which a pipeline sends with others; `found_machine` takes its answer.

    Raises NotFound for what is no reference.
    """
    alias, colon, rest = reference.partition(":")
    kind, value = (alias, rest) if colon else ("id", reference)
    condition = FIND_BY.get(kind)
    if condition is None or (kind == "id" and not _is_uuid(value)):
        raise NotFound
    statement = sql.SQL(_FOUND).format(
        columns=sql.SQL(columns),
        seen=sql.SQL(_UNCLIPPED if scope.sees_all else _SEEN),
        tables=sql.SQL(tables),
        condition=sql.SQL(condition),
    )
    given = {"value": value, "own": scope.organisation_id} | scope.parameters
    return await conn.execute(statement, given)


async def found_machine(cursor: AsyncCursor[Any], scope: Scope) -> tuple[MachineKey, Sequence[Any]]:
    """What `ask_machine_with` has asked for. Raises NotFound."""
    rows = await cursor.fetchall()
    if not rows:
        raise NotFound
    row = rows[0]
    if len(rows) > 1 and row[2] == rows[1][2]:
        raise NotFound("equipment_id_several")
    sight = _sight(scope, *row[3:6])
    if not sight.classes:
        raise NotFound
    return MachineKey(machine_id=row[0], public_id=row[1], sight=sight), row[6:]


def _sight(
    scope: Scope,
    shares: Sequence[str] | None,
    from_at: Sequence[datetime | None] | None,
    to_at: Sequence[datetime | None] | None,
) -> Sight:
    if scope.sees_all:
        return Sight.of_all(exact_positions=scope.exact_positions)
    periods = [Period(from_at=a, to_at=b) for a, b in zip(from_at or (), to_at or (), strict=True)]
    return sight_from(zip(shares or (), periods, strict=True), exact_positions=scope.exact_positions)


def _is_uuid(text: str) -> bool:
    try:
        UUID(text)
    except ValueError:
        return False
    return True
