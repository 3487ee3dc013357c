"""A state is read in the round trip that finds out who asks: what the session meant before is never answered by."""

from datetime import timedelta

import pytest
import pytest_asyncio

from tests.api.conftest import running
from tests.api.world import NOW
from usecases import read_machine_state

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest.fixture(scope="module")
def placed(world):
    """The digger is somewhere."""
    world.state("digger", {"latitude_deg": 31.26, "longitude_deg": 121.44}, at=NOW - timedelta(minutes=1))
    return f"/api/v1/machines/{world.public['digger']}/state"


@pytest_asyncio.fixture(loop_scope="module")
async def believed(clients, placed):
    """Somebody whose session is known to the process by now."""
    held = {}
    for login in ("owner", "dealer"):
        http = held[login] = clients.of(login)
        for _ in range(2):
            answer = await http.get(placed)
            assert answer.status_code == 200, answer.text
            assert answer.json()["position"]["latitude_deg"] == 31.26
    yield held
    for http in held.values():
        await http.aclose()


async def test_an_organisation_that_moved_is_lost_and_seen_again_at_once(world, believed, placed):
    move = "UPDATE organisation SET parent_id = %s WHERE organisation_id = %s"
    dealer, north = world.organisations["dealer"], world.organisations["north"]
    world.conn.execute(move, [None, north])
    try:
        assert (await believed["dealer"].get(placed)).status_code == 404
        assert (await believed["owner"].get(placed)).status_code == 200
    finally:
        world.conn.execute(move, [dealer, north])
    assert (await believed["dealer"].get(placed)).status_code == 200


async def test_who_lost_the_right_to_places_gets_coarse_ones_at_once(world, believed, placed):
    change = "UPDATE app_user SET role = %s WHERE login = 'owner'"
    world.conn.execute(change, ["auditor"])
    try:
        position = (await believed["owner"].get(placed)).json()["position"]
    finally:
        world.conn.execute(change, ["owner"])
    assert (position["latitude_deg"], position["is_coarse"]) == (31.3, True)


async def test_an_ended_session_is_refused_at_once(world, believed, placed):
    world.conn.execute("UPDATE app_user SET active = FALSE WHERE login = 'owner'")
    try:
        assert (await believed["owner"].get(placed)).status_code == 401
    finally:
        world.conn.execute("UPDATE app_user SET active = TRUE WHERE login = 'owner'")
    world.conn.execute("DELETE FROM app_session WHERE user_id = (SELECT user_id FROM app_user WHERE login = 'dealer')")
    assert (await believed["dealer"].get(placed)).status_code == 401


async def test_what_is_foreign_is_not_there_the_second_time_either(world, clients, believed):
    async with clients.of("owner") as http:
        for _ in range(3):
            answer = await http.get(f"/api/v1/machines/{world.public['crane']}/state")
            assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


async def test_no_session_is_kept_by_its_secret_name(clients, believed):
    """Who reads the process's memory cannot sign in with what is remembered."""
    sessions = clients.app.state.sessions
    names = {
        sessions.read(http.headers["authorization"].removeprefix("Bearer "), now=None).session
        for http in believed.values()
    }
    kept = clients.app.state.believed._callers  # nothing else tells what it keeps
    assert names
    assert kept
    assert all(name.encode() not in key and name != key for key in kept for name in names)
    assert all(isinstance(key, bytes) and len(key) == 32 for key in kept)


async def test_who_asks_too_often_has_nothing_read(world, api_database, placed, monkeypatch):
    read, asked = read_machine_state.ask_state, []

    async def counted(*given, **more):
        asked.append(given)
        return await read(*given, **more)

    monkeypatch.setattr(
        read_machine_state, "ask_state", counted
    )  # how often the statement is sent is seen nowhere else
    async with running(api_database.url("ecc_api"), reads_per_minute=3) as made, made.of("owner") as http:
        answers = [await http.get(placed) for _ in range(5)]
    assert [answer.status_code for answer in answers] == [200, 200, 200, 429, 429]
    assert [answer.headers["ratelimit-remaining"] for answer in answers] == ["2", "1", "0", "0", "0"]
    assert len(asked) == 3
