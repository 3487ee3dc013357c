"""HEAD wherever GET is: the same status and headers, counted and written down as the GET is, and no body."""

import asyncio
import time

import httpx
import pytest
import pytest_asyncio

from api.app import create_app
from tests.api.conftest import Clients, settings_for
from tests.api.streams import served
from tests.api.world import NOW

pytestmark = pytest.mark.asyncio(loop_scope="module")
MACHINE = "/api/v1/machines/pin:PIN-digger"
VARY = {"date", "ratelimit-remaining", "ratelimit-reset", "etag"}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def http(world, api_database):
    """Over a real socket: a server must not wait for a body, nor send one."""
    world.state("digger", {"latitude_deg": 31.26, "longitude_deg": 121.44}, at=NOW)
    app = create_app(settings_for(api_database.url("ecc_api")))
    token = Clients(app, api_database.url("ecc_api")).token("owner")
    async with (
        served(app) as url,
        httpx.AsyncClient(base_url=url, headers={"authorization": f"Bearer {token}"}) as made,
    ):
        yield made


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/", 503),  # the console is not built
        ("/healthz", 200),
        ("/problems/not_found", 200),
        ("/api/v1/machines", 200),
        (MACHINE, 200),
        (f"{MACHINE}/readings", 200),
        ("/api/v1/machines/pin:nobody", 404),
        ("/api/v1/machines?onlin=true", 422),
        ("/api/v1/auth/login", 404),
        ("/aemp/2.0/Fleet/1", 200),
    ],
)
async def test_it_answers_as_get_does_without_the_body(http, path, status):
    asked, headed = await http.get(path), await http.head(path)
    assert asked.status_code == headed.status_code == status
    assert headed.content == b""
    shown = [{name: value for name, value in a.headers.items() if name not in VARY} for a in (asked, headed)]
    assert shown[0].keys() == shown[1].keys()
    assert shown[0]["content-type"] == shown[1]["content-type"]


async def test_an_etag_is_known_again(http):
    known = (await http.get("/api/v1/auth/me")).headers["etag"]
    assert (await http.head("/api/v1/auth/me")).headers["etag"] == known
    assert (await http.head("/api/v1/auth/me", headers={"if-none-match": f'"other", {known}'})).status_code == 304


async def test_places_that_were_asked_for_are_in_the_audit(world, http):
    of_it = "SELECT count(*) FROM audit WHERE action = 'read_positions'"
    before = world.conn.execute(of_it).fetchone()[0]
    assert (await http.head(MACHINE)).status_code == 200
    assert world.conn.execute(of_it).fetchone()[0] == before + 1


async def test_a_live_stream_ends_with_its_headers(http):
    began = time.monotonic()
    async with asyncio.timeout(10):
        answer = await http.head("/api/v1/live")
    assert (answer.status_code, answer.headers["content-type"]) == (200, "text/event-stream; charset=utf-8")
    assert (await http.get("/healthz")).status_code == 200, "the line is free again"
    assert time.monotonic() - began < 5
