import math

import numpy as np
import psycopg
import pytest

from fleet.batch import ReadingBatch
from fleet.signals import StoredType
from storage.readings_merge import merge_rest
from storage.readings_write import copy_fresh, group_by_set
from tests.batches import CATALOGUE, in_order, messages, readings, us
from tests.conftest import Database


@pytest.fixture
def conn(database: Database):
    with psycopg.connect(database.url("ecc_gateway")) as connection:
        yield connection


def stored(conn: psycopg.Connection, *signals: str) -> list[tuple]:
    """(machine, seconds after T0, values) of every stored row."""
    rows = conn.execute(
        f"""SELECT machine_id, (extract(epoch FROM measured_at) * 1000000)::bigint, {", ".join(signals)}
            FROM reading ORDER BY 1, 2"""
    ).fetchall()
    return [(machine, (at - us(0)) / 1e6, *values) for machine, at, *values in rows]


def conflicts(conn: psycopg.Connection) -> list[tuple]:
    return conn.execute(
        "SELECT machine_id, signal_id, kept, refused, seq FROM reading_conflict ORDER BY seq, signal_id, refused"
    ).fetchall()


def merge(conn: psycopg.Connection, rows: list) -> tuple[list[tuple], int, int]:
    """Merge and tell ((machine, seconds, is_new), duplicates, conflicts)."""
    batch = in_order(readings(rows))
    merged = merge_rest(conn, batch, messages(len(rows)), CATALOGUE)
    told = zip(merged.rows.machine.tolist(), merged.rows.measured_at_us.tolist(), merged.is_new.tolist(), strict=True)
    return [(m, (at - us(0)) / 1e6, new) for m, at, new in told], merged.duplicates, merged.conflicts


def test_every_signal_comes_back_from_copy_as_it_went_in(conn: psycopg.Connection):
    rows = []
    for signal in CATALOGUE:
        value = (signal.valid[0] + signal.valid[1]) / 3
        rows.append(
            (signal.id + 1, 0.25, {signal.key: float(np.float32(value)) if signal.stored == "float4" else value})
        )
    batch = readings(rows)
    copy_fresh(conn, batch, CATALOGUE)
    for signal, (machine, _, values) in zip(CATALOGUE, rows, strict=True):
        found = conn.execute(
            f"""SELECT {signal.key}::float8, measured_at, received_at, num_nulls({", ".join(CATALOGUE.keys)})
                FROM reading WHERE machine_id = %s""",
            [machine],
        ).fetchone()
        assert found is not None
        assert found[0] == values[signal.key], signal.key
        assert found[1].timestamp() == us(0.25) / 1e6
        assert found[2].timestamp() == us(1.25) / 1e6
        assert found[3] == len(CATALOGUE) - 1, "absent is NULL, never NaN"


@pytest.mark.parametrize("value", [0.0, -0.0, 1e-40, 3.4e38, -3.4e38, 5e-324, 1.7e308, 123456789.123456789])
def test_unusual_numbers_survive_in_the_type_of_their_column(conn: psycopg.Connection, value: float):
    narrow = next(s.key for s in CATALOGUE if s.stored is StoredType.FLOAT4)
    wide = next(s.key for s in CATALOGUE if s.stored is StoredType.FLOAT8)
    sent = {wide: value}
    if math.isfinite(float(np.float32(np.clip(value, -3.4e38, 3.4e38)))) and abs(value) < 3.41e38:
        sent[narrow] = float(np.float32(value))
    copy_fresh(conn, readings([(1, 0, sent)]), CATALOGUE)
    row = conn.execute(f"SELECT {narrow}::float8, {wide} FROM reading").fetchone()
    assert row == (sent.get(narrow), value)


def test_one_copy_takes_rows_with_any_mix_of_signals(conn: psycopg.Connection):
    rng = np.random.default_rng(3)
    values = np.where(rng.random((500, len(CATALOGUE))) < rng.random((500, 1)), 1.0, np.nan)
    count = len(values)
    zero, at = np.zeros(count, np.int32), np.full(count, us(0))
    copy_fresh(
        conn,
        ReadingBatch(zero, zero, np.arange(count, dtype=np.int32), at, at, values, np.arange(values.shape[1])),
        CATALOGUE,
    )
    found = conn.execute(
        f"SELECT num_nonnulls({', '.join(CATALOGUE.keys)}) FROM reading ORDER BY machine_id"
    ).fetchall()
    assert [row[0] for row in found] == (~np.isnan(values)).sum(axis=1).tolist()


def test_copying_a_row_that_is_there_is_refused(conn: psycopg.Connection):
    copy_fresh(conn, readings([(1, 0, {"fuel_level_pct": 50})]), CATALOGUE)
    with pytest.raises(psycopg.errors.UniqueViolation):
        copy_fresh(conn, readings([(1, 0, {"engine_load_pct": 50})]), CATALOGUE)


def test_sets_of_signals_are_told_apart_exactly():
    rng = np.random.default_rng(5)
    present = rng.random((400, 150)) < 0.5
    present[200:] = present[:200]
    order, starts, representatives = group_by_set(present)
    assert sorted(order.tolist()) == list(range(400))
    ends = [*starts[1:].tolist(), 400]
    for start, end, row in zip(starts.tolist(), ends, representatives.tolist(), strict=True):
        assert (present[order[start:end]] == present[row]).all()
    assert len(starts) == len(np.unique(present, axis=0))


def test_rows_of_one_instant_are_merged_column_by_column_across_batches(conn: psycopg.Connection):
    assert merge(conn, [(1, 0, {"fuel_level_pct": 50})]) == ([(1, 0, True)], 0, 0)
    assert merge(conn, [(1, 0, {"fuel_level_pct": 50, "engine_load_pct": 7})]) == ([(1, 0, False)], 0, 0)
    assert merge(conn, [(1, 0, {"engine_load_pct": 7})]) == ([], 1, 0)
    assert stored(conn, "fuel_level_pct", "engine_load_pct") == [(1, 0, 50, 7)]
    assert conflicts(conn) == []


def test_a_different_value_keeps_the_first_and_is_recorded_once(conn: psycopg.Connection):
    merge(conn, [(1, 0, {"fuel_level_pct": 50, "latitude_deg": 31.25})])
    again = [(1, 0, {"fuel_level_pct": 60, "latitude_deg": 31.25, "engine_load_pct": 7})]
    assert merge(conn, again) == ([(1, 0, False)], 0, 1)
    assert merge(conn, again) == ([], 1, 1)
    assert stored(conn, "fuel_level_pct", "latitude_deg", "engine_load_pct") == [(1, 0, 50, 31.25, 7)]
    assert conflicts(conn) == [(1, CATALOGUE.index["fuel_level_pct"], 50, 60, 0)]


def test_rows_of_one_instant_in_one_batch_are_folded_in_arrival_order(conn: psycopg.Connection):
    rows = [
        (1, 5, {"fuel_level_pct": 40}),
        (1, 0, {"fuel_level_pct": 50}),
        (1, 0, {"engine_load_pct": 7, "fuel_level_pct": 51}),
        (1, 0, {"engine_load_pct": 8, "fuel_level_pct": 50}),
        (1, 0, {"fuel_level_pct": 50}),
    ]
    assert merge(conn, rows) == ([(1, 0, True), (1, 5, True)], 2, 2)
    assert stored(conn, "fuel_level_pct", "engine_load_pct") == [(1, 0, 50, 7), (1, 5, 40, None)]
    assert [(kept, refused, seq) for _, _, kept, refused, seq in conflicts(conn)] == [(50, 51, 2), (7, 8, 3)]


def test_late_rows_of_many_days_go_in_between_what_is_there(conn: psycopg.Connection):
    day = 86_400
    copy_fresh(conn, readings([(1, day * n, {"fuel_level_pct": n}) for n in range(0, 20, 2)]), CATALOGUE)
    told, duplicates, refused = merge(conn, [(1, day * n, {"fuel_level_pct": n}) for n in range(20)])
    assert [at / day for _, at, new in told if new] == list(range(1, 20, 2))
    assert (duplicates, refused) == (10, 0)
    assert [value for *_, value in stored(conn, "fuel_level_pct")] == list(range(20))


def test_whatever_order_and_split_rows_come_in_the_stored_rows_are_the_same(database: Database):
    rng = np.random.default_rng(11)
    keys = list(CATALOGUE.keys[:6])
    truth: dict[tuple[int, int], dict[str, float]] = {}
    parts: list[tuple[int, float, dict[str, float]]] = []
    for machine in (1, 2):
        for second in range(30):
            row = {key: float(rng.integers(0, 100)) for key in keys if rng.random() < 0.7}
            truth[machine, second] = row
            for _ in range(rng.integers(1, 4)):
                parts.append((machine, second, {key: value for key, value in row.items() if rng.random() < 0.6}))
            parts.append((machine, second, row))
    parts = [part for part in parts if part[2]]
    expected = {key: row for key, row in truth.items() if row}
    with psycopg.connect(database.url("ecc_gateway")) as conn:
        for _ in range(5):
            conn.execute("SELECT 1")
            order = rng.permutation(len(parts))
            for piece in np.array_split(order, rng.integers(1, 12)):
                merge(conn, [parts[i] for i in piece])
            found = {
                (machine, int(at)): {key: value for key, value in zip(keys, values, strict=True) if value is not None}
                for machine, at, *values in stored(conn, *keys)
            }
            assert found == expected
            assert conflicts(conn) == []
            conn.rollback()


def test_a_lookup_in_a_chunk_without_statistics_touches_no_row_it_did_not_ask_for(conn: psycopg.Connection):
    """Left to guess, the planner scans the growing chunk for every key: seconds a batch."""
    count, steps = 1000, 6
    for step in range(steps):
        rows = ReadingBatch(
            np.zeros(count, np.int32),
            np.zeros(count, np.int32),
            np.arange(count, dtype=np.int32),
            np.full(count, us(100 - step)),
            np.full(count, us(100)),
            np.where(np.arange(len(CATALOGUE)) < 5, 1.0, np.full((count, 1), np.nan)),
            np.arange(len(CATALOGUE)),
        )
        for expected_new in (count, 0):
            assert len(merge_rest(conn, rows, messages(1), CATALOGUE).rows) == expected_new
    touched = conn.execute(
        """SELECT sum(seq_tup_read + coalesce(idx_tup_fetch, 0)) FROM pg_stat_xact_all_tables
           WHERE schemaname = '_timescaledb_internal' AND relname LIKE '\\_hyper%'"""
    ).fetchone()
    assert touched is not None
    assert count * steps <= touched[0] <= 3 * count * steps
