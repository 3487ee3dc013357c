"""Nobody gets into another's account, or keeps its people out, by what they may write down about people."""

from datetime import UTC, datetime, timedelta
from itertools import count
from uuid import uuid4

import httpx
import pytest
import pytest_asyncio

from api.app import create_app
from api.identity.powers import powers_of
from api.rights import FIRST_ONLY, GRANTABLE, grants_beyond
from storage.company_logins import find_company_login
from storage.read_pool import ReadPool
from storage.users import ensure_organisation
from tests.api.conftest import settings_for
from tests.api.world import PASSWORD
from usecases.company_sign_in import CompanyRefused, Vouched, sign_in_by_company
from usecases.sign_in import Visitor

pytestmark = pytest.mark.asyncio(loop_scope="module")
PEOPLE = "/api/v1/people"
INVITATIONS = "/api/v1/invitations"
METADATA = "/.well-known/oauth-authorization-server"
NEW = "four plain words here"
_numbers = count(1)


@pytest_asyncio.fixture(scope="module", loop_scope="module", autouse=True)
async def heads(world):
    for login, organisation, role in (("lead", "platform", "lead"), ("head", "dealer", "administrator")):
        world.person(login, world.organisations[organisation], role)


@pytest.fixture
def customer(world):
    """A new customer of the dealer, of whom nobody has an account: its public id and its number."""
    number = ensure_organisation(
        world.conn, kind="customer", name=f"New {next(_numbers)}", parent_id=world.organisations["dealer"]
    )
    return public_id(world, number), number


def public_id(world, number):
    row = world.conn.execute("SELECT public_id FROM organisation WHERE organisation_id = %s", [number]).fetchone()
    return str(row[0])


def person(world, number, role="operator"):
    login = f"{role}-{next(_numbers)}"
    world.person(login, number, role)
    return login


async def change(http, world, login, **members):
    row = world.conn.execute("SELECT public_id, version FROM app_user WHERE login = %s", [login]).fetchone()
    return await http.patch(f"{PEOPLE}/{row[0]}", json=members, headers={"if-match": f'"{row[1]}"'})


async def link_for(http, world, login):
    row = world.conn.execute("SELECT public_id FROM app_user WHERE login = %s", [login]).fetchone()
    return await http.post(f"{PEOPLE}/{row[0]}/password-link")


async def invite(http, organisation, role="owner"):
    return await http.post(INVITATIONS, json={"role": role, "organisation_id": organisation})


async def accept(clients, invitation, login):
    async with clients.anybody() as http:
        path = f"{INVITATIONS}/{invitation.json()['link'].rpartition('/')[2]}/accept"
        return await http.post(path, json={"login": login, "password": NEW})


# Roles


@pytest.mark.parametrize("members", [{"role": "operator"}, {"active": False}, {"email": "mine@dealer.example"}])
async def test_a_dealer_takes_no_owner_down_to_a_role_whose_account_it_may_open(clients, world, members):
    async with clients.of("dealer") as http:
        answer = await change(http, world, "owner", **members)
        assert (answer.status_code, answer.json()["errors"][0]["code"]) == (403, "role_first_only")
        assert (await change(http, world, "owner", phone=f"+86 {next(_numbers)}")).status_code == 200, "it keeps them"


async def test_nor_by_import_nor_an_operator_up_to_owner(clients, world):
    async with clients.of("dealer") as http:
        for login, role in (("owner", "operator"), ("colleague", "owner")):
            answer = await http.post(
                f"{PEOPLE}/import",
                content=f"login,name,role,organisation\n{login},X,{role},North\n",
                headers={"content-type": "text/csv"},
            )
            assert answer.json()["errors"][0]["code"] == "role_first_only", answer.text
            assert (await change(http, world, login, role=role)).status_code == 403


async def test_another_role_ends_the_sessions_and_the_link_of_the_account(clients, world):
    login = person(world, world.organisations["north"])
    async with clients.of("owner") as http, clients.of(login) as theirs:
        token = (await link_for(http, world, login)).json()["link"].rpartition("/")[2]
        assert (await change(http, world, login, phone="+86 1")).status_code == 200
        assert (await theirs.get("/api/v1/auth/me")).status_code == 200, "only another role does"
        assert (await change(http, world, login, role="auditor")).status_code == 200
        assert (await theirs.get("/api/v1/auth/me")).status_code == 401
        assert (await http.get(f"/api/v1/password-links/{token}")).status_code == 410


async def test_a_dealer_invites_the_first_owner_of_a_customer_and_no_other(clients, customer):
    async with clients.of("dealer") as http:
        first, kept = await invite(http, customer[0]), await invite(http, customer[0])
        assert (first.status_code, kept.status_code) == (201, 201)
        assert (await accept(clients, first, f"boss-{next(_numbers)}")).status_code == 201
        assert (await accept(clients, kept, f"dealers-{next(_numbers)}")).status_code == 410
        again = await invite(http, customer[0])
        assert (again.status_code, again.json()["errors"][0]["code"]) == (403, "role_first_only")
        assert (await invite(http, customer[0], "operator")).status_code == 201
    async with clients.of("lead") as http:
        assert (await invite(http, customer[0])).status_code == 201


async def test_nor_opens_a_second_owners_account_that_is_nobodys_yet(clients, world, customer):
    logins = [f"fresh-{next(_numbers)}" for _ in range(2)]
    async with clients.of("dealer") as http:
        for login in logins:
            body = {"login": login, "name": "X", "role": "owner", "organisation_id": customer[0]}
            assert (await http.post(PEOPLE, json=body)).status_code == 201
        tokens = [(await link_for(http, world, login)).json()["link"].rpartition("/")[2] for login in logins]
        used = [(await http.post(f"/api/v1/password-links/{t}/use", json={"password": NEW})) for t in tokens]
        assert [answer.status_code for answer in used] == [200, 410]
    world.conn.execute("UPDATE app_user SET active = false WHERE login = %s", [logins[0]])
    async with clients.of("dealer") as http:
        assert (await link_for(http, world, logins[1])).status_code == 403, "there has been an owner"


async def test_an_auditor_of_a_dealer_is_made_by_an_administrator(clients, world):
    dealer = public_id(world, world.organisations["dealer"])
    async with clients.of("dealer") as http:
        assert (await invite(http, dealer, "auditor")).status_code == 403
    async with clients.of("head") as http:
        assert (await invite(http, dealer, "auditor")).status_code == 201


async def test_nobody_grants_what_they_have_not_but_for_the_named():
    assert grants_beyond(GRANTABLE) == FIRST_ONLY
    assert grants_beyond({"dealer": {"dealer": frozenset({"dealer", "auditor"})}}) == {("dealer", "dealer", "auditor")}


async def test_the_api_does_not_start_with_another_such_grant(monkeypatch):
    # The table is the policy itself; only a changed one shows that it is looked at.
    monkeypatch.setitem(GRANTABLE, "dealer", {"dealer": frozenset({"auditor"})})
    with pytest.raises(LookupError, match="auditor"):
        create_app(settings_for("postgresql://nowhere"))


# Company logins


@pytest_asyncio.fixture(loop_scope="module")
async def by_company(world, api_database):
    """Signs somebody with a verified address of north.example in by North's company login; the login, or None."""
    public = uuid4()
    world.conn.execute(
        "INSERT INTO company_login (public_id, organisation_id, name, issuer, client_id, domains, default_role, "
        "auto_create, created_at, updated_at) VALUES (%s, %s, 'SSO', %s, 'ecc', ARRAY['north.example'], 'operator', "
        "true, now(), now())",
        [public, world.organisations["north"], f"https://{public}.north.example"],
    )
    async with ReadPool(api_database.url("ecc_api"), size=2, statement_timeout_ms=5000) as pool:

        async def signed(subject, email):
            async with pool.platform() as conn:
                company = await find_company_login(conn, None, public)
            try:
                opened = await sign_in_by_company(
                    pool,
                    company,
                    Vouched(issuer=company.issuer, subject=subject, email=email, email_verified=True),
                    invitation=None,
                    visitor=Visitor(address="192.0.2.1", browser=None),
                    lifetime=timedelta(hours=1),
                    powers_of=powers_of,
                    now=datetime.now(UTC),
                )
            except CompanyRefused:
                return None
            return opened.person.caller.login

        yield signed
    world.conn.execute("DELETE FROM company_login WHERE public_id = %s", [public])


async def test_what_others_call_their_people_keeps_nobody_from_their_account(clients, world, by_company):
    world.conn.execute("UPDATE app_user SET email = 'boss@north.example' WHERE login = 'colleague'")
    squatter = person(world, world.organisations["south"])
    world.conn.execute("UPDATE app_user SET login = 'new@north.example' WHERE login = %s", [squatter])
    async with clients.of("stranger") as http:
        body = {"login": f"m-{next(_numbers)}", "name": "M", "role": "operator", "email": "Boss@north.example"}
        assert (await http.post(PEOPLE, json=body)).status_code == 201
    assert await by_company("boss", "boss@north.example") == "colleague"
    assert await by_company("new", "new@north.example") == "ecc:new", "the login was taken before"
    assert await by_company("other", "other@north.example") == "other@north.example"


async def test_nobody_is_made_beside_an_account_that_has_the_address(world, by_company):
    for _ in range(2):
        login = person(world, world.organisations["north"])
        world.conn.execute("UPDATE app_user SET email = 'twice@north.example' WHERE login = %s", [login])
    login = person(world, world.organisations["north"], "auditor")
    world.conn.execute("UPDATE app_user SET email = 'audits@north.example' WHERE login = %s", [login])
    assert await by_company("twice", "twice@north.example") is None
    assert await by_company("audits", "audits@north.example") is None, "its role is not one that the company gives"


@pytest.mark.usefixtures("by_company")
async def test_an_address_of_a_companys_domain_is_a_login_of_its_own_people_only(clients, world):
    def body(role="operator"):
        return {"login": f"n{next(_numbers)}@NORTH.example", "name": "N", "role": role}

    async with clients.of("stranger") as south, clients.of("dealer") as dealer, clients.of("owner") as north:
        for http, role in ((south, "operator"), (dealer, "dealer")):
            answer = await http.post(PEOPLE, json=body(role))
            assert (answer.status_code, answer.json()["errors"][0]["code"]) == (409, "login_of_another")
        assert (await north.post(PEOPLE, json=body())).status_code == 201
        below = public_id(world, world.organisations["north"])
        assert (await dealer.post(PEOPLE, json=body() | {"organisation_id": below})).status_code == 201
        assert (await south.post(PEOPLE, json=body() | {"login": "a@south.example"})).status_code == 201
        invitation = await invite(south, public_id(world, world.organisations["south"]), "operator")
    assert (await accept(clients, invitation, "late@north.example")).status_code == 409
    assert (await accept(clients, invitation, "late@south.example")).status_code == 201


# What the audit says


async def test_the_right_password_of_a_deactivated_organisation_is_in_the_audit(clients, world, by_company):
    login = person(world, world.organisations["north"])
    world.conn.execute("UPDATE app_user SET email = 'gone@north.example' WHERE login = %s", [login])
    rows = (
        "SELECT actor_name, detail ->> 'why' FROM audit WHERE action = 'sign_in_failed' ORDER BY audit_id DESC LIMIT 1"
    )
    world.conn.execute("UPDATE organisation SET active = false WHERE organisation_id = %(north)s", world.organisations)
    try:
        async with clients.anybody() as http:
            ask = {"login": login, "password": PASSWORD}
            assert (await http.post("/api/v1/auth/login", json=ask)).status_code == 401
        assert world.conn.execute(rows).fetchone() == (login, "not active")
        assert await by_company("gone", "gone@north.example") is None
        assert world.conn.execute(rows).fetchone() == ("unknown login", "not active")
    finally:
        world.conn.execute(
            "UPDATE organisation SET active = true WHERE organisation_id = %(north)s", world.organisations
        )


async def test_where_somebody_was_is_not_told_by_their_history(clients, world):
    login = person(world, world.organisations["north"])
    async with clients.of(login) as http:
        ask = {"current_password": "wrong", "new_password": NEW}
        refused = await http.post("/api/v1/auth/password", json=ask, headers={"user-agent": "SecretBrowser/1"})
        assert refused.status_code == 403
    async with clients.of("owner") as http:
        row = world.conn.execute("SELECT public_id FROM app_user WHERE login = %s", [login]).fetchone()
        assert (await change(http, world, login, phone="+86 2")).status_code == 200
        history = (await http.get(f"{PEOPLE}/{row[0]}/changes")).json()["items"]
        assert [entry["action"] for entry in history] == ["update"]
        audit = await http.get("/api/v1/audit", params={"action": "change_password_failed"})
        assert "SecretBrowser/1" in audit.text, "where whoever may read the audit finds it"


async def test_an_owner_is_told_of_which_organisation_the_reader_is(clients, world):
    world.machine("told", owner="north")
    world.state("told", {"latitude_deg": 31.0, "longitude_deg": 121.0})
    async with clients.of("expert") as http:
        assert (await http.get(f"/api/v1/machines/{world.public['told']}")).status_code == 200
        assert (await http.get("/api/v1/fleet/positions")).status_code == 200
    async with clients.of("owner") as http:
        rows = (await http.get("/api/v1/audit", params={"action": "read_positions", "by": "others"})).json()["items"]
    assert [(row["actor"], row["actor_organisation"]) for row in rows[:2]] == [("expert", "ECC")] * 2


# Which address is the platform's


@pytest.mark.parametrize(
    ("public_url", "socket", "host", "issuer"),
    [
        ("https://ecc.example.com", ("10.0.0.1", 443), "evil.example", "https://ecc.example.com"),
        (None, ("127.0.0.1", 8010), "localhost:8010", "http://localhost:8010"),
        (None, ("127.0.0.1", 8010), "evil.example", None),
        (None, ("10.0.0.1", 80), "evil.example", None),
    ],
)
async def test_the_metadata_name_no_forged_host(public_url, socket, host, issuer):
    app = create_app(settings_for("postgresql://nowhere", public_url=public_url))

    async def arriving(scope, receive, send):
        await app(scope | {"server": socket}, receive, send)

    async with httpx.AsyncClient(transport=httpx.ASGITransport(arriving), base_url="http://test") as http:
        answer = await http.get(METADATA, headers={"host": host})
    if issuer is None:
        assert (answer.status_code, "ECC_PUBLIC_URL" in answer.json()["detail"], host in answer.text) == (
            404,
            True,
            False,
        )
    else:
        assert (answer.json()["issuer"], answer.json()["token_endpoint"]) == (issuer, f"{issuer}/oauth/token")
