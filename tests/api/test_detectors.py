"""Models over the API: versions with their cards, and what a machine is judged by."""

import json
from datetime import timedelta

import pytest

from storage.ids import uuid7
from tests.api.world import NOW

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest.fixture(scope="module", autouse=True)
def registry(world):
    """Two versions for the excavators, of which the second is in force and not well; one of the crane's own."""
    for version in (1, 2):
        world.conn.execute(
            "INSERT INTO detector (public_id, name, version, kind, model_id, sha256, card, machines, made_at, made_by) "
            "SELECT %(id)s, 'baseline', %(version)s, 'detector', model_id, 'f', %(card)s, 5, %(now)s, 'me' "
            "FROM machine WHERE machine_id = %(machine)s",
            {
                **{"id": uuid7(), "version": version, "now": NOW, "machine": world.machines["digger"]},
                "card": json.dumps({"rows": 100 * version}),
            },
        )
    world.conn.execute(
        "INSERT INTO detector (public_id, name, version, kind, machine_id, sha256, card, machines, made_at, made_by) "
        "VALUES (%s, 'default', 1, 'detector', %s, 'f', '{}', 1, %s, 'me')",
        [uuid7(), world.machines["crane"], NOW],
    )
    world.conn.execute("INSERT INTO detector_file SELECT detector_id, 'x', '{}' FROM detector")
    world.conn.execute(
        "INSERT INTO detector_switch (name, model_id, machine_id, detector_id, action, at, by_name) "
        "SELECT name, model_id, machine_id, detector_id, 'promote', %s, 'me' FROM detector ORDER BY detector_id",
        [NOW],
    )
    world.conn.execute(
        "INSERT INTO detector_health SELECT detector_id, 'corrupt', 'damaged', %s FROM detector WHERE version = 2",
        [NOW],
    )
    for machine, name in (("digger", "baseline"), ("crane", "default")):
        world.conn.execute(
            "INSERT INTO detector_state (machine_id, name, detector_id, standing, marked_at, windows, score, state) "
            "SELECT %s, name, max(detector_id), 'family', %s, 7, 0.5, '' FROM detector WHERE name = %s GROUP BY name",
            [world.machines[machine], NOW, name],
        )


async def get(clients, login: str, path: str):
    async with clients.of(login) as http:
        answer = await http.get(f"/api/v1{path}")
    return answer.json() if answer.status_code == 200 else answer.status_code


async def test_versions_are_listed_with_card_state_and_standings(clients):
    second, first = (await get(clients, "owner", "/detectors?sort=-made_at"))["items"]
    assert (second["version"], second["in_force"], second["state"], second["reason"]) == (2, True, "corrupt", "damaged")
    assert (first["version"], first["in_force"], first["state"], first["standings"]) == (1, False, "ok", {})
    assert (second["card"], second["model"], second["standings"]) == ({"rows": 200}, "excavator-1", {"family": 1})
    assert await get(clients, "owner", f"/detectors/{second['id']}") == second
    assert [one["version"] for one in (await get(clients, "owner", "/detectors?in_force=false"))["items"]] == [1]
    assert (await get(clients, "owner", "/detectors?name=default"))["items"] == []


async def test_pages_show_each_version_once(clients):
    page = await get(clients, "expert", "/detectors?limit=2&sort=name")
    rest = await get(clients, "expert", f"/detectors?limit=2&sort=name&cursor={page['next_cursor']}")
    seen = [one["id"] for one in page["items"] + rest["items"]]
    assert (len(seen), len(set(seen)), rest["next_cursor"]) == (3, 3, None)


async def test_a_model_of_one_machine_is_seen_with_the_machine(clients, world):
    (own,) = (await get(clients, "stranger", "/detectors?name=default"))["items"]
    assert own["machine_id"] == str(world.public["crane"])
    assert await get(clients, "owner", f"/detectors/{own['id']}") == 404
    assert (await get(clients, "stranger", "/detectors?name=baseline"))["items"][0]["standings"] == {}


async def test_what_a_machine_is_judged_by(clients, world):
    told = await get(clients, "owner", f"/machines/{world.public['digger']}/detectors")
    assert told["machine_id"] == str(world.public["digger"])
    (one,) = told["items"]
    assert (one["name"], one["version"], one["standing"], one["windows"], one["score"]) == (
        "baseline", 2, "family", 7, 0.5,
    )  # fmt: skip
    assert one["state"] == "corrupt"
    assert await get(clients, "stranger", f"/machines/{world.public['digger']}/detectors") == 404


async def test_wear_is_told_day_by_day_with_its_outlook(clients, world):
    digger = world.machines["digger"]
    for days, value in ((3, 171.0), (2, 170.0)):
        world.conn.execute(
            "INSERT INTO wear_day VALUES (%s, 'oil_pressure_hot_idle', %s, %s, 40)",
            [digger, NOW - timedelta(days=days), value],
        )
    for index in ("oil_pressure_hot_idle", "air_filter_restriction"):
        world.conn.execute(
            "INSERT INTO wear_outlook (machine_id, index_key, as_of, days, level, limit_value, slope_per_day, "
            "expected_days, low_days, remind_at) VALUES (%s, %s, %s, 20, 170, 100, -1, 70, 60, %s)",
            [digger, index, NOW, NOW + timedelta(days=58)],
        )
    path = f"/machines/{world.public['digger']}/wear"
    (one,) = (await get(clients, "owner", path))["items"]  # of the filter no day says anything
    assert (one["id"], one["unit"], one["worse"]) == ("oil_pressure_hot_idle", "kPa", "falling")
    assert (one["expected_days"], one["low_days"], one["high_days"], one["limit"]) == (70, 60, None, 100)
    assert [day["value"] for day in one["values"]] == [171, 170]
    assert await get(clients, "stranger", path) == 404
