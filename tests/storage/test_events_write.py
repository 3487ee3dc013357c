from datetime import UTC, datetime

import numpy as np
import psycopg
import pytest

from fleet.batch import EventBatch, EventKind
from storage.events_write import store_events, store_extra
from storage.registry import auto_register
from tests.batches import us
from tests.conftest import Database

NOW = datetime.fromtimestamp(us(0) / 1e6, UTC)


@pytest.fixture
def conn(database: Database):
    with psycopg.connect(database.url("ecc_gateway")) as connection:
        auto_register(connection, ["A", "B"], NOW)
        connection.commit()
        yield connection


def events(rows: list[dict]) -> EventBatch:
    """Rows of {machine, at, kind, ...}; what is not named does not apply."""
    table = {}
    types = {"message": "i4", "machine": "i4", "measured_at_us": "i8", "received_at_us": "i8", "spn": "i4"}
    for name in EventBatch.__slots__:
        if name != "text":
            table[name] = np.array([row.get(name, -1) for row in rows], types.get(name, "i2"))
    table["measured_at_us"] = np.array([us(row["at"]) for row in rows], np.int64)
    table["received_at_us"] = table["measured_at_us"] + 1
    return EventBatch(**table, text=[row.get("text") for row in rows])


def fault(machine: int, at: float, spn: int, fmi: int, source: int = 0, count: int = 1) -> dict:
    named = {"machine": machine, "at": at, "spn": spn, "fmi": fmi, "source_address": source, "count": count}
    return {**named, "kind": EventKind.FAULT, "value": 1}


def test_an_event_is_new_once_however_often_it_comes(conn: psycopg.Connection):
    rows = [
        fault(1, 0, 100, 1),
        fault(1, 0, 100, 1, count=2),  # the same code at the same instant
        fault(1, 0, 100, 2),
        fault(1, 0, 100, 1, source=3),
        {"machine": 1, "at": 0, "kind": EventKind.NOTE, "text": "door open"},
        {"machine": 1, "at": 0, "kind": EventKind.NOTE, "text": "door shut"},
        {"machine": 2, "at": 0, "kind": EventKind.STATUS, "value": 1},
    ]
    assert store_events(conn, events(rows)).tolist() == [True, False, True, True, True, True, True]
    conn.commit()
    again = [*rows, fault(1, 1, 100, 1)]
    assert store_events(conn, events(again)).tolist() == [False] * 7 + [True]
    assert conn.execute("SELECT count(*) FROM event").fetchone() == (7,)


def test_codes_are_active_while_the_newest_list_of_their_source_has_them(conn: psycopg.Connection):
    def active() -> list[tuple]:
        return conn.execute("SELECT source_address, spn, fmi FROM fault_code WHERE active ORDER BY 1, 2, 3").fetchall()

    store_events(conn, events([fault(1, 0, 100, 1), fault(1, 0, 110, 0), fault(1, 0, 7, 7, source=3)]))
    assert active() == [(0, 100, 1), (0, 110, 0), (3, 7, 7)]
    store_events(conn, events([fault(1, 10, 110, 0, count=4)]))
    assert active() == [(0, 110, 0), (3, 7, 7)]
    store_events(conn, events([fault(1, 20, 0, 0)]))
    assert active() == [(3, 7, 7)]
    store_events(conn, events([fault(1, 5, 100, 1, count=9)]))  # a late list changes nothing that is newer
    assert active() == [(3, 7, 7)]
    row = conn.execute(
        "SELECT first_seen_at, last_seen_at, occurrence_count FROM fault_code WHERE spn = 110"
    ).fetchone()
    assert row is not None
    assert [round(at.timestamp() * 1e6) for at in row[:2]] == [us(0), us(10)]
    assert row[2] == 4


def test_attributes_keep_the_newest_value(conn: psycopg.Connection):
    def said(at: float, text: str) -> dict:
        return {"machine": 1, "at": at, "kind": EventKind.ATTRIBUTE, "text": text}

    store_events(
        conn, events([said(5, "software=2"), said(1, "software=1"), said(1, "equation=a=b"), said(2, "software=")])
    )
    store_events(conn, events([said(3, "software=old")]))
    found = conn.execute("SELECT key, value FROM machine_attribute ORDER BY key").fetchall()
    assert found == [("equation", "a=b"), ("software", "2")]


def test_values_of_unknown_keys_are_kept_once(conn: psycopg.Connection):
    machine, at = np.array([1, 1], np.int32), np.array([us(0), us(0)])
    for _ in range(2):
        store_extra(conn, machine, at, ["horn", "wiper"], np.array([1.5, 2.0]))
    found = conn.execute("SELECT machine_id, key, value FROM reading_extra ORDER BY key").fetchall()
    assert found == [(1, "horn", 1.5), (1, "wiper", 2.0)]
