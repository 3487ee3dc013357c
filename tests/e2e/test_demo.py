"""The main job with one command: the report adds up, and nothing is left running afterwards."""

import json
import os
import re
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from paho.mqtt import publish
from paho.mqtt.enums import MQTTProtocolVersion

from tests.e2e.stack import run_ecc

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


def publish_beside(port: int) -> None:
    """What others send meanwhile: a newcomer's machine, good and bad, and messages in the name of a simulated one."""
    sample = {"boot": "1", "seq": 0, "t": time.time_ns() // 1_000_000, "signals": {"engine_speed_rpm": 1650}}
    messages = [
        (f"ecc/v1/{terminal}/telemetry", body, 1, False)
        for terminal in ("MY-MACHINE-1", "XE215-0001")
        for body in (json.dumps(sample), '{"boot":"1","seq', json.dumps(sample | {"seq": 1, "t": 1000}))
    ]
    publish.multiple(messages, hostname="127.0.0.1", port=port, protocol=MQTTProtocolVersion.MQTTv5)


def began(environment: dict[str, str], *arguments: str) -> "subprocess.Popen[str]":
    """A demo in a process group of its own, as a shell starts it."""
    return subprocess.Popen(
        ["./ecc", "demo", *arguments],
        cwd=CHECKOUT,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )


@pytest.mark.slow
def test_runs_add_up_and_every_fault_has_its_alarm_while_others_publish_too_and_on_a_database_with_an_earlier_run(
    environment: dict[str, str], server_dir: Path, tmp_path: Path, demo: "list[subprocess.Popen[str]]"
) -> None:
    report = tmp_path / "out.json"
    kept = ["--data-dir", str(server_dir / "kept"), "--report", str(report)]
    run = began(environment, "--duration", "23", "--speedup", "2", *kept)
    demo.append(run)
    said = ""
    assert run.stdout is not None
    for line in run.stdout:
        said += line
        if (broker := re.search(r"mqtt://127\.0\.0\.1:(\d+)", line)) is not None:
            publish_beside(int(broker[1]))
    assert run.wait(10) == 0, said
    check_numbers(report)
    assert "alarm: XCT25 No. 5: Fuel rail pressure: below normal range, moderately severe (SPN 157 FMI 18)" in said
    assert "\x1b" not in said, "plain lines where there is no terminal"
    again = began(environment, "--duration", "12", "--speedup", "4", *kept)  # begins in the time of the first one
    demo.append(again)
    assert again.stdout is not None
    said = again.stdout.read()
    assert again.wait(10) == 0, said
    check_numbers(report)
    assert "alarm: XCT25 No. 1005: Fuel rail pressure" in said
    assert "alarm: XCT25 No. 5:" not in said, "that one is the first run's"
    assert processes_in(server_dir) == []


def check_numbers(report: Path) -> None:
    """What a good run has written, which is then taken away."""
    numbers = json.loads(report.read_text())
    report.unlink()
    assert set(numbers) == REPORT_KEYS
    assert numbers["published"] == numbers["committed"] + numbers["duplicates"] + numbers["quarantined"]
    assert numbers["machines"] == 40
    assert numbers["in_flight"] == 0
    assert numbers["alarms_raised"] >= 10
    assert numbers["faults_without_alarm"] == []
    assert numbers["fault_to_alarm_ms"]["p99"] > 0


@pytest.mark.parametrize(
    "until",
    [
        pytest.param("creating the database", id="while the servers start"),
        pytest.param("bringing the database", id="while the database is prepared"),
        pytest.param("starting gateway", id="while the processes start"),
        pytest.param(r" [1-9]\d* rows kept", id="at work"),
    ],
)
def test_ctrl_c_stops_everything_and_leaves_no_process(
    until: str, environment: dict[str, str], server_dir: Path, demo: "list[subprocess.Popen[str]]"
) -> None:
    process = began(environment)
    demo.append(process)
    assert process.stdout is not None
    assert any(re.search(until, line) for line in process.stdout)
    os.killpg(process.pid, signal.SIGINT)
    assert process.stdout.read().splitlines()[-1] == "stopped"
    assert process.wait(30) == 130
    deadline = time.monotonic() + 5
    while processes_in(server_dir) and time.monotonic() < deadline:
        time.sleep(0.1)
    assert processes_in(server_dir) == []


@pytest.mark.parametrize(
    ("arguments", "enough"),
    [(["--duration", "44"], 45), (["--duration", "44", "--report", "x.json"], 45),
     (["--duration", "22", "--speedup", "2"], 23), (["--duration", "45", "--speedup", "0.5"], 90)],
)  # fmt: skip
def test_a_run_too_short_for_its_faults_is_refused(
    arguments: list[str], enough: int, environment: dict[str, str]
) -> None:
    refused = run_ecc(environment, "demo", *arguments)
    assert refused.returncode == 2
    assert f"use --duration {enough} or more." in refused.stderr


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--duration", "0", "--faults", "/dev/null"], "A run lasts a number of seconds above 0"),
        (["--duration", "-5"], "A run lasts a number of seconds above 0"),
        (["--report", "x.json"], "Only a run with an end is reported on; use --report with --duration."),
        (
            ["--duration", "45", "--report", "/no/such/place/x.json"],
            "The report /no/such/place/x.json cannot be written",
        ),
    ],
)
def test_an_order_that_cannot_be_carried_out_is_refused_before_anything_starts(
    arguments: list[str], said: str, environment: dict[str, str]
) -> None:
    refused = run_ecc(environment, "demo", *arguments)
    assert (refused.returncode, refused.stdout) == (2, "")
    assert said in refused.stderr


@pytest.mark.slow
def test_the_page_goes_on_after_the_database_and_the_broker_were_killed(
    environment: dict[str, str], server_dir: Path, demo: "list[subprocess.Popen[str]]"
) -> None:
    process = began(environment)
    demo.append(process)
    assert process.stdout is not None
    at_work = r" [1-9]\d* rows kept"
    assert any(re.search(at_work, line) for line in process.stdout)
    state = json.loads((server_dir / "ecc/demo/servers.json").read_text())
    for name, key in (("database", "postgres_pid"), ("broker", "mqtt_pid")):
        os.kill(state[key], signal.SIGKILL)
        assert any(f"the {name} does not answer; starting it again" in line for line in process.stdout)
        assert any(f"the {name} is back" in line for line in process.stdout)
        assert any(re.search(at_work, line) for line in process.stdout)
    os.killpg(process.pid, signal.SIGINT)
    assert process.stdout.read().splitlines()[-1] == "stopped"
    assert process.wait(30) == 130
    assert processes_in(server_dir) == []


def test_the_servers_of_the_settings_are_named_without_a_login(monkeypatch: pytest.MonkeyPatch) -> None:
    from app.demo.run import servers_step
    from app.settings import Settings

    monkeypatch.setenv("ECC_DATABASE_URL", "postgresql://ecc_owner:geheim@db.example:5433/ecc")
    monkeypatch.setenv("ECC_MQTT_URL", "mqtts://broker.example:8883")
    monkeypatch.setenv("ECC_OWNER_PASSWORD", "strengst")
    said = servers_step(Settings())
    assert said == "using the database at db.example:5433 and the broker at mqtts://broker.example:8883"


def test_a_report_that_does_not_add_up_fails_the_run() -> None:
    from app.demo.report import DemoReport, percentiles

    none = percentiles([])
    good = DemoReport(40, 100, 90, 6, 4, 0, 0, 3, none, none)
    assert good.problems() == []
    lost = DemoReport(40, 100, 89, 6, 4, 0, 0, 3, none, none)
    silent = DemoReport(40, 0, 0, 0, 0, 0, 2, 0, none, none, ["oil_pump_worn on XE215-0003"])
    assert len(lost.problems()) == 1
    assert len(silent.problems()) == 4
