"""Pages of master data: what the scope sees, ordered by name, from where the page before ended."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, LiteralString, TypeVar
from uuid import UUID

import msgspec
from psycopg import errors, sql
from psycopg.rows import class_row

from fleet.errors import Conflict, PreconditionFailed
from storage.read_pool import Connection
from storage.sight import Scope

NameSort = Literal["name", "-name"]
Row = TypeVar("Row")


@dataclass(frozen=True, slots=True)
class PageOf:
    """Which page: its order, the (name, number) of the last entry of the page before, and how many entries."""

    sort: NameSort = "name"
    after: tuple[str, int] | None = None
    limit: int = 50


async def fetch_page(
    conn: Connection,
    statement: tuple[LiteralString, LiteralString],
    row: type[Row],
    page: PageOf,
    given: Mapping[str, Any],
) -> list[Row]:
    """The page of a SELECT ... WHERE ...; `statement` is that and the alias of its table's key, such as "t.site_id"."""
    select, key = statement
    direction, beyond = (sql.SQL(""), sql.SQL(">")) if page.sort == "name" else (sql.SQL("DESC"), sql.SQL("<"))
    name = sql.SQL(key.split(".", maxsplit=1)[0] + ".name")
    whole = sql.SQL(
        "{select} AND (%(after_name)s::text IS NULL OR ({name}, {key}) {beyond} (%(after_name)s, %(after_key)s::int)) "
        "ORDER BY {name} {direction}, {key} {direction} LIMIT %(limit)s"
    ).format(select=sql.SQL(select), name=name, key=sql.SQL(key), beyond=beyond, direction=direction)
    after_name, after_key = page.after or (None, None)
    place = {"after_name": after_name, "after_key": after_key, "limit": page.limit}
    async with conn.cursor(row_factory=class_row(row)) as cursor:
        return await (await cursor.execute(whole, dict(given) | place)).fetchall()


def seen_by(scope: Scope) -> dict[str, Any]:
    """Parameters `all` and `organisations` of a condition (%(all)s OR organisation_id = ANY(%(organisations)s))."""
    return {"all": scope.sees_all} | scope.parameters


async def change_one(conn: Connection, statement: LiteralString, given: Mapping[str, Any]) -> None:
    """Run a compare-and-set UPDATE or DELETE of a row that has just been read.

    Raises PreconditionFailed when somebody else was quicker, and Conflict when its name is taken, or others need it.
    """
    try:
        changed = await conn.execute(statement, given)
    except errors.UniqueViolation as error:
        raise Conflict("name_taken", where="name") from error
    except errors.ForeignKeyViolation as error:
        raise Conflict("still_referred_to") from error
    if changed.rowcount != 1:
        raise PreconditionFailed


async def insert_many(
    conn: Connection, statement: LiteralString, rows: Sequence[Mapping[str, Any]], *, now: datetime
) -> dict[UUID, int]:
    """Insert `rows` by a statement that takes them as JSON and returns id and number of each that it inserted.

    Raises Conflict unless it inserted all.
    """
    given = {"rows": msgspec.json.encode(rows).decode(), "now": now}
    numbers: dict[UUID, int] = dict(await (await conn.execute(statement, given)).fetchall())
    if len(numbers) < len(rows):
        raise Conflict
    return numbers
