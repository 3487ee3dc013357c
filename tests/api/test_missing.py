"""The missing minutes of a machine, end to end."""

from datetime import UTC, datetime, timedelta

import pytest

from tests.api.world import CATALOGUE

pytestmark = pytest.mark.asyncio(loop_scope="module")

BEGIN = datetime(2026, 5, 1, 10, 0, tzinfo=UTC)


def at(minute):
    return BEGIN + timedelta(minutes=minute)


def shown(minute):
    return at(minute).isoformat().replace("+00:00", "Z")


@pytest.fixture(scope="module")
def holey(world):
    """An hour and a half of which minutes 0-9, 20-29, 50-59 and 80-89 have readings."""
    machine = world.machine("holey", owner="north")
    signal = CATALOGUE["engine_speed_rpm"].id
    other = CATALOGUE["fuel_level_pct"].id
    present = [*range(10), *range(20, 30), *range(50, 60), *range(80, 90)]
    for minute in present:
        world.conn.execute(
            "INSERT INTO rollup_1m (machine_id, bucket_at, signal_id, n, first, last) VALUES (%s, %s, %s, 1, 0, 0)",
            [machine, at(minute), other if minute in {5, 85} else signal],
        )
    for key in (signal, other):
        world.conn.execute(
            "INSERT INTO rollup_1h (machine_id, bucket_at, signal_id, n, first, last) VALUES (%s, %s, %s, %s, 0, 0)",
            [machine, BEGIN, key, 40 if key == signal else 2],
        )
    world.conn.execute(  # the engine is off at the end of minute 9
        "INSERT INTO work_time_1m VALUES (%s, %s, 0, 0, 20, 40), (%s, %s, 0, 0, 0, 30), (%s, %s, 60, 0, 0, 0)",
        [machine, at(9), machine, at(10), machine, at(59)],
    )
    world.event("holey", at(32), kind=3, value=0)
    world.event("holey", at(45), kind=3, value=1)
    terminal = world.conn.execute("INSERT INTO terminal (name) VALUES ('T-holey') RETURNING terminal_id").fetchone()[0]
    world.conn.execute(
        "INSERT INTO installation (terminal_id, machine_id, from_at, to_at) VALUES (%s, %s, '-infinity', %s)",
        [terminal, machine, at(75)],
    )
    world.conn.execute(
        "INSERT INTO ledger (terminal_id, boot, through, ranges, first_received_at, last_received_at) "
        "VALUES (%s, 'b', 5, '{[8,20)}', %s, %s)",
        [terminal, at(60), at(66) + timedelta(seconds=30)],
    )
    world.conn.execute(
        "INSERT INTO quarantine (quarantine_id, terminal, payload_hash, reason, detail, topic, received_at) "
        "VALUES (gen_random_uuid(), 'T-holey', '\\x01', 'bad_json', 'd', 't', %s)",
        [at(63)],
    )
    world.conn.execute(
        "INSERT INTO platform_health (gateway_id, from_at, to_at) VALUES ('g', %s, %s), ('g', %s, 'infinity')",
        [at(-600), at(66), at(70)],
    )


async def ask(clients, *, who="owner", expect=200, **query):
    async with clients.of(who) as http:
        answer = await http.get("/api/v1/machines/pin:PIN-holey/missing", params=query)
    assert answer.status_code == expect, answer.text
    return answer.json()


async def test_every_gap_has_its_reason(clients, holey):
    answer = await ask(clients, **{"from": shown(0), "to": shown(90)})
    told = [
        (round((datetime.fromisoformat(s["from_at"]) - BEGIN) / timedelta(minutes=1)), s["minutes"], s["reason"])
        for s in answer["items"]
    ]
    assert told == [
        (10, 10, "engine_off"),
        (30, 2, "unknown"),
        (32, 13, "offline"),
        (45, 5, "unknown"),
        (60, 3, "not_arrived"),
        (63, 1, "refused"),
        (64, 3, "not_arrived"),
        (67, 3, "platform_down"),
        (70, 5, "unknown"),
        (75, 5, "not_installed"),
    ]
    assert [s["detail"] for s in answer["items"] if s["reason"] == "refused"] == [["bad_json"]]
    assert (answer["minutes"], answer["present_minutes"], answer["missing_minutes"]) == (90, 40, 50)
    assert sum(answer["by_reason"].values()) == 50
    assert answer["by_reason"]["offline"] == 13


async def test_readings_that_wait_for_their_rollup_are_looked_up(world, clients, holey):
    world.readings("holey", [(at(72) + timedelta(seconds=9), {"engine_speed_rpm": 1.0})])
    world.conn.execute(
        "INSERT INTO dirty_range (machine_id, from_at, to_at) VALUES (%s, %s, %s)",
        [world.machines["holey"], at(72), at(73)],
    )
    try:
        told = await ask(clients, **{"from": shown(70), "to": shown(75)})
        assert [(s["minutes"], s["reason"]) for s in told["items"]] == [(2, "unknown"), (2, "unknown")]
        world.state("holey", {"engine_speed_rpm": 1.0})
        told = await ask(clients, **{"from": shown(70), "to": shown(75)})
        assert [s["reason"] for s in told["items"]] == ["back_fill", "back_fill"], "the terminal is online again"
    finally:
        world.conn.execute("DELETE FROM dirty_range")


async def test_what_is_not_the_callers_to_see_is_told_as_that_and_nothing_more(world, clients, holey):
    world.conn.execute(
        "INSERT INTO sharing (machine_id, organisation_id, data_class, from_at, to_at) "
        "VALUES (%s, %s, 'readings', %s, %s)",
        [world.machines["holey"], world.organisations["south"], at(20), at(40)],
    )
    answer = await ask(clients, who="stranger", **{"from": shown(0), "to": shown(90)})
    assert [(s["minutes"], s["reason"]) for s in answer["items"]] == [
        (20, "not_visible"),
        (2, "unknown"),
        (8, "offline"),
        (50, "not_visible"),
    ]
    assert answer["present_minutes"] == 10


@pytest.mark.parametrize(
    "query",
    [
        pytest.param({"from": shown(0), "to": shown(31 * 1440 + 1)}, id="more than 31 days"),
        pytest.param({"from": shown(5), "to": shown(5)}, id="nothing"),
        pytest.param({"from": "2199-01-01T00:00:00Z"}, id="the future"),
    ],
)
async def test_spans_that_are_refused(clients, holey, query):
    assert (await ask(clients, expect=422, **query))["code"] == "invalid_input"
