"""A world whose people have addresses, a mail server, and the sender's part for notices, one of each for a module."""

from itertools import count

import psycopg
import pytest
import pytest_asyncio
from psycopg import sql

from tests.api.world import World
from tests.conftest import Database
from tests.notice_stand import cleared, mail_server, sending

_names = count(1)


@pytest.fixture(scope="module")
def notice_database(servers, superuser, template_database):
    """One copy of the migrated database for all tests of a module."""
    name = f"notices{next(_names)}"
    identifiers = sql.Identifier(name), sql.Identifier(template_database)
    superuser.execute(sql.SQL("CREATE DATABASE {} OWNER ecc_owner TEMPLATE {}").format(*identifiers))
    yield Database(name, servers)
    superuser.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


@pytest.fixture(scope="module")
def world(notice_database):
    """owner and colleague of North, dealer above North, stranger of South, expert: all with an e-mail address."""
    with psycopg.connect(notice_database.owner_url, autocommit=True) as conn:
        built = World.build(conn)
        conn.execute("UPDATE app_user SET email = login || '@example.com', name = initcap(login), language = 'en'")
        yield built


@pytest.fixture(scope="module")
def mail():
    with mail_server() as server:
        yield server


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def desk(world, notice_database, mail):
    async with sending(notice_database, mail) as one:
        yield one


@pytest_asyncio.fixture(autouse=True, loop_scope="module")
async def alone(world, mail):
    """Nobody has been told anything, and nobody has chosen anything."""
    await cleared(world, mail)
