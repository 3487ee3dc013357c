import asyncio

import pytest

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def made(http, name, kind="customer", **more):
    answer = await http.post("/api/v1/organisations", json={"name": name, "kind": kind} | more)
    assert answer.status_code == 201, answer.text
    return answer.json()


async def change(http, organisation, **members):
    return await http.patch(
        f"/api/v1/organisations/{organisation['id']}",
        json=members,
        headers={"if-match": f'"{organisation["version"]}"'},
    )


async def test_a_dealer_makes_a_customer_below_itself_and_sees_only_its_tree(clients):
    async with clients.of("dealer") as http:
        made_one = await made(http, "Fresh", external_no="K-1", contact_email="a@b.cn")
        own = (await http.get("/api/v1/auth/me")).json()["organisation"]["id"]
        assert (made_one["parent_id"], made_one["parent_name"], made_one["language"]) == (own, "Dealer", "zh")
        names = [o["name"] for o in (await http.get("/api/v1/organisations")).json()["items"]]
        assert names == ["Dealer", "Fresh", "North"]
        below = (await http.get("/api/v1/organisations", params={"parent": own, "kind": "customer"})).json()["items"]
        assert [o["name"] for o in below] == ["Fresh", "North"]
        found = (await http.get("/api/v1/organisations", params={"q": "K-1"})).json()["items"]
        assert [o["id"] for o in found] == [made_one["id"]]
    async with clients.of("stranger") as http:
        assert (await http.get(f"/api/v1/organisations/{made_one['id']}")).status_code == 404
        assert (await http.get(f"/api/v1/organisations/{made_one['id']}/changes")).status_code == 404
        assert [o["name"] for o in (await http.get("/api/v1/organisations")).json()["items"]] == ["South"]
        answer = await http.post("/api/v1/organisations", json={"name": "x", "kind": "customer"})
        assert (answer.status_code, answer.json()["code"]) == (403, "forbidden")
    async with clients.of("owner") as http:
        own = (await http.get("/api/v1/organisations")).json()["items"]
        assert [(o["name"], o["parent_id"]) for o in own] == [("North", None)]  # its dealer is not its to see


@pytest.mark.parametrize(
    ("body", "status"),
    [
        pytest.param({"name": "x", "kind": "ecc"}, 422, id="a second platform"),
        pytest.param({"name": "x", "kind": "maker"}, 422, id="a maker under a dealer"),
        pytest.param({"name": "North", "kind": "customer"}, 409, id="a sibling's name"),
        pytest.param({"name": "x", "kind": "customer", "contact_email": "nobody"}, 422, id="no e-mail"),
        pytest.param(
            {"name": "x", "kind": "customer", "parent_id": "0198f3a2-0000-7000-8000-00000000dead"}, 404, id="no parent"
        ),
    ],
)
async def test_what_cannot_be_made_is_refused(clients, body, status):
    async with clients.of("dealer") as http:
        assert (await http.post("/api/v1/organisations", json=body)).status_code == status


async def test_a_parent_of_another_tree_is_not_there(clients, world):
    south = world.conn.execute("SELECT public_id FROM organisation WHERE name = 'South'").fetchone()[0]
    async with clients.of("dealer") as http:
        mine = await made(http, "Mine")
        assert (await change(http, mine, parent_id=str(south))).status_code == 404
        assert (await change(http, mine, parent_id=None)).status_code == 403


@pytest.fixture
async def lead(world, clients):
    from storage.users import create_user

    if world.conn.execute("SELECT 1 FROM app_user WHERE login = 'lead'").fetchone() is None:
        create_user(
            world.conn, organisation_id=world.organisations["platform"], login="lead", password="x" * 20, role="lead"
        )
    async with clients.of("lead") as http:
        yield http


async def test_an_organisation_moves_with_all_below_it_and_never_in_a_loop(lead, clients):
    maker = await made(lead, "Maker", "maker")
    upper = await made(lead, "Upper", "dealer", parent_id=maker["id"])
    lower = await made(lead, "Lower", "dealer", parent_id=upper["id"])
    loop = await change(lead, upper, parent_id=lower["id"])
    assert (loop.status_code, "loop" in loop.json()["detail"]) == (409, True)
    assert (await change(lead, upper, parent_id=upper["id"])).status_code == 409
    assert (await change(lead, maker, parent_id=upper["id"])).status_code == 422
    moved = await change(lead, lower, parent_id=maker["id"])
    assert (moved.status_code, moved.json()["parent_name"], moved.json()["version"]) == (200, "Maker", 2)
    history = (await lead.get(f"/api/v1/organisations/{lower['id']}/changes")).json()["items"]
    assert history[0]["before"] == {"parent_id": upper["id"]}


async def test_two_moves_at_once_make_no_loop(lead, clients):
    for turn in range(5):
        a = await made(lead, f"A{turn}", "dealer")
        b = await made(lead, f"B{turn}", "dealer")
        async with clients.of("lead") as one, clients.of("lead") as other:
            answers = await asyncio.gather(change(one, a, parent_id=b["id"]), change(other, b, parent_id=a["id"]))
        assert sorted(answer.status_code for answer in answers) == [200, 409]


async def test_an_organisation_that_is_not_active_keeps_its_people_out(clients, world, lead):
    south = world.conn.execute("SELECT public_id FROM organisation WHERE name = 'South'").fetchone()[0]
    async with clients.of("stranger") as stranger:
        assert (await stranger.get("/api/v1/auth/me")).status_code == 200
        path = f"/api/v1/organisations/{south}"
        tag = {"if-match": (await lead.get(path)).headers["etag"]}
        answer = await lead.patch(path, json={"active": False}, headers=tag)
        assert answer.status_code == 200, answer.text
        assert (await stranger.get("/api/v1/auth/me")).status_code == 401
        await lead.patch(path, json={"active": True}, headers={"if-match": answer.headers["etag"]})
        assert (await stranger.get("/api/v1/auth/me")).status_code == 401  # the sessions are gone
    own = (await lead.get("/api/v1/organisations?kind=ecc")).json()["items"][0]
    assert (await change(lead, own, active=False)).status_code == 403


async def test_a_dealer_neither_moves_nor_deactivates_itself(clients):
    async with clients.of("dealer") as http:
        own = (await http.get("/api/v1/organisations?kind=dealer&limit=1")).json()["items"][0]
        assert own["name"] == "Dealer"
        north = (await http.get("/api/v1/organisations?q=North")).json()["items"][0]
        assert (await change(http, own, active=False)).status_code == 403
        assert (await change(http, own, parent_id=north["id"])).status_code in (403, 422)
        renamed = await change(http, own, contact_phone="12345")
        assert renamed.status_code == 200, renamed.text


async def test_a_tree_is_imported_and_again_without_change(lead):
    csv = (
        "kind,name,parent,external_no,active\n"
        "dealer,Import dealer,,D-1,true\n"
        "customer,Import one,D-1,C-1,yes\n"
        "customer,Import two,Import dealer,,true\n"
    )

    async def imported(content, **query):
        headers = {"content-type": "text/csv; charset=utf-8"}
        return await lead.post("/api/v1/organisations/import", content=content, params=query, headers=headers)

    assert (await imported(csv, dry_run="true")).json()["created"] == 3
    assert (await imported(csv)).json()["created"] == 3
    again = {"dry_run": False, "entries": 3, "created": 0, "updated": 0, "unchanged": 3, "made": []}
    assert (await imported(csv)).json() == again
    renamed = (await imported(csv.replace("Import one", "Import first"))).json()
    assert (renamed["updated"], renamed["unchanged"]) == (1, 2)  # known by its external_no
    wrong = await imported(csv.replace("customer,Import two,Import dealer", "dealer,Import two,Import delaer"))
    assert wrong.status_code == 422
    assert wrong.json()["errors"] == [
        {
            "where": "line 4, parent",
            "code": "organisation_unnamed_near",
            "message": "'Import delaer': no organisation of that name, external_no or id; "
            "did you mean Import dealer, Import one, Import two?",
        }
    ]
    looped = await imported("kind,name,parent\ndealer,Import dealer,Import dealer\n")
    assert "loop" in looped.json()["errors"][0]["message"]


async def test_hundreds_are_written_together_and_may_name_each_other(lead, world):
    lines = ["dealer,Together,,T-D", *(f"customer,Together {n},T-D,T-{n}" for n in range(300))]
    lines += ["customer,Together at last,Together,T-299", "customer,Together below,T-D,"]
    content = "\n".join(["kind,name,parent,external_no", *lines])
    answer = await lead.post("/api/v1/organisations/import", content=content, headers={"content-type": "text/csv"})
    assert (answer.json()["created"], answer.json()["updated"]) == (302, 1), answer.text
    written = "SELECT count(*), count(DISTINCT cmin::text) FROM organisation WHERE external_no LIKE 'T-%'"
    rows, statements = world.conn.execute(written).fetchone()
    assert rows == 301
    assert statements <= 5, "not a statement for each"
    twice = content.replace("T-", "U-")  # another dealer of the same name
    again = await lead.post("/api/v1/organisations/import", content=twice, headers={"content-type": "text/csv"})
    told = again.json()["errors"][0]
    assert (again.status_code, told["where"], told["code"]) == (422, "line 2, name", "organisation_name_taken")
    assert (await lead.get("/api/v1/organisations?q=U-9")).json()["items"] == []
