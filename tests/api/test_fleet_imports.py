"""CSV over HTTP: machines by their owner, models by the platform, terminals with SIM cards, sales."""

from datetime import timedelta

import pytest
import pytest_asyncio

from fleet.identifiers import luhn_digit
from tests.api.world import NOW

pytestmark = pytest.mark.asyncio(loop_scope="module")
ICCID = "8986009999999999123" + str(luhn_digit("8986009999999999123"))


@pytest.fixture(scope="module", autouse=True)
def _lead(world):
    organisation = world.organisations["platform"]
    world.person("lead", organisation, "lead")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def owner(clients):
    async with clients.of("owner") as http:
        yield http


async def send(http, noun: str, text: str, *, dry_run: bool = False, **more: bool):
    return await http.post(
        f"/api/v1/{noun}/import",
        content=text.encode(),
        headers={"content-type": "text/csv"},
        params={"dry_run": dry_run, **more},
    )


def counted(answer) -> tuple[int, int, int]:
    assert answer.status_code == 200, answer.text
    report = answer.json()
    return report["created"], report["updated"], report["unchanged"]


async def test_an_owner_imports_its_own_machines_and_changes_them(world, owner):
    text = "pin,name,model,site,time_zone\nCSV-1,One,excavator-1,Pit,Asia/Shanghai\nCSV-2,Two,excavator-1,Pit,\n"
    assert counted(await send(owner, "machines", text, dry_run=True, make_sites=True)) == (2, 0, 0)
    assert world.conn.execute("SELECT count(*) FROM machine WHERE pin LIKE 'CSV-%'").fetchone() == (0,)
    assert counted(await send(owner, "machines", text, make_sites=True)) == (2, 0, 0)
    assert counted(await send(owner, "machines", "pin,name\nCSV-1,Uno\nCSV-2,Two\n")) == (0, 1, 1)
    owners = "SELECT DISTINCT organisation_id FROM ownership JOIN machine USING (machine_id) WHERE pin LIKE 'CSV-%'"
    assert world.conn.execute(owners).fetchall() == [(world.organisations["north"],)]


async def test_a_site_is_made_only_when_that_is_asked_for_and_the_report_says_so(world, clients, owner):
    """A mistyped site would take the machine off its site's geofences and calendar."""
    sites = "SELECT name FROM site WHERE name LIKE 'Gan%%' ORDER BY 1"
    await owner.post("/api/v1/sites", json={"name": "Ganquanpu", "time_zone": "Asia/Urumqi"})
    text = "pin,name,site\nSITE-1,One,Ganquanpu\nSITE-2,Two,GanquanpuX\nSITE-3,Three,Elsewhere\n"
    for dry_run in (True, False):
        refused = await send(owner, "machines", text, dry_run=dry_run)
        assert refused.status_code == 422
        assert [(error["where"], error["code"]) for error in refused.json()["errors"]] == [
            ("line 3, site", "import_site_unknown_near"),
            ("line 4, site", "import_site_unknown"),
        ]
        assert "did you mean Ganquanpu?" in refused.json()["errors"][0]["message"]
    assert world.conn.execute(sites).fetchall() == [("Ganquanpu",)]
    async with clients.of("colleague") as operator:
        assert (await send(operator, "machines", text, make_sites=True)).status_code == 403
    made = [{"kind": "site", "name": name} for name in ("GanquanpuX", "Elsewhere")]
    for dry_run in (True, False):
        assert (await send(owner, "machines", text, dry_run=dry_run, make_sites=True)).json()["made"] == made
    assert (await send(owner, "machines", text)).json()["made"] == []
    assert world.conn.execute(sites).fetchall() == [("Ganquanpu",), ("GanquanpuX",)]


@pytest.mark.parametrize(
    ("line", "where", "words"),
    [
        pytest.param("PIN-crane,Mine now,excavator-1,", "line 2, pin", "PIN is there already", id="a foreign machine"),
        pytest.param("CSV-9,Nine,unknown model,", "line 2, model", "not in the catalogue", id="a model there is not"),
        pytest.param("CSV-9,Nine,excavator-1,South", "line 2, organisation", "no organisation", id="a foreign owner"),
    ],
)
async def test_nothing_foreign_is_touched(owner, line, where, words):
    answer = await send(owner, "machines", f"pin,name,model,organisation\n{line}\n")
    assert answer.status_code == 422
    (error,) = answer.json()["errors"]
    assert (error["where"], words in error["message"]) == (where, True), error


async def test_a_machine_that_is_only_shared_is_not_changed(world, owner):
    world.machine("csv lent", owner="south")
    world.share("csv lent", "north")
    answer = await send(owner, "machines", "pin,name\nPIN-csv lent,Mine now\n")
    (error,) = answer.json()["errors"]
    assert (error["where"], "not yours to change" in error["message"]) == ("line 2, pin", True), error


async def test_models_are_the_platforms_to_import(clients, owner):
    text = "name,kind,nominal_voltage_v,slot_s,options\nCSV-M,roller,24,0.5,heat|暖风|Heater;lamp|灯|Lamp\n"
    assert (await send(owner, "models", text)).status_code == 403
    async with clients.of("lead") as lead:
        assert counted(await send(lead, "models", text)) == (1, 0, 0)
        assert counted(await send(lead, "models", text)) == (0, 0, 1)
        assert counted(await send(lead, "models", "name,maker\nCSV-M,ACME\n")) == (0, 1, 0)
        (model,) = (await lead.get("/api/v1/models", params={"q": "CSV-M"})).json()["items"]
        assert (model["maker"], [o["code"] for o in model["options"]]) == ("ACME", ["heat", "lamp"])
        wrong = await send(lead, "models", "name,kind,slot_s\nX,roller,fast\n")
        assert wrong.json()["errors"] == [
            {"where": "line 2, slot_s", "code": "cell_no_number", "message": "'fast' is no number."}
        ]


async def test_terminals_come_with_their_sim_cards(owner):
    text = f"name,hardware,iccid,sim_operator,sim_valid_to\nCSV-T1,TB,{ICCID},Unicom,2030-12-31\nCSV-T2,TB,,,\n"
    assert counted(await send(owner, "terminals", text)) == (2, 0, 0)
    assert counted(await send(owner, "terminals", text)) == (0, 0, 2)
    taken = await send(owner, "terminals", f"name,iccid\nCSV-T3,{ICCID}\n")
    assert taken.json()["errors"][0]["where"] == "line 2, iccid"
    typed = await send(owner, "terminals", "name,iccid,sim_valid_to\nCSV-T3,89860099999999991234,soon\n")
    assert "mistyped" in typed.json()["errors"][0]["message"]


async def test_sales_are_recorded_once(world, clients, owner):
    world.machine("csv sold", owner="north")
    south = str(world.conn.execute("SELECT public_id FROM organisation WHERE name = 'South'").fetchone()[0])
    at = (NOW - timedelta(hours=1)).isoformat()
    text = f"pin,to_organisation,at,document_no\nPIN-csv sold,{south},{at},INV-7\n"
    assert counted(await send(owner, "transfers", text, dry_run=True)) == (1, 0, 0)
    assert counted(await send(owner, "transfers", text)) == (1, 0, 0)
    assert counted(await send(owner, "transfers", text)) == (0, 0, 1)
    async with clients.of("stranger") as buyer:
        assert (await buyer.get("/api/v1/machines/serial:SN-csv sold")).status_code in (200, 422)
    naive = await send(owner, "transfers", f"pin,to_organisation,at\nPIN-digger,{south},2026-01-01T00:00:00\n")
    assert naive.json()["errors"][0]["where"] == "line 2, at"
