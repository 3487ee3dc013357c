"""The conformance check: a right server passes, every fault of real ones is found, a hostile one does no harm."""

import re
from dataclasses import replace

import pytest

from tests.aemp.asking import QUICK, ZERO_PAGE, checked, found, hours_fall, links, status
from tests.aemp.other_server import NAMESPACE, NOW, TOKEN, Call, Reply, Spoil, serving, texts
from usecases.aemp_check.fetch import Credentials
from usecases.aemp_check.report import Status, all_checks
from usecases.aemp_check.run import Question, check_server


async def test_a_right_server_passes_every_check():
    report = await checked()
    outcomes = {outcome.check.key: outcome for outcome in report.outcomes()}
    wrong = {key: outcome.places for key, outcome in outcomes.items() if outcome.violations}
    assert not wrong
    assert not report.failed
    untried = {key for key, outcome in outcomes.items() if outcome.status is Status.SKIP}
    assert untried == {"retry_after"}, "nothing is left out"


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
