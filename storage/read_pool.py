"""The API's connections, and transactions in an organisation's scope."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from types import TracebackType
from typing import Any, LiteralString, Self, TypeAlias

import psycopg
from psycopg import AsyncConnection
from psycopg_pool import PoolTimeout

from fleet.errors import EccError, InvalidInput, SchemaMismatch
from storage.migrate import compare_versions
from storage.pool import async_pool

Connection: TypeAlias = AsyncConnection[Any]
NAME_SCOPE: LiteralString = "SELECT set_config('ecc.organisation_id', %s, true)"
NAME_PLATFORM: LiteralString = "SELECT set_config('ecc.organisation_id', platform_organisation()::text, true)"


class TooExpensive(EccError):
    """This query takes too long; ask for a shorter span or fewer signals."""

    code = "too_expensive"


class BeingChanged(EccError):
    """Somebody else is changing this at the moment; try again shortly."""

    code = "being_changed"


class DatabaseUnavailable(EccError):
    """The database cannot be reached now; try again shortly."""

    code = "database_unavailable"


class ReadPool:
    """The API's connections. Opening never waits for the database: requests answer 503 until it is there."""

    def __init__(self, url: str, *, size: int, statement_timeout_ms: int, wait_s: float = 5.0) -> None:
        self._pool = async_pool(url, application="ecc-api", size=size, statement_timeout_ms=statement_timeout_ms)
        self._wait_s = wait_s

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

        It begins with its first statement, in the same round trip where that is in a pipeline, and is committed at the
        end. The database's errors become TooExpensive, BeingChanged (a lock that others hold for longer than is
        waited), DatabaseUnavailable and InvalidInput.
        """
        try:
            async with self._pool.connection(timeout=self._wait_s) as conn:
                yield conn
        except psycopg.errors.QueryCanceled as error:
            raise TooExpensive from error
        except (psycopg.errors.LockNotAvailable, psycopg.errors.DeadlockDetected) as error:
            raise BeingChanged from error
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
                raise SchemaMismatch("database_empty")
            rows = await (await conn.execute("SELECT version FROM schema_migrations ORDER BY version")).fetchall()
        applied = tuple(str(row[0]) for row in rows)
        compare_versions(set(applied))
        return applied[-1]


async def enter_scope(conn: Connection, organisation_id: int) -> None:
    """Let row-level security of this transaction show what the organisation may see."""
    await conn.execute(NAME_SCOPE, [str(organisation_id)])
