"""What people do with alarms over HTTP: one wins, the other is told who; every deed is a transition."""

import asyncio
from datetime import UTC, datetime, timedelta

import psycopg
import pytest

from storage.pool import connect
from tests.api.world import NOW
from usecases.tend_alarms import tend_alarms

pytestmark = pytest.mark.asyncio(loop_scope="module")
REASON = {"reason": "Sender ordered."}


def soon(**ahead: float) -> dict[str, str]:
    return REASON | {"until": (datetime.now(UTC) + timedelta(**ahead)).isoformat()}


@pytest.fixture(scope="module")
def housekeeping(world, api_database):
    with connect(api_database.url("ecc_housekeeping"), application="test") as conn:
        conn.autocommit = True
        yield conn


async def told(http, alarm_id):
    alarm = (await http.get(f"/api/v1/alarms/{alarm_id}")).raise_for_status().json()
    return alarm, [t["kind"] for t in alarm["transitions"]]


async def test_an_alarm_that_went_unseen_is_acknowledged_and_over(world, clients):
    alarm_id = world.alarm("digger", key="gone", state="cleared", lifecycle="returned_unacknowledged")
    async with clients.of("dealer") as http:
        listed = (await http.get("/api/v1/alarms", params={"lifecycle": "returned_unacknowledged"})).json()["items"]
        assert [one["id"] for one in listed] == [str(alarm_id)]
        alarm = (await http.post(f"/api/v1/alarms/{alarm_id}/acknowledge")).raise_for_status().json()
        assert (alarm["lifecycle"], alarm["state"], alarm["acknowledged_by"]) == ("normal", "cleared", "dealer")
        again = await http.post(f"/api/v1/alarms/{alarm_id}/acknowledge")
    assert again.status_code == 409
    assert "dealer (acknowledged" in again.json()["detail"]


async def test_a_latched_alarm_stays_until_it_is_reset(world, clients):
    alarm_id = world.alarm("digger", key="latches", state="cleared", lifecycle="returned_unacknowledged")
    world.conn.execute("UPDATE alarm SET asks = 'reset' WHERE alarm_id = %s", [alarm_id])
    path = f"/api/v1/alarms/{alarm_id}"
    async with clients.of("expert") as http:
        assert (await http.post(f"{path}/reset")).status_code == 409, "nobody has acknowledged it"
        assert (await http.post(f"{path}/acknowledge")).json()["lifecycle"] == "latched"
        assert (await http.post(f"{path}/reset")).json()["lifecycle"] == "normal"
        assert (await http.post(f"{path}/reset")).status_code == 409
        _, kinds = await told(http, alarm_id)
    assert kinds == ["raised", "acknowledged", "reset"]


async def test_what_cannot_be_reset_is_told_why(world, clients):
    alarm_id = world.alarm("digger", key="stands", lifecycle="active_unacknowledged")
    path, said = f"/api/v1/alarms/{alarm_id}", []
    async with clients.of("expert") as http:
        said.append(await http.post(f"{path}/reset"))
        await http.post(f"{path}/acknowledge")
        said.append(await http.post(f"{path}/reset"))
        for then in ("'cleared', 'returned_unacknowledged', 'reset'", "'cleared', 'normal', 'acknowledgement'"):
            world.conn.execute(f"UPDATE alarm SET (state, lifecycle, asks) = ({then}) WHERE alarm_id = '{alarm_id}'")
            said.append(await http.post(f"{path}/reset"))
    assert {one.status_code for one in said} == {409}
    stands, unseen = "It still stands, so it cannot be reset", "Nobody has acknowledged it yet"
    begun = [one.json()["detail"].split(":")[0] for one in said]
    assert begun == [stands, stands, unseen, "It does not latch, so there is nothing to reset."]


async def test_what_is_shelved_calls_nobody_until_its_time_is_over_once(world, clients, housekeeping):
    world.machine("shelved", owner="north")
    alarm_id = world.alarm("shelved")
    path = f"/api/v1/alarms/{alarm_id}"
    async with clients.of("dealer") as http:
        shelved = (await http.post(f"{path}/shelve", json=soon(hours=1))).raise_for_status().json()
        assert (shelved["suppression"], shelved["hold"]["by"], shelved["hold"]["reason"]) == (
            *("shelved", "dealer"),
            REASON["reason"],
        )
        refused = await http.post(f"{path}/shelve", json=soon(hours=1))
        assert (refused.status_code, "dealer" in refused.json()["detail"]) == (409, True)
        held = (await http.get("/api/v1/alarms", params={"held_back": True, "machine": "pin:PIN-shelved"})).json()
        assert [one["id"] for one in held["items"]] == [str(alarm_id)]
        over = datetime.now(UTC) + timedelta(hours=2)
        assert tend_alarms(housekeeping, now=datetime.now(UTC)) == {}
        assert tend_alarms(housekeeping, now=over)["unshelved"] == 1
        assert "unshelved" not in tend_alarms(housekeeping, now=over)
        alarm, kinds = await told(http, alarm_id)
    assert (alarm["suppression"], alarm["hold"]) == (None, None)
    assert kinds[:3] == ["raised", "shelved", "unshelved"]
    assert alarm["transitions"][2]["actor"] == "platform"


async def test_of_two_who_shelve_at_once_one_wins(world, clients):
    world.machine("wanted", owner="north")
    alarm_id = world.alarm("wanted")
    async with clients.of("dealer") as one, clients.of("expert") as two:
        bodies = [(one, soon(hours=1)), (two, soon(hours=2))]
        answers = await asyncio.gather(
            *(http.post(f"/api/v1/alarms/{alarm_id}/shelve", json=body) for http, body in bodies)
        )
        _, kinds = await told(two, alarm_id)
    assert sorted(a.status_code for a in answers) == [200, 409]
    assert kinds == ["raised", "shelved"]


async def test_an_alarm_raised_while_its_source_is_held_back_is_held_back_too(world, clients):
    """The hold is on the machine and source: a chattering alarm comes again and stays quiet."""
    world.machine("quiet", owner="north")
    first = world.alarm("quiet", key="chatters", state="cleared")
    async with clients.of("dealer") as http:
        await http.post(f"/api/v1/alarms/{first}/shelve", json=soon(hours=1))
        second = world.alarm("quiet", key="chatters", raised_at=NOW)
        row = world.conn.execute(
            "SELECT alarm_suppression(machine_id, source_kind, source_key) FROM alarm WHERE alarm_id = %s", [second]
        ).fetchone()
        assert row == ("shelved",)
        world.conn.execute("UPDATE alarm SET suppression = 'shelved' WHERE alarm_id = %s", [second])
        freed = (await http.post(f"/api/v1/alarms/{first}/unshelve")).raise_for_status().json()
        assert freed["hold"] is None
        alarm, kinds = await told(http, second)
    assert (alarm["suppression"], kinds) == (None, ["raised", "unshelved"])


async def test_out_of_service_ends_shelving_and_lasts_until_somebody_returns_it(world, clients, housekeeping):
    world.machine("retired", owner="north")
    alarm_id = world.alarm("retired")
    path = f"/api/v1/alarms/{alarm_id}"
    async with clients.of("dealer") as http:
        await http.post(f"{path}/shelve", json=soon(hours=1))
        out = (await http.post(f"{path}/take-out-of-service", json=REASON)).raise_for_status().json()
        assert (out["suppression"], out["hold"]["until"]) == ("out_of_service", None)
        assert (await http.post(f"{path}/unshelve")).status_code == 409
        assert (await http.post(f"{path}/shelve", json=soon(hours=1))).status_code == 409
        tend_alarms(housekeeping, now=datetime.now(UTC) + timedelta(days=400))
        back = (await http.post(f"{path}/return-to-service")).raise_for_status().json()
        _, kinds = await told(http, alarm_id)
    assert back["suppression"] is None
    assert [kind for kind in kinds if kind != "escalated"] == [
        "raised",
        "shelved",
        "out_of_service",
        "returned_to_service",
    ]


@pytest.mark.parametrize(
    ("body", "where"),
    [
        pytest.param(soon(days=8), "until", id="more than a week"),
        pytest.param(soon(seconds=-1), "until", id="past"),
        pytest.param(soon(hours=1) | {"reason": "  "}, "reason", id="no reason"),
    ],
)
async def test_shelving_takes_a_time_and_a_reason(world, clients, body, where):
    alarm_id = world.alarm("digger", key=f"unshelvable {where} {body['until']}")
    async with clients.of("dealer") as http:
        answer = await http.post(f"/api/v1/alarms/{alarm_id}/shelve", json=body)
    assert (answer.status_code, answer.json()["errors"][0]["where"]) == (422, where)


async def test_comments_assignment_and_investigation_are_kept_with_the_alarm(world, clients):
    world.machine("worked", owner="north")
    alarm_id = world.alarm("worked")
    path = f"/api/v1/alarms/{alarm_id}"
    async with clients.of("dealer") as http, clients.of("expert") as expert:
        me = (await http.get("/api/v1/auth/me")).json()["id"]
        said = (await http.post(f"{path}/comments", json={"text": "Called the owner."})).raise_for_status().json()
        assert said["transitions"][-1]["detail"] == {"text": "Called the owner."}
        taken = (await http.post(f"{path}/assign", json={"to": me})).raise_for_status().json()
        assert taken["assigned_to"] == "dealer"
        listed = (await http.get("/api/v1/alarms", params={"assigned_to": me})).json()["items"]
        assert [one["id"] for one in listed] == [str(alarm_id)]
        hers = (await expert.get("/api/v1/auth/me")).json()["id"]
        refused = await expert.post(f"{path}/assign", json={"to": hers})
        assert (refused.status_code, "dealer" in refused.json()["detail"]) == (409, True)
        over = (await expert.post(f"{path}/assign", json={"to": hers, "instead_of": me})).raise_for_status().json()
        assert over["assigned_to"] == "expert"
        assert (await expert.post(f"{path}/investigate", json={"begins": True})).json()["investigated_by"] == "expert"
        assert (await http.post(f"{path}/investigate", json={})).status_code == 409
        ended = (await http.post(f"{path}/investigate", json={"begins": False})).raise_for_status().json()
        assert (ended["investigating_since"], ended["assigned_to"]) == (None, "expert")
        _, kinds = await told(http, alarm_id)
        assert kinds == ["raised", "commented", "assigned", "assigned", "investigating", "investigating"]
        nobody = await http.post(f"{path}/assign", json={"to": str(alarm_id)})
        assert (nobody.status_code, nobody.json()["errors"][0]["code"]) == (404, "person_not_seen")


async def test_of_two_who_take_an_alarm_at_once_one_has_it(world, clients):
    alarm_id = world.alarm("digger", key="taken")
    async with clients.of("dealer") as one, clients.of("expert") as two:
        ids = [(await http.get("/api/v1/auth/me")).json()["id"] for http in (one, two)]
        answers = await asyncio.gather(
            *(
                http.post(f"/api/v1/alarms/{alarm_id}/assign", json={"to": person})
                for http, person in zip((one, two), ids, strict=True)
            )
        )
    assert sorted(a.status_code for a in answers) == [200, 409]


async def test_a_verdict_is_told_on_the_alarm(world, clients):
    alarm_id = world.alarm("digger", key="judged")
    async with clients.of("expert") as http:
        alarm, _ = await told(http, alarm_id)
        await http.post(f"/api/v1/findings/{alarm['finding_id']}/verdicts", json={"verdict": "nuisance"})
        alarm, kinds = await told(http, alarm_id)
    assert kinds == ["raised", "judged"]
    assert alarm["transitions"][-1]["detail"] == {"verdict": "nuisance"}


@pytest.mark.parametrize(
    "command",
    ["acknowledge", "reset", "shelve", "unshelve", "take-out-of-service", "return-to-service", "comments", "assign"],
)
async def test_an_owner_and_a_stranger_give_no_commands(world, clients, command):
    alarm_id = world.alarm("digger", key=f"owned {command}")
    body = {"shelve": soon(hours=1), "take-out-of-service": REASON, "comments": {"text": "x"}, "assign": {"to": None}}
    async with clients.of("owner") as owner, clients.of("stranger") as stranger:
        for http in (owner, stranger):
            answer = await http.post(f"/api/v1/alarms/{alarm_id}/{command}", json=body.get(command))
            assert answer.status_code == 403
    assert world.conn.execute("SELECT count(*) FROM alarm_transition WHERE alarm_id = %s", [alarm_id]).fetchone() == (
        1,
    )


async def test_what_belongs_together_is_one_group(world, clients):
    world.machine("grouped", owner="south")
    root = world.alarm("grouped", key="root", raised_at=NOW - timedelta(minutes=9))
    for n in range(3):
        follower = world.alarm("grouped", key=f"follower {n}", severity="low")
        world.conn.execute("UPDATE alarm SET inhibited_by = %s WHERE alarm_id = %s", [root, follower])
    world.alarm("grouped", key="over", state="cleared")
    async with clients.of("stranger") as http:
        by_machine = (await http.get("/api/v1/alarms/groups")).raise_for_status().json()
        by_cause = (await http.get("/api/v1/alarms/groups", params={"by": "cascade"})).json()
    group = next(one for one in by_machine["items"] if one["name"] == "grouped")
    assert (group["alarms"], group["severity"], group["first_out"]) == (4, "critical", str(root))
    assert (by_machine["groups"], by_machine["alarms"]) == (len(by_machine["items"]), by_cause["alarms"])
    assert {one["key"]: one["alarms"] for one in by_cause["items"]}[str(root)] == 4


async def test_who_was_told_is_seen_on_the_alarm(world, clients):
    alarm_id = world.alarm("digger", key="told")
    world.conn.execute(
        """
        WITH made AS (
            INSERT INTO notice (public_id, user_id, channel, kind, severity, alarm_id, language, subject, body, state,
                                made_at, due_at, ended_at)
            SELECT gen_random_uuid(), user_id, 'email', 'alarm', 'critical', %(alarm)s, 'en', 'Low oil', 'Stop.',
                'sent', now(), now(), now()
            FROM app_user WHERE login = 'owner' RETURNING notice_id, user_id
        ), delivered AS (
            INSERT INTO notice_delivery (notice_id, attempt, first_at, at, outcome, answer)
            SELECT notice_id, 1, now(), now(), 'delivered', '250 Ok' FROM made
        )
        INSERT INTO notice_told (source, source_id, user_id, channel, notice_id)
        SELECT 'alarm', transition_id, user_id, 'email', notice_id
        FROM made, alarm_transition WHERE alarm_id = %(alarm)s
        """,
        {"alarm": alarm_id},
    )
    async with clients.of("expert") as http, clients.of("stranger") as stranger:
        items = (await http.get(f"/api/v1/alarms/{alarm_id}/notices")).raise_for_status().json()["items"]
        assert (await stranger.get(f"/api/v1/alarms/{alarm_id}/notices")).status_code == 404
    assert [(one["to"], one["transition"], one["subject"], one["answer"]) for one in items] == [
        ("owner", "raised", "Low oil", "250 Ok")
    ]


async def test_the_rows_of_an_alarms_history_cannot_be_changed_by_the_api(api_database):
    with psycopg.connect(api_database.url("ecc_api")) as conn:
        conn.execute("SELECT set_config('ecc.organisation_id', platform_organisation()::text, true)")
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            conn.execute("UPDATE alarm_transition SET actor = 'nobody'")
