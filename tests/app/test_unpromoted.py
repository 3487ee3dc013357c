"""Keys that are no signals: listed, made a signal, and what came before moved into it."""

import json
import threading
from collections.abc import Callable

import pytest

from app.writer import Writer
from fleet.batch import Batch
from gateway.decode import BatchBuilder
from storage.pool import connect
from storage.registry import fence
from tests.app.gate import T0_S, Gate, S, at, sample
from tests.conftest import Database
from tests.e2e.stack import Done, run_ecc
from usecases.take_over_unpromoted import TakenOver, take_over_unpromoted

KEY = "boom_grease_pct"
Ecc = Callable[..., Done]


@pytest.fixture
def ecc(database: Database, servers) -> Ecc:
    environment = {"ECC_DATABASE_URL": database.owner_url, "ECC_MQTT_URL": servers.mqtt_url, "COLUMNS": "80"}
    return lambda *words: run_ecc(environment, *words)


def add(ecc: Ecc, *more: str) -> Done:
    words = ["--unit", "pct", "--en", "Boom grease", "--zh", "动臂油脂", "--min", "0", "--max", "100"]
    return ecc("signals", "add", KEY, *words, *more)


@pytest.fixture
def kept(gate: Gate) -> Gate:
    """Two machines with KEY beside a signal and alone, some values impossible, and another key."""
    gate.deliver(
        [
            sample("M-1", 0, 0, engine_speed_rpm=900, **{KEY: 13.2}),
            sample("M-1", 1, 90, **{KEY: 14.5}),
            sample("M-1", 2, 91, **{KEY: 140}),
            sample("M-2", 0, 3600, engine_speed_rpm=901, **{KEY: 1e-300, "oil_glow": 7}),
        ],
        received_s=7200,
    )
    gate.conn.execute("DELETE FROM rejudge")
    return gate


def test_unpromoted_keys_are_listed_those_with_most_values_first(kept: Gate, ecc: Ecc) -> None:
    listed = ecc("signals", "unpromoted").stdout.splitlines()
    assert [line.split() for line in listed[1:3]] == [
        [KEY, "2", "4", "2026-11-20", "18:40", "2026-11-20", "19:40", "1e-300"],
        ["oil_glow", "1", "1", "2026-11-20", "19:40", "2026-11-20", "19:40", "7"],
    ]
    assert all(len(line) <= 80 for line in listed[:3])
    found = json.loads(ecc("signals", "unpromoted", "--json").stdout)
    assert [(one["key"], one["machines"], one["rows"], one["last_value"]) for one in found] == [
        (KEY, 2, 4, 1e-300), ("oil_glow", 1, 1, 7.0)
    ]  # fmt: skip


def test_what_came_before_is_moved_into_the_signal_and_is_due_again(kept: Gate, ecc: Ecc) -> None:
    before = kept.all("SELECT count(*) FROM dirty_range")[0][0]
    added = add(ecc)
    assert f"4 values of 2 machines came under this key before; move them into it: ecc signals take-over {KEY}" in (
        added.stdout
    ), added.stderr
    done = ecc("signals", "take-over", KEY)
    assert done.stdout.splitlines() == [
        "3 values are in the signal now.",
        "1 stay aside: out of the valid range, or another value was there.",
    ], done.stderr
    assert kept.all(f"SELECT measured_at, engine_speed_rpm, {KEY} FROM reading ORDER BY measured_at") == [
        (at(0), 900.0, pytest.approx(13.2)),
        (at(90), None, 14.5),
        (at(3600), 901.0, 0.0),
    ]
    assert kept.all("SELECT key, value FROM reading_extra ORDER BY key") == [(KEY, 140.0), ("oil_glow", 7.0)]
    dirty = "SELECT from_at, to_at FROM dirty_range ORDER BY dirty_id OFFSET %s"
    assert sorted(kept.all(dirty, [before])) == [
        (at(0), at(60)), (at(60), at(120)), (at(3600), at(3660))
    ]  # fmt: skip
    assert kept.all("SELECT from_at, to_at, late_received, done FROM rejudge ORDER BY machine_id") == [
        (at(0), at(90), True, False), (at(3600), at(3600), True, False)
    ]  # fmt: skip
    assert KEY not in ecc("signals", "unpromoted").stdout
    assert "0 values are in the signal now." in ecc("signals", "take-over", KEY).stdout


def test_a_value_that_is_there_stays_and_an_equal_one_is_not_kept_twice(
    kept: Gate, ecc: Ecc, database: Database
) -> None:
    add(ecc)
    kept.start()  # with the new catalogue
    kept.deliver(
        [sample("M-1", 3, 90, **{KEY: 50}), sample("M-2", 1, 3600, **{KEY: 0})],
        received_s=7300,
    )
    assert "2 values are in the signal now." in ecc("signals", "take-over", KEY).stdout
    assert kept.all(f"SELECT {KEY} FROM reading ORDER BY measured_at") == [(pytest.approx(13.2),), (50.0,), (0.0,)]
    assert kept.all("SELECT value FROM reading_extra WHERE key = %s ORDER BY value", [KEY]) == [(14.5,), (140.0,)]


def test_adding_can_take_over_at_once_in_portions(kept: Gate, ecc: Ecc, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("usecases.take_over_unpromoted.PORTION", 1)
    assert "3 values are in the signal now." in add(ecc, "--take-over").stdout
    assert kept.all(f"SELECT count({KEY}) FROM reading") == [(3,)]
    unknown = ecc("signals", "take-over", "oil_glow")
    assert (unknown.returncode, "There is no signal oil_glow" in unknown.stderr) == (2, True)


def test_the_gateway_judges_what_was_taken_over(kept: Gate, ecc: Ecc) -> None:
    add(ecc)
    kept.start()
    ecc("signals", "take-over", KEY)
    assert not kept.ticks.has_due
    assert kept.all("SELECT count(*) > 0 FROM rejudge WHERE NOT done") == [(True,)]
    kept.tick(8010)
    assert kept.all("SELECT count(*) FROM rejudge WHERE NOT done") == [(0,)]


def backlog(gate: Gate, messages: int) -> Batch:
    """Messages of M-1 with 100 values of KEY each, one a second, as one batch."""
    builder = BatchBuilder(gate.state.catalogue)
    for seq in range(messages):
        samples = [{"t": (T0_S + seq * 100 + i) * 1000, "signals": {KEY: 5.0}} for i in range(100)]
        payload = json.dumps({"boot": "b", "seq": seq, "samples": samples}).encode()
        received_us = (T0_S + messages * 100) * S
        gate.decoder.decode(builder, "ecc/v1/M-1/telemetry", payload, received_us, False, (1, seq))
    return builder.finish()


def take_over_beside(database: Database, begun: threading.Event, taken: list[TakenOver]) -> threading.Thread:
    def take() -> None:
        with connect(database.owner_url, application="take over") as conn:
            conn.autocommit = True
            taken.append(take_over_unpromoted(conn, KEY, progress=lambda done, total: begun.set()))

    other = threading.Thread(target=take)
    other.start()
    return other


def test_the_same_instants_may_come_again_during_a_take_over(
    gate: Gate, ecc: Ecc, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("usecases.take_over_unpromoted.PORTION", 500)
    messages = 100
    gate.pipeline.commit(gate.conn, backlog(gate, messages), {}, now=at(messages * 100))
    add(ecc)
    gate.start()
    writer = Writer(
        gate.pipeline,
        gate.ticks,
        gate.connect,
        reload=lambda conn: None,
        done=lambda builder, committed: None,
        acks=lambda acks: None,
        fatal=lambda error: None,
    )
    again, begun, taken = backlog(gate, messages), threading.Event(), list[TakenOver]()
    other = take_over_beside(database, begun, taken)
    assert begun.wait(20)
    writer._commit(again, {})
    other.join(60)
    assert taken == [TakenOver(moved=messages * 100, left=0)]
    rows = f"SELECT count(*), count(DISTINCT measured_at), min({KEY}), max({KEY}) FROM reading"
    assert gate.all(rows) == [(messages * 100, messages * 100, 5.0, 5.0)]
    assert gate.all("SELECT count(*) FROM reading_conflict") == [(0,)]


def test_a_take_over_waits_for_the_batch_at_hand(kept: Gate, ecc: Ecc, database: Database) -> None:
    add(ecc)
    begun, taken = threading.Event(), list[TakenOver]()
    with kept.conn.transaction():
        fence(kept.conn, "g", kept.settings.epoch)
        other = take_over_beside(database, begun, taken)
        assert not begun.wait(1)
        assert kept.all(f"SELECT count({KEY}) FROM reading") == [(0,)]
    other.join(20)
    assert taken == [TakenOver(moved=3, left=1)]
