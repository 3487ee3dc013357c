"""What every channel keeps, each against a real server on loopback: an SMTP server, an HTTP server."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import json
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from alerts.channels.apprise import SERVICES, AppriseChannel, service
from alerts.channels.contract import Channel, Message, Place
from alerts.channels.dingtalk import DingTalk
from alerts.channels.email import Email, MailServer
from alerts.channels.feishu import Feishu
from alerts.channels.webhook import Webhook
from alerts.channels.wecom import WeCom
from app.embedded.child import free_port
from app.webhook_post import Post
from fleet.errors import InvalidInput
from tests.notice_stand import mail_server
from tests.receivers import hanging, plain, receiving
from usecases.webhook_addresses import check_url
from usecases.webhook_signing import signature

AT = datetime(2026, 11, 22, 13, 0, tzinfo=UTC)
MESSAGE = Message(
    id="0198f3c0-11d0-7a52-8c3e-5f0c9d2b7e71",
    attempt=2,
    subject="【紧急】1 号挖掘机：\n机油压力低",
    body="能否继续作业？不能。" * 3,
    language="zh",
    severity="critical",
    link="https://ecc.example.org/live?alarm=1",
    content={"kind": "alarm"},
)


def http(status: str, body: str = "") -> bytes:
    return f"HTTP/1.1 {status}\r\nContent-Length: {len(body)}\r\n\r\n{body}".encode()


@dataclass
class Case:
    """A channel with an address at a server that takes messages, one that is busy, and one that refuses for good."""

    channel: Channel
    place: Place
    busy: Place
    refusing: Place
    nobody: Place
    bad: str
    got: list[str]

    def text(self) -> str:
        return self.got[-1]


async def _http_case(receiver, channel, ok, busy, refused, *, scheme="http", bad="https://other.example/x"):
    receiver.answers |= {"/ok": plain(ok), "/busy": plain(busy), "/no": plain(refused)}
    at = f"{scheme}://127.0.0.1:{receiver.port}"
    return Case(
        channel,
        Place(address=f"{at}/ok", secret="s3cret"),
        Place(address=f"{at}/busy", secret="s3cret"),
        Place(address=f"{at}/no", secret="s3cret"),
        Place(address=f"{scheme}://127.0.0.1:{free_port(None)}/ok", secret="s3cret"),
        bad,
        [],
    )


TAKEN = {"webhook": http("200 OK"), "apprise": http("200 OK"), "feishu": http("200 OK", '{"code":0}')}
BUSY = {
    "dingtalk": '{"errcode":130101,"errmsg":"send too fast"}',
    "wecom": '{"errcode":45009,"errmsg":"api freq out of limit"}',
    "feishu": '{"code":11232,"msg":"frequency limited"}',
}
REFUSED = {
    "dingtalk": '{"errcode":310000,"errmsg":"sign not match"}',
    "wecom": '{"errcode":93000,"errmsg":"invalid webhook url"}',
    "feishu": '{"code":19021,"msg":"sign match fail"}',
}


def made(name: str, post: Post, server: MailServer | None = None) -> Channel:
    channels = {
        "email": lambda: Email(server, clock=lambda: AT),
        "webhook": lambda: Webhook(post, check_url=lambda url: check_url(url, allow_private=False), sign=signature),
        "dingtalk": lambda: DingTalk(post, clock=lambda: AT),
        "wecom": lambda: WeCom(post),
        "feishu": lambda: Feishu(post, clock=lambda: AT),
        "apprise": lambda: AppriseChannel(any_host=True),
    }
    return channels[name]()


@pytest.fixture(params=["email", "webhook", "dingtalk", "wecom", "feishu", "apprise"])
async def case(request):
    name = request.param
    async with receiving() as receiver:
        post = Post(allow_private=True, within_s=1.0)
        with mail_server() as mail:
            channel = made(name, post, MailServer(host="127.0.0.1", port=mail.port, sender="ECC <ecc@ecc.example>"))
            if name == "email":
                mail.unknown = {"gone@example.com"}
                dead = MailServer(host="127.0.0.1", port=free_port(None), sender="ecc@ecc.example")
                place = Place(address="wang.li@example.com")
                one = Case(channel, place, place, Place(address="gone@example.com"), place, "wang.li", [])
                one.nobody_channel = Email(dead)
            else:
                taken = TAKEN.get(name, http("200 OK", '{"errcode":0}'))
                busy = http("200 OK", BUSY[name]) if name in BUSY else http("503 Busy")
                no = http("200 OK", REFUSED[name]) if name in REFUSED else http("404 Not Found")
                scheme = "json" if name == "apprise" else "http"
                bad = "http://127.0.0.1/x" if name == "webhook" else "https://other.example/x"
                one = await _http_case(receiver, channel, taken, busy, no, scheme=scheme, bad=bad)
                one.nobody_channel = channel
            one.name, one.mail, one.receiver = name, mail, receiver
            yield one
        await channel.close()
        await post.close()


async def test_a_message_is_delivered_whole_with_its_id_and_the_provider_is_quoted(case):
    answer = await case.channel.send(MESSAGE, case.place)
    assert answer.outcome == "delivered", answer
    assert answer.said
    if case.name == "email":
        (mail,) = case.mail.got
        assert mail.id == f"<notice.{MESSAGE.id}@ecc.example>"
        assert mail.subject == "【紧急】1 号挖掘机： 机油压力低"  # a line break in a subject is a blank
        assert mail.body.strip() == MESSAGE.body
        assert (mail.message["ECC-Attempt"], mail.message["Auto-Submitted"]) == ("2", "auto-generated")
        return
    (got,) = case.receiver.got
    text = got.body.decode()
    assert json.loads(text)
    assert "机油压力低" in json.loads(text).__repr__()
    if case.name != "apprise":
        assert got.headers["ecc-notice-id"] == MESSAGE.id
    if case.name == "webhook":
        assert got.is_signed_by("s3cret")


async def test_what_is_busy_is_tried_again_and_what_refuses_is_not(case):
    if case.name == "email":
        case.mail.busy = 1
    busy = await case.channel.send(MESSAGE, case.busy)
    assert busy.outcome == "again"
    refused = await case.channel.send(MESSAGE, case.refusing)
    assert refused.outcome == ("again" if case.name == "apprise" else "refused")  # apprise does not say which
    assert case.name == "apprise" or any(
        word in refused.said for word in ("match", "invalid", "404", "no such mailbox")
    )


async def test_a_server_that_is_not_there_is_tried_again_and_nothing_is_raised(case):
    answer = await case.nobody_channel.send(MESSAGE, case.nobody)
    assert answer.outcome == "again"
    assert (await case.channel.send(MESSAGE, case.place)).outcome == "delivered"


async def test_mail_on_its_way_when_its_sender_stops_is_delivered_and_leaves_no_connection():
    with mail_server() as mail:
        channel = Email(MailServer(host="127.0.0.1", port=mail.port, sender="ecc@ecc.example"))
        mail.slow = True
        sending = asyncio.create_task(channel.send(MESSAGE, Place(address="wang.li@example.com")))
        assert await asyncio.to_thread(mail.arrived.wait, 10)
        assert connections_to(mail.port) == 1
        await channel.close()
        mail.slow = False
        assert (await sending).outcome == "delivered"
        async with asyncio.timeout(10):
            while connections_to(mail.port):  # noqa: ASYNC110 - the kernel has no event for it
                await asyncio.sleep(0.01)


def connections_to(port: int) -> int:
    """Connections of this machine to a port of the loopback that are up."""
    rows = [row.split() for row in Path("/proc/net/tcp").read_text().splitlines()[1:]]
    return sum(row[2] == f"0100007F:{port:04X}" and row[3] == "01" for row in rows)


async def test_a_server_that_never_answers_holds_nobody_up(case):
    if case.name in ("email", "apprise"):
        pytest.skip("their own time limits are longer than a test")
    case.receiver.answers["/ok"] = hanging
    async with asyncio.timeout(5):
        assert (await case.channel.send(MESSAGE, case.place)).outcome == "again"


async def test_an_address_elsewhere_is_refused_when_it_is_given(case):
    with pytest.raises(InvalidInput):
        case.channel.check(case.bad)


async def test_the_signatures_of_dingtalk_and_feishu_are_those_of_their_documentation():
    async with receiving() as receiver:
        post = Post(allow_private=True)
        receiver.answers |= {"/f": plain(http("200 OK", '{"code":0}'))}
        at = f"http://127.0.0.1:{receiver.port}"
        await DingTalk(post, clock=lambda: AT).send(MESSAGE, Place(address=f"{at}/d?access_token=t", secret="SEC1"))
        await Feishu(post, clock=lambda: AT).send(MESSAGE, Place(address=f"{at}/f", secret="SEC2"))
        await WeCom(post).send(
            Message(**{name: getattr(MESSAGE, name) for name in MESSAGE.__slots__} | {"body": "长" * 2000}),
            Place(address=f"{at}/w"),
        )
        await post.close()
    ding, feishu, wecom = receiver.got
    query = {name: values[0] for name, values in parse_qs(urlsplit(ding.path).query).items()}
    at_ms = str(int(AT.timestamp() * 1000))
    digest = hmac.new(b"SEC1", f"{at_ms}\nSEC1".encode(), hashlib.sha256).digest()
    assert query == {"access_token": "t", "timestamp": at_ms, "sign": base64.b64encode(digest).decode()}
    at_s = str(int(AT.timestamp()))
    digest = hmac.new(f"{at_s}\nSEC2".encode(), b"", hashlib.sha256).digest()
    assert (feishu.content["timestamp"], feishu.content["sign"]) == (at_s, base64.b64encode(digest).decode())
    text = wecom.content["text"]["content"]
    assert len(text.encode()) <= 2048
    assert text.endswith(MESSAGE.link)


async def test_a_service_of_ones_own_is_refused_where_it_is_not_allowed_any_more():
    async with receiving() as receiver:
        answer = await AppriseChannel().send(MESSAGE, Place(address=f"json://127.0.0.1:{receiver.port}/"))
        assert (answer.outcome, receiver.got) == ("refused", [])


async def test_private_addresses_are_refused_when_they_are_connected_to():
    post = Post(allow_private=False)
    channel = WeCom(post, any_host=True)
    answer = await channel.send(MESSAGE, Place(address="https://localhost:1/x"))
    await post.close()
    assert (answer.outcome, "private" in answer.said) == ("again", True)


@pytest.mark.parametrize("scheme", sorted(SERVICES))
def test_the_services_of_apprise_have_hosts_of_their_own(scheme):
    assert not [template for template in service(scheme).templates if "host" in template]
