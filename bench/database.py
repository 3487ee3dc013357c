"""What the bench asks the database, in its own SQL: copies of a template, rows by commit, commit times."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import psycopg
from psycopg import sql

from app.embedded import EmbeddedServers
from bench.load import Load, sentinel_name, terminal_name
from storage.migrate import migrate

Int64Array = npt.NDArray[np.int64]
Float64Array = npt.NDArray[np.float64]
TEMPLATE = "bench_template"
CONNECTIONS = 16  # at most so many generator connections, each with a closing machine
COPY_HEAD, COPY_TAIL = 19, 2
# one row of ROWS as binary COPY writes it: the number of columns, then each column's length and value
LENGTH = ">i4"
ROW_LAYOUT: np.dtype[np.void] = np.dtype(
    [
        ("columns", ">i2"),
        ("l1", LENGTH),
        ("machine", ">i4"),
        ("l2", LENGTH),
        ("at", ">i8"),
        ("l3", LENGTH),
        ("transaction", ">i8"),
    ]
)

REGISTER = """
WITH model AS (
    INSERT INTO machine_model (name, kind, nominal_voltage_v) VALUES ('bench', 'excavator', 24) RETURNING model_id
), owner AS (
    INSERT INTO organisation (public_id, kind, name)
    VALUES (gen_random_uuid(), 'customer', 'bench') RETURNING organisation_id
), made AS (
    INSERT INTO machine (public_id, pin, name, model_id, nominal_voltage_v)
    SELECT gen_random_uuid(), name, name, model_id, 24 FROM unnest(%s::text[]) AS name, model RETURNING machine_id, pin
), terminals AS (
    INSERT INTO terminal (name) SELECT pin FROM made RETURNING terminal_id, name
), installed AS (
    INSERT INTO installation (terminal_id, machine_id)
    SELECT terminal_id, machine_id FROM terminals JOIN made ON pin = name
)
INSERT INTO ownership (machine_id, organisation_id) SELECT machine_id, organisation_id FROM made, owner
"""
MACHINES = "SELECT name, machine_id FROM terminal JOIN installation USING (terminal_id)"
CLOSED = "SELECT count(*) FROM reading WHERE machine_id = ANY(%(machines)s) AND measured_at = %(at)s"
COMMITS = """
SELECT (extract(epoch FROM pg_xact_commit_timestamp(transaction::xid)) * 1000000)::bigint AS at, rows,
    transaction::bigint
FROM (
    SELECT xmin::text AS transaction, count(*) AS rows FROM reading
    WHERE measured_at BETWEEN %(first)s AND %(last)s AND (machine_id = ANY(%(closing)s)) = %(of_closing)s
    GROUP BY 1
) AS written
ORDER BY at
"""
ROWS = """
COPY (
    SELECT machine_id, (extract(epoch FROM measured_at) * 1000000)::bigint, xmin::text::bigint
    FROM reading WHERE measured_at BETWEEN {first} AND {last}
) TO STDOUT (FORMAT BINARY)
"""
SYNCS_17 = "SELECT wal_sync, wal_sync_time FROM pg_stat_wal"
SYNCS_18 = "SELECT coalesce(sum(fsyncs), 0), coalesce(sum(fsync_time), 0) FROM pg_stat_io WHERE object = 'wal'"
CREATE_COPY = "CREATE DATABASE {} OWNER ecc_owner TEMPLATE {} STRATEGY FILE_COPY"


@dataclass(frozen=True)
class Commits:
    """The transactions that wrote a load's rows, in commit order: stamps (us since 1970), rows, transaction ids."""

    at_us: Int64Array
    rows: Int64Array
    transaction: Int64Array

    @property
    def total_rows(self) -> int:
        """Rows in the table."""
        return int(self.rows.sum())


class WalSyncs:
    """Samples, once a second, what a WAL flush costs: a commit's stamp is taken before its flush."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._stop = threading.Event()
        self._samples: list[tuple[float, int, float]] = []
        self._thread = threading.Thread(target=self._sample, daemon=True)

    def __enter__(self) -> WalSyncs:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()

    def _sample(self) -> None:
        with psycopg.connect(self._url, autocommit=True) as conn:
            statement = SYNCS_17 if conn.info.server_version < 180000 else SYNCS_18
            while True:
                count, spent_ms = conn.execute(statement).fetchone() or (0, 0.0)
                self._samples.append((time.time(), int(count), float(spent_ms)))
                if self._stop.wait(1.0):
                    return

    def mean_us(self, at_us: Int64Array) -> Float64Array:
        """The mean flush, us, in the sampled second of each instant (or the nearest one with a flush)."""
        samples = np.array(self._samples, dtype=np.float64)
        flushes, spent_ms = np.diff(samples[:, 1]), np.diff(samples[:, 2])
        some = flushes > 0
        if not some.any():
            return np.zeros(len(at_us))
        ends, cost_us = samples[1:, 0][some] * 1e6, spent_ms[some] / flushes[some] * 1e3
        return np.asarray(cost_us[np.minimum(np.searchsorted(ends, at_us), len(ends) - 1)])


@dataclass(frozen=True)
class Database:
    """One run's database."""

    name: str
    servers: EmbeddedServers

    def url(self, role: str) -> str:
        """Its address for a role."""
        return self.servers.database_url(role, self.name)

    @contextlib.contextmanager
    def connect(self) -> Iterator[psycopg.Connection]:
        """A superuser's connection in autocommit."""
        with psycopg.connect(self.servers.superuser_url(self.name), autocommit=True) as conn:
            yield conn

    def number(self, query: str, **parameters: object) -> int:
        """The one number a query gives."""
        with self.connect() as conn:
            row = conn.execute(query.encode(), parameters).fetchone()
        return int(row[0]) if row and row[0] is not None else 0

    def machines(self) -> dict[str, int]:
        """machine_id by terminal."""
        with self.connect() as conn:
            return dict(conn.execute(MACHINES).fetchall())

    def await_end(self, load: Load, connections: int, check: Callable[[], None]) -> None:
        """Wait until the closing row of every connection is committed; `check` raises when that cannot come any more.

        Raises TimeoutError.
        """
        timeout_s = 60 + load.rows / 2_000
        known = self.machines()
        parameters = {
            "machines": [known[sentinel_name(c)] for c in range(connections)],
            "at": _instant(load.sentinel_us),
        }
        deadline = time.monotonic() + timeout_s
        with self.connect() as conn:
            while conn.execute(CLOSED, parameters).fetchone() != (connections,):
                check()
                if time.monotonic() > deadline:
                    raise TimeoutError(f"{load.boot}: the last rows are not in the database after {timeout_s:.0f} s")
                time.sleep(0.05)

    def commits(self, load: Load, *, of_closing: bool = False) -> Commits:
        """The commits of the load's rows, or of its closing rows."""
        known = self.machines()
        first, last = (load.sentinel_us,) * 2 if of_closing else span_us(load)
        parameters = {
            "first": _instant(first),
            "last": _instant(last),
            "closing": [machine for name, machine in known.items() if name.startswith("bench-end-")],
            "of_closing": of_closing,
        }
        with self.connect() as conn:
            found = np.array(conn.execute(COMMITS, parameters).fetchall(), dtype=np.int64).reshape(-1, 3)
        return Commits(found[:, 0], found[:, 1], found[:, 2])

    def commit_of_messages_us(self, load: Load, commits: Commits) -> Int64Array:
        """When each one-row message was committed, us since 1970, (messages,), from the row it became.

        Raises ValueError when a message has no row.
        """
        rows = self._rows(load)
        known = self.machines()
        index_of = np.full(max(known.values()) + 1, -1, np.int64)
        for machine in range(load.machines):
            index_of[known[terminal_name(machine)]] = machine
        machine = index_of[rows["machine"]]
        rows, machine = rows[machine >= 0], machine[machine >= 0]
        offset = machine * (load.spacing_us // 1000) // load.machines * 1000
        turn = (rows["at"].astype(np.int64) - load.start_us - offset) // load.spacing_us
        order = np.argsort(commits.transaction)
        stamp = commits.at_us[order][np.searchsorted(commits.transaction[order], rows["transaction"].astype(np.int64))]
        committed = np.zeros(load.messages, np.int64)
        committed[turn * load.machines + machine] = stamp
        if not committed.all():
            raise ValueError(f"{int((committed == 0).sum())} messages have no row")
        return committed

    def _rows(self, load: Load) -> npt.NDArray[np.void]:
        first, last = (_instant(at) for at in span_us(load))
        with self.connect() as conn, conn.cursor() as cursor:
            statement = sql.SQL(ROWS).format(first=sql.Literal(first), last=sql.Literal(last))
            with cursor.copy(statement) as copy:
                data = b"".join(bytes(part) for part in copy)
        count = (len(data) - COPY_HEAD - COPY_TAIL) // ROW_LAYOUT.itemsize
        return np.frombuffer(data, ROW_LAYOUT, offset=COPY_HEAD, count=count)


def span_us(load: Load) -> tuple[int, int]:
    """The first and the last instant a load's rows may have."""
    turns = load.messages // load.machines * load.rows_per_message
    return load.start_us, load.start_us + turns * load.spacing_us - 1


def _instant(at_us: int) -> np.datetime64 | str:
    return str(np.datetime64(at_us, "us")) + "+00"


def make_template(servers: EmbeddedServers, machines: int) -> None:
    """The database every run starts from: migrated, with the bench's machines (24 V) registered."""
    _drop(servers, TEMPLATE)
    with psycopg.connect(servers.superuser_url(), autocommit=True) as conn:
        conn.execute(sql.SQL("CREATE DATABASE {} OWNER ecc_owner").format(sql.Identifier(TEMPLATE)))
    migrate(servers.database_url("ecc_owner", TEMPLATE))
    names = [terminal_name(m) for m in range(machines)] + [sentinel_name(c) for c in range(CONNECTIONS)]
    with psycopg.connect(servers.superuser_url(TEMPLATE), autocommit=True) as conn:
        conn.execute(REGISTER, [names])
        conn.execute("VACUUM ANALYZE")


def fresh(servers: EmbeddedServers, name: str = "bench_run") -> Database:
    """A new copy of the template under `name`; what was there is gone, and its writes are flushed."""
    _drop(servers, name)
    with psycopg.connect(servers.superuser_url(), autocommit=True) as conn:
        conn.execute(sql.SQL(CREATE_COPY).format(sql.Identifier(name), sql.Identifier(TEMPLATE)))
        conn.execute("CHECKPOINT")
    return Database(name, servers)


def _drop(servers: EmbeddedServers, name: str) -> None:
    with psycopg.connect(servers.superuser_url(), autocommit=True) as conn:
        conn.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))
