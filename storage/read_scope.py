"""Who may read what: a transaction in an organisation's scope, and the one function that clips history to periods."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from types import TracebackType
from typing import Any, LiteralString, Self, TypeAlias, TypeVar
from uuid import UUID

import psycopg
from psycopg import AsyncConnection, sql
from psycopg.rows import class_row
from psycopg_pool import PoolTimeout

from fleet.errors import EccError, InvalidInput, NotFound, SchemaMismatch
from storage.migrate import known_versions
from storage.pool import async_pool

Connection: TypeAlias = AsyncConnection[Any]
Row = TypeVar("Row")


class TooExpensive(EccError):
    """This query takes too long; ask for a shorter span or fewer signals."""

    code = "too_expensive"


class DatabaseUnavailable(EccError):
    """The database cannot be reached now; try again shortly."""

    code = "database_unavailable"


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """Whose eyes a query looks through: an organisation and everything below it; the platform's own sees all."""

    organisation_id: int
    organisations: tuple[int, ...] = ()  # the organisation and all below it; not needed when it sees all
    sees_all: bool

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
NAME_SCOPE: LiteralString = "SELECT set_config('ecc.organisation_id', %s, true)"
NAME_PLATFORM: LiteralString = "SELECT set_config('ecc.organisation_id', platform_organisation()::text, true)"
LIMIT_TIME: LiteralString = "SELECT set_config('statement_timeout', %s, true)"


class ReadPool:
    """The API's connections. Opening never waits for the database: requests answer 503 until it is there."""

    def __init__(self, url: str, *, size: int, statement_timeout_ms: int, wait_s: float = 5.0) -> None:
        self._pool = async_pool(url, application="ecc-api", size=size)
        self._wait_s = wait_s
        self._timeout = f"{statement_timeout_ms}ms"

    async def __aenter__(self) -> Self:
        await self._pool.open(wait=False)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._pool.close()

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Connection]:
        """A transaction without a scope yet: row-level security shows no tenant's rows until it is named.

        The database's errors become TooExpensive, DatabaseUnavailable and InvalidInput.
        """
        try:
            async with self._pool.connection(timeout=self._wait_s) as conn, conn.transaction():
                await conn.execute(LIMIT_TIME, [self._timeout])
                yield conn
        except psycopg.errors.QueryCanceled as error:
            raise TooExpensive from error
        except (psycopg.OperationalError, PoolTimeout) as error:
            raise DatabaseUnavailable from error
        except psycopg.DataError as error:
            raise InvalidInput from error

    @asynccontextmanager
    async def platform(self) -> AsyncIterator[Connection]:
        """A transaction that sees every tenant, for the process's own reading of the event log."""
        async with self.transaction() as conn:
            await conn.execute(NAME_PLATFORM)
            yield conn

    async def check_schema(self) -> str:
        """The newest migration of the database. Raises SchemaMismatch when it is not the one this program knows."""
        async with self.transaction() as conn:
            found = await conn.execute("SELECT to_regclass('schema_migrations')")
            if await found.fetchone() == (None,):
                raise SchemaMismatch("The database is empty; run `ecc migrate`.")
            rows = await (await conn.execute("SELECT version FROM schema_migrations ORDER BY version")).fetchall()
        applied = tuple(str(row[0]) for row in rows)
        if applied != known_versions():
            raise SchemaMismatch
        return applied[-1]


async def enter_scope(conn: Connection, organisation_id: int) -> None:
    """Let row-level security of this transaction show what the organisation may see."""
    await conn.execute(NAME_SCOPE, [str(organisation_id)])


SELECT_PERIODS: LiteralString = """
SELECT nullif(from_at, '-infinity') AS from_at, nullif(to_at, 'infinity') AS to_at FROM (
    SELECT o.from_at, o.to_at FROM ownership o
    WHERE o.machine_id = %(machine)s AND o.organisation_id = ANY(%(organisations)s)
    UNION ALL
    SELECT s.from_at, s.to_at FROM sharing s
    WHERE s.machine_id = %(machine)s AND s.data_class = 'all' AND s.organisation_id = ANY(%(organisations)s)
) seen ORDER BY seen.from_at
"""


async def visible_periods(conn: Connection, scope: Scope, machine_id: int) -> list[Period]:
    """The stretches of a machine's history that the scope may see, disjoint and in order; [] when none.

    Every query of readings, events and rollups is clipped to these: hypertables have no row-level security. The same
    rule as SQL's tenant_periods(), for one machine.
    """
    if scope.sees_all:
        return [ALWAYS]
    async with conn.cursor(row_factory=class_row(Period)) as cursor:
        found = await (await cursor.execute(SELECT_PERIODS, {"machine": machine_id} | scope.parameters)).fetchall()
    return merged(found)


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


# Joined to a table with machine_id: the machines that the scope sees at %(now)s, as `v`. Of what they did before
# v.seen_from the scope may see nothing in a list (one machine's own pages use visible_periods, which knows all of it).
_TENANT: LiteralString = """
JOIN (
    SELECT p.machine_id, min(p.from_at) AS seen_from FROM (
        SELECT machine_id, from_at FROM ownership
        WHERE organisation_id = ANY(%(organisations)s) AND from_at <= %(now)s AND %(now)s < to_at
        UNION ALL
        SELECT machine_id, from_at FROM sharing
        WHERE organisation_id = ANY(%(organisations)s) AND from_at <= %(now)s AND %(now)s < to_at
            AND data_class = 'all'
    ) p GROUP BY p.machine_id
) v USING (machine_id)
"""
_ALL: LiteralString = "CROSS JOIN (SELECT '-infinity'::timestamptz AS seen_from) v"


def join_seen(scope: Scope) -> sql.SQL:
    """The join that leaves the machines which the scope sees at %(now)s, and says since when: `v.seen_from`."""
    return sql.SQL(_ALL if scope.sees_all else _TENANT)


@dataclass(frozen=True, slots=True, kw_only=True)
class MachineKey:
    """A machine found for a caller, with the part of its history that is the caller's to see."""

    machine_id: int
    public_id: UUID
    periods: list[Period]

    def seen_at(self, at: datetime) -> bool:
        """True when the caller may see the machine at this time."""
        return any(period.covers(at) for period in self.periods)


FIND_BY: dict[str, LiteralString] = {
    "id": "SELECT machine_id, public_id FROM machine WHERE public_id = %s::uuid",
    "pin": "SELECT machine_id, public_id FROM machine WHERE pin = %s",
    "serial": "SELECT machine_id, public_id FROM machine WHERE serial_no = %s",
    "equipment": "SELECT machine_id, public_id FROM machine WHERE equipment_id = %s",
}


async def get_machine_key(conn: Connection, scope: Scope, reference: str) -> MachineKey:
    """The machine of a public id, `pin:...`, `serial:...` or `equipment:...`.

    Raises NotFound when there is none or the scope sees no part of its history, in the same words.
    """
    alias, colon, rest = reference.partition(":")
    kind, value = (alias, rest) if colon else ("id", reference)
    statement = FIND_BY.get(kind)
    if statement is None or (kind == "id" and not _is_uuid(value)):
        raise NotFound
    row = await (await conn.execute(statement, [value])).fetchone()
    periods = await visible_periods(conn, scope, row[0]) if row else []
    if row is None or not periods:
        raise NotFound
    return MachineKey(machine_id=row[0], public_id=row[1], periods=periods)


def _is_uuid(text: str) -> bool:
    try:
        UUID(text)
    except ValueError:
        return False
    return True
