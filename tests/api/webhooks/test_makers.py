"""A webhook is worth what its maker may see: it stops with the client or the person that made it."""

import pytest

from tests.api.webhook_stand import becomes, make, sender, state_of

pytestmark = pytest.mark.asyncio(loop_scope="module")
CLIENTS = "/api/v1/clients"
WEBHOOKS = "/api/v1/webhooks"


async def program(clients):
    async with clients.of("owner") as owner:
        wanted = {"name": "Portal", "scopes": ["fleet:read", "webhooks"]}
        client = (await owner.post(CLIENTS, json=wanted)).raise_for_status().json()
    return client, clients.anybody(**{"x-api-key": client["secret"]})


async def revoke(http, world, client):
    answer = await http.delete(f"{CLIENTS}/{client['id']}", headers={"if-match": '"1"'})
    assert answer.status_code == 204


async def expire(http, world, client):
    world.conn.execute("UPDATE api_client SET expires_at = now() WHERE public_id = %s", [client["id"]])


async def blind(http, world, client):
    answer = await http.patch(f"{CLIENTS}/{client['id']}", json={"scopes": ["webhooks"]}, headers={"if-match": '"1"'})
    assert answer.status_code == 200


@pytest.mark.parametrize("end", [revoke, expire, blind])
async def test_the_webhook_of_a_client_that_has_ended_is_sent_nothing_more(world, clients, receiver, api_database, end):
    path = f"/{end.__name__}"
    client, http = await program(clients)
    async with http, clients.of("owner") as owner:
        hook = await make(http, receiver.url(path), kinds=["webhook.test"])
        other = await make(owner, receiver.url(f"{path}-other"), kinds=["webhook.test", "webhook.paused"])
        async with sender(api_database):
            world.log("digger", {"n": 1})
            await receiver.until(1, path)
            await end(owner, world, client)
            world.log("digger", {"n": 2})
            paused = await becomes(owner, hook, state="paused")
            assert (paused["paused_reason"], paused["paused_at"] is None) == ("client_ended", False)
            world.log("digger", {"n": 3})
            kinds = [one.headers["ecc-event-kind"] for one in await receiver.until(4, f"{path}-other")]
            assert sorted(kinds) == ["webhook.paused"] + ["webhook.test"] * 3, "its organisation is told"
            assert len(receiver.events(path)) == 1
            assert (await state_of(owner, other))["state"] == "active"
        await taken_over(owner, http, receiver, api_database, hook, path, world)


async def taken_over(owner, http, receiver, api_database, hook, path, world):
    """A person who switches it on again answers for it from then on, and it goes on where it stood."""
    await taken_over_by(owner, hook)
    async with sender(api_database):
        await receiver.until(3, path)
        assert (await state_of(owner, hook))["state"] == "active"
    assert (await http.get(f"{WEBHOOKS}/{hook['id']}")).status_code in (401, 404), "the client's it is no more"


async def test_what_is_due_at_the_very_instant_is_not_sent(world, clients, receiver, api_database):
    """No event goes out between the end of a client and the sender's next look."""
    client, http = await program(clients)
    async with http, clients.of("owner") as owner:
        hook = await make(http, receiver.url("/instant"), kinds=["webhook.test"])
        await revoke(owner, world, client)
        world.log("digger", {"n": "late"})
        async with sender(api_database):
            await becomes(owner, hook, state="paused")
        assert receiver.events("/instant") == []


async def test_the_webhook_of_a_person_who_has_left_stops(world, clients, receiver, api_database):
    async with clients.of("owner") as owner, clients.of("dealer") as dealer:
        mine = await make(owner, receiver.url("/left"), kinds=["webhook.test"])
        theirs = await make(dealer, receiver.url("/stays"), kinds=["webhook.test"])
        world.conn.execute("UPDATE app_user SET active = false WHERE login = 'owner'")
        try:
            async with sender(api_database):
                paused = await becomes(dealer, mine, state="paused")
                assert paused["paused_reason"] == "person_inactive"
                world.log("digger", {"n": "left"})
                await receiver.until(1, "/stays")
                assert receiver.events("/left") == []
                assert (await state_of(dealer, theirs))["state"] == "active"
        finally:
            world.conn.execute("UPDATE app_user SET active = true WHERE login = 'owner'")


async def demote(world):
    world.conn.execute("UPDATE app_user SET role = 'operator' WHERE login = 'dealer'")


async def move_organisation(world):
    world.conn.execute("UPDATE organisation SET parent_id = NULL WHERE name = 'North'")


async def move_person(world):
    world.conn.execute(
        "UPDATE app_user SET organisation_id = %s WHERE login = 'dealer'", [world.organisations["south"]]
    )


async def close_organisation(world):
    world.conn.execute("UPDATE organisation SET active = false WHERE name = 'Dealer'")


@pytest.fixture
def restored(world):
    """The people and organisations are as before afterwards."""
    yield
    world.conn.execute(
        "UPDATE app_user SET role = 'dealer', organisation_id = %(dealer)s WHERE login = 'dealer'", world.organisations
    )
    world.conn.execute("UPDATE organisation SET parent_id = %(dealer)s WHERE name = 'North'", world.organisations)
    world.conn.execute("UPDATE organisation SET active = true WHERE name = 'Dealer'")


@pytest.mark.parametrize("lose", [demote, move_organisation, move_person, close_organisation])
async def test_the_webhook_of_a_person_who_lost_the_right_stops(world, clients, receiver, api_database, restored, lose):
    path = f"/{lose.__name__}"
    async with clients.of("owner") as owner, clients.of("dealer") as dealer:
        north = (await owner.get("/api/v1/auth/me")).json()["organisation"]["id"]
        theirs = await make(dealer, receiver.url(path), kinds=["webhook.test"], organisation_id=north)
        mine = await make(owner, receiver.url(f"{path}-mine"), kinds=["webhook.test", "webhook.paused"])
        async with sender(api_database):
            world.log("digger", {"n": 1})
            await receiver.until(1, path)
        await lose(world)
        world.log("digger", {"n": 2})
        async with sender(api_database):
            paused = await becomes(owner, theirs, state="paused")
            assert paused["paused_reason"] == "right_lost"
            got = await receiver.until(3, f"{path}-mine")
            assert sorted(one.headers["ecc-event-kind"] for one in got) == ["webhook.paused"] + ["webhook.test"] * 2
            assert len(receiver.events(path)) == 1, "nothing from that instant on"
            assert (await state_of(owner, mine))["state"] == "active"
            await taken_over_by(owner, theirs)
            await receiver.until(2, path)


async def taken_over_by(http, hook):
    shown = await http.get(f"{WEBHOOKS}/{hook['id']}")
    answer = await http.patch(
        f"{WEBHOOKS}/{hook['id']}", json={"active": True}, headers={"if-match": shown.headers["etag"]}
    )
    assert (answer.json()["state"], answer.json()["paused_reason"]) == ("active", None)


async def test_the_webhook_of_a_client_whose_organisation_stands_above_no_more_stops(
    world, clients, receiver, api_database, restored
):
    async with clients.of("dealer") as dealer, clients.of("owner") as owner:
        north = (await owner.get("/api/v1/auth/me")).json()["organisation"]["id"]
        client = (await dealer.post(CLIENTS, json={"name": "Above", "scopes": ["fleet:read", "webhooks"]})).json()
        async with clients.anybody(**{"x-api-key": client["secret"]}) as http:
            hook = await make(http, receiver.url("/above"), kinds=["webhook.test"], organisation_id=north)
        await move_organisation(world)
        world.log("digger", {"n": "moved"})
        async with sender(api_database):
            assert (await becomes(owner, hook, state="paused"))["paused_reason"] == "right_lost"
        assert receiver.events("/above") == []


async def test_a_webhook_waits_while_its_own_organisation_is_not_active(world, clients, receiver, api_database):
    async with clients.of("stranger") as owner:
        hook = await make(owner, receiver.url("/waits"), kinds=["webhook.test"])
        world.conn.execute("UPDATE organisation SET active = false WHERE name = 'South'")
        world.log("crane", {"n": 1})
        async with clients.of("owner") as north, sender(api_database):
            await make(north, receiver.url("/meanwhile"), kinds=["webhook.test"])
            world.log("digger", {"n": 1})
            await receiver.until(1, "/meanwhile")
            assert receiver.events("/waits") == []
            world.conn.execute("UPDATE organisation SET active = true WHERE name = 'South'")
            await receiver.until(1, "/waits")
        assert (await state_of(owner, hook))["state"] == "active"


async def test_a_webhook_that_failed_stays_its_clients(world, clients, receiver):
    _, http = await program(clients)
    async with http, clients.of("owner") as owner:
        hook = await make(http, receiver.url("/failed"), kinds=["webhook.test"])
        world.conn.execute(
            "UPDATE webhook SET paused_at = now(), paused_reason = 'failing' WHERE public_id = %s", [hook["id"]]
        )
        answer = await owner.patch(f"{WEBHOOKS}/{hook['id']}", json={"active": True}, headers={"if-match": '"1"'})
        assert answer.json()["state"] == "active"
        assert (await http.get(f"{WEBHOOKS}/{hook['id']}")).status_code == 200
