"""Connections: one writer's connection for the gateway, pools for everybody else."""

import os
import socket
from typing import Any

import psycopg
from psycopg.conninfo import make_conninfo
from psycopg_pool import AsyncConnectionPool, ConnectionPool

Connection = psycopg.Connection[tuple[Any, ...]]

# A server that vanished must be noticed within seconds; the statement of a dead client must not hold its locks.
# A batch's COPY fits whole, so that its sender is not held up while the server writes; the kernel may allow less.
SEND_BUFFER = 4 << 20

_KEEPALIVE: dict[str, Any] = {
    "connect_timeout": 10,
    "keepalives": 1,
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 20_000,
}


def connect(url: str, *, application: str) -> psycopg.Connection:
    """One connection in UTC; its first statement begins a transaction; `application` shows in pg_stat_activity.

    For a process with a single writer: the gateway's, or a command's.
    """
    conn = psycopg.connect(url, application_name=application, options="-c timezone=UTC", **_KEEPALIVE)
    with socket.socket(fileno=os.dup(conn.pgconn.socket)) as line:
        line.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SEND_BUFFER)
    return conn


async def connect_async(url: str, *, application: str) -> psycopg.AsyncConnection[Any]:
    """One asynchronous connection in UTC, which `async with` commits; for commands that share the API's use cases."""
    return await psycopg.AsyncConnection.connect(
        url, application_name=application, options="-c timezone=UTC", **_KEEPALIVE
    )


def url_of(conn: psycopg.Connection) -> str:
    """Where a connection leads, for another one to the same database."""
    return make_conninfo(conn.info.dsn, password=conn.info.password or None)


def pool(url: str, *, application: str, size: int = 4) -> ConnectionPool[psycopg.Connection]:
    """A closed pool of such connections; open it with `with`."""
    return ConnectionPool(url, min_size=1, max_size=size, open=False, kwargs=_arguments(application), name=application)


def async_pool(
    url: str, *, application: str, size: int = 8, statement_timeout_ms: int = 0
) -> AsyncConnectionPool[psycopg.AsyncConnection]:
    """A closed pool of asynchronous connections; open it with `async with`. No statement takes longer; 0: no limit.

    Of that time at most four fifths are waited for a lock, so that who waits for somebody else is told so.
    Pages are found by walking along indexes; what that meets is cached, so it is not held for dearer than a scan.
    """
    limits = f"-c statement_timeout={statement_timeout_ms} -c lock_timeout={statement_timeout_ms * 4 // 5}"
    arguments = _arguments(application, options=f"{limits} -c random_page_cost=1.1")
    return AsyncConnectionPool(
        url, min_size=1, max_size=size, open=False, kwargs=arguments, name=application, configure=_keep_plans
    )


PLANS = 400  # an API has some 200 statements


async def _keep_plans(conn: psycopg.AsyncConnection) -> None:
    conn.prepared_max = PLANS


def _arguments(application: str, *, options: str = "") -> dict[str, object]:
    return {**_KEEPALIVE, "application_name": application, "options": f"-c timezone=UTC {options}".strip()}
