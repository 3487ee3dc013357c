"""Rule sets on the stream: the shipped one enters, another goes live at a batch border, a shadow raises nothing."""

from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import replace

import psycopg
import pytest
import pytest_asyncio

from app import pipeline as pipeline_module
from app.cli.master_data import Operator
from diagnosis.errors import RuleError
from diagnosis.ruleset import packaged_ruleset
from fleet.errors import Conflict, InvalidInput, NotFound
from fleet.signals import packaged_catalogue
from storage.audit import Actor
from storage.organisations import enter_platform
from storage.pool import connect, connect_async
from storage.users import ensure_organisation
from tests.app.gate import Gate, at, sample
from usecases import edit_rule_sets as edit
from usecases.evidence_plan import RuleShelf
from usecases.read_alarm_words import RuleBooks

CATALOGUE = packaged_catalogue()
BAD = {"engine_oil_pressure_kpa": 90.0, "engine_speed_rpm": 1500.0}
WORDS = 'title = { zh = "题", en = "t" }\nowner = { zh = "题", en = "t" }\nexpert = { zh = "题", en = "t" }\n'
SITE = f"""
language = 1

[low_oil_pressure]
for = "3s"
tests = []

[low_fuel]
off = true

[fast]
when = "engine_speed_rpm > 1400"
severity = "info"
{WORDS}
"""


@pytest_asyncio.fixture
async def people(gate, database):
    """A connection of the command line, and who runs it; the gate has entered the shipped set."""
    with psycopg.connect(database.owner_url) as conn:
        ensure_organisation(conn, kind="ecc", name="ECC")
    async with await connect_async(database.owner_url, application="test") as conn:
        scope = await enter_platform(conn)
        await conn.commit()
        actor = Actor(kind="system", id=None, name="me", organisation_id=scope.organisation_id)
        yield conn, Operator(actor, scope)


async def imported(people, text: str = SITE) -> int:
    conn, by = people
    found = await edit.import_edits(conn, by, text, catalogue=CATALOGUE, base="base", note="n", now=at(0))
    await conn.commit()
    return found.rules.rule_set_id


async def replayed(people, number: int) -> None:
    conn, _ = people
    await conn.execute(
        "INSERT INTO rule_replay (rule_set_id, kind, from_at, to_at, rows, state, started_at, started_by) "
        "VALUES (%s, 'history', now() - interval '1 day', now(), 1, 'done', now(), 'me')",
        [number],
    )
    await conn.commit()


async def promoted(people, reference: str) -> None:
    conn, by = people
    await edit.promote(conn, by, reference, now=at(0))
    await conn.commit()


def deliver(gate: Gate, *seconds: int, **signals: float) -> None:
    for second in seconds:
        gate.deliver([sample("M-1", second, second, **(signals or BAD))], received_s=second)


def found(gate: Gate, table: str = "finding") -> list[tuple[str, int, int | None]]:
    condition = "WHERE withdrawn_at IS NULL" if table == "finding" else ""
    return gate.all(
        "SELECT source_key, extract(epoch FROM from_at)::int - 1795200000, extract(epoch FROM to_at)::int - 1795200000 "
        f"FROM {table} {condition} ORDER BY 1, 2"
    )


def test_the_shipped_rules_enter_a_fresh_site_once_with_the_record_no_history(gate: Gate):
    gate.start()
    (row,) = gate.all("SELECT rule_set_id, kind, version, entered_by FROM rule_set")
    assert row[1:] == ("base", packaged_ruleset(CATALOGUE).version, "platform")
    assert gate.all("SELECT rule_set_id, kind, state FROM rule_replay") == [(row[0], "no_history", "done")]
    assert gate.all("SELECT role, rule_set_id, action FROM rule_set_switch") == [("live", row[0], "enter")]
    assert gate.state.engine.ruleset.version == row[2]


@pytest.mark.parametrize("role", ["ecc_sender", "ecc_api", "ecc_diagnose"])
async def test_whoever_tells_of_alarms_knows_a_rule_by_the_words_of_its_set(people, database, role):
    number = await imported(people, SITE.replace('zh = "题"', f'zh = "{role}"'))
    conn, _ = people
    (version,) = await (await conn.execute("SELECT version FROM rule_set WHERE rule_set_id = %s", [number])).fetchone()
    async with await connect_async(database.url(role), application="test") as teller:
        await enter_platform(teller)
        books = await RuleBooks.load(teller, [version], CATALOGUE)
    assert (books.words("rule", "fast", version).zh, books.words("rule", "fast", version).en) == (role, "t")


async def test_nothing_goes_live_without_a_replay(people):
    conn, by = people
    number = await imported(people)
    with pytest.raises(Conflict, match="not replayed over enough"):
        await edit.promote(conn, by, str(number), now=at(0))
    with pytest.raises(psycopg.errors.CheckViolation):
        await conn.execute(
            "INSERT INTO rule_set_switch (role, rule_set_id, action, at, by_name) VALUES ('live', %s, 'promote', "
            "now(), 'me')",
            [number],
        )


@pytest.mark.parametrize(
    ("span", "machines", "rows", "counts"),
    [
        ((-10, 80), None, 70, True),  # all there is
        ((10, 86_410), None, 60, True),  # a day
        ((10, 80), None, 60, False),  # not its beginning
        ((-10, 60), None, 60, False),  # not its end
        ((-10, 80), [1], 70, False),
        ((86_400, 200_000), None, 0, False),
    ],
)
async def test_a_replay_lets_a_set_go_live_when_it_saw_enough(people, gate: Gate, span, machines, rows, counts):
    conn, by = people
    number = await imported(people)
    deliver(gate, *range(70), fuel_level_pct=50.0)
    await conn.execute(
        "INSERT INTO rule_replay (rule_set_id, kind, from_at, to_at, machine_ids, rows, state, started_at, started_by) "
        "VALUES (%s, 'history', %s, %s, %s, %s, 'done', %s, 'me')",
        [number, *map(at, span), machines, rows, at(7_200)],
    )
    await conn.commit()
    with nullcontext() if counts else pytest.raises(Conflict, match="not replayed over enough"):
        assert (await edit.promote(conn, by, str(number), now=at(0))).role == "live"


async def test_where_nothing_is_stored_a_replay_of_nothing_is_enough(people):
    conn, by = people
    number = await imported(people)
    await conn.execute(
        "INSERT INTO rule_replay (rule_set_id, kind, from_at, to_at, state, started_at, started_by) "
        "VALUES (%s, 'history', %s, %s, 'done', %s, 'me')",
        [number, at(0), at(60), at(60)],
    )
    assert (await edit.promote(conn, by, str(number), now=at(0))).role == "live"


async def test_a_promoted_set_judges_from_the_next_batch_and_open_findings_go_on_or_end(people, gate: Gate):
    number = await imported(people)
    await replayed(people, number)
    low = {"fuel_level_pct": 3.0} | BAD
    deliver(gate, *range(70), **low)
    assert found(gate) == [("low_fuel", 0, None), ("low_oil_pressure", 0, None)]
    base = gate.state.engine.ruleset.version
    await promoted(people, str(number))
    deliver(gate, 70, **low)
    assert gate.state.engine.ruleset.version != base
    assert found(gate) == [("fast", 70, None), ("low_fuel", 0, 69), ("low_oil_pressure", 0, None)]
    deliver(gate, 71, engine_oil_pressure_kpa=300.0, engine_speed_rpm=900.0)
    assert found(gate) == [("fast", 70, 71), ("low_fuel", 0, 69), ("low_oil_pressure", 0, 71)]
    assert gate.all("SELECT count(*) FROM alarm WHERE state = 'active'") == [(0,)]
    versions = dict(gate.all("SELECT source_key, version FROM finding"))
    assert (versions["low_fuel"], versions["fast"]) == (base, gate.state.engine.ruleset.version)
    gate.start()
    assert gate.state.engine.ruleset.version == versions["fast"]
    conn, by = people
    await edit.roll_back(conn, by, now=at(0))
    await conn.commit()
    deliver(gate, 72, **low)
    assert gate.state.engine.ruleset.version == base
    rows = await (await conn.execute("SELECT action FROM audit WHERE entity = 'rule_set' ORDER BY 1")).fetchall()
    assert [action for (action,) in rows] == ["import", "promote", "rollback"]


async def test_a_run_that_was_going_on_goes_on_in_a_rule_that_stayed_the_same(people, gate: Gate):
    number = await imported(
        people, f'language = 1\n[fast]\nwhen = "engine_speed_rpm > 9000"\nseverity = "info"\n{WORDS}'
    )
    await replayed(people, number)
    deliver(gate, *range(6))
    await promoted(people, str(number))
    deliver(gate, *range(6, 12))
    assert found(gate) == [("low_oil_pressure", 0, None)]


async def test_a_batch_that_is_not_committed_switches_nothing(people, gate: Gate, monkeypatch):
    number = await imported(people)
    await replayed(people, number)
    deliver(gate, 0)
    await promoted(people, str(number))
    before = gate.state.engine

    def broken(_: object) -> None:
        raise RuntimeError("killed")

    with monkeypatch.context() as patch:  # the only way to stop between the statements and the commit
        patch.setattr(pipeline_module, "passing", broken)
        with pytest.raises(RuntimeError):
            deliver(gate, 1)
    assert gate.state.engine is before
    deliver(gate, 1)
    assert gate.state.rule_sets.live == number


async def test_a_set_in_shadow_records_and_raises_nothing(people, gate: Gate):
    conn, by = people
    number = await imported(people)
    await edit.put_in_shadow(conn, by, str(number), now=at(0))
    await conn.commit()
    deliver(gate, *range(8))
    assert found(gate) == []
    assert found(gate, "shadow_finding") == [("fast", 0, None), ("low_oil_pressure", 0, None)]
    gate.start()
    deliver(gate, 8, engine_oil_pressure_kpa=300.0, engine_speed_rpm=900.0)
    assert found(gate, "shadow_finding") == [("fast", 0, 8), ("low_oil_pressure", 0, 8)]
    assert gate.all("SELECT count(*) FROM alarm") == [(0,)]
    await edit.put_in_shadow(conn, by, None, now=at(0))
    await conn.commit()
    deliver(gate, 9, 10)
    assert len(found(gate, "shadow_finding")) == 2
    assert gate.state.shadow is None
    with pytest.raises(Conflict, match="live already"):
        await edit.put_in_shadow(conn, by, "live", now=at(0))


OFF_FOR_ONE = """
language = 1
[[override]]
rule = "low_oil_pressure"
machine = "{machine}"
off = true
reason = "no sender fitted"
until = 2099-01-01T00:00:00Z
"""


async def test_an_override_in_the_file_is_the_machines_while_the_set_judges(people, gate: Gate):
    ill = {"engine_oil_pressure_kpa": 90.0, "engine_speed_rpm": 1500.0}
    gate.deliver([sample(pin, 0, 0, engine_speed_rpm=900.0) for pin in ("M-1", "M-2")])
    number = await imported(people, OFF_FOR_ONE.format(machine="M-1"))
    assert gate.all("SELECT machines FROM rule_set WHERE kind = 'site'") == [({"M-1": 1},)]
    await replayed(people, number)
    await promoted(people, str(number))
    for second in range(1, 13):
        gate.deliver([sample(pin, second, second, **ill) for pin in ("M-1", "M-2")], received_s=second)
    assert gate.all("SELECT machine_id, source_key FROM finding") == [(2, "low_oil_pressure")]
    conn, by = people
    await edit.roll_back(conn, by, now=at(0))
    await conn.commit()
    for second in range(13, 25):
        gate.deliver([sample(pin, second, second, **ill) for pin in ("M-1", "M-2")], received_s=second)
    assert gate.all("SELECT machine_id FROM finding ORDER BY 1") == [(1,), (2,)]
    with pytest.raises(RuleError, match="no machine 'M-9'"):
        await imported(people, OFF_FOR_ONE.format(machine="M-9"))
    twice = OFF_FOR_ONE.format(machine="M-1") + OFF_FOR_ONE.format(machine="pin:M-1").replace("language = 1", "")
    with pytest.raises(RuleError, match="two of one rule"):
        await imported(people, twice)


async def test_a_file_is_the_sites_edits_and_entered_once(people):
    conn, by = people
    first = await edit.import_edits(conn, by, SITE, catalogue=CATALOGUE, base="base", note="", now=at(0))
    again = await edit.import_edits(conn, by, SITE, catalogue=CATALOGUE, base="base", note="", now=at(1))
    assert (first.is_new, again.is_new, again.rules.rule_set_id) == (True, False, first.rules.rule_set_id)
    assert first.rules.files == {"site.toml": SITE}
    assert (first.layered.changed, first.layered.added, first.layered.off) == (
        ("low_oil_pressure",), ("fast",), ("low_fuel",)
    )  # fmt: skip
    here, there = packaged_ruleset(CATALOGUE), first.layered.ruleset
    told = {one.key: one.members for one in edit.differences(here, there, {})}
    assert set(told) == {"low_oil_pressure", "fast", "low_fuel"}
    assert told["low_oil_pressure"] == {"for": (edit.members_of(here.by_key["low_oil_pressure"])["for"], "3s")}
    assert told["low_fuel"]["when"][1] is None
    with pytest.raises(InvalidInput, match="a site's own"):
        await edit.import_edits(
            conn, by, SITE, catalogue=CATALOGUE, base=str(first.rules.rule_set_id), note="", now=at(2)
        )
    with pytest.raises(NotFound, match="no rule set 'x9'"):
        await edit.get_rule_set(conn, "x9")


async def test_words_that_changed_alone_reach_the_next_diagnosis(people, database):
    """The two sets share a version; who diagnoses has read the first one before."""
    shelf, conn = RuleShelf(CATALOGUE), people[0]
    with connect(database.url("ecc_diagnose"), application="test") as judge:
        judge.autocommit = True
        base = await edit.get_rule_set(conn)
        before = shelf.book(judge, base.version)
        number = await imported(people, 'language = 1\n[low_oil_pressure]\ncauses = ["oil_dilution"]\n')
        await replayed(people, number)
        await promoted(people, str(number))
        assert (await edit.get_rule_set(conn)).version == base.version
        after = shelf.book(judge, base.version)
        assert shelf.book(judge, base.version) is after
    assert before is not None
    assert after is not None
    causes = [book.ruleset.by_key["low_oil_pressure"].causes for book in (before, after)]
    assert (len(causes[0]) > 1, causes[1]) == (True, ("oil_dilution",))


async def test_kinds_are_those_that_the_platform_knows(people):
    conn, by = people
    text = 'language = 1\n[low_fuel]\napplies_to = {{ kind = ["{}"] }}\ntests = []\n'
    await conn.execute("INSERT INTO machine_kind (code, zh, en) VALUES ('own_machine', '自有', 'own')")
    given = {"catalogue": CATALOGUE, "base": "base", "note": "", "now": at(0)}
    for kind, meant in (("wheel_loadr", "wheel_loader"), ("own_machin", "own_machine")):
        with pytest.raises(RuleError, match=rf"low_fuel.applies_to.kind: '{kind}' .* did you mean {meant}\?"):
            await edit.import_edits(conn, by, text.format(kind), **given)
    made = await edit.import_edits(conn, by, text.format("submarine"), **given)
    assert [one.in_language("zh") for one in made.warnings] == [
        "low_fuel.applies_to.kind：目前没有类型为 “submarine” 的机器；规则将等到有这类机器时才生效。"
    ]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("language = 1\n[low_fuel]\nlimits = { lest = '3 %' }\n", "did you mean least"),
        ("language = 1\n[low_fuel]\napplies_to = { mode = ['working'] }\n", "'working' is no mode"),
        ("[low_fuel]\noff = true\n", "language's version is missing"),
        ("language = 1\n", "changes nothing"),
        ("language = 1\n[low_fuel]\noff = true\nfor = '1s'\n", "off = true alone"),
        ("language = 1\n[unknown_rule]\noff = true\n", "off = true alone"),
        ("language = 1\n[low_fuel]\nwhen = 'fuel < 3'\n", "unknown signal 'fuel'"),
        ("language = 1\n[low_oil_pressure]\nfor = '3h'\n", "test .* fails"),
        ("language = 1\n[[override]]\nrule = 'low_fuel'\n", "needs limits or off = true"),
        ("language = 1\n[active_dm1_fault]\noff = true\n[d]\nwhen='dtc(100)'\nseverity='low'\n" + WORDS, "kind dtc"),
    ],
)
async def test_a_mistake_in_a_sites_file_is_said(people, text: str, words: str):
    conn, by = people
    with pytest.raises(RuleError, match=words):
        await edit.import_edits(conn, by, text, catalogue=CATALOGUE, base="base", note="", now=at(0))


def test_new_shipped_rules_wait_where_others_are_live(gate: Gate, monkeypatch, new_gate: Callable[[], Gate]):
    from usecases import rules_in_force

    shipped = rules_in_force.rule_files()
    newer = {**shipped, "low_fuel.toml": shipped["low_fuel.toml"].replace('for      = "', 'for      = "1')}
    assert newer != shipped
    live = gate.state.rule_sets
    with monkeypatch.context() as patch:  # a program with other rules beside it
        patch.setattr(rules_in_force, "rule_files", lambda: newer)
        successor = new_gate()
    assert replace(successor.state.rule_sets) == live
    assert gate.all("SELECT count(*) FROM rule_set") == [(2,)]
    assert "they wait" in successor.said[0]
