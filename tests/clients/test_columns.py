"""Readings, the matrix and positions as Arrow and pandas: the values of the database, in UTC, with their units."""

import subprocess
import sys
from datetime import UTC, datetime, timedelta

import pandas as pd
import pyarrow as pa
import pytest

from ecc_client import BadAnswer, Columns
from ecc_client.tables import MissingExtra

KEYS = ["engine_coolant_temp_degc", "engine_speed_rpm"]
END = datetime.now(UTC).replace(second=0, microsecond=0)
ROWS = [
    (END - timedelta(seconds=n), {"engine_speed_rpm": 2100.0 if n == 77 else 1500.0, "engine_coolant_temp_degc": None})
    for n in range(600, 0, -1)
]


@pytest.fixture(scope="module", autouse=True)
def _readings(world):
    world.readings("digger", ROWS)
    world.state("digger", {"engine_speed_rpm": 1500.0, "latitude_deg": 31.2, "longitude_deg": 121.4}, at=END)


def test_readings_are_a_table_with_units(client):
    table = client.readings("pin:PIN-digger", KEYS, END - timedelta(seconds=100), END, max_points=1000).arrow()
    assert table.schema.field("measured_at").type == pa.timestamp("us", tz="UTC")
    assert table["measured_at"].to_pylist() == [at for at, _ in ROWS[-100:]]
    assert table["engine_speed_rpm"].to_pylist() == [values["engine_speed_rpm"] for _, values in ROWS[-100:]]
    assert table.schema.field("engine_speed_rpm").metadata[b"unit"] == b"rpm"


def test_readings_are_a_frame_by_time(client):
    columns = client.readings("pin:PIN-digger", ["engine_speed_rpm"], END - timedelta(seconds=600), END, max_points=20)
    frame = columns.pandas()
    assert isinstance(frame.index, pd.DatetimeIndex)
    assert str(frame.index.tz) == "UTC"
    assert len(frame) <= 20
    assert frame.index.name == "bucket_at"
    assert frame.attrs["units"] == {f"engine_speed_rpm_{kind}": "rpm" for kind in ("mean", "min", "max")}
    assert columns.about["bucket_s"] == "30.0"
    assert frame["engine_speed_rpm_max"].max() == 2100.0, "a spike of one reading is kept"


def test_the_readings_themselves_come_in_parts(client):
    span = (END - timedelta(seconds=600), END)
    parts = list(client.raw_readings("pin:PIN-digger", ["engine_speed_rpm"], *span, max_points=250))
    assert [part.arrow().num_rows for part in parts] == [250, 250, 100]
    assert [at for part in parts for at in part.arrow()["measured_at"].to_pylist()] == [at for at, _ in ROWS]


def test_the_missing_minutes_are_told(client):
    told = client.missing("pin:PIN-digger", END - timedelta(minutes=15), END)
    assert told.minutes == 15 == told.present_minutes + told.missing_minutes
    assert sum(stretch.minutes for stretch in told.items) == told.missing_minutes == sum(told.by_reason.values()) > 0
    assert (told.items[0].from_at, told.items[-1].to_at) == (END - timedelta(minutes=15), END)


def test_the_matrix_and_the_positions_are_frames_by_machine(client, world):
    matrix = client.fleet_matrix(["engine_speed_rpm"])
    digger = str(world.public["digger"])
    assert matrix.pandas().loc[digger, "engine_speed_rpm"] == 1500.0
    assert matrix.units == {"engine_speed_rpm": "rpm"}
    assert matrix.pandas().loc[digger, "engine_speed_rpm_at"] == END
    places = client.positions().arrow().to_pylist()
    assert [(p["name"], p["latitude_deg"], p["is_coarse"]) for p in places] == [("digger", 31.2, False)]


def test_columns_that_were_cut_off_are_no_table(client):
    whole = client.positions()
    with pytest.raises(BadAnswer):
        Columns(whole.stream[: len(whole.stream) // 2]).arrow()


def test_without_the_extra_it_says_what_to_install():
    code = (
        "import sys; sys.modules['pyarrow'] = None\n"
        "from ecc_client import Columns, MissingExtra\n"
        "try: Columns(b'').arrow()\n"
        "except MissingExtra as said: print(said)"
    )
    told = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, env={"PYTHONPATH": "clients/python"}
    ).stdout
    assert "pip install 'ecc-client[arrow]'" in told
    assert MissingExtra.__doc__
