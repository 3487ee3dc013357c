"""The index of the fleet: what changes in the database is on the very next page, however it was changed."""

import asyncio
from contextlib import suppress
from datetime import UTC, datetime, timedelta

import numpy as np
import psycopg
import pytest
import pytest_asyncio

from api.fleet_memory import FleetMemory
from storage.fleet_changes import Periods, ask_changes, changes_of, covers
from storage.fleet_index import Ordered
from storage.fleet_reach import ALARMS, OWNER
from storage.retention import delete_fleet_changes
from tests.api.conftest import running
from tests.api.world import NOW
from usecases import read_fleet_overview

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(loop_scope="module", autouse=True)
async def index(clients, monkeypatch):
    """It is loaded, and whoever asks the database where a page is fails."""
    found = await clients.app.state.fleet.catch_up()
    monkeypatch.setattr(read_fleet_overview, "find_page", None)  # the other way to a page
    return found


async def names(clients, login, **parameters):
    async with clients.of(login) as http:
        answer = await http.get("/api/v1/machines", params=parameters)
    assert answer.status_code == 200, answer.text
    return [item["name"] for item in answer.json()["items"]]


async def test_a_machine_is_listed_renamed_moved_and_gone(world, clients):
    assert await names(clients, "owner", q="index") == []
    machine_id = world.machine("index 1", owner="north")
    assert await names(clients, "owner", q="index") == ["index 1"]
    world.conn.execute("UPDATE machine SET name = 'Index zero', mode = 'stored' WHERE machine_id = %s", [machine_id])
    assert await names(clients, "owner", q="index z") == await names(clients, "owner", mode="stored") == ["Index zero"]
    assert (await names(clients, "owner", sort="-name"))[-1] == "Index zero", "capitals come first"
    world.conn.execute("UPDATE ownership SET to_at = now() WHERE machine_id = %s", [machine_id])
    assert await names(clients, "owner", q="index") == []
    assert await names(clients, "expert", q="index") == ["Index zero"]


async def test_alarms_and_states_are_on_the_next_page(world, clients):
    world.machine("index 2", owner="north")
    of_it = {"q": "index 2"}
    assert await names(clients, "owner", has_open_alarm="true", **of_it) == []
    alarm = world.alarm("index 2", severity="critical", raised_at=NOW - timedelta(minutes=1))
    assert await names(clients, "owner", severity="critical", **of_it) == ["index 2"]
    world.conn.execute("UPDATE alarm SET severity = 'low' WHERE alarm_id = %s", [alarm])
    assert await names(clients, "owner", severity="low", **of_it) == ["index 2"]
    world.conn.execute("UPDATE alarm SET state = 'cleared', lifecycle = 'normal' WHERE alarm_id = %s", [alarm])
    assert await names(clients, "owner", has_open_alarm="true", **of_it) == []
    assert await names(clients, "owner", online="true", **of_it) == []
    world.state("index 2", {"engine_speed_rpm": 800.0}, at=NOW - timedelta(minutes=9), online=True)
    assert await names(clients, "owner", online="true", **of_it) == ["index 2"]
    world.conn.execute("UPDATE machine_state SET online = FALSE WHERE machine_id = %s", [world.machines["index 2"]])
    assert await names(clients, "owner", online="true", **of_it) == []
    world.machine("index 3", owner="north")
    world.state("index 3", {"engine_speed_rpm": 800.0}, at=NOW - timedelta(minutes=5))
    assert (await names(clients, "owner", sort="-measured_at"))[:2] == ["index 3", "index 2"]
    later = "UPDATE machine_state SET measured_at = %s WHERE machine_id = %s"
    world.conn.execute(later, [NOW - timedelta(minutes=2), world.machines["index 2"]])
    assert (await names(clients, "owner", sort="-measured_at"))[:2] == ["index 2", "index 3"]


async def test_a_share_counts_while_it_lasts(world, clients):
    world.machine("index 4", owner="north")
    assert await names(clients, "stranger", q="index 4") == []
    world.share("index 4", "south", data_class="alarms")
    assert await names(clients, "stranger", q="index 4") == ["index 4"]
    world.conn.execute("DELETE FROM sharing WHERE machine_id = %s", [world.machines["index 4"]])
    assert await names(clients, "stranger", q="index 4") == []


async def test_what_a_rolled_back_transaction_did_is_not_listed(world, clients):
    with world.conn.transaction(force_rollback=True):
        world.conn.execute("UPDATE machine SET name = 'never' WHERE machine_id = %s", [world.machines["digger"]])
        assert await names(clients, "owner", q="never") == []
    assert await names(clients, "owner", q="never") == []


async def test_a_transaction_that_ends_late_is_not_missed(world, clients):
    """It began, and noted what it changed, before others that a page has seen already."""
    with world.conn.transaction():
        world.conn.execute("UPDATE machine SET name = 'late' WHERE machine_id = %s", [world.machines["digger"]])
        assert await names(clients, "owner", q="late") == []
    assert await names(clients, "owner", q="late") == ["late"]
    world.conn.execute("UPDATE machine SET name = 'digger' WHERE machine_id = %s", [world.machines["digger"]])
    assert "digger" in await names(clients, "owner")


async def test_a_kind_that_models_change_to_is_known(world, clients):
    world.machine("index 5", owner="north", kind="grader")
    assert await names(clients, "owner", kind="grader") == ["index 5"]
    world.conn.execute("UPDATE machine_model SET kind = 'paver' WHERE kind = 'grader'")
    assert (await names(clients, "owner", kind="grader"), await names(clients, "owner", kind="paver")) == (
        [],
        ["index 5"],
    )


async def test_it_can_be_switched_off(api_database, monkeypatch):
    monkeypatch.undo()  # the database is asked here
    async with running(api_database.url("ecc_api"), fleet_index=False) as clients:
        assert "digger" in await names(clients, "owner")


async def test_an_order_is_the_same_however_it_came_about():
    one_by_one, at_once = Ordered(), Ordered()
    texts = {n: f"{n % 7}" if n % 5 else f"{n % 7}a" for n in range(300)}
    at_once.put(texts)
    for number, text in texts.items():
        one_by_one.put({number: text})
    one_by_one.put({3: None, 4: "zz"})
    at_once.put(texts | {n: text + "b" for n, text in texts.items()})
    at_once.put(texts | {3: None, 4: "zz"})
    assert one_by_one.machines.tolist() == at_once.machines.tolist()
    assert one_by_one.keys == at_once.keys == sorted(at_once.keys)


async def test_what_was_noted_a_week_ago_goes(world, api_database):
    world.conn.execute("UPDATE fleet_change SET at = now() - interval '8 days'")
    world.machine("index 6", owner="north")
    with psycopg.connect(api_database.url("ecc_housekeeping")) as conn:
        assert delete_fleet_changes(conn, now=datetime.now(UTC)) > 0
    left = world.conn.execute("SELECT DISTINCT machine_id FROM fleet_change WHERE machine_id IS NOT NULL").fetchall()
    assert left == [(world.machines["index 6"],)]


@pytest.mark.parametrize("newest_first", [True, False])
async def test_an_answer_that_comes_late_puts_nothing_older_in_the_place_of_newer_things(
    world, clients, index, newest_first
):
    world.state("digger", {}, at=NOW - timedelta(minutes=1))
    machine = world.machines["digger"]
    put = "UPDATE machine_state SET online = %s WHERE machine_id = %s"
    world.conn.execute(put, [None, machine])
    await clients.app.state.fleet.catch_up()
    async with clients.app.state.pool.platform() as conn:
        since = index.upto
        answers = []
        for online in (True, False):
            world.conn.execute(put, [online, machine])
            answers.append(changes_of(await ask_changes(conn, since)))
        for changes in reversed(answers) if newest_first else answers:
            await index.follow(conn, changes, since=since)
        assert index.online[machine] == 0
        assert covers(index.upto, answers[1].upto)
    world.conn.execute(put, [True, machine])
    assert await clients.app.state.fleet.catch_up() is index
    assert index.online[machine] == 1


async def test_changes_of_a_server_that_this_one_was_restored_from_are_not_asked_for_ever(world, clients, index):
    world.conn.execute("INSERT INTO fleet_change (xact) VALUES ('9000000000000')")
    try:
        await clients.app.state.fleet.catch_up()
        async with clients.app.state.pool.platform() as conn:
            assert changes_of(await ask_changes(conn, index.upto)).is_empty
    finally:
        world.conn.execute("DELETE FROM fleet_change WHERE xact = '9000000000000'")


async def test_what_the_index_has_wrong_is_not_shown(world, clients, index, monkeypatch):
    monkeypatch.undo()  # the database is asked here
    crane, north = world.machines["crane"], world.organisations["north"]
    ever = np.iinfo(np.int64)
    mine = (np.array([one]) for one in (crane, north, ALARMS | OWNER, ever.min, ever.max))
    index.reaches.put(np.array([crane], np.int32), Periods(*mine))
    try:
        assert await names(clients, "owner", q="crane") == []
        assert "digger" in await names(clients, "owner")
        assert "crane" not in await names(clients, "owner")
    finally:
        world.conn.execute("UPDATE ownership SET to_at = to_at WHERE machine_id = %s", [crane])
    assert await names(clients, "stranger", q="crane") == ["crane"]


async def test_what_one_tenant_looked_for_makes_no_others_search_faster(clients, index):
    await names(clients, "owner", q="nobody else")
    await names(clients, "stranger", q="nobody else")
    asked_by = {organisation for organisation, part in index._called if part == "nobody else"}  # nothing else tells
    assert len(asked_by) == 2


async def test_what_nobody_foresaw_is_told_and_tried_again(world, clients, api_database, caplog):
    """A right that somebody took away is no absence of the database."""
    state = clients.app.state
    asked = "EXECUTE ON FUNCTION fleet_changes(pg_snapshot)"
    async with FleetMemory(state.pool, state.metrics, is_on=True, every_s=0.02) as memory:
        await until(lambda: memory.standing == "in_use")
        world.conn.execute(f"REVOKE {asked} FROM ecc_api")
        try:
            await until(lambda: memory.standing == "failing")
            assert memory.index.upto is None, "lists are found by the database"
            assert "permission denied for function fleet_changes" in caplog.text
            assert state.metrics.registry.get_sample_value("ecc_api_fleet_index_failures_total") >= 1
        finally:
            world.conn.execute(f"GRANT {asked} TO ecc_api")
        await until(lambda: memory.standing == "in_use")


async def test_it_ends_though_what_is_interrupted_loses_the_cancellation(clients, monkeypatch):
    state, is_asking = clients.app.state, asyncio.Event()

    async def deaf_once(memory: FleetMemory) -> None:
        if not is_asking.is_set():
            is_asking.set()
            with suppress(asyncio.CancelledError):
                await asyncio.sleep(10)

    monkeypatch.setattr(FleetMemory, "catch_up", deaf_once)
    async with asyncio.timeout(5), FleetMemory(state.pool, state.metrics, is_on=True, every_s=60):
        await is_asking.wait()


async def until(holds):
    for _ in range(1_000):
        if holds():
            return
        await asyncio.sleep(0.01)
    raise TimeoutError


async def test_whether_lists_are_found_in_memory_is_told(clients):
    async with clients.anybody() as http:
        assert (await http.get("/readyz")).json()["fleet_index"] == "in_use"


async def test_a_fleet_that_grows_beyond_what_it_holds_is_the_databases(world, clients, index, monkeypatch):
    monkeypatch.undo()  # the database is asked here
    memory = clients.app.state.fleet
    last = "SELECT setval(pg_get_serial_sequence('machine', 'machine_id'), %s)"
    world.conn.execute(last, [2_000_000])
    number = world.machine("index 9", owner="north")
    try:
        assert await names(clients, "owner", q="index 9") == ["index 9"]
        assert (index.upto, memory.standing) == (None, "not_loaded")
        await memory.catch_up()
        assert memory.standing == "not_loaded"
    finally:
        world.conn.execute("DELETE FROM ownership WHERE machine_id = %s", [number])
        world.conn.execute("DELETE FROM machine WHERE machine_id = %s", [number])
        world.conn.execute(last, [1_000])
    await memory.catch_up()
    assert memory.standing == "in_use"


@pytest.mark.parametrize(
    ("one", "other", "is_covered"),
    [
        ("10:10:", "10:10:", True),
        ("12:12:", "10:10:", True),
        ("10:10:", "12:12:", False),
        ("10:14:10", "10:12:10", True),
        ("10:14:10", "12:12:", False),
        ("10:14:10,13", "10:13:10,11", True),
        ("11:14:11", "10:14:10", False),
    ],
)
async def test_a_snapshot_covers_another_when_it_shows_all_that_the_other_shows(one, other, is_covered):
    def shown(snapshot):
        _, xmax, running = snapshot.split(":")
        return {xid for xid in range(int(xmax)) if str(xid) not in running.split(",")}

    assert covers(one, other) == is_covered == (shown(one) >= shown(other))
