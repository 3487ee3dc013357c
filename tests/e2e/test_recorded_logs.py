"""Two recorded logs of real machines go in over MQTT and come out of the API as they were, nothing more or less."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest

from fleet.signals import packaged_catalogue
from tests.e2e.stack import Stack
from tests.j1939_oracle import SECOND_US, BusFrame, Reading, read_frames, read_log, read_table

pytestmark = pytest.mark.slow

IDLE = "css_heavy_duty_engine_idle_127s.log"
TRACTOR = "css_johndeere_tractor_186s.log"
MACHINES = {IDLE: "IDLE-ENGINE", TRACTOR: "TRACTOR"}
CATALOGUE = packaged_catalogue()
AT_ONCE = 20  # signals of one question to the API
FLEET = """pin,name,model,kind,serial_no,equipment_id,terminal,nominal_voltage_v
1L06130RELP969468,Tractor,6130R,wheel_loader,SER-6130,EQ-7,TRACTOR-UNIT,12
"""

Cells = dict[tuple[int, str], float]  # (second, signal key) -> value


@dataclass
class Replayed:
    """One log: its frames, what they say read naively, and the API signed in."""

    frames: list[BusFrame]
    expected: Reading
    machine: str
    api: httpx.Client

    def ask(self, path: str, **parameters: Any) -> dict[str, Any]:
        answer = self.api.get(path, params=parameters)
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    def items(self, path: str, **parameters: Any) -> list[dict[str, Any]]:
        """All pages of a list."""
        found: list[dict[str, Any]] = []
        while True:
            page = self.ask(path, limit=100, **parameters)
            found += page["items"]
            if page["next_cursor"] is None:
                return found
            parameters["cursor"] = page["next_cursor"]

    def values(self, key: str) -> list[float]:
        return [value for (_, name), value in self.cells([key]).items() if name == key]

    def cells(self, keys: list[str], span: tuple[datetime, datetime] | None = None) -> Cells:
        """Every reading of the last hour (or `span`) of these signals, a second and a signal each."""
        begin, end = span or (datetime.now(UTC) - timedelta(hours=1), datetime.now(UTC) + timedelta(seconds=1))
        answer = self.ask(
            f"/machines/pin:{self.machine}/readings",
            **{"from": begin.isoformat(), "to": end.isoformat(), "signals": ",".join(keys), "max_points": 5000},
        )
        assert (answer["resolution"], answer["bucket_s"], answer["pending"]) == ("raw", None, False)
        seconds = [datetime.fromisoformat(at) for at in answer["at"]]
        assert all(at.microsecond == 0 for at in seconds)
        return {
            (round(at.timestamp()), key): value
            for key, series in answer["signals"].items()
            for at, value in zip(seconds, series["mean"], strict=True)
            if value is not None
        }


def all_cells(log: Replayed, span: tuple[datetime, datetime] | None = None) -> Cells:
    keys = [signal.key for signal in CATALOGUE]
    cells: Cells = {}
    for start in range(0, len(keys), AT_ONCE):
        cells |= log.cells(keys[start : start + AT_ONCE], span)
    return cells


def expected_cells(reading: Reading, shift_s: int) -> Cells:
    """What the naive reading says that the tables must hold, in their types."""
    cells: Cells = {}
    for (second, spn), value in reading.values.items():
        signal = CATALOGUE.by_spn[spn]
        exact = float(value)
        cells[second + shift_s, signal.key] = exact if not CATALOGUE.is_float4[signal.id] else float(np.float32(exact))
    return cells


@pytest.fixture(scope="module")
def running(module_stack: Stack) -> Iterator[tuple[Stack, httpx.Client]]:
    module_stack.gateway.begin()
    module_stack.api.start()
    module_stack.gateway.wait_until_ready()
    with module_stack.client() as client:
        yield module_stack, client


@pytest.fixture(scope="module")
def logs(running: tuple[Stack, httpx.Client], shared_data: Path) -> dict[str, Replayed]:
    """Both logs, replayed as machines that register themselves."""
    stack, client = running
    table = read_table(shared_data / "spn_table.csv")
    found = {}
    for name, machine in MACHINES.items():
        path = shared_data / "candump" / name
        done = stack.ecc("replay", "candump", str(path), "--machine", machine, "--speed", "500")
        assert "all of it is committed" in done.stdout
        frames = read_log(path)
        found[name] = Replayed(frames, read_frames(frames, table), machine, client)
    return found


def shift_of(log: Replayed) -> int:
    """By how many whole seconds the log was moved."""
    newest = max(second for second, _ in all_cells(log))
    return newest - max(second for second, _ in log.expected.values)


@pytest.mark.parametrize("name", [IDLE, TRACTOR])
def test_every_value_of_the_log_comes_out_of_the_api_and_no_other(logs: dict[str, Replayed], name: str) -> None:
    log = logs[name]
    got = all_cells(log)
    as_stored = {
        (second, key): value if not CATALOGUE.is_float4[CATALOGUE.index[key]] else float(np.float32(value))
        for (second, key), value in got.items()
    }
    assert as_stored == expected_cells(log.expected, shift_of(log))


@pytest.mark.parametrize("name", [IDLE, TRACTOR])
def test_the_log_ends_at_the_end_of_the_run_and_never_ahead_of_it(
    running: tuple[Stack, httpx.Client], logs: dict[str, Replayed], name: str
) -> None:
    log = logs[name]
    last_s = log.frames[-1].at_us / SECOND_US + shift_of(log)
    ended_s = running[0].value(
        "SELECT extract(epoch FROM last_received_at)::float8 FROM ledger JOIN terminal t USING (terminal_id) "
        "WHERE t.name = %s",
        log.machine,
    )
    assert 0 <= ended_s - last_s < 3


def test_the_idling_engine_reads_as_its_makers_tool_says(logs: dict[str, Replayed]) -> None:
    log = logs[IDLE]
    for key, low, high in [
        ("engine_speed_rpm", 647.5, 653.0),
        ("fuel_rate_lph", 2.50, 2.80),
        ("engine_oil_pressure_kpa", 236, 260),
        ("engine_coolant_temp_degc", 71, 72),
        ("engine_oil_temp_degc", 72.7, 73.8),
        ("fuel_level_pct", 74.8, 74.8),
        ("battery_voltage_v", 13.2, 13.5),
    ]:
        found = log.values(key)
        assert found, key
        for value in (min(found), max(found)):  # to the digits in which the ranges are given
            digits = len(str(low).partition(".")[2])
            assert np.float32(low) <= np.float32(round(value, digits)) <= np.float32(high), (key, value)
    assert len(log.values("engine_speed_rpm")) == 128
    assert {np.float32(value) for value in log.values("fuel_level_pct")} == {np.float32(74.8)}
    assert sum(not frame.extended for frame in log.frames) == 12_278


def test_the_tractor_reads_as_its_makers_tool_says(logs: dict[str, Replayed]) -> None:
    log = logs[TRACTOR]
    assert set(log.values("engine_hours_h")) == {219.2}
    assert set(log.values("engine_coolant_temp_degc")) <= {85.0, 86.0}
    oil = log.values("engine_oil_temp_degc")
    assert (min(oil) >= 94, max(oil) <= 96) == (True, True)
    assert set(log.values("engine_speed_rpm")) <= {0.0}


def test_the_tractors_117_sensor_errors_are_events(logs: dict[str, Replayed]) -> None:
    log = logs[TRACTOR]
    events = log.items(f"/machines/pin:{log.machine}/events", kind="sensor_error")
    assert Counter(event["error"] for event in events) == {"reported": 117}
    expected = Counter((spn, address) for _, spn, address in log.expected.errors)
    assert Counter((event["spn"], event["source_address"]) for event in events) == expected
    assert log.items(f"/machines/pin:{logs[IDLE].machine}/events", kind="sensor_error") == []


def test_the_idle_log_raises_exactly_its_four_trouble_codes(logs: dict[str, Replayed]) -> None:
    log = logs[IDLE]
    codes = {
        (address, spn, fmi, count)
        for (_, address), snapshot in log.expected.snapshots.items()
        for spn, fmi, count in snapshot
    }
    assert {(spn, fmi, count) for _, spn, fmi, count in codes} == {
        (980, 9, 126),
        (3216, 20, 2),
        (609, 9, 1),
        (609, 12, 3),
    }
    keys = {f"{address}/{spn}/{fmi}": count for address, spn, fmi, count in codes}
    reference = f"pin:{log.machine}"
    alarms = log.items("/alarms", machine=reference, source_kind="dtc")
    assert Counter(alarm["source_key"] for alarm in alarms) == Counter(list(keys))
    assert not any(alarm["historic"] for alarm in alarms)
    assert {f["key"]: f["occurrence_count"] for f in log.ask(f"/machines/{reference}/faults")["items"]} == keys
    events = log.items(f"/machines/{reference}/events", kind="fault")
    told = {(e["source_address"], e["spn"], e["fmi"], e["occurrence_count"]) for e in events}
    assert told == codes
    assert all(event["lamps"]["mil"] for event in events)


def test_no_rule_fires_and_the_tractor_has_no_trouble_code(logs: dict[str, Replayed]) -> None:
    for log in logs.values():
        assert log.items("/alarms", machine=f"pin:{log.machine}", source_kind="rule") == []
    assert logs[TRACTOR].items("/alarms", machine=f"pin:{logs[TRACTOR].machine}", source_kind="dtc") == []


def test_the_11_bit_frames_alone_come_to_nothing(
    running: tuple[Stack, httpx.Client], logs: dict[str, Replayed], shared_data: Path
) -> None:
    stack, client = running
    lines = (shared_data / "candump" / IDLE).read_text().splitlines(keepends=True)
    only = stack.directory / "gps.log"
    only.write_text("".join(line for line in lines if len(line.split()[2].partition("#")[0]) == 3))
    done = stack.ecc("replay", "candump", str(only), "--machine", "GPS-ONLY", "--speed", "500")
    assert "12278 frames (12278 with 11-bit ids)" in done.stdout
    assert "all of it is committed" in done.stdout
    assert all_cells(Replayed([], Reading(), "GPS-ONLY", client)) == {}
    of_it = "(SELECT machine_id FROM machine WHERE pin = 'GPS-ONLY')"
    assert stack.value(f"SELECT count(*) FROM event WHERE kind <> 3 AND machine_id = {of_it}") == 0
    assert stack.value(f"SELECT count(*) FROM finding WHERE source_kind <> 'platform' AND machine_id = {of_it}") == 0


def test_with_its_own_stamps_a_log_is_history(
    running: tuple[Stack, httpx.Client], logs: dict[str, Replayed], shared_data: Path
) -> None:
    stack, client = running
    machines = stack.directory / "machines.csv"
    machines.write_text(FLEET)
    stack.ecc("fleet", "import", str(machines))
    path = str(shared_data / "candump" / TRACTOR)
    asked = stack.ecc("replay", "candump", path, "--machine", "EQ-7", "--keep-time", check=False)
    assert asked.returncode == 1  # nobody said yes
    assert "2021-06-01T11:43:50Z to 2021-06-01T11:46:56Z" in asked.stdout
    assert "ECC_RETENTION_YEARS=6 at least; it is 10" in asked.stdout
    assert "Terminal TRACTOR-UNIT must have been on its machine from 2021-06-01T11:43:50Z" in asked.stdout
    assert "it was on 1L06130RELP969468 since the beginning of time" in asked.stdout
    short = stack.ecc(
        "replay", "candump", path, "--machine", "EQ-7", "--keep-time", check=False, ECC_RETENTION_YEARS="2"
    )
    assert "not enough, the rows will be quarantined as clock_past" in short.stdout

    for name in ("EQ-7", "SER-6130", "1L06130RELP969468", "TRACTOR-UNIT"):  # all of them are the same machine
        done = stack.ecc("replay", "candump", path, "--machine", name, "--keep-time", "--yes", "--speed", "1000")
        assert "sent as TRACTOR-UNIT, 2021-06-01T11:43:50Z to" in done.stdout
    log = Replayed(logs[TRACTOR].frames, logs[TRACTOR].expected, "1L06130RELP969468", client)
    begin = datetime.fromtimestamp(log.frames[0].at_us // SECOND_US, UTC)
    span = (begin, begin + timedelta(minutes=5))
    expected = expected_cells(log.expected, 0)
    got = all_cells(log, span)
    assert got.keys() == expected.keys()
    assert all(math.isclose(got[cell], expected[cell], rel_tol=1e-6) for cell in expected)
    assert log.items("/alarms", machine=f"pin:{log.machine}", source_kind="rule") == []


def test_a_machine_that_nobody_knows_is_refused_in_words(
    running: tuple[Stack, httpx.Client], shared_data: Path
) -> None:
    stack, _ = running
    path = str(shared_data / "candump" / TRACTOR)
    unknown = stack.ecc("replay", "candump", path, "--machine", "NOBODY", check=False, ECC_AUTO_REGISTER="false")
    assert (unknown.returncode, "There is no machine or terminal NOBODY" in unknown.stderr) == (2, True)
    no_name = stack.ecc("replay", "candump", path, "--machine", "a b", check=False)
    assert (no_name.returncode, "may hold only letters, digits" in no_name.stderr) == (2, True)
