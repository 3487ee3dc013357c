"""The writer keeps going: a row or message that the database refuses is isolated, the rest of its batch is kept."""

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
    assert gate.all("SELECT reason, seq, row_no, detail FROM quarantine") == [
        ("refused_by_database", 3, -1, "PostgreSQL text fields cannot contain NUL (0x00) bytes")
    ]
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


REFUSE = """
CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'this cannot be kept' USING ERRCODE = 'data_exception';
END
$$;
CREATE TRIGGER refuse BEFORE INSERT OR UPDATE ON reading FOR EACH ROW WHEN (NEW.engine_speed_rpm >= 7000)
EXECUTE FUNCTION refuse();
CREATE TRIGGER refuse BEFORE INSERT ON event FOR EACH ROW WHEN (NEW.text = 'refused') EXECUTE FUNCTION refuse();
CREATE TRIGGER refuse BEFORE INSERT ON reading_extra FOR EACH ROW WHEN (NEW.value = 666) EXECUTE FUNCTION refuse();
"""


@pytest.fixture
def refusing(gate: Gate, database: Database) -> Gate:
    """The database refuses engine speeds of 7000 and more, a note "refused", and 666 of what is no signal; the terminal
    is known already."""
    gate.deliver([("M-1", {"t": 1_795_200_000_000, "events": [{"text": "here"}]})])
    with connect(database.superuser_url, application="test") as owner:
        owner.execute(REFUSE)
    return gate


def message_of(rows: int, refused: set[int], seq: int = 0, **beside: object) -> tuple[int, dict[str, object]]:
    """Columns of a sample a second; `seq` tells their hours apart."""
    speeds = [7000.0 + row if row in refused else 900.0 + row for row in range(rows)]
    t = [(1_795_200_000 + 3600 * seq + row) * 1000 for row in range(rows)]
    return rows, {"boot": "b", "seq": seq, "t": t, "signals": {"engine_speed_rpm": speeds}, **beside}


def decoded(gate: Gate, *contents: object) -> Batch:
    builder = BatchBuilder(gate.state.catalogue)
    for number, content in enumerate(contents):
        payload = json.dumps(content).encode()
        gate.decoder.decode(builder, "ecc/v1/M-1/telemetry", payload, 1_795_286_400_000_000, False, (1, number))
    return builder.finish()


def tries(writer: Writer, monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Rows of each try from now on, in order."""
    seen: list[int] = []
    commit = writer._pipeline.commit

    def counting(conn, batch, parts, **more) -> Outcome:  # type: ignore[no-untyped-def]
        seen.append(len(batch.readings))
        return commit(conn, batch, parts, **more)

    monkeypatch.setattr(writer._pipeline, "commit", counting)
    return seen


QUARANTINED = "SELECT seq, row_no, reason, detail FROM quarantine ORDER BY seq, row_no"
WORDS = ("refused_by_database", "this cannot be kept")
KEPT = "SELECT count(*), count(*) FILTER (WHERE engine_speed_rpm >= 7000) FROM reading"
LEDGER = "SELECT through, messages, rows_committed, rows_quarantined FROM ledger"


@pytest.mark.parametrize(
    ("refused", "kept", "entries", "at_most"),
    [
        pytest.param({317}, 499, [317], 30, id="one row of 500"),
        pytest.param({0, 250, 499}, 497, [0, 250, 499], 70, id="three rows of 500"),
        pytest.param({7, 8}, 498, [7, 8], 50, id="two that stand together"),
        pytest.param(set(range(0, 66, 2)), 0, [-1], 200, id="more than are isolated: the message"),
        pytest.param(set(range(500)), 0, [-1], 120, id="every row: the message, after few tries"),
    ],
)
def test_the_rows_that_the_database_refuses_are_quarantined_and_the_rest_of_the_message_is_kept(
    refusing: Gate,
    writer: Writer,
    monkeypatch: pytest.MonkeyPatch,
    refused: set[int],
    kept: int,
    entries: list[int],
    at_most: int,
) -> None:
    seen = tries(writer, monkeypatch)
    writer._commit(decoded(refusing, message_of(500, refused)[1]), {})
    assert refusing.all(QUARANTINED) == [(0, row, *WORDS) for row in entries]
    assert refusing.all(KEPT) == [(kept, 0)]
    assert refusing.all(LEDGER) == [(0, 1, kept, 500 - kept)]
    assert len(seen) <= at_most

    again = decoded(refusing, message_of(500, refused)[1])  # the broker sends it again: nothing changes
    again.messages.redelivered[0] = True
    writer._commit(again, {})
    assert refusing.all(QUARANTINED) == [(0, row, *WORDS) for row in entries]
    assert refusing.all(KEPT) == [(kept, 0)]
    assert refusing.all(LEDGER) == [(0, 1, kept, 500 - kept)]


def test_each_refused_row_of_a_batch_is_found_and_the_batch_is_kept_at_once(
    refusing: Gate, writer: Writer, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = tries(writer, monkeypatch)
    contents = [message_of(10, {seq} if seq in {3, 7} else set(), seq)[1] for seq in range(20)]
    contents[12] = message_of(1, {0}, 12)[1]
    writer._commit(decoded(refusing, *contents), {})
    assert refusing.all(QUARANTINED) == [(3, 3, *WORDS), (7, 7, *WORDS), (12, -1, *WORDS)]
    assert refusing.all(KEPT) == [(188, 0)]
    assert refusing.all(LEDGER) == [(19, 20, 188, 3)]
    assert (seen[0], seen[-1]) == (191, 188)
    assert refusing.all("SELECT count(DISTINCT stored_at) FROM reading") == [(1,)]


def test_a_refused_event_or_unpromoted_value_takes_nothing_else_with_it(refusing: Gate, writer: Writer) -> None:
    notes = [{"text": "kept"}, {"text": "refused"}]
    _, with_note = message_of(3, set(), 0, events=notes)
    _, with_both = message_of(3, {1}, 1, events=notes)
    _, with_extra = message_of(3, set(), 2)
    with_extra["signals"] |= {"grease_pct": [1, 666, 3]}  # type: ignore[operator]
    writer._commit(decoded(refusing, with_note, with_both, with_extra), {})
    assert refusing.all(QUARANTINED) == [
        (0, -2, *WORDS), (1, -2, *WORDS), (1, 1, *WORDS), (2, 1, *WORDS)
    ]  # fmt: skip
    assert refusing.all("SELECT count(*) FROM event WHERE text = 'kept'") == [(2,)]
    assert refusing.all("SELECT value FROM reading_extra ORDER BY value") == [(1.0,), (3.0,)]
    assert refusing.all(KEPT) == [(7, 0)]
    assert refusing.all(LEDGER) == [(2, 3, 7, 2)]


def test_what_is_refused_only_together_is_kept_apart(gate: Gate, writer: Writer, database: Database) -> None:
    with connect(database.superuser_url, application="test") as owner:
        owner.execute(REFUSE.partition("CREATE TRIGGER")[0])
        owner.execute(
            "CREATE FUNCTION few() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
            " IF (SELECT count(*) FROM added) > 5 THEN RAISE 'too many at once' USING ERRCODE = 'data_exception';"
            " END IF; RETURN NULL; END $$"
        )
        owner.execute(
            "CREATE TRIGGER few AFTER INSERT ON event REFERENCING NEW TABLE AS added"
            " FOR EACH STATEMENT EXECUTE FUNCTION few()"
        )
    contents = [{"boot": "b", "seq": seq, "t": 1_795_200_000_000 + seq, "events": [{"text": "x"}]} for seq in range(8)]
    writer._commit(decoded(gate, *contents), {})
    assert gate.all("SELECT count(*) FROM event") == [(8,)]
    assert gate.all(QUARANTINED) == []
    assert gate.all(LEDGER) == [(7, 8, 0, 0)]


def test_a_server_lost_while_the_refused_row_is_searched_changes_nothing(
    refusing: Gate, writer: Writer, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = tries(writer, monkeypatch)
    counted = writer._pipeline.commit

    def breaking(conn, batch, parts, **more) -> Outcome:  # type: ignore[no-untyped-def]
        if len(seen) in {5, 9}:
            conn.close()
        return counted(conn, batch, parts, **more)

    monkeypatch.setattr(writer._pipeline, "commit", breaking)
    writer._commit(decoded(refusing, message_of(64, {40})[1]), {})
    assert refusing.all(QUARANTINED) == [(0, 40, *WORDS)]
    assert refusing.all(KEPT) == [(63, 0)]
    assert refusing.all(LEDGER) == [(0, 1, 63, 1)]
