"""Webhooks: what happens when an event is not taken; on a real receiver."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from storage.webhook_sending import Endpoint
from tests.api.webhook_stand import FAILING, becomes, make, sender
from usecases.webhook_retries import TRIED_FOR, verdict

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def test_what_is_not_taken_is_sent_again_in_order_and_nothing_overtakes(
    world, clients, receiver, api_database, monkeypatch
):
    # How pauses grow is tested below; a test does not wait for them.
    monkeypatch.setattr("usecases.webhook_retries.SHORTEST_PAUSE", timedelta(seconds=0.2))
    receiver.answers["/flaky"] = FAILING
    async with clients.of("owner") as http, sender(api_database):
        made = await make(http, receiver.url("/flaky"), kinds=["webhook.test"])
        for n in range(3):
            world.log("digger", {"n": n})
        await receiver.until(3, "/flaky")
        held = await becomes(http, made, state="retrying")
        assert held["next_attempt_at"] is not None
        receiver.answers.pop("/flaky")
        third = world.conn.execute(
            "SELECT xact::text || '-' || id FROM event_log ORDER BY xact DESC, id DESC LIMIT 1"
        ).fetchone()[0]
        await becomes(http, made, state="active", cursor=third)
        events = receiver.events("/flaky")
        assert len(set(events[:-2])) == 1, "the first again and again, before any other"
        assert [e for i, e in enumerate(events) if i == 0 or e != events[i - 1]] == list(dict.fromkeys(events))
        log = (await http.get(f"/api/v1/webhooks/{made['id']}/deliveries", params={"outcome": "retrying"})).json()
        assert {(d["status"], d["answer"], d["event"]) for d in log["items"]} == {(500, "oops", events[0])}
        assert [d["attempt"] for d in log["items"]] == list(range(len(log["items"]), 0, -1))


@pytest.mark.parametrize(
    ("status", "attempts", "age", "failed", "outcome", "pause"),
    [
        pytest.param(204, 7, timedelta(hours=3), 2, "delivered", None, id="taken"),
        pytest.param(None, 0, timedelta(0), 0, "retrying", None, id="no answer"),
        pytest.param(404, 3, timedelta(minutes=1), 0, "retrying", None, id="not found may be mended"),
        pytest.param(500, 40, TRIED_FOR - timedelta(minutes=30), 0, "failed", None, id="a day is over"),
        pytest.param(500, 0, timedelta(0), 1, "failed", None, id="behind a given up one: one attempt"),
        pytest.param(500, 0, timedelta(0), 4, "failed", "failing", id="the fifth in a row"),
        pytest.param(410, 0, timedelta(0), 0, "failed", "gone", id="gone"),
    ],
)
async def test_what_follows_from_an_answer(status, attempts, age, failed, outcome, pause):
    now = datetime(2026, 11, 22, tzinfo=UTC)
    names = Endpoint.__dataclass_fields__
    known = {"attempts": attempts, "first_attempt_at": now - age if attempts else None, "failed_in_a_row": failed}
    endpoint = Endpoint(**dict.fromkeys(names) | known)
    found = verdict(endpoint, status, now)
    assert (found.outcome, found.pause) == (outcome, pause)
    if outcome == "retrying":
        assert timedelta(seconds=5) <= found.next_attempt_at - now <= timedelta(hours=1)


async def test_after_too_many_given_up_it_is_paused_its_owner_is_told_and_it_can_go_on(
    world, clients, receiver, api_database, monkeypatch
):
    monkeypatch.setattr("usecases.webhook_retries.TRIED_FOR", timedelta(0))  # a day, in production
    receiver.answers["/dead"] = FAILING
    async with clients.of("owner") as http, sender(api_database):
        made = await make(http, receiver.url("/dead"), kinds=["webhook.test"])
        watcher = await make(http, receiver.url("/watcher"), kinds=["webhook.paused"])
        for n in range(7):
            world.log("digger", {"n": n})
        paused = await becomes(http, made, state="paused")
        assert (paused["paused_reason"], paused["failed_in_a_row"], len(receiver.events("/dead"))) == ("failing", 5, 5)
        (told,) = await receiver.until(1, "/watcher")
        assert told.content["data"]["payload"]["webhook_id"] == made["id"]
        assert watcher["id"] == told.headers["ecc-webhook-id"]
        receiver.answers.pop("/dead")
        await asyncio.sleep(0.3)
        assert len(receiver.events("/dead")) == 5, "paused is paused"
        again = await http.patch(
            f"/api/v1/webhooks/{made['id']}", json={"active": True}, headers={"if-match": f'"{paused["version"]}"'}
        )
        assert again.json()["state"] == "active"
        got = await receiver.until(7, "/dead")
        assert [one.content["data"]["payload"]["n"] for one in got] == list(range(7))
        first = got[0].event
        xact, entry = first.split("-")
        back = await http.post(f"/api/v1/webhooks/{made['id']}/replay", json={"from": f"{xact}-{int(entry) - 1}"})
        assert back.status_code == 200, back.text
        got = await receiver.until(14, "/dead")
        assert [one.event for one in got[7:]] == [one.event for one in got[:7]], "with their ids"
