"""An account's language: nobody's until it is chosen, and meanwhile the browser's."""

import pytest

pytestmark = pytest.mark.asyncio(loop_scope="module")
ME, PEOPLE, INVITATIONS = "/api/v1/auth/me", "/api/v1/people", "/api/v1/invitations"
NEW = "four plain words here"


async def signed_in(clients, http, login, **members):
    """Make an account and choose its password by a link; `http` is signed in as it."""
    async with clients.of("owner") as owner:
        made = await owner.post(PEOPLE, json={"login": login, "name": login, "role": "operator"} | members)
        assert made.status_code == 201, made.text
        link = (await owner.post(f"{PEOPLE}/{made.json()['id']}/password-link")).json()["link"]
    path = f"/api/v1/password-links/{link.rpartition('/')[2]}"
    shown = (await http.get(path)).raise_for_status().json()
    (await http.post(f"{path}/use", json={"password": NEW})).raise_for_status()
    return made.json(), shown


async def test_an_account_has_no_language_until_its_person_chooses_one(clients):
    async with clients.anybody(**{"x-ecc-request": "test"}) as http:
        made, shown = await signed_in(clients, http, "plain")
        assert (made["language"], shown["language"]) == (None, None)
        me = await http.get(ME)
        assert me.json()["language"] is None
        chosen = await http.patch(ME, json={"language": "zh"}, headers={"if-match": me.headers["etag"]})
        assert chosen.json()["language"] == "zh"
        kept = await http.patch(ME, json={"units": "imperial"}, headers={"if-match": chosen.headers["etag"]})
        assert (kept.json()["language"], kept.json()["units"]) == ("zh", "imperial")
        none = await http.patch(ME, json={"language": None}, headers={"if-match": kept.headers["etag"]})
        assert (none.json()["language"], none.json()["units"]) == (None, "imperial")
    async with clients.of("owner") as http:
        history = (await http.get(f"{PEOPLE}/{made['id']}/changes")).json()["items"]
    assert (history[0]["before"]["language"], history[0]["after"]["language"]) == ("zh", None)


async def test_a_language_that_is_given_to_an_account_is_its_own(clients):
    async with clients.anybody() as http:
        made, shown = await signed_in(clients, http, "given", language="zh")
        assert (made["language"], shown["language"]) == ("zh", "zh")
        assert (await http.get(ME)).json()["language"] == "zh"
    async with clients.of("owner") as http:
        cleared = await http.patch(f"{PEOPLE}/{made['id']}", json={"language": None}, headers={"if-match": '"1"'})
        assert (cleared.status_code, cleared.json()["language"]) == (200, None)


@pytest.mark.parametrize("language", [None, "en"])
async def test_an_invitation_speaks_the_browsers_language_unless_it_was_told_one(clients, language):
    login = f"invited {language}".replace(" ", "-")
    async with clients.of("owner") as http:
        made = (await http.post(INVITATIONS, json={"role": "operator", "language": language})).json()
    path = f"{INVITATIONS}/{made['link'].rpartition('/')[2]}"
    async with clients.anybody() as http:
        assert (made["language"], (await http.get(path)).json()["language"]) == (language, language)
        accepted = await http.post(f"{path}/accept", json={"login": login, "password": NEW})
        assert (accepted.status_code, accepted.json()["user"]["language"]) == (201, language)


async def test_who_is_on_duty_is_reached_in_the_organisations_language_where_none_is_chosen(clients, world):
    async with clients.of("dealer") as http:
        crew = [
            (await http.post(PEOPLE, json={"login": login, "name": login, "role": "service_engineer"} | more)).json()
            for login, more in (("ours", {}), ("theirs", {"language": "en"}))
        ]
        shifts = [{"weekdays": ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"],
                   "from": "00:00", "to": "24:00", "people": [person["id"] for person in crew]}]  # fmt: skip
        seats = [{"name": "Desk", "role": "service_engineer", "shifts": shifts}]
        roster = await http.post("/api/v1/rosters", json={"name": "Words", "time_zone": "UTC", "seats": seats})
        duty = (await http.get(f"/api/v1/rosters/{roster.json()['id']}/on-duty")).json()
    assert {p["login"]: p["language"] for p in duty["seats"][0]["now"]["people"]} == {"ours": "zh", "theirs": "en"}
