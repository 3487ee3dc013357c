"""What people say of how they are told, and that it is so; dead letters, texts, and links that answer."""

import asyncio
import re
from datetime import UTC, datetime

import pytest

pytestmark = pytest.mark.asyncio(loop_scope="module")

BASE = "/api/v1/notices"


async def choose(http, **change):
    version = (await http.get(f"{BASE}/preferences")).headers["etag"]
    answer = await http.patch(f"{BASE}/preferences", json=change, headers={"If-Match": version})
    assert answer.status_code == 200, answer.text
    return answer.json()


async def test_preferences_begin_as_the_organisation_is_told_and_change_by_version(clients, desk):
    async with clients.of("owner") as http:
        first = await http.get(f"{BASE}/preferences")
        assert first.json()["channels"] == {"email": ["critical", "high"]}
        assert first.json()["version"] == 0
        changed = await choose(http, quiet_from="22:00", quiet_to="06:30", channels={"email": ["low"]})
        assert (changed["quiet_from"], changed["quiet_to"], changed["version"]) == ("22:00", "06:30", 1)
        stale = await http.patch(f"{BASE}/preferences", json={"cleared": False}, headers={"If-Match": '"0"'})
        assert stale.status_code == 412
        half = await http.patch(f"{BASE}/preferences", json={"quiet_to": None}, headers={"If-Match": '"1"'})
        assert half.json()["errors"][0]["code"] == "quiet_half"
        nowhere = await http.post(f"{BASE}/test", json={"channel": "wecom"})
        assert nowhere.json()["errors"][0]["code"] == "notice_unreached"
        midnight = await http.patch(f"{BASE}/preferences", json={"digest_at": "24:00"}, headers={"If-Match": '"1"'})
        assert midnight.json()["errors"][0]["code"] == "midnight_is_0"
        always = await http.patch(f"{BASE}/preferences", json={"quiet_to": "22:00"}, headers={"If-Match": '"1"'})
        assert always.json()["errors"][0]["code"] == "quiet_all_day"
        assert changed["services"] is True
        assert (await choose(http, services=False))["services"] is False
    async with clients.of("stranger") as http:
        assert (await http.get(f"{BASE}/preferences")).json()["version"] == 0


async def test_an_address_is_told_nothing_until_its_code_is_entered_and_then_instead_of_the_record(
    world, clients, desk, mail
):
    async with clients.of("owner") as http:
        made = (await http.post(f"{BASE}/addresses", json={"channel": "email", "address": "new@example.com"})).json()
        (sent,) = await mail.until(1, "new")
        code = re.search(r"\b[0-9]{6}\b", sent.body).group()
        for wrong in ("000000", "999999"):  # an error is not kept, so its key may come again
            given = {"json": {"code": wrong}, "headers": {"Idempotency-Key": "verify"}}
            answer = await http.post(f"{BASE}/addresses/{made['id']}/verify", **given)
            assert answer.json()["errors"][0]["code"] == "address_code_wrong"
        tries = world.conn.execute("SELECT code_tries FROM notice_address").fetchone()
        assert tries == (2,)
        async with clients.of("stranger") as other:
            assert (await other.post(f"{BASE}/addresses/{made['id']}/verify", json={"code": code})).status_code == 404
        world.alarm("digger", raised_at=datetime.now(UTC))
        await mail.until(1, "owner")
        given = {"json": {"code": code}, "headers": {"Idempotency-Key": "verify"}}
        for replayed in (None, "true"):
            answer = await http.post(f"{BASE}/addresses/{made['id']}/verify", **given)
            assert (answer.json()["verified"], answer.headers.get("idempotency-replayed")) == (True, replayed)
        world.alarm("digger", key="coolant_overheat", raised_at=datetime.now(UTC))
        await mail.until(2, "new")
        assert len(mail.of("owner")) == 1
        kept = world.conn.execute("SELECT subject, content FROM notice WHERE kind = 'code'").fetchone()
        assert kept == ("Your code: …", {})


async def entered(http, mail, name: str, *, codes: int) -> dict:
    """An address whose code, the `codes`-th mail there, has been entered."""
    given = {"channel": "email", "address": f"{name}@example.com"}
    made = (await http.post(f"{BASE}/addresses", json=given)).json()
    code = re.search(r"\b[0-9]{6}\b", (await mail.until(codes, name))[-1].body).group()
    answer = await http.post(f"{BASE}/addresses/{made['id']}/verify", json={"code": code})
    assert answer.status_code == 200, answer.text
    return made


async def test_an_address_is_told_until_the_one_that_takes_its_place_is_verified(world, clients, desk, mail):
    async with clients.of("owner") as http:
        first = await entered(http, mail, "first", codes=1)
        mistyped = (
            await http.post(f"{BASE}/addresses", json={"channel": "email", "address": "secnd@example.com"})
        ).json()
        await mail.until(1, "secnd")
        told = (await http.get(f"{BASE}/addresses")).json()["items"]
        assert [(one["id"], one["verified"]) for one in told] == [(first["id"], True), (mistyped["id"], False)]
        world.alarm("digger", raised_at=datetime.now(UTC))
        await mail.until(2, "first")
        second = await entered(http, mail, "second", codes=1)
        world.alarm("digger", key="coolant_overheat", raised_at=datetime.now(UTC))
        await mail.until(2, "second")
        assert [one["id"] for one in (await http.get(f"{BASE}/addresses")).json()["items"]] == [second["id"]]
        assert (len(mail.of("first")), len(mail.of("secnd")), len(mail.of("owner"))) == (2, 1, 0)
    ended = "SELECT action FROM audit WHERE entity = 'notice_address' AND entity_id = %s ORDER BY at, audit_id"
    assert [row[0] for row in world.conn.execute(ended, [first["id"]])] == ["create", "delete"]


@pytest.mark.parametrize(
    ("channel", "address", "code"),
    [
        ("email", "no-address", "address_email"),
        ("email", "a@b.example,c@d.example", "address_email"),
        ("webhook", "gopher://x.example/", "url_not_https"),
        ("apprise", "mailto://inside.example", "apprise_service"),
        ("apprise", "tgram://", "apprise_url"),
    ],
)
async def test_what_is_no_address_of_its_channel_is_refused(clients, desk, channel, address, code):
    async with clients.of("owner") as http:
        answer = await http.post(f"{BASE}/addresses", json={"channel": channel, "address": address})
        assert (answer.status_code, answer.json()["errors"][0]["code"]) == (422, code)


async def test_a_robot_and_a_signed_webhook_are_told_once_verified_and_a_test_arrives(
    world, clients, desk, mail, receiver
):
    receiver.got.clear()
    async with clients.of("owner") as http:
        hook = {"channel": "webhook", "address": receiver.url("/hook")}
        made = (await http.post(f"{BASE}/addresses", json=hook)).json()
        (first,) = await _until(receiver, "/hook", 1)
        assert first.is_signed_by(made["signing_secret"])
        code = re.search(r"\b[0-9]{6}\b", first.content["body"]).group()
        assert (await http.post(f"{BASE}/addresses/{made['id']}/verify", json={"code": code})).status_code == 200
        await choose(http, channels={"webhook": ["critical"]})
        asked = (await http.post(f"{BASE}/test", json={"channel": "webhook"})).json()
        test = (await _until(receiver, "/hook", 2))[1]
        assert (test.content["kind"], test.content["id"]) == ("test", asked["notice_id"])
        alarm = world.alarm("digger", raised_at=datetime.now(UTC))
        told = (await _until(receiver, "/hook", 3))[2]
        assert told.content["alarms"][0]["alarm_id"] == str(alarm)
        assert mail.of("owner") == []
        log = (await http.get(f"{BASE}/{asked['notice_id']}/attempts")).json()["items"]
        assert [(one["outcome"], one["answer"]) for one in log] == [("delivered", "200  ok")]
        mine = (await http.get(BASE)).json()["items"]
        assert [one["kind"] for one in mine] == ["alarm", "test", "code"]


async def _until(receiver, path, count):
    async with asyncio.timeout(20):
        while len([one for one in receiver.got if one.path == path]) < count:  # noqa: ASYNC110
            await asyncio.sleep(0.02)
    return [one for one in receiver.got if one.path == path]


async def test_a_dead_letter_is_seen_by_the_lead_alone_and_sent_again(world, clients, desk, mail):
    world.person("lead", world.organisations["platform"], "lead")
    mail.unknown = {"owner@example.com"}
    async with clients.of("owner") as http:
        asked = (await http.post(f"{BASE}/test", json={"channel": "email"})).json()
        async with asyncio.timeout(20):
            while (await http.get(BASE)).json()["items"][0]["state"] != "dead":  # noqa: ASYNC110 - the sender works
                await asyncio.sleep(0.05)
        assert (await http.post(f"{BASE}/{asked['notice_id']}/resend")).status_code == 403
    mail.unknown = set()
    async with clients.of("lead") as http:
        dead = (await http.get(BASE, params={"state": "dead"})).json()["items"]
        assert [(one["login"], one["answer"]) for one in dead] == [("owner", "550 5.1.1 no such mailbox")]
        queue = (await http.get(f"{BASE}/queue")).json()["items"]
        assert [(one["state"], one["notices"]) for one in queue] == [("dead", 1)]
        assert (await http.post(f"{BASE}/{asked['notice_id']}/resend")).json()["state"] == "queued"
        await mail.until(1, "owner")
        async with asyncio.timeout(20):
            while (await http.get(BASE)).json()["items"][0]["state"] != "sent":  # noqa: ASYNC110 - the sender works
                await asyncio.sleep(0.05)
        assert (await http.post(f"{BASE}/{asked['notice_id']}/resend")).status_code == 409
        log = (await http.get(f"{BASE}/{asked['notice_id']}/attempts")).json()["items"]
        assert [one["outcome"] for one in log] == ["delivered", "refused"]


async def test_a_text_is_checked_when_it_is_saved_shown_beforehand_and_used(world, clients, desk, mail):
    world.person("editor", world.organisations["platform"], "administrator")
    path = "/api/v1/notice-templates/test/en"
    async with clients.of("owner") as http:
        assert (await http.get(path)).status_code == 403
    async with clients.of("editor", **{"accept-language": "en"}) as http:
        tag = (await http.get(path)).headers["etag"]
        bad = {"subject": "Test", "body": "Hello,\nthis came by {chanel}."}
        for refused in (
            await http.patch(path, json=bad, headers={"If-Match": tag}),
            await http.post(f"{path}/preview", json=bad),
        ):
            (error,) = refused.json()["errors"]
            assert (refused.status_code, error["code"], error["where"]) == (422, "placeholder_near", "body")
            assert "Line 2, column 14" in error["message"]
            assert "did you mean 'channel'?" in error["message"]
        worse = {"subject": "{persn}", "body": "{chanel}\n\n{}{sent_at}"}
        errors = (await http.post(f"{path}/preview", json=worse)).json()["errors"]
        assert [(one["where"], one["code"]) for one in errors] == [
            *(("subject", "placeholder_near"), ("body", "placeholder_near"), ("body", "placeholder_unknown"))
        ]
        assert "Line 3, column 1" in errors[2]["message"]
        assert "Wang Li" in (await http.post(f"{path}/preview")).json()["body"], "without a body the text in force"
        emptied = (await http.post(f"{path}/preview", json={"subject": "", "body": " "})).json()
        assert emptied == (await http.post(f"{path}/preview")).json(), "an empty body is the text that ships"
        good = {"subject": "Test", "body": "Salut {person}, {{channel}} is {channel}."}
        shown = (await http.post(f"{path}/preview", json=good)).json()
        assert shown["body"] == "Salut Wang Li, {channel} is email."
        saved = await http.patch(path, json=good, headers={"If-Match": tag})
        assert (saved.status_code, saved.json()["version"]) == (200, 1)
        assert (await http.post(f"{path}/preview")).json()["body"] == "Salut Wang Li, {channel} is email."
        assert (await http.patch(path, json=good, headers={"If-Match": tag})).status_code == 412
        async with clients.of("owner") as mine:
            await mine.post(f"{BASE}/test", json={"channel": "email"})
        assert (await mail.until(1, "owner"))[0].body.strip() == "Salut Owner, {channel} is email."
        world.conn.execute("UPDATE notice_template SET body = 'x {of_another_program}' WHERE key = 'test'")
        async with clients.of("owner") as mine:
            await mine.post(f"{BASE}/test", json={"channel": "email"})
        assert "{" not in (await mail.until(2, "owner"))[1].body, "the text that ships stands for it"
        back = await http.patch(path, json={"subject": "", "body": ""}, headers={"If-Match": '"1"'})
        assert (back.json()["is_shipped"], back.json()["version"]) == (True, 2)


async def test_a_link_shows_what_it_does_and_only_its_button_does_it_once(world, clients, desk, mail):
    alarm = world.alarm("digger", raised_at=datetime.now(UTC))
    (sent,) = await mail.until(1, "owner")
    links = re.findall(r"https://ecc.example.org(/api/v1/notice-actions/\S+)", sent.body)
    assert len(links) == 3
    async with clients.anybody() as http:
        for link in links * 2:  # a mail scanner
            page = await http.get(link)
            assert (page.status_code, '<form method="post">' in page.text) == (200, True)
            assert f'href="/live?alarm={alarm}"' in page.text
            assert "script" not in page.headers["content-security-policy"]
        verdicts = (
            "SELECT v.verdict, v.by_name FROM finding_verdict v JOIN alarm USING (finding_id) WHERE alarm_id = %s "
            "ORDER BY v.given_at"
        )
        assert world.conn.execute(verdicts, [alarm]).fetchall() == []
        assert "nothing was wrong" in (await http.post(links[1])).text
        assert world.conn.execute(verdicts, [alarm]).fetchall() == [("nuisance", "owner")]
        assert (await http.post(links[1])).status_code == 410
        assert "<form" not in (await http.get(links[1])).text
        assert (await http.post(links[0])).status_code == 200, "what part it was is not asked"
        assert world.conn.execute(verdicts, [alarm]).fetchall()[-1] == ("true_fault", "owner")
        assert (await http.post(links[2])).status_code == 200
        said = "SELECT detail ->> 'text' FROM alarm_transition WHERE alarm_id = %s AND kind = 'commented'"
        assert "Please call me" in world.conn.execute(said, [alarm]).fetchone()[0]
        assert any("Please call me" in sent.body for sent in await mail.until(2, "dealer"))
        world.conn.execute("UPDATE notice_token SET expires_at = now(), used_at = NULL")
        assert (await http.post(links[0])).status_code == 410
        unknown = f"/api/v1/notice-actions/{'x' * 43}"
        assert (await http.get(unknown)).headers["content-type"] == "application/problem+json"
        page = await http.get(unknown, headers={"accept": "text/html", "accept-language": "zh"})
        assert (page.status_code, page.headers["content-type"]) == (404, "text/html; charset=utf-8")
        assert '<html lang="zh">' in page.text


async def test_a_muted_machine_is_told_nothing_of_until_it_is_unmuted(world, clients, desk, mail):
    async with clients.of("owner") as http:
        machine = str(world.public["digger"])
        muted = await http.post(f"{BASE}/mutes", json={"machine": machine})
        assert [one["name"] for one in muted.json()["items"]] == ["digger"]
        assert (await http.post(f"{BASE}/mutes", json={"machine": str(world.public["crane"])})).status_code == 404
        world.alarm("digger", key="rule_m", raised_at=datetime.now(UTC))
        await mail.until(1, "colleague")
        assert mail.of("owner") == []
        assert (await http.delete(f"{BASE}/mutes/{machine}")).status_code == 204
        world.alarm("digger", key="rule_n", raised_at=datetime.now(UTC))
        await mail.until(1, "owner")


async def test_after_a_sale_a_machine_is_its_pin_and_its_links_do_nothing(world, clients, desk, mail):
    world.machine("sold", owner="north")
    machine = str(world.public["sold"])
    async with clients.of("owner") as http:
        alarm = world.alarm("sold", raised_at=datetime.now(UTC))
        (before,) = await mail.until(1, "owner")
        assert before.subject == "[critical] sold: Low engine oil pressure"
        assert (await http.post(f"{BASE}/mutes", json={"machine": machine})).is_success
        sell(world, "sold")
        world.conn.execute(
            "UPDATE alarm SET state = 'cleared', lifecycle = 'normal', cleared_at = now() WHERE alarm_id = %s", [alarm]
        )
        world.conn.execute(
            "INSERT INTO alarm_transition (alarm_id, at, kind, version, actor) "
            "VALUES (%s, now(), 'cleared', 'v1', 'platform')",
            [alarm],
        )
        over = (await mail.until(2, "owner"))[1]
        assert over.subject == "[critical] PIN-sold: Low engine oil pressure (over)"
        assert "Site: none" in over.body
        assert "hidden" not in over.body
        assert [one["name"] for one in (await http.get(f"{BASE}/mutes")).json()["items"]] == ["PIN-sold"]
    links = re.findall(r"https://ecc.example.org(/api/v1/notice-actions/\S+)", before.body)
    async with clients.anybody() as http:
        assert ["PIN-sold" in (await http.get(link)).text for link in links] == [True] * 3
        assert [(await http.post(link)).status_code for link in links] == [403] * 3


def sell(world, machine):
    """To South, which gives it another name and puts it on a site of its own."""
    number = world.machines[machine]
    world.conn.execute("UPDATE ownership SET to_at = now() WHERE machine_id = %s", [number])
    world.conn.execute(
        "INSERT INTO ownership (machine_id, organisation_id, from_at) VALUES (%s, %s, now())",
        [number, world.organisations["south"]],
    )
    world.conn.execute("INSERT INTO site (name) VALUES ('hidden site')")
    world.conn.execute(
        "UPDATE machine SET name = 'hidden', site_id = (SELECT max(site_id) FROM site) WHERE machine_id = %s", [number]
    )
