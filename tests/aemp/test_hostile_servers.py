"""The conformance check of a hostile server does no harm, and ends; the command says what was found."""

import asyncio
import gzip
import json
import re
import time

import pytest
from typer.testing import CliRunner

from app.cli.root import app as ecc
from tests.aemp.asking import QUICK, ZERO_PAGE, checked, found, hours_fall, links, status
from tests.aemp.other_server import NAMESPACE, NOW, TOKEN, Call, Reply, Spoil, serving
from usecases.aemp_check.fetch import Credentials
from usecases.aemp_check.run import Question, check_server

BOMB = b'<?xml version="1.0"?><!DOCTYPE b [<!ENTITY a "aaaaaaaaaa">' + b"".join(
    f'<!ENTITY {chr(98 + i)} "{f"&{chr(97 + i)};" * 10}">'.encode() for i in range(12)
)
BOMB += f'] ><Fleet version="1" snapshotTime="2026-01-15T12:00:00Z" xmlns="{NAMESPACE}">&m;</Fleet>'.encode()
OUTSIDE = b'<!DOCTYPE f SYSTEM "file:///etc/passwd"><f/>'
XXE = b'<!DOCTYPE f [<!ENTITY x SYSTEM "file:///etc/hostname">]><Fleet xmlns="' + NAMESPACE.encode() + b'">&x;</Fleet>'


def fleet_is(body: bytes, **headers: str) -> Spoil:
    def spoil(call: Call, reply: Reply) -> Reply:
        given = {"content-type": "application/xml"} | {k.replace("_", "-"): v for k, v in headers.items()}
        return Reply(200, given, body)

    return spoil


def raw(write) -> Spoil:
    return lambda call, reply: Reply(raw=write)


async def dripping_body(writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 X\r\ncontent-type: application/xml\r\n\r\n")
    for _ in range(1000):
        writer.write(b" ")
        await writer.drain()
        await asyncio.sleep(0.05)


async def dripping_head(writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 X\r\n")
    for number in range(1000):
        writer.write(f"x-{number}: 1\r\n".encode())
        await writer.drain()
        await asyncio.sleep(0.05)


async def endless_body(writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 X\r\ncontent-type: application/xml\r\n\r\n<Fleet>")
    for _ in range(10_000):
        writer.write(b"<a/>" * 10_000)
        await writer.drain()


async def silence(writer: asyncio.StreamWriter) -> None:
    await asyncio.sleep(5)


async def nonsense(writer: asyncio.StreamWriter) -> None:
    writer.write(b"\x00\xff" * 500)
    await writer.drain()


def endless_pages(call: Call, reply: Reply) -> Reply:
    if not call.signed or "json" in call.accept or not (page := re.fullmatch(r"/Fleet/(\d+)", call.path)):
        return reply
    number = int(page[1])
    body = ZERO_PAGE.replace(b"OTHER0001", f"OTHER{number:06}".encode())
    body = body.replace(b">/Fleet/0<", f">/Fleet/{number}<".encode(), 1)
    return Reply(200, {"content-type": "application/xml"}, body.replace(b"/Fleet/0", f"/Fleet/{number + 1}".encode()))


@pytest.mark.parametrize(
    ("spoil", "key"),
    [
        pytest.param(fleet_is(BOMB), "well_formed", id="a billion laughs"),
        pytest.param(fleet_is(BOMB.decode().encode("utf-16")), "well_formed", id="a billion laughs in UTF-16"),
        pytest.param(fleet_is(OUTSIDE), "well_formed", id="a DTD elsewhere"),
        pytest.param(fleet_is(XXE), "well_formed", id="a file of ours as an entity"),
        pytest.param(fleet_is(b"<a>" * 400_000), "well_formed", id="elements in elements in elements"),
        pytest.param(fleet_is(b"<Fleet"), "well_formed", id="half an element"),
        pytest.param(fleet_is(gzip.compress(bytes(50_000_000)), content_encoding="gzip"), "bounded", id="a gzip bomb"),
        pytest.param(fleet_is(b"x" * 100, content_encoding="br"), "bounded", id="a packing nobody asked for"),
        pytest.param(fleet_is(b"nothing packed", content_encoding="gzip"), "answers", id="gzip that is none"),
        pytest.param(raw(dripping_body), "bounded", id="a body drop by drop"),
        pytest.param(raw(dripping_head), "bounded", id="headers drop by drop"),
        pytest.param(raw(endless_body), "bounded", id="a body without end"),
        pytest.param(raw(silence), "bounded", id="silence"),
        pytest.param(raw(nonsense), "answers", id="no HTTP at all"),
        pytest.param(
            status("Fleet", 302, location="http://127.0.0.2:1/Fleet/1"), "redirect", id="redirected elsewhere"
        ),
        pytest.param(status("Fleet", 302, location="/Fleet/1"), "redirect", id="redirected in a circle"),
        pytest.param(status("Fleet", 429, retry_after="86400"), "bounded", id="come back tomorrow"),
        pytest.param(status("Fleet", 429), "retry_after", id="come back, but when"),
    ],
)
async def test_a_hostile_server_does_no_harm(spoil, key):
    began = time.monotonic()
    report = await checked(spoil)
    assert key in found(report)
    assert time.monotonic() - began < 5


async def test_endless_pages_end_at_the_limit():
    async with serving(endless_pages) as server:
        question = Question(url=server.base, credentials=Credentials(token=TOKEN), limits=QUICK, now=NOW)
        report = await check_server(question, lambda step, done: None)
    walked = {call.path for call in server.calls if re.fullmatch(r"/Fleet/\d+", call.path)}
    assert len(walked) == QUICK.pages
    assert report.failed


async def test_the_token_goes_nowhere_else():
    async with serving() as thief:
        async with serving(links(r"http://127.0.0.1:\d+/Fleet/2", f"{thief.base}/Fleet/2")) as server:
            question = Question(url=server.base, credentials=Credentials(token=TOKEN), limits=QUICK, now=NOW)
            await check_server(question, lambda step, done: None)
        async with serving(status("Fleet", 307, location=f"{thief.base}/Fleet/1")) as server:
            question = Question(url=server.base, credentials=Credentials(token=TOKEN), limits=QUICK, now=NOW)
            await check_server(question, lambda step, done: None)
        assert thief.calls == []


async def test_it_waits_as_long_as_it_is_told():
    def once(call: Call, reply: Reply) -> Reply:
        return Reply(429, {"retry-after": "1"}) if call.number == 2 else reply

    began = time.monotonic()
    report = await checked(once)
    assert not found(report)
    assert time.monotonic() - began >= 1


async def test_client_credentials_get_a_token_first():
    def tokens(call: Call, reply: Reply) -> Reply:
        if call.path != "/token":
            return reply
        return Reply(200, {"content-type": "application/json"}, json.dumps({"access_token": TOKEN}).encode())

    async with serving(tokens) as server:
        given = Credentials(client_id="me", client_secret="mine", token_url=f"{server.base}/token")
        report = await check_server(
            Question(url=server.base, credentials=given, limits=QUICK, now=NOW), lambda step, done: None
        )
    assert not found(report)


@pytest.mark.parametrize(("language", "title"), [("en", "passed"), ("zh", "通过")])
async def test_the_command_prints_a_table_and_exits_with_the_outcome(language, title):
    run = CliRunner()
    async with serving() as server:
        arguments = ["aemp", "check", server.base, "--token", TOKEN, "--language", language]
        good = await asyncio.to_thread(run.invoke, ecc, arguments)
        server.spoil = hours_fall
        bad = await asyncio.to_thread(run.invoke, ecc, [*arguments, "--json"])
        told = await asyncio.to_thread(run.invoke, ecc, arguments)
    assert good.exit_code == 0, good.output
    assert title in good.stdout
    assert bad.exit_code == 1
    falling = next(line for line in json.loads(bad.stdout)["checks"] if line["check"] == "counters")
    assert falling["result"] == "fail"
    assert "1049.0 -> 3.0" in falling["places"][0]["said"]
    assert any("1049.0 -> 3.0" in line and falling["why"] in line for line in told.stdout.splitlines()), "unwrapped"
