"""What makes reading fast and what it must not change: kept organisations, shifted terminals, no thread a request."""

from __future__ import annotations

import asyncio
import inspect
from datetime import timedelta

import psycopg
import pytest
from fastapi.dependencies.models import Dependant
from psycopg import AsyncConnection

from api.app import ApiSettings, create_app
from api.dependencies import now_of_request
from api.endpoints import served
from api.fleet_filters import _filters as machine_filters
from storage.coordinates import list_shifted, list_shifted_fleet
from storage.read_missing import list_other_minutes
from storage.read_pool import enter_scope
from tests.api.world import NOW

SALE = NOW - timedelta(days=2)
IDS = "SELECT tenant_organisation_ids()"
PAGES = "SELECT pg_relation_size('terminal_not_wgs84') / current_setting('block_size')::int"


def flat(dependant: Dependant):
    for one in dependant.dependencies:
        yield one.call
        yield from flat(one)


def test_no_request_waits_for_a_thread():
    """FastAPI runs what is no coroutine in a thread: that costs more than most answers."""
    app = create_app(ApiSettings(database_url="", session_secret="t" * 40))
    calls = {call for route in served(app).values() for call in (route.dependant.call, *flat(route.dependant))}
    assert {now_of_request, machine_filters} <= calls
    assert not {c for c in calls if not (inspect.iscoroutinefunction(c) or inspect.isasyncgenfunction(c))}


def scoped(database, organisation: int) -> psycopg.Connection:
    conn = psycopg.connect(database.url("ecc_api"))
    conn.execute("SELECT set_config('ecc.organisation_id', %s, true)", [str(organisation)])
    return conn


def ids_of(conn) -> set[int]:
    return set(conn.execute(IDS).fetchone()[0])


def test_organisations_are_kept_for_the_tenant_they_are_of_and_until_one_moves(api_database, world):
    north, south, dealer = (world.organisations[name] for name in ("north", "south", "dealer"))
    with scoped(api_database, dealer) as conn:
        assert ids_of(conn) == {dealer, north} == ids_of(conn)
        conn.execute("SELECT set_config('ecc.organisation_id', %s, true)", [str(south)])
        assert ids_of(conn) == {south}
        conn.execute("SELECT set_config('ecc.organisation_id', '', true)")
        assert ids_of(conn) == set()
        conn.execute("SELECT set_config('ecc.organisation_id', %s, true)", [str(dealer)])
        assert ids_of(conn) == {dealer, north}
        made = conn.execute(
            "INSERT INTO organisation (public_id, parent_id, kind, name) "
            "VALUES (gen_random_uuid(), %s, 'customer', 'New') RETURNING organisation_id",
            [north],
        ).fetchone()[0]
        assert ids_of(conn) == {dealer, north, made}, "in the transaction that made it"
        conn.rollback()
    with scoped(api_database, dealer) as conn:
        assert ids_of(conn) == {dealer, north}


@pytest.fixture(scope="module")
def shifted(world):
    """A machine sold two days ago: gcj02 while it was North's, another terminal with bd09 since."""
    machine = world.machine("shifted", owner=None)
    world.own("shifted", "north", to_at=SALE)
    world.own("shifted", "south", from_at=SALE)
    world.machine("plain", owner="north")
    before = world.conn.execute(PAGES).fetchone()[0]
    for name, system, begin, end in (("G", "gcj02", "-infinity", SALE), ("B", "bd09", SALE, "infinity")):
        terminal = world.conn.execute(
            "INSERT INTO terminal (name, coordinate_system) VALUES (%s, %s) RETURNING terminal_id", [name, system]
        ).fetchone()[0]
        world.conn.execute(
            "INSERT INTO installation (terminal_id, machine_id, from_at, to_at) VALUES (%s, %s, %s, %s)",
            [terminal, machine, begin, end],
        )
    return world, machine, before


def told(database, organisation, machine):
    async def ask():
        async with await AsyncConnection.connect(database.url("ecc_api")) as conn:
            await enter_scope(conn, organisation)
            return await list_shifted(conn, [machine]), await list_shifted_fleet(conn)

    return asyncio.run(ask())


@pytest.mark.parametrize(
    ("organisation", "systems"),
    [("north", ["gcj02"]), ("dealer", ["gcj02"]), ("south", ["bd09"]), ("platform", ["gcj02", "bd09"])],
)
def test_each_party_is_told_of_the_terminals_of_its_own_time(api_database, shifted, organisation, systems):
    world, machine, before = shifted
    assert (before, world.conn.execute(PAGES).fetchone()[0]) == (1, 2), "the first shifted terminal makes the page"
    own, fleet = told(api_database, world.organisations[organisation], machine)
    assert [period.system for period in own[machine]] == systems
    assert sorted(fleet.system.tolist()) == [1, 2][: len(systems)] if len(systems) == 2 else len(fleet.system) == 1
    assert {bytes(row) for row in fleet.ids} == {world.public["shifted"].bytes}


def test_nobody_without_a_scope_is_told(api_database, shifted):
    with psycopg.connect(api_database.url("ecc_api")) as conn:
        assert conn.execute("SELECT * FROM tenant_shifted(NULL)").fetchall() == []
    with psycopg.connect(api_database.url("ecc_gateway")) as conn, pytest.raises(psycopg.errors.InsufficientPrivilege):
        conn.execute("SELECT * FROM tenant_shifted(NULL)")


def test_the_page_stays_when_the_last_shifted_terminal_is_corrected(shifted):
    world, _, _ = shifted
    with world.conn.transaction(force_rollback=True):
        world.conn.execute("UPDATE terminal SET coordinate_system = 'wgs84'")
        assert world.conn.execute(PAGES).fetchone()[0] == 2, "at worst a look too many"


FILL = """
INSERT INTO rollup_1m (machine_id, signal_id, bucket_at, n, min, max, sum, first, last)
SELECT %s, signal, at, 1, 1, 1, 1, 1, 1 FROM generate_series(1, 3) signal,
    generate_series(%s::timestamptz, %s::timestamptz - interval '1 minute', interval '1 minute') at
WHERE extract(minute FROM at) <> 30
"""
READ = """
SELECT coalesce(sum(seq_tup_read + idx_tup_fetch), 0)::bigint FROM pg_stat_xact_all_tables
WHERE schemaname = '_timescaledb_internal'
"""


@pytest.mark.parametrize("mode", ["force_custom_plan", "force_generic_plan"])
def test_minutes_in_gaps_are_looked_up_gap_by_gap_also_by_a_plan_that_knows_no_values(api_database, world, mode):
    """From its sixth run on a prepared statement has such a plan, and took seconds for the gaps of a month."""
    machine, hours = world.machine(f"gaps {mode}", owner="north"), 24 * 6
    begin = NOW.replace(minute=0, second=0) - timedelta(days=30)
    world.conn.execute(FILL, [machine, begin, begin + timedelta(hours=hours)])
    world.conn.execute("ANALYZE rollup_1m")
    ends = [timedelta(hours=n, minutes=29) for n in range(hours)]  # one minute with readings, one without
    gaps = [(begin + end, begin + end + timedelta(minutes=2)) for end in ends]

    async def ask() -> tuple[int, int]:
        async with await AsyncConnection.connect(api_database.url("ecc_api")) as conn:
            await conn.execute(f"SET plan_cache_mode = {mode}")
            conn.prepare_threshold = 0
            before = (await (await conn.execute(READ)).fetchone())[0]
            found = await list_other_minutes(conn, machine, [1, 2, 3], gaps)
            return len(found), (await (await conn.execute(READ)).fetchone())[0] - before

    minutes, read = asyncio.run(ask())
    assert minutes == hours
    assert read < 10 * hours, "not every minute of every signal"
