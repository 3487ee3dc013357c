"""`ecc alarms` from the command line."""

import json

import psycopg
import pytest

from storage.users import ensure_organisation
from tests.e2e.stack import run_ecc

RAISED = """
WITH found AS (
    INSERT INTO finding (finding_id, machine_id, source_kind, source_key, version, severity, from_at, held_at)
    SELECT gen_random_uuid(), 1, 'rule', 'low_oil_pressure', 'v1', 'critical', at, at
    FROM (SELECT now() - interval '30 minutes' AS at) x RETURNING *
), made AS (
    INSERT INTO alarm (alarm_id, machine_id, source_kind, source_key, severity, finding_id, state, raised_at,
                       committed_at, announced_at, acknowledged_at, lifecycle)
    SELECT finding_id, machine_id, source_kind, source_key, severity, finding_id, 'active', held_at, held_at, held_at,
        held_at + interval '42 s', 'active_acknowledged'
    FROM found RETURNING alarm_id, raised_at
)
INSERT INTO alarm_transition (alarm_id, at, kind, version, actor, detail)
SELECT alarm_id, raised_at, kind, 'v1', 'expert', detail::jsonb FROM made,
    (VALUES ('raised', '{}'), ('commented', '{"text": "The driver calls back."}')) AS t (kind, detail)
"""


@pytest.fixture
def ecc(database, tmp_path):
    environment = {
        "ECC_DATABASE_URL": database.owner_url,
        "ECC_MQTT_URL": "mqtt://127.0.0.1:1",
        "ECC_DATA_DIR": str(tmp_path),
    }

    def run(*arguments: str, code: int = 0):
        done = run_ecc(environment, *arguments)
        assert done.returncode == code, done
        return done

    return run


def test_the_load_and_what_a_shift_leaves_are_shown(ecc, database):
    with psycopg.connect(database.owner_url) as conn:
        ensure_organisation(conn, kind="ecc", name="ECC")
        conn.execute("INSERT INTO machine (public_id, pin, name) VALUES (gen_random_uuid(), 'X1', 'X1')")
        conn.execute(RAISED)
    shown = ecc("alarms", "kpi").stdout
    assert "1 alarms called 1 seats" in shown
    assert "critical: 1 of 1 acknowledged, half of them within 42 s" in shown
    load = json.loads(ecc("alarms", "kpi", "--json").stdout)
    assert [(one["source_key"], one["alarms"]) for one in load["top"]] == [("low_oil_pressure", 1)]
    handed = ecc("alarms", "hand-over").stdout
    assert "expert The driver calls back." in handed
    assert "active_acknowledged" in handed
