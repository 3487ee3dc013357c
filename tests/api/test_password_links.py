"""Links by which people choose a password: for whom, by whom, once."""

import asyncio
from itertools import count

import pytest
import pytest_asyncio

from storage.users import ensure_organisation
from tests.api.world import PASSWORD

pytestmark = pytest.mark.asyncio(loop_scope="module")
PEOPLE = "/api/v1/people"
LINKS = "/api/v1/password-links"
ME = "/api/v1/auth/me"
NEW = "four plain words here"
_numbers = count(1)


@pytest_asyncio.fixture(scope="module", loop_scope="module", autouse=True)
async def heads(world):
    dealer = world.organisations["dealer"]
    world.organisations["new"] = ensure_organisation(world.conn, kind="customer", name="New", parent_id=dealer)
    for login, organisation, role in (
        ("administrator", "platform", "administrator"),
        ("lead", "platform", "lead"),
        ("head", "dealer", "administrator"),
    ):
        world.person(login, world.organisations[organisation], role)


@pytest.fixture
def person(world):
    """Makes an account with the password of everybody here; a fresh one has none yet."""

    def made(role="operator", organisation="north", *, fresh=False):
        login = f"{role}{next(_numbers)}"
        world.conn.execute(
            "INSERT INTO app_user (public_id, organisation_id, login, name, role, language, password_hash) "
            "SELECT gen_random_uuid(), %s, %s, %s, %s, 'en', CASE WHEN NOT %s THEN password_hash END "
            "FROM app_user WHERE login = 'owner'",
            [world.organisations[organisation], login, login, role, fresh],
        )
        return login

    return made


def id_of(world, login):
    return str(world.conn.execute("SELECT public_id FROM app_user WHERE login = %s", [login]).fetchone()[0])


async def asked(clients, world, login, by="owner"):
    async with clients.of(by) as http:
        return await http.post(f"{PEOPLE}/{id_of(world, login)}/password-link")


async def token_for(clients, world, login, by="owner"):
    answer = await asked(clients, world, login, by)
    assert answer.status_code == 201, answer.text
    return answer.json()["link"].rpartition("/")[2]


async def used(clients, token, password=NEW):
    async with clients.anybody() as http:
        return await http.post(f"{LINKS}/{token}/use", json={"password": password})


async def looked_at(clients, token):
    async with clients.anybody() as http:
        return await http.get(f"{LINKS}/{token}")


async def test_somebody_made_over_the_api_chooses_a_password_once(clients, world):
    async with clients.of("owner") as http:
        made = await http.post(PEOPLE, json={"login": "wang.li", "name": "王丽", "role": "operator", "language": "zh"})
        link = (await http.post(f"{PEOPLE}/{made.json()['id']}/password-link")).json()
    assert (link["login"], link["link"].startswith("/password/")) == ("wang.li", True)
    token = link["link"].rpartition("/")[2]
    shown = (await looked_at(clients, token)).json()
    assert shown == {
        "login": "wang.li",
        "organisation_name": "North",
        "made_by": "owner",
        "language": "zh",
        "expires_at": link["expires_at"],
    }
    weak = await used(clients, token, "wang.li2026")
    assert (weak.status_code, weak.json()["code"]) == (422, "weak_password")
    async with clients.anybody() as http:
        assert (await http.post(f"{LINKS}/{token}/use", json={"password": NEW})).status_code == 200
        assert (await http.get(ME)).json()["login"] == "wang.li", "and is signed in"
        signed = await http.post("/api/v1/auth/login", json={"login": "wang.li", "password": NEW})
        assert signed.status_code == 200
    for answer in (await used(clients, token), await looked_at(clients, token)):
        assert (answer.status_code, answer.json()["code"]) == (410, "password_link_over")
    assert (await looked_at(clients, "x" * 43)).status_code == 404
    rows = world.conn.execute(
        "SELECT action, actor_name, after FROM audit WHERE entity_id = %s ORDER BY audit_id", [made.json()["id"]]
    ).fetchall()
    assert [row[:2] for row in rows] == [
        ("create", "owner"), ("make_password_link", "owner"), ("change_password", "wang.li"),
    ]  # fmt: skip
    assert rows[-1][2] == {"by": "a link of owner", "sessions_ended": 0}
    kept = world.conn.execute("SELECT audit::text FROM audit UNION ALL SELECT password_link::text FROM password_link")
    assert token not in str(kept.fetchall())


async def test_whoever_forgot_it_is_signed_out_everywhere(clients, world, person):
    login = person()
    async with clients.of(login) as old:
        token = await token_for(clients, world, login)
        assert (await old.get(ME)).status_code == 200, "nothing has happened yet"
        answer = await used(clients, token)
        assert answer.json()["user"]["login"] == login
        assert (await old.get(ME)).status_code == 401
    async with clients.anybody() as http:
        assert (await http.post("/api/v1/auth/login", json={"login": login, "password": PASSWORD})).status_code == 401


async def test_of_two_links_the_newer_opens(clients, world, person):
    login = person()
    old, new = await token_for(clients, world, login), await token_for(clients, world, login)
    assert [(await looked_at(clients, token)).status_code for token in (old, new)] == [410, 200]
    assert (await used(clients, old)).status_code == 410
    assert (await used(clients, new)).status_code == 200


async def test_of_many_at_once_one_link_is_open_and_one_use_gets_through(clients, world, person):
    login = person()
    tokens = await asyncio.gather(*(token_for(clients, world, login) for _ in range(4)))
    states = [(await looked_at(clients, token)).status_code for token in tokens]
    assert sorted(states) == [200, 410, 410, 410]
    answers = await asyncio.gather(*(used(clients, tokens[states.index(200)]) for _ in range(4)))
    assert sorted(a.status_code for a in answers) == [200, 410, 410, 410]


# Who asks, the role and the organisation of whom it is for, whether the account is fresh, and the answer.
ON_PEOPLE = [
    ("owner", "operator", "north", False, 201),
    ("owner", "auditor", "north", False, 201),
    ("owner", "owner", "north", False, 201),
    ("owner", "administrator", "north", False, 403),
    ("owner", "operator", "south", False, 404),
    ("owner", "dealer", "dealer", False, 404),
    ("colleague", "operator", "north", False, 403),
    ("auditor", "operator", "north", False, 403),
    ("expert", "operator", "north", False, 403),
    ("dealer", "operator", "north", False, 201),
    ("dealer", "owner", "north", False, 403),  # reads the audit, which a dealer does not
    ("dealer", "owner", "north", True, 403),  # North has its owner
    ("dealer", "owner", "new", True, 201),  # nobody's yet: the dealer could have invited them just as well
    ("dealer", "owner", "new", False, 403),
    ("dealer", "auditor", "north", True, 403),
    ("dealer", "administrator", "dealer", True, 403),
    ("head", "dealer", "dealer", False, 201),
    ("lead", "owner", "north", False, 201),
    ("lead", "expert", "platform", False, 201),
    ("lead", "administrator", "platform", False, 403),
    ("administrator", "lead", "platform", False, 201),
    ("administrator", "administrator", "platform", False, 201),
]


@pytest.mark.parametrize(("by", "role", "organisation", "fresh", "status"), ON_PEOPLE)
async def test_who_makes_one_for_whom(clients, world, person, by, role, organisation, fresh, status):
    login = person(role, organisation, fresh=fresh)
    answer = await asked(clients, world, login, by)
    assert answer.status_code == status, answer.text
    kept = "SELECT count(*) FROM password_link JOIN app_user USING (user_id) WHERE login = %s"
    assert world.conn.execute(kept, [login]).fetchone() == (int(status == 201),)


async def test_nobody_makes_one_for_themselves_or_for_who_is_not_active(clients, world, person):
    own = await asked(clients, world, "owner")
    assert (own.status_code, "one so far" in own.json()["detail"]) == (403, True)
    login = person()
    world.conn.execute("UPDATE app_user SET active = false WHERE login = %s", [login])
    assert (await asked(clients, world, login)).status_code == 409


async def test_a_fresh_account_that_became_somebodys_is_not_opened_by_a_lesser_link(clients, world, person):
    """A company's login was linked meanwhile: the dealer's link would now open an owner's account."""
    world.conn.execute("UPDATE app_user SET role = 'operator' WHERE organisation_id = %(new)s", world.organisations)
    login = person("owner", "new", fresh=True)
    token = await token_for(clients, world, login, by="dealer")
    assert (await looked_at(clients, token)).status_code == 200
    world.conn.execute(
        "INSERT INTO company_identity SELECT 'https://login.north.example', %s, user_id, now() FROM app_user "
        "WHERE login = %s",
        [login, login],
    )
    assert (await used(clients, token)).status_code == 410


@pytest.mark.parametrize(
    "undone",
    [
        "UPDATE app_user SET active = false WHERE login = %(by)s",
        "UPDATE app_user SET role = 'operator' WHERE login = %(by)s",
        "UPDATE app_user SET organisation_id = %(south)s WHERE login = %(by)s",
        "UPDATE app_user SET role = 'administrator' WHERE login = %(login)s",
        "UPDATE app_user SET active = false WHERE login = %(login)s",
        "UPDATE password_link SET expires_at = now()",
    ],
)
async def test_a_link_is_worth_what_its_maker_may_do_when_it_is_used(clients, world, person, undone):
    by, login = person("owner"), person()
    token = await token_for(clients, world, login, by=by)
    world.conn.execute(undone, world.organisations | {"by": by, "login": login})
    assert (await used(clients, token)).status_code == 410


@pytest.mark.parametrize("how", ["a new password", "deactivation"])
async def test_a_link_ends_with(clients, world, person, how):
    login = person()
    token = await token_for(clients, world, login)
    if how == "a new password":
        async with clients.of(login) as http:
            ask = {"current_password": PASSWORD, "new_password": NEW}
            assert (await http.post("/api/v1/auth/password", json=ask)).status_code == 200
    else:
        async with clients.of("owner") as http:
            for version, active in enumerate((False, True), 1):
                answer = await http.patch(
                    f"{PEOPLE}/{id_of(world, login)}", json={"active": active}, headers={"if-match": f'"{version}"'}
                )
                assert answer.status_code == 200, answer.text
    assert (await looked_at(clients, token)).status_code == 410


async def test_a_link_of_the_command_line_has_no_maker(clients, world, person):
    login = person("administrator", "platform")
    token = await token_for(clients, world, login, by="administrator")
    world.conn.execute("UPDATE password_link SET maker_id = NULL WHERE ended_at IS NULL")
    assert (await used(clients, token)).status_code == 200
