"""A gate on a database of the test's own."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest

from storage.pool import connect
from tests.app.gate import Gate
from tests.conftest import Database


@pytest.fixture
def gate(database: Database) -> Iterator[Gate]:
    with connect(database.url("ecc_gateway"), application="test") as conn:
        made = Gate(conn, url=database.url("ecc_gateway"))
        yield made
        made.conn.close()


@pytest.fixture
def new_gate(database: Database) -> Iterator[Callable[[], Gate]]:
    """Further gates on the same database, each with a connection of its own."""
    with ExitStack() as stack:
        yield lambda: Gate(stack.enter_context(connect(database.url("ecc_gateway"), application="test")))
