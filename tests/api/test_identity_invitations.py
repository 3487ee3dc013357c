"""Inviting colleagues: who may, the link, accepting it once."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from api.policy import grants_of
from tests.api.world import PASSWORD
from usecases.invite import InvitationOver, get_open, use_up

pytestmark = pytest.mark.asyncio(loop_scope="module")
INVITATIONS = "/api/v1/invitations"
NEW = "four plain words here"


async def invited(clients, login="owner", **values):
    async with clients.of(login) as http:
        answer = await http.post(INVITATIONS, json={"role": "operator", **values})
    assert answer.status_code == 201, answer.text
    return answer.json()


def path_of(invitation):
    return f"{INVITATIONS}/{invitation['link'].rpartition('/')[2]}"


async def accepted(clients, invitation, login, password=NEW):
    async with clients.anybody() as http:
        return await http.post(f"{path_of(invitation)}/accept", json={"login": login, "password": password})


async def test_a_link_says_who_invites_to_what_and_makes_an_account_once(clients, world):
    invitation = await invited(clients, email="liu@north.example", language="zh")
    assert invitation["link"].startswith("/invite/")
    async with clients.anybody() as http:
        shown = (await http.get(path_of(invitation))).raise_for_status().json()
        assert (shown["organisation_name"], shown["invited_by"], shown["role"], shown["email"], shown["language"]) == (
            "North", "owner", "operator", "liu@north.example", "zh",
        )  # fmt: skip
        answer = await http.post(f"{path_of(invitation)}/accept", json={"login": "liu", "password": NEW})
        assert answer.status_code == 201, answer.text
        me = (await http.get("/api/v1/auth/me")).json()
        assert (me["login"], me["role"], me["organisation"]["name"], me["language"]) == (
            "liu", "operator", "North", "zh",
        )  # fmt: skip
        assert (await http.get(path_of(invitation))).json()["code"] == "invitation_over"
    again = await accepted(clients, invitation, "liu2")
    assert (again.status_code, again.json()["code"]) == (410, "invitation_over")
    async with clients.of("owner") as http:
        listed = (await http.get(INVITATIONS, params={"open": False})).json()["items"]
        entry = next(i for i in listed if i["id"] == invitation["id"])
    assert (entry["state"], entry["accepted_by"], "link" in entry) == ("accepted", "liu", False)
    token = invitation["link"].rpartition("/")[2]
    assert token not in str(world.conn.execute("SELECT invitation::text FROM invitation").fetchall())
    assert token not in str(world.conn.execute("SELECT audit::text FROM audit").fetchall())


async def test_of_many_who_accept_at_once_one_gets_in(clients, world):
    invitation = await invited(clients)
    answers = await asyncio.gather(*(accepted(clients, invitation, f"racer{n}") for n in range(4)))
    assert sorted(a.status_code for a in answers) == [201, 410, 410, 410]
    assert world.conn.execute("SELECT count(*) FROM app_user WHERE login LIKE 'racer%%'").fetchone() == (1,)


async def test_who_read_an_open_invitation_is_too_late_when_another_was_quicker(clients, world):
    token = (await invited(clients))["link"].rpartition("/")[2]
    pool, now = clients.app.state.pool, datetime.now(UTC)
    async with pool.platform() as conn:
        row = await get_open(conn, token, grants=grants_of, now=now)
    async with pool.platform() as conn:
        await use_up(conn, row, login="quick", password_hash=None, now=now)
    with pytest.raises(InvitationOver):
        async with pool.platform() as conn:
            await use_up(conn, row, login="slow", password_hash=None, now=now)
    assert world.conn.execute("SELECT login FROM app_user WHERE login IN ('quick', 'slow')").fetchall() == [("quick",)]


@pytest.mark.parametrize(
    ("login", "password", "status", "code"),
    [
        ("new", "password12", 422, "weak_password"),
        ("with blank", NEW, 422, "invalid_input"),
        ("owner", NEW, 409, "conflict"),
    ],
)
async def test_what_cannot_be_taken_leaves_the_link_open(clients, login, password, status, code):
    invitation = await invited(clients)
    refused = await accepted(clients, invitation, login, password)
    assert (refused.status_code, refused.json()["code"]) == (status, code)
    async with clients.anybody() as http:
        assert (await http.get(path_of(invitation))).status_code == 200
        assert (await http.post("/api/v1/auth/login", json={"login": "owner", "password": PASSWORD})).status_code == 200


async def test_a_withdrawn_or_old_link_opens_nothing(clients, world):
    withdrawn, old = await invited(clients), await invited(clients)
    async with clients.of("owner") as http:
        path = f"{INVITATIONS}/{withdrawn['id']}"
        assert (await http.delete(path)).status_code == 428
        assert (await http.delete(path, headers={"if-match": '"1"'})).status_code == 204
        assert (await http.delete(path, headers={"if-match": '"2"'})).status_code == 409
    world.conn.execute("UPDATE invitation SET expires_at = now() WHERE public_id = %s", [old["id"]])
    for invitation, state in ((withdrawn, "revoked"), (old, "expired")):
        async with clients.anybody() as http:
            assert (await http.get(path_of(invitation))).status_code == 410
        assert (await accepted(clients, invitation, f"late{state}")).status_code == 410
    async with clients.anybody() as http:
        assert (await http.get(f"{INVITATIONS}/{'x' * 43}")).status_code == 404


GRANTS = [
    ("owner", None, "owner", 201),
    ("owner", None, "expert", 403),
    ("owner", None, "administrator", 403),
    ("owner", None, "dealer", 403),
    ("owner", "South", "operator", 404),
    ("owner", "Dealer", "operator", 404),
    ("dealer", "North", "owner", 201),
    ("dealer", "North", "auditor", 403),
    ("dealer", None, "service_engineer", 201),
    ("dealer", None, "lead", 403),
    ("colleague", None, "operator", 403),
    ("auditor", None, "operator", 403),
    ("expert", None, "expert", 403),
]


@pytest.mark.parametrize(("login", "organisation", "role", "status"), GRANTS)
async def test_nobody_grants_more_than_the_table_says(clients, world, login, organisation, role, status):
    ids = dict(world.conn.execute("SELECT name, public_id::text FROM organisation").fetchall())
    ask = {"role": role} | ({"organisation_id": ids[organisation]} if organisation else {})
    async with clients.of(login) as http:
        assert (await http.post(INVITATIONS, json=ask)).status_code == status


async def test_invitations_of_other_organisations_are_not_seen_nor_withdrawn(clients):
    theirs = await invited(clients, "stranger", role="operator")
    async with clients.of("owner") as http:
        assert theirs["id"] not in (await http.get(INVITATIONS, params={"limit": 1000})).text
        gone = await http.delete(f"{INVITATIONS}/{theirs['id']}", headers={"if-match": '"1"'})
        assert gone.status_code == 404
        by_id = await http.get(f"{INVITATIONS}/{theirs['id']}")
        assert by_id.status_code == 422, "an id is no token"


async def test_the_list_comes_in_pages(clients, world):
    made = [(await invited(clients))["id"] for _ in range(3)]
    world.conn.execute(
        "UPDATE invitation SET expires_at = expires_at + %s WHERE public_id = ANY(%s::uuid[])",
        [timedelta(days=1), made],
    )
    seen, cursor = [], None
    async with clients.of("owner") as http:
        while True:
            page = (
                await http.get(INVITATIONS, params={"limit": 2, "open": True} | ({"cursor": cursor} if cursor else {}))
            ).json()
            seen += [i["id"] for i in page["items"]]
            cursor = page["next_cursor"]
            if cursor is None:
                break
    assert seen[:3] == made[::-1]
    assert len(seen) == len(set(seen))
