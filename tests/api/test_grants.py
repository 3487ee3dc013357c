"""Who acts on whose thing within one tree: nobody gets by another's thing what they could not be given."""

from itertools import count
from uuid import UUID

import pytest
import pytest_asyncio

from fleet.errors import Forbidden
from usecases.edit_clients import Powers
from usecases.webhook_addresses import points_inside

pytestmark = pytest.mark.asyncio(loop_scope="module")
CLIENTS = "/api/v1/clients"
LOGINS = "/api/v1/company-logins"
INVITATIONS = "/api/v1/invitations"
WEBHOOKS = "/api/v1/webhooks"
NEW = "four plain words here"
_guests = count(1)
HOOK = {"url": "https://hooks.example.com/a"}


@pytest_asyncio.fixture(scope="module", loop_scope="module", autouse=True)
async def people(world):
    for login, organisation, role in (
        ("administrator", "platform", "administrator"),
        ("lead", "platform", "lead"),
        ("head", "dealer", "administrator"),
    ):
        world.person(login, world.organisations[organisation], role)


def public_id(world, organisation):
    number = world.organisations[organisation]
    row = world.conn.execute("SELECT public_id FROM organisation WHERE organisation_id = %s", [number]).fetchone()
    return str(row[0])


async def sent(clients, login, method, path, body=None, tag='"1"'):
    async with clients.of(login, **({"if-match": tag} if method != "POST" else {})) as http:
        return await http.request(method, path, json=body)


async def made(clients, login, path, **body):
    answer = await sent(clients, login, "POST", path, body)
    assert answer.status_code == 201, answer.text
    return answer.json()


# Clients: who makes one (and in which organisation), with which role and scopes; who acts on it; what is answered to a
# new name, a new secret and the revocation.
ON_CLIENTS = [
    ("owner", "North", "integrator", ["fleet:read"], "dealer", (403, 403, 403)),
    ("owner", "North", "integrator", ["fleet:read", "positions", "audit:read"], "dealer", (403, 403, 403)),
    ("owner", "North", "integrator", ["fleet:read"], "lead", (403, 403, 403)),
    ("owner", "North", "auditor", ["audit:read"], "owner", (200, 201, 204)),
    ("owner", "North", "integrator", ["fleet:read"], "administrator", (200, 201, 204)),
    ("head", "Dealer", "auditor", ["audit:read"], "dealer", (403, 403, 403)),
    ("head", "Dealer", "integrator", ["fleet:read", "audit:read"], "dealer", (403, 403, 204)),
    ("head", "Dealer", "integrator", ["fleet:read"], "dealer", (200, 201, 204)),
    ("administrator", "ECC", "integrator", ["fleet:read"], "lead", (200, 201, 204)),
    ("administrator", "ECC", "integrator", ["fleet:read"], "dealer", (404, 404, 404)),
]


@pytest.mark.parametrize(("maker", "organisation", "role", "scopes", "by", "answers"), ON_CLIENTS)
async def test_who_acts_on_whose_client(clients, maker, organisation, role, scopes, by, answers):
    client = await made(clients, maker, CLIENTS, name="Portal", role=role, scopes=scopes)
    assert client["organisation_name"] == organisation
    path = f"{CLIENTS}/{client['id']}"
    named = await sent(clients, by, "PATCH", path, {"name": "Mine"})
    rotated = await sent(clients, by, "POST", f"{path}/rotate")
    revoked = await sent(clients, by, "DELETE", path, tag=f'"{1 + (named.is_success) + (rotated.is_success)}"')
    assert (named.status_code, rotated.status_code, revoked.status_code) == answers, rotated.text


async def test_a_client_is_given_no_scope_that_the_caller_lacks(clients):
    client = await made(clients, "head", CLIENTS, name="Portal", scopes=["fleet:read"])
    answer = await sent(clients, "dealer", "PATCH", f"{CLIENTS}/{client['id']}", {"scopes": ["audit:read"]})
    assert (answer.status_code, "audit:read" in answer.json()["detail"]) == (403, True)
    client = await made(clients, "head", CLIENTS, name="Portal", scopes=["fleet:read", "audit:read"])
    answer = await sent(clients, "dealer", "PATCH", f"{CLIENTS}/{client['id']}", {"scopes": ["fleet:read"]})
    assert answer.status_code == 403, "nor is one taken from it"


async def test_nobody_gives_a_program_the_right_to_write_what_they_may_not():
    powers = Powers(grantable=lambda _: {"integrator"}, scopes={"fleet:read", "sites:write"})
    powers.check("integrator", "customer", ["fleet:read", "sites:write"])
    with pytest.raises(Forbidden):
        powers.check("integrator", "customer", ["fleet:read", "machines:write"])


# Company logins


def login_of(world, organisation, **changes):
    return {
        "organisation_id": public_id(world, organisation),
        "name": "SSO",
        "issuer": "https://login.example.com",
        "client_id": "ecc",
        "domains": ["example.com"],
    } | changes


@pytest.mark.parametrize(
    ("organisation", "roles", "status"),
    [
        ("platform", {"default_role": "administrator"}, 403),
        ("platform", {"role_claim": "g", "role_map": {"x": "expert", "y": "administrator"}}, 403),
        ("platform", {"default_role": "expert"}, 201),
        ("north", {"default_role": "administrator"}, 403),
        ("north", {"default_role": "auditor"}, 403),
        ("north", {"default_role": "operator", "role_claim": "g", "role_map": {"x": "owner"}}, 201),
        ("dealer", {"default_role": "dealer"}, 403),
    ],
)
async def test_a_company_login_gives_what_its_editor_could_give(clients, world, organisation, roles, status):
    answer = await sent(clients, "lead", "POST", LOGINS, login_of(world, organisation, **roles))
    assert answer.status_code == status, answer.text
    plain = await made(clients, "lead", LOGINS, **login_of(world, organisation))
    answer = await sent(clients, "lead", "PATCH", f"{LOGINS}/{plain['id']}", roles)
    assert answer.status_code == (200 if status == 201 else 403), answer.text


async def test_a_lead_leaves_a_company_login_alone_that_gives_more(clients, world):
    login = await made(clients, "administrator", LOGINS, **login_of(world, "platform", default_role="administrator"))
    path = f"{LOGINS}/{login['id']}"
    for change in ({"issuer": "https://mine.example.com"}, {"default_role": None}):
        assert (await sent(clients, "lead", "PATCH", path, change)).status_code == 403
    assert (await sent(clients, "lead", "DELETE", path)).status_code == 403
    assert (await sent(clients, "administrator", "DELETE", path)).status_code == 204


@pytest.mark.parametrize(
    "issuer",
    ["http://127.0.0.1:9000", "http://localhost", "https://10.0.0.7", "https://[::1]", "https://169.254.169.254/x"],
)
async def test_an_issuer_is_on_the_public_internet(clients, world, issuer):
    answer = await sent(clients, "administrator", "POST", LOGINS, login_of(world, "north", issuer=issuer))
    assert answer.status_code == 422, answer.text
    assert "private" in answer.json()["detail"]


async def test_names_of_this_machine_are_inside_and_others_are_not_looked_up():
    assert points_inside("idp.localhost")
    assert not points_inside("localhost.example.com")


async def test_a_secret_is_one_organisations(clients, world):
    mine = {"secret_reference": "env:OIDC_SECRET_NORTH"}
    await made(clients, "administrator", LOGINS, **login_of(world, "north", **mine))
    await made(clients, "administrator", LOGINS, **login_of(world, "north", **mine))
    answer = await sent(clients, "administrator", "POST", LOGINS, login_of(world, "south", **mine))
    assert (answer.status_code, "another organisation" in answer.json()["detail"]) == (422, True)
    other = await made(clients, "administrator", LOGINS, **login_of(world, "south"))
    assert (await sent(clients, "administrator", "PATCH", f"{LOGINS}/{other['id']}", mine)).status_code == 422


# Invitations


@pytest.mark.parametrize(
    ("inviter", "role", "organisation", "undone"),
    [
        ("owner", "owner", "north", "active = false"),
        ("owner", "owner", "north", "role = 'operator'"),
        ("head", "administrator", "dealer", "role = 'dealer'"),
        ("dealer", "operator", "north", "organisation_id = %(south)s"),
        ("lead", "expert", "platform", "organisation_id = %(north)s, role = 'owner'"),
    ],
)
async def test_an_invitation_is_worth_what_its_inviter_may_grant_now(
    clients, world, inviter, role, organisation, undone
):
    values = {"role": role, "organisation_id": public_id(world, organisation)}
    link = (await made(clients, inviter, INVITATIONS, **values))["link"]
    path = f"{INVITATIONS}/{link.rpartition('/')[2]}"
    before = world.conn.execute(
        "SELECT active, role, organisation_id, login FROM app_user WHERE login = %s", [inviter]
    ).fetchone()
    world.conn.execute(
        f"UPDATE app_user SET {undone} WHERE login = %(login)s", world.organisations | {"login": inviter}
    )
    taken = {"login": f"guest{next(_guests)}", "password": NEW}
    async with clients.anybody() as http:
        assert (await http.get(path)).status_code == 410
        assert (await http.post(f"{path}/accept", json=taken)).status_code == 410
        world.conn.execute("UPDATE app_user SET active = %s, role = %s, organisation_id = %s WHERE login = %s", before)
        assert (await http.post(f"{path}/accept", json=taken)).status_code == 201, "and nothing else was in the way"


async def test_an_invitation_of_the_command_line_has_no_inviter(clients, world):
    invitation = await made(clients, "owner", INVITATIONS, role="operator")
    world.conn.execute("UPDATE invitation SET inviter_id = NULL WHERE public_id = %s", [UUID(invitation["id"])])
    async with clients.anybody() as http:
        assert (await http.get(f"{INVITATIONS}/{invitation['link'].rpartition('/')[2]}")).status_code == 200


# Webhooks


async def program(clients, *scopes):
    client = await made(clients, "owner", CLIENTS, name="Portal", scopes=list(scopes))
    return clients.anybody(**{"x-api-key": client["secret"]})


async def test_a_client_is_sent_what_it_may_read(clients):
    async with await program(clients, "webhooks") as blind:
        answer = await blind.post(WEBHOOKS, json=HOOK)
        assert (answer.status_code, "`fleet:read`" in answer.json()["detail"]) == (403, True)


async def test_a_client_that_may_not_read_any_more_changes_nothing(clients):
    client = await made(clients, "owner", CLIENTS, name="Portal", scopes=["webhooks", "fleet:read"])
    async with clients.anybody(**{"x-api-key": client["secret"]}) as http:
        hook = (await http.post(WEBHOOKS, json=HOOK)).json()
        path = f"{WEBHOOKS}/{hook['id']}"
        await sent(clients, "owner", "PATCH", f"{CLIENTS}/{client['id']}", {"scopes": ["webhooks"]})
        for method, where, body in (
            ("PATCH", path, {"url": "https://hooks.example.com/b"}),
            ("POST", f"{path}/secret", {"overlap_hours": 0}),
            ("POST", f"{path}/replay", {"from": "2026-11-21T10:00:00Z"}),
        ):
            answer = await http.request(method, where, json=body, headers={"if-match": '"1"'})
            assert answer.status_code == 403, (method, where, answer.text)
        assert (await http.get(path)).status_code == 200
        assert (await http.delete(path, headers={"if-match": '"1"'})).status_code == 204


async def test_a_client_touches_what_it_made_and_people_touch_all(clients):
    by_owner = await made(clients, "owner", WEBHOOKS, **HOOK)
    async with (
        await program(clients, "webhooks", "fleet:read") as first,
        await program(clients, "webhooks", "fleet:read") as second,
        clients.of("owner") as owner,
    ):
        own = (await first.post(WEBHOOKS, json=HOOK)).json()
        for http, hook, status in ((second, own, 404), (first, by_owner, 404), (first, own, 200), (owner, own, 200)):
            path = f"{WEBHOOKS}/{hook['id']}"
            calls = [
                ("GET", path, None),
                ("GET", f"{path}/deliveries", None),
                ("PATCH", path, {"description": "mine"}),
                ("POST", f"{path}/secret", {"overlap_hours": 0}),
                ("POST", f"{path}/test", None),
                ("POST", f"{path}/replay", {"from": "2026-11-21T10:00:00Z"}),
                ("DELETE", path, None),
            ]
            for method, where, body in calls[: None if status == 404 else 5]:
                shown = await owner.get(path)
                answer = await http.request(method, where, json=body, headers={"if-match": shown.headers["etag"]})
                assert answer.status_code in ({404} if status == 404 else {200, 202}), (method, where, answer.text)
        listed = [i["id"] for i in (await first.get(WEBHOOKS)).json()["items"]]
        assert listed == [own["id"]]
        assert {own["id"], by_owner["id"]} <= {i["id"] for i in (await owner.get(WEBHOOKS)).json()["items"]}
