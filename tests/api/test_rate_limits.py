"""A caller's requests are counted by what they cost; every answer says how many are left, and too many get 429."""

from dataclasses import fields

import pytest

from api.policy import ENDPOINTS
from api.rate_limits import COSTS, Cost, cost_of
from api.settings import ApiSettings
from tests.api.conftest import running

pytestmark = pytest.mark.asyncio(loop_scope="module")
LIMITS = {"reads_per_minute": 3, "expensive_reads_per_minute": 2, "writes_per_minute": 1}
READINGS = "/api/v1/machines/pin:PIN-digger/readings"


def standing(answer) -> tuple[int, str, str]:
    return answer.status_code, answer.headers["ratelimit-limit"], answer.headers["ratelimit-remaining"]


async def test_one_more_than_the_limit_is_refused_and_says_when_to_come_back(world, api_database):
    async with running(api_database.url("ecc_api"), **LIMITS) as made, made.of("owner") as http:
        answers = [await http.get("/api/v1/machines") for _ in range(4)]
    assert [standing(answer) for answer in answers] == [
        (200, "3", "2"),
        (200, "3", "1"),
        (200, "3", "0"),
        (429, "3", "0"),
    ]
    refused = answers[-1]
    assert refused.json()["code"] == "rate_limited"
    assert 1 <= int(refused.headers["retry-after"]) <= 60
    assert refused.headers["ratelimit-reset"] == refused.headers["retry-after"]


async def test_costs_are_counted_apart_and_so_are_callers(world, api_database):
    async with running(api_database.url("ecc_api"), **LIMITS) as made:
        async with made.of("owner") as http:
            assert [standing(await http.get(READINGS)) for _ in range(3)] == [
                (200, "2", "1"),
                (200, "2", "0"),
                (429, "2", "0"),
            ]
            assert standing(await http.get("/api/v1/machines")) == (200, "3", "2")
        async with made.of("owner") as again:
            assert (await again.get(READINGS)).status_code == 429, "another session of the same person"
        async with made.of("colleague") as http:
            assert standing(await http.get(READINGS)) == (200, "2", "1")


async def test_what_is_refused_for_another_reason_counts_and_tells_too(world, api_database):
    usual = {field.name: field.default for field in fields(ApiSettings) if field.name in LIMITS}
    async with running(api_database.url("ecc_api"), **usual) as made, made.of("auditor") as http:
        answer = await http.get("/api/v1/machines/pin:nobody")
        assert standing(answer) == (404, "1200", "1199")
        answer = await http.post("/api/v1/alarms/0198f3a1-11d0-7a52-8c3e-5f0c9d2b7e44/acknowledge")
        assert standing(answer) == (403, "300", "299")


async def test_a_limit_of_0_is_none_and_strangers_are_not_counted(world, api_database):
    async with running(api_database.url("ecc_api"), reads_per_minute=0) as made:
        async with made.of("owner") as http:
            answer = await http.get("/api/v1/machines")
        async with made.anybody() as http:
            refused = await http.get("/api/v1/machines")
    assert (answer.status_code, refused.status_code) == (200, 401)
    assert not {"ratelimit-limit"} & (set(answer.headers) | set(refused.headers))


async def test_costs_name_endpoints_that_there_are_and_the_rest_goes_by_method():
    assert set(COSTS) <= set(ENDPOINTS)
    assert cost_of("GET /api/v1/machines") is Cost.READ
    assert cost_of("POST /api/v1/alarms/{alarm_id}/acknowledge") is Cost.WRITE
