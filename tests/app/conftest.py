"""A gate on a database of the test's own."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest

from storage.pool import connect
from tests.app.gate import Gate
from tests.conftest import Database


@pytest.fixture
def gate(database: Database) -> Iterator[Gate]:
    url = database.url("ecc_gateway")
    made = Gate(connect(url, application="test"), url)
    yield made
    made.close()


@pytest.fixture
def new_gate(database: Database) -> Iterator[Callable[[], Gate]]:
    """Further gates on the same database, each with a connection of its own."""
    url = database.url("ecc_gateway")
    with ExitStack() as stack:

        def made() -> Gate:
            gate = Gate(connect(url, application="test"), url)
            stack.callback(gate.close)
            return gate

        yield made
