"""How many live streams a caller, and an organisation, may have open at once."""

import asyncio
from contextlib import AsyncExitStack

import httpx
import pytest
import pytest_asyncio

from api.app import create_app
from api.live import TRANSPORT, LiveAnswer
from tests.api.conftest import Clients, settings_for
from tests.api.streams import served, stream

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def live(world, api_database):
    """(address, token by login); two streams a caller, three an organisation."""
    limits = {"live_streams_per_caller": 2, "live_streams_per_organisation": 3, "heartbeat_s": 0.2}
    app = create_app(settings_for(api_database.url("ecc_api"), **limits))
    async with served(app) as url:
        yield url, Clients(app, api_database.url("ecc_api")).token


async def refused(url, token, **headers) -> httpx.Response:
    async with httpx.AsyncClient(base_url=url, headers={"authorization": f"Bearer {token}", **headers}) as http:
        return await http.get("/api/v1/live")


async def opens(url, token) -> None:
    """Wait until a stream can be opened."""
    async with asyncio.timeout(30):
        while True:
            try:
                async with stream(url, token) as one:
                    await one.until("hello")
                return
            except AssertionError:
                await asyncio.sleep(0.05)


async def test_over_the_callers_limit_it_is_told_so_and_a_closed_stream_counts_no_more(live):
    url, token = live
    async with AsyncExitStack() as open_ones:
        for _ in range(2):
            one = await open_ones.enter_async_context(stream(url, token("owner")))
            await one.until("hello")
        answer = await refused(url, token("owner"))
        assert (answer.status_code, answer.json()["code"]) == (429, "too_many_streams"), "in another session too"
        assert answer.json()["detail"].startswith("You have 2 live streams open")
        assert int(answer.headers["retry-after"]) > 0
        zh = await refused(url, token("owner"), **{"accept-language": "zh"})
        assert zh.json()["detail"].startswith("您已打开 2 个实时流")
    await opens(url, token("owner"))


async def test_over_the_organisations_limit_another_of_it_is_refused_and_others_are_not(live):
    url, token = live
    async with AsyncExitStack() as open_ones:
        for login in ("owner", "owner", "colleague"):
            one = await open_ones.enter_async_context(stream(url, token(login)))
            await one.until("hello")
        answer = await refused(url, token("auditor"))
        assert (answer.status_code, answer.json()["code"]) == (429, "too_many_streams")
        assert "organisation" in answer.json()["detail"]
        for login in ("stranger", "dealer", "expert"):
            await opens(url, token(login))
    await opens(url, token("auditor"))


async def test_a_client_that_is_gone_before_its_stream_begins_holds_no_place(live, monkeypatch):
    url, token = live
    begun = LiveAnswer.__call__

    async def begun_late(answer, scope, receive, send):
        scope["extensions"][TRANSPORT]["transport"].abort()
        await asyncio.sleep(0.05)  # until its socket is closed
        await begun(answer, scope, receive, send)

    monkeypatch.setattr(LiveAnswer, "__call__", begun_late)
    for _ in range(2):
        with pytest.raises(httpx.TransportError):
            await refused(url, token("owner"))
    monkeypatch.undo()
    await opens(url, token("owner"))


async def test_a_refused_stream_holds_no_place(live):
    url, token = live
    for _ in range(4):
        async with httpx.AsyncClient(base_url=url, headers={"authorization": f"Bearer {token('owner')}"}) as http:
            assert (await http.get("/api/v1/live", params={"machine": "pin:nobody"})).status_code == 404
    await opens(url, token("owner"))
