"""Parameters of lists that are remembered by their text say what they said, to each endpoint its own."""

import pytest
from fastapi.dependencies import utils

from api.remembered_queries import RememberedQueries

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def names(http, path, **parameters):
    answer = await http.get(path, params=parameters)
    assert answer.status_code == 200, answer.text
    return [item["name"] for item in answer.json()["items"]]


async def test_the_same_text_is_answered_the_same_again(clients):
    async with clients.of("expert") as http:
        for _ in range(2):
            assert await names(http, "/api/v1/machines", q="digger", limit=5) == ["digger"]
            assert await names(http, "/api/v1/machines", q="crane", limit=5) == ["crane"]
            assert (await http.get("/api/v1/machines", params={"limit": 5, "severity": "worst"})).status_code == 422
            assert (await http.get("/api/v1/machines", params={"limit": "5x"})).status_code == 422
            assert (await http.get("/api/v1/alarms", params={"q": "digger", "limit": 5})).status_code == 422


async def test_who_asks_is_asked_each_time(clients):
    for _ in range(2):
        async with clients.of("owner") as http:
            assert await names(http, "/api/v1/machines", limit=9, sort="pin") == ["digger"]
        async with clients.of("stranger") as http:
            assert await names(http, "/api/v1/machines", limit=9, sort="pin") == ["crane"]


async def test_what_is_remembered_is_read_once(clients, monkeypatch):
    held = utils.request_params_to_args
    assert isinstance(held, RememberedQueries)
    async with clients.of("expert") as http:
        await names(http, "/api/v1/machines", q="digger", limit=7)
        original, seen = held._read, []

        def read(fields, received):
            seen.extend(field.name for field in fields)
            return original(fields, received)

        monkeypatch.setattr(held, "_read", read)  # FastAPI's own, to see what it is asked for
        await names(http, "/api/v1/machines", q="digger", limit=7)
    assert not {"q", "limit", "kind"} & set(seen), seen
