"""The catalogue: everybody reads kinds, models and software; the platform's leads and administrators write them."""

import pytest
import pytest_asyncio

pytestmark = pytest.mark.asyncio(loop_scope="module")
MODEL = {
    "name": "SY365H",
    "maker": "SANY",
    "kind": "excavator",
    "nominal_voltage_v": 24,
    "slot_s": 0.5,
    "preferred_source_addresses": [0, 3],
    "fuel_tank_l": 540.3,
    "def_tank_l": 38,
    "rated_engine_speed_rpm": 2000,
    "expected_signals": ["engine_speed_rpm"],
    "options": [{"code": "hammer_line", "zh": "破碎锤管路", "en": "Hammer line"}],
}


@pytest.fixture(scope="module", autouse=True)
def _people(world):
    for login, organisation, role in (("lead", "platform", "lead"), ("boss", "dealer", "administrator")):
        world.person(login, world.organisations[organisation], role)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def lead(clients):
    async with clients.of("lead") as http:
        yield http


async def test_a_model_is_added_changed_and_read_by_everybody(world, clients, lead):
    before = world.conn.execute("SELECT epoch FROM config_epoch").fetchone()[0]
    made = await lead.post("/api/v1/models", json=MODEL)
    assert made.status_code == 201, made.text
    model, path = made.json(), made.headers["location"]
    assert {name: model[name] for name in MODEL} == MODEL
    changed = await lead.patch(path, json={"slot_s": 1, "maker": None}, headers={"If-Match": '"1"'})
    assert (changed.json()["slot_s"], changed.json()["maker"], changed.json()["version"]) == (1.0, None, 2)
    assert changed.json()["options"] == MODEL["options"]
    assert world.conn.execute("SELECT epoch FROM config_epoch").fetchone()[0] == before + 2
    assert (await lead.patch(path, json={"slot_s": 2}, headers={"If-Match": '"1"'})).status_code == 412
    async with clients.of("stranger") as http:
        assert (await http.get(path, params={"fields": "name"})).json() == {"id": model["id"], "name": "SY365H"}
        assert "SY365H" in [m["name"] for m in (await http.get("/api/v1/models", params={"q": "365"})).json()["items"]]


@pytest.mark.parametrize("login", ["owner", "dealer", "boss", "expert", "auditor"])
@pytest.mark.parametrize("noun", ["machine-kinds", "models", "software-versions"])
async def test_nobody_else_writes_the_catalogue(clients, login, noun):
    body = {"machine-kinds": {"code": "x", "zh": "x", "en": "x"}, "models": {"name": "x"}}
    async with clients.of(login) as http:
        answer = await http.post(f"/api/v1/{noun}", json=body.get(noun, {"controller": "e", "release": "1"}))
        assert answer.status_code == 403, answer.text


@pytest.mark.parametrize(
    ("members", "status", "words"),
    [
        pytest.param({"kind": "boat"}, 409, "no kind", id="a kind there is not"),
        pytest.param({"nominal_voltage_v": 48}, 422, "", id="48 V"),
        pytest.param({"expected_signals": ["engine_warp"]}, 422, "No such signal: engine_warp", id="a signal"),
        pytest.param({"name": "excavator-1"}, 409, "name is there", id="a name in use"),
        pytest.param({"options": MODEL["options"] * 2}, 422, "stands twice", id="an option twice"),
        pytest.param({"preferred_source_addresses": [0, 0]}, 422, "different", id="a source twice"),
        pytest.param({"slot_s": 0}, 422, "", id="no slot"),
    ],
)
async def test_a_wrong_model_is_refused(lead, members, status, words):
    answer = await lead.post("/api/v1/models", json={**MODEL, "name": "WRONG", **members})
    assert (answer.status_code, words in answer.json()["detail"]) == (status, True), answer.text


async def test_a_kind_in_use_stays_and_its_new_code_is_carried_to_the_models(lead):
    made = (await lead.post("/api/v1/machine-kinds", json={"code": "mixer", "zh": "搅拌车", "en": "Mixer"})).json()
    path = f"/api/v1/machine-kinds/{made['id']}"
    model = (await lead.post("/api/v1/models", json={"name": "MX-1", "kind": "mixer"})).json()
    assert (await lead.delete(path, headers={"If-Match": '"1"'})).status_code == 409
    renamed = await lead.patch(path, json={"code": "truck_mixer"}, headers={"If-Match": '"1"'})
    assert renamed.status_code == 200, renamed.text
    assert (await lead.get(f"/api/v1/models/{model['id']}")).json()["kind"] == "truck_mixer"
    etag = (await lead.get(f"/api/v1/models/{model['id']}")).headers["etag"]
    assert (await lead.delete(f"/api/v1/models/{model['id']}", headers={"If-Match": etag})).status_code == 204
    assert (await lead.delete(path, headers={"If-Match": '"2"'})).status_code == 204


async def test_the_known_kinds_are_there_in_both_languages(lead):
    kinds = {k["code"]: k for k in (await lead.get("/api/v1/machine-kinds")).json()["items"]}
    assert (kinds["excavator"]["zh"], kinds["excavator"]["en"]) == ("挖掘机", "Excavator")
    assert "hydraulic_oil_temp_degc" in kinds["excavator"]["default_signals"]


async def test_a_release_is_kept_once_a_controller_and_model(lead):
    body = {"controller": "engine", "release": "V2.4.1", "released_at": "2026-03-01T00:00:00Z"}
    made = await lead.post("/api/v1/software-versions", json=body)
    assert made.status_code == 201, made.text
    assert (await lead.post("/api/v1/software-versions", json=body)).status_code == 409
    noted = await lead.patch(made.headers["location"], json={"note": "withdrawn"}, headers={"If-Match": '"1"'})
    assert (noted.json()["note"], noted.json()["released_at"][:10]) == ("withdrawn", "2026-03-01")
