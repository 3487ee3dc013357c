"""The columns that the API tells of are those that its imports take."""

import pytest

from api.policy import ENDPOINTS
from api.routes.imports import CSV, GEOJSON
from tests.api.world import World

pytestmark = pytest.mark.asyncio(loop_scope="module")
PATH = "/api/v1/import-columns"


@pytest.fixture(scope="module")
def chief(world: World) -> str:
    world.person("chief", world.organisations["platform"], "administrator")
    return "chief"


async def send(http, one, content, media_type):
    return await http.post(
        f"/api/v1/{one['noun']}/import", params={"dry_run": True}, content=content, headers={"content-type": media_type}
    )


async def test_every_import_has_its_columns(clients, chief):
    async with clients.of(chief) as http:
        first = await http.get(PATH)
        assert first.status_code == 200, first.text
        told = [one["noun"] for one in first.json()["items"]]
    paths = (
        path.removeprefix("POST /api/v1/").removesuffix("/import") for path in ENDPOINTS if path.endswith("/import")
    )
    assert sorted(told) == sorted(paths)


async def test_a_table_of_all_columns_is_taken_and_one_without_a_required_one_or_with_another_is_not(clients, chief):
    async with clients.of(chief) as http:
        for one in (await http.get(PATH)).json()["items"]:
            if one["media_type"] != CSV:
                continue
            columns = [*one["required"], *one["optional"]]
            whole = await send(http, one, ",".join(columns) + "\n", CSV)
            assert (whole.status_code, whole.json().get("entries")) == (200, 0), whole.text
            for missing in one["required"]:
                less = [name for name in columns if name != missing]
                assert (await send(http, one, ",".join(less) + "\n", CSV)).status_code == 422, (one["noun"], missing)
            for odd in ("nonsense", columns[-1]):
                assert (await send(http, one, ",".join([*columns, odd]) + "\n", CSV)).status_code == 422, one["noun"]


async def test_examples_are_files_of_these_columns(clients, chief):
    async with clients.of(chief) as http:
        for one in (await http.get(PATH)).json()["items"]:
            answer = await send(http, one, one["example"], one["media_type"])
            assert answer.status_code in {200, 422}, answer.text
            if one["media_type"] == CSV:
                head = one["example"].split("\n")[0].split(",")
                assert set(one["required"]) <= set(head) <= {*one["required"], *one["optional"]}, one["noun"]
            else:
                assert one["media_type"] == GEOJSON
                assert answer.json()["created"] == 1
