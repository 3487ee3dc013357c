"""Stored readings read back in the columns that rules use, whatever rows lack."""

from datetime import UTC, datetime, timedelta

import numpy as np
import psycopg
import pytest

from fleet.signals import packaged_catalogue
from storage.history import read_rows, read_used_columns
from storage.pool import connect

CATALOGUE = packaged_catalogue()
KEYS = ("engine_speed_rpm", "engine_oil_pressure_kpa", "engine_hours_h", "latitude_deg", "fuel_level_pct")
SIGNALS = sorted(CATALOGUE.index[key] for key in KEYS)
START = datetime(2026, 11, 20, tzinfo=UTC)
ROWS = 400


@pytest.fixture
def stored(database):
    """Rows of three machines over two chunks, each value there or not at random."""
    random = np.random.default_rng(7)
    with connect(database.owner_url, application="test") as conn, conn.cursor() as cursor:
        with cursor.copy(f"COPY reading (machine_id, measured_at, received_at, {', '.join(KEYS)}) FROM STDIN") as copy:
            for number in range(ROWS):
                at = START + timedelta(minutes=5 * (number // 2))
                values = [None if random.random() < 0.5 else float(random.integers(0, 80)) for _ in KEYS]
                copy.write_row([number % 2 + 1, at, at, *values])
        conn.commit()
        yield conn


def us(at: datetime) -> int:
    return round(at.timestamp() * 1e6)


def test_every_presence_mask_is_read_as_it_was_written(stored: psycopg.Connection):
    machines = np.array([1, 2, 3], np.int32)
    start, end = us(START + timedelta(minutes=7)), us(START + timedelta(hours=15))
    ranges = (np.full(3, border, np.int64) for border in (start, end))
    machine, at_us, whole = read_rows(stored, machines, *ranges, catalogue=CATALOGUE, signals=SIGNALS)
    found = read_used_columns(stored, machines, start, end, catalogue=CATALOGUE, signals=SIGNALS)
    assert len(machine) > 300
    np.testing.assert_array_equal(found[0], machine)
    np.testing.assert_array_equal(found[1], at_us)
    np.testing.assert_array_equal(found[2], whole[:, SIGNALS])
    assert np.isnan(found[2]).mean() == pytest.approx(0.5, abs=0.1)


def test_nothing_is_read_where_nothing_is(stored: psycopg.Connection):
    for machines, end in (([1], START), ([3], START + timedelta(days=1)), ([], START + timedelta(days=1))):
        found = read_used_columns(
            stored, np.array(machines, np.int32), us(START), us(end), catalogue=CATALOGUE, signals=SIGNALS
        )
        assert [part.shape for part in found] == [(0,), (0,), (0, len(SIGNALS))]
