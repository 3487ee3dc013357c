"""Missing minutes of made-up histories: sales, terminals that move, power cycles with gaps, the platform down.

An oracle looks at each minute by itself, in the events as they were made up.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from psycopg import AsyncConnection

from storage.read_pool import enter_scope
from storage.sight import Scope
from tests.api.world import CATALOGUE, World
from usecases.read_missing import get_missing

BEGIN = datetime(2026, 4, 1, 10, 0, tzinfo=UTC)
COUNT = 40
ENGINE = CATALOGUE["engine_speed_rpm"].id
SECOND = st.integers(0, COUNT * 60)


def at(second: float) -> datetime:
    return BEGIN + timedelta(seconds=second)


@dataclass(frozen=True)
class History:
    """Seconds from BEGIN; readings: one in the middle of a minute, with whether the engine is off."""

    readings: dict[int, bool]
    sold: int
    installed: tuple[int, int]
    healthy: list[tuple[int, int]]
    statuses: list[tuple[int, bool]]
    cycles: list[tuple[int, int, bool]]
    refused: list[int]
    asked: tuple[int, int]


def pairs():
    return st.tuples(SECOND, SECOND).map(sorted).filter(lambda p: p[0] < p[1]).map(tuple)


@st.composite
def histories(draw):
    return History(
        readings=draw(st.dictionaries(st.integers(0, COUNT - 1), st.booleans(), max_size=12)),
        sold=draw(SECOND | st.integers(1, COUNT - 1).map(lambda minute: minute * 60)),
        installed=draw(st.just((0, COUNT * 60)) | pairs()),
        healthy=draw(st.just([(0, COUNT * 60)]) | st.lists(pairs(), max_size=2)),
        statuses=sorted(draw(st.dictionaries(SECOND, st.booleans(), max_size=3)).items()),
        cycles=[(*pair, lost) for pair, lost in draw(st.lists(st.tuples(pairs(), st.booleans()), max_size=3))],
        refused=draw(st.lists(SECOND, max_size=2, unique=True)),
        asked=draw(st.just((0, COUNT)) | pairs().map(lambda p: (p[0] // 60, p[1] // 60)).filter(lambda p: p[0] < p[1])),
    )


def oracle(minute: int, known: History, seen: tuple[float, float]) -> str:
    begin, end = minute * 60, minute * 60 + 60

    def whole(m: int) -> bool:
        return seen[0] <= m * 60 and m * 60 + 60 <= seen[1]

    def engine_off() -> bool:
        back = minute - 1
        while back >= 0 and whole(back) and back not in known.readings:
            back -= 1
        return back >= 0 and whole(back) and known.readings[back]

    status = [online for second, online in known.statuses if second // 60 <= minute]
    lost = [
        (max(first, known.installed[0]), min(last, known.installed[1]))
        for first, last, is_lost in known.cycles
        if is_lost and seen[0] <= first and last < seen[1]
        if first < known.installed[1] and last >= known.installed[0]
    ]
    rules = {
        "not_visible": not whole(minute),
        "present": minute in known.readings,
        "not_installed": not (known.installed[0] < end and begin < known.installed[1]),
        "platform_down": bool(known.healthy)
        and minute >= min(a for a, _ in known.healthy) // 60
        and not any(a < end and begin < b + 60 for a, b in known.healthy),
        "refused": any(begin <= r < end and known.installed[0] <= r < known.installed[1] for r in known.refused),
        "engine_off": engine_off(),
        "offline": bool(status) and not status[-1],
        "not_arrived": any(a // 60 * 60 < end and begin < b for a, b in lost),
        "unknown": True,
    }
    return next(reason for reason, holds in rules.items() if holds)


def write(world: World, terminal: int, known: History) -> None:
    conn, machine = world.conn, world.machines["sold"]
    owners = world.organisations["north"], world.organisations["south"]
    conn.execute(
        "INSERT INTO ownership (machine_id, organisation_id, from_at, to_at) VALUES (%s, %s, '-infinity', %s), "
        "(%s, %s, %s, 'infinity')",
        [machine, owners[0], at(known.sold), machine, owners[1], at(known.sold)],
    )
    conn.execute(
        "INSERT INTO installation (terminal_id, machine_id, from_at, to_at) VALUES (%s, %s, %s, %s)",
        [terminal, machine, *map(at, known.installed)],
    )
    for minute in known.readings:
        conn.execute(
            "INSERT INTO rollup_1m (machine_id, bucket_at, signal_id, n, first, last) VALUES (%s, %s, %s, 1, 0, 0)",
            [machine, at(minute * 60), ENGINE],
        )
    if known.readings:
        conn.execute(
            "INSERT INTO rollup_1h (machine_id, bucket_at, signal_id, n, first, last) VALUES (%s, %s, %s, %s, 0, 0)",
            [machine, BEGIN, ENGINE, len(known.readings)],
        )
    for minute in range(COUNT + 1):  # a reading's state lasts until the next one, for a minute at most
        halves = [known.readings[m] for m in (minute - 1, minute) if m in known.readings]
        if halves:
            off_s = 30 * sum(halves)
            conn.execute(
                "INSERT INTO work_time_1m VALUES (%s, %s, 0, 0, %s, %s)",
                [machine, at(minute * 60), 30 * len(halves) - off_s, off_s],
            )
    write_platform(world, terminal, known)


def write_platform(world: World, terminal: int, known: History) -> None:
    conn = world.conn
    for first, last in known.healthy:
        conn.execute(
            "INSERT INTO platform_health (gateway_id, from_at, to_at) VALUES ('g', %s, %s)", [at(first), at(last)]
        )
    for second, online in known.statuses:
        world.event("sold", at(second), kind=3, value=int(online))
    for number, (first, last, is_lost) in enumerate(known.cycles):
        conn.execute(
            "INSERT INTO ledger (terminal_id, boot, through, ranges, first_received_at, last_received_at) "
            "VALUES (%s, %s, 5, %s, %s, %s)",
            [terminal, f"b{number}", "{[8,20)}" if is_lost else "{}", at(first), at(last)],
        )
    for second in known.refused:
        conn.execute(
            "INSERT INTO quarantine (quarantine_id, terminal, payload_hash, reason, detail, topic, received_at) "
            "VALUES (gen_random_uuid(), 'T-sold', %s, 'bad_json', 'd', 't', %s)",
            [str(second).encode(), at(second)],
        )


@pytest.fixture(scope="module")
def sold(world):
    machine = world.machine("sold", owner=None)
    terminal = world.conn.execute("INSERT INTO terminal (name) VALUES ('T-sold') RETURNING terminal_id").fetchone()[0]
    return world, machine, terminal


async def told_to(url: str, scope: Scope, asked: tuple[int, int]) -> list[str]:
    async with await AsyncConnection.connect(url) as conn:
        await enter_scope(conn, scope.organisation_id)
        span = {"from_at": at(asked[0] * 60), "to_at": at(asked[1] * 60)}
        answer = await get_missing(conn, scope, "pin:PIN-sold", **span, now=at(COUNT * 600))
    told = ["present"] * (asked[1] - asked[0])
    for item in answer.items:
        first = round((item.from_at - at(asked[0] * 60)) / timedelta(minutes=1))
        told[first : first + item.minutes] = [item.reason] * item.minutes
    return told


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(known=histories())
def test_each_party_is_told_what_a_naive_look_at_its_own_time_gives(api_database, sold, known):
    world, machine, terminal = sold
    north, south = (world.organisations[name] for name in ("north", "south"))
    url = api_database.url("ecc_api")
    try:
        write(world, terminal, known)
        for owner, seen in ((north, (-9e9, known.sold)), (south, (known.sold, 9e9))):
            scope = Scope(organisation_id=owner, organisations=(owner,), sees_all=False)
            told = asyncio.run(told_to(url, scope, known.asked))
            assert told == [oracle(minute, known, seen) for minute in range(*known.asked)]
    finally:
        for table in ("rollup_1m", "rollup_1h", "work_time_1m", "event", "installation", "ownership"):
            world.conn.execute(f"DELETE FROM {table} WHERE machine_id = %s", [machine])
        world.conn.execute("DELETE FROM ledger WHERE terminal_id = %s", [terminal])
        world.conn.execute("DELETE FROM platform_health")
        world.conn.execute("DELETE FROM quarantine")
