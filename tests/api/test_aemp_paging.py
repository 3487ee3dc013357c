"""ISO 15143-3 over many machines: pages that hold while a fleet changes, tenants, shares, and our own check."""

import asyncio
import re
import socket
from datetime import datetime, timedelta

import pytest
import pytest_asyncio
import uvicorn

from tests.api.aemp_world import AT, build_machine, clock_at
from tests.api.conftest import running
from usecases.aemp_check.documents import Document, parse_xml
from usecases.aemp_check.fetch import Credentials, Limits
from usecases.aemp_check.report import Status
from usecases.aemp_check.run import Question, check_server

pytestmark = pytest.mark.asyncio(loop_scope="module")

MANY = 250
SPAN = "2026-01-14T06:00:00Z/2026-01-15T12:34:57Z"


@pytest.fixture(scope="module")
def fleet(world):
    """North's fleet of 250 (and world's digger); South has two machines of its own."""
    build_machine(world, "golden")
    build_machine(world, "sold", owner="north")
    ids = world.conn.execute(
        "INSERT INTO machine (public_id, pin, serial_no, name, model_id) "
        "SELECT gen_random_uuid(), 'N' || i, 'NS' || i, 'n' || i, (SELECT min(model_id) FROM machine_model) "
        "FROM generate_series(1, %s) i RETURNING machine_id",
        [MANY - 3],
    ).fetchall()
    world.conn.execute(
        "INSERT INTO ownership SELECT m, %s FROM unnest(%s::int[]) m",
        [world.organisations["north"], [row[0] for row in ids]],
    )
    for login, organisation, role in (("north auditor", "north", "auditor"), ("south auditor", "south", "auditor")):
        organisation_id = world.organisations[organisation]
        world.person(login, organisation_id, role)
    return world


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def clients(fleet, api_database):
    async with running(
        api_database.url("ecc_api"), expensive_reads_per_minute=0, reads_per_minute=0, aemp_polls_per_quarter_hour=0
    ) as made:
        with clock_at(made.app):
            yield made


async def read(clients, login: str, path: str) -> Document:
    async with clients.of(login) as http:
        answer = await http.get(path if path.startswith("http") else f"/aemp/2.0{path}")
    assert answer.status_code == 200, answer.text
    return parse_xml(answer.content)


async def walk(clients, login: str, *, between=lambda page: None) -> list[Document]:
    pages = [await read(clients, login, "/Fleet")]
    while (href := pages[-1].hrefs.get("next")) is not None:
        between(len(pages))
        pages.append(await read(clients, login, href))
    return pages


def names(pages: list[Document]) -> list[str]:
    return [machine.header["PIN"] for page in pages for machine in page.machines]


async def test_pages_hold_100_and_their_links_lead_through_all_of_them(clients, fleet):
    pages = await walk(clients, "owner")
    assert [len(page.machines) for page in pages] == [100, 100, 50]
    assert len(set(names(pages))) == MANY
    rels = [[rel for rel, _ in page.links] for page in pages]
    assert rels == [
        ["self", "first", "next", "last"],
        ["self", "first", "prev", "next", "last"],
        ["self", "first", "prev", "last"],
    ]
    numbers = [{rel: re.search(r"/Fleet/(\d+)", href)[1] for rel, href in page.hrefs.items()} for page in pages]
    assert numbers[1] == {"self": "2", "first": "1", "prev": "1", "next": "3", "last": "3"}
    assert {page["last"] for page in numbers} == {"3"}
    for page in pages:
        again = await read(clients, "owner", page.hrefs["self"])
        assert names([again]) == names([page]), "self is this page"
    by_number = [await read(clients, "owner", f"/Fleet/{number}") for number in (1, 2, 3)]
    assert names(by_number) == names(pages)
    assert names([await read(clients, "owner", pages[0].hrefs["last"])]) == names(pages[2:])


async def test_a_walk_meets_each_machine_that_stays_once_while_the_fleet_changes(clients, fleet):
    """Machines of the first page are sold while the second is read, and others come: nobody is lost or met twice."""
    conn, north = fleet.conn, fleet.organisations["north"]
    before = names(await walk(clients, "owner"))
    gone, late = before[10:40], []

    def change(page: int) -> None:
        if page == 1:
            conn.execute(
                "UPDATE ownership SET to_at = %s "
                "WHERE machine_id IN (SELECT machine_id FROM machine WHERE pin = ANY(%s))",
                [AT - timedelta(days=1), gone],
            )
            fleet.machine("newcomer", owner="north")
            late.append("PIN-newcomer")

    met = names(await walk(clients, "owner", between=change))
    conn.execute("UPDATE ownership SET to_at = 'infinity' WHERE organisation_id = %s AND to_at < 'infinity'", [north])
    conn.execute("DELETE FROM ownership WHERE machine_id = %s", [fleet.machines["newcomer"]])
    assert len(met) == len(set(met))
    assert set(before) - set(gone) <= set(met)
    assert set(late) <= set(met)


@pytest.mark.parametrize("login", ["stranger", "south auditor"])
async def test_another_tenant_sees_its_own_machines_only(clients, fleet, login):
    assert names(await walk(clients, login)) == ["PIN-crane"]
    async with clients.of(login) as http:
        for path in ("PIN-golden", "ID/EQ-golden", f"PIN-golden/Distance/{SPAN}/1", "PIN-none"):
            answer = await http.get(f"/aemp/2.0/Fleet/Equipment/{path}")
            assert answer.status_code == 404, path
            assert "yours to see" in answer.text, "in the same words as what does not exist"


async def test_the_platform_sees_all_and_a_dealer_the_fleets_below_it(clients, fleet):
    assert set(names(await walk(clients, "dealer"))) == set(names(await walk(clients, "owner")))
    assert {"PIN-crane", "PIN-golden"} <= set(names(await walk(clients, "expert")))


@pytest.fixture
def sale(fleet):
    """`sold` went from North to South half an hour before AT."""
    at = AT - timedelta(minutes=30)
    machine = fleet.machines["sold"]
    fleet.conn.execute("UPDATE ownership SET to_at = %s WHERE machine_id = %s", [at, machine])
    fleet.own("sold", "south", from_at=at)
    yield at
    fleet.conn.execute(
        "DELETE FROM ownership WHERE machine_id = %s AND organisation_id = %s", [machine, fleet.organisations["south"]]
    )
    fleet.conn.execute("UPDATE ownership SET to_at = 'infinity' WHERE machine_id = %s", [machine])


ELEMENTS = ("Locations", "Distance", "EngineCondition", "FuelRemainingRatio", "CautionCodes", "MaximumSpeedLast24")


@pytest.mark.parametrize("element", ELEMENTS)
async def test_a_sale_cuts_series(clients, fleet, sale, element):
    path = f"/Fleet/Equipment/PIN-sold/{element}/{SPAN}/1"
    old, new = [(await read(clients, login, path)).records for login in ("owner", "stranger")]
    moment = datetime.fromisoformat(f"{sale:%Y-%m-%dT%H:%M:%SZ}")
    assert old
    assert all(datetime.fromisoformat(record.at) <= moment for record in old)
    assert all(datetime.fromisoformat(record.at) >= moment for record in new)
    assert bool(new) == (element not in {"CautionCodes", "MaximumSpeedLast24"})


async def test_a_sale_cuts_snapshots(clients, fleet, sale):
    assert "PIN-sold" not in names(await walk(clients, "owner"))
    items = (await read(clients, "stranger", "/Fleet/Equipment/PIN-sold")).machines[0].by_name
    assert {"CumulativeOperatingHours", "EngineStatus"} <= items.keys()
    assert not {"FuelUsedLast24", "AverageLoadFactorLast24", "MaximumSpeedLast24"} & items.keys(), (
        "the day began before the sale"
    )


DAY = {"AverageLoadFactorLast24", "MaximumSpeedLast24"}
HOURS = {
    *("CumulativeOperatingHours", "FuelUsed", "FuelUsedLast24", "Distance", "CumulativeIdleHours"),
    *("CumulativeLoadCount", "CumulativePayloadTotals"),
}
LEVELS = {"FuelRemaining", "DEFRemaining", "EngineStatus"} | DAY
SHOWN = {
    "all": {"Location"} | HOURS | LEVELS,
    "readings": {"Location"} | HOURS | LEVELS,
    "hours": HOURS,
    "position": {"Location"},
    "alarms": set(),
}


@pytest.mark.parametrize("share", SHOWN)
async def test_a_share_shows_what_its_class_holds(clients, fleet, share):
    fleet.share("golden", "south", data_class=share)
    try:
        machine = (await read(clients, "stranger", "/Fleet/Equipment/PIN-golden")).machines[0]
        listed = [m for page in await walk(clients, "stranger") for m in page.machines]
        assert set(machine.by_name) == SHOWN[share]
        assert machine in listed
        exact = share in {"all", "position"}
        if "Location" in machine.by_name:
            latitude = machine.by_name["Location"].fields["Latitude"]
            assert latitude == ("31.24845" if exact else "31.2")
        series = (await read(clients, "stranger", f"/Fleet/Equipment/PIN-golden/CautionCodes/{SPAN}/1")).records
        assert bool(series) == (share in {"all", "alarms"})
        places = (await read(clients, "stranger", f"/Fleet/Equipment/PIN-golden/Locations/{SPAN}/1")).records
        assert bool(places) == ("Location" in SHOWN[share])
        assert all((record.fields["Latitude"] == "31.2") != exact for record in places)
    finally:
        fleet.conn.execute("DELETE FROM sharing")


async def test_without_the_right_to_positions_they_are_coarse(clients, fleet):
    machine = (await read(clients, "north auditor", "/Fleet/Equipment/PIN-golden")).machines[0]
    fields = machine.by_name["Location"].fields
    assert (fields["Latitude"], fields["Longitude"], fields["Altitude"]) == ("31.2", "121.5", "0.0")


async def test_behind_a_proxy_links_have_the_public_address(fleet, api_database):
    async with running(api_database.url("ecc_api"), public_url="https://fleet.example") as behind:
        page = await read(behind, "owner", "/Fleet/1")
    assert all(href.startswith("https://fleet.example/aemp/2.0/Fleet/") for href in page.hrefs.values())


async def test_our_own_check_passes_over_a_socket(clients, fleet):
    listening = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(clients.app, log_config=None, lifespan="off", ws="none"))
    serving = asyncio.create_task(server.serve([listening]))
    base = f"http://127.0.0.1:{listening.getsockname()[1]}/aemp"
    try:
        for edition in ("2.0", "2020"):
            question = Question(
                url=f"{base}/{edition}",
                credentials=Credentials(token=clients.token("owner")),
                pins=("PIN-golden",),
                limits=Limits(pause_s=0),
                now=AT.replace(microsecond=0),
            )
            report = await check_server(question, lambda step, done: None)
            assert not report.failed, [(o.check.key, o.places) for o in report.outcomes() if o.violations]
            warned = {o.check.key: o.places for o in report.outcomes() if o.status is Status.WARN}
            assert not warned
    finally:
        server.should_exit = True
        await serving
        listening.close()


async def test_snapshots_asked_for_too_often_are_429(fleet, api_database):
    async with running(api_database.url("ecc_api"), aemp_polls_per_quarter_hour=2) as few, few.of("owner") as http:
        answers = [await http.get("/aemp/2.0/Fleet/1") for _ in range(3)]
        other = await http.get("/aemp/2.0/Fleet/Equipment/PIN-golden")
    assert [answer.status_code for answer in answers] == [200, 200, 429]
    assert 0 < int(answers[2].headers["retry-after"]) <= 900
    told = [answers[2].headers[f"ratelimit-{name}"] for name in ("limit", "remaining", "reset")]
    assert told == ["2", "0", answers[2].headers["retry-after"]]
    assert other.status_code == 200, "another snapshot is counted by itself"
