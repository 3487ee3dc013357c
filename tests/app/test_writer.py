"""The writer keeps going: one message the database refuses is isolated, the rest of its batch is kept."""

import json
import threading
import time
from typing import NoReturn

import pytest

from app.pipeline import Outcome
from app.writer import Writer
from fleet.batch import Batch
from gateway.decode import BatchBuilder
from storage.pool import connect
from tests.app.gate import Gate, sample
from tests.conftest import Database


@pytest.fixture
def writer(gate: Gate) -> Writer:
    def fail(error: BaseException) -> NoReturn:
        raise error

    return Writer(
        gate.pipeline,
        gate.ticks,
        gate.connect,
        reload=lambda conn: None,
        done=lambda builder, committed: None,
        acks=lambda acks: None,
        fatal=fail,
    )


def batch_of(gate: Gate, count: int) -> Batch:
    builder = BatchBuilder(gate.state.catalogue)
    for number in range(count):
        _, content = sample("M-1", number, number, engine_speed_rpm=900.0 + number)
        gate.decoder.decode(
            builder, "ecc/v1/M-1/telemetry", json.dumps(content).encode(), 1_795_200_100_000_000, False, (1, number)
        )
    return builder.finish()


def test_a_seq_no_ledger_can_hold_is_quarantined_and_its_neighbours_are_kept(gate: Gate, writer: Writer) -> None:
    batch = batch_of(gate, 8)
    batch.messages.seq[5] = 2**63 - 1  # behind the decoder's back, which refuses it
    writer._commit(batch, {})
    assert gate.all("SELECT count(*) FROM reading") == [(7,)]
    assert gate.all("SELECT reason, seq FROM quarantine") == [("refused_by_database", -1)]
    assert gate.all("SELECT through, ranges::text FROM ledger") == [(4, "{[6,8)}")]


def test_a_value_the_database_refuses_is_quarantined_with_its_place_in_the_ledger(gate: Gate, writer: Writer) -> None:
    batch = batch_of(gate, 8)
    batch.extra.append((3, 0, "a\x00b", 1.0))
    writer._commit(batch, {})
    assert gate.all("SELECT count(*) FROM reading") == [(7,)]
    assert gate.all("SELECT reason, seq FROM quarantine") == [("refused_by_database", 3)]
    assert gate.all("SELECT through, rows_committed, rows_quarantined FROM ledger") == [(7, 7, 1)]


def test_a_row_that_was_there_in_spite_of_the_mark_is_merged(gate: Gate, writer: Writer) -> None:
    writer._commit(batch_of(gate, 8), {})
    gate.state.marks._at_us[:] = -(2**62)
    writer._commit(batch_of(gate, 8), {})
    assert gate.all("SELECT count(*) FROM reading") == [(8,)]
    assert isinstance(gate.deliver([sample("M-1", 9, 9, engine_speed_rpm=1.0)], received_s=200), Outcome)


def test_a_seq_beyond_the_contract_is_refused_by_the_decoder(gate: Gate) -> None:
    gate.deliver([sample("M-1", 2**63 - 1, 1, engine_speed_rpm=900.0), sample("M-1", 0, 2, engine_speed_rpm=900.0)])
    assert gate.all("SELECT reason, seq FROM quarantine") == [("schema", -1)]
    assert gate.all("SELECT through FROM ledger") == [(0,)]


def test_a_mistake_of_the_platform_costs_no_message(gate: Gate, writer: Writer, database: Database) -> None:
    gate.deliver([sample("M-1", 100, 50, engine_speed_rpm=1.0)], received_s=60)
    batch = batch_of(gate, 8)
    with connect(database.superuser_url, application="test") as owner:
        owner.execute("REVOKE INSERT ON reading FROM ecc_gateway")
        owner.commit()
        thread = threading.Thread(target=lambda: writer._commit(batch, {}, blind=False))
        thread.start()
        time.sleep(0.6)
        assert (thread.is_alive(), writer.database_up) == (True, False)
        owner.execute("GRANT INSERT ON reading TO ecc_gateway")
    thread.join(20)
    assert not thread.is_alive()
    with connect(database.superuser_url, application="test") as owner:
        assert owner.execute("SELECT count(*) FROM reading").fetchone() == (9,)
        assert owner.execute("SELECT count(*) FROM quarantine").fetchone() == (0,)
