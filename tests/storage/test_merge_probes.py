"""What a merge costs: it looks up the instants it was given, and never reads what else the chunk holds."""

import psycopg
import pytest

from storage.readings_merge import merge_rest
from tests.batches import CATALOGUE, T0_US, in_order, messages, readings
from tests.conftest import Database

FILL = """INSERT INTO reading (machine_id, measured_at, received_at, engine_speed_rpm)
          SELECT m, to_timestamp(%s) + s * interval '1 s', now(), 900
          FROM generate_series(1, 100) m, generate_series(0, 999) s"""
READ = """SELECT coalesce(sum(seq_tup_read), 0)::int, coalesce(sum(idx_tup_fetch), 0)::int FROM pg_stat_xact_all_tables
          WHERE schemaname = '_timescaledb_internal' AND relname LIKE '\\_hyper\\_%chunk'"""
# A planner that thinks little of the index, as it does of a chunk with old statistics.
MISLED = "-c random_page_cost=1000000"


@pytest.mark.parametrize("options", ["", MISLED])
@pytest.mark.parametrize("rows", [10, 200])
def test_a_merge_reads_the_rows_it_was_asked_for_and_no_others(database: Database, rows: int, options: str):
    with psycopg.connect(database.owner_url) as owner:
        assert owner.execute(FILL, [T0_US / 1e6]).rowcount == 100_000
    keys = [(1 + n % 100, 500 + n // 100 + (0.5 if n % 5 == 0 else 0)) for n in range(rows)]
    offered = [(machine, at, {"engine_speed_rpm": 900.0, "fuel_level_pct": 50.0}) for machine, at in keys]
    with psycopg.connect(database.url("ecc_gateway"), options=options) as conn:
        merged = merge_rest(conn, in_order(readings(offered)), messages(rows), CATALOGUE)
        scanned, fetched = conn.execute(READ).fetchone()
    assert (merged.is_new.sum(), len(merged.rows)) == (rows // 5, rows)
    assert (scanned, fetched <= 3 * rows) == (0, True), f"read {scanned} rows of a scan, {fetched} of the index"
