"""Whoever is not signed in is counted by address: the public endpoints, and requests without credentials."""

from datetime import UTC, datetime, timedelta

import httpx
import jwt
import pytest

from api.anonymous_limits import AnonymousLimits, network_of
from api.identity.authentication import Credential
from api.policy import ENDPOINTS, PUBLIC
from tests.api.conftest import running, settings_for
from tests.api.test_rate_limits import standing
from usecases.client_secrets import new_secret

pytestmark = pytest.mark.asyncio(loop_scope="module")
READS = ["/healthz", "/problems/not_found", "/openapi.json", "/api/v1/auth/company-logins?login=a@x.example"]
READS += ["/problems", "/.well-known/oauth-authorization-server", "/api/v1/invitations/nothing"]
SIGN_IN = {"login": "nobody", "password": "of this name"}


def limited(url, reads=3, writes=1):
    return running(url, reads_per_minute=1_200, anonymous_reads_per_minute=reads, anonymous_writes_per_minute=writes)


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
            ("/api/v1/auth/refresh", {}),
            ("/api/v1/invitations/x/accept", {}),
        ):
            answer = await http.post(path, json=body)
            assert (answer.status_code, answer.json()["code"]) == (429, "rate_limited"), path
        token = await http.post("/oauth/token", json={})
        assert (token.status_code, token.json()["error"]) == (429, "temporarily_unavailable"), "RFC 6749, 5.2"
        assert 1 <= int(token.headers["retry-after"]) <= 60
        assert (token.headers["content-type"], standing(token)[1:]) == ("application/json", ("1", "0"))
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


FORGED = jwt.encode({"sid": "x", "exp": 4102444800}, "another secret of 32 characters or more", algorithm="HS256")
JUNK = [
    {"authorization": "Bearer junk"},
    {"authorization": f"Bearer {FORGED}"},
    {"authorization": "Basic bm9ib2R5OnBhc3N3b3Jk"},
    {"cookie": "theme=dark"},
    {"cookie": "ecc_session=junk"},
    {"cookie": f"ecc_session={FORGED}"},
    {"x-api-key": "junk"},
    {"x-api-key": new_secret()},
    {"x-api-key": new_secret(), "authorization": f"Bearer {FORGED}", "cookie": "a=b"},
]


async def test_whatever_is_shown_instead_of_credentials_meets_the_limit(world, api_database):
    async with limited(api_database.url("ecc_api")) as made:
        for n, junk in enumerate(JUNK):
            await meets_the_limit(made, f"192.0.2.{n}", junk)


async def meets_the_limit(made, address, junk):
    async with from_address(made, address, **junk) as http:
        answers = [await http.get("/api/v1/machines") for _ in range(5)]
        assert [(a.status_code, standing(a)[2]) for a in answers] == [
            (401, "2"),
            (401, "1"),
            (401, "0"),
            (429, "0"),
            (429, "0"),
        ], junk
        assert (await http.get("/aemp/2020/Fleet")).status_code == 429
    async with from_address(made, address, authorization=f"Bearer {made.token('owner')}") as owner:
        assert (await owner.get("/api/v1/machines")).status_code == 200, "a good token at the same address"
    async with from_address(made, f"198.51.100.{address.rpartition('.')[2]}", **junk) as http:
        assert (await http.get("/api/v1/machines")).status_code == 401, "another address"


async def test_a_key_that_was_good_and_a_session_that_has_not_ended_go_on_at_a_refused_address(world, api_database):
    async with limited(api_database.url("ecc_api")) as made, from_address(made, "192.0.2.1") as nobody:
        token = made.token("owner")
        async with from_address(made, "192.0.2.1", authorization=f"Bearer {token}") as owner:
            key = (await owner.post("/api/v1/clients", json={"name": "P", "scopes": ["fleet:read"]})).json()
            async with from_address(made, "192.0.2.1", **{"x-api-key": key["secret"]}) as program:
                assert (await program.get("/api/v1/machines")).status_code == 200
                assert [(await nobody.get("/api/v1/machines")).status_code for _ in range(4)] == [401, 401, 401, 429]
                assert (await program.get("/api/v1/machines")).status_code == 200
                await owner.delete(f"/api/v1/clients/{key['id']}", headers={"if-match": '"1"'})
                assert [(await program.get("/api/v1/machines")).status_code for _ in range(2)] == [401, 429]
            world.conn.execute(
                "DELETE FROM app_session WHERE user_id = (SELECT user_id FROM app_user WHERE login = 'owner')"
            )
            assert [(await owner.get("/api/v1/machines")).status_code for _ in range(2)] == [401, 429]
        late = made.app.state.sessions.sign("x", now=datetime.now(UTC) - timedelta(days=1))[0]
        async with from_address(made, "192.0.2.1", authorization=f"Bearer {late}") as expired:
            assert [(await expired.get("/api/v1/machines")).status_code for _ in range(2)] == [401, 401], "renew it"


async def test_junk_is_refused_without_the_database(servers):
    """What has no form or no signature of ours takes no connection: there is none here."""
    async with running("postgresql://127.0.0.1:1/none", database_wait_s=0.1) as made:
        for junk in JUNK[:-2]:
            async with made.anybody(**junk) as http:
                assert (await http.get("/api/v1/machines")).status_code == 401, junk
        good = made.app.state.sessions.sign("x", now=datetime.now(UTC))[0]
        async with made.anybody(authorization=f"Bearer {good}") as http:
            assert (await http.get("/api/v1/machines")).status_code == 503


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
        ("unix socket", "unknown"),
        ("bogus 1", "unknown"),
    ],
)
async def test_a_network_of_64_bits_is_one_address(address, network):
    assert network_of(address) == network


async def test_every_public_endpoint_is_counted_and_no_other(world):
    limits = AnonymousLimits(None, settings=settings_for(""))
    for endpoint, rule in ENDPOINTS.items():
        method, path = endpoint.split(" ")
        scope = {"method": method, "path": path.replace("{", "").replace("}", "")}
        assert limits._is_strangers(scope, Credential(FORGED)) is (rule is PUBLIC), endpoint
