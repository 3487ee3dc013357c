"""Values of a machine under keys that are no signals."""

from datetime import timedelta

import pytest

from tests.api.world import NOW

pytestmark = pytest.mark.asyncio(loop_scope="module")

PATH = "/api/v1/machines/pin:PIN-site/extra"
SECOND = timedelta(seconds=1)
KEYS = ("boom_grease_pct", "机油", "z,z")


@pytest.fixture(scope="module")
def site(world):
    """A machine of North's with three keys a second for 20 s; North sold it to South 10 s ago."""
    world.machine("site", owner=None)
    world.own("site", "north", to_at=NOW - 10 * SECOND)
    world.own("site", "south", from_at=NOW - 10 * SECOND)
    world.extra("site", [(NOW - i * SECOND, key, i + n / 4) for i in range(1, 21) for n, key in enumerate(KEYS)])
    return world


async def walk(clients, login, **query):
    seen, cursor = [], None
    async with clients.of(login) as http:
        while True:
            page = (await http.get(PATH, params=query | ({"cursor": cursor} if cursor else {}))).raise_for_status()
            seen += page.json()["items"]
            assert len(seen) < 1000, "the pages go round in a circle"
            cursor = page.json()["next_cursor"]
            if cursor is None:
                return seen


@pytest.mark.parametrize("limit", [1, 7, 60, 1000])
async def test_walking_the_pages_shows_every_value_exactly_once_newest_first(site, clients, limit):
    seen = await walk(clients, "expert", limit=limit)
    places = [(value["measured_at"], value["key"]) for value in seen]
    assert (len(places), len(set(places))) == (60, 60)
    assert [at for at, _ in places] == sorted((at for at, _ in places), reverse=True)
    assert {value["key"]: value["value"] for value in seen[:3]} == {KEYS[0]: 1.0, KEYS[1]: 1.25, KEYS[2]: 1.5}


async def test_each_owner_sees_the_time_that_was_theirs(site, clients):
    assert {v["value"] // 1 for v in await walk(clients, "stranger", limit=7)} == set(range(1, 11))
    assert {v["value"] // 1 for v in await walk(clients, "owner", limit=7)} == set(range(11, 21))


async def test_a_span_and_keys_are_chosen(site, clients):
    span = {"from": (NOW - 5 * SECOND).isoformat(), "to": (NOW - 3 * SECOND).isoformat()}
    found = await walk(clients, "expert", keys=[KEYS[1], KEYS[2]], limit=2, **span)
    assert [(v["key"], v["value"]) for v in found] == [(KEYS[1], 4.25), (KEYS[2], 4.5), (KEYS[1], 5.25), (KEYS[2], 5.5)]
    assert await walk(clients, "expert", keys="engine_speed_rpm") == []


@pytest.mark.parametrize("wrong", ["eyJ4Ijox", "WyJleHRyYSIsIngiLDFd", "WyJldmVudHMiLDEsImEiXQ"])
async def test_a_cursor_of_another_list_is_refused(site, clients, wrong):
    async with clients.of("expert") as http:
        assert (await http.get(PATH, params={"cursor": wrong})).status_code == 422
