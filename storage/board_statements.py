"""Statements of Grafana's boards as Grafana's own role runs them: whether they work, and how long they take."""

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, LiteralString

import psycopg

from storage.pool import connect

SOME_MACHINE: LiteralString = "SELECT machine_id::text FROM dashboard.machine ORDER BY number LIMIT 1"


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What came of a statement; said: the database's words where it failed."""

    columns: Sequence[str]
    rows: Sequence[Sequence[Any]]
    seconds: float
    said: str | None = None


@contextmanager
def grafana_session(url: str) -> Iterator[psycopg.Connection]:
    """A connection of ecc_grafana at `url`, closed afterwards. Raises what connect() raises."""
    conn = connect(url, application="ecc dashboards check")
    conn.autocommit = True
    with conn:
        yield conn


def run_statement(conn: psycopg.Connection, statement: str) -> Answer:
    """Run one statement, which has no parameters, on a connection in autocommit."""
    begun = time.monotonic()
    try:
        found = conn.execute(statement.encode())
        rows = found.fetchall()
    except psycopg.errors.Error as error:
        return Answer(columns=[], rows=[], seconds=time.monotonic() - begun, said=str(error).splitlines()[0])
    columns = [column.name for column in found.description or ()]
    return Answer(columns=columns, rows=rows, seconds=time.monotonic() - begun)


def find_some_machine(conn: psycopg.Connection) -> str | None:
    """The id of a machine; None where there is none."""
    row = conn.execute(SOME_MACHINE).fetchone()
    return None if row is None else str(row[0])
