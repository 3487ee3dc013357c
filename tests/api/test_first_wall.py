"""The API's own queries keep tenants apart: the calls of tests/api/test_policy.py, with row-level security off.

The API runs as the tables' owner, whom row-level security does not bind; so whatever is kept from a tenant here is kept
by the statements of storage/. tests/api/test_second_wall.py is the opposite half: what the database alone refuses.
"""

import pytest
import pytest_asyncio

from tests.api.test_policy import (  # the tests run here as well, on the database of this file's `called`
    copied,
    tenants,
    test_a_role_does_what_it_may_with_its_own_and_meets_nothing_foreign,
    test_what_a_role_may_not_do_is_forbidden_and_what_is_foreign_is_not_there,
)

__all__ = [
    "tenants",
    "test_a_role_does_what_it_may_with_its_own_and_meets_nothing_foreign",
    "test_what_a_role_may_not_do_is_forbidden_and_what_is_foreign_is_not_there",
]
pytestmark = pytest.mark.asyncio(loop_scope="module")
WHO = ["administrator", "program that writes"]  # a person who may do everything, and a client


@pytest_asyncio.fixture(scope="module", loop_scope="module", params=WHO)
async def called(request, tenants, api_database, superuser, servers):
    async with copied(request.param, tenants, api_database, superuser, servers, database_role="ecc_owner") as made:
        yield made
