import pytest

pytestmark = pytest.mark.asyncio(loop_scope="module")
ALL_WEEK = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]


async def people(http, *logins):
    found = {}
    for login in logins:
        body = {"login": login, "name": login.title(), "role": "service_engineer", "phone": "+86 1"}
        answer = await http.post("/api/v1/people", json=body)
        listed = (await http.get("/api/v1/people", params={"q": login})).json()["items"]
        assert answer.status_code in (201, 409)
        found[login] = listed[0]["id"]
    return found


def seat(name, *shifts, **more):
    return {"name": name, "role": "service_engineer", "shifts": list(shifts)} | more


def shift(start, end, *crew, **more):
    return {"weekdays": ALL_WEEK, "from": start, "to": end, "people": list(crew)} | more


async def made(http, name, **members):
    answer = await http.post("/api/v1/rosters", json={"name": name, "time_zone": "Europe/Berlin"} | members)
    assert answer.status_code == 201, answer.text
    return answer.json()


async def change(http, roster, **members):
    tag = {"if-match": f'"{roster["version"]}"'}
    return await http.patch(f"/api/v1/rosters/{roster['id']}", json=members, headers=tag)


async def test_who_is_on_duty_over_both_changes_of_the_clocks_and_in_shanghai(clients):
    async with clients.of("dealer") as http:
        crew = await people(http, "anna", "ben")
        seats = [seat("Desk", shift("06:00", "22:00", crew["anna"]), shift("22:00", "06:00", crew["ben"]))]
        for name, zone in (("berlin", "Europe/Berlin"), ("shanghai", "Asia/Shanghai")):
            roster = await made(http, name, time_zone=zone, seats=seats)
            path = f"/api/v1/rosters/{roster['id']}/on-duty"
            for at, who, berlin, shanghai in (
                ("2026-03-29T00:30:00Z", "ben", ("2026-03-28T21:00:00Z", "2026-03-29T04:00:00Z"), None),
                ("2026-10-25T00:30:00Z", "ben", ("2026-10-24T20:00:00Z", "2026-10-25T05:00:00Z"), None),
                ("2026-10-24T23:30:00Z", "anna", None, ("2026-10-24T22:00:00Z", "2026-10-25T14:00:00Z")),
            ):
                span = berlin if name == "berlin" else shanghai
                if span is None:
                    continue
                desk = (await http.get(path, params={"at": at})).json()["seats"][0]
                assert [p["login"] for p in desk["now"]["people"]] == [who]
                assert (desk["now"]["from_at"], desk["now"]["until"]) == span
                assert desk["next"]["from_at"] == span[1]
                assert {p["login"] for p in desk["next"]["people"]} == {"anna", "ben"} - {who}
        listed = (await http.get("/api/v1/rosters", params={"person": crew["anna"]})).json()["items"]
        assert [r["name"] for r in listed] == ["berlin", "shanghai"]


async def test_seats_keep_their_ids_and_holidays_and_dated_shifts_hold(clients):
    async with clients.of("dealer") as http:
        crew = await people(http, "anna", "ben", "cleo")
        roster = await made(
            http,
            "seats",
            time_zone="Asia/Shanghai",
            seats=[
                seat("One", shift("08:00", "20:00", crew["anna"])),
                seat("Two", shift("08:00", "20:00", crew["ben"])),
            ],
        )
        one, two = (s["id"] for s in roster["seats"])
        stand_in = {"date": "2026-10-01", "from": "09:00", "to": "12:00", "people": [crew["cleo"]]}
        kept = dict(roster["seats"][1])
        kept["shifts"] = [*kept["shifts"], stand_in]
        changed = await change(
            http, roster, seats=[kept, seat("Three")], exceptions=[{"date": "2026-10-01", "note": "国庆节"}]
        )
        assert changed.status_code == 200, changed.text
        seats = changed.json()["seats"]
        assert [s["name"] for s in seats] == ["Two", "Three"]
        assert (seats[0]["id"], one in [s["id"] for s in seats]) == (two, False)
        duty = (await http.get(f"/api/v1/rosters/{roster['id']}/on-duty", params={"at": "2026-10-01T02:00:00Z"})).json()
        assert [p["login"] for p in duty["seats"][0]["now"]["people"]] == ["cleo"]
        assert duty["seats"][0]["now"]["people"][0]["phone"] == "+86 1"
        assert (duty["seats"][1]["now"], duty["seats"][1]["next"]) == (None, None)
        foreign = await change(http, changed.json(), seats=[seat("Two", id=one)])
        assert foreign.status_code == 422
        assert (await change(http, roster, name="stale")).status_code == 412


async def test_somebody_who_is_not_active_holds_no_seat(clients):
    async with clients.of("dealer") as http:
        crew = await people(http, "dora")
        roster = await made(http, "absent", seats=[seat("Desk", shift("00:00", "24:00", crew["dora"]))])
        path = f"/api/v1/rosters/{roster['id']}/on-duty"
        duty = (await http.get(path)).json()["seats"][0]
        assert (duty["now"]["from_at"], duty["now"]["until"]) == (None, None)
        await http.patch(f"/api/v1/people/{crew['dora']}", json={"active": False}, headers={"if-match": '"1"'})
        assert (await http.get(path)).json()["seats"][0]["now"] is None
        renamed = await change(http, roster, name="absent still")
        assert renamed.status_code == 200  # somebody who was there before is no obstacle
        again = await http.post(
            "/api/v1/rosters", json={"name": "new", "seats": [seat("Desk", shift("00:00", "24:00", crew["dora"]))]}
        )
        assert (again.status_code, "no active person" in again.text) == (422, True)


@pytest.mark.parametrize(
    ("members", "words"),
    [
        pytest.param({"seats": [seat("A"), seat("A")]}, "same name", id="two seats of a name"),
        pytest.param({"seats": [seat("A", shift("08:00", "25:00"))]}, "", id="no time of day"),
        pytest.param(
            {"seats": [seat("A", {"from": "08:00", "to": "09:00"})]}, "seats.0.shifts.0: A shift has either", id="never"
        ),
        pytest.param(
            {"exceptions": [{"date": "2026-01-01"}, {"date": "2026-01-01"}]}, "more than once", id="date twice"
        ),
        pytest.param({"time_zone": "CET+1"}, "IANA", id="zone"),
    ],
)
async def test_what_is_no_roster_is_refused(clients, members, words):
    async with clients.of("dealer") as http:
        answer = await http.post("/api/v1/rosters", json={"name": "wrong"} | members)
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_input")
    assert words in answer.text


async def test_another_tenants_roster_and_people_are_not_there(clients):
    async with clients.of("dealer") as http:
        crew = await people(http, "anna")
        roster = await made(http, "ours")
        north = next(o for o in (await http.get("/api/v1/organisations")).json()["items"] if o["name"] == "North")["id"]
        upward = {"name": "up", "organisation_id": north, "seats": [seat("A", shift("08:00", "09:00", crew["anna"]))]}
        answer = await http.post("/api/v1/rosters", json=upward)
        assert (answer.status_code, "neither of the roster's organisation" in answer.text) == (422, True)
    path = f"/api/v1/rosters/{roster['id']}"
    async with clients.of("stranger") as http:
        for answer in (await http.get(path), await http.get(f"{path}/on-duty"), await http.get(f"{path}/changes")):
            assert answer.status_code == 404
        assert (await change(http, roster, name="theirs")).status_code == 403
    async with clients.of("expert") as http:
        assert (await http.get(f"{path}/on-duty")).status_code == 200
        assert (await http.delete(path, headers={"if-match": '"1"'})).status_code == 403
    async with clients.of("dealer") as http:
        assert (await http.delete(path, headers={"if-match": '"1"'})).status_code == 204
        assert (await http.get(path)).status_code == 404


CSV = """\
roster,time_zone,seat,role,weekdays,date,from,to,people,note
Imported,Asia/Shanghai,Desk,service_engineer,mon-fri,,08:00,20:00,anna ben,
Imported,,Desk,,"sat,sun",,10:00,16:00,anna,
Imported,,Desk,,,2026-10-01,10:00,12:00,ben,
Imported,,,,,2026-10-01,,,,国庆节
Imported,,Spare,service_engineer,fri-mon,,,,,
"""


async def imported(http, content, **query):
    headers = {"content-type": "text/csv"}
    return await http.post("/api/v1/rosters/import", content=content.encode(), params=query, headers=headers)


async def test_rosters_are_imported_and_keep_their_seats(clients):
    async with clients.of("dealer") as http:
        await people(http, "anna", "ben")
        assert (await imported(http, CSV, dry_run="true")).status_code == 200
        assert (await http.get("/api/v1/rosters?q=Imported")).json()["items"] == []
        first = await imported(http, CSV)
        assert first.json()["created"] == 5, first.text
        roster = (await http.get("/api/v1/rosters?q=Imported")).json()["items"][0]
        assert [(s["name"], len(s["shifts"])) for s in roster["seats"]] == [("Desk", 3), ("Spare", 0)]
        assert roster["exceptions"] == [{"date": "2026-10-01", "note": "国庆节"}]
        assert roster["seats"][0]["shifts"][0]["weekdays"] == ALL_WEEK[:5]
        assert (await imported(http, CSV)).json()["unchanged"] == 5
        assert (await imported(http, CSV.replace("20:00", "18:00"))).json()["updated"] == 1
        again = (await http.get("/api/v1/rosters?q=Imported")).json()["items"][0]
        assert (again["version"], again["seats"][0]["id"]) == (2, roster["seats"][0]["id"])


@pytest.mark.parametrize(
    ("content", "where", "words"),
    [
        pytest.param(CSV.replace("anna ben", "anna stranger"), "line 2, people", "'stranger'", id="people"),
        pytest.param(CSV.replace("mon-fri", "mon-fry1 xyz"), "line 2, weekdays", "", id="weekdays"),
        pytest.param(CSV.replace("10:00,16:00", "10:00,6pm"), "line 3, to", "'6pm'", id="time"),
        pytest.param(
            CSV.replace("Imported,,Desk,,,2026-10-01", "Imported,,Desk,,,2026-13-01"),
            "line 4, date",
            "2026-13-01",
            id="date",
        ),
    ],
)
async def test_one_wrong_line_of_a_roster_imports_nothing(clients, content, where, words):
    async with clients.of("dealer") as http:
        await people(http, "anna", "ben")
        answer = await imported(http, content.replace("Imported", "Wrong"))
        assert answer.status_code == 422, answer.text
        assert answer.json()["errors"][0]["where"] == where
        assert words in answer.json()["errors"][0]["message"]
        assert (await http.get("/api/v1/rosters?q=Wrong")).json()["items"] == []
