"""Signing in and out, tokens, cookies, and changes from other sites."""

import base64
import json
from datetime import UTC, datetime, timedelta

import jwt
import pytest
import pytest_asyncio

from tests.api.conftest import running
from tests.api.world import PASSWORD

pytestmark = pytest.mark.asyncio(loop_scope="module")
ME = "/api/v1/auth/me"


@pytest_asyncio.fixture(loop_scope="module")
async def fresh(world, api_database):
    """An application whose counters of failed logins are new."""
    async with running(api_database.url("ecc_api")) as made:
        yield made


async def log_in(http, login="owner", password=PASSWORD):
    return await http.post("/api/v1/auth/login", json={"login": login, "password": password})


async def test_signing_in_sets_a_cookie_that_scripts_and_other_sites_cannot_use(clients):
    async with clients.anybody() as http:
        answer = await log_in(http)
        cookies = answer.headers.get_list("set-cookie")
        me = (await http.get(ME)).raise_for_status().json()
    assert answer.status_code == 200
    assert [cookie.partition("=")[0] for cookie in cookies] == ["ecc_session", "ecc_refresh"]
    assert all("HttpOnly" in cookie and "SameSite=lax" in cookie for cookie in cookies)
    assert "Path=/api/v1/auth;" in cookies[1], "the refresh token goes nowhere else"
    assert (me["login"], me["role"], me["organisation"]["name"], me["may_acknowledge"]) == (
        "owner",
        "owner",
        "North",
        False,
    )
    assert answer.json()["user"] == me


async def test_behind_tls_the_cookie_is_secure(world, api_database):
    async with running(api_database.url("ecc_api"), cookie_secure=True) as made, made.anybody() as http:
        answer = await log_in(http)
    assert all("Secure" in cookie for cookie in answer.headers.get_list("set-cookie"))
    assert "max-age" in answer.headers["strict-transport-security"]


@pytest.mark.parametrize(("login", "password"), [("owner", "wrong"), ("nobody", PASSWORD), ("owner\u0000", PASSWORD)])
async def test_a_wrong_login_and_a_wrong_password_are_told_apart_by_nobody(fresh, login, password):
    async with fresh.anybody() as http:
        answer = await log_in(http, login, password)
    if "\0" in login:
        assert answer.status_code in {401, 422}
    else:
        assert (answer.status_code, answer.json()["code"]) == (401, "not_authenticated")
    assert "set-cookie" not in answer.headers


async def test_signing_out_ends_the_session_for_its_bearer_token_too(clients):
    async with clients.anybody() as http:
        token = (await log_in(http)).json()["token"]
        assert (await http.post("/api/v1/auth/logout")).status_code == 403, "a foreign page cannot sign one out"
        assert (await http.post("/api/v1/auth/logout", headers={"x-ecc-request": "1"})).status_code == 204
        assert (await http.get(ME)).status_code == 401
        assert (await http.post("/api/v1/auth/logout")).status_code == 204, "twice changes nothing"
    async with clients.anybody(authorization=f"Bearer {token}") as http:
        assert (await http.get(ME)).status_code == 401


def forged(clients, kind):
    token = clients.token("owner")
    head, body, signature = token.split(".")
    claims = jwt.decode(token, options={"verify_signature": False})
    match kind:
        case "another secret":
            return jwt.encode(claims, "x" * 40, algorithm="HS256")
        case "no algorithm":
            none = base64.urlsafe_b64encode(json.dumps({"alg": "none", "typ": "JWT"}).encode()).decode().rstrip("=")
            return f"{none}.{body}."
        case "a changed body":
            return f"{head}.{body[:-2]}xx.{signature}"
        case "expired":
            return clients.app.state.sessions.sign(claims["sid"], now=datetime.now(UTC) - timedelta(days=1))[0]
        case "an unknown session":
            return clients.app.state.sessions.sign("never was", now=datetime.now(UTC))[0]
    return kind


@pytest.mark.parametrize(
    "kind",
    ["another secret", "no algorithm", "a changed body", "expired", "an unknown session", "rubbish", "a.b.c", "é"],
)
async def test_a_forged_token_opens_nothing(clients, kind):
    token = forged(clients, kind)
    async with clients.anybody() as http:
        answer = await http.get(ME, headers=[(b"authorization", f"Bearer {token}".encode())])
        assert answer.status_code == 401
        assert answer.headers["www-authenticate"] == "Bearer"
        http.cookies.set("ecc_session", token if token.isascii() else "x")
        assert (await http.get(ME)).status_code == 401


async def test_a_session_that_ended_in_the_database_is_over(world, clients):
    token = clients.token("owner", lifetime=timedelta(seconds=-1))
    async with clients.anybody(authorization=f"Bearer {token}") as http:
        assert (await http.get(ME)).status_code == 401


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        pytest.param({}, 403, id="nothing says where it is from"),
        pytest.param({"origin": "http://evil.test"}, 403, id="another site"),
        pytest.param({"origin": "null"}, 403, id="a sandboxed page"),
        pytest.param({"sec-fetch-site": "cross-site"}, 403, id="the browser says cross-site"),
        pytest.param({"sec-fetch-site": "same-site"}, 403, id="a neighbour of the same site"),
        pytest.param({"origin": "http://ecc.test"}, 409, id="the console's own origin"),
        pytest.param({"sec-fetch-site": "same-origin"}, 409, id="the browser says same-origin"),
        pytest.param({"x-ecc-request": "1"}, 409, id="the custom header"),
    ],
)
async def test_a_change_with_a_cookie_must_come_from_the_console(world, clients, headers, status):
    alarm_id = world.alarm("digger", key=f"csrf {headers}", state="cleared")
    async with clients.anybody() as http:
        http.cookies.set("ecc_session", clients.token("dealer"))
        answer = await http.post(f"/api/v1/alarms/{alarm_id}/acknowledge", headers=headers)
    assert answer.status_code == status, "409: it passed, the alarm is over"


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        pytest.param({}, 200, id="a program, which names no page"),
        pytest.param({"origin": "http://evil.test"}, 403, id="another site"),
        pytest.param({"origin": "null"}, 403, id="a sandboxed page"),
        pytest.param({"sec-fetch-site": "cross-site"}, 403, id="the browser says cross-site"),
        pytest.param({"origin": "http://ecc.test"}, 200, id="the console's own origin"),
        pytest.param({"sec-fetch-site": "same-origin"}, 200, id="the browser says same-origin"),
        pytest.param({"origin": "http://localhost:5173", "x-ecc-request": "console"}, 200, id="the custom header"),
    ],
)
async def test_no_foreign_page_signs_anybody_in(clients, headers, status):
    async with clients.anybody(**headers) as http:
        answer = await http.post("/api/v1/auth/login", json={"login": "owner", "password": PASSWORD})
        assert (answer.status_code, "set-cookie" in answer.headers) == (status, status == 200)
        if status == 403:
            assert answer.json()["code"] == "cross_site_request"
            renewed = await http.post("/api/v1/auth/refresh", json={"refresh_token": "x"})
            taken = await http.post(f"/api/v1/invitations/{'x' * 43}/accept", json={"login": "x", "password": "x"})
            chosen = await http.post(f"/api/v1/password-links/{'x' * 43}/use", json={"password": "x"})
            assert (renewed.status_code, taken.status_code, chosen.status_code) == (403, 403, 403)


async def test_login_takes_no_form_of_a_foreign_page(clients):
    async with clients.anybody() as http:
        form = await http.post("/api/v1/auth/login", data={"login": "owner", "password": PASSWORD})
        text = await http.post(
            "/api/v1/auth/login",
            content=json.dumps({"login": "owner", "password": PASSWORD}),
            headers={"content-type": "text/plain"},
        )
    assert (form.status_code, text.status_code) == (415, 415)
