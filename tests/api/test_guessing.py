"""How fast one may guess logins and passwords."""

import asyncio
import time
from datetime import UTC, datetime, timedelta

import pytest
import pytest_asyncio

from storage.read_pool import ReadPool
from tests.api.conftest import running
from tests.api.test_identity import log_in, person
from usecases.sign_in_pace import Attempt, Pace, count_attempt, forgive_attempt

__all__ = ["person"]
pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(loop_scope="module")
async def pool(api_database):
    async with ReadPool(api_database.url("ecc_api"), size=4, statement_timeout_ms=5000) as opened:
        yield opened


PACE = Pace.of(5)


async def tried(pool, login, address, now):
    async with pool.platform() as conn:
        return await count_attempt(conn, Attempt.of(login, address), PACE, now=now)


async def test_guessing_is_slowed_down_more_and_more_and_wears_off(pool):
    now = datetime(2026, 11, 22, tzinfo=UTC)
    pauses = []
    for _ in range(24):
        wait = await tried(pool, "a", "192.0.2.1", now)
        pauses.append(wait)
        now += timedelta(seconds=wait)
    assert pauses[:14] == [0, 0, 0, 0, 0, 5, 0, 10, 0, 20, 0, 40, 0, 80]
    assert max(pauses) <= 900
    assert await tried(pool, "a", "192.0.2.1", now + timedelta(hours=4)) == 0
    assert await tried(pool, "a", "192.0.2.1", now + timedelta(hours=4)) == 0, "after hours there is patience again"


async def test_many_guesses_at_once_are_no_way_around_it(pool):
    now = datetime(2026, 11, 22, tzinfo=UTC)
    waits = await asyncio.gather(*(tried(pool, "b", "192.0.2.2", now) for _ in range(20)))
    assert sorted(waits)[:6] == [0, 0, 0, 0, 0, 5]


async def test_who_came_first_and_is_served_later_does_not_wait_for_the_other(pool):
    now = datetime(2026, 11, 22, tzinfo=UTC)
    assert await tried(pool, "colleague", "192.0.2.3", now + timedelta(seconds=1)) == 0
    assert await tried(pool, "e", "192.0.2.3", now) == 0
    async with pool.platform() as conn:
        await forgive_attempt(conn, Attempt.of("colleague", "192.0.2.3"), PACE, now=now + timedelta(seconds=1))
    assert await tried(pool, "f", "192.0.2.3", now) == 0
    for _ in range(5):
        assert await tried(pool, "g", "192.0.2.3", now + timedelta(seconds=1)) == 0
    assert await tried(pool, "g", "192.0.2.3", now) == 6, "a pause holds for who came before it, too"


async def test_an_address_that_tries_many_logins_is_slowed_down(pool):
    now = datetime(2026, 11, 22, tzinfo=UTC)
    waits = [await tried(pool, f"c{n}", f"2001:db8::{n}", now) for n in range(60)]
    assert waits[:50] == [0] * 50, "an office behind one address mistypes as well"
    assert waits[50] > 0


async def test_a_stranger_with_many_addresses_cannot_lock_a_person_out(pool):
    now = datetime(2026, 11, 22, tzinfo=UTC)
    home = Attempt.of("d", "198.51.100.1")
    async with pool.platform() as conn:
        await forgive_attempt(conn, home, PACE, now=now)
    for n in range(100):
        now += timedelta(seconds=await tried(pool, "d", f"203.0.113.{n}", now))
    assert 0 < await tried(pool, "d", "192.0.2.77", now) <= 30, "an address never seen waits half a minute at most"
    assert await tried(pool, "d", "198.51.100.1", now) == 0, "one that has signed in lately does not wait at all"


async def test_failures_are_remembered_by_another_process(world, api_database, person):
    url = api_database.url("ecc_api")
    async with running(url) as one, one.anybody() as http:
        answers = [await log_in(http, person, f"guess {n}") for n in range(6)]
        assert [a.status_code for a in answers] == [401] * 5 + [429]
        assert 1 <= int(answers[-1].headers["retry-after"]) <= 5
        assert answers[-1].json()["code"] == "too_many_attempts"
    world.conn.execute("UPDATE sign_in_counter SET next_at = next_at + interval '1 minute' WHERE next_at > counted_at")
    async with running(url) as other, other.anybody() as http:
        assert (await log_in(http, person)).status_code == 429, "the right password comes too early"
        assert (await log_in(http, "colleague")).status_code == 200, "others are not locked out"


async def test_an_unknown_login_takes_as_long_as_a_wrong_password(clients, person):
    async def took(http, login):
        began = time.perf_counter()
        await log_in(http, login, "wrong wrong wrong")
        return time.perf_counter() - began

    async with clients.anybody() as http:
        await took(http, "nobody at all")
        known = min([await took(http, person) for _ in range(3)])
        unknown = min([await took(http, f"nobody {n}") for n in range(3)])
    assert 1 / 3 < unknown / known < 3, (known, unknown)
