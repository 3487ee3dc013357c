"""`stack`: the platform's processes on the session's servers and a database of the test's own."""

from collections.abc import Iterator
from itertools import count
from pathlib import Path

import psycopg
import pytest
from psycopg import sql

from app.embedded import EmbeddedServers
from tests.conftest import Database
from tests.e2e.stack import Stack, stack_on

_numbers = count(1)


@pytest.fixture
def stack(servers: EmbeddedServers, database: Database, tmp_path: Path) -> Iterator[Stack]:
    """Nothing of it runs yet: stack.gateway.start(), stack.api.start() ..."""
    with stack_on(servers, database.name, tmp_path) as made:
        yield made


@pytest.fixture(scope="module")
def module_stack(
    servers: EmbeddedServers,
    superuser: psycopg.Connection,
    template_database: str,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Stack]:
    """One for all tests of a module that only read."""
    name = f"e2e{next(_numbers)}"
    names = (sql.Identifier(name), sql.Identifier(template_database))
    superuser.execute(sql.SQL("CREATE DATABASE {} OWNER ecc_owner TEMPLATE {}").format(*names))
    with stack_on(servers, name, tmp_path_factory.mktemp(name)) as made:
        yield made
    superuser.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(names[0]))
