"""Models on the stored minutes of machines: training, putting in force, judging, findings, and what goes wrong."""

from __future__ import annotations

import asyncio
import io
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import cache
from itertools import count

import numpy as np
import psycopg
import pytest
from psycopg import sql

from diagnosis.detectors.family import MIN_FAMILY
from diagnosis.model_file import read_model
from diagnosis.watched import is_settled
from fleet.errors import Conflict, InvalidInput, NotFound
from fleet.signals import packaged_catalogue
from storage.audit import Actor
from storage.organisations import enter_platform
from storage.pool import Connection, connect, connect_async
from storage.read_detectors import DetectorRow
from tests.conftest import Database
from usecases import edit_detectors
from usecases import score_windows as module
from usecases.compare_peers import PeersStep
from usecases.score_windows import Held, Scored, score_windows
from usecases.train_models import TrainOrder, train_models

MINUTE = 60_000_000
T0_S = 1_795_200_000
KEYS = (
    *("engine_speed_rpm", "engine_load_pct", "ambient_temp_degc", "engine_oil_pressure_kpa"),
    *("engine_coolant_temp_degc", "hydraulic_oil_temp_degc"),
)
SPEED, LOAD, AMBIENT, OIL, COOLANT, HYDRAULIC = range(6)
IDS = [packaged_catalogue().index[key] for key in KEYS]
LEARNED = 900  # minutes
_numbers = count(1)


def at(minute: float) -> datetime:
    return datetime.fromtimestamp(T0_S + 60 * minute, UTC)


def us(minute: float) -> int:
    return round((T0_S + 60 * minute) * 1_000_000)


def work(machine: int, minutes: np.ndarray) -> np.ndarray:
    """Minutes x KEYS of a machine that idles, works and stands, the same whenever it is asked; each a bit its own."""
    return np.array([worked(machine, minute) for minute in minutes.tolist()])


@cache
def worked(machine: int, minute: int) -> tuple[float, ...]:
    own = np.random.default_rng(machine).normal(size=3)
    draw = np.random.default_rng([machine, minute])
    turn = (minute // 20 + machine) % 5
    speed, load = [(0, 0), (1500, 45), (800, 15), (1500, 45), (1900, 75)][turn]
    speed += draw.normal() * 15 * (speed > 0)
    load += draw.normal() * 3 * (load > 0)
    ambient = 20 + 5 * np.sin(minute / 60)
    oil = (120 + 0.15 * speed + 12 * own[0] + draw.normal() * 5) * (speed > 0)
    coolant = 70 + 0.2 * load + 0.3 * ambient + 2 * own[1] + draw.normal()
    hydraulic = 45 + 0.3 * load + 0.4 * ambient + 3 * own[2] + draw.normal()
    return (speed, load, ambient, oil, coolant, hydraulic)


def running(machine: int, since: int) -> int:
    """Minutes of what was learned in which the machine ran and was warm."""
    minutes = np.arange(LEARNED)
    return int(is_settled(minutes * MINUTE, work(machine, minutes)[:, SPEED])[since:].sum())


@dataclass
class Site:
    """Machines of one model with their rolled-up minutes."""

    owner: Connection
    conn: Connection  # of ecc_diagnose
    machines: list[int]
    held: Held
    url: str
    minute: int = LEARNED

    def enter(self, machine: int, minutes: np.ndarray, rows: np.ndarray) -> None:
        """Rolled-up minutes, as housekeeping leaves them."""
        lines = io.StringIO()
        for minute, row in zip(minutes.tolist(), rows.tolist(), strict=True):
            for signal, value in zip(IDS, row, strict=True):
                lines.write(f"{machine}\t{at(minute).isoformat()}\t{signal}\t2\t{value}\t{value}\t{2 * value}\t1\t1\n")
        with (
            self.owner.cursor() as cursor,
            cursor.copy(
                "COPY rollup_1m (machine_id, bucket_at, signal_id, n, min, max, sum, first, last) FROM STDIN"
            ) as copy,
        ):
            copy.write(lines.getvalue())
        if len(minutes):
            self.owner.execute(
                "INSERT INTO machine_state (machine_id, measured_at, received_at, signal_ids, signal_values, "
                "signal_at_us) VALUES (%(machine)s, %(at)s, %(at)s, '{}', '{}', '{}') "
                "ON CONFLICT (machine_id) DO UPDATE SET measured_at = excluded.measured_at",
                {"machine": machine, "at": at(int(minutes[-1]) + 0.9)},
            )

    def pass_on(self, minutes: int, **changed: tuple[int, float]) -> Scored:
        """So many minutes go by in which the machines work; `m3=(OIL, -60)` changes a signal of a machine. One pass."""
        span = np.arange(self.minute, self.minute + minutes)
        for machine in self.machines:
            rows = work(machine, span)
            if f"m{machine}" in changed:
                signal, by = changed[f"m{machine}"]
                rows[rows[:, SPEED] > 0, signal] += by
            self.enter(machine, span, rows)
        self.minute += minutes
        return self.score()

    def score(self, **given) -> Scored:
        return score_windows(self.conn, self.held, now_us=us(self.minute + 2), **given)

    def all(self, query: str, *given) -> list[tuple]:
        return self.owner.execute(query, list(given)).fetchall()

    def standings(self) -> dict[int, str]:
        return dict(self.all("SELECT machine_id, standing FROM detector_state ORDER BY 1"))

    def findings(self) -> list[tuple]:
        return self.all(
            "SELECT machine_id, source_key, version, to_at IS NULL, severity FROM finding "
            "WHERE source_kind = 'model' ORDER BY from_at"
        )

    def train(self, name: str = "baseline", **given):
        order = TrainOrder(name=name, from_at=at(0), to_at=at(LEARNED), by="me", **given)
        return train_models(self.owner, order, now=at(LEARNED))


@pytest.fixture(scope="module")
def module_database(servers, superuser, template_database) -> Iterator[Database]:
    """Five machines of a model with 900 minutes; the sixth came later."""
    name = f"detectors{next(_numbers)}"
    _copy(superuser, name, template_database)
    made = Database(name, servers)
    with connect(made.owner_url, application="test") as owner:
        owner.autocommit = True
        owner.execute("INSERT INTO machine_model (name, kind) VALUES ('EX1', 'excavator')")
        for number in range(1, 7):
            owner.execute(
                "INSERT INTO machine (public_id, pin, name, model_id) "
                "SELECT gen_random_uuid(), %(pin)s, %(pin)s, max(model_id) FROM machine_model",
                {"pin": f"M-{number}"},
            )
        site = Site(owner, owner, [], Held(), made.owner_url)
        for machine in range(1, 6):
            site.enter(machine, np.arange(LEARNED), work(machine, np.arange(LEARNED)))
        site.train()
    yield made
    superuser.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


def _copy(superuser: psycopg.Connection, name: str, template: str) -> None:
    statement = sql.SQL("CREATE DATABASE {} OWNER ecc_owner TEMPLATE {} STRATEGY file_copy")
    superuser.execute(statement.format(sql.Identifier(name), sql.Identifier(template)))


@pytest.fixture
def site(module_database: Database, superuser) -> Iterator[Site]:
    """A copy of it with the trained baseline in force, seen as `ecc diagnose` sees it."""
    name = f"detectors{next(_numbers)}"
    _copy(superuser, name, module_database.name)
    database = Database(name, module_database.servers)
    with (
        connect(database.owner_url, application="test") as owner,
        connect(database.url("ecc_diagnose"), application="test") as conn,
    ):
        owner.autocommit = conn.autocommit = True
        made = Site(owner, conn, [1, 2, 3, 4, 5, 6], Held(), database.owner_url)
        changed(made.url, "promote_detector", 1)
        yield made
    superuser.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


def changed(url: str, what: str, number: int) -> DetectorRow | None:
    """Promote or roll back as an operator does."""

    @dataclass(frozen=True)
    class Operator:
        actor: Actor
        scope: object

    async def run() -> DetectorRow | None:
        async with await connect_async(url, application="test") as conn:
            scope = await enter_platform(conn)
            actor = Actor(kind="system", id=None, name="me", organisation_id=scope.organisation_id)
            return await getattr(edit_detectors, what)(conn, Operator(actor, scope), number, now=at(LEARNED))

    return asyncio.run(run())


def test_a_family_is_learned_from_healthy_running_minutes_and_its_card_says_so(site: Site):
    (row,) = site.all(
        "SELECT name, version, machines, card, content FROM detector JOIN detector_file USING (detector_id)"
    )
    card, model = read_model(bytes(row[4]))
    assert row[:3] == ("baseline", 1, 5)
    assert card.machines == ("M-1", "M-2", "M-3", "M-4", "M-5")
    assert "machines" not in row[3]
    assert (card.signals, model.drivers) == (KEYS, (0, 1, 2))
    assert card.rows == sum(running(machine, 0) for machine in range(1, 6))
    assert card.metrics["far_pct"] < 0.5
    assert card.metrics["assessed_pct"] > 90


def test_a_new_machine_is_judged_by_its_family_and_then_by_itself(site: Site):
    scored = site.pass_on(60)
    assert (scored.machines, scored.windows, scored.unwell) == (6, 6 * 57, {})
    assert set(site.standings().values()) == {"family"}
    for _ in range(10):
        site.pass_on(120)
    assert set(site.standings().values()) == {"own"}
    assert site.findings() == []
    site.minute += 100_000  # whatever was judged is not judged again
    assert site.score().windows == 0


def test_a_fault_opens_a_finding_that_becomes_an_alarm_and_closes_when_it_is_quiet(site: Site):
    site.pass_on(240)
    site.pass_on(120, m3=(OIL, -140.0))
    (found,) = site.findings()
    assert found == (3, "baseline:engine_oil_pressure_kpa", found[2], True, "medium")
    assert found[2].startswith("1 ")
    (values,) = site.all("SELECT evidence FROM finding")[0]
    assert values["contribution.engine_oil_pressure_kpa"] > 1
    assert values["engine_oil_pressure_kpa"] < values["expected.engine_oil_pressure_kpa"] - 40
    assert site.all("SELECT machine_id, state FROM alarm") == [(3, "active")]
    assert site.standings()[3] == "frozen"
    site.pass_on(160)
    assert [row[3] for row in site.findings()] == [False]
    assert site.all("SELECT kind FROM alarm_transition ORDER BY transition_id") == [("raised",), ("cleared",)]
    assert len(site.all("SELECT * FROM event_log WHERE starts_with(kind, 'alarm.')")) == 2
    site.pass_on(20)
    assert site.standings()[3] == "family"


def test_what_it_comes_to_does_not_depend_on_how_the_minutes_come(site: Site, superuser, module_database):
    site.pass_on(60)
    for _ in range(12):
        site.pass_on(10, m3=(OIL, -140.0))
    told = site.all("SELECT machine_id, from_at, held_at FROM finding")
    states = site.all("SELECT state, windows, episode FROM detector_state ORDER BY machine_id")
    site.owner.execute("TRUNCATE detector_state, alarm, finding, alarm_transition, event_log, finding_evidence CASCADE")
    site.held = Held()
    site.minute = LEARNED
    site.owner.execute("DELETE FROM rollup_1m WHERE bucket_at >= %s", [at(LEARNED)])
    site.pass_on(60)
    site.pass_on(120, m3=(OIL, -140.0))
    assert site.all("SELECT machine_id, from_at, held_at FROM finding") == told
    again = site.all("SELECT state, windows, episode FROM detector_state ORDER BY machine_id")
    for one, other in zip(states, again, strict=True):
        np.testing.assert_allclose(np.frombuffer(one[0]), np.frombuffer(other[0]), rtol=1e-9)
        assert one[1:] == other[1:]


def test_an_alarm_freezes_what_a_machine_learns_and_advice_does_not(site: Site):
    site.pass_on(60)
    (before,) = site.all("SELECT state FROM detector_state WHERE machine_id = 2")
    site.owner.execute(
        "INSERT INTO finding (finding_id, machine_id, source_kind, source_key, version, severity, from_at, held_at) "
        "VALUES (gen_random_uuid(), 2, 'rule', 'coolant_overheat', 'v', 'medium', %(at)s, %(at)s), "
        "(gen_random_uuid(), 1, 'rule', 'long_idle', 'v', 'low', %(at)s, %(at)s)",
        {"at": at(LEARNED + 55)},
    )
    site.pass_on(60)
    (after,) = site.all("SELECT state FROM detector_state WHERE machine_id = 2")
    assert site.standings()[2] == "frozen"
    assert site.standings()[1] != "frozen"
    learned = slice(6, 6 + 3 * 9 * len(KEYS))  # behind the persistence: rows, means, squares
    assert np.array_equal(np.frombuffer(before[0])[learned], np.frombuffer(after[0])[learned])


def test_a_regime_never_seen_is_not_assessed(site: Site):
    site.pass_on(60)
    site.pass_on(40, m4=(LOAD, 140.0))
    assert site.standings()[4] == "not_assessed"
    assert site.findings() == []


def test_a_minute_counts_when_nothing_before_it_waits_to_be_recounted(site: Site):
    site.owner.execute(
        "INSERT INTO dirty_range (machine_id, from_at, to_at) VALUES (1, %s, %s)", [at(LEARNED + 30), at(LEARNED + 31)]
    )
    site.pass_on(60)
    ((marked,),) = site.all("SELECT marked_at FROM detector_state WHERE machine_id = 1")
    assert marked == at(LEARNED + 29)
    site.owner.execute("DELETE FROM dirty_range")
    site.score()
    ((marked,),) = site.all("SELECT marked_at FROM detector_state WHERE machine_id = 1")
    assert marked == at(LEARNED + 59)


@pytest.mark.parametrize(
    ("broken", "state"),
    [
        ("UPDATE detector_file SET content = ''", "missing"),
        ("UPDATE detector_file SET content = substr(content, 1, 500)", "corrupt"),
        ("UPDATE detector SET sha256 = 'other'", "corrupt"),
    ],
)
def test_a_model_that_cannot_be_read_is_shown_and_the_others_go_on(site: Site, broken: str, state: str):
    (own,) = site.train("default", pins=["M-1"])
    changed(site.url, "promote_detector", own.detector_id)
    site.owner.execute(f"{broken} WHERE detector_id = 1")
    scored = site.pass_on(60)
    assert scored.unwell[1][0] == state
    assert site.all("SELECT detector_id, state, since FROM detector_health") == [(1, state, at(LEARNED + 62))]
    assert site.standings() == {1: "own"}
    site.pass_on(10)
    assert site.all("SELECT since FROM detector_health") == [(at(LEARNED + 62),)]


def test_a_stored_model_that_is_spoilt_while_it_is_in_use_is_seen_within_minutes(site: Site):
    site.pass_on(1)
    assert 1 in site.held.models
    site.owner.execute("UPDATE detector_file SET content = set_byte(content, 700, 255 - get_byte(content, 700))")
    assert site.pass_on(9).unwell == {}
    assert site.pass_on(1).unwell[1][0] == "corrupt"


def test_a_model_that_breaks_is_shown_and_judges_nothing(site: Site, monkeypatch):
    # what no file of ours can hold: arrays that do not fit each other
    site.pass_on(1)
    site.held.models[1].detector.border_ = np.zeros(2)
    scored = site.pass_on(30)
    assert scored.unwell[1][0] == "failing"
    assert "shape" in scored.unwell[1][1]
    site.held = Held()
    assert site.score().unwell == {}
    assert site.all("SELECT * FROM detector_health") == []


def test_a_pass_ends_when_its_time_is_up_and_the_next_goes_on(site: Site, monkeypatch):
    monkeypatch.setattr(module, "AT_ONCE", 2)  # six machines are three chunks
    ticks = count(0.0, 2.0)
    site.pass_on(0)
    span = np.arange(site.minute, site.minute + 30)
    for machine in site.machines:
        site.enter(machine, span, work(machine, span))
    site.minute += 30
    scored = site.score(budget_s=5.0, clock=lambda: next(ticks))
    assert (scored.machines, scored.is_more) == (4, True)
    assert scored.unwell[1][0] == "slow"
    scored = site.score()
    assert (scored.machines, scored.is_more, scored.unwell) == (2, False, {})


def test_rolling_back_ends_what_the_model_found_and_the_one_before_begins_anew(site: Site):
    (second,) = site.train()
    assert second.version == 2
    changed(site.url, "promote_detector", second.detector_id)
    with pytest.raises(Conflict):
        changed(site.url, "promote_detector", second.detector_id)
    site.pass_on(60)
    site.pass_on(120, m3=(OIL, -140.0))
    assert [row[3] for row in site.findings()] == [True]
    assert changed(site.url, "roll_back_detector", second.detector_id).version == 1
    site.pass_on(5)
    assert [row[3] for row in site.findings()] == [False]
    assert {row[0] for row in site.all("SELECT detector_id FROM detector_state")} == {1}
    site.pass_on(60, m3=(OIL, -140.0))
    assert changed(site.url, "roll_back_detector", second.detector_id) is None, "never to what the way back left"
    site.score()
    assert site.all("SELECT * FROM detector_state") == []
    assert not any(row[3] for row in site.findings())
    with pytest.raises(Conflict):
        changed(site.url, "roll_back_detector", 1)
    told = site.all("SELECT action FROM audit WHERE entity = 'detector' ORDER BY audit_id")
    assert [row[0] for row in told] == ["promote", "promote", *["rollback"] * 2]


def test_each_machine_alone_and_what_cannot_be_learned_is_said(site: Site):
    said: list[str] = []
    order = TrainOrder(name="default", from_at=at(0), to_at=at(LEARNED), by="me", pins=["M-2", "M-6"])
    trained = train_models(site.owner, order, now=at(LEARNED), say=said.append)
    assert [(one.name, one.target, one.machines) for one in trained] == [("default", "M-2", 1)]
    assert said == ["M-6: 0 healthy running minutes, at least 400"]
    changed(site.url, "promote_detector", trained[0].detector_id)
    (parameters,) = site.all("SELECT card -> 'parameters' ->> 'drivers' FROM detector WHERE name = 'default'")[0]
    assert parameters == "[0, 1, 2]"  # what the machine is asked to do is no sign of its health
    (compared,) = train_models(site.owner, replace(order, name="isolation_forest", pins=["M-2"]), now=at(LEARNED))
    with pytest.raises(InvalidInput, match="to be compared with"):
        changed(site.url, "promote_detector", compared.detector_id)
    site.pass_on(60)
    assert sorted(site.all("SELECT machine_id, name, standing FROM detector_state WHERE machine_id IN (2, 6)")) == [
        (2, "baseline", "family"),
        (2, "default", "own"),
        (6, "baseline", "family"),
    ]


@pytest.mark.parametrize(
    ("given", "error"),
    [
        ({"name": "oracle"}, NotFound),
        ({"name": "peers"}, InvalidInput),
        ({"name": "default", "pins": ["M-9"]}, InvalidInput),
        ({"name": "baseline", "model": "other"}, InvalidInput),
    ],
)
def test_orders_that_mean_nothing_are_refused(site: Site, given, error):
    with pytest.raises(error):
        site.train(**given)


def test_minutes_with_an_alarm_teach_nothing_and_those_with_advice_do(site: Site):
    for machine in range(1, 6):
        site.owner.execute(
            "INSERT INTO finding (finding_id, machine_id, source_kind, source_key, version, severity, from_at, "
            "held_at, to_at) "
            "VALUES (gen_random_uuid(), %(m)s, 'rule', 'coolant_overheat', 'v', 'medium', %(from)s, %(from)s, %(to)s), "
            "(gen_random_uuid(), %(m)s, 'rule', 'long_idle', 'v', 'low', %(from)s, %(from)s, NULL)",
            {"m": machine, "from": at(0), "to": at(LEARNED - (0 if machine <= 5 - MIN_FAMILY else 600))},
        )
    (trained,) = site.train()
    assert (trained.machines, trained.rows) == (3, sum(running(machine, 300) for machine in (3, 4, 5)))


def compared(site: Site, times: int, **changed: tuple[int, float]) -> None:
    """So many times two hours go by, followed by a comparison."""
    step = PeersStep()
    for _ in range(times):
        site.pass_on(120, **changed)
        assert step.step(site.conn, at(site.minute + 5)) is False


def test_a_machine_unlike_its_peers_is_found_within_hours_and_few_peers_compare_nobody(site: Site):
    site.pass_on(240)
    compared(site, 1)
    assert site.all("SELECT count(*) FROM detector_state WHERE name = 'peers'") == [(6,)]
    site.owner.execute("DELETE FROM detector_state WHERE name = 'baseline'")  # it has no part in this
    compared(site, 10, m2=(COOLANT, 25.0))
    rows = site.all("SELECT machine_id, source_key, evidence FROM finding WHERE starts_with(source_key, 'peers:')")
    assert [row[:2] for row in rows] == [(2, "peers:engine_coolant_temp_degc")]
    assert rows[0][2]["side.engine_coolant_temp_degc"] == 1
    assert rows[0][2]["contribution.engine_coolant_temp_degc"] > 1
    ((others,),) = site.all("SELECT max(score) FROM detector_state WHERE name = 'peers' AND machine_id <> 2")
    assert others < 1
    site.owner.execute("UPDATE machine SET model_id = NULL WHERE machine_id = 6")
    marked = site.all("SELECT max(marked_at) FROM detector_state WHERE name = 'peers'")
    compared(site, 1)
    assert site.all("SELECT max(marked_at) FROM detector_state WHERE name = 'peers'") == marked


def test_a_machine_that_was_parked_for_long_is_judged_when_it_works_again_and_holds_nobody_up(site: Site):
    site.pass_on(60)
    site.machines.remove(5)
    site.minute += 3 * 24 * 60
    scored = site.pass_on(60)
    assert scored.machines == 5
    site.machines.append(5)
    while site.pass_on(60).is_more:
        pass
    marks = site.all("SELECT DISTINCT marked_at FROM detector_state")
    assert marks == [(at(site.minute - 1),)]


def test_a_sensor_that_is_not_trusted_is_no_fault_of_the_machine(site: Site):
    site.owner.execute(
        "INSERT INTO signal_trust (machine_id, signal_id, from_at, score, checks) VALUES (3, %s, %s, 0.1, '{}')",
        [IDS[OIL], at(LEARNED)],
    )
    site.pass_on(240)
    site.pass_on(100, m3=(OIL, -140.0), m2=(OIL, -140.0))
    assert [row[:2] for row in site.findings()] == [(2, "baseline:engine_oil_pressure_kpa")]
