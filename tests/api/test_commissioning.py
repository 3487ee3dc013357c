"""The commissioning check: each mistake is planted and named, a machine in order passes."""

from datetime import UTC, datetime, timedelta

import pytest
import pytest_asyncio

from fleet.coordinates import from_wgs84
from storage.ids import uuid7

pytestmark = pytest.mark.asyncio(loop_scope="module")
SECOND = timedelta(seconds=1)
NOW = datetime.now(UTC)  # until the first of these tests runs
YARD = (31.2304, 121.4737)
GOOD = {
    "engine_speed_rpm": 1500.0,
    "engine_coolant_temp_degc": 85.0,
    "engine_oil_pressure_kpa": 360.0,
    "fuel_level_pct": 62.0,
    "engine_hours_h": 1234.5,
    "battery_voltage_v": 27.6,
    "hydraulic_oil_temp_degc": 55.0,
    "latitude_deg": YARD[0],
    "longitude_deg": YARD[1],
}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def owner(clients):
    async with clients.of("owner") as http:
        yield http


@pytest.fixture(scope="module")
def site(world):
    row = world.conn.execute(
        "INSERT INTO site (name, time_zone, organisation_id) VALUES ('Yard', 'Asia/Shanghai', %s) RETURNING site_id",
        [world.organisations["north"]],
    ).fetchone()
    world.conn.execute(
        """INSERT INTO geofence (public_id, organisation_id, site_id, name, purpose, geometry, radius_m) VALUES
           (%s, %s, %s, 'Yard', 'site', jsonb_build_object('type', 'Point', 'coordinates', %s::float8[]), 200)""",
        [uuid7(), world.organisations["north"], row[0], [YARD[1], YARD[0]]],
    )
    return row[0]


@pytest.fixture(scope="module", autouse=True)
def _now() -> None:
    """The checks ask how long ago: counted from when these tests run, not from when they were collected."""
    global NOW  # noqa: PLW0603 - a time of the whole module
    NOW = datetime.now(UTC).replace(microsecond=0)


class Planted:
    """A machine with a terminal that reports one row a second for a minute."""

    def __init__(self, world, name: str, site: int | None, *, delay: timedelta = SECOND, **signals: float | None):
        self.path = f"/api/v1/machines/pin:PIN-{name}/commissioning"
        world.machine(name, owner="north")
        self.number = world.machines[name]
        values = {key: value for key, value in (GOOD | signals).items() if value is not None}
        world.readings(name, [(NOW - delay - n * SECOND, values) for n in range(60)])
        world.conn.execute(
            "UPDATE reading SET received_at = measured_at + %s WHERE machine_id = %s", [delay, self.number]
        )
        world.state(name, values, at=NOW - delay)
        world.conn.execute("UPDATE machine_state SET received_at = %s WHERE machine_id = %s", [NOW, self.number])
        world.conn.execute("UPDATE machine SET site_id = %s WHERE machine_id = %s", [site, self.number])
        self.terminal = world.conn.execute(
            "INSERT INTO terminal (name) VALUES (%s) RETURNING terminal_id", [f"T-{name}"]
        ).fetchone()[0]
        world.conn.execute(
            "INSERT INTO installation (terminal_id, machine_id) VALUES (%s, %s)", [self.terminal, self.number]
        )
        self.numbered(world, through=59)

    def numbered(self, world, *, through: int, ranges: str = "{}") -> None:
        world.conn.execute(
            "INSERT INTO ledger (terminal_id, boot, through, ranges, messages, first_received_at, last_received_at) "
            "VALUES (%s, 'b', %s, %s, 60, %s, %s) ON CONFLICT (terminal_id, boot) DO UPDATE SET "
            "through = excluded.through, ranges = excluded.ranges",
            [self.terminal, through, ranges, NOW - 60 * SECOND, NOW],
        )

    async def check(self, http) -> dict:
        answer = await http.get(self.path)
        assert answer.status_code == 200, answer.text
        return answer.json()


def found(check: dict) -> dict[str, tuple[str, str]]:
    return {item["code"]: (item["verdict"], item["finding"]) for item in check["items"]}


async def test_a_second_terminal_that_never_sent_is_named(world, owner, site):
    """The machine is online by the other one; one that is silent for long is no better than one that never sent."""
    machine = Planted(world, "two", site)
    second = world.conn.execute("INSERT INTO terminal (name) VALUES ('T-second') RETURNING terminal_id").fetchone()[0]
    world.conn.execute("INSERT INTO installation (terminal_id, machine_id) VALUES (%s, %s)", [second, machine.number])
    check = await machine.check(owner)
    told = next(i for i in check["items"] if i["code"] == "terminal")
    assert found(check)["terminal"] == ("warning", "partly")
    assert "T-two is online; of T-second no" in told["text"]["en"]
    assert told["facts"]["heard"]["T-second"] is None
    assert check["verdict"] == "warning"
    ledger = (
        "INSERT INTO ledger (terminal_id, boot, through, first_received_at, last_received_at) "
        "VALUES (%s, 'b', 9, %s, %s) ON CONFLICT (terminal_id, boot) "
        "DO UPDATE SET last_received_at = excluded.last_received_at"
    )
    for received, expected in ((NOW - timedelta(hours=2), ("warning", "partly")), (NOW, ("ok", "online"))):
        world.conn.execute(ledger, [second, NOW - timedelta(hours=3), received])
        assert found(await machine.check(owner))["terminal"] == expected
    world.conn.execute("DELETE FROM ledger WHERE terminal_id = ANY(%s)", [[second, machine.terminal]])
    assert found(await machine.check(owner))["terminal"] == ("unknown", "untold")


async def test_a_machine_in_order_passes(world, owner, site):
    check = await Planted(world, "fine", site).check(owner)
    assert check["verdict"] == "ok", [i for i in check["items"] if i["verdict"] != "ok"]
    assert {verdict for verdict, _ in found(check).values()} == {"ok"}
    assert all(item["advice"] is None for item in check["items"])


@pytest.mark.parametrize(
    ("name", "planted", "item", "expected", "words"),
    [
        (
            "bar",
            {"engine_oil_pressure_kpa": 3.6},
            "units",
            ("failed", "doubt"),
            "Engine oil pressure 3.6 looks like bar",
        ),
        ("ratio", {"fuel_level_pct": 0.62}, "units", ("warning", "doubt"), "perhaps really 0.62 %"),
        (
            "hot",
            {"engine_coolant_temp_degc": 115.0},
            "units",
            ("warning", "doubt"),
            "or sent as °F (it would be 46.1",
        ),
        ("zone", {"delay": timedelta(hours=8)}, "clock", ("failed", "zone"), "off by -8 h"),
        ("zero", {"latitude_deg": 0.0, "longitude_deg": 0.0}, "position", ("failed", "zero"), "sends zeros"),
        ("nofix", {"latitude_deg": None, "longitude_deg": None}, "position", ("failed", "none"), "no position"),
        ("swapped", {"latitude_deg": None, "longitude_deg": 31.2304}, "position", ("failed", "swapped"), "swapped"),
        ("half", {"latitude_deg": None}, "position", ("failed", "none"), "no position"),
        ("away", {"latitude_deg": 32.0}, "position", ("warning", "off"), "off the site Yard"),
        ("silent signal", {"hydraulic_oil_temp_degc": None}, "expected", ("warning", "missing"), "Hydraulic oil"),
    ],
)
async def test_each_mistake_is_named_with_what_to_do(world, owner, site, name, planted, item, expected, words):
    check = await Planted(world, name.replace(" ", "-"), site, **planted).check(owner)
    assert found(check)[item] == expected, check["items"]
    told = next(i for i in check["items"] if i["code"] == item)
    assert words in told["text"]["en"]
    assert told["advice"]["en"]
    assert told["advice"]["zh"]
    assert check["verdict"] == expected[0] or check["verdict"] == "failed"


async def test_gcj02_is_suspected_when_it_would_put_the_machine_on_its_site(world, owner, site):
    latitude, longitude = (float(v) for v in from_wgs84(*YARD, "gcj02"))
    machine = Planted(world, "mars", site, latitude_deg=latitude, longitude_deg=longitude)
    position = next(i for i in (await machine.check(owner))["items"] if i["code"] == "position")
    assert (position["finding"], "gcj02" in position["text"]["en"]) == ("system", True)
    world.conn.execute("UPDATE terminal SET coordinate_system = 'gcj02' WHERE terminal_id = %s", [machine.terminal])
    assert found(await machine.check(owner))["position"] == ("ok", "on")


async def test_gaps_quarantine_and_foreign_keys_are_counted(world, owner, site):
    machine = Planted(world, "messy", site)
    machine.numbered(world, through=9, ranges="{[20,60)}")
    world.extra("messy", [(NOW - n * SECOND, "grease_level_pct", 1.0) for n in range(7)])
    for number, reason in enumerate(["malformed", "malformed", "clock_future"]):
        world.conn.execute(
            "INSERT INTO quarantine (quarantine_id, terminal, payload_hash, row_no, reason, detail, topic, "
            "received_at) VALUES (%s, 'T-messy', '', %s, %s, '', '', %s)",
            [uuid7(), number, reason, NOW],
        )
    check = await machine.check(owner)
    facts = {item["code"]: item["facts"] for item in check["items"]}
    assert facts["ledger"]["missing"] == 10
    assert facts["quarantine"]["reasons"] == {"malformed": 2, "clock_future": 1}
    assert facts["keys"]["keys"] == {"grease_level_pct": 7}
    assert found(check)["clock"] == ("failed", "future")


async def test_what_was_refused_before_the_machine_came_back_is_left_out(world, owner, site):
    machine = Planted(world, "back", site)
    sold, back = NOW - timedelta(days=3), NOW - timedelta(days=1)
    world.conn.execute("DELETE FROM ownership WHERE machine_id = %s", [machine.number])
    world.own("back", "north", to_at=sold)
    world.own("back", "south", from_at=sold, to_at=back)
    world.own("back", "north", from_at=back)
    for number, (reason, at) in enumerate([("malformed", sold), ("foreign", back), ("clock_future", NOW)]):
        world.conn.execute(
            "INSERT INTO quarantine (quarantine_id, terminal, payload_hash, row_no, reason, detail, topic, "
            "received_at) VALUES (%s, 'T-back', '', %s, %s, '', '', %s)",
            [uuid7(), number, reason, at - SECOND],
        )
    facts = {item["code"]: item["facts"] for item in (await machine.check(owner))["items"]}
    assert facts["quarantine"]["reasons"] == {"clock_future": 1}


async def test_what_arrives_and_is_refused_is_no_silence(world, owner, clients, site):
    """A terminal whose clock is 8 h fast has supply and network; owners have no shell of the platform."""
    world.machine("fast", owner="north")
    terminal = world.conn.execute("INSERT INTO terminal (name) VALUES ('T-fast') RETURNING terminal_id").fetchone()[0]
    world.conn.execute(
        "INSERT INTO installation (terminal_id, machine_id) VALUES (%s, %s)", [terminal, world.machines["fast"]]
    )
    world.conn.execute(
        "INSERT INTO quarantine (quarantine_id, terminal, payload_hash, row_no, reason, detail, topic, received_at) "
        "VALUES (%s, 'T-fast', '', 0, 'clock_future', '', '', %s)",
        [uuid7(), NOW - SECOND],
    )
    path = "/api/v1/machines/pin:PIN-fast/commissioning"
    check = (await owner.get(path)).json()
    assert found(check)["terminal"] == ("warning", "refused")
    assert found(check)["arriving"] == ("failed", "refused")
    texts = {item["code"]: item["text"]["zh"] for item in check["items"]}
    assert "时间在未来 1" in texts["quarantine"]
    assert "clock_future" not in "".join(texts.values())
    told = [item["advice"] for item in check["items"] if item["advice"]]
    assert not any("ecc " in advice[language] for advice in told for language in ("zh", "en"))
    assert any("平台运维" in advice["zh"] for advice in told)
    heard = [item for item in check["items"] if item["code"] in ("terminal", "arriving")]
    assert not any("检查终端供电" in item["advice"]["zh"] for item in heard)
    async with clients.of("expert") as http:
        items = (await http.get(path)).json()["items"]
    assert any("ecc quarantine" in item["advice"]["zh"] for item in items if item["advice"])


async def test_what_is_over_is_no_failure(world, owner, site):
    machine = Planted(world, "mended", site)
    world.conn.execute(
        "INSERT INTO quarantine (quarantine_id, terminal, payload_hash, row_no, reason, detail, topic, received_at) "
        "VALUES (%s, 'T-mended', '', 0, 'clock_future', '', '', %s)",
        [uuid7(), NOW - timedelta(days=2)],
    )
    world.readings("mended", [(NOW - timedelta(minutes=5), {"latitude_deg": 0.0, "longitude_deg": 0.0})])
    told = found(await machine.check(owner))
    assert told["clock"] == ("warning", "future_before")
    assert told["position"] == ("warning", "sometimes_zero")


@pytest.mark.parametrize(("rpm", "expected"), [(0.0, ("warning", "parked")), (1500.0, ("failed", "dead"))])
async def test_silence_of_days_fails_only_when_the_engine_was_running(world, owner, site, rpm, expected):
    days = timedelta(days=3)
    machine = Planted(world, f"silent-{rpm:.0f}", site, delay=days, engine_speed_rpm=rpm)
    world.conn.execute("UPDATE reading SET received_at = measured_at WHERE machine_id = %s", [machine.number])
    world.conn.execute("UPDATE machine_state SET received_at = measured_at WHERE machine_id = %s", [machine.number])
    assert found(await machine.check(owner))["arriving"] == expected


async def test_a_machine_without_anything_says_so(world, owner):
    world.machine("bare", owner="north")
    check = (await owner.get("/api/v1/machines/pin:PIN-bare/commissioning")).json()
    assert found(check)["terminal"] == ("failed", "none")
    assert found(check)["arriving"] == ("failed", "never")
    assert check["verdict"] == "failed"


async def test_who_may_not_check(world, clients):
    path = "/api/v1/machines/pin:PIN-digger/commissioning"
    for login, status in (("stranger", 404), ("auditor", 403), ("expert", 200), ("colleague", 200)):
        async with clients.of(login) as http:
            assert (await http.get(path)).status_code == status
    world.share("digger", "south", data_class="hours")
    async with clients.of("stranger") as http:
        assert (await http.get(path)).status_code == 404
    world.share("digger", "south", data_class="readings")
    async with clients.of("stranger") as http:
        items = (await http.get(path)).json()["items"]
    assert next(i["finding"] for i in items if i["code"] == "position") == "hidden"
    world.conn.execute("DELETE FROM sharing")
