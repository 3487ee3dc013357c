"""Findings through the API: who sees them, what they stand on, and the picture of it."""

import asyncio
import io
from datetime import timedelta
from itertools import count
from uuid import UUID

import numpy as np
import psycopg
import pytest
from PIL import Image

from api.pictures import PictureDesk
from app.evidence_step import EvidenceStep
from fleet.errors import Busy
from storage.pool import connect
from tests.api.world import CATALOGUE, NOW, World
from tests.conftest import Database
from usecases.rules_in_force import enter_packaged_rules

pytestmark = pytest.mark.asyncio(loop_scope="module")

HELD = NOW - timedelta(minutes=5)
SECOND = timedelta(seconds=1)
FINDINGS = "/api/v1/findings"
READINGS = {"engine_oil_pressure_kpa", "engine_speed_rpm", "engine_oil_level_pct", "engine_load_pct"}


def rows(seconds: int = 700, *, low_for: int = 130) -> list:
    """1 Hz until two minutes after HELD: the oil pressure is low from 10 s before it."""
    told = []
    for n in range(seconds):
        values = {
            "engine_speed_rpm": 1650.0,
            "engine_load_pct": 60.0,
            "engine_oil_pressure_kpa": 82.5 if n >= seconds - low_for else 340.0,
            "engine_oil_level_pct": 22.0,
            "engine_hours_h": 1200.5,
            "latitude_deg": 31.23045,
            "longitude_deg": 121.47371,
        }
        told.append((HELD + (n - seconds + low_for - 10) * SECOND, values))
    return told


class Case:
    """Findings of the rules that ship, with their evidence."""

    def __init__(self, world: World, database: Database) -> None:
        self.world, self.database = world, database
        row = world.conn.execute("SELECT version FROM rule_set").fetchone()
        assert row is not None
        self.version = row[0]
        self.step = EvidenceStep()

    def finding(self, machine: str, *, key: str = "low_oil_pressure", raised_at=HELD, **more) -> UUID:
        alarm = self.world.alarm(machine, key=key, raised_at=raised_at, **more)
        row = self.world.conn.execute(
            "UPDATE finding SET version = %s FROM alarm a WHERE a.finding_id = finding.finding_id AND a.alarm_id = %s "
            "RETURNING finding.finding_id",
            [self.version, alarm],
        ).fetchone()
        assert row is not None
        return UUID(str(row[0]))

    def make(self) -> None:
        """What `ecc diagnose` does."""
        with connect(self.database.url("ecc_diagnose"), application="test") as conn:
            conn.autocommit = True
            while self.step(conn, NOW):
                pass


@pytest.fixture(scope="module")
def case(world: World, api_database: Database) -> Case:
    with psycopg.connect(api_database.url("ecc_gateway")) as conn:
        enter_packaged_rules(conn, CATALOGUE, now=NOW)
    world.readings("digger", rows())
    return Case(world, api_database)


@pytest.fixture(scope="module")
def finding(case: Case) -> UUID:
    found = case.finding("digger")
    case.make()
    return found


async def get(clients, login: str, address: object = "", accept: str = "*/*", **parameters):
    async with clients.of(login, accept=accept) as http:
        return await http.get(f"{FINDINGS}/{address}".rstrip("/"), params=parameters or None)


async def test_a_finding_is_told_with_its_diagnosis_and_its_alarm_with_it(finding, clients):
    found = (await get(clients, "owner", finding)).raise_for_status().json()
    assert found["evidence"] == "made"
    assert found["diagnosis"]["causes"][0]["key"] == "oil_level_low"
    assert found["diagnosis"]["causes"][0]["speaks_for"][0]["when"].startswith("engine_oil_level_pct < 30")
    assert found["diagnosis"]["owner"]["zh"]
    async with clients.of("owner") as http:
        alarm = (await http.get(f"/api/v1/alarms/{found['alarm_id']}")).json()
    assert alarm["finding_id"] == str(finding)


async def test_evidence_tells_the_curve_the_condition_and_the_quality(finding, clients):
    found = (await get(clients, "owner", f"{finding}/evidence")).raise_for_status().json()
    signals = {signal["key"]: signal for signal in found["signals"]}
    oil = signals["engine_oil_pressure_kpa"]
    first_low = next(at for at, value in zip(oil["at"], oil["values"], strict=True) if value == 82.5)
    assert first_low == found["finding"]["from_at"]
    assert {border["key"]: border["unit"] for border in found["thresholds"]["borders"]} == {
        "engine_oil_pressure_kpa": "kPa", "engine_speed_rpm": "rpm",
    }  # fmt: skip
    assert found["thresholds"]["for_s"] == 10.0
    assert found["regime"]["at_held"] == "medium"
    assert [gap["reason"] for gap in found["quality"]["gaps"]][-1] == "not_received"
    assert "latitude_deg" not in {one["key"] for one in [*found["signals"], *found["freeze_frame"]]}
    assert found["similar"] == []


async def test_a_foreign_finding_is_not_there(finding, clients):
    for address in (finding, f"{finding}/evidence"):
        assert (await get(clients, "stranger", address)).status_code == 404
    assert str(finding) not in (await get(clients, "stranger")).text


async def test_who_bought_the_machine_meanwhile_sees_no_reading_from_before(case, clients):
    world, sold = case.world, HELD - 100 * SECOND
    world.machine("sold", owner=None)
    world.own("sold", "south", to_at=sold)
    world.own("sold", "north", from_at=sold)
    world.readings("sold", rows())
    finding = case.finding("sold")
    case.make()
    found = (await get(clients, "owner", f"{finding}/evidence")).json()
    assert all(min(one["at"]) >= sold.isoformat()[:19] for one in found["signals"] if one["at"])
    assert (found["quality"], found["regime"]) == (None, None)  # they sum up what was before
    assert (await get(clients, "stranger", f"{finding}/evidence")).status_code == 404


async def test_a_share_of_alarms_alone_shows_the_diagnosis_and_no_reading(case, finding, clients):
    case.world.share("digger", "south", data_class="alarms")
    found = (await get(clients, "stranger", f"{finding}/evidence")).json()
    case.world.conn.execute("DELETE FROM sharing")
    assert found["diagnosis"]["causes"]
    assert (found["signals"], found["freeze_frame"], found["quality"]) == ([], [], None)
    assert set(found["withheld"]) >= READINGS


async def test_a_rule_that_asks_for_places_shows_them_as_anywhere_else(case, clients):
    finding = case.finding("digger", key="left_site")
    case.make()
    exact, coarse = [
        (await get(clients, login, f"{finding}/evidence")).json()["track"] for login in ("owner", "auditor")
    ]
    assert (set(exact["latitude_deg"]), exact["is_coarse"]) == ({31.23045}, False)
    assert (set(coarse["latitude_deg"]), set(coarse["longitude_deg"]), coarse["is_coarse"]) == ({31.2}, {121.5}, True)
    assert len(exact["at"]) == len(exact["longitude_deg"]) <= 500
    read = (
        "SELECT actor_name FROM audit WHERE action = 'read_positions' AND detail ->> 'what' = 'evidence of a finding'"
    )
    assert case.world.conn.execute(read + " ORDER BY audit_id").fetchall() == [("owner",), ("auditor",)]
    await get(clients, "owner", finding)
    assert len(case.world.conn.execute(read).fetchall()) == 2


async def test_past_cases_come_with_their_verdicts_and_never_from_another_tenant(case, clients):
    world = case.world
    for name, owner in (("near", "north"), ("far", "north"), ("other", "south")):
        world.machine(name, owner=owner)
        level = 25.0 if name == "far" else 22.0
        past = HELD - timedelta(days=1)
        world.readings(name, [(past - n * SECOND, {"engine_oil_pressure_kpa": 82.0, "engine_oil_level_pct": level,
                                                   "engine_speed_rpm": 1650.0}) for n in range(30)])  # fmt: skip
    key, ago = "engine_oil_level_low", HELD - timedelta(days=1)
    past = {name: case.finding(name, key=key, raised_at=ago) for name in ("far", "near", "other")}
    case.make()
    world.conn.execute(
        "INSERT INTO finding_verdict (public_id, finding_id, verdict, part, given_at, by_name) "
        "VALUES (gen_random_uuid(), %s, 'true_fault', 'oil pump', now(), 'expert')",
        [past["near"]],
    )
    world.machine("asking", owner="north")
    world.readings("asking", rows())
    now = case.finding("asking", key=key)
    case.make()
    similar = (await get(clients, "owner", f"{now}/evidence")).json()["similar"]
    assert str(past["other"]) not in {one["finding_id"] for one in similar}
    told = {one["finding_id"]: one for one in similar}
    near, far = told[str(past["near"])], told[str(past["far"])]
    assert near["distance"] < far["distance"]
    assert (near["verdict"], near["part"], far["verdict"]) == ("true_fault", "oil pump", None)
    assert [one["distance"] for one in similar] == sorted(one["distance"] for one in similar)
    foreign = (await get(clients, "expert", f"{now}/evidence")).json()["similar"]
    assert len(foreign) == 3


async def test_the_list_is_filtered_and_walked(case, clients):
    world = case.world
    world.machine("listed", owner="north")
    ids = [
        case.finding("listed", key=key, raised_at=HELD + n * SECOND, state=state)
        for n, (key, state) in enumerate((("a", "cleared"), ("b", "cleared"), ("low_fuel", "active")))
    ]
    of_machine = {"machine": "pin:PIN-listed"}
    seen, cursor = [], None
    for _ in count():
        page = (await get(clients, "owner", limit=1, **of_machine, **({"cursor": cursor} if cursor else {}))).json()
        seen += [item["id"] for item in page["items"]]
        cursor = page["next_cursor"]
        if cursor is None:
            break
    assert seen == [str(one) for one in reversed(ids)]
    for wish, expected in (
        ({"open": True}, ids[2:]),
        ({"open": False}, [ids[1], ids[0]]),
        ({"source_key": "b"}, ids[1:2]),
        ({"source_kind": "dtc"}, []),
        ({"from": (HELD + SECOND).isoformat(), "to": (HELD + 2 * SECOND).isoformat()}, ids[1:2]),
    ):
        page = (await get(clients, "owner", **of_machine, **wish)).json()
        assert [item["id"] for item in page["items"]] == [str(one) for one in expected], wish
    assert (await get(clients, "stranger", **of_machine)).status_code == 404


async def test_what_is_not_made_yet_or_was_taken_back_is_said(case, clients):
    waiting, gone = case.finding("digger", key="waiting"), case.finding("digger", key="gone")
    case.world.conn.execute("UPDATE finding SET withdrawn_at = now() WHERE finding_id = %s", [gone])
    answer = await get(clients, "owner", f"{waiting}/evidence")
    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (404, "evidence_not_made")
    assert (await get(clients, "owner", waiting)).json()["diagnosis"] is None
    assert (await get(clients, "owner", gone)).json()["withdrawn_at"] is not None
    assert str(gone) not in (await get(clients, "owner")).text
    listed = (await get(clients, "owner", withdrawn=True)).json()["items"]
    assert [one["id"] for one in listed] == [str(gone)]


async def test_the_evidence_of_a_finding_that_was_taken_back_says_so_first(case, clients):
    case.world.machine("taken", owner="north")
    case.world.readings("taken", rows())
    gone = case.finding("taken")
    case.make()
    before = (await get(clients, "owner", f"{gone}/evidence")).json()
    assert (before["withdrawn"], bool(before["diagnosis"]["checks"])) == (None, True)
    case.world.conn.execute("UPDATE finding SET withdrawn_at = now() WHERE finding_id = %s", [gone])
    told = (await get(clients, "owner", f"{gone}/evidence")).json()
    assert next(iter(told)) == "withdrawn"
    assert told["withdrawn"]["en"].startswith("This was taken back")
    assert told["diagnosis"]["owner"] == told["withdrawn"]
    assert (told["diagnosis"]["next_check"], told["diagnosis"]["checks"]) == (None, [])
    one = (await get(clients, "owner", gone)).json()
    assert one["withdrawn"] == one["diagnosis"]["owner"] == told["withdrawn"]
    picture = (await get(clients, "owner", f"{gone}/evidence", accept="image/svg+xml")).text
    assert "TAKEN BACK" in picture
    assert "Stop the engine" not in picture


async def test_the_picture_is_a_png_with_the_curve_and_its_limit(finding, clients):
    answer = await get(clients, "owner", f"{finding}/evidence", accept="image/png")
    assert (answer.status_code, answer.headers["content-type"]) == (200, "image/png")
    assert answer.headers["content-language"] == "en"
    pixels = np.asarray(Image.open(io.BytesIO(answer.content)).convert("RGB")).astype(int)
    assert pixels.shape[1] == 1350
    curve = (np.abs(pixels - [0x1F, 0x4E, 0x79]).sum(axis=2) < 150).nonzero()  # a line may lie between pixels
    assert len(curve[0]) > 400
    assert np.ptp(curve[1]) > 400  # from left to right
    limit = (np.abs(pixels - [0xB3, 0x26, 0x1E]).sum(axis=2) < 30).nonzero()
    assert len(limit[0]) > 300
    drawn = await get(clients, "owner", f"{finding}/evidence", accept="image/svg+xml, */*;q=0.1")
    assert drawn.headers["content-type"] == "image/svg+xml"
    assert drawn.text.lstrip().startswith("<?xml")
    assert (await get(clients, "owner", f"{finding}/evidence", accept="video/mp4")).status_code == 406


async def test_a_full_desk_says_when_to_come_back(clients, finding):
    async with PictureDesk(most=1) as desk:
        slow = asyncio.create_task(desk.draw(sum, [1, 2]))
        await asyncio.sleep(0)
        with pytest.raises(Busy):
            await desk.draw(sum, [1, 2])
        assert await slow == 3
    clients.app.state.pictures._most, before = 0, clients.app.state.pictures._most
    answer = await get(clients, "owner", f"{finding}/evidence", accept="image/png")
    clients.app.state.pictures._most = before
    assert (answer.status_code, answer.headers["retry-after"], answer.json()["code"]) == (503, "2", "busy")
