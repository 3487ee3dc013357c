"""Guided checks, hand-overs for a visit, the peers' band and the share of problems solved remotely, through the API."""

import asyncio
from datetime import timedelta
from uuid import UUID

import numpy as np
import psycopg
import pytest
from psycopg.types.json import Jsonb

from diagnosis.guided import Question
from tests.api.conftest import running
from tests.api.world import CATALOGUE, NOW, World
from tests.unit.test_guided import LEVEL, RULE, diagnosis_of, naive

pytestmark = pytest.mark.asyncio(loop_scope="module")
MINUTE = timedelta(minutes=1)
GAUGE = {"cause": "pressure_sender_faulty", "check": "compare_with_gauge"}


class Found:
    """An alarm with its finding, diagnosed as a machine that tells nothing."""

    def __init__(self, world: World, machine: str, key: str = RULE) -> None:
        self.alarm = world.alarm(machine, key=key)
        row = world.conn.execute("SELECT finding_id FROM alarm WHERE alarm_id = %s", [self.alarm]).fetchone()
        assert row is not None
        self.finding = UUID(str(row[0]))
        pack = {"diagnosis": diagnosis_of(RULE) | {"parts": [], "next_check": None, "owner": None, "basis": "typical"}}
        for cause in pack["diagnosis"]["causes"]:
            cause |= {"note": None, "speaks_for": [], "speaks_against": []}
        world.conn.execute(
            "INSERT INTO finding_evidence (finding_id, machine_id, source_kind, source_key, held_at, revision, "
            "made_at, frame, pack) SELECT finding_id, machine_id, source_kind, source_key, held_at, 3, held_at, '{}', "
            "%s FROM finding WHERE finding_id = %s",
            [Jsonb(pack), self.finding],
        )

    @property
    def guide(self) -> str:
        return f"/api/v1/findings/{self.finding}/guide"

    @property
    def answers(self) -> str:
        return f"/api/v1/findings/{self.finding}/answers"

    @property
    def visits(self) -> str:
        return f"/api/v1/alarms/{self.alarm}/visit-hand-overs"


async def test_answers_reorder_the_causes_and_two_experts_see_the_same(clients, world):
    found = Found(world, "digger")
    async with clients.of("expert") as expert, clients.of("dealer") as dealer:
        before = (await expert.get(found.guide)).raise_for_status().json()
        assert (before["version"], before["causes"][0]["key"], before["customer"]) == (0, "oil_level_low", "North")
        asked = next(one for one in before["questions"] if one["is_next"])
        assert (asked["check"], asked["cause"]) == ("check_engine_oil_level", "oil_level_low")
        body = {"cause": asked["cause"], "check": asked["check"], "answer": "no", "note": " full "}
        once = {"Idempotency-Key": "answer-1"}
        first = await expert.post(found.answers, json=body, headers=once)
        again = await expert.post(found.answers, json=body, headers=once)
        assert (first.status_code, again.json()) == (201, first.json())
        second = await dealer.post(found.answers, json=GAUGE | {"answer": "yes"})
        seen = (await expert.get(found.guide)).json()
    assert seen == second.json()
    assert (seen["version"], seen["causes"][0]["key"]) == (2, "pressure_sender_faulty")
    told = [(one["answer"], one["answered_by"], one["note"]) for one in seen["answers"]]
    assert told == [("yes", "dealer", None), ("no", "expert", "full")]
    given = {Question("oil_level_low", check="check_engine_oil_level"): "no", Question(**GAUGE): "yes"}
    wanted = naive(RULE, given)
    assert {one["key"]: one["share"] for one in seen["causes"]} == {k: round(v, 4) for k, v in wanted.items()}
    audit = world.conn.execute("SELECT actor_name FROM audit WHERE action = 'answer_check' ORDER BY audit_id")
    assert [row[0] for row in audit.fetchall()] == ["expert", "dealer"]


async def test_the_last_answer_to_a_question_counts_and_unsure_takes_it_back(clients, world):
    found = Found(world, "digger", "second_thoughts")
    question = {"cause": "oil_level_low", "when": LEVEL}
    async with clients.of("expert") as http:
        first = (await http.get(found.guide)).json()["causes"]
        shares = []
        for answer in ("yes", "no", "unsure"):
            made = (await http.post(found.answers, json=question | {"answer": answer})).json()
            shares.append(next(one["share"] for one in made["causes"] if one["key"] == "oil_level_low"))
    assert shares[0] > 0.38 > shares[1]
    assert made["causes"] == first
    assert [one["answer"] for one in made["answers"]] == ["unsure", "no", "yes"]


@pytest.mark.parametrize(
    ("body", "status"),
    [
        pytest.param({"cause": "theft", "check": "check_engine_oil_level", "answer": "yes"}, 422, id="foreign cause"),
        pytest.param({"cause": "oil_level_low", "when": "true", "answer": "yes"}, 422, id="no such observation"),
        pytest.param({"answer": "yes"}, 422, id="about nothing"),
        pytest.param(GAUGE | {"answer": "maybe"}, 422, id="no answer"),
    ],
)
async def test_what_the_finding_does_not_ask_is_refused(clients, world, body, status):
    found = Found(world, "digger", f"not_asked_{body.get('check')}_{len(body)}_{body['answer']}")
    async with clients.of("expert") as http:
        assert (await http.post(found.answers, json=body)).status_code == status
        assert (await http.get(found.guide)).json()["version"] == 0


async def test_who_answers_and_who_hands_over(clients, world):
    found = Found(world, "digger", "rights")
    for login, reads, answers, hands in (
        ("owner", 200, 403, 403), ("colleague", 200, 403, 403), ("stranger", 404, 403, 403), ("dealer", 200, 201, 201),
    ):  # fmt: skip
        async with clients.of(login) as http:
            assert (await http.get(found.guide)).status_code == reads, login
            assert (await http.get(found.visits)).status_code == reads, login
            assert (await http.post(found.answers, json=GAUGE | {"answer": "no"})).status_code == answers, login
            assert (await http.post(found.visits, json={})).status_code == hands, login
    foreign = Found(world, "crane", "foreign")
    async with clients.of("dealer") as http:
        assert (await http.post(foreign.answers, json=GAUGE | {"answer": "no"})).status_code == 404
        assert (await http.post(foreign.visits, json={})).status_code == 404


async def test_a_finding_without_a_diagnosis_or_that_was_taken_back_asks_nothing(clients, world):
    alarm = world.alarm("digger", key="undiagnosed")
    finding = world.conn.execute("SELECT finding_id FROM alarm WHERE alarm_id = %s", [alarm]).fetchone()[0]
    gone = Found(world, "digger", "gone")
    world.conn.execute("UPDATE finding SET withdrawn_at = now() WHERE finding_id = %s", [gone.finding])
    async with clients.of("expert") as http:
        assert (await http.get(f"/api/v1/findings/{finding}/guide")).status_code == 404
        answer = await http.post(f"/api/v1/alarms/{alarm}/visit-hand-overs", json={})
        assert (answer.status_code, answer.json()["errors"][0]["code"]) == (404, "hand_over_needs_finding")
        assert (await http.post(gone.answers, json=GAUGE | {"answer": "yes"})).status_code == 409
        assert (await http.get(gone.guide)).json()["questions"] == []


async def test_a_hand_over_keeps_what_was_known_then_and_is_told_on_the_alarm(clients, world):
    found = Found(world, "digger", "handed")
    wanted_by = (NOW + timedelta(days=2)).isoformat().replace("+00:00", "Z")
    async with clients.of("expert") as http:
        await http.post(found.answers, json=GAUGE | {"answer": "yes"})
        guide = (await http.get(found.guide)).json()
        given = {"parts": ["oil_pump", "6732-51-1111"], "wanted_by": wanted_by, "note": "Gate 3."}
        made = await http.post(found.visits, json=given)
        assert (made.status_code, made.headers["location"]) == (201, found.visits)
        await http.post(found.answers, json=GAUGE | {"answer": "no"})  # later: changes nothing in the record
        second = (await http.post(found.visits, json={})).json()
        page = (await http.get(found.visits, params={"limit": 1})).json()
        rest = (await http.get(found.visits, params={"cursor": page["next_cursor"]})).json()
        alarm = (await http.get(f"/api/v1/alarms/{found.alarm}")).json()
        past = await http.post(found.visits, json={"wanted_by": "2020-01-01T00:00:00Z"})
    record = made.json()
    assert [page["items"], rest["items"], rest["next_cursor"]] == [[second], [record], None]
    assert (record["causes"], record["evidence_revision"], record["made_by"]) == (guide["causes"], 3, "expert")
    assert [(one["check"], one["answer"]) for one in record["answers"]] == [("compare_with_gauge", "yes")]
    assert [part["key"] for part in record["parts"]] == ["oil_pump", "6732-51-1111"]
    assert (record["tools"], record["note"], record["wanted_by"]) == (guide["tools"], "Gate 3.", wanted_by)
    assert (second["parts"], second["tools"]) == (guide["parts"], guide["tools"])
    told = [one for one in alarm["transitions"] if one["kind"] == "handed_over"]
    assert (told[0]["actor"], told[0]["detail"]["text"]) == ("expert", "Gate 3.")
    assert (past.status_code, past.json()["errors"][0]["code"]) == (422, "hand_over_in_past")


async def test_records_are_never_changed_or_taken_away(api_database):
    with psycopg.connect(api_database.url("ecc_api"), autocommit=True) as conn:
        for table, column in (("check_answer", "note"), ("visit_hand_over", "note")):
            for statement in (f"UPDATE {table} SET {column} = ''", f"DELETE FROM {table}"):
                with pytest.raises(psycopg.errors.InsufficientPrivilege):
                    conn.execute(statement)


async def test_problems_solved_remotely_are_counted_by_their_last_verdict(clients, world):
    world.machine("counted", owner="south")
    found = {key: Found(world, "counted", key) for key in ("remote", "changed", "visit", "open", "none")}
    fault = {"verdict": "true_fault", "part": "unknown"}
    async with clients.of("expert") as http:
        before = (await http.get("/api/v1/remote-resolution")).json()
        for key, given in (
            ("remote", fault | {"solved": "remote"}), ("changed", fault | {"solved": "visit"}),
            ("changed", {"verdict": "sensor", "solved": "remote"}), ("visit", fault | {"solved": "visit"}),
            ("open", fault), ("none", {"verdict": "nuisance"}),
        ):  # fmt: skip
            path = f"/api/v1/findings/{found[key].finding}/verdicts"
            assert (await http.post(path, json=given)).status_code == 201
        refused = await http.post(path, json={"verdict": "nuisance", "solved": "remote"})
        assert (refused.status_code, refused.json()["errors"][0]["code"]) == (422, "verdict_nothing_to_solve")
        await http.post(found["visit"].visits, json={})
        after = (await http.get("/api/v1/remote-resolution")).json()
        ahead = (await http.get("/api/v1/remote-resolution", params={"from": "2100-01-01T00:00:00Z"})).json()
        alarm = (await http.get(f"/api/v1/alarms/{found['remote'].alarm}")).json()
    more = {
        name: after[name] - before[name] for name in ("problems", "remotely", "by_visit", "unsolved", "handed_over")
    }
    assert more == {"problems": 4, "remotely": 2, "by_visit": 1, "unsolved": 1, "handed_over": 1}
    assert (ahead["problems"], ahead["share"]) == (0, None)
    judged = next(one for one in alarm["transitions"] if one["kind"] == "judged")
    assert judged["detail"] == {"verdict": "true_fault", "solved": "remote"}
    async with clients.of("stranger") as http:  # of south
        own = (await http.get("/api/v1/remote-resolution")).json()
    assert (own["problems"], own["share"], own["goal"]) == (4, round(2 / 3, 4), 0.6)
    async with clients.of("owner") as http:
        assert (await http.get("/api/v1/remote-resolution")).json()["remotely"] == before["remotely"]


PEERS = [f"peer{n}" for n in range(8)]
HOT, SPEED = CATALOGUE["hydraulic_oil_temp_degc"], CATALOGUE["engine_speed_rpm"]
BEGIN = NOW.replace(minute=0, second=0) - timedelta(hours=3)


def rollup(world: World, machine: str, minute: int, value: float, *, rpm: float = 1700.0) -> None:
    for signal, told in ((HOT, value), (SPEED, rpm)):
        world.conn.execute(
            "INSERT INTO rollup_1m (machine_id, signal_id, bucket_at, n, min, max, sum, first, last) "
            "VALUES (%s, %s, %s, 2, %s, %s, %s, %s, %s)",
            [world.machines[machine], signal.id, BEGIN + minute * MINUTE, told, told, 2 * told, told, told],
        )


@pytest.fixture(scope="module")
def peers(world: World) -> World:
    """Eight machines of one model: seven of north, the last of south; and one that is compared with them."""
    world.machine("subject", owner="north", kind="roller")
    for n, name in enumerate(PEERS):
        world.machine(name, owner="north" if n < 7 else "south", kind="roller")
        for minute in range(3):
            rollup(world, name, minute, 50.0 + n + 10 * minute)
    rollup(world, "peer0", 5, 10.0, rpm=0.0)  # it stands
    for name in PEERS[1:6]:
        rollup(world, name, 5, 60.0)
    for name in PEERS[:4]:
        rollup(world, name, 7, 60.0)  # four are too few
    return world


async def asked(clients, login: str, world: World, machine: str = "subject", **more) -> dict:
    span = {"from": BEGIN.isoformat(), "to": (BEGIN + 10 * MINUTE).isoformat(), "signals": HOT.key} | more
    async with clients.of(login) as http:
        return (
            (await http.get(f"/api/v1/machines/{world.public[machine]}/peers", params=span)).raise_for_status().json()
        )


async def test_the_band_is_that_of_the_peers_whom_the_caller_sees_while_they_worked(clients, peers):
    for login, count in (("expert", 8), ("owner", 7)):
        found = await asked(clients, login, peers)
        assert (found["machines"], found["model"], found["none_because"]) == (count, "roller-1", None)
        band = found["signals"][HOT.key]
        assert band["machines"] == [count, count, count, 5]
        values = 50.0 + np.arange(count)
        for name, quantile in (("low", 0.1), ("middle", 0.5), ("high", 0.9)):
            wanted = [*(np.quantile(values + 10 * minute, quantile) for minute in range(3)), 60.0]
            assert band[name] == pytest.approx(wanted)
        assert [at[14:16] for at in found["at"]] == ["00", "01", "02", "05"]


async def test_no_band_is_said_with_why(clients, peers):
    assert (await asked(clients, "stranger", peers, "peer7"))["none_because"] == "too_few"
    assert (await asked(clients, "expert", peers, signals="engine_hours_h"))["none_because"] == "no_signal"
    later = {"from": (BEGIN + 60 * MINUTE).isoformat(), "to": (BEGIN + 70 * MINUTE).isoformat()}
    assert (await asked(clients, "expert", peers, **later))["none_because"] == "no_readings"
    async with clients.of("stranger") as http:
        params = {"signals": HOT.key}
        assert (await http.get(f"/api/v1/machines/{peers.public['subject']}/peers", params=params)).status_code == 404


async def test_the_query_itself_asks_for_no_peers_but_those_whom_the_caller_sees(peers, api_database):
    """The API as the tables' owner, whom row-level security does not bind; as in tests/api/test_first_wall.py."""
    async with running(api_database.url("ecc_owner")) as unbound:
        assert [(await asked(unbound, who, peers))["machines"] for who in ("expert", "owner")] == [8, 7]
        alone = await asked(unbound, "stranger", peers, "peer7")
        assert (alone["machines"], alone["none_because"], alone["at"]) == (0, "too_few", [])
        peers.share("peer1", "south", data_class="readings")
        peers.conn.execute("UPDATE sharing SET to_at = %s WHERE machine_id = %s", [BEGIN, peers.machines["peer1"]])
        assert (await asked(unbound, "stranger", peers, "peer7"))["machines"] == 0, "a share of another time"
        peers.share("peer2", "south", data_class="alarms")
        assert (await asked(unbound, "stranger", peers, "peer7"))["machines"] == 0, "a share of another class"
        peers.share("peer3", "south", data_class="readings")
        assert (await asked(unbound, "stranger", peers, "peer7"))["machines"] == 1


async def test_a_peer_that_was_sold_counts_for_each_owner_in_its_own_time(clients, peers):
    """North has it until the second minute, south after that: nobody's band is moved by the other's machine."""
    number = peers.machines["peer6"]
    peers.conn.execute("UPDATE ownership SET to_at = %s WHERE machine_id = %s", [BEGIN + MINUTE, number])
    peers.own("peer6", "south", from_at=BEGIN + MINUTE)
    found = await asked(clients, "owner", peers)
    assert found["signals"][HOT.key]["machines"] == [7, 6, 6, 5]


async def test_answers_that_are_given_at_once_are_all_kept(clients, world):
    found = Found(world, "digger", "at_once")
    async with clients.of("expert") as http:
        given = [http.post(found.answers, json=GAUGE | {"answer": word}) for word in ("yes", "no", "unsure")]
        assert {made.status_code for made in await asyncio.gather(*given)} == {201}
        assert (await http.get(found.guide)).json()["version"] == 3
