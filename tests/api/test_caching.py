"""No answer to somebody signed in may be served again without asking: access that has ended has ended."""

import re

import pytest
import pytest_asyncio

from tests.api.conftest import running
from tests.api.generated import Caller, operations
from tests.api.tables import seed_tenant

pytestmark = pytest.mark.asyncio(loop_scope="module")
READS = [operation for operation in operations() if operation.method == "GET"]
PLACES = {"latitude_deg": 31.2, "longitude_deg": 121.5}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def caller(world, api_database):
    """An administrator of a customer that has a row in every table."""
    world.machine("seeded", owner="north")
    world.state("digger", PLACES)
    user = world.person("administrator", world.organisations["north"], "administrator")
    seed_tenant(
        world.conn,
        organisation=world.organisations["north"],
        machine=world.machines["seeded"],
        user=user,
        tag="seeded",
        mark=101.5,
    )
    limits = {"reads_per_minute": 0, "expensive_reads_per_minute": 0}
    async with running(api_database.url("ecc_api"), **limits) as made, made.of("administrator") as http:
        yield Caller(http=http, own={"machine": str(world.public["digger"])})


def may_be_served_without_asking(cache_control: str) -> bool:
    words = {word.strip() for word in cache_control.lower().split(",")}
    if "no-store" in words:
        return False
    return "no-cache" not in words or any(re.match(r"(s-)?max-age=[1-9]|immutable|public", word) for word in words)


@pytest.mark.parametrize("operation", READS, ids=str)
async def test_every_answer_has_to_be_asked_for(caller, operation):
    answer = await caller.send(operation)
    assert answer.status_code < 500, answer.text
    assert "cache-control" in answer.headers
    assert not may_be_served_without_asking(answer.headers["cache-control"]), answer.headers["cache-control"]


async def test_so_have_refusals_changes_and_the_answers_of_iso_15143_3_in_every_form(caller, world):
    path = "/aemp/2020/Fleet/Equipment/PIN-digger"
    for accept in ("application/xml", "application/json"):
        answer = await caller.http.get(path, headers={"accept": accept})
        assert (answer.status_code, answer.headers["cache-control"]) == (200, "no-store")
    for media in ("text/csv", "application/vnd.apache.arrow.stream"):
        answer = await caller.http.get("/api/v1/fleet/positions", headers={"accept": media})
        assert (answer.status_code, answer.headers["cache-control"]) == (200, "no-store")
    for refused in ("/api/v1/machines/pin:nobody", "/api/v1/machines?limit=0", "/api/v1/nothing", "/openapi.json"):
        assert (await caller.http.get(refused)).headers["cache-control"] == "no-store"
    changed = await caller.http.post("/api/v1/sites", json={"name": "x"})
    assert changed.headers["cache-control"] == "no-store"


async def test_what_is_known_is_answered_304_and_only_when_asked(caller, world):
    path = f"/api/v1/machines/{world.public['digger']}"
    first = await caller.http.get(path)
    again = await caller.http.get(path, headers={"if-none-match": first.headers["etag"]})
    assert (again.status_code, again.content, again.headers["cache-control"]) == (304, b"", "no-store")
