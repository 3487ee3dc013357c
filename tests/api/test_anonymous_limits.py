"""Whoever is not signed in is counted by address: the public endpoints, and requests without credentials."""

import time

import httpx
import pytest

from api.anonymous_limits import AnonymousLimits, network_of
from api.policy import ENDPOINTS, PUBLIC
from tests.api.conftest import running, settings_for
from tests.api.test_rate_limits import standing

pytestmark = pytest.mark.asyncio(loop_scope="module")
READS = ["/healthz", "/problems/not_found", "/openapi.json", "/api/v1/auth/company-logins?login=a@x.example"]
READS += ["/problems", "/.well-known/oauth-authorization-server", "/api/v1/invitations/nothing"]
SIGN_IN = {"login": "nobody", "password": "of this name"}


def limited(url, reads=3, writes=1):
    return running(url, anonymous_reads_per_minute=reads, anonymous_writes_per_minute=writes)


def from_address(made, address, **headers):
    transport = httpx.ASGITransport(made.app, raise_app_exceptions=False, client=(address, 1))
    return httpx.AsyncClient(transport=transport, base_url="http://ecc.test", headers=headers)


@pytest.mark.parametrize("path", READS)
async def test_public_reads_of_an_address_are_counted_and_say_how_many_are_left(world, api_database, path):
    async with limited(api_database.url("ecc_api")) as made, from_address(made, "192.0.2.1") as http:
        answers = [await http.get(path) for _ in range(4)]
        assert [standing(a)[1:] for a in answers] == [("3", "2"), ("3", "1"), ("3", "0"), ("3", "0")]
        assert 429 not in [a.status_code for a in answers[:3]]
        refused = answers[-1]
        assert (refused.status_code, refused.json()["code"]) == (429, "rate_limited")
        assert 1 <= int(refused.headers["retry-after"]) <= 60
        async with from_address(made, "192.0.2.2") as other:
            assert (await other.get(path)).status_code != 429, "another address"


async def test_signing_in_is_counted_apart_whatever_is_sent(world, api_database):
    async with limited(api_database.url("ecc_api")) as made, from_address(made, "192.0.2.1") as http:
        assert (await http.post("/api/v1/auth/login", json=SIGN_IN)).status_code == 401
        for path, body in (
            ("/api/v1/auth/login", SIGN_IN),
            ("/oauth/token", {}),
            ("/api/v1/auth/refresh", {}),
            ("/api/v1/invitations/x/accept", {}),
        ):
            answer = await http.post(path, json=body)
            assert (answer.status_code, answer.json()["code"]) == (429, "rate_limited"), path
        assert (await http.get("/healthz")).status_code == 200


async def test_without_credentials_nothing_is_looked_up_any_more(world, api_database):
    async with limited(api_database.url("ecc_api")) as made, from_address(made, "192.0.2.1") as http:
        statuses = [(await http.get("/api/v1/machines")).status_code for _ in range(5)]
        assert statuses == [401, 401, 401, 429, 429]
        aemp = await http.get("/aemp/2020/Fleet")
        assert (aemp.status_code, aemp.headers["content-type"]) == (429, "application/problem+xml")
        async with from_address(made, "192.0.2.1", authorization=f"Bearer {made.token('owner')}") as owner:
            answer = await owner.get("/api/v1/machines")
            assert standing(answer) == (200, "1200", "1199"), "whoever is signed in is counted as that"


async def test_an_address_is_not_taken_from_a_header(world, api_database):
    """Who is behind a proxy is found out by the server, for proxies that it was told of."""
    async with limited(api_database.url("ecc_api")) as made:
        for n in range(5):
            async with from_address(made, "192.0.2.1", **{"x-forwarded-for": f"198.51.100.{n}"}) as http:
                last = await http.get("/healthz")
        assert last.status_code == 429


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:0db8:0001:0002"),
        ("2001:db8:1:2::", "2001:0db8:0001:0002"),
        ("fe80::1%eth0", "fe80:0000:0000:0000"),
        ("unix socket", "unix socket"),
    ],
)
async def test_a_network_of_64_bits_is_one_address(address, network):
    assert network_of(address) == network


async def test_every_public_endpoint_is_counted_and_no_other(world):
    limits = AnonymousLimits(None, settings=settings_for(""))
    for endpoint, rule in ENDPOINTS.items():
        method, path = endpoint.split(" ")
        scope = {"method": method, "path": path.replace("{", "").replace("}", ""), "headers": [(b"cookie", b"x")]}
        assert limits._is_strangers(scope) is (rule is PUBLIC), endpoint


async def test_counting_costs_less_than_50_us(world):
    async def nothing(scope, receive, send):
        pass

    settings = settings_for("", anonymous_reads_per_minute=1_000_000)
    limits = AnonymousLimits(nothing, settings=settings)
    scope = {"type": "http", "method": "GET", "path": "/healthz", "headers": [], "client": ("192.0.2.1", 1)}
    best = 1.0
    for _ in range(20):
        began = time.perf_counter()
        for _ in range(50):
            await limits(dict(scope), None, None)
        best = min(best, (time.perf_counter() - began) / 50)
    assert best < 50e-6, f"{best * 1e6:.0f} us"
