"""Verdicts on findings: who gives them, which one counts, and what they say of the rules."""

from datetime import timedelta
from uuid import UUID

import pytest

from storage.ids import uuid7
from tests.api.world import NOW
from usecases.read_finding_quality import wilson

pytestmark = pytest.mark.asyncio(loop_scope="module")
FAULT = {"verdict": "true_fault", "part": "oil pump"}


def finding_of(world, alarm: UUID) -> str:
    return str(world.conn.execute("SELECT finding_id FROM alarm WHERE alarm_id = %s", [alarm]).fetchone()[0])


@pytest.fixture(scope="module")
def finding(world) -> str:
    return finding_of(world, world.alarm("digger"))


def path(finding: str) -> str:
    return f"/api/v1/findings/{finding}/verdicts"


async def test_the_last_verdict_counts_and_all_are_kept(clients, world, finding):
    async with clients.of("expert") as http:
        first = await http.post(path(finding), json=FAULT | {"note": " worn "}, headers={"Idempotency-Key": "k1"})
        again = await http.post(path(finding), json=FAULT | {"note": " worn "}, headers={"Idempotency-Key": "k1"})
        second = await http.post(path(finding), json={"verdict": "nuisance"})
        assert (first.status_code, again.json(), first.headers["location"]) == (201, first.json(), path(finding))
        assert (first.json()["part"], first.json()["note"], first.json()["given_by"]) == ("oil pump", "worn", "expert")
        page = (await http.get(path(finding), params={"limit": 1})).json()
        assert [one["id"] for one in page["items"]] == [second.json()["id"]]
        page = (await http.get(path(finding), params={"limit": 1, "cursor": page["next_cursor"]})).json()
        assert ([one["id"] for one in page["items"]], page["next_cursor"]) == ([first.json()["id"]], None)
    last = world.conn.execute("SELECT verdict FROM last_verdict WHERE finding_id = %s", [finding]).fetchall()
    assert last == [("nuisance",)]
    told = world.conn.execute(
        "SELECT action, actor_name, machine_id, after ->> 'verdict' FROM audit WHERE entity = 'finding' "
        "ORDER BY audit_id"
    ).fetchall()
    assert told == [("give_verdict", "expert", world.machines["digger"], word) for word in ("true_fault", "nuisance")]


async def test_what_was_taken_back_takes_no_verdict(clients, world):
    gone = finding_of(world, world.alarm("digger", key="taken_back"))
    world.conn.execute("UPDATE finding SET withdrawn_at = now() WHERE finding_id = %s", [gone])
    async with clients.of("expert") as http:
        answer = await http.post(path(gone), json={"verdict": "nuisance"})
    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (409, "verdict_withdrawn")


async def test_a_part_that_is_written_nearly_as_the_finding_names_it_is_asked_back(clients, world):
    """Any text stays: a maker's number is a part, too."""
    seized = finding_of(world, world.alarm("digger", key="seized"))
    pack = '{"diagnosis": {"parts": [{"key": "oil_pump", "text": {"zh": "机油泵", "en": "Oil pump"}}]}}'
    world.conn.execute(
        "INSERT INTO finding_evidence (finding_id, machine_id, source_kind, source_key, held_at, revision, made_at, "
        "frame, pack) SELECT finding_id, machine_id, source_kind, source_key, held_at, 1, held_at, '{}', %s "
        "FROM finding WHERE finding_id = %s",
        [pack, seized],
    )
    told = {}
    async with clients.of("expert") as http:
        for part in ("Oil  pump", "机油泵", "oil pmup", "6732-51-1111", "Battery"):
            answer = (await http.post(path(seized), json={"verdict": "true_fault", "part": part})).json()
            told[part] = answer["part_key"], answer["part_meant"] and answer["part_meant"]["key"]
            assert answer["part"] == part
        listed = (await http.get(path(seized))).json()["items"]
    assert told == {
        "Oil  pump": ("oil_pump", None),
        "机油泵": ("oil_pump", None),
        "oil pmup": (None, "oil_pump"),
        "6732-51-1111": (None, None),
        "Battery": ("battery", None),
    }
    assert [one["part_key"] for one in listed] == ["battery", None, None, "oil_pump", "oil_pump"]


async def test_a_verdict_is_never_changed_or_taken_away(clients, api_database, finding):
    import psycopg

    with psycopg.connect(api_database.url("ecc_api"), autocommit=True) as conn:
        for statement in ("UPDATE finding_verdict SET note = ''", "DELETE FROM finding_verdict"):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                conn.execute(statement)


@pytest.mark.parametrize(("login", "status"), [("owner", 403), ("colleague", 403), ("dealer", 201), ("stranger", 403)])
async def test_who_looked_at_the_machine_gives_verdicts(clients, finding, login, status):
    async with clients.of(login) as http:
        assert (await http.post(path(finding), json=FAULT)).status_code == status
        assert (await http.get(path(finding))).status_code == (404 if login == "stranger" else 200)


async def test_a_dealer_judges_its_own_customers_machines_while_they_are(clients, world):
    foreign = finding_of(world, world.alarm("crane"))
    world.machine("sold", owner=None)
    sold_at = NOW - timedelta(minutes=2)
    world.own("sold", "north", to_at=sold_at)
    world.own("sold", "south", from_at=sold_at)
    gone = finding_of(world, world.alarm("sold"))
    async with clients.of("dealer") as http:
        assert (await http.post(path(foreign), json=FAULT)).status_code == 404
        answer = await http.post(path(gone), json=FAULT)
        assert (answer.status_code, answer.json()["errors"][0]["code"]) == (403, "verdict_machine_gone")
        assert (await http.get(path(gone))).status_code == 200


async def test_a_true_fault_whose_part_nobody_knows_says_so(clients, world):
    unnamed = finding_of(world, world.alarm("digger", key="unnamed_part"))
    async with clients.of("expert") as http:
        made = await http.post(path(unnamed), json={"verdict": "true_fault", "part": "unknown"})
    assert (made.status_code, made.json()["verdict"], made.json()["part"]) == (201, "true_fault", None)


@pytest.mark.parametrize(
    ("given", "where", "code"),
    [
        ({"verdict": "nuisance", "part": "pump"}, "part", "verdict_no_fault"),
        ({"verdict": "true_fault", "note": "it was broken"}, "part", "verdict_needs_part"),
        ({"verdict": "true_fault", "part": " "}, "part", "verdict_needs_part"),
        ({"verdict": "sensor", "failed_at": NOW.isoformat()}, "failed_at", "verdict_no_fault"),
        (FAULT | {"failed_at": (NOW + timedelta(days=1)).isoformat()}, "failed_at", "verdict_in_future"),
        ({"verdict": "maybe"}, "verdict", "not_one_of"),
        ({"verdict": "nuisance", "notes": ""}, "notes", "unknown_member"),
    ],
)
async def test_what_a_verdict_cannot_say_is_refused(clients, finding, given, where, code):
    async with clients.of("expert") as http:
        answer = await http.post(path(finding), json=given)
    assert answer.status_code == 422
    assert (answer.json()["errors"][0]["where"], answer.json()["errors"][0]["code"]) == (where, code)


async def test_a_rules_quality_by_its_verdicts(clients, world):
    begin, key = NOW - timedelta(days=2), "some_rule"

    def judged(minute: int, verdict: str, *, minutes=None, failed_at=None, **given) -> None:
        """A finding that held `minute` after `begin`, judged 2 h later, `minutes` after it was acknowledged."""
        held = begin + timedelta(minutes=minute)
        alarm = world.alarm("digger", key=key, raised_at=held, state="cleared", **given)
        world.conn.execute(
            "INSERT INTO finding_verdict (public_id, finding_id, verdict, given_at, by_name, failed_at) "
            "VALUES (%s, %s, %s, %s, 'me', %s)",
            [uuid7(), finding_of(world, alarm), verdict, held + timedelta(hours=2), failed_at],
        )
        if minutes is not None:
            at = held + timedelta(hours=2) - timedelta(minutes=minutes)
            world.conn.execute("UPDATE alarm SET acknowledged_at = %s WHERE alarm_id = %s", [at, alarm])

    judged(0, "nuisance", minutes=12)
    judged(1, "not_found", minutes=90)  # counts 60
    judged(2, "sensor", minutes=-30)  # nobody had acknowledged it by then: 5
    judged(3, "nuisance", severity="info")  # calls nobody
    world.alarm("digger", key=key, raised_at=begin + timedelta(minutes=4), state="cleared")  # nobody judged it
    judged(5, "true_fault", failed_at=begin + timedelta(hours=6))  # 5 h 55 min ahead
    for hours, code in ((2, "0/110/0"), (4, "0/100/1"), (5, "0/100/1")):  # coolant is not among its signals
        world.alarm(
            "digger", key=code, kind="dtc", raised_at=begin + timedelta(hours=hours, seconds=10), state="cleared"
        )
    judged(6, "true_fault")
    async with clients.of("expert") as http:
        (row,) = (await http.get("/api/v1/finding-quality", params={"source_key": key})).json()["items"]
        everything = (await http.get("/api/v1/finding-quality", params={"limit": 1})).json()
        backwards = {"from": "2026-11-22T17:00:00Z", "to": "2026-11-22T16:00:00Z"}
        assert (await http.get("/api/v1/finding-quality", params=backwards)).status_code == 422
        assert everything["next_cursor"] is not None
    assert (row["findings"], row["verdicts"]) == (7, {"true_fault": 2, "nuisance": 2, "sensor": 1, "not_found": 1})
    assert (row["precision"], row["false_alarm_minutes"]) == (0.3333, 77.0)
    assert (row["precision_low"], row["precision_high"]) == wilson(2, 6)
    assert (row["leads"], row["lead_h_least"], row["lead_h_median"]) == (2, 3.9, 4.91)
    async with clients.of("dealer") as http:
        assert (await http.get("/api/v1/finding-quality")).status_code == 403


async def test_the_interval_of_a_share():
    assert wilson(0, 0) == (None, None)
    assert wilson(8, 10) == (0.4902, 0.9433)
    assert wilson(0, 10) == (0.0, 0.2775)
