"""ISO 15143-3: every answer against its golden file and the schema, and what the elements mean against the readings."""

import json
from datetime import datetime, timedelta
from itertools import pairwise

import pytest
import pytest_asyncio
from lxml import etree

from tests.api.aemp_golden import compare, in_lines, records, whole
from tests.api.aemp_world import AT, MINUTE, MINUTES, at_minute, build_machine, clock_at, recount, values_at
from tests.api.conftest import running
from usecases.aemp.elements import ELEMENTS
from usecases.aemp_check.documents import parse_json, parse_xml, schema_errors

pytestmark = pytest.mark.asyncio(loop_scope="module")

SPAN = "2026-01-15T09:00:00Z/2026-01-15T12:34:57Z"
LONG = "2026-01-14T06:00:00Z/2026-01-15T12:34:57Z"
ONE = "/Fleet/Equipment/PIN-golden"
ADDRESSES = {"fleet": "/Fleet/1", "equipment": ONE} | {
    element.urls[0]: f"{ONE}/{element.urls[0]}/{SPAN}/1" for element in ELEMENTS
}
NAMESPACE = {"2.0": "http://standards.iso.org/iso/15143/-3"}
NAMESPACE["2020"] = "http://www.jcmanet.or.jp/english2017/ISO/15143/-3/20190501"


@pytest.fixture(scope="module")
def golden(world):
    build_machine(world)
    return world


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def clients(golden, api_database):
    """As many requests as the tests like."""
    async with running(
        api_database.url("ecc_api"), expensive_reads_per_minute=0, aemp_polls_per_quarter_hour=0
    ) as made:
        yield made


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def ask(golden, clients):
    """Asks as the machine's owner; the API's clock stands at AT."""
    with clock_at(clients.app):
        async with clients.of("owner") as http:

            async def get(path, edition="2.0", **headers):
                return await http.get(f"/aemp/{edition}{path}", headers=headers)

            yield get


@pytest.mark.parametrize("name", ADDRESSES)
async def test_xml_is_the_golden_file_and_fits_the_schema(ask, name):
    answer = await ask(ADDRESSES[name])
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "application/xml"
    compare(f"{name}.xml", in_lines(answer.text))
    document = parse_xml(answer.content)
    assert document.namespace == NAMESPACE["2.0"]
    assert list(schema_errors(document)) == []


@pytest.mark.parametrize("name", ADDRESSES)
async def test_the_second_edition_differs_in_its_namespace_only(ask, name):
    first, second = await ask(ADDRESSES[name]), await ask(ADDRESSES[name], "2020")
    renamed = first.text.replace(NAMESPACE["2.0"], NAMESPACE["2020"]).replace("/aemp/2.0/", "/aemp/2020/")
    assert second.text == renamed
    assert list(schema_errors(parse_xml(second.content))) == []


@pytest.mark.parametrize("name", ADDRESSES)
async def test_json_is_the_golden_file_and_says_what_xml_says(ask, name):
    answer = await ask(ADDRESSES[name], accept="application/json")
    assert answer.headers["content-type"] == "application/json"
    compare(f"{name}.json", json.dumps(answer.json(), indent=1) + "\n")
    one, other = parse_xml((await ask(ADDRESSES[name])).content), parse_json(answer.content)
    assert not other.texts, "numbers are numbers"
    assert (one.root, one.snapshot_time, one.links) == (other.root, other.snapshot_time, other.links)
    assert [dict(m.header) for m in one.machines] == [dict(m.header) for m in other.machines]
    for mine, theirs in zip(
        [i for m in one.machines for i in m.items] + [*one.records],
        [i for m in other.machines for i in m.items] + [*other.records],
        strict=True,
    ):
        assert (mine.name, mine.at, dict(mine.fields)) == (theirs.name, theirs.at, dict(theirs.fields))


@pytest.mark.parametrize("element", ELEMENTS, ids=lambda e: e.record)
async def test_every_name_of_an_element_leads_to_it(ask, element):
    answers = [(await ask(f"{ONE}/{url}/{SPAN}/1")).text for url in (*element.urls, element.urls[0].lower())]
    assert set(answers) == {answers[0]}
    assert f"<{element.root} " in answers[0]


@pytest.mark.parametrize(
    "path",
    [
        "/Fleet/Equipment/ID/EQ-golden",
        "/Fleet/Equipment/MakeModelSerial/Maker%20%26%20Sons/EX%2F200%20golden/SN-golden",
        "/Fleet/Equipment/makeModelSerial/Maker%20&%20Sons/EX%2F200%20golden/SN-golden",
        "/Fleet/Equipment/Maker%20%26%20Sons/EX%2F200%20golden/SN-golden",
    ],
)
async def test_a_machine_has_four_addresses_for_its_snapshot_and_its_series(ask, path):
    assert (await ask(path)).text == (await ask(ONE)).text
    series = await ask(f"{path}/Distance/{SPAN}/1")
    assert parse_xml(series.content).records == parse_xml((await ask(f"{ONE}/Distance/{SPAN}/1")).content).records
    assert path in parse_xml(series.content).hrefs["self"].replace("&amp;", "&")


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/Fleet/0", 400),
        ("/Fleet/-1", 400),
        ("/Fleet/one", 400),
        ("/Fleet/1e3", 400),
        ("/Fleet/99999999999999999999", 400),
        ("/Fleet/2", 404),
        ("/Fleet/1?after=nonsense", 400),
        ("/Fleet/Equipment/PIN-crane", 404),
        ("/Fleet/Equipment/", 400),
        ("/Fleet/Equipment/a/b", 400),
        ("/Fleet/Equipment/Maker/EX%2F200%20golden/SN-golden", 404),
        ("/Fleet/Equipment/PIN%00", 400),
        (f"{ONE}/NoSuchElement/{SPAN}/1", 400),
        (f"{ONE}/Locations/2026-01-15T09:00:00%2B00:00/2026-01-15T12:00:00Z/1", 400),
        (f"{ONE}/Locations/2026-01-15T09:00:00.000Z/2026-01-15T12:00:00Z/1", 400),
        (f"{ONE}/Locations/2026-13-15T09:00:00Z/2026-01-15T12:00:00Z/1", 400),
        (f"{ONE}/Locations/2026-01-15/2026-01-16/1", 400),
        (f"{ONE}/Locations/yesterday/now/1", 400),
        (f"{ONE}/Locations/2026-01-15T12:00:00Z/2026-01-15T09:00:00Z/1", 400),
        (f"{ONE}/Locations/2025-01-15T12:00:00Z/2026-01-15T09:00:00Z/1", 400),
        (f"{ONE}/Locations/{SPAN}/0", 400),
        (f"{ONE}/Locations/{SPAN}/1/2", 400),
        ("/Fleet/Equipment/MakeModelSerial/a/b", 400),
    ],
)
@pytest.mark.parametrize("form", ["xml", "json"])
async def test_what_cannot_be_answered_is_said_in_the_form_asked_for(ask, path, status, form):
    answer = await ask(path, accept=f"application/{form}")
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == f"application/problem+{form}"
    if form == "xml":
        body = etree.fromstring(answer.content)
        assert body.findtext("{urn:ietf:rfc:7807}status") == str(status)
        assert body.findtext("{urn:ietf:rfc:7807}detail")
    else:
        assert answer.json()["status"] == status


@pytest.mark.parametrize(
    ("path", "where", "code"),
    [
        ("/Fleet/0", "page", "aemp_page_unreadable"),
        (f"{ONE}/FuelUsd/{SPAN}/1", "element", "aemp_element_unknown"),
        (f"{ONE}/FuelUsd", "element", "aemp_element_unknown"),
        (f"{ONE}/FuelUsd/1", "element", "aemp_element_unknown"),
        (f"{ONE}/Locations/{SPAN}/0", "page", "aemp_page_unreadable"),
        (f"{ONE}/Locations/yesterday/2026-01-15T12:00:00Z/1", "start", "aemp_time_unreadable"),
        (f"{ONE}/Locations/2026-01-15T12:00:00Z/now/1", "end", "aemp_time_unreadable"),
        (f"{ONE}/Locations/2025-01-15T12:00:00Z/2026-01-15T09:00:00Z/1", "end", "span_too_long"),
        (f"{ONE}/Locations/{SPAN}/1/2", "element", "aemp_series_address"),
        ("/Fleet/Equipment/", "machine", "aemp_machine_unnamed"),
    ],
)
async def test_what_is_wrong_in_an_address_is_named(ask, path, where, code):
    body = (await ask(path, accept="application/json")).json()
    assert body["code"] == "invalid_input"
    (fault,) = body["errors"]
    assert (fault["where"], fault["code"]) == (where, code)
    if code == "aemp_element_unknown":
        assert "'FuelUsd'" in fault["message"]
        assert "did you mean FuelUsed?" in fault["message"]


async def test_an_element_like_none_lists_those_that_there_are(ask):
    detail = (await ask(f"{ONE}/Zzzz/{SPAN}/1", accept="application/json")).json()["detail"]
    assert "there are: Locations, CumulativeOperatingHours," in detail


@pytest.mark.parametrize(
    ("accept", "content_type"),
    [
        ("*/*", "application/xml"),
        ("text/xml", "text/xml; charset=utf-8"),
        ("application/json", "application/json"),
        ("application/iso15143-snapshot+json", "application/iso15143-snapshot+json"),
        ("text/html, application/json;q=0.9, */*;q=0.1", "application/json"),
        ("application/xml;q=0.5, application/json", "application/json"),
        ("application/json;q=0, application/xml", "application/xml"),
        ("text/html", None),
        ("application/json;q=0", None),
        ("image/png, application/x-nonsense;q=zz", None),
    ],
)
async def test_accept_chooses_the_form(ask, accept, content_type):
    answer = await ask("/Fleet/1", accept=accept)
    if content_type is None:
        assert answer.status_code == 406
    else:
        assert (answer.status_code, answer.headers["content-type"]) == (200, content_type)


async def test_without_a_token_nothing_is_told(clients, golden):
    async with clients.anybody() as http:
        answer = await http.get("/aemp/2.0/Fleet/1")
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"].startswith("Bearer")
    assert answer.headers["content-type"] == "application/problem+xml"


async def test_an_unknown_edition_is_not_answered(ask):
    assert (await ask("/Fleet/1", "3.0")).status_code == 400


async def test_texts_are_escaped_and_what_xml_cannot_carry_is_left_out(golden, clients):
    golden.machine("odd", owner="south")
    name = "<b>&\"'\x01\x08\ufffe\U0001f69c]]>"
    golden.conn.execute("UPDATE machine SET equipment_id = %s WHERE name = 'odd'", [name])
    async with clients.of("stranger") as http:
        xml, as_json = [
            await http.get("/aemp/2.0/Fleet/Equipment/PIN-odd", headers={"accept": f"application/{form}"})
            for form in ("xml", "json")
        ]
    assert parse_xml(xml.content).machines[0].header["EquipmentID"] == "<b>&\"'\U0001f69c]]>"
    assert as_json.json()["Equipment"]["EquipmentHeader"]["EquipmentID"] == name


READINGS = [(at_minute(minute), values_at(minute)) for minute in range(MINUTES + 1)]


async def test_a_day_of_fuel_load_and_speed_is_what_the_readings_of_24_hours_say(ask):
    begin = AT.replace(second=0, microsecond=0) - timedelta(hours=24)
    day = [values for at, values in READINGS if begin <= at]
    fuel = [values["fuel_used_total_l"] for values in day]
    items = parse_xml((await ask(ONE)).content).machines[0].by_name
    assert float(items["FuelUsedLast24"].fields["FuelConsumed"]) == pytest.approx(fuel[-1] - fuel[0])
    loads = [values["engine_load_pct"] for values in day if values["engine_load_pct"] is not None]
    assert float(items["AverageLoadFactorLast24"].fields["Percent"]) == pytest.approx(sum(loads) / len(loads), abs=0.1)
    fastest = max(values["wheel_speed_kmh"] for values in day)
    assert float(items["MaximumSpeedLast24"].fields["Speed"]) == fastest


async def test_fuel_since_the_last_rollup_counts_as_well(ask, golden):
    """Readings of the last minutes are not rolled up at once; the counter's last value tells of them."""
    where = [golden.machines["golden"]]
    now = float(parse_xml((await ask(ONE)).content).machines[0].by_name["FuelUsedLast24"].fields["FuelConsumed"])
    golden.conn.execute(
        "UPDATE machine_state SET signal_values[array_position(signal_ids, 19::int2)] = "
        "signal_values[array_position(signal_ids, 19::int2)] + 2.5 WHERE machine_id = %s",
        where,
    )
    later = parse_xml((await ask(ONE)).content).machines[0].by_name["FuelUsedLast24"].fields["FuelConsumed"]
    golden.conn.execute(
        "UPDATE machine_state SET signal_values[array_position(signal_ids, 19::int2)] = "
        "signal_values[array_position(signal_ids, 19::int2)] - 2.5 WHERE machine_id = %s",
        where,
    )
    assert float(later) == pytest.approx(now + 2.5)


@pytest.mark.parametrize("rolled_up", [True, False])
async def test_engine_condition_is_a_record_a_change(ask, golden, rolled_up):
    states = [(whole(at), values["engine_speed_rpm"] >= 300) for at, values in READINGS]
    changes = [states[0]] + [after for before, after in pairwise(states) if before[1] != after[1]]
    if not rolled_up:
        golden.conn.execute(
            "WITH gone AS (DELETE FROM rollup_1m WHERE machine_id = %(m)s RETURNING 1) "
            "INSERT INTO dirty_range (machine_id, from_at, to_at) SELECT %(m)s, %(from)s, %(to)s FROM "
            "(SELECT count(*) FROM gone) x",
            {"m": golden.machines["golden"], "from": at_minute(0).replace(second=0, microsecond=0), "to": AT + MINUTE},
        )
    found = records((await ask(f"{ONE}/EngineCondition/{LONG}/1")).content)
    assert [(at, fields["Running"] == "true") for at, fields in found] == changes
    if not rolled_up:
        recount(golden, "golden")


@pytest.mark.parametrize(
    ("element", "key", "field"),
    [
        ("Locations", "latitude_deg", "Latitude"),
        ("CumulativeOperatingHours", "engine_hours_h", "Hour"),
        ("CumulativeFuelUsed", "fuel_used_total_l", "FuelConsumed"),
        ("Distance", "distance_total_km", "Odometer"),
        ("CumulativeIdleHours", "idle_hours_h", "Hour"),
        ("FuelRemainingRatio", "fuel_level_pct", "Percent"),
        ("CumulativeLoadCount", "load_count", "Count"),
        ("CumulativePayloadTotals", "payload_total_kg", "Payload"),
    ],
)
async def test_series_hold_the_last_reading_of_each_quarter_of_an_hour(ask, element, key, field):
    last: dict[int, tuple[datetime, float]] = {}
    for at, values in READINGS:
        if values.get(key) is not None:
            last[int(at.timestamp() // 900)] = (whole(at), values[key])
    found = []
    for page in (1, 2):
        answer = await ask(f"{ONE}/{element}/{LONG}/{page}")
        found += records(answer.content)
        assert len(parse_xml(answer.content).records) == (100 if page == 1 else len(last) - 100)
    assert [(at, pytest.approx(float(fields[field]), rel=1e-6)) for at, fields in found] == list(last.values())


async def test_without_times_a_series_is_of_two_weeks(ask):
    href = parse_xml((await ask(f"{ONE}/Distance")).content).hrefs["self"]
    assert href.endswith("/Distance/2026-01-01T12:34:57Z/2026-01-15T12:34:57Z/1")


async def test_the_links_of_a_series_lead_through_all_of_it_even_when_late_readings_come(ask, golden):
    first = await ask(f"{ONE}/Distance/{LONG}/1")
    late = at_minute(1) - timedelta(seconds=20)
    golden.conn.execute(
        "INSERT INTO reading (machine_id, measured_at, received_at, distance_total_km) VALUES (%s, %s, %s, 812.5)",
        [golden.machines["golden"], at_minute(0) - timedelta(minutes=25), AT],
    )
    golden.conn.execute(
        "INSERT INTO dirty_range (machine_id, from_at, to_at) VALUES (%s, %s, %s)",
        [golden.machines["golden"], late - timedelta(minutes=40), late],
    )
    try:
        following = parse_xml(first.content).hrefs["next"].removeprefix("http://ecc.test/aemp/2.0")
        second = await ask(following)
        times = [at for at, _ in (*records(first.content), *records(second.content))]
        assert times == sorted(set(times)), "no record comes twice"
        assert len(times) == 121, "all that was there when the walk began"
        assert "next" not in parse_xml(second.content).hrefs
    finally:
        golden.conn.execute("DELETE FROM reading WHERE measured_at < %s", [at_minute(0)])
        golden.conn.execute("DELETE FROM dirty_range")


async def test_who_reads_positions_is_in_the_audit(ask, golden):
    before = golden.conn.execute("SELECT coalesce(max(audit_id), 0) FROM audit").fetchone()[0]
    await ask("/Fleet/1")
    await ask(f"{ONE}/Locations/{SPAN}/1")
    await ask(f"{ONE}/Distance/{SPAN}/1")
    rows = golden.conn.execute(
        "SELECT action, detail->>'what' FROM audit WHERE audit_id > %s ORDER BY audit_id", [before]
    ).fetchall()
    assert rows == [("read_positions", "ISO 15143-3 fleet"), ("read_positions", "ISO 15143-3 Locations")]
