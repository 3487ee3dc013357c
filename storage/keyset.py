"""Lists in pages by keyset, and single rows, of resources whose rows are the dataclasses that answers show."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic, LiteralString, TypeAlias, TypeVar

import psycopg
from psycopg import AsyncCursor, sql
from psycopg.rows import class_row

from fleet.errors import Conflict
from storage.read_pool import Connection

Refusals: TypeAlias = Mapping[str, tuple[str, str]]  # constraint -> key of fleet/reasons.toml, member it is about
Resource = TypeVar("Resource")
Sorts = Mapping[str, tuple[LiteralString, LiteralString]]
"""Name of an order -> the expression it sorts by, never NULL, and its type."""


@dataclass(frozen=True, slots=True)
class Placed(Generic[Resource]):
    """A resource with its place in a list: what it was sorted by, as text, and its number."""

    number: int
    sort_value: str
    resource: Resource


def _placed(kind: type[Resource]) -> Callable[[AsyncCursor[Any]], Callable[[Sequence[Any]], Placed[Resource]]]:
    """A row factory: the columns `number` and `sort_value`, and the others as `kind`."""

    def factory(cursor: AsyncCursor[Any]) -> Callable[[Sequence[Any]], Placed[Resource]]:
        names = [column.name for column in cursor.description or ()]

        def made(values: Sequence[Any]) -> Placed[Resource]:
            row = dict(zip(names, values, strict=True))
            return Placed(row.pop("number"), row.pop("sort_value"), kind(**row))

        return made

    return factory


@dataclass(frozen=True, slots=True, kw_only=True)
class PageOf:
    """Which page of a list: its order (`-name` is descending), the place of the page before's last entry, how many."""

    sort: str
    after: tuple[str, int] | None
    limit: int


async def list_page(
    conn: Connection,
    kind: type[Resource],
    select: LiteralString,
    page: PageOf,
    *,
    sorts: Sorts,
    parameters: Mapping[str, Any],
) -> list[Placed[Resource]]:
    """Rows of `select`, which has the columns number and `{sort_value} AS sort_value` and a WHERE, from `after` on."""
    expression, type_name = (sql.SQL(part) for part in sorts[page.sort.removeprefix("-")])
    descending = page.sort.startswith("-")
    beyond = sql.SQL("AND (sort_value, number) {} (%(after)s::{}, %(after_number)s::int)").format(
        sql.SQL("<" if descending else ">"), type_name
    )
    direction = sql.SQL("DESC" if descending else "ASC")
    statement = sql.SQL(
        "SELECT * FROM ({inner}) listed WHERE TRUE {beyond} ORDER BY sort_value {way}, number {way} LIMIT %(limit)s"
    ).format(
        inner=sql.SQL(select).format(sort_value=expression),
        beyond=beyond if page.after else sql.SQL(""),
        way=direction,
    )
    after, number = page.after or (None, None)
    given = {**parameters, "after": after, "after_number": number, "limit": page.limit}
    async with conn.cursor(row_factory=_placed(kind)) as cursor:
        rows = await (await cursor.execute(statement, given)).fetchall()
    return [Placed(row.number, str(row.sort_value), row.resource) for row in rows]


async def find_row(
    conn: Connection, kind: type[Resource], select: LiteralString, parameters: Mapping[str, Any]
) -> Resource | None:
    """The first row of such a `select`."""
    return next(iter(await find_rows(conn, kind, select, parameters)), None)


async def find_rows(
    conn: Connection, kind: type[Resource], select: LiteralString, parameters: Mapping[str, Any]
) -> list[Resource]:
    """The rows of such a `select`, in no order."""
    statement = sql.SQL(select).format(sort_value=sql.SQL("''"))
    async with conn.cursor(row_factory=_placed(kind)) as cursor:
        return [row.resource for row in await (await cursor.execute(statement, parameters)).fetchall()]


async def list_rows(
    conn: Connection, kind: type[Resource], statement: LiteralString, parameters: Mapping[str, Any]
) -> list[Resource]:
    """All rows as `kind`."""
    async with conn.cursor(row_factory=class_row(kind)) as cursor:
        return await (await cursor.execute(statement, parameters)).fetchall()


async def execute(
    conn: Connection, statement: LiteralString, parameters: Mapping[str, Any], *, refused: Refusals
) -> tuple[Any, ...] | None:
    """Run a change and return its first row, None without one.

    Raises Conflict with the reason that `refused` has for the constraint that the change breaks.
    """
    try:
        cursor = await conn.execute(statement, parameters)
    except psycopg.IntegrityError as error:
        found = refused.get(error.diag.constraint_name or "")
        if found is None:
            raise
        reason, where = found
        raise Conflict(reason, where=where) from error
    return await cursor.fetchone() if cursor.description else None
