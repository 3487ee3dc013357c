"""A diagnosis knows the clock, the calendar and the geofences of the machine's site, and where the machine was."""

import json
from collections.abc import Iterator

import pytest

from app.evidence_step import EvidenceStep
from storage.ids import uuid7
from storage.pool import Connection, connect
from tests.app.gate import Gate, at, sample
from tests.conftest import Database

RUNNING = {"engine_speed_rpm": 1500.0, "latitude_deg": 31.2, "longitude_deg": 121.5}
SITE = (
    "WITH made AS (INSERT INTO site (name, time_zone, organisation_id, working_calendar) SELECT 's', 'UTC', "
    "organisation_id, %s FROM organisation LIMIT 1 RETURNING site_id), "
    "put AS (UPDATE machine SET site_id = made.site_id FROM made) "
    "INSERT INTO geofence (public_id, organisation_id, site_id, name, purpose, geometry, radius_m, valid_from, "
    "valid_to) "
    "SELECT %s, (SELECT organisation_id FROM organisation LIMIT 1), site_id, 'site', 'other', %s, %s, '-infinity', "
    "'infinity' FROM made"
)


@pytest.fixture
def owner(database: Database) -> Iterator[Connection]:
    with connect(database.owner_url, application="test") as conn:
        conn.autocommit = True
        yield conn


def put_on_site(owner: Connection, *, radius_m: float) -> None:
    """It is 18:40 UTC on a Friday; the site works until six."""
    calendar = {"weekdays": {"friday": [{"from": "08:00", "to": "18:00"}]}, "exceptions": []}
    geometry = {"type": "Point", "coordinates": [121.5, 31.2]}
    owner.execute(SITE, [json.dumps(calendar), uuid7(), json.dumps(geometry), radius_m])
    owner.execute("UPDATE config_epoch SET epoch = epoch + 1")


def test_the_site_of_a_machine_speaks_in_its_diagnosis(gate: Gate, owner: Connection, database: Database) -> None:
    gate.deliver([sample("M-1", 0, 0, **RUNNING)])
    put_on_site(owner, radius_m=500.0)
    gate.deliver([sample("M-1", 1 + t, 10 * t, **RUNNING) for t in range(1, 64)], received_s=640)
    with connect(database.url("ecc_diagnose"), application="test") as judge:
        judge.autocommit = True
        assert EvidenceStep()(judge, at(641))
    ((pack,),) = owner.execute(
        "SELECT pack FROM finding_evidence WHERE source_key = 'used_outside_working_hours'"
    ).fetchall()
    causes = {cause["key"]: cause for cause in pack["diagnosis"]["causes"]}
    at_home = {seen["when"] for seen in causes["record_out_of_date"]["speaks_for"]}
    assert "inside('site')" in at_home  # the rule itself asks for no place
    assert [seen["when"] for seen in causes["unauthorised_use"]["speaks_against"]] == ["clock(22:00, 05:00)"]
    assert "latitude_deg" not in [signal["key"] for signal in pack["signals"]]
