"""What dies is started again, said once, and soon again when it had been well for a while."""

import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from app.api import session_secret
from app.back_off import STEADY_AFTER_S
from app.embedded import EmbeddedServers
from app.settings import load_settings
from app.supervisor import Supervisor
from tests.conftest import Database


@pytest.fixture
def supervisor(tmp_path: Path) -> Iterator[Supervisor]:
    made = Supervisor(tmp_path)
    yield made
    made.stop()


def watched(supervisor: Supervisor, seconds: float) -> list[str]:
    """What is said in this time, looking as often as one can."""
    said, until_s = [], time.monotonic() + seconds
    while time.monotonic() < until_s:
        said += supervisor.keep_running()
        time.sleep(0.01)
    return said


def ended(supervisor: Supervisor, name: str) -> None:
    popen = supervisor.children[name].popen
    assert popen is not None
    popen.wait(60)


def test_a_death_is_said_once_while_its_restart_is_waited_for(supervisor: Supervisor) -> None:
    child = supervisor.add("doomed", ["no-such-command"])
    ended(supervisor, "doomed")
    child.back_off.restarts = 2  # the next start is 2 s away
    assert watched(supervisor, 1.0) == ["doomed is not running; starting it again"]
    assert not child.running


def test_a_crash_loop_is_slowed_down_and_forgotten_after_a_healthy_minute(supervisor: Supervisor) -> None:
    child = supervisor.add("doomed", ["no-such-command"])
    ended(supervisor, "doomed")
    child.back_off.restarts = 2000  # a night of it
    supervisor.keep_running()
    assert child.back_off.start_again_at - time.monotonic() > 25
    child.back_off.start_again_at = 0.0
    child.back_off.started_s -= STEADY_AFTER_S
    supervisor.keep_running()
    assert child.back_off.start_again_at - time.monotonic() < 1


def test_why_an_api_could_not_start_is_said(
    supervisor: Supervisor, servers: EmbeddedServers, database: Database, tmp_path: Path
) -> None:
    with psycopg.connect(database.owner_url, autocommit=True) as conn:
        conn.execute("INSERT INTO schema_migrations (version) VALUES ('9999')")
    addresses = {
        "ECC_DATABASE_URL": database.url("ecc_api"),
        "ECC_MQTT_URL": servers.mqtt_url,
        "ECC_HTTP_PORT": "0",
        "ECC_DATA_DIR": str(tmp_path / "made" / "when missing"),
    }
    supervisor.add("api", ["api"], addresses)
    ended(supervisor, "api")
    (said,) = watched(supervisor, 0.1)
    why = "The database is newer than this program (it has 9999)"
    assert said == f"api could not start: {why}. Trying it again"


def test_an_api_without_a_place_for_its_secret_says_what_to_set(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    taken = tmp_path / "a file"
    taken.touch()
    settings = load_settings(data_dir=taken, database_url="postgresql:///x", mqtt_url="mqtt://127.0.0.1")
    with pytest.raises(SystemExit, match="2"):
        session_secret(settings)
    assert f"{taken} (File exists). Set ECC_SESSION_SECRET, or ECC_DATA_DIR" in capsys.readouterr().err
