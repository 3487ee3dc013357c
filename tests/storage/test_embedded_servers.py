"""The embedded servers: started, killed, restarted, cleaned up."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import paho.mqtt.client as paho
import psycopg
import pytest
from paho.mqtt.enums import CallbackAPIVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

from app.embedded import DataDirInUseError, EmbeddedError, EmbeddedServers, made, running
from app.embedded.child import processes_in
from app.embedded.roles import ROLES
from tests.conftest import CHECKOUT, Database


@pytest.fixture
def own(server_dir: Path) -> Iterator[EmbeddedServers]:
    with EmbeddedServers(server_dir) as servers:
        yield servers


@contextlib.contextmanager
def started_by_another_process(data_dir: Path) -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-m", "app.embedded", "start", "--data-dir", str(data_dir)]
    with subprocess.Popen(command, cwd=CHECKOUT, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            assert json.loads(process.stdout.readline())["mqtt_url"].startswith("mqtt://127.0.0.1:")
            yield process
        finally:
            process.kill()


def server_processes(data_dir: Path) -> list[int]:
    return processes_in(data_dir / "postgres", "postgres") + processes_in(data_dir / "mosquitto", "mosquitto")


def within(seconds: float, holds: Callable[[], bool]) -> bool:
    deadline = time.monotonic() + seconds
    while not holds():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True


def value(url: str, statement: str) -> object:
    with psycopg.connect(url) as connection:
        row = connection.execute(statement).fetchone()  # type: ignore[call-overload]
        return row[0] if row else None


def test_each_role_logs_in(empty_database: Database) -> None:
    for role in ROLES:
        assert value(empty_database.url(role), "SELECT current_user") == role


def test_a_wrong_password_is_refused(servers: EmbeddedServers) -> None:
    for tcp in (False, True):
        url = servers.database_url("ecc_api", tcp=tcp).replace("ecc_api:", "ecc_api:x")
        with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
            psycopg.connect(url)


def test_the_owner_creates_the_timescale_extension(empty_database: Database) -> None:
    with psycopg.connect(empty_database.owner_url) as connection:
        connection.execute("CREATE EXTENSION timescaledb")


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("fsync", "on"),
        ("synchronous_commit", "on"),
        ("full_page_writes", "on"),
        ("data_checksums", "on"),
        ("jit", "off"),
        ("listen_addresses", "127.0.0.1"),
        ("timescaledb.telemetry_level", "off"),
        ("timezone", "UTC"),
    ],
)
def test_the_database_keeps_what_it_promised(servers: EmbeddedServers, name: str, expected: str) -> None:
    assert value(servers.superuser_url(), f"SHOW {name}") == expected


def test_a_killed_database_comes_back_on_its_port_with_what_was_committed(own: EmbeddedServers) -> None:
    port = own.postgres.port
    with psycopg.connect(own.database_url()) as connection:
        connection.execute("CREATE TABLE kept (x int)")
        connection.execute("INSERT INTO kept VALUES (1)")
    own.postgres.kill()
    with pytest.raises(psycopg.OperationalError):
        psycopg.connect(own.database_url())
    own.postgres.restart()
    assert own.postgres.port == port
    assert value(own.database_url(), "SELECT count(*) FROM kept") == 1


def kept_running(servers: EmbeddedServers, until: str) -> list[str]:
    """What is said until that sentence, looking as a supervisor does."""
    said: list[str] = []
    deadline = time.monotonic() + 20
    while until not in said and time.monotonic() < deadline:
        said += servers.keep_running()
        time.sleep(0.02)
    return said


def test_servers_somebody_killed_are_started_again_with_what_they_kept(own: EmbeddedServers) -> None:
    ports = (own.postgres.port, own.mosquitto.port)
    with psycopg.connect(own.database_url()) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 1 AS x")
    assert own.keep_running() == []
    for name, pid in (("database", own.postgres.pid), ("broker", own.mosquitto.pid)):
        assert pid is not None
        os.kill(pid, signal.SIGKILL)
        said = kept_running(own, f"the {name} is back")
        assert said == [f"the {name} does not answer; starting it again", f"the {name} is back"]
        assert running(own.data_dir) is not None, "others find the new processes"
    assert (own.postgres.port, own.mosquitto.port) == ports
    assert value(own.database_url(), "SELECT count(*) FROM kept") == 1
    session(own, "any").disconnect()


def test_stopping_while_a_killed_database_is_started_leaves_nothing(own: EmbeddedServers) -> None:
    own.postgres.kill()
    assert within(5, lambda: not own.keep_running() and any(kept.is_starting for kept in own._kept))
    database = own._kept[0]
    own.stop()
    assert not database.is_starting
    assert own.keep_running() == []
    assert server_processes(own.data_dir) == []


def session(servers: EmbeddedServers, client_id: str) -> paho.Client:
    client = paho.Client(CallbackAPIVersion.VERSION2, client_id, protocol=paho.MQTTv5)
    keep = Properties(PacketTypes.CONNECT)
    keep.SessionExpiryInterval = 3600
    client.connect(servers.mosquitto.host, servers.mosquitto.port or 0, clean_start=False, properties=keep)
    client.loop_start()
    assert within(5, client.is_connected)
    return client


def test_a_terminated_broker_keeps_the_queue_of_an_absent_session(own: EmbeddedServers) -> None:
    absent = session(own, "absent")
    subscribed = []
    absent.on_subscribe = lambda *_: subscribed.append(True)
    absent.subscribe("kept/#", qos=1)
    assert within(5, lambda: bool(subscribed))
    absent.disconnect()
    absent.loop_stop()
    sender = session(own, "sender")
    for number in range(1500):  # Mosquitto's own default drops above 1000
        sender.publish(f"kept/{number}", b"x", qos=1)
    assert within(10, lambda: not sender._out_messages)
    sender.disconnect()
    sender.loop_stop()

    own.mosquitto.terminate()
    own.mosquitto.restart()

    got = set()
    back = paho.Client(CallbackAPIVersion.VERSION2, "absent", protocol=paho.MQTTv5)
    back.on_message = lambda _client, _data, message: got.add(message.topic)
    back.connect(own.mosquitto.host, own.mosquitto.port or 0, clean_start=False)
    back.loop_start()
    assert within(10, lambda: len(got) == 1500)
    back.disconnect()
    back.loop_stop()


def test_a_strict_umask_does_not_lock_the_servers_out(server_dir: Path) -> None:
    before = os.umask(0o077)
    try:
        with EmbeddedServers(server_dir / "new") as servers:
            assert value(servers.database_url(), "SELECT 1") == 1
    finally:
        os.umask(before)


def test_a_second_start_is_quick_and_keeps_ports_and_passwords(server_dir: Path) -> None:
    with EmbeddedServers(server_dir) as first:
        before = (first.database_url("ecc_api"), first.mqtt_url)
    started = time.monotonic()
    with EmbeddedServers(server_dir) as second:
        assert time.monotonic() - started < 3
        assert (second.database_url("ecc_api"), second.mqtt_url) == before
    assert server_processes(server_dir) == []


def test_new_passwords_reach_the_database(server_dir: Path) -> None:
    with EmbeddedServers(server_dir) as servers:
        before = servers.database_url("ecc_api")
    (server_dir / "secrets.json").unlink()
    with EmbeddedServers(server_dir) as servers:
        assert servers.database_url("ecc_api") != before
        assert value(servers.database_url("ecc_api"), "SELECT current_user") == "ecc_api"


def test_a_data_directory_has_one_ecc_at_a_time(own: EmbeddedServers) -> None:
    with pytest.raises(DataDirInUseError, match=f"process {os.getpid()}"):
        EmbeddedServers(own.data_dir).start()
    assert value(own.database_url(), "SELECT 1") == 1


def test_other_processes_find_running_servers(own: EmbeddedServers) -> None:
    found = running(own.data_dir)
    assert found is not None
    assert (found.mqtt_url, found.database_url("ecc_api")) == (own.mqtt_url, own.database_url("ecc_api"))
    own.stop()
    assert running(own.data_dir) is None


def test_ctrl_c_in_the_terminal_stops_both(server_dir: Path) -> None:
    with started_by_another_process(server_dir) as process:
        process.send_signal(signal.SIGINT)
        assert process.wait(30) == 0
    assert server_processes(server_dir) == []
    assert not (server_dir / "postgres/postmaster.pid").exists()


def test_servers_do_not_outlive_a_killed_parent(server_dir: Path) -> None:
    with started_by_another_process(server_dir) as process:
        process.kill()
        process.wait()
        assert within(10, lambda: not server_processes(server_dir))


def test_a_start_ends_what_was_left_running_and_cleans_up(server_dir: Path) -> None:
    with started_by_another_process(server_dir) as process:
        # stopped servers cannot obey the signal of their parent's death: the worst leftovers there are
        left = server_processes(server_dir)
        for pid in left:
            os.kill(pid, signal.SIGSTOP)
        process.kill()
        process.wait()
        with EmbeddedServers(server_dir) as servers:
            assert not set(left) & set(server_processes(server_dir))
            assert value(servers.database_url(), "SELECT 1") == 1


def test_a_stale_pid_file_of_another_process_is_no_obstacle(server_dir: Path) -> None:
    with EmbeddedServers(server_dir) as servers:
        servers.postgres.kill()
    pid_file = server_dir / "postgres/postmaster.pid"
    lines = pid_file.read_text().splitlines()
    pid_file.write_text("\n".join([str(os.getpid()), *lines[1:]]) + "\n")
    with EmbeddedServers(server_dir) as servers:
        assert value(servers.database_url(), "SELECT 1") == 1


def test_a_server_that_cannot_start_says_why(server_dir: Path) -> None:
    with pytest.raises(EmbeddedError, match=r"(?s)postgres stopped while starting.*no_such_setting"):
        EmbeddedServers(server_dir, postgres_config={"no_such_setting": "1"}).start()
    assert server_processes(server_dir) == []


def test_a_directory_made_by_another_postgres_is_left_alone(server_dir: Path) -> None:
    (server_dir / "postgres").mkdir()
    (server_dir / "postgres/PG_VERSION").write_text("12\n")
    with pytest.raises(EmbeddedError, match="was made by PostgreSQL 12"):
        EmbeddedServers(server_dir).start()


def test_clean_takes_the_demos_directory_and_none_that_was_named(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, server_dir: Path
) -> None:
    monkeypatch.setattr(made, "LEDGER", tmp_path / ".stamps/made")
    monkeypatch.setenv("XDG_DATA_HOME", str(server_dir))
    demo, named = server_dir / "ecc/demo", server_dir / "ecc/named"
    for directory in (demo, named):
        with EmbeddedServers(directory):
            pass
    assert made.forget_all() == [demo]
    assert named.exists()
