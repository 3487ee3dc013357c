"""Staying signed in, being signed out, one's own account, and how fast one may guess."""

import asyncio
import gc
import re
import time
import types
from datetime import UTC, datetime, timedelta

import jwt
import psycopg
import pytest

from storage.passwords import hash_password
from tests.api.world import PASSWORD
from usecases.password_policy import WeakPassword, require_good_password

pytestmark = pytest.mark.asyncio(loop_scope="module")
ME = "/api/v1/auth/me"
REFRESH = "/api/v1/auth/refresh"
BROWSER = {"x-ecc-request": "console"}


async def log_in(http, login="owner", password=PASSWORD):
    return await http.post("/api/v1/auth/login", json={"login": login, "password": password})


async def refreshed(http, token):
    return await http.post(REFRESH, json={"refresh_token": token})


def audit(world, action):
    return world.conn.execute(
        "SELECT actor_name, organisation_id, detail FROM audit WHERE action = %s ORDER BY audit_id DESC", [action]
    ).fetchall()


def age_rotations(world, login, by):
    """As if the refresh tokens of a person had been used up this much earlier."""
    world.conn.execute(
        "UPDATE app_session SET rotations = ARRAY(SELECT r - %s FROM unnest(rotations) WITH ORDINALITY AS u (r, n) "
        "ORDER BY n) WHERE user_id = (SELECT user_id FROM app_user WHERE login = %s)",
        [by, login],
    )


@pytest.fixture
def person(world):
    """A person of North that no other test signs in."""
    login = f"person{time.monotonic_ns()}"
    world.person(login, world.organisations["north"], "owner")
    return login


async def test_each_refresh_token_gives_new_tokens_once(clients, person):
    async with clients.anybody() as http:
        first = (await log_in(http, person)).json()
        http.cookies.clear()
        second = (await refreshed(http, first["refresh_token"])).raise_for_status().json()
        third = (await refreshed(http, second["refresh_token"])).raise_for_status().json()
        assert len({first["refresh_token"], second["refresh_token"], third["refresh_token"]}) == 3
        http.cookies.clear()
        me = await http.get(ME, headers={"authorization": f"Bearer {third['token']}"})
    assert me.json()["login"] == person
    assert third["session_ends_at"] == first["session_ends_at"], "refreshing does not make a session endless"


async def test_a_used_refresh_token_that_comes_back_ends_the_session(world, clients, person):
    async with clients.anybody() as http:
        first = (await log_in(http, person)).json()
        http.cookies.clear()
        second = (await refreshed(http, first["refresh_token"])).json()
        age_rotations(world, person, timedelta(seconds=11))
        again = await refreshed(http, first["refresh_token"])
        http.cookies.clear()
        assert (again.status_code, again.json()["code"]) == (401, "not_authenticated")
        assert (await refreshed(http, second["refresh_token"])).status_code == 401, "the owner's chain is cut as well"
        assert (await http.get(ME, headers={"authorization": f"Bearer {second['token']}"})).status_code == 401
    assert audit(world, "refresh_reused")[0][0] == person


async def test_a_wrong_password_and_an_unknown_login_are_told_alike_and_as_no_missing_token(clients, person):
    async with clients.anybody(**{"accept-language": "zh"}) as http:
        tries = [("nobody at all", PASSWORD), (person, "not this one")]
        told = [await http.post("/api/v1/auth/login", json={"login": who, "password": word}) for who, word in tries]
    assert [answer.status_code for answer in told] == [401, 401]
    assert told[0].json() == told[1].json()
    (fault,) = told[0].json()["errors"]
    assert (fault["code"], told[0].json()["detail"]) == ("credentials_wrong", "登录名或密码错误。")


async def test_two_tabs_that_refresh_at_once_both_stay_and_share_one_chain(world, clients, person):
    async with clients.anybody() as one, clients.anybody() as other:
        token = (await log_in(one, person)).json()["refresh_token"]
        one.cookies.clear()
        answers = await asyncio.gather(*(refreshed(http, token) for http in (one, other, one, other)))
        assert [a.status_code for a in answers] == [200] * 4
        assert len({a.json()["refresh_token"] for a in answers}) == 1
        newer = (await refreshed(one, answers[0].json()["refresh_token"])).json()["refresh_token"]
        late = (await refreshed(other, token)).json()
        assert late["refresh_token"] == newer, "the slow tab gets what is in force by then"
        age_rotations(world, person, timedelta(seconds=11))
        assert (await refreshed(other, token)).status_code == 401


async def test_a_browser_keeps_its_refresh_token_in_a_cookie_and_is_not_told_of_it(clients, person):
    async with clients.anybody(**BROWSER) as http:
        signed = (await log_in(http, person)).json()
        first = http.cookies.get("ecc_refresh")
        assert signed["refresh_token"] is None
        answer = await http.post(REFRESH)
        assert (answer.status_code, answer.json()["refresh_token"]) == (200, None)
        assert http.cookies.get("ecc_refresh") not in (None, first)
    async with clients.anybody(cookie=f"ecc_refresh={first}") as foreign:
        assert (await foreign.post(REFRESH)).json()["code"] == "cross_site_request"
    async with clients.anybody(**{"sec-fetch-site": "same-origin"}) as http:
        assert (await log_in(http, person)).json()["refresh_token"] is None, "scripts cannot leave this header out"


async def test_no_token_passes_for_another(clients, person):
    async with clients.anybody() as http:
        signed = (await log_in(http, person)).json()
        http.cookies.clear()
        as_access = await http.get(ME, headers={"authorization": f"Bearer {signed['refresh_token']}"})
        as_refresh = await refreshed(http, signed["token"])
        assert (as_access.status_code, as_refresh.status_code) == (401, 401)
        session = jwt.decode(signed["token"], options={"verify_signature": False})["sid"]
        forged = jwt.encode({"sid": session, "gen": 0, "exp": 4102444800}, "t" * 40, algorithm="HS256")
        assert (await refreshed(http, forged)).status_code == 401, "the secret itself is the key of no purpose"
        assert (await http.post(REFRESH)).status_code == 401


def texts_in(thing: object) -> set[str]:
    """Every text that its members hold, remembered results of functions included."""
    found, seen, waiting = set(), set(), [vars(thing)]
    while waiting:
        one = waiting.pop()
        if isinstance(one, str):
            found.add(one)
        elif id(one) not in seen and not isinstance(one, type | types.ModuleType | types.FunctionType):
            seen.add(id(one))
            waiting += gc.get_referents(one)
    return found


async def test_no_token_and_no_session_is_kept_in_clear(clients, person):
    async with clients.anybody() as http:
        signed = (await log_in(http, person)).json()
        http.cookies.clear()
        for _ in range(2):
            seen = await http.get(ME, headers={"authorization": f"Bearer {signed['token']}"})
            assert seen.status_code == 200
        assert (await refreshed(http, signed["refresh_token"])).status_code == 200
    kept = texts_in(clients.app.state.sessions)
    secrets = {signed["token"], signed["refresh_token"]}
    assert not kept & (secrets | {jwt.decode(signed["token"], options={"verify_signature": False})["sid"]})


async def test_a_refresh_token_of_the_future_is_refused_and_ends_nothing(clients, person):
    async with clients.anybody() as http:
        signed = (await log_in(http, person)).json()
        sessions = clients.app.state.sessions
        name = jwt.decode(signed["token"], options={"verify_signature": False})["sid"]
        ahead = sessions.seal("refresh", {"sid": name, "gen": 7}, expires_at=datetime.now(UTC) + timedelta(hours=1))
        assert (await refreshed(http, ahead)).status_code == 401
        assert (await refreshed(http, signed["refresh_token"])).status_code == 200


async def test_own_sessions_are_listed_and_ended_one_by_one(clients, world, person):
    async with clients.anybody(**{"user-agent": "Phone"}) as phone, clients.anybody() as http:
        await log_in(phone, person)
        token = (await log_in(http, person)).json()["token"]
        http.cookies.clear()
        http.headers["authorization"] = f"Bearer {token}"
        items = (await http.get("/api/v1/auth/sessions")).json()["items"]
        assert (
            sorted((s["browser"], s["is_this"]) for s in items) == [("Phone", False), (items[0]["browser"], True)][::1]
        )
        assert {s["address"] for s in items} == {"127.0.0.1"}
        stranger = await clients.of("stranger").delete(f"/api/v1/auth/sessions/{items[0]['id']}")
        assert stranger.status_code == 404
        other = next(s["id"] for s in items if s["browser"] == "Phone")
        assert (await http.delete(f"/api/v1/auth/sessions/{other}")).status_code == 204
        assert (await phone.get(ME)).status_code == 401, "refused at the next request"
        assert (await http.get(ME)).status_code == 200
        assert (await http.delete(f"/api/v1/auth/sessions/{other}")).status_code == 404


async def test_a_person_or_an_organisation_that_is_not_active_any_more_is_out_at_once(clients, world, person):
    async with clients.of(person) as http:
        assert (await http.get(ME)).status_code == 200
        north = [world.organisations["north"]]
        world.conn.execute("UPDATE organisation SET active = false WHERE organisation_id = %s", north)
        assert (await http.get(ME)).status_code == 401
        world.conn.execute("UPDATE organisation SET active = true WHERE organisation_id = %s", north)
        assert (await http.get(ME)).status_code == 200
        world.conn.execute("UPDATE app_user SET active = false WHERE login = %s", [person])
        assert (await http.get(ME)).status_code == 401
        assert (await log_in(http, person)).status_code == 401


async def test_a_new_password_ends_every_session_and_begins_one(clients, world, person):
    async with clients.anybody() as http, clients.anybody() as elsewhere:
        await log_in(elsewhere, person)
        old = (await log_in(http, person)).json()
        http.cookies.clear()
        http.headers["authorization"] = f"Bearer {old['token']}"
        ask = {"current_password": "not this one", "new_password": "four plain words here"}
        assert (await http.post("/api/v1/auth/password", json=ask)).status_code == 403
        ask["current_password"] = PASSWORD
        weak = await http.post("/api/v1/auth/password", json=ask | {"new_password": "password12"})
        assert (weak.status_code, weak.json()["code"]) == (422, "weak_password")
        (fault,) = weak.json()["errors"]
        assert (fault["where"], fault["code"]) == ("new_password", "password_common")
        new = (await http.post("/api/v1/auth/password", json=ask)).raise_for_status().json()
        http.cookies.clear()
        assert (await http.get(ME)).status_code == 401
        assert (await refreshed(http, old["refresh_token"])).status_code == 401
        assert (await elsewhere.get(ME)).status_code == 401
        assert (await http.get(ME, headers={"authorization": f"Bearer {new['token']}"})).status_code == 200
        assert (await log_in(http, person)).status_code == 401
        assert (await log_in(http, person, "four plain words here")).status_code == 200
    text = str(world.conn.execute("SELECT before, after, detail FROM audit").fetchall())
    assert "argon2" not in text
    assert PASSWORD not in text


async def test_a_refused_change_of_the_password_is_in_the_audit_and_slowed_down(clients, world, person):
    """Whoever finds a signed-in browser guesses no faster than at the sign-in page."""
    async with clients.of(person) as http:
        ask = {"current_password": "not this one", "new_password": "four plain words here"}
        answers = [await http.post("/api/v1/auth/password", json=ask) for _ in range(6)]
        assert [a.status_code for a in answers] == [403] * 5 + [429]
        assert answers[-1].json()["code"] == "too_many_attempts"
        assert int(answers[-1].headers["retry-after"]) >= 1
        early = await http.post("/api/v1/auth/password", json=ask | {"current_password": PASSWORD})
        assert early.status_code == 429, "the right one comes too early as well"
        assert (await log_in(http, person)).status_code == 429, "and so does a sign-in: it is the same counter"
        assert (await http.get(ME)).status_code == 200
    refused = [row for row in audit(world, "change_password_failed") if row[0] == person]
    assert len(refused) == 5
    assert refused[0][1:] == (world.organisations["north"], refused[0][2] | {"why": "wrong password"})
    assert "not this one" not in str(world.conn.execute("SELECT * FROM audit").fetchall())


@pytest.mark.parametrize(
    "password",
    [
        "short", "ninechars", "1234567890", "0987654321", "abcdefghij", "qwertyuiop", "aaaaaaaaaa", "abababababab",
        "Password123", "password!!", "Admin12345", "liu.yang@north.example", "liu.yang2026", "iloveyou2026",
        "woaini1314",
    ],
)  # fmt: skip
async def test_passwords_that_everybody_tries_are_refused(password):
    with pytest.raises(WeakPassword):
        require_good_password(password, login="liu.yang@north.example")


@pytest.mark.parametrize("password", [PASSWORD, "挖掘机在工地上干活呢对吧", "kx8-Vq2-mm4-Tz", "liu.yang likes tea"])
async def test_other_passwords_are_taken(password):
    require_good_password(password, login="liu.yang@north.example")


async def test_own_language_time_zone_and_units(clients, person):
    async with clients.of(person) as http:
        first = await http.get(ME)
        assert first.json()["version"] == 1
        ask = {"language": "zh", "time_zone": "Europe/Berlin", "units": "imperial"}
        assert (await http.patch(ME, json=ask)).json()["code"] == "precondition_required"
        changed = await http.patch(ME, json=ask, headers={"if-match": first.headers["etag"]})
        assert changed.status_code == 200, changed.text
        assert ask.items() <= changed.json().items()
        assert changed.headers["etag"] == '"2"'
        stale = await http.patch(ME, json={"units": "metric"}, headers={"if-match": '"1"'})
        assert stale.status_code == 412
        part = await http.patch(ME, json={"units": "metric"}, headers={"if-match": '"2"'})
        assert (part.json()["units"], part.json()["language"]) == ("metric", "zh")
        for zone in ("Mars/Olympus", "localtime", "Factory"):
            wrong = await http.patch(ME, json={"time_zone": zone}, headers={"if-match": '"3"'})
            assert (wrong.status_code, wrong.json()["code"]) == (422, "invalid_input")
            assert [(e["where"], e["code"]) for e in wrong.json()["errors"]] == [("time_zone", "zone_unknown")]
        assert (await http.patch(ME, json={"role": "lead"}, headers={"if-match": '"3"'})).status_code == 422


async def test_a_hash_of_older_parameters_is_replaced_when_its_password_is_shown(clients, world, person):
    from argon2 import PasswordHasher

    weak = PasswordHasher(time_cost=1, memory_cost=8192, parallelism=1).hash(PASSWORD)
    world.conn.execute("UPDATE app_user SET password_hash = %s WHERE login = %s", [weak, person])
    async with clients.anybody() as http:
        assert (await log_in(http, person, "wrong")).status_code == 401
        assert (await log_in(http, person)).status_code == 200
        now = world.conn.execute("SELECT password_hash FROM app_user WHERE login = %s", [person]).fetchone()[0]
        assert now.split("$")[3] == hash_password("x").split("$")[3] != weak.split("$")[3]
        assert (await log_in(http, person)).status_code == 200


async def test_an_account_without_a_password_has_none(clients, world, person):
    world.conn.execute("UPDATE app_user SET password_hash = NULL WHERE login = %s", [person])
    async with clients.anybody() as http:
        for password in (PASSWORD, "nobody has this password"):
            assert (await log_in(http, person, password)).status_code == 401


async def test_signing_in_and_failing_to_are_in_the_audit_without_a_password(clients, world, person):
    async with clients.anybody() as http:
        await log_in(http, person, "my secret guess")
        await log_in(http, "hunter2-typed-into-the-wrong-field")
        await log_in(http, person)
        await http.post("/api/v1/auth/logout", headers=BROWSER)
    (unknown, organisation, _), (name, _, wrong), *_ = audit(world, "sign_in_failed")
    assert (unknown, organisation) == ("unknown login", None)
    assert (name, wrong["why"], wrong["address"]) == (person, "wrong password", "127.0.0.1")
    assert [audit(world, action)[0][0] for action in ("sign_in", "sign_out")] == [person] * 2
    everything = str(world.conn.execute("SELECT * FROM audit").fetchall())
    assert not re.search("my secret guess|hunter2", everything)


async def test_authentication_is_one_statement(clients, world, api_database):
    with psycopg.connect(api_database.url("ecc_api")) as conn:
        row = conn.execute("SELECT * FROM enter_as_person('\\x00', now())").fetchone()
        assert row is None
        assert conn.execute("SELECT tenant()").fetchone() == (None,)
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            conn.execute("SET ROLE ecc_gateway")
    with psycopg.connect(api_database.url("ecc_gateway")) as conn, pytest.raises(psycopg.errors.InsufficientPrivilege):
        conn.execute("SELECT enter_as_person('\\x00', now())")
