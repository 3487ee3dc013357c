"""The conformance check: a right server passes, every fault of real ones is found, a hostile one does no harm."""

import asyncio
import gzip
import json
import re
import time
from dataclasses import replace

import pytest
from typer.testing import CliRunner

from app.cli.root import app as ecc
from tests.aemp.other_server import NAMESPACE, NOW, TOKEN, Call, Reply, Spoil, serving, texts
from usecases.aemp_check.fetch import Credentials, Limits
from usecases.aemp_check.report import Report, Status, all_checks
from usecases.aemp_check.run import Question, check_server

QUICK = Limits(pause_s=0, answer_s=1.0, answer_bytes=2_000_000, pages=8, wait_s=3)


async def checked(spoil: Spoil | None = None, *, limits: Limits = QUICK, token: str = TOKEN, path: str = "") -> Report:
    async with serving(spoil) as server:
        question = Question(
            url=server.base + path, credentials=Credentials(token=token), pins=(), limits=limits, now=NOW
        )
        return await check_server(question, lambda step, done: None)


def found(report: Report) -> dict[str, Status]:
    return {o.check.key: o.status for o in report.outcomes() if o.status in {Status.WARN, Status.FAIL}}


async def test_a_right_server_passes_every_check():
    report = await checked()
    outcomes = {outcome.check.key: outcome for outcome in report.outcomes()}
    wrong = {key: outcome.places for key, outcome in outcomes.items() if outcome.violations}
    assert not wrong
    assert not report.failed
    untried = {key for key, outcome in outcomes.items() if outcome.status is Status.SKIP}
    assert untried == {"retry_after"}, "nothing is left out"


def links(old: str, new: str) -> Spoil:
    """Spoils links only."""

    def spoil(call: Call, reply: Reply) -> Reply:
        if not re.match(r"/Fleet/\d", call.path):
            return reply
        return replace(reply, body=re.sub(old.encode(), new.encode(), reply.body))

    return spoil


def status(path: str, code: int, **headers: str) -> Spoil:
    def spoil(call: Call, reply: Reply) -> Reply:
        if not re.search(path, call.path):
            return reply
        return Reply(code, {k.replace("_", "-"): v for k, v in headers.items()})

    return spoil


def only_json(old: str, new: str) -> Spoil:
    def spoil(call: Call, reply: Reply) -> Reply:
        return replace(reply, body=re.sub(old.encode(), new.encode(), reply.body)) if "json" in call.accept else reply

    return spoil


def both(*spoils: Spoil) -> Spoil:
    def spoil(call: Call, reply: Reply) -> Reply:
        for one in spoils:
            reply = one(call, reply)
        return reply

    return spoil


def everywhere_page_one(call: Call, reply: Reply) -> Reply:
    """Takeuchi: whatever page is asked for, all links say /Fleet/0."""
    body = re.sub(rb"(/Fleet)/\d+<", rb"\1/0<", reply.body)
    if call.path == "/Fleet/0":
        return Reply(200, {"content-type": "application/xml"}, ZERO_PAGE)
    return replace(reply, body=body) if re.match(r"/Fleet/\d", call.path) else reply


ZERO_PAGE = (
    f'<Fleet version="1" snapshotTime="2026-01-15T12:00:00Z" xmlns="{NAMESPACE}">'
    "<Links><rel>self</rel><href>/Fleet/0</href></Links><Links><rel>next</rel><href>/Fleet/0</href></Links>"
    "<Equipment><EquipmentHeader><OEMName>T</OEMName><Model>M</Model><PIN>OTHER0001</PIN></EquipmentHeader></Equipment>"
    "</Fleet>"
).encode()


def empty_fourth_page(call: Call, reply: Reply) -> Reply:
    if call.path == "/Fleet/4":
        empty = f'<Fleet version="1" snapshotTime="2026-01-15T12:00:00Z" xmlns="{NAMESPACE}"></Fleet>'
        return Reply(200, {"content-type": "application/xml"}, empty.encode())
    if call.path == "/Fleet/3" and b"<Links>" in reply.body:
        href = re.search(rb"<href>([^<]*)/3</href>", reply.body)[1]
        link = b"<Links><rel>next</rel><href>" + href + b"/4</href></Links><Equipment>"
        return replace(reply, body=reply.body.replace(b"<Equipment>", link, 1))
    return reply


def next_of_the_last_is_itself(call: Call, reply: Reply) -> Reply:
    if call.path == "/Fleet/3":
        return replace(reply, body=reply.body.replace(b"<rel>self</rel>", b"<rel>next</rel>", 1))
    return reply


def machine_lost_between_pages(call: Call, reply: Reply) -> Reply:
    if call.path == "/Fleet/2" and "xml" in call.accept:
        return replace(reply, body=re.sub(rb"<Equipment>(?:(?!</Equipment>).)*</Equipment>", b"", reply.body, count=1))
    return reply


def machine_repeated(call: Call, reply: Reply) -> Reply:
    return replace(reply, body=reply.body.replace(b"OTHER0101", b"OTHER0100").replace(b"OTHER0250", b"OTHER0001"))


def hours_fall(call: Call, reply: Reply) -> Reply:
    if "/CumulativeOperatingHours/" in call.path:
        return replace(reply, body=reply.body.replace(b"<Hour>1050</Hour>", b"<Hour>3</Hour>"))
    return reply


def fuel_stuck(call: Call, reply: Reply) -> Reply:
    if "/FuelRemainingRatio/" in call.path:
        return replace(reply, body=re.sub(rb"<Percent>\d+</Percent>", b"<Percent>100.0</Percent>", reply.body))
    return reply


HOURS = '<CumulativeOperatingHours datetime="2026-01-15T12:00:00Z"><Hour>1007</Hour>'
STALE = '<FuelRemaining datetime="2026-01-11T12:00:00Z"><Percent>100.0</Percent>'
INSIDE = "<CumulativeOperatingHours><datetime>2026-01-15T12:00:00Z</datetime><Hour>1007</Hour>"


@pytest.mark.parametrize(
    ("spoil", "keys"),
    [
        # what real files were seen with
        pytest.param(texts(HOURS, INSIDE), {"datetime_attribute", "schema"}, id="datetime is a child element"),
        pytest.param(
            texts("<EngineNumber>1<", "<EngineNumber>N/A<", times=1), {"engine_number"}, id="EngineNumber N/A"
        ),
        pytest.param(texts("<EngineNumber>1<", "<EngineNumber><"), {"engine_number"}, id="EngineNumber empty"),
        pytest.param(
            texts("2024-05-01T00:00:00Z", "0001-01-01T00:00:00Z"), {"install_date"}, id="UnitInstallDateTime year 1"
        ),
        pytest.param(
            texts("<FuelTankCapacity>400<", "<FuelTankCapacity>0<"), {"tank_capacity"}, id="FuelTankCapacity 0"
        ),
        pytest.param(texts("<Model>EX/1</Model>", ""), {"make_model"}, id="Model missing"),
        pytest.param(texts("<Hour>1007<", "<Hour>47570.77<"), {"hours_plausible"}, id="hour outlier"),
        pytest.param(
            texts('<FuelRemaining datetime="2026-01-15T12:00:00Z"><Percent>57</Percent>', STALE),
            {"fresh"},
            id="fuel 100 % of days ago",
        ),
        pytest.param(fuel_stuck, {"fuel_moves"}, id="fuel 100 % for days while fuel is used"),
        pytest.param(everywhere_page_one, {"link_self", "link_numbers", "link_next", "repeated"}, id="links to page 0"),
        pytest.param(links("<Links><rel>prev</rel>.*?</Links>", ""), {"link_prev"}, id="no prev"),
        pytest.param(links("<Links><rel>last</rel>.*?</Links>", ""), {"link_last"}, id="no last"),
        # paging
        pytest.param(next_of_the_last_is_itself, {"link_next"}, id="next of the last page is itself"),
        pytest.param(empty_fourth_page, {"link_next"}, id="next leads to an empty page"),
        pytest.param(links("/Fleet/2<", "/Fleet/1<"), {"link_next"}, id="a loop"),
        pytest.param(machine_repeated, {"repeated"}, id="a machine comes twice"),
        pytest.param(machine_lost_between_pages, {"lost", "page_size"}, id="a machine is lost between pages"),
        pytest.param(links("(<rel>last</rel><href>[^<]*)/3<", r"\1/7<"), {"link_last"}, id="last is not the last"),
        pytest.param(links("http://127.0.0.1", "http://localhost"), {"link_host"}, id="links to another host"),
        pytest.param(links("<href>http://[^/]*", "<href>"), {"link_absolute"}, id="relative links"),
        # form
        pytest.param(texts(NAMESPACE, "urn:else"), {"namespace"}, id="another namespace"),
        pytest.param(texts("12:00:00Z", "12:00:00.000Z"), {"datetime_form", "schema"}, id="fractions of seconds"),
        pytest.param(texts("12:00:00Z", "12:00:00+00:00"), {"datetime_form", "schema"}, id="an offset"),
        pytest.param(texts(">litre<", ">liter<"), {"units", "schema"}, id="litres spelt otherwise"),
        pytest.param(texts("Latitude>31.2<", "Latitude><"), {"absent", "schema"}, id="empty elements"),
        pytest.param(
            texts("<Latitude>31.2</Latitude><Longitude>121.4<", "<Latitude>0</Latitude><Longitude>0<"),
            {"position_plausible"},
            id="off the coast of Ghana",
        ),
        pytest.param(
            texts("</EquipmentHeader>", "</EquipmentHeader><FuelUsed datetime='2026-01-15T12:00:00Z'/>", times=1),
            {"order", "schema"},
            id="elements out of order",
        ),
        pytest.param(
            texts("<SerialNumber>S7</SerialNumber><PIN>OTHER0007</PIN>", ""), {"identity"}, id="a machine without names"
        ),
        pytest.param(texts("<Hour>100.7<", "<Hour>2000<"), {"idle_below_hours"}, id="more idle than operating"),
        pytest.param(texts("2026-01-15T12:00:00Z", "2026-01-16T12:00:00Z", path="x"), set(), id="nothing spoilt"),
        pytest.param(
            texts('<EngineStatus datetime="2026-01-15T', '<EngineStatus datetime="2027-01-15T'),
            {"future"},
            id="measured next year",
        ),
        # JSON
        pytest.param(only_json(r'"Hour": 1007\b', '"Hour": 1008'), {"json_agrees"}, id="JSON says otherwise"),
        pytest.param(only_json(r'"Hour": 1007\b', '"Hour": "1007"'), {"json_types"}, id="numbers as texts"),
        pytest.param(only_json("^.*$", "{not json"), {"json"}, id="broken JSON"),
        pytest.param(only_json("OTHER0007", "OTHER9999"), {"lost"}, id="another machine in JSON"),
        # series
        pytest.param(hours_fall, {"counters"}, id="hours fall"),
        pytest.param(
            texts("2026-01-01T14:00:00Z", "2025-12-01T14:00:00Z", path="/Locations/"),
            {"series_span"},
            id="a record before the span",
        ),
        pytest.param(
            texts("<Running>true", "<Running>false", path="/EngineCondition/"),
            {"engine_changes"},
            id="states that do not change",
        ),
        pytest.param(status("/Locations/2", 500), {"series"}, id="a series is an error"),
        # errors
        pytest.param(status("NO-SUCH", 200), {"unknown_pin"}, id="an unknown PIN is found"),
        pytest.param(status("yesterday", 500), {"bad_date"}, id="a bad date is a server error"),
        pytest.param(status("yesterday", 200), {"bad_date"}, id="a bad date is understood"),
        pytest.param(status(r"/Fleet/4", 500), {"beyond_last"}, id="the page after the last is a server error"),
        pytest.param(status(r"Equipment/OTHER0001$", 404), {"single"}, id="the single machine is not there"),
        pytest.param(status(r"MakeModelSerial", 404), {"single_make_model"}, id="no address by make and model"),
        pytest.param(
            lambda call, reply: replace(reply, headers={"content-type": "text/html"}),
            {"content_type", "json"},
            id="all is text/html",
        ),
        pytest.param(
            lambda call, reply: Reply(401) if not call.signed else reply, {"www_authenticate"}, id="401 without a word"
        ),
    ],
)
async def test_every_fault_is_found(spoil, keys):
    report = await checked(spoil)
    assert keys <= found(report).keys(), [(o.check.key, o.places) for o in report.outcomes() if o.violations]
    levels = {key: all_checks()[key].level for key in keys}
    assert Status.FAIL not in levels.values() or report.failed
    if not keys:
        assert not found(report)


async def test_a_server_that_lets_everybody_in_is_found():
    async with serving() as server:
        server.answer = lambda call, right=server.answer: right(replace(call, signed=True))  # type: ignore[method-assign]  # this case's answer
        question = Question(url=server.base, credentials=Credentials(token=TOKEN), limits=QUICK, now=NOW)
        report = await check_server(question, lambda step, done: None)
    assert found(report)["no_token"] is Status.FAIL


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
    assert good.exit_code == 0, good.output
    assert title in good.stdout
    assert bad.exit_code == 1
    falling = next(line for line in json.loads(bad.stdout)["checks"] if line["check"] == "counters")
    assert falling["result"] == "fail"
    assert "1049.0 -> 3.0" in falling["places"][0]["said"]
