"""What a POST has made is named by Location, links and accounts included; no secret of it is kept in the clear."""

import pytest

pytestmark = pytest.mark.asyncio(loop_scope="module")
PEOPLE, INVITATIONS, LINKS = "/api/v1/people", "/api/v1/invitations", "/api/v1/password-links"
NEW = "four plain words here"


async def test_an_invitation_is_withdrawn_where_location_says(clients):
    async with clients.of("owner") as http:
        made = await http.post(INVITATIONS, json={"role": "operator"})
        assert (made.headers["location"], made.headers["etag"]) == (f"{INVITATIONS}/{made.json()['id']}", '"1"')
        gone = await http.delete(made.headers["location"], headers={"if-match": made.headers["etag"]})
    assert gone.status_code == 204


async def test_who_accepts_an_invitation_finds_the_account_where_location_says(clients):
    async with clients.of("owner") as http:
        link = (await http.post(INVITATIONS, json={"role": "operator"})).json()["link"]
    async with clients.anybody() as http:
        path = f"{INVITATIONS}/{link.rpartition('/')[2]}/accept"
        accepted = await http.post(path, json={"login": "accepted", "password": NEW})
        assert (accepted.status_code, accepted.headers["location"]) == (201, "/api/v1/auth/me")
        me = await http.get(accepted.headers["location"])
    assert me.json()["login"] == "accepted"
    assert (accepted.headers["etag"], me.headers["etag"][:3]) == ('"1"', '"1-')


async def test_a_password_link_is_found_where_location_says_and_kept_nowhere(clients, world):
    async with clients.of("owner", **{"idempotency-key": "link"}) as http:
        person = await http.post(PEOPLE, json={"login": "forgetful", "name": "F", "role": "operator"}, headers={
            "idempotency-key": "person"})  # fmt: skip
        first, again = [await http.post(f"{PEOPLE}/{person.json()['id']}/password-link") for _ in range(2)]
    token = first.json()["link"].rpartition("/")[2]
    assert (first.status_code, first.headers["location"]) == (201, f"{LINKS}/{token}")
    assert (again.headers["location"], again.headers["idempotency-replayed"]) == (f"{LINKS}/{token}", "true")
    assert again.json() == first.json()
    async with clients.anybody() as http:
        assert (await http.get(first.headers["location"])).json()["login"] == "forgetful"
    kept = world.conn.execute("SELECT headers::text, convert_from(body, 'UTF8') FROM idempotency").fetchall()
    assert len(kept) == 2
    assert token not in str(kept)
