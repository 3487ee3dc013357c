"""Which sensors of a machine are not trusted, as those see it who see its readings."""

from datetime import timedelta

import pytest

from fleet.signals import packaged_catalogue
from tests.api.world import NOW

pytestmark = pytest.mark.asyncio(loop_scope="module")
PUT = "INSERT INTO signal_trust VALUES (%s, %s, %s, %s, %s, %s)"
INDEX = packaged_catalogue().index


async def test_what_is_not_trusted_is_told_with_its_reasons_and_the_rules_that_are_silent(clients, world):
    digger, oil, fuel = world.machines["digger"], "engine_oil_pressure_kpa", "fuel_level_pct"
    began, ended = NOW - timedelta(hours=5), NOW - timedelta(hours=2)
    world.conn.execute(PUT, [digger, INDEX[oil], began, None, 0.01, ["oil_pressure_stuck", f"{oil}:dropout"]])
    world.conn.execute(PUT, [digger, INDEX[fuel], began, ended, 0.1, ["fuel_level_stuck"]])
    path = f"/api/v1/machines/{world.public['digger']}/trust"
    async with clients.of("owner") as http:
        told = (await http.get(path)).raise_for_status().json()
    assert told["machine_id"] == str(world.public["digger"])
    first, second = told["items"]
    assert (first["signal"], first["reasons"], first["to_at"]) == (oil, ["dropout", "stuck"], None)
    assert first["text"]["en"] == "Engine oil pressure"
    assert "low_oil_pressure" in first["silent_rules"]
    assert (second["signal"], second["reasons"], second["silent_rules"]) == (fuel, ["stuck"], [])
    async with clients.of("stranger") as http:
        assert (await http.get(path)).status_code == 404


async def test_a_sensors_alarm_says_what_it_is_about(clients, world):
    alarm_id = world.alarm("digger", kind="sensor", key="engine_coolant_temp_degc", severity="medium", evidence={})
    async with clients.of("owner") as http:
        alarm = (await http.get(f"/api/v1/alarms/{alarm_id}")).raise_for_status().json()
    assert alarm["text"]["en"] == "Engine coolant temperature: sensor not trusted"
    assert "rules that need it are silent" in alarm["advice"]["en"]
