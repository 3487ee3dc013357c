"""Company logins against a certified OpenID provider, driven through its real login form."""

import base64
import json
import time
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, urlsplit
from uuid import UUID

import httpx
import pytest
import pytest_asyncio
from authlib.jose import JsonWebKey, JsonWebToken
from fastapi import Request, Response

from api.identity.company_login import begin_visit, carry, come_back, own_path, read_secret
from api.identity.provider import Providers, ProviderUnusable, Relation
from fleet.errors import NotAuthenticated
from storage.ids import uuid7
from tests.api.conftest import running
from tests.api.oidc_party import pass_login_form, running_provider
from tests.api.world import PASSWORD

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.xdist_group("oidc")]
HERE = "http://ecc.test"
LOGINS = "/api/v1/company-logins"
CHOICES = "/api/v1/auth/company-logins"
SECRET = "s" * 40
PEOPLE = {
    "liu": {"email": "Liu@north.example", "email_verified": True, "groups": ["drivers"]},
    "wang": {"email": "wang@north.example", "email_verified": True, "groups": ["fleet-admins", "drivers"]},
    "unverified": {"email": "owner@north.example", "email_verified": False},
    "outsider": {"email": "owner@elsewhere.example", "email_verified": True},
    "silent": {},
}


@pytest.fixture(scope="module")
def party():
    with running_provider() as provider:
        yield provider


@pytest.fixture(scope="module")
def administrator(world):
    from storage.users import create_user

    create_user(
        world.conn,
        organisation_id=world.organisations["platform"],
        login="administrator",
        password=PASSWORD,
        role="administrator",
    )
    return "administrator"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def clients(world, api_database):
    async with running(api_database.url("ecc_api"), company_login_allow_private=True) as made:
        yield made


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def company(party, clients, world, administrator):
    """North's company login; its people are made when they first come."""
    import os

    os.environ["OIDC_SECRET_NORTH"] = SECRET
    ids = dict(world.conn.execute("SELECT name, public_id::text FROM organisation").fetchall())
    async with clients.of(administrator) as http:
        answer = await http.post(
            LOGINS,
            json={
                "organisation_id": ids["North"],
                "name": "North SSO",
                "issuer": party.issuer,
                "client_id": "ecc",
                "secret_reference": "env:OIDC_SECRET_NORTH",
                "domains": ["North.example"],
                "role_claim": "groups",
                "role_map": {"fleet-admins": "owner"},
                "default_role": "operator",
            },
        )
    assert answer.status_code == 201, answer.text
    made = answer.json()
    configure(party, made)
    yield made
    del os.environ["OIDC_SECRET_NORTH"]


def configure(party, company, *, new_keys=False, **people):
    back = f"{HERE}{CHOICES}/{company['id']}/callback"
    client = {
        "client_id": "ecc",
        "client_secret": SECRET,
        "redirect_uris": [back],
        "post_logout_redirect_uris": [f"{HERE}/login"],
    }
    party.configure([client], PEOPLE | people, new_keys=new_keys)


async def set_out(http, company, **parameters):
    answer = await http.get(f"{CHOICES}/{company['id']}/start", params=parameters)
    assert answer.status_code == 303
    return answer.headers["location"]


async def came_back(http, company, login, **parameters):
    """A whole visit; the answer of the callback."""
    url = await set_out(http, company, **parameters)
    async with httpx.AsyncClient() as outside:
        back = await pass_login_form(outside, url, login, back_to=HERE)
    return await http.get(back.removeprefix(HERE))


def account(world, login):
    return world.conn.execute(
        "SELECT u.user_id, u.role, u.password_hash, o.name FROM app_user u JOIN organisation o USING (organisation_id) "
        "WHERE login = %s",
        [login],
    ).fetchone()


def linked(world, subject):
    return world.conn.execute(
        "SELECT login FROM company_identity JOIN app_user USING (user_id) WHERE subject = %s", [subject]
    ).fetchone()


REFUSED = "/login?company=refused"


async def test_the_login_page_shows_the_button_by_domain_and_tells_nobody_who_exists(clients, company):
    async with clients.anybody() as http:
        asked = ["owner@north.example", "nobody@NORTH.example", "owner", "a@elsewhere.example", "@", "x@\u0000"]
        answers = [(await http.get(CHOICES, params={"login": login})).json() for login in asked]
    assert answers[0] == answers[1]
    assert [i["name"] for i in answers[0]["items"]] == ["North SSO"]
    assert answers[0]["items"][0]["start"] == f"{CHOICES}/{company['id']}/start"
    assert all(a == {"items": []} for a in answers[2:])


async def test_the_request_carries_pkce_a_nonce_and_a_state(clients, company, party):
    async with clients.anybody() as http:
        url = await set_out(http, company)
    asked = {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}
    assert url.startswith(party.issuer)
    assert (asked["response_type"], asked["code_challenge_method"]) == ("code", "S256")
    assert len(asked["code_challenge"]) == 43
    assert min(len(asked["nonce"]), len(asked["state"])) >= 43
    assert asked["redirect_uri"] == f"{HERE}{CHOICES}/{company['id']}/callback"


async def test_only_the_invited_come_in_where_nobody_is_made(clients, company, world):
    async with clients.anybody() as http:
        refused = await came_back(http, company, "liu")
        assert (refused.status_code, refused.headers["location"]) == (303, REFUSED)
        assert "ecc_session" not in http.cookies
    async with clients.of("owner") as owner:
        link = (await owner.post("/api/v1/invitations", json={"role": "operator"})).json()["link"]
    async with clients.anybody() as http:
        token = link.rpartition("/")[2]
        shown = (await http.get(f"/api/v1/invitations/{token}")).json()
        assert [c["name"] for c in shown["company_logins"]] == ["North SSO"]
        answer = await came_back(http, company, "liu", invitation=token)
        assert answer.headers["location"] == "/signed-in?to=%2Flive"
        me = (await http.get("/api/v1/auth/me")).json()
        assert (me["login"], me["role"], me["organisation"]["name"]) == ("Liu@north.example", "operator", "North")
        sessions = (await http.get("/api/v1/auth/sessions")).json()["items"]
        assert sessions[0]["company_login"] == "North SSO"
    assert account(world, "Liu@north.example")[2] is None, "there is no password to guess"
    async with clients.anybody() as http:
        assert (await came_back(http, company, "liu")).headers["location"].startswith("/signed-in"), "linked for good"
        assert (await http.get(f"/api/v1/invitations/{token}")).status_code == 410


async def test_an_account_is_found_by_a_verified_address_of_an_allowed_domain_only(clients, company, world):
    world.conn.execute("UPDATE app_user SET email = 'owner@north.example' WHERE login = 'owner'")
    for login in ("unverified", "outsider", "silent"):
        async with clients.anybody() as http:
            assert (await came_back(http, company, login)).headers["location"] == REFUSED
            assert linked(world, login) is None
    why = world.conn.execute(
        "SELECT detail ->> 'why' FROM audit WHERE action = 'sign_in_failed' ORDER BY audit_id DESC LIMIT 1"
    ).fetchone()
    assert why == ("not vouched for",)
    world.conn.execute("UPDATE app_user SET email = 'WANG@north.example' WHERE login = 'colleague'")
    async with clients.anybody() as http:
        assert (await came_back(http, company, "wang")).headers["location"].startswith("/signed-in")
        me = (await http.get("/api/v1/auth/me")).json()
    assert (me["login"], me["role"]) == ("colleague", "owner"), "and has the role that the company's claim says"
    assert linked(world, "wang") == ("colleague",)


async def test_a_provider_opens_no_account_of_a_role_that_its_company_login_does_not_give(
    clients, company, world, party
):
    """Whoever may edit the company login would otherwise be whoever they want to be."""
    world.conn.execute("UPDATE app_user SET email = 'auditor@north.example' WHERE login = 'auditor'")
    configure(party, company, auditor={"email": "auditor@north.example", "email_verified": True})
    async with clients.anybody() as http:
        assert (await came_back(http, company, "auditor")).headers["location"] == REFUSED
    assert linked(world, "auditor") is None


async def test_a_provider_on_this_machine_is_not_asked_unless_that_is_allowed(party):
    relation = Relation(issuer=party.issuer, client_id="ecc", secret=SECRET, redirect_uri="x")
    with pytest.raises(ProviderUnusable, match="not on the public internet"):
        await Providers().authorization_url(relation, state="s", nonce="n", verifier="v")


async def test_the_address_of_another_tenants_person_opens_nothing(clients, company, world, party):
    world.conn.execute("UPDATE app_user SET email = 'stranger@north.example' WHERE login = 'stranger'")
    configure(party, company, crosser={"email": "stranger@north.example", "email_verified": True})
    async with clients.anybody() as http:
        assert (await came_back(http, company, "crosser")).headers["location"] == REFUSED
    stranger = account(world, "stranger")[0]
    world.conn.execute("INSERT INTO company_identity VALUES (%s, 'crosser', %s, now())", [company["issuer"], stranger])
    async with clients.anybody() as http:
        refused = await came_back(http, company, "crosser")
        assert refused.headers["location"] == REFUSED, "not even when the subject is linked to it elsewhere"


async def test_people_are_made_where_the_company_wants_it(clients, company, world, party, administrator):
    path = f"{LOGINS}/{company['id']}"
    async with clients.of(administrator) as http:
        tag = (await http.get(path)).headers["etag"]
        assert (await http.patch(path, json={"auto_create": True}, headers={"if-match": tag})).status_code == 200
        newcomer = {"email": "zhao@north.example", "email_verified": True, "groups": ["x"], "locale": "zh-CN"}
        configure(party, company, zhao=newcomer, spy={"email": "spy@south.example", "email_verified": True})
        async with clients.anybody() as visitor:
            assert (await came_back(visitor, company, "zhao")).headers["location"].startswith("/signed-in")
            me = (await visitor.get("/api/v1/auth/me")).json()
            assert (me["login"], me["role"], me["language"]) == ("zhao@north.example", "operator", "zh")
        async with clients.anybody() as visitor:
            assert (await came_back(visitor, company, "spy")).headers["location"] == REFUSED
        configure(party, company, zhao=newcomer | {"groups": ["fleet-admins"]})
        async with clients.anybody() as visitor:
            await came_back(visitor, company, "zhao")
            assert (await visitor.get("/api/v1/auth/me")).json()["role"] == "owner", "the claim is looked at every time"
        tag = (await http.get(path)).headers["etag"]
        await http.patch(path, json={"auto_create": False}, headers={"if-match": tag})
    changed = world.conn.execute(
        "SELECT before, after FROM audit WHERE actor_name = 'company login North SSO' ORDER BY audit_id DESC LIMIT 1"
    ).fetchone()
    assert changed == ({"role": "operator"}, {"role": "owner", "by": "North SSO"})


async def test_a_deactivated_person_is_not_let_in_by_the_company(clients, company, world):
    world.conn.execute("UPDATE app_user SET active = false WHERE login = 'Liu@north.example'")
    async with clients.anybody() as http:
        assert (await came_back(http, company, "liu")).headers["location"] == REFUSED
    world.conn.execute("UPDATE app_user SET active = true WHERE login = 'Liu@north.example'")


@pytest.mark.parametrize(
    ("wanted", "path"),
    [
        ("/live?machine=1&x=%20", "/live?machine=1&x=%20"),
        ("//evil.test/x", "/live"),
        ("https://evil.test", "/live"),
        ("/\\evil.test", "/live"),
        ("/a\\..\\b", "/live"),
        ("/a\nSet-Cookie: x=1", "/live"),
        ("javascript:alert(1)", "/live"),
        ("", "/live"),
        (None, "/live"),
        ("/" + "a" * 600, "/live"),
    ],
)
async def test_the_way_back_leads_nowhere_else(clients, company, wanted, path):
    assert own_path(wanted) == path


async def test_an_open_redirect_is_not_carried_through_a_whole_visit(clients, company):
    async with clients.anybody() as http:
        answer = await came_back(http, company, "liu", return_to="//evil.test")
        assert answer.headers["location"] == "/signed-in?to=%2Flive"
        answer = await came_back(http, company, "liu", return_to="/live?machine=7")
        assert answer.headers["location"] == "/signed-in?to=%2Flive%3Fmachine%3D7"


async def test_only_the_browser_that_set_out_may_come_back_and_only_once(clients, company):
    async with clients.anybody() as http, clients.anybody() as victim, httpx.AsyncClient() as outside:
        back = await pass_login_form(outside, await set_out(http, company), "liu", back_to=HERE)
        path = back.removeprefix(HERE)
        assert (await victim.get(path)).headers["location"] == REFUSED, "no visit of its own"
        await set_out(victim, company)
        assert (await victim.get(path)).headers["location"] == REFUSED, "another visit's state"
        assert "ecc_session" not in victim.cookies
        wrong = path.replace("iss=http", "iss=https")
        assert wrong != path
        kept = dict(http.cookies)
        assert (await http.get(wrong)).headers["location"] == REFUSED, "another provider's answer"
        http.cookies.update(kept)
        assert (await http.get(path)).headers["location"].startswith("/signed-in")
        http.cookies.update(kept)
        assert (await http.get(path)).headers["location"] == REFUSED, "the code is used up"
        assert (await http.get(f"{CHOICES}/{company['id']}/callback?error=access_denied")).headers[
            "location"
        ] == REFUSED


async def test_a_state_or_a_company_of_another_visit_does_not_fit(clients, company):
    sessions, response, now = clients.app.state.sessions, Response(), datetime.now(UTC)
    visit = begin_visit(UUID(company["id"]), return_to=None, invitation=None)
    carry(response, sessions, visit, now=now)
    cookie = response.headers["set-cookie"].partition(";")[0].encode()

    def back(state):
        scope = {"type": "http", "headers": [(b"cookie", cookie)], "query_string": f"state={state}".encode()}
        return Request(scope)

    assert come_back(back(visit.state), sessions, visit.company, now=now) == visit
    for state, place, later in (
        ("another", visit.company, now),
        ("", visit.company, now),
        (visit.state, uuid7(), now),
        (visit.state, visit.company, now + timedelta(minutes=11)),
    ):
        with pytest.raises(NotAuthenticated):
            come_back(back(state), sessions, place, now=later)


async def test_a_code_without_its_verifier_is_worth_nothing(clients, company, party):
    async with clients.anybody() as http, httpx.AsyncClient() as outside:
        url = await set_out(http, company)
        back = await pass_login_form(outside, url, "liu", back_to=HERE)
        asked = parse_qs(urlsplit(url).query)
        relation = Relation(issuer=party.issuer, client_id="ecc", secret=SECRET, redirect_uri=asked["redirect_uri"][0])
        with pytest.raises(ProviderUnusable):
            await Providers(allow_private=True).redeem(
                relation,
                code=parse_qs(urlsplit(back).query)["code"][0],
                nonce=asked["nonce"][0],
                verifier="w" * 64,
                now=datetime.now(UTC),
            )


async def test_leaving_leads_to_the_providers_own_way_out(clients, company, party):
    async with clients.anybody() as http:
        await came_back(http, company, "liu")
        answer = await http.post("/api/v1/auth/logout", headers={"x-ecc-request": "1"})
        assert answer.status_code == 200
        url = answer.json()["provider_logout_url"]
        assert (await http.get("/api/v1/auth/me")).status_code == 401
    assert url.startswith(f"{party.issuer}/session/end?client_id=ecc&post_logout_redirect_uri=")
    async with httpx.AsyncClient() as outside:
        assert (await outside.get(url)).status_code == 200


# The id token itself: signed with a key of our own that the provider is made to publish.


@pytest.fixture(scope="module")
def forge():
    key = JsonWebKey.generate_key("RSA", 2048, {"kid": "k1"}, is_private=True)
    providers = Providers(allow_private=True)
    relation = Relation(issuer="https://login.north.example", client_id="ecc", secret=None, redirect_uri="x")
    from api.identity.provider import _Known

    keys = JsonWebKey.import_key_set({"keys": [key.as_dict(is_private=False)]})
    providers._known[relation.issuer] = _Known({}, time.monotonic(), keys, time.monotonic())

    def made(header=None, signed_with=None, **changes):
        now = int(time.time())
        claims = {"iss": relation.issuer, "sub": "liu", "aud": "ecc", "nonce": "n", "iat": now, "exp": now + 300}
        claims = {name: value for name, value in (claims | changes).items() if value is not None}
        head = {"alg": "RS256", "kid": "k1"} | (header or {})
        return JsonWebToken([head["alg"]]).encode(head, claims, signed_with or key).decode()

    async def check(token):
        return await providers.check(relation, token, nonce="n", now=datetime.now(UTC))

    made.key, made.check = key, check
    return made


async def test_a_good_id_token_vouches(forge):
    vouched = await forge.check(forge(email="a@north.example", email_verified=True))
    assert (vouched.subject, vouched.email, vouched.email_verified) == ("liu", "a@north.example", True)
    assert (await forge.check(forge(email_verified="true"))).email_verified is False, "only true is true"


@pytest.mark.parametrize(
    "changes",
    [
        {"iss": "https://login.evil.example"},
        {"aud": "another"},
        {"aud": ["ecc", "another"]},
        {"azp": "another"},
        {"nonce": "of another visit"},
        {"nonce": None},
        {"nonce": ""},
        {"exp": 1_000_000_000},
        {"exp": None},
        {"iat": None},
        {"sub": None},
        {"nbf": 4_000_000_000},
    ],
)
async def test_an_id_token_that_is_not_for_this_visit_is_refused(forge, changes):
    with pytest.raises(ProviderUnusable):
        await forge.check(forge(**changes))


async def test_the_algorithm_is_the_providers_private_key_and_nothing_else(forge):
    good = forge()
    head, body, signature = good.split(".")
    none = base64.urlsafe_b64encode(json.dumps({"alg": "none", "kid": "k1"}).encode()).decode().rstrip("=")
    public = forge.key.as_pem(is_private=False)
    other = JsonWebKey.generate_key("RSA", 2048, {"kid": "k1"}, is_private=True)
    import hashlib
    import hmac

    symmetric = base64.urlsafe_b64encode(json.dumps({"alg": "HS256", "kid": "k1"}).encode()).decode().rstrip("=")
    mac = hmac.digest(public, f"{symmetric}.{body}".encode(), hashlib.sha256)
    tokens = [
        f"{none}.{body}.",
        f"{none}.{body}.{signature}",
        f"{symmetric}.{body}.{base64.urlsafe_b64encode(mac).decode().rstrip('=')}",
        forge(signed_with=other),
        f"{head}.{body}.{signature[:-4]}AAAA",
        "rubbish",
    ]
    for token in tokens:
        with pytest.raises(ProviderUnusable):
            await forge.check(token)


async def test_new_keys_of_the_provider_are_fetched_when_one_is_unknown(clients, company, party):
    providers = clients.app.state.providers
    async with clients.anybody() as http:
        await came_back(http, company, "liu")
        configure(party, company, new_keys=True)
        providers._known[party.issuer].keys_read_at = time.monotonic()
        assert (await came_back(http, company, "liu")).headers["location"] == REFUSED, "not asked too often"
        providers._known[party.issuer].keys_read_at -= 31
        assert (await came_back(http, company, "liu")).headers["location"].startswith("/signed-in")


async def test_a_provider_that_lies_about_itself_is_not_used(party, clients, company):
    other = party.issuer.replace("127.0.0.1", "localhost")
    with pytest.raises(ProviderUnusable):
        await Providers(allow_private=True).authorization_url(
            Relation(issuer=other, client_id="ecc", secret=SECRET, redirect_uri="x"), state="s", nonce="n", verifier="v"
        )
    with pytest.raises(ProviderUnusable):
        await Providers(allow_private=True).authorization_url(
            Relation(issuer="http://127.0.0.1:9", client_id="ecc", secret=None, redirect_uri="x"),
            state="s",
            nonce="n",
            verifier="v",
        )


# Keeping the list


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({"issuer": "http://login.north.example"}, 422),
        ({"issuer": "https://user:pass@login.north.example"}, 422),
        ({"issuer": "ftp://login.north.example"}, 422),
        ({"secret_reference": "env:ECC_SESSION_SECRET"}, 422),
        ({"secret_reference": "file:../session_secret"}, 422),
        ({"secret_reference": "the secret itself"}, 422),
        ({"domains": ["no domain"]}, 422),
        ({"default_role": "expert"}, 403),
        ({"role_map": {"x": "lead"}}, 403),
    ],
)
async def test_what_a_company_login_cannot_be(clients, company, administrator, changes, status):
    async with clients.of(administrator) as http:
        path = f"{LOGINS}/{company['id']}"
        tag = (await http.get(path)).headers["etag"]
        assert (await http.patch(path, json=changes, headers={"if-match": tag})).status_code == status


async def test_only_the_platforms_administrators_keep_the_list(clients, company):
    for login in ("owner", "dealer", "expert"):
        async with clients.of(login) as http:
            assert (await http.get(LOGINS)).status_code == 403
            assert (await http.delete(f"{LOGINS}/{company['id']}", headers={"if-match": '"1"'})).status_code == 403


async def test_a_secret_is_read_from_its_place_only(tmp_path, monkeypatch):
    (tmp_path / "north").write_text("s3cret\n")
    monkeypatch.setenv("OIDC_SECRET_X", "e")  # the environment is the interface
    assert read_secret("file:north", tmp_path) == "s3cret"
    assert read_secret("env:OIDC_SECRET_X", None) == "e"
    assert read_secret(None, None) is None
    for reference in ("file:gone", "file:..", "env:OIDC_SECRET_GONE"):
        with pytest.raises(ProviderUnusable):
            read_secret(reference, tmp_path)


async def test_removing_a_company_login_ends_the_sessions_that_came_by_it(clients, company, world, administrator):
    async with clients.anybody() as visitor, clients.of(administrator) as http:
        await came_back(visitor, company, "liu")
        assert (await visitor.get("/api/v1/auth/me")).status_code == 200
        path = f"{LOGINS}/{company['id']}"
        tag = (await http.get(path)).headers["etag"]
        assert (await http.delete(path, headers={"if-match": tag})).status_code == 204
        assert (await visitor.get("/api/v1/auth/me")).status_code == 401
        assert (await http.get(path)).status_code == 404
        assert SECRET not in str(world.conn.execute("SELECT audit::text FROM audit").fetchall())
