"""`stack`: the platform's processes on the session's servers and a database of the test's own."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from app.embedded import EmbeddedServers
from tests.conftest import Database
from tests.e2e.stack import Stack, stack_on


@pytest.fixture
def stack(servers: EmbeddedServers, database: Database, tmp_path: Path) -> Iterator[Stack]:
    """Nothing of it runs yet: stack.gateway.start(), stack.api.start() ..."""
    yield from stack_on(servers, database.name, tmp_path)
