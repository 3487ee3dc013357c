"""Company logins against a certified OpenID provider, driven through its real login form."""

from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, urlsplit
from uuid import UUID

import httpx
import pytest
from fastapi import Request, Response

from api.identity.company_login import begin_visit, carry, come_back, own_path
from fleet.errors import NotAuthenticated
from storage.ids import uuid7
from tests.api.oidc.visits import CHOICES, HERE, LOGINS, REFUSED, account, came_back, configure, linked, set_out
from tests.api.oidc_party import pass_login_form

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.xdist_group("oidc")]


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


async def test_the_role_is_looked_at_at_every_sign_in(clients, company, world):
    """Linked as an operator, then made more than the company login gives: from then on by password."""
    login = "Liu@north.example"
    for role in ("administrator", "auditor"):
        world.conn.execute("UPDATE app_user SET role = %s WHERE login = %s", [role, login])
        async with clients.anybody() as http:
            assert (await came_back(http, company, "liu")).headers["location"] == REFUSED
            assert "ecc_session" not in http.cookies
        assert account(world, login)[1] == role, "nor does the company's claim change it"
        why = world.conn.execute(
            "SELECT detail ->> 'why' FROM audit WHERE action = 'sign_in_failed' ORDER BY audit_id DESC LIMIT 1"
        ).fetchone()
        assert why == (f"the role {role} is not one that it gives",)
    world.conn.execute("UPDATE app_user SET role = 'operator' WHERE login = %s", [login])
    async with clients.anybody() as http:
        assert (await came_back(http, company, "liu")).headers["location"].startswith("/signed-in")


async def test_an_invitation_to_a_role_that_the_company_does_not_give_is_accepted_with_a_password(
    clients, company, world, party
):
    configure(party, company, chen={"email": "chen@north.example", "email_verified": True})
    async with clients.of("owner") as owner:
        link = (await owner.post("/api/v1/invitations", json={"role": "auditor"})).json()["link"]
    token = link.rpartition("/")[2]
    async with clients.anybody() as http:
        assert (await came_back(http, company, "chen", invitation=token)).headers["location"] == REFUSED
        assert linked(world, "chen") is None
        taken = {"login": "chen", "password": "four plain words here"}
        assert (await http.post(f"/api/v1/invitations/{token}/accept", json=taken)).status_code == 201


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
