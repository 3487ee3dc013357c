"""Integrators' clients: keys, tokens, scopes, rotation, revocation, and whose they are."""

import base64
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from urllib.parse import quote

import jwt
import pytest

from api.rights import CLIENT_SCOPES
from tests.api.world import NOW
from usecases.client_secrets import PREFIX, is_well_formed, new_secret
from usecases.edit_clients import SCOPES

pytestmark = pytest.mark.asyncio(loop_scope="module")
CLIENTS = "/api/v1/clients"
TOKEN = "/oauth/token"
MACHINES = "/api/v1/machines"


async def made(clients, login="owner", scopes=("fleet:read",), **values):
    async with clients.of(login) as http:
        answer = await http.post(CLIENTS, json={"name": "Portal", "scopes": list(scopes), **values})
    assert answer.status_code == 201, answer.text
    return answer.json()


def basic(client, secret=None):
    pair = f"{quote(client['id'])}:{quote(secret or client['secret'])}"
    return {"authorization": f"Basic {base64.b64encode(pair.encode()).decode()}"}


async def asked(clients, client, form=None, **headers):
    async with clients.anybody(**(headers or basic(client))) as http:
        return await http.post(TOKEN, data={"grant_type": "client_credentials"} | (form or {}))


async def token_of(clients, client, **form):
    answer = await asked(clients, client, form)
    assert answer.status_code == 200, answer.text
    return answer.json()["access_token"]


async def got(clients, path, **headers):
    async with clients.anybody(**headers) as http:
        return await http.get(path)


def bearer(token):
    return {"authorization": f"Bearer {token}"}


async def test_a_key_is_shown_once_and_opens_what_its_scopes_say(clients, world):
    client = await made(clients)
    key = client["secret"]
    assert key.startswith("ecc_live_")
    assert is_well_formed(key)
    for headers in (bearer(key), {"x-api-key": key}):
        answer = await got(clients, MACHINES, **headers)
        assert [m["name"] for m in answer.json()["items"]] == ["digger"]
    async with clients.of("owner") as http:
        again = (await http.get(f"{CLIENTS}/{client['id']}")).json()
    assert "secret" not in again
    assert again["secrets"] == [{"ending": key[-4:], "created_at": client["created_at"], "expires_at": None}]
    stored = world.conn.execute("SELECT api_client_secret::text FROM api_client_secret").fetchall()
    audit = world.conn.execute("SELECT audit::text FROM audit WHERE entity = 'client'").fetchall()
    assert key not in str(stored) + str(audit)


@pytest.mark.parametrize(
    ("scopes", "path", "missing"),
    [
        (("aemp:read",), MACHINES, "fleet:read"),
        (("fleet:read",), "/api/v1/audit", "audit:read"),
        (SCOPES, CLIENTS, "a person must"),
    ],
)
async def test_what_a_client_lacks_is_named(clients, scopes, path, missing):
    client = await made(clients, scopes=scopes)
    for secret in (client["secret"], await token_of(clients, client)):
        answer = await got(clients, path, **bearer(secret))
        assert (answer.status_code, answer.json()["code"]) == (403, "forbidden")
        assert missing in answer.json()["detail"]


async def test_a_program_writes_what_its_scopes_say(clients, world):
    """Read-only unless somebody gave it more, and never more than the noun that it was given."""
    site = {"name": "Quarry", "time_zone": "Asia/Shanghai"}
    reads = await made(clients)
    writes = await made(clients, scopes=("fleet:read", "sites:write"))
    async with clients.anybody(**bearer(reads["secret"])) as http:
        refused = await http.post("/api/v1/sites", json=site)
        assert (refused.status_code, "`sites:write`" in refused.json()["detail"]) == (403, True)
    async with clients.anybody(**bearer(await token_of(clients, writes))) as http:
        created = await http.post("/api/v1/sites", json=site)
        assert created.status_code == 201, created.text
        path = f"/api/v1/sites/{created.json()['id']}"
        changed = await http.patch(path, json={"address": "1 Quarry Road"}, headers={"if-match": '"1"'})
        assert changed.json()["address"] == "1 Quarry Road"
        foreign = world.conn.execute(
            "INSERT INTO site (name, time_zone, organisation_id) VALUES ('Theirs', 'UTC', %s) RETURNING public_id",
            [world.organisations["south"]],
        ).fetchone()[0]
        not_there = await http.patch(f"/api/v1/sites/{foreign}", json={"name": "x"}, headers={"if-match": '"1"'})
        assert not_there.status_code == 404
        refused = await http.patch(f"{MACHINES}/pin:PIN-digger", json={"name": "x"}, headers={"if-match": '"1"'})
        assert (refused.status_code, "`machines:write`" in refused.json()["detail"]) == (403, True)
        assert (await http.delete(path, headers={"if-match": '"2"'})).status_code == 204
    who = world.conn.execute("SELECT actor_kind, actor_name FROM audit WHERE entity = 'site'").fetchall()
    assert set(who) == {("client", "Portal")}


async def test_a_token_is_narrowed_to_what_was_asked_for(clients):
    client = await made(clients, scopes=("fleet:read", "machines:write", "sites:write"))
    site = {"name": "Narrow", "time_zone": "Asia/Shanghai"}
    for scope, missing in (("fleet:read", "sites:write"), ("sites:write", "fleet:read"), ("machines:write", "sites")):
        async with clients.anybody(**bearer(await token_of(clients, client, scope=scope))) as http:
            refused = await http.post("/api/v1/sites", json=site)
            assert (refused.status_code, missing in refused.json()["detail"]) == (403, True), scope
    refused = await asked(clients, client, {"scope": "fleet:read audit:read"})
    assert (refused.status_code, refused.json()["error"]) == (400, "invalid_scope")


@pytest.mark.parametrize(
    ("role", "scopes", "reason"),
    [
        ("integrator", ["sites:write"], "fleet:read"),
        ("auditor", ["fleet:read", "machines:write"], "integrator"),
        ("integrator", ["fleet:read", "people:write"], None),
    ],
)
async def test_what_a_client_cannot_be_given(clients, role, scopes, reason):
    async with clients.of("owner") as http:
        answer = await http.post(CLIENTS, json={"name": "X", "role": role, "scopes": scopes})
    assert (answer.status_code, (reason or "") in answer.json()["detail"]) == (422, True)


async def test_positions_need_their_own_scope(clients, world):
    world.state("digger", {"latitude_deg": 31.23456, "longitude_deg": 121.45678}, at=NOW)
    seen = {}
    for scopes in (("fleet:read",), ("fleet:read", "positions")):
        client = await made(clients, scopes=scopes)
        answer = await got(clients, "/api/v1/fleet/positions", **bearer(client["secret"]))
        seen[len(scopes)] = answer.json()["items"][0]["latitude_deg"]
    assert seen[1] != seen[2]
    assert seen[2] == pytest.approx(31.23456, abs=1e-4)


async def test_a_token_is_asked_for_by_header_or_body(clients):
    client = await made(clients, scopes=("fleet:read", "aemp:read"))
    by_header = await asked(clients, client)
    body = by_header.json()
    assert by_header.headers["cache-control"] == "no-store"
    assert (body["token_type"], body["expires_in"], body["scope"]) == ("Bearer", 1800, "aemp:read fleet:read")
    form = {"client_id": client["id"], "client_secret": client["secret"], "scope": "fleet:read"}
    by_body = await asked(clients, client, form, **{"x-nothing": "1"})
    assert by_body.json()["scope"] == "fleet:read"
    for token in (body["access_token"], by_body.json()["access_token"]):
        assert (await got(clients, MACHINES, **bearer(token))).status_code == 200
    narrow = bearer(by_body.json()["access_token"])
    me = (await got(clients, "/api/v1/auth/me", **narrow)).json()
    assert (me["kind"], me["scopes"], me["organisation"]["name"]) == ("client", ["fleet:read"], "North")


BAD = [
    ({"grant_type": "password"}, {}, 400, "unsupported_grant_type"),
    ({"grant_type": ""}, {}, 400, "invalid_request"),
    ({"scope": "audit:read"}, {}, 400, "invalid_scope"),
    ({"scope": "everything"}, {}, 400, "invalid_scope"),
    ({"client_secret": "twice"}, {}, 400, "invalid_request"),
    ({"client_id": "another"}, {}, 400, "invalid_request"),
    ({}, {"authorization": "Basic !!!"}, 401, "invalid_client"),
    ({}, {"authorization": "Basic " + base64.b64encode(b"no colon").decode()}, 401, "invalid_client"),
    ({}, {"authorization": "Bearer x"}, 401, "invalid_client"),
    ({}, {"x-nothing": "1"}, 401, "invalid_client"),
    ({}, {"content-type": "application/json"}, 400, "invalid_request"),
]


@pytest.mark.parametrize(("form", "headers", "status", "error"), BAD)
async def test_refusals_have_the_form_of_rfc_6749(clients, form, headers, status, error):
    client = await made(clients)
    answer = await asked(
        clients, client, form, **({**basic(client), **headers} if "x-nothing" not in headers else headers)
    )
    assert (answer.status_code, answer.json()["error"]) == (status, error)
    assert set(answer.json()) == {"error", "error_description"}
    assert answer.headers["cache-control"] == "no-store"
    if status == 401 and "authorization" in headers:
        assert answer.headers["www-authenticate"].startswith("Basic")


async def test_a_parameter_given_twice_is_refused(clients):
    async with clients.anybody(**{"content-type": "application/x-www-form-urlencoded"}) as http:
        answer = await http.post(TOKEN, content="grant_type=client_credentials&scope=a&scope=b")
    assert answer.json()["error"] == "invalid_request"


async def test_the_secret_of_one_client_does_not_serve_another(clients):
    one, other = await made(clients), await made(clients, "stranger")
    crossed = {"id": one["id"], "secret": other["secret"]}
    wrong = {"id": one["id"], "secret": new_secret()}
    answers = [await asked(clients, client) for client in (crossed, wrong)]
    assert [a.status_code for a in answers] == [401, 401]
    assert answers[0].json() == answers[1].json()


async def test_guessing_secrets_is_slowed_down(clients):
    client = await made(clients)
    answers = [await asked(clients, {"id": client["id"], "secret": "x"}) for _ in range(6)]
    assert [a.status_code for a in answers] == [401] * 5 + [429]
    assert answers[-1].headers["retry-after"]


async def test_a_new_secret_overlaps_with_the_old_one_and_never_more_than_two_are_valid(clients, world):
    client = await made(clients)
    rotate = f"{CLIENTS}/{client['id']}/rotate"
    async with clients.of("owner") as http:
        second = (await http.post(rotate, json={"overlap_hours": 2})).raise_for_status().json()
        assert [s["expires_at"] is None for s in second["secrets"]] == [False, True]
        old_token = await token_of(clients, client)
        assert (await got(clients, MACHINES, **bearer(client["secret"]))).status_code == 200
        third = (await http.post(rotate)).json()
        assert [(await got(clients, MACHINES, **bearer(c["secret"]))).status_code for c in (client, second, third)] == [
            401, 200, 200,
        ]  # fmt: skip
        assert (await got(clients, MACHINES, **bearer(old_token))).status_code == 401, "tokens end with their secret"
        fourth = (await http.post(rotate, json={"overlap_hours": 0})).json()
        assert (await got(clients, MACHINES, **bearer(third["secret"]))).status_code == 401
        assert len(fourth["secrets"]) == 1
    world.conn.execute("UPDATE api_client_secret SET expires_at = now() WHERE ending = %s", [fourth["secret"][-4:]])
    assert (await got(clients, MACHINES, **bearer(fourth["secret"]))).status_code == 401


async def test_a_revoked_client_is_out_at_once_and_stays_in_the_books(clients, world):
    client = await made(clients)
    token = await token_of(clients, client)
    async with clients.of("owner") as http:
        path = f"{CLIENTS}/{client['id']}"
        assert (await http.delete(path)).status_code == 428
        assert (await http.delete(path, headers={"if-match": '"7"'})).status_code == 412
        assert (await http.delete(path, headers={"if-match": '"1"'})).status_code == 204
        for secret in (client["secret"], token):
            assert (await got(clients, MACHINES, **bearer(secret))).status_code == 401
        assert (await asked(clients, client)).status_code == 401
        listed = (await http.get(CLIENTS, params={"limit": 500})).json()["items"]
        revoked = (await http.get(CLIENTS, params={"limit": 500, "with_revoked": True})).json()["items"]
        assert client["id"] not in {c["id"] for c in listed}
        assert client["id"] in {c["id"] for c in revoked}
        assert (await http.patch(path, json={"name": "x"}, headers={"if-match": '"2"'})).status_code == 409
    actions = world.conn.execute(
        "SELECT action FROM audit WHERE entity = 'client' AND entity_id = %s ORDER BY audit_id", [client["id"]]
    ).fetchall()
    assert [a[0] for a in actions] == ["create", "revoke"]


async def test_fewer_scopes_bind_tokens_that_are_out_already(clients):
    client = await made(clients, scopes=("fleet:read", "aemp:read"))
    token = await token_of(clients, client)
    async with clients.of("owner") as http:
        path = f"{CLIENTS}/{client['id']}"
        changed = await http.patch(path, json={"scopes": ["aemp:read"]}, headers={"if-match": '"1"'})
        assert (changed.status_code, changed.headers["etag"]) == (200, '"2"')
    assert (await got(clients, MACHINES, **bearer(token))).status_code == 403


async def test_an_expired_client_is_out(clients, world):
    client = await made(clients, expires_at=(datetime.now(UTC) + timedelta(hours=1)).isoformat())
    assert (await got(clients, MACHINES, **bearer(client["secret"]))).status_code == 200
    world.conn.execute("UPDATE api_client SET expires_at = now() WHERE public_id = %s", [client["id"]])
    assert (await got(clients, MACHINES, **bearer(client["secret"]))).status_code == 401


async def test_a_client_of_one_tenant_sees_nothing_of_another(clients, world):
    theirs = await made(clients, "stranger", scopes=("fleet:read", "positions"))
    key = bearer(theirs["secret"])
    assert [m["name"] for m in (await got(clients, MACHINES, **key)).json()["items"]] == ["crane"]
    assert (await got(clients, f"{MACHINES}/pin:PIN-digger", **key)).status_code == 404
    async with clients.of("owner") as http:
        path = f"{CLIENTS}/{theirs['id']}"
        match = {"if-match": '"1"'}
        answers = [
            await http.get(path),
            await http.patch(path, json={"name": "mine"}, headers=match),
            await http.delete(path, headers=match),
            await http.post(f"{path}/rotate"),
        ]
        assert [a.status_code for a in answers] == [404] * 4
        assert theirs["id"] not in (await http.get(CLIENTS, params={"limit": 500})).text


async def test_clients_are_made_for_organisations_below_and_for_no_others(clients, world):
    ids = dict(world.conn.execute("SELECT name, public_id::text FROM organisation").fetchall())
    async with clients.of("owner") as http:
        foreign = await http.post(
            CLIENTS, json={"name": "x", "scopes": ["fleet:read"], "organisation_id": ids["South"]}
        )
        assert foreign.status_code == 404
    async with clients.of("dealer") as http:
        ask = {"name": "x", "scopes": ["fleet:read"]}
        assert (await http.post(CLIENTS, json=ask)).status_code == 201
        assert (await http.post(CLIENTS, json=ask | {"scopes": ["audit:read"]})).status_code == 403, "not its own right"
    async with clients.of("colleague") as http:
        assert (await http.get(CLIENTS)).status_code == 403


async def test_a_post_sent_twice_with_one_key_makes_one_client(clients):
    ask = {"name": "Once", "scopes": ["fleet:read"]}
    async with clients.of("owner", **{"idempotency-key": "make-once"}) as http:
        first, second = await http.post(CLIENTS, json=ask), await http.post(CLIENTS, json=ask)
    assert first.json() == second.json()
    assert (await got(clients, MACHINES, **bearer(second.json()["secret"]))).status_code == 200


async def test_forged_tokens_open_nothing(clients):
    client = await made(clients)
    token = await token_of(clients, client)
    claims = jwt.decode(token, options={"verify_signature": False})
    wide = claims | {"scope": "audit:read fleet:read"}
    forged = [
        jwt.encode(wide, "t" * 40, algorithm="HS256"),
        jwt.encode(wide, "", algorithm="none"),
        clients.app.state.sessions.seal("access", wide, expires_at=datetime.now(UTC) + timedelta(hours=1)),
        clients.app.state.sessions.seal("client", claims, expires_at=datetime.now(UTC)),
        PREFIX + "0" * 49,
        new_secret(),
    ]
    for text in forged:
        assert (await got(clients, MACHINES, **bearer(text))).status_code == 401
    assert (await got(clients, MACHINES, **{"x-api-key": token})).status_code == 401


async def test_when_a_client_was_used_last_is_kept(clients, world):
    client = await made(clients)
    await got(clients, MACHINES, **bearer(client["secret"]))
    use = clients.app.state.client_use
    await use.write()
    async with clients.of("owner") as http:
        assert (await http.get(f"{CLIENTS}/{client['id']}")).json()["last_used_at"] is not None


async def test_the_metadata_say_where_and_how(clients, monkeypatch):
    # A setting: tests of which address is named without it are in test_who_gets_in.py.
    monkeypatch.setattr(  # the shared API has no public address
        clients.app.state, "settings", replace(clients.app.state.settings, public_url="https://ecc.test")
    )
    answer = (await got(clients, "/.well-known/oauth-authorization-server")).json()
    assert answer["token_endpoint"] == "https://ecc.test/oauth/token"
    assert set(answer["scopes_supported"]) == set(CLIENT_SCOPES) == set(SCOPES)
    assert (await got(clients, TOKEN)).status_code in (404, 405)


async def test_secrets_have_a_checksum():
    secret = new_secret()
    assert is_well_formed(secret)
    assert not is_well_formed(secret[:-1] + ("a" if secret[-1] != "a" else "b"))
    assert not is_well_formed(secret + "0")
    assert len({new_secret() for _ in range(100)}) == 100
