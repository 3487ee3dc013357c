"""`ecc evaluate`: tables as they come, the measures, the pictures, and see bench/models.py for what they reach."""

from __future__ import annotations

import gzip
import io
import json
import tarfile
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from app.cli import app as command_line
from fleet.errors import InvalidInput
from usecases.evaluate.detector import DetectorQuestion, evaluate_detector, measured
from usecases.evaluate.table import read_table


def ecc(*words: object) -> str:
    """What a command prints; fails the test when it fails."""
    result = CliRunner().invoke(command_line, [str(word) for word in words])
    assert result.exit_code == 0, result.output
    return result.output


def written(folder: Path, *, separator: str = ",", time: str = "2026-01-01 00:{:02}:{:02}") -> Path:
    """200 rows of a machine whose pressure falls in the last 50."""
    draw = np.random.default_rng(0)
    pressure = 300 + draw.normal(size=200)
    pressure[150:] -= 30
    lines = [separator.join(["stamp", "pressure", "temp", "nothing", "note", "fault", "other"])]
    for row in range(200):
        stamp, temp = time.format(*divmod(row, 60)), 80 + draw.normal()
        cells = [stamp, f"{pressure[row]:.3f}", f"{temp:.3f}", "", "ok", f"{float(row >= 150)}", f"{int(row > 160)}"]
        lines.append(separator.join(cells))
    path = folder / "machine.csv"
    path.write_text("\n".join(lines) + "\n")
    return path


@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_a_table_is_sorted_out(tmp_path, separator):
    path = written(tmp_path, separator=separator)
    for given in (None, separator):
        table = read_table(path, separator=given, counters=("fault", "other"))
        assert table.columns == ("pressure", "temp", "fault", "other")
        assert (table.time, set(table.ignored)) == ("stamp", {"nothing", "note"})
        assert table.values.shape == (200, 4)
        assert np.diff(table.instants) == pytest.approx(1)


@pytest.mark.parametrize("gap", ["-", "N/A", "bad"])
def test_a_cell_that_is_no_number_is_not_reported_and_counted(tmp_path, gap):
    path = written(tmp_path)
    lines = path.read_text().splitlines()
    for row in (3, 50, 160):
        cells = lines[row].split(",")
        lines[row] = ",".join([*cells[:2], gap, *cells[3:]])
    path.write_text("\n".join(lines))
    table = read_table(path, counters=("fault", "other"))
    assert dict(table.unread) == ({} if gap == "N/A" else {"temp": 3}), "N/A says: nothing there"
    assert np.flatnonzero(np.isnan(table.column("temp"))).tolist() == [2, 49, 159]
    assert set(table.ignored) == {"nothing", "note"}


@pytest.mark.parametrize("encoding", ["utf-8-sig", "gbk", "gb18030"])
def test_a_spreadsheet_of_china_is_read(tmp_path, encoding):
    path = written(tmp_path)
    path.write_bytes(path.read_text().replace("pressure", "压力").encode(encoding))
    assert read_table(path, counters=("fault", "other")).columns == ("压力", "temp", "fault", "other")


@pytest.mark.parametrize("time", ["2026-01-01 00:{:02}:{:02}", "01.01.2026 00:{:02}:{:02}"])
def test_decimal_commas_are_numbers(tmp_path, time):
    path = written(tmp_path, separator=";", time=time)
    plain = read_table(path, counters=("fault", "other"))
    head, *lines = path.read_text().splitlines()
    comma = [f"{line[:19]}{line[19:].replace('.', ',')}" for line in lines]
    path.write_text("\n".join([head, *comma]))
    table = read_table(path, counters=("fault", "other"))
    assert (table.time, table.columns) == ("stamp", plain.columns)
    assert np.array_equal(table.values, plain.values)


@pytest.mark.parametrize("time", ["2026/01/01 00:{:02}:{:02}", "01.01.2026 00:{:02}:{:02}"])
def test_dates_as_they_are_written_elsewhere(tmp_path, time):
    assert np.diff(read_table(written(tmp_path, time=time)).instants) == pytest.approx(1)


@pytest.mark.parametrize(("time", "named"), [("{0}{1:02}", "stamp"), ("{1}", "")])
def test_a_numeric_time_grows_with_every_row(tmp_path, time, named):
    table = read_table(written(tmp_path, time=time))
    assert table.time == named
    assert ("stamp" in table.columns) == (not named)


def test_a_table_is_read_out_of_whatever_it_is_packed_in(tmp_path):
    plain = written(tmp_path)
    (tmp_path / "packed.csv.gz").write_bytes(gzip.compress(plain.read_bytes()))
    with tarfile.open(tmp_path / "packed.tar.gz", "w:gz") as archive:
        archive.add(plain, "inside.tar.gz")
    for name in ("packed.csv.gz", "packed.tar.gz"):
        assert np.array_equal(read_table(tmp_path / name).values, read_table(plain).values)


def test_tables_that_are_none_are_refused(tmp_path):
    path = tmp_path / "bad.csv"
    for content, said in [("a,b\n1,2\n3\n", "cannot be read"), ("a,b\n", "no rows")]:
        path.write_text(content)
        with pytest.raises(InvalidInput, match=said):
            read_table(path)
    with tarfile.open(path, "w:gz") as archive:
        archive.addfile(tarfile.TarInfo("../../folder/"), io.BytesIO())
    with pytest.raises(InvalidInput):
        read_table(path)


def test_the_measures_are_those_of_the_confusion():
    truth = np.array([1, 1, 1, 0, 0, 0, 0, 0], dtype=bool)
    found = measured(truth, np.array([1, 1, 0, 1, 0, 0, 0, 0], dtype=bool), 1.0)
    assert (found.tp, found.fp, found.fn, found.tn) == (2, 1, 1, 4)
    assert (found.f1, found.far, found.mar) == pytest.approx((2 / 3, 20, 100 / 3))


@pytest.mark.parametrize("ending", ["svg", "pdf"])
def test_a_detector_is_judged_and_drawn(tmp_path, ending):
    path, picture = written(tmp_path, separator=";"), tmp_path / f"picture.{ending}"
    words = ["--csv", path, "--train-rows", 100, "--label", "fault", "--drop", "other", "--sep", ";", "--json"]
    said = json.loads(ecc("evaluate", "detector", "default", *words, "--plot", picture))
    assert said["f1"] > 0.9
    assert said["tp"] + said["fp"] + said["fn"] + said["tn"] == 100
    assert (said["signals"], said["time"]) == (["pressure", "temp"], "stamp")
    assert picture.stat().st_size > 5000
    if ending == "svg":  # over the time that was found, not over rows
        assert "<!-- stamp -->" in picture.read_text()
        assert "<!-- row -->" not in picture.read_text()


def test_a_picture_of_no_kind_is_refused_before_the_evaluation(tmp_path):
    words = ["--csv", written(tmp_path), "--train-rows", 10_000, "--label", "fault", "--plot", tmp_path / "x.gif"]
    result = CliRunner().invoke(command_line, ["evaluate", "detector", "default", *map(str, words)])
    assert isinstance(result.exception, InvalidInput)
    assert ".gif" in str(result.exception)  # and not that there are too few rows to learn from


def test_what_cannot_be_judged_is_said(tmp_path):
    path = written(tmp_path)
    good = {"name": "default", "csv": path, "train_rows": 100, "label": "fault"}
    for changed, said in [
        ({"label": "flaw"}, "no numeric column 'flaw'"),
        ({"separator": ";"}, "one column only when it is split at ';'"),
        ({"drop": ("flaw",)}, "no column flaw to drop"),
        ({"train_rows": 200}, "has 200 rows"),
        ({"train_rows": 10}, "too few to learn"),
        ({"drop": ("pressure", "temp", "other")}, "no numeric column beside"),
    ]:
        with pytest.raises(InvalidInput, match=said):
            evaluate_detector(DetectorQuestion(**{**good, **changed}))


def test_a_remaining_life_is_judged_and_drawn(tmp_path):
    draw = np.random.default_rng(1)
    for name, machines in (("train", 12), ("test", 5)):
        lines = ["machine,wear,noise,empty,life"]
        for unit in range(machines):
            left = np.arange(80)[::-1][: 80 if name == "train" else 40 + 5 * unit]
            wear = (80 - left) / 80 + draw.normal(size=len(left)) * 0.02
            lines += [f"M-{unit},{a:.4f},{draw.normal():.4f},,{b}" for a, b in zip(wear, left, strict=True)]
        (tmp_path / f"{name}.csv").write_text("\n".join(lines) + "\n")
    picture = tmp_path / "life.png"
    words = [
        "--train",
        tmp_path / "train.csv",
        "--test",
        tmp_path / "test.csv",
        "--unit",
        "machine",
        "--target",
        "life",
    ]
    said = json.loads(ecc("evaluate", "rul", "ridge", *words, "--json", "--plot", picture))
    assert said["rmse"] < 5
    assert said["coverage_80"] == pytest.approx(0.8, abs=0.1)
    assert (said["machines"], said["signals"], said["ignored"]) == (5, ["wear", "noise"], ["empty"])
    assert picture.stat().st_size > 5000
