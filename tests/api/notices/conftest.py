"""A world whose people have addresses, an API that lets notices go to loopback, a mail server and the sender's part."""

import pytest
import pytest_asyncio

from tests.api.conftest import running
from tests.notice_stand import cleared, mail_server, sending
from tests.receivers import receiving


@pytest.fixture(scope="module")
def mail():
    with mail_server() as server:
        yield server


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def clients(world, api_database):
    world.conn.execute("UPDATE app_user SET email = login || '@example.com', name = initcap(login), language = 'en'")
    async with running(api_database.url("ecc_api"), webhook_allow_private=True) as made:
        yield made


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def desk(clients, api_database, mail):
    async with sending(api_database, mail) as one:
        yield one


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def receiver():
    async with receiving() as one:
        yield one


@pytest_asyncio.fixture(autouse=True, loop_scope="module")
async def alone(world, mail):
    """Nobody has been told anything, and nobody has chosen anything."""
    await cleared(world, mail)
