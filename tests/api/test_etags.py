"""An ETag changes with the body, and a change asks for the version alone."""

from datetime import timedelta

import pytest

from tests.api.world import NOW

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def shown(http, path: str) -> str:
    answer = await http.get(path)
    assert answer.status_code == 200, answer.text
    return answer.headers["etag"]


async def answered(http, path: str, known: str) -> int:
    return (await http.get(path, headers={"if-none-match": known})).status_code


async def test_a_reading_that_came_in_is_shown_and_refuses_no_change(world, clients):
    world.machine("watched", owner="north")
    path = f"/api/v1/machines/{world.public['watched']}"
    world.state("watched", {"engine_speed_rpm": 800.0}, at=NOW)
    async with clients.of("owner") as http:
        known = await shown(http, path)
        assert await answered(http, path, known) == 304
        world.state("watched", {"engine_speed_rpm": 900.0}, at=NOW + timedelta(seconds=4))
        assert await answered(http, path, known) == 200
        changed = await http.patch(path, json={"name": "Seen"}, headers={"if-match": known})
        assert changed.status_code == 200, changed.text


async def test_an_installed_terminal_is_shown_on_both_sides(world, clients):
    world.machine("fitted", owner="north")
    machine = f"/api/v1/machines/{world.public['fitted']}"
    async with clients.of("owner") as http:
        made = await http.post("/api/v1/terminals", json={"name": "T-ETAG"})
        terminal = made.headers["location"]
        known = {path: await shown(http, path) for path in (machine, terminal)}
        installed = await http.post(f"{machine}/installations", json={"terminal_id": made.json()["id"]})
        assert installed.status_code == 201, installed.text
        assert [await answered(http, path, tag) for path, tag in known.items()] == [200, 200]


async def test_a_renamed_organisation_is_shown_wherever_its_name_stands(world, clients):
    async with clients.of("owner") as http:
        site = (await http.post("/api/v1/sites", json={"name": "Quarry", "time_zone": "UTC"})).headers["location"]
        known = {path: await shown(http, path) for path in (site, "/api/v1/auth/me")}
        assert [await answered(http, path, tag) for path, tag in known.items()] == [304, 304]
        world.conn.execute("UPDATE organisation SET name = 'North & Sons' WHERE name = 'North'")
        assert [await answered(http, path, tag) for path, tag in known.items()] == [200, 200]


async def test_a_webhook_that_was_paused_is_shown(world, clients):
    async with clients.of("owner") as http:
        wanted = {"url": "https://hooks.example.com/ecc", "kinds": ["alarm.raised"]}
        made = await http.post("/api/v1/webhooks", json=wanted)
        assert made.status_code == 201, made.text
        known = await shown(http, made.headers["location"])
        world.conn.execute("UPDATE webhook SET paused_at = now(), paused_reason = 'gone'")
        assert await answered(http, made.headers["location"], known) == 200
