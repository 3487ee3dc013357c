"""What is kept of deliveries: the ledger, the quarantine, what is due to be judged again, healthy spans, rule state."""

from datetime import UTC, datetime, timedelta

import numpy as np
import psycopg
import pytest

from fleet.batch import Quarantined, Reason
from fleet.errors import NotFound
from storage.health import list_spans, save_span
from storage.history import first_instants, last_instants, read_rows
from storage.ids import uuid7
from storage.ledger import LedgerColumns, LedgerRow, find_ledger, load_ledger, save_ledger
from storage.quarantine import count_by_reason, get_quarantined, insert_quarantined, list_quarantined
from storage.readings_write import copy_fresh
from storage.registry import auto_register, load_registry
from storage.rejudge import add_due, clear_done, list_done, list_due, mark_done
from storage.retention import delete_older
from storage.rule_state import load_parts, load_snapshots, save_parts, save_snapshots
from tests.batches import CATALOGUE, messages, readings, us
from tests.conftest import Database

NOW = datetime.fromtimestamp(us(0) / 1e6, UTC)


def columns_of(rows: list[LedgerRow]) -> LedgerColumns:
    columns = {name: np.array([getattr(row, name) for row in rows], np.int64) for name in LedgerRow.__slots__[4:]}
    return LedgerColumns(
        terminal_id=np.array([row.terminal_id for row in rows], np.int32),
        boot=[row.boot for row in rows],
        above=[row.above for row in rows],
        through=np.array([row.through for row in rows], np.int64),
        **columns,
    )


@pytest.fixture
def conn(database: Database):
    with psycopg.connect(database.url("ecc_gateway")) as connection:
        auto_register(connection, ["A", "B"], NOW)
        connection.commit()
        yield connection


def test_the_ledger_comes_back_as_it_was_saved(conn: psycopg.Connection):
    (a, b) = (load_registry(conn).terminals[name][0] for name in "AB")
    rows = [
        LedgerRow(a, "b1", 5, ((8, 9), (12, 12), (2**40, 2**40)), 9, 8, 1, 2, us(3), us(0), us(4)),
        LedgerRow(a, "b2", -1, (), 0, 0, 0, 0, -(2**62), us(1), us(1)),
        LedgerRow(b, "", 0, ((2, 3),), 3, 3, 0, 0, us(9), us(0), us(9)),
    ]
    save_ledger(conn, columns_of(rows))
    conn.commit()
    rows[0] = LedgerRow(a, "b1", 12, (), 14, 13, 1, 3, us(30), us(0), us(40))
    save_ledger(conn, columns_of([rows[0]]))
    assert sorted(load_ledger(conn, since=NOW), key=lambda row: (row.terminal_id, row.boot)) == rows
    assert {row.boot for row in load_ledger(conn, since=NOW + timedelta(seconds=9))} == {"b1", ""}
    wanted = [(b, ""), (a, "b2"), (a, ""), (b, "b1")]
    assert sorted(find_ledger(conn, wanted), key=lambda row: row.terminal_id) == rows[1:]


@pytest.mark.parametrize("seq", [7, -1])
def test_a_payload_is_kept_once_however_many_of_its_rows_are_refused(conn: psycopg.Connection, seq: int):
    delivered = messages(2)
    delivered.seq = [seq, seq + 1 if seq >= 0 else -1]
    delivered.payload = [b"x" * 200_000, b"y"]
    rows = [-2, *range(500)]

    def refuse(*numbers: int) -> None:
        refused = [Quarantined(message=0, row=row, reason=Reason.BAD_TIME, detail="") for row in numbers]
        refused.append(Quarantined(message=1, row=3, reason=Reason.BAD_TIME, detail=""))
        insert_quarantined(conn, refused, delivered)

    refuse(*reversed(rows))
    for again in ([3], [1, 2, 3], rows):  # sent again, and less of it, or other rows, are refused
        delivered.received_at_us = [at_us + 1 for at_us in delivered.received_at_us]
        refuse(*again)
    stored = conn.execute("SELECT sum(length(payload)) FROM refused_payload").fetchone()
    assert stored == (200_001,)
    for entry in list_quarantined(conn, limit=1000):
        whole = get_quarantined(conn, entry.quarantine_id)
        assert whole.payload == (delivered.payload[1] if entry.payload_bytes == 1 else delivered.payload[0])
    assert len(list_quarantined(conn, limit=1000)) == 502


def test_another_message_under_the_same_seq_takes_no_payload_away(conn: psycopg.Connection):
    """A machine that reuses the name of its power cycle; in one batch, and in two, with fewer of its rows refused."""
    delivered = messages(3)
    delivered.seq, delivered.payload = [7, 7, 7], [b"first", b"second", b"third"]
    delivered.received_at_us = [us(0), us(0), us(5)]

    def refuse(*rows: tuple[int, int]) -> None:
        refused = [Quarantined(message=m, row=row, reason=Reason.BAD_TIME, detail="") for m, row in rows]
        insert_quarantined(conn, refused, delivered)

    refuse((0, 0), (0, 2), (1, 0), (1, 1))
    refuse((2, 0))
    payloads = {e.row_no: get_quarantined(conn, e.quarantine_id).payload for e in list_quarantined(conn)}
    assert payloads == {0: b"third", 1: b"second", 2: b"first"}


def test_a_payload_outlives_its_first_entry_while_another_still_waits(conn: psycopg.Connection, database: Database):
    delivered = messages(1)
    delivered.seq = [-1]
    for at, rows in ((us(0), [0, 1]), (us(10), [1]), (us(5), [1])):
        delivered.received_at_us = [at]
        refused = [Quarantined(message=0, row=row, reason=Reason.BAD_TIME, detail="") for row in rows]
        insert_quarantined(conn, refused, delivered)
    conn.commit()
    with psycopg.connect(database.url("ecc_housekeeping")) as housekeeping:
        for seconds, gone in ((8, (1, 0)), (11, (1, 1))):
            before = NOW + timedelta(seconds=seconds)
            tables = ("quarantine", "refused_payload")
            assert tuple(delete_older(housekeeping, table, before=before) for table in tables) == gone


def test_what_was_refused_is_kept_once_and_can_be_found(conn: psycopg.Connection):
    delivered = messages(4)
    delivered.seq[3] = -1
    refused = [
        Quarantined(message=0, row=-1, reason=Reason.SCHEMA, detail="no t"),
        Quarantined(message=1, row=2, reason=Reason.CLOCK_PAST, detail="old"),
        Quarantined(message=1, row=3, reason=Reason.CLOCK_PAST, detail="old"),
        Quarantined(message=3, row=-1, reason=Reason.MALFORMED_JSON, detail="?"),
    ]
    assert insert_quarantined(conn, refused, delivered) == 4
    conn.commit()
    assert insert_quarantined(conn, refused, delivered) == 0
    assert count_by_reason(conn) == {"clock_past": 2, "schema": 1, "malformed_json": 1}
    (entry,) = list_quarantined(conn, reason="schema")
    assert (entry.terminal, entry.seq, entry.row_no, entry.payload_bytes, entry.detail) == ("T1", 0, -1, 1, "no t")
    whole = get_quarantined(conn, entry.quarantine_id)
    assert (whole.quarantine_id, whole.payload, whole.received_at) == (entry.quarantine_id, b"0", entry.received_at)
    with pytest.raises(NotFound):
        get_quarantined(conn, uuid7())


def test_what_is_due_is_united_until_it_is_done(conn: psycopg.Connection):
    def add(*rows: tuple[int, float, bool]) -> None:
        machine, at, late = zip(*rows, strict=True)
        add_due(conn, np.array(machine, np.int32), np.array([us(t) for t in at]), np.array(late))

    def due() -> list[tuple]:
        return [(d.machine, (d.from_us - us(0)) / 1e6, (d.to_us - us(0)) / 1e6) for d in list_due(conn, 10)]

    add((1, 5, False), (2, 7, True), (1, 2, False))
    add((1, 9, False))
    assert due() == [(2, 7, 7), (1, 2, 9)]
    mark_done(conn, np.array([1], np.int32))
    assert list_done(conn) == [1]
    add((1, 20, False))
    assert sorted(due()) == [(1, 20, 20), (2, 7, 7)]
    mark_done(conn, np.array([1, 2], np.int32))
    clear_done(conn)
    assert (list_done(conn), due()) == ([], [])


def test_healthy_spans_grow_and_end(conn: psycopg.Connection):
    save_span(conn, "g", us(0), us(1))
    save_span(conn, "g", us(0), us(5))
    save_span(conn, "g", us(10), us(11))
    save_span(conn, "other", us(3), us(4))
    assert list_spans(conn, "g") == [(us(0), us(5)), (us(10), us(11))]


def test_rule_state_and_half_received_messages_come_back(conn: psycopg.Connection):
    save_snapshots(conn, {0: b"zero", 63: bytes(range(256))}, version="v1", at=NOW)
    save_snapshots(conn, {63: b"new"}, version="v2", at=NOW)
    assert load_snapshots(conn) == {0: ("v1", b"zero"), 63: ("v2", b"new")}
    save_parts(conn, {"A": {"3": [1, 2]}, "B": {}})
    save_parts(conn, {"C": {"0": "x"}})
    assert load_parts(conn) == {"A": {"3": [1, 2]}, "C": {"0": "x"}}
    save_parts(conn, {"A": {}})
    assert load_parts(conn) == {"C": {"0": "x"}}


def test_history_is_read_by_machine_and_half_open_range(conn: psycopg.Connection):
    rows = [(m, at, {"fuel_level_pct": m * 10 + at, "latitude_deg": 1.5}) for m in (1, 2) for at in range(6)]
    rows.append((1, 5.5, {"engine_load_pct": 3}))
    copy_fresh(conn, readings(rows), CATALOGUE)
    machines = np.array([2, 1, 9], np.int32)
    fuel, load = CATALOGUE.index["fuel_level_pct"], CATALOGUE.index["engine_load_pct"]
    machine, at_us, values = read_rows(
        conn,
        machines,
        np.array([us(1), us(4), us(0)]),
        np.array([us(3), us(6), us(9)]),
        catalogue=CATALOGUE,
        signals=[fuel, load],
    )
    told = [(m, (at - us(0)) / 1e6) for m, at in zip(machine.tolist(), at_us.tolist(), strict=True)]
    assert told == [(1, 4), (1, 5), (1, 5.5), (2, 1), (2, 2)]
    assert values[:, fuel].tolist()[:2] == [14, 15]
    assert np.isnan(values[2, fuel])
    assert values[2, load] == 3
    assert np.isnan(values[:, CATALOGUE.index["latitude_deg"]]).all(), "not asked for"
    assert first_instants(conn, machines[:2]).tolist() == [us(0), us(0)]
    assert last_instants(conn, machines[:2]).tolist() == [us(5), us(5.5)]
