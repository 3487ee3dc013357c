"""`ecc train` and `ecc detectors` from the command line."""

import json

import psycopg
import pytest

from fleet.signals import packaged_catalogue
from tests.e2e.stack import run_ecc


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


def test_a_model_is_trained_promoted_and_rolled_back(ecc, database):
    with psycopg.connect(database.owner_url) as conn:
        conn.execute("INSERT INTO machine (public_id, pin, name) VALUES (gen_random_uuid(), 'X1', 'X1')")
        conn.execute(
            "INSERT INTO rollup_1m (machine_id, bucket_at, signal_id, n, min, max, sum, first, last) "
            "SELECT 1, '2026-10-01Z'::timestamptz + m * interval '1 minute', s.id, 1, v, v, v, v, v "
            "FROM generate_series(0, 599) m, (VALUES (%s, 1500), (%s, 300)) s (id, mean), "
            "LATERAL (SELECT (s.mean + (m * 7) %% 11)::float8 AS v) x",
            [packaged_catalogue().index[key] for key in ("engine_speed_rpm", "engine_oil_pressure_kpa")],
        )
    span = ("--from", "2026-10-01T00:00:00Z", "--to", "2026-10-02T00:00:00Z")
    assert "no detector 'oracle'" in ecc("train", "oracle", *span, code=2).stderr
    assert "Next: ecc detectors promote 1" in ecc("train", "default", *span).stdout
    assert ecc("detectors", "list").stdout.splitlines()[1:] == ["1 version not in force: --all"]
    assert "default 1 is in force for X1." in ecc("detectors", "promote", "1").stdout
    (trained,) = json.loads(ecc("train", "default", *span, "--machines", "X1", "--promote", "--json").stdout)
    assert (trained["version"], trained["rows"]) == (2, 580)
    assert [row["version"] for row in json.loads(ecc("detectors", "list", "--json").stdout)] == [2]
    assert json.loads(ecc("detectors", "show", "2").stdout)["card"]["rows"] == 580
    assert "default 1 is in force again." in ecc("detectors", "rollback", "2").stdout
    assert "in force already" in ecc("detectors", "promote", "1", code=2).stderr
