"""Webhooks: who may have which, where they may point, how they are signed; bad receivers."""

import json
import re
from textwrap import dedent

import psycopg
import pytest

from app.webhook_post import Post
from fleet.errors import InvalidInput
from tests.api.webhook_stand import becomes, make, sender, state_of
from tests.conftest import CHECKOUT
from tests.receivers import dribbling, endless, hanging, plain
from usecases.webhook_addresses import check_url

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest.mark.parametrize(
    ("path", "answer", "status", "error"),
    [
        pytest.param("/hang", hanging, None, "no complete answer within 0.5 s", id="hanging"),
        pytest.param("/drib", dribbling, None, "no complete answer within 0.5 s", id="an answer that never ends"),
        pytest.param(
            "/moved",
            plain(b"HTTP/1.1 302 Found\r\nLocation: /elsewhere\r\nContent-Length: 0\r\n\r\n"),
            302,
            "redirects are not followed",
            id="redirecting",
        ),
        pytest.param("/rude", plain(b"nonsense\r\n\r\n"), None, "RemoteProtocolError", id="no HTTP"),
    ],
)
async def test_a_bad_receiver_costs_one_bounded_attempt(
    world, clients, receiver, api_database, path, answer, status, error
):
    receiver.answers[path] = answer
    within_s = 0.5 if "0.5 s" in error else 20.0
    async with clients.of("owner") as http, sender(api_database, within_s=within_s):
        made = await make(http, receiver.url(path), kinds=["webhook.test"])
        good = await make(http, receiver.url(f"{path}-good"), kinds=["webhook.test"])
        world.log("digger", {"n": path})
        await receiver.until(1, f"{path}-good")
        held = await becomes(http, made, state="retrying")
        assert (await state_of(http, good))["state"] == "active"
        *_, kept = (await http.get(f"/api/v1/webhooks/{made['id']}/deliveries")).json()["items"]  # the first attempt
        assert (kept["status"], kept["error"].startswith(error)) == (status, True), kept
        assert kept["latency_ms"] < 30_000, "it would hang for a minute"
        assert held["cursor"] != kept["event"]
        assert receiver.events("/elsewhere") == []


async def test_of_a_huge_answer_little_is_read(world, clients, receiver, api_database):
    receiver.answers["/huge"] = endless
    async with clients.of("owner") as http, sender(api_database):
        made = await make(http, receiver.url("/huge"), kinds=["webhook.test"])
        world.log("digger", {"n": "huge"})
        (got,) = await receiver.until(1, "/huge")
        await becomes(http, made, cursor=got.event)
        items = (await http.get(f"/api/v1/webhooks/{made['id']}/deliveries")).json()["items"]
        assert (items[0]["outcome"], items[0]["answer"]) == ("delivered", "x" * 1000)


@pytest.mark.parametrize(
    "url",
    [
        "http://example.com/",
        "https://127.0.0.1/",
        "https://10.0.0.8/x",
        "https://169.254.169.254/latest/meta-data",
        "https://168.63.129.16/",
        "https://100.100.100.200/",
        "https://0.0.0.0/",
        "https://[::1]/",
        "https://[::ffff:10.0.0.1]/",
        "https://[64:ff9b::7f00:1]/",
        "https://[2002:7f00:1::]/",
        "https://[fd00:ec2::254]/",
        "https://[fe80::1]/",
        "https://224.0.0.1/",
        "https://user:secret@example.com/",
        "https://example.com/#part",
        "https://example.com\\@127.0.0.1/",
        "https://exa mple.com/",
        "https:///path",
        "https://example.com:0/",
        "ftp://example.com/",
        "https://example.com/" + "x" * 2000,
    ],
)
async def test_an_address_that_is_not_public_https_is_refused(url):
    with pytest.raises(InvalidInput):
        check_url(url, allow_private=False)


async def test_a_public_address_is_taken():
    check_url("https://hooks.example.com:8443/ecc?team=7", allow_private=False)


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "[::ffff:127.0.0.1]", "0.0.0.0"])
async def test_a_name_that_points_inside_is_not_connected_to(receiver, host):
    post = Post(allow_private=False)
    answer = await post.send(f"http://{host}:{receiver.port}/inside", {}, b"{}")
    await post.close()
    assert (answer.status, answer.error) == (None, "the address is private, local or reserved")
    assert not [one for one in receiver.got if one.path == "/inside"]


async def test_a_new_secret_signs_beside_the_old_one_until_the_overlap_is_over(world, clients, receiver, api_database):
    async with clients.of("owner") as http, sender(api_database):
        made = await make(http, receiver.url("/rotated"), kinds=["webhook.test"])
        rotated = (await http.post(f"/api/v1/webhooks/{made['id']}/secret", json={"overlap_hours": 1})).json()
        assert rotated["secret"] != made["secret"]
        assert rotated["old_secret_until"] is not None
        world.log("digger", {"n": "both"})
        (both,) = await receiver.until(1, "/rotated")
        assert both.is_signed_by(made["secret"])
        assert both.is_signed_by(rotated["secret"])
        await http.post(f"/api/v1/webhooks/{made['id']}/secret", json={"overlap_hours": 0})
        world.log("digger", {"n": "new"})
        _, one = await receiver.until(2, "/rotated")
        assert not one.is_signed_by(made["secret"])
        assert not one.is_signed_by(rotated["secret"])
        assert one.headers["ecc-signature"].count("v1=") == 1
    kept = world.conn.execute("SELECT coalesce(before::text, '') || coalesce(after::text, '') FROM audit").fetchall()
    assert kept
    assert not [row for (row,) in kept if "whsec_" in row], "no secret in the audit"


async def test_a_foreign_webhook_is_not_there_and_filters_name_only_what_is_ones_own(world, clients, receiver):
    async with clients.of("owner") as owner, clients.of("stranger") as stranger, clients.of("dealer") as dealer:
        made = await make(owner, receiver.url("/mine"))
        for method, path, body in (
            ("GET", "", None),
            ("PATCH", "", {"active": False}),
            ("DELETE", "", None),
            ("POST", "/secret", {}),
            ("POST", "/test", None),
            ("POST", "/replay", {"from": "1-1"}),
            ("GET", "/deliveries", None),
        ):
            answer = await stranger.request(
                method, f"/api/v1/webhooks/{made['id']}{path}", json=body, headers={"if-match": '"1"'}
            )
            assert answer.status_code == 404, (method, path, answer.text)
        assert (await stranger.get("/api/v1/webhooks")).json()["items"] == []
        assert [w["id"] for w in (await dealer.get("/api/v1/webhooks")).json()["items"]] == [made["id"]]
        for filters in ({"machines": ["pin:PIN-crane"]}, {"organisations": [made["organisation_id"]]}):
            answer = await stranger.post("/api/v1/webhooks", json={"url": receiver.url("/x"), **filters})
            assert (answer.status_code == 201) == ("machines" in filters), filters
        answer = await owner.post("/api/v1/webhooks", json={"url": receiver.url("/x"), "machines": ["pin:PIN-crane"]})
        assert answer.status_code == 404


async def test_a_change_keeps_conditions_that_are_not_named_in_it(world, clients, receiver):
    """A condition on what is not seen any more is not dropped by a change of something else: that would widen it."""
    async with clients.of("owner") as http:
        made = await make(http, receiver.url("/kept"), machines=["pin:PIN-digger"])
        world.conn.execute("UPDATE webhook SET machine_ids = %s", [[world.machines["crane"]]])
        answer = await http.patch(
            f"/api/v1/webhooks/{made['id']}", json={"description": "new"}, headers={"if-match": '"1"'}
        )
        assert answer.status_code == 200, answer.text
        row = world.conn.execute("SELECT machine_ids, description FROM webhook").fetchone()
        assert row == ([world.machines["crane"]], "new")


@pytest.mark.parametrize(
    ("role", "statement"),
    [
        ("ecc_api", "SELECT secret FROM webhook_secret"),
        ("ecc_api", "UPDATE webhook_secret SET secret = 'known'"),
        ("ecc_api", "INSERT INTO webhook_delivery DEFAULT VALUES"),
        ("ecc_api", "UPDATE webhook SET organisation_id = 1"),
        ("ecc_sender", "UPDATE webhook SET url = 'https://elsewhere'"),
        ("ecc_sender", "DELETE FROM webhook"),
        ("ecc_sender", "DELETE FROM event_log"),
        ("ecc_sender", "UPDATE webhook_delivery SET outcome = 'delivered'"),
        ("ecc_sender", "SELECT FROM app_session"),
        ("ecc_gateway", "SELECT FROM webhook"),
        ("ecc_housekeeping", "SELECT FROM webhook_secret"),
    ],
)
async def test_each_role_may_do_its_part_and_no_more(api_database, role, statement):
    with psycopg.connect(api_database.url(role)) as conn, pytest.raises(psycopg.errors.InsufficientPrivilege):
        conn.execute(statement)


async def test_the_signed_body_is_what_is_documented(world, clients, receiver, api_database):
    async with clients.of("owner") as http, sender(api_database):
        made = await make(http, receiver.url("/shape"), kinds=["webhook.test"])
        world.log("digger", {"n": 1})
        (got,) = await receiver.until(1, "/shape")
        assert set(json.loads(got.body)) == {"id", "kind", "at", "webhook_id", "event", "data"}
        assert {name for name in got.headers if name.startswith("ecc-")} == {
            "ecc-webhook-id",
            "ecc-event-id",
            "ecc-event-kind",
            "ecc-signature",
        }
        text = (CHECKOUT / "docs" / "live-and-webhooks.md").read_text()
        documented: dict[str, object] = {}
        exec(dedent(re.search(r"\n(    import hashlib.*?)\n\n\*\*Keep", text, re.DOTALL)[1]), documented)
        is_genuine = documented["is_genuine"]
        assert is_genuine(got.headers["ecc-signature"], got.body, made["secret"])
        assert not is_genuine(got.headers["ecc-signature"], got.body + b" ", made["secret"])
        assert not is_genuine(got.headers["ecc-signature"], got.body, "whsec_another")
