"""A misspelt query parameter is an error that names the right one, on every endpoint."""

import re

import httpx
import pytest

from api.policy import ENDPOINTS
from api.query_names import OPEN
from tests.api.generated import SOME_UUID

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest.mark.parametrize(
    ("path", "where", "words"),
    [
        pytest.param("/machines?onlin=true", "onlin", "did you mean online?", id="a filter"),
        pytest.param("/machines?Online=true", "Online", "did you mean online?", id="the case matters"),
        pytest.param("/fleet/matrix?signals=engine_speed_rpm&sevrity=high", "sevrity", "severity?", id="below"),
        pytest.param("/machines/pin:PIN-digger/readings?fro=now", "fro", "mean from?", id="by its alias"),
        pytest.param("/machines?limit=1&limit=2", "limit", "more than once", id="twice"),
        pytest.param("/units?colour=blue", "colour", "takes no parameters", id="no parameters at all"),
        pytest.param("/alarms?zzz=1", "zzz", "There are: ", id="nothing near"),
        pytest.param("/alarms?limit=1&limit=1&x=1&x=2", "limit x", "more than once", id="all of them"),
    ],
)
async def test_what_is_wrong_is_named_with_the_nearest_that_is_known(clients, path, where, words):
    async with clients.of("owner") as http:
        answer = await http.get(f"/api/v1{path}")
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_input")
    errors = answer.json()["errors"]
    assert [error["where"] for error in errors] == where.split()
    assert words in errors[0]["message"]


async def test_it_is_said_in_the_language_asked_for(clients):
    async with clients.of("owner", **{"accept-language": "zh"}) as http:
        (error,) = (await http.get("/api/v1/machines?onlin=true")).json()["errors"]
    assert (error["code"], error["message"]) == ("unknown_parameter_near", "没有此参数；是否想用 online？")


async def test_lists_may_be_repeated(clients):
    async with clients.of("owner") as http:
        answer = await http.get("/api/v1/alarms?state=active&state=cleared")
        assert answer.status_code == 200, answer.text
        assert (await http.get("/api/v1/machines/pin:PIN-digger/extra?keys=a&keys=b")).status_code == 200


async def test_every_endpoint_refuses_what_it_does_not_know(clients):
    async with clients.of("owner") as http:
        for endpoint in set(ENDPOINTS) - set(OPEN):
            method, path = endpoint.split()
            address = re.sub(r"{\w+}", "2.0" if path.startswith("/aemp") else SOME_UUID, path)
            answer = await http.request(method, address, params={"surely_not_known": "1"})
            assert answer.status_code == (400 if path.startswith("/aemp") else 422), endpoint
            assert "surely_not_known" in answer.text, endpoint


async def test_names_that_no_xml_can_hold_are_refused_all_the_same(clients):
    async with clients.of("owner") as http:
        answer = await http.get("/aemp/2.0/Fleet", params={"a\x00<b>\ud7ff\x1b": "1"})
    assert answer.status_code == 400


async def test_a_login_provider_may_add_what_it_likes_to_the_way_back(clients):
    async with clients.anybody() as http:
        back = "/api/v1/auth/company-logins/0198f3a2-2b11-7d60-a1b2-1c2d3e4f5a6b/callback"
        answer: httpx.Response = await http.get(back, params={"state": "s", "code": "c", "session_state": "x"})
        assert answer.status_code == 303
        token = await http.post("/oauth/token?tenant=north", data={"grant_type": "client_credentials"})
        assert token.json()["error"] == "invalid_client"
