import numpy as np
import psycopg
import pytest

from storage.binary import copy_columns, copy_in, copy_out, fetch_arrays, float4s, float8s, int2s, int4s, int8s, times
from tests.conftest import Database


@pytest.fixture
def conn(database: Database):
    with psycopg.connect(database.owner_url) as connection:
        yield connection


@pytest.mark.parametrize(
    ("pack", "type_name", "dtype", "values"),
    [
        (int2s, "int2", "i2", [-32768, 0, 32767]),
        (int4s, "int4", "i4", [-(2**31), -1, 2**31 - 1]),
        (int8s, "int8", "i8", [-(2**63), 0, 2**63 - 1]),
        (float4s, "float4", "f4", [-3.4e38, 0.1, 1e-40]),
        (float8s, "float8", "f8", [-1.7e308, 0.1, 5e-324]),
    ],
)
def test_arrays_go_to_the_server_and_back_unchanged(conn: psycopg.Connection, pack, type_name: str, dtype: str, values):
    sent = np.array(values, dtype)
    (back,) = fetch_arrays(
        conn, "SELECT array_agg(v ORDER BY n) FROM unnest(%s) WITH ORDINALITY u(v, n)", [pack(sent)], [dtype]
    )
    assert back.tolist() == sent.tolist()
    assert (
        conn.execute("SELECT pg_typeof(%s)::text", [pack(sent)]).fetchone()
        == (
            conn.execute(f"SELECT '{{}}'::{type_name}[] IS NOT NULL, pg_typeof('{{}}'::{type_name}[])::text").fetchone()
            or ()
        )[1:]
    )
    (none,) = fetch_arrays(conn, "SELECT array_agg(v) FROM unnest(%s) v", [pack([])], [dtype])
    assert none.tolist() == []


def test_times_are_microseconds_since_1970(conn: psycopg.Connection):
    at = np.array([0, 1_790_000_040_123_456, -1], np.int64)
    rows = conn.execute("SELECT (extract(epoch FROM t) * 1000000)::bigint FROM unnest(%s) t", [times(at)]).fetchall()
    assert [row[0] for row in rows] == at.tolist()


@pytest.mark.parametrize("count", [0, 1, 5000])
def test_rows_of_fixed_columns_are_copied_in_and_out(conn: psycopg.Connection, count: int):
    conn.execute("CREATE TEMPORARY TABLE t (a int4, b float8, c int2)")
    a = np.arange(count, dtype=np.int32)
    copy_in(conn, "COPY t FROM STDIN (FORMAT BINARY)", copy_columns([(">i4", a), (">f8", a / 7), (">i2", a % 100)]))
    rows = copy_out(
        conn,
        "COPY (SELECT * FROM t ORDER BY a) TO STDOUT (FORMAT BINARY)",
        None,
        [("a", "i4"), ("b", "f8"), ("c", "i2")],
    )
    assert rows["a"].tolist() == a.tolist()
    assert rows["b"].tolist() == (a / 7).tolist()
    assert rows["c"].tolist() == (a % 100).tolist()
    assert conn.execute("SELECT 1").fetchone() == (1,), "the connection is free again"


@pytest.mark.parametrize("good_rows", [0, 3])
def test_a_copy_that_the_server_breaks_off_raises_and_frees_the_connection(conn: psycopg.Connection, good_rows: int):
    statement = f"COPY (SELECT 1 / ({good_rows} - g) FROM generate_series(0, 9) g) TO STDOUT (FORMAT BINARY)"
    with pytest.raises(psycopg.errors.DivisionByZero):
        copy_out(conn, statement, None, [("a", "i4")])
    conn.rollback()
    assert conn.execute("SELECT 1").fetchone() == (1,)
