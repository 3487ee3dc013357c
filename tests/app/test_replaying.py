"""Replays that were asked for are done by a process of their own, beside `ecc diagnose`."""

from datetime import UTC, datetime, timedelta

from app.replaying import ReplayStep
from fleet.signals import packaged_catalogue
from storage.pool import connect
from storage.rule_replays import ATTEMPTS, NewReplay, begin_replay, get_replay
from tests.e2e.stack import eventually
from usecases.rules_in_force import enter_packaged_rules

NOW = datetime.now(UTC)


def test_what_waits_is_done_by_one_process_which_ends(database, tmp_path, monkeypatch):
    with connect(database.owner_url, application="test") as conn:
        enter_packaged_rules(conn, packaged_catalogue(), now=NOW)
        conn.execute("INSERT INTO machine (public_id, pin, name) VALUES (gen_random_uuid(), 'X1', 'X1')")
        new = NewReplay(rule_set_id=1, against_id=1, from_at=NOW - timedelta(hours=1), to_at=NOW, by="me")
        dead = begin_replay(conn, new, now=NOW - timedelta(hours=2))  # of a command that was killed
        waiting = begin_replay(conn, new, now=NOW)
        conn.execute("UPDATE rule_replay SET state = 'queued', attempts = 0 WHERE replay_id = %s", [waiting])
    # the process reads the settings of the environment, as the command does
    monkeypatch.setenv("ECC_DATABASE_URL", database.url("ecc_diagnose"))
    monkeypatch.setenv("ECC_MQTT_URL", "mqtt://127.0.0.1:1")
    monkeypatch.setenv("ECC_DATA_DIR", str(tmp_path))
    step = ReplayStep()
    with connect(database.url("ecc_diagnose"), application="test") as conn:
        conn.autocommit = True
        assert not step(conn, NOW)
        begun = step.child
        assert begun is not None
        assert not step(conn, NOW)
        assert step.child is begun
        assert eventually(lambda: get_replay(conn, waiting).state == "done", 60.0)
        assert begun.wait(30.0) == 0
        assert get_replay(conn, dead).state == "failed"
        step(conn, NOW)
        assert step.child is None
    assert ATTEMPTS > 1
