"""North's company login at a certified provider."""

from __future__ import annotations

import os

import pytest
import pytest_asyncio

from tests.api.conftest import running
from tests.api.oidc.visits import LOGINS, SECRET, configure
from tests.api.oidc_party import running_provider


@pytest.fixture(scope="module")
def party():
    with running_provider() as provider:
        yield provider


@pytest.fixture(scope="module")
def administrator(world):
    world.person("administrator", world.organisations["platform"], "administrator")
    return "administrator"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def clients(world, api_database):
    async with running(api_database.url("ecc_api"), company_login_allow_private=True) as made:
        yield made


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def company(party, clients, world, administrator):
    """North's company login; its people are made when they first come."""
    os.environ["OIDC_SECRET_NORTH"] = SECRET
    ids = dict(world.conn.execute("SELECT name, public_id::text FROM organisation").fetchall())
    async with clients.of(administrator) as http:
        answer = await http.post(
            LOGINS,
            json={
                "organisation_id": ids["North"],
                "name": "North SSO",
                "issuer": party.issuer,
                "client_id": "ecc",
                "secret_reference": "env:OIDC_SECRET_NORTH",
                "domains": ["North.example"],
                "role_claim": "groups",
                "role_map": {"fleet-admins": "owner"},
                "default_role": "operator",
            },
        )
    assert answer.status_code == 201, answer.text
    made = answer.json()
    configure(party, made)
    yield made
    del os.environ["OIDC_SECRET_NORTH"]


@pytest.fixture(scope="module")
def liu(world):
    """Whom the provider knows as liu has an account here, to be linked at the first visit."""
    world.conn.execute("UPDATE app_user SET email = 'liu@north.example' WHERE login = 'colleague'")
