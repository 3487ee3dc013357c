"""The main job with one command: the report adds up, and nothing is left running afterwards."""

import json
import os
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

CHECKOUT = Path(__file__).resolve().parents[2]
REPORT_KEYS = {
    "machines", "published", "committed", "duplicates", "quarantined", "redelivered", "in_flight", "alarms_raised",
    "publish_to_commit_ms", "fault_to_alarm_ms", "faults_without_alarm", "in_ledger",
}  # fmt: skip


@pytest.fixture
def environment(server_dir: Path) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("ECC_")}
    return {**kept, "XDG_DATA_HOME": str(server_dir), "ECC_HTTP_PORT": "0"}


def processes_in(directory: Path) -> list[str]:
    """Command lines of living processes that name the directory or have it in their environment."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit() and int(entry.name) != os.getpid():
            try:
                words = (entry / "cmdline").read_bytes() + (entry / "environ").read_bytes()
            except OSError:
                continue
            if str(directory).encode() in words:
                found.append((entry / "cmdline").read_bytes().replace(b"\0", b" ").decode())
    return found


@pytest.fixture
def demo(environment: dict[str, str]) -> Iterator["list[subprocess.Popen[str]]"]:
    started: list[subprocess.Popen[str]] = []
    yield started
    for process in started:
        if process.poll() is None:
            process.kill()
        process.communicate()


def test_a_run_adds_up_and_every_fault_has_its_alarm(
    environment: dict[str, str], server_dir: Path, tmp_path: Path
) -> None:
    report = tmp_path / "out.json"
    command = ["./ecc", "demo", "--duration", "45", "--report", str(report)]
    run = subprocess.run(command, cwd=CHECKOUT, env=environment, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stdout + run.stderr
    numbers = json.loads(report.read_text())
    assert set(numbers) == REPORT_KEYS
    assert numbers["published"] == numbers["committed"] + numbers["duplicates"] + numbers["quarantined"]
    assert numbers["machines"] == 40
    assert numbers["in_flight"] == 0
    assert numbers["alarms_raised"] >= 10
    assert numbers["faults_without_alarm"] == []
    assert numbers["fault_to_alarm_ms"]["p99"] > 0
    assert processes_in(server_dir) == []


def test_ctrl_c_stops_everything_and_leaves_no_process(
    environment: dict[str, str], server_dir: Path, demo: "list[subprocess.Popen[str]]"
) -> None:
    process = subprocess.Popen(
        ["./ecc", "demo"], cwd=CHECKOUT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    demo.append(process)
    assert process.stdout is not None
    for line in process.stdout:
        if "rows kept" in line and " 0 rows" not in line:
            break
    assert any("gateway" in words for words in processes_in(server_dir))
    process.send_signal(signal.SIGINT)
    process.stdout.read()
    assert process.wait(30) == 130
    deadline = time.monotonic() + 5
    while processes_in(server_dir) and time.monotonic() < deadline:
        time.sleep(0.1)
    assert processes_in(server_dir) == []


def test_a_report_that_does_not_add_up_fails_the_run() -> None:
    from app.demo.report import DemoReport, percentiles

    none = percentiles([])
    good = DemoReport(40, 100, 90, 6, 4, 0, 0, 3, none, none)
    assert good.problems() == []
    lost = DemoReport(40, 100, 89, 6, 4, 0, 0, 3, none, none)
    silent = DemoReport(40, 0, 0, 0, 0, 0, 2, 0, none, none, ["oil_pump_worn on XE215-0003"])
    assert len(lost.problems()) == 1
    assert len(silent.problems()) == 4


def test_the_report_counts_the_tables_and_not_the_simulation(database: "object") -> None:
    from datetime import UTC, datetime

    from storage.demo_report import count_run

    with psycopg.connect(database.owner_url) as conn:  # type: ignore[attr-defined]
        counted = count_run(conn, ["b"], datetime(2026, 1, 1, tzinfo=UTC))
    assert (counted.committed, counted.quarantined, counted.alarms_raised) == (0, 0, 0)
