"""Webhooks: what is sent to whom, and in which order; on a real receiver."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from tests.api.webhook_stand import becomes, make, sender, state_of
from tests.receivers import OK

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def test_an_alarm_is_sent_signed_with_its_place_in_the_log_and_its_attempt_is_kept(
    world, clients, receiver, api_database
):
    async with clients.of("owner") as http, sender(api_database):
        made = await make(http, receiver.url("/first"), kinds=["alarm.*"], description="workshop")
        assert made["secret"].startswith("whsec_")
        assert "secret" not in await state_of(http, made)
        world.log("digger", {"other": "kind"})
        alarm_id = world.alarm("digger", key="hooked", raised_at=datetime.now(UTC))
        (got,) = await receiver.until(1, "/first")
        content = got.content
        assert (content["kind"], content["event"], content["id"]) == ("alarm.raised", "alarm", got.event)
        assert content["data"]["alarm"]["id"] == str(alarm_id)
        assert content["webhook_id"] == made["id"] == got.headers["ecc-webhook-id"]
        assert got.is_signed_by(made["secret"])
        assert not got.is_signed_by("whsec_another")
        at_s = int(got.headers["ecc-signature"].split(",")[0].removeprefix("t="))
        assert abs(at_s - datetime.now(UTC).timestamp()) < 30
        await becomes(http, made, cursor=got.event, state="active")
        page = (await http.get(f"/api/v1/webhooks/{made['id']}/deliveries")).json()
        (kept,) = page["items"]
        assert (kept["event"], kept["outcome"], kept["status"], kept["answer"]) == (got.event, "delivered", 200, "ok")


async def test_filters_are_those_of_the_live_stream_and_strangers_get_nothing(world, clients, receiver, api_database):
    world.machine("second", owner="north", kind="wheel_loader")
    async with clients.of("owner") as owner, clients.of("stranger") as stranger, sender(api_database):
        await make(owner, receiver.url("/one"), machines=["pin:PIN-second"], kinds=["webhook.*"])
        await make(owner, receiver.url("/kind"), machine_kinds=["wheel_loader"], kinds=["webhook.test"])
        await make(owner, receiver.url("/severe"), severities=["critical"])
        await make(stranger, receiver.url("/stranger"))
        world.log("digger", {"n": 1})
        world.log("second", {"n": 2})
        world.alarm("digger", key="severe", severity="low")
        world.alarm("second", key="severe", severity="critical")
        world.log("second", {"n": 3})
        for path in ("/one", "/kind"):
            got = await receiver.until(2, path)
            assert [one.content["data"]["payload"]["n"] for one in got] == [2, 3], path
        (alarm,) = await receiver.until(1, "/severe")
        assert alarm.content["data"]["alarm"]["severity"] == "critical"
        assert receiver.events("/stranger") == []


async def test_what_is_seen_is_decided_by_the_time_of_the_event(world, clients, receiver, api_database):
    """A sale between the event and its delivery changes nothing; events after it are the new owner's."""
    world.machine("traded", owner=None)
    sold_at = datetime.now(UTC)
    world.own("traded", "north", to_at=sold_at)
    world.own("traded", "south", from_at=sold_at)
    async with clients.of("owner") as owner, clients.of("stranger") as stranger:
        await make(owner, receiver.url("/seller"), kinds=["webhook.test"])
        await make(stranger, receiver.url("/buyer"), kinds=["webhook.test"])
        world.conn.execute(
            "INSERT INTO event_log (at, machine_id, kind, payload) VALUES (%s, %s, 'webhook.test', '{\"n\": 1}')",
            [sold_at - timedelta(seconds=1), world.machines["traded"]],
        )
        world.log("traded", {"n": 2})
        async with sender(api_database):
            (before,) = await receiver.until(1, "/seller")
            (after,) = await receiver.until(1, "/buyer")
            await asyncio.sleep(0.3)
        assert (before.content["data"]["payload"]["n"], after.content["data"]["payload"]["n"]) == (1, 2)
        assert (len(receiver.events("/seller")), len(receiver.events("/buyer"))) == (1, 1)


async def test_a_share_of_alarms_alone_brings_alarms(world, clients, receiver, api_database):
    world.machine("shared", owner="south")
    world.share("shared", "north", data_class="hours")
    async with clients.of("owner") as owner, clients.of("stranger") as stranger, sender(api_database):
        await make(owner, receiver.url("/hours"), kinds=["alarm.*"])
        await make(stranger, receiver.url("/owner"), kinds=["alarm.*"])
        world.alarm("shared", key="unseen", raised_at=datetime.now(UTC))
        await receiver.until(1, "/owner")
        await asyncio.sleep(0.3)
        assert receiver.events("/hours") == []


async def test_a_test_is_sent_whatever_the_state_and_once(world, clients, receiver, api_database):
    async with clients.of("owner") as http, sender(api_database):
        made = await make(http, receiver.url("/tested"), kinds=["alarm.*"], active=False)
        asked = await http.post(f"/api/v1/webhooks/{made['id']}/test")
        assert asked.status_code == 202
        (got,) = await receiver.until(1, "/tested")
        assert (got.event, got.content["kind"]) == (asked.json()["event"], "webhook.test")
        assert got.is_signed_by(made["secret"])
        await asyncio.sleep(0.3)
        assert len(receiver.events("/tested")) == 1
        assert (await state_of(http, made))["state"] == "off"


async def test_replay_goes_back_to_a_time_and_refuses_what_is_no_place(world, clients, receiver, api_database):
    async with clients.of("owner") as http, sender(api_database):
        began = datetime.now(UTC)
        for n in range(3):
            world.log("digger", {"replayed": n}, kind="alarm.withdrawn")
        made = await make(http, receiver.url("/replayed"), kinds=["alarm.withdrawn"])
        url = f"/api/v1/webhooks/{made['id']}/replay"
        assert (await http.post(url, json={"from": began.isoformat()})).status_code == 200
        got = await receiver.until(3, "/replayed")
        assert [one.content["data"]["payload"]["replayed"] for one in got] == [0, 1, 2]
        for wrong in ("99999999999999-1", "nonsense", "2026-11-21T10:00:00"):
            assert (await http.post(url, json={"from": wrong})).status_code == 422, wrong


async def test_a_deleted_webhook_and_one_that_is_off_get_nothing(world, clients, receiver, api_database):
    async with clients.of("owner") as http, sender(api_database):
        gone = await make(http, receiver.url("/gone"), kinds=["webhook.test"])
        off = await make(http, receiver.url("/off"), kinds=["webhook.test"])
        on = await make(http, receiver.url("/on"), kinds=["webhook.test"])
        assert (await http.delete(f"/api/v1/webhooks/{gone['id']}")).status_code == 428
        assert (await http.delete(f"/api/v1/webhooks/{gone['id']}", headers={"if-match": '"1"'})).status_code == 204
        stale = {"if-match": '"7"'}
        assert (
            await http.patch(f"/api/v1/webhooks/{off['id']}", json={"active": False}, headers=stale)
        ).status_code == 412
        changed = await http.patch(f"/api/v1/webhooks/{off['id']}", json={"active": False}, headers={"if-match": '"1"'})
        assert changed.headers["etag"] == '"2"'
        world.log("digger", {"n": "after"})
        await receiver.until(1, "/on")
        await asyncio.sleep(0.3)
        assert receiver.events("/gone") == receiver.events("/off") == []
        assert (await http.get(f"/api/v1/webhooks/{gone['id']}")).status_code == 404
        assert (await state_of(http, on))["state"] == "active"


@pytest.mark.parametrize("change", ["DELETE FROM webhook", "UPDATE webhook SET active = FALSE", "organisation"])
async def test_what_still_waits_is_not_sent_once_it_is_deleted_or_off(world, clients, receiver, api_database, change):
    off = "UPDATE organisation SET active = %s WHERE name = 'North'"

    async def answer(_, writer):
        world.conn.execute(*((off, [False]) if change == "organisation" else (change,)))
        writer.write(OK)

    receiver.got.clear()
    async with clients.of("owner") as http:
        await make(http, receiver.url("/stops"), kinds=["webhook.test"])
    receiver.answers["/stops"] = answer
    for n in range(4):
        world.log("digger", {"n": n})
    async with sender(api_database):
        await receiver.until(1, "/stops")
        await asyncio.sleep(0.5)
    world.conn.execute(off, [True])
    assert len(receiver.events("/stops")) == 1


async def test_two_senders_send_everything_once(world, clients, receiver, api_database):
    async with clients.of("owner") as http, sender(api_database), sender(api_database):
        await make(http, receiver.url("/twice"), kinds=["webhook.test"])
        for n in range(20):
            world.log("digger", {"n": n})
        await receiver.until(20, "/twice")
        await asyncio.sleep(0.5)
        assert len(receiver.events("/twice")) == len(set(receiver.events("/twice"))) == 20


async def test_a_sender_that_was_away_misses_nothing(world, clients, receiver, api_database):
    async with clients.of("owner") as http:
        await make(http, receiver.url("/away"), kinds=["webhook.test"])
        for n in range(5):
            world.log("digger", {"n": n})
            async with sender(api_database):
                await receiver.until(n + 1, "/away")
        got = [one.content["data"]["payload"]["n"] for one in receiver.got if one.path == "/away"]
        assert got == list(range(5))


async def test_the_delivery_log_is_kept_for_30_days(world, clients, receiver, api_database):
    async with clients.of("owner") as http:
        made = await make(http, receiver.url("/aged"), kinds=["alarm.withdrawn"])
        for days in (29, 31):
            world.conn.execute(
                "INSERT INTO webhook_delivery (webhook_id, organisation_id, event, kind, attempt, at, outcome, "
                "latency_ms) SELECT webhook_id, organisation_id, %s, 'test', 1, now() - make_interval(days => %s), "
                "'delivered', 1 FROM webhook",
                [f"{days}-1", days],
            )
        async with sender(api_database):
            await receiver.until(0, "/aged")
            await asyncio.sleep(0.5)
        items = (await http.get(f"/api/v1/webhooks/{made['id']}/deliveries")).json()["items"]
        assert [item["event"] for item in items] == ["29-1"]
