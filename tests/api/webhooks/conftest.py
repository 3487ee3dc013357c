"""An API whose webhooks may point to the receiver on loopback, and the sender at a faster pace."""

import pytest
import pytest_asyncio

from app import webhooks as sending
from tests.api.conftest import running
from tests.receivers import receiving


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def clients(world, api_database):
    async with running(api_database.url("ecc_api"), webhook_allow_private=True) as made:
        yield made


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def receiver():
    async with receiving() as one:
        yield one


@pytest.fixture(autouse=True)
def quick(monkeypatch):
    """The same loop; waiting for the poll is not what is tested."""
    monkeypatch.setattr(sending, "POLL_S", 0.05)  # half a second, in production


@pytest.fixture(autouse=True)
def alone(world):
    """No webhook of another test is left."""
    world.conn.execute("DELETE FROM webhook")
