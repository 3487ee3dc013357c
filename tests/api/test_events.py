"""Events, fault codes and the ledger of one machine."""

from datetime import timedelta

import pytest

from tests.api.world import CATALOGUE, NOW

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest.fixture(scope="module")
def eventful(world):
    world.machine("eventful", owner="north")
    for i in range(25):
        at = NOW - timedelta(seconds=i // 5)
        world.event("eventful", at, text=f"note {i}")
    at = NOW - timedelta(seconds=1)
    world.event("eventful", at, kind=1, source_address=0, spn=100, fmi=1, occurrence_count=3, lamps=5, value=1)
    world.event("eventful", at, kind=1, source_address=0, spn=110, fmi=0, occurrence_count=-1, value=1)
    world.event("eventful", at, kind=2, signal_id=CATALOGUE["fuel_level_pct"].id, value=2)
    world.event("eventful", at, kind=3, value=0)
    return world


@pytest.mark.parametrize("limit", [1, 3, 29, 100])
async def test_walking_the_pages_shows_every_event_exactly_once_newest_first(eventful, clients, limit):
    seen, cursor = [], None
    async with clients.of("owner") as http:
        while True:
            query = {"limit": limit} | ({"cursor": cursor} if cursor else {})
            page = (await http.get("/api/v1/machines/pin:PIN-eventful/events", params=query)).json()
            seen += page["items"]
            assert len(seen) < 1000, "the pages go round in a circle"
            cursor = page["next_cursor"]
            if cursor is None:
                break
    assert len(seen) == 29
    assert {e["text"] for e in seen if e["kind"] == "note"} == {f"note {i}" for i in range(25)}
    assert [e["measured_at"] for e in seen] == sorted((e["measured_at"] for e in seen), reverse=True)


async def test_each_kind_of_event_says_what_belongs_to_it(eventful, clients):
    async with clients.of("owner") as http:
        items = (await http.get("/api/v1/machines/pin:PIN-eventful/events")).json()["items"]
        faults = (await http.get("/api/v1/machines/pin:PIN-eventful/events", params={"kind": "fault"})).json()["items"]
    by_kind = {e["kind"]: e for e in items}
    assert (by_kind["sensor_error"]["signal"], by_kind["sensor_error"]["error"]) == ("fuel_level_pct", "out_of_limits")
    assert by_kind["status"]["online"] is False
    oil = next(f for f in faults if f["spn"] == 100)
    assert oil["lamps"] == {"protect": True, "amber": False, "red_stop": True, "mil": False}
    assert (oil["source_address"], oil["fmi"], oil["occurrence_count"]) == (0, 1, 3)
    assert len(faults) == 2


async def test_a_time_span_holds_its_beginning_and_not_its_end(eventful, clients):
    span = {"from": (NOW - timedelta(seconds=3)).isoformat(), "to": (NOW - timedelta(seconds=2)).isoformat()}
    async with clients.of("owner") as http:
        items = (await http.get("/api/v1/machines/pin:PIN-eventful/events", params=span)).json()["items"]
    assert {e["text"] for e in items} == {f"note {i}" for i in range(15, 20)}


async def test_fault_codes_are_named_active_ones_first(world, clients):
    world.machine("faulty", owner="north")
    for sa, spn, fmi, active in ((0, 100, 1, False), (-1, 520192, 31, True)):
        world.conn.execute(
            "INSERT INTO fault_code VALUES (%s, %s, %s, %s, %s, %s, 2, %s)",
            [world.machines["faulty"], sa, spn, fmi, NOW - timedelta(hours=1), NOW, active],
        )
    async with clients.of("owner") as http:
        both = (await http.get("/api/v1/machines/pin:PIN-faulty/faults")).json()["items"]
        active = (await http.get("/api/v1/machines/pin:PIN-faulty/faults", params={"state": "active"})).json()["items"]
    assert [f["key"] for f in both] == ["-/520192/31", "0/100/1"]
    assert both[1]["signal"] == "engine_oil_pressure_kpa"
    assert both[0]["text"]["zh"] == "制造商自定义故障码：状态存在（SPN 520192 FMI 31）"
    assert [f["key"] for f in active] == ["-/520192/31"]


async def test_the_ledger_names_every_gap(world, clients):
    machine_id = world.machine("counted", owner="north")
    world.conn.execute("INSERT INTO terminal (name) VALUES ('T-counted')")
    world.conn.execute(
        "INSERT INTO installation (terminal_id, machine_id) "
        "SELECT terminal_id, %s FROM terminal WHERE name = 'T-counted'",
        [machine_id],
    )
    world.conn.execute(
        "INSERT INTO ledger (terminal_id, boot, through, ranges, messages, first_received_at, last_received_at) "
        "SELECT terminal_id, 'b1', 99, '{[102,181),[200,201)}', 180, %s, %s FROM terminal WHERE name = 'T-counted'",
        [NOW - timedelta(hours=1), NOW],
    )
    async with clients.of("owner") as http:
        ledger = (await http.get("/api/v1/machines/pin:PIN-counted/ledger")).raise_for_status().json()
    (entry,) = ledger["items"]
    assert entry["gaps"] == [[100, 101], [181, 199]]
    assert entry["ranges"] == [[102, 180], [200, 200]]
    assert ledger["missing_messages"] == 21
    assert ledger["is_cut"] is False


async def test_a_power_cycle_across_a_sale_is_told_to_neither_side(world, clients):
    """Nor does a terminal that came from elsewhere tell what it sent there."""
    machine = world.machine("midway", owner=None)
    world.own("midway", "north", to_at=NOW - timedelta(hours=2))
    world.own("midway", "south", from_at=NOW - timedelta(hours=2))
    world.conn.execute(
        "WITH t AS (INSERT INTO terminal (name) VALUES ('T-midway'), ('T-moved') RETURNING terminal_id, name) "
        "INSERT INTO installation (terminal_id, machine_id, from_at) "
        "SELECT terminal_id, %s, CASE name WHEN 'T-moved' THEN %s ELSE '-infinity'::timestamptz END FROM t",
        [machine, NOW - timedelta(hours=1)],
    )
    for terminal, boot, first_h, last_h in (
        ("T-midway", "before", 4, 3),
        ("T-midway", "across", 3, 1),
        ("T-midway", "since", 1, 0),
        ("T-moved", "from elsewhere", 1.5, 0),
    ):
        world.conn.execute(
            "INSERT INTO ledger (terminal_id, boot, through, ranges, messages, first_received_at, last_received_at) "
            "SELECT terminal_id, %s, 9, '{[12,13)}', 11, %s, %s FROM terminal WHERE name = %s",
            [boot, NOW - timedelta(hours=first_h), NOW - timedelta(hours=last_h), terminal],
        )
    told = {}
    for login in ("owner", "stranger", "expert"):
        async with clients.of(login) as http:
            ledger = (await http.get("/api/v1/machines/pin:PIN-midway/ledger")).raise_for_status().json()
        told[login] = (sorted(e["boot"] for e in ledger["items"]), ledger["missing_messages"], ledger["is_cut"])
    assert told == {
        "owner": (["before"], 2, True),
        "stranger": (["since"], 2, True),
        "expert": (["across", "before", "from elsewhere", "since"], 8, False),
    }
