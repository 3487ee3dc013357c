import pytest

from storage.users import create_user

pytestmark = pytest.mark.asyncio(loop_scope="module")
WANG = {"login": "wang", "name": "王丽", "role": "operator", "email": "wang@example.com", "phone": "+86 1"}


async def made(http, login, **members):
    answer = await http.post("/api/v1/people", json=WANG | {"login": login} | members)
    assert answer.status_code == 201, answer.text
    return answer.json()


async def change(http, person, **members):
    tag = {"if-match": f'"{person["version"]}"'}
    return await http.patch(f"/api/v1/people/{person['id']}", json=members, headers=tag)


async def test_a_person_is_made_without_a_password_and_changed(clients, world):
    async with clients.of("owner") as http:
        person = await made(http, "wang", time_zone="Europe/Berlin")
        assert (person["organisation_name"], person["role"], person["active"]) == ("North", "operator", True)
        assert "password" not in str(person)
        changed = await change(http, person, phone=None, language="en")
        assert (changed.status_code, changed.json()["phone"], changed.json()["language"]) == (200, None, "en")
        listed = (await http.get("/api/v1/people", params={"q": "WANG@", "role": "operator"})).json()["items"]
        assert [p["login"] for p in listed] == ["wang"]
        taken = await http.post("/api/v1/people", json=WANG | {"login": "stranger"})
        assert (taken.status_code, taken.json()["code"]) == (409, "conflict")
        history = (await http.get(f"/api/v1/people/{person['id']}/changes")).json()["items"]
        assert [entry["action"] for entry in history] == ["update", "create"]
        assert "hash" not in str(history)
    row = world.conn.execute("SELECT password_hash FROM app_user WHERE login = 'wang'").fetchone()
    assert row == (None,)


@pytest.mark.parametrize(
    ("login", "role", "organisation", "status"),
    [
        pytest.param("owner", "owner", None, 201, id="an owner another owner"),
        pytest.param("owner", "expert", None, 403, id="an owner no expert"),
        pytest.param("owner", "administrator", None, 403, id="an owner nobody above itself"),
        pytest.param("dealer", "dealer", None, 201, id="a dealer its colleague"),
        pytest.param("dealer", "owner", "north", 403, id="a dealer no owner beside its customer's own"),
        pytest.param("dealer", "auditor", "north", 403, id="a dealer not its customer's auditor"),
        pytest.param("dealer", "owner", "south", 404, id="a dealer nobody elsewhere"),
        pytest.param("colleague", "operator", None, 403, id="an operator nobody"),
    ],
)
async def test_who_may_give_which_role_where(clients, world, login, role, organisation, status):
    body = WANG | {"login": f"{login}-{role}-{organisation}", "role": role}
    if organisation:
        number = world.organisations[organisation]
        row = world.conn.execute("SELECT public_id FROM organisation WHERE organisation_id = %s", [number]).fetchone()
        body["organisation_id"] = str(row[0])
    async with clients.of(login) as http:
        answer = await http.post("/api/v1/people", json=body)
    assert answer.status_code == status, answer.text


async def test_somebody_who_is_deactivated_is_signed_out_at_once(clients, world):
    async with clients.of("owner") as http:
        person = await made(http, "leaving")
        async with clients.of("leaving") as leaving:
            assert (await leaving.get("/api/v1/auth/me")).status_code == 200
            changed = await change(http, person, active=False)
            assert changed.json()["active"] is False
            assert (await leaving.get("/api/v1/auth/me")).status_code == 401
            assert (await change(http, changed.json(), active=True)).status_code == 200
            assert (await leaving.get("/api/v1/auth/me")).status_code == 401


async def test_nobody_changes_their_own_role_or_somebody_above_them(clients, world):
    north = world.organisations["north"]
    create_user(world.conn, organisation_id=north, login="boss", password="x" * 20, role="administrator")
    async with clients.of("owner") as http:
        me = (await http.get("/api/v1/people?q=owner&role=owner&limit=1")).json()["items"][0]
        mine = (await http.get(f"/api/v1/people/{(await http.get('/api/v1/auth/me')).json()['id']}")).json()
        for members in ({"role": "auditor"}, {"active": False}):
            assert (await change(http, mine, **members)).status_code == 403
        assert (await change(http, mine, phone="5")).status_code == 200
        boss = (await http.get("/api/v1/people?role=administrator")).json()["items"][0]
        for members in ({"active": False}, {"role": "operator"}, {"email": "mine@example.com"}):
            assert (await change(http, boss, **members)).status_code == 403
        assert me["organisation_name"] == "North"


async def test_another_tenants_person_is_not_there_and_an_operator_reads_nobody(clients):
    async with clients.of("owner") as http:
        person = await made(http, "ours")
    async with clients.of("stranger") as http:
        assert (await http.get(f"/api/v1/people/{person['id']}")).status_code == 404
        assert (await change(http, person, name="theirs")).status_code == 404
        assert (await http.get(f"/api/v1/people/{person['id']}/changes")).status_code == 404
        assert {p["organisation_name"] for p in (await http.get("/api/v1/people")).json()["items"]} == {"South"}
    async with clients.of("colleague") as http:
        assert (await http.get("/api/v1/people")).status_code == 403
    async with clients.of("auditor") as http:
        assert (await http.get(f"/api/v1/people/{person['id']}")).status_code == 200
        assert (await change(http, person, name="x")).status_code == 403


async def test_people_are_imported_by_their_logins(clients):
    csv = (
        "login,name,role,organisation,email,active\nli,Li,operator,North,li@example.com,true\nzhao,Zhao,dealer,,,true\n"
    )

    async def imported(http, content, **query):
        headers = {"content-type": "text/csv"}
        return await http.post("/api/v1/people/import", content=content, params=query, headers=headers)

    async with clients.of("dealer") as http:
        assert (await imported(http, csv, dry_run="true")).json()["created"] == 2
        assert (await imported(http, csv)).json()["created"] == 2
        assert (await imported(http, csv)).json()["unchanged"] == 2
        changed = (await imported(http, csv.replace("Li,operator", "Li Na,operator"))).json()
        assert (changed["updated"], changed["unchanged"]) == (1, 1)
        wrong = csv.replace("zhao,Zhao,dealer", "zhao,Zhao,expert").replace("li@example.com", "li")
        answer = await imported(http, wrong)
        assert answer.status_code == 422
        assert [e["where"] for e in answer.json()["errors"]] == ["line 2, email", "line 3, role"]
        taken = await imported(http, "login,name,role\nstranger,X,dealer\n")
        assert "is taken" in taken.json()["errors"][0]["message"]
        moved = await imported(http, "login,name,role,organisation\nli,Li Na,operator,Dealer\n")
        assert moved.json()["errors"][0]["where"] == "line 2, organisation"


async def test_hundreds_are_written_together(clients, world):
    lines = [f"together{n},Together {n},operator,North" for n in range(300)]
    lines.append("together299,Together at last,operator,North")
    content = "\n".join(["login,name,role,organisation", *lines])
    async with clients.of("dealer") as http:
        csv = {"content-type": "text/csv"}
        answer = await http.post("/api/v1/people/import", content=content, headers=csv)
        assert (answer.json()["created"], answer.json()["updated"]) == (300, 1), answer.text
        written = "SELECT count(*), count(DISTINCT cmin::text) FROM app_user WHERE login LIKE 'together%'"
        rows, statements = world.conn.execute(written).fetchone()
        assert rows == 300
        assert statements <= 4, "not a statement for each"
        content = content.replace("together", "more").replace("more7,", "stranger,")
        taken = await http.post("/api/v1/people/import", content=content, headers=csv)
        assert [(e["where"], e["code"]) for e in taken.json()["errors"]] == [("line 9, login", "login_taken")]
