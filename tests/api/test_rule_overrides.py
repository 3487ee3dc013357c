"""Overrides of rules for single machines: who may, what is kept of them, and that the gateway is told."""

from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest
import pytest_asyncio

from app.cli.master_data import Operator
from diagnosis.engine import Engine
from diagnosis.errors import RuleError
from diagnosis.rule_file import parse_rules
from diagnosis.ruleset import RuleSet, packaged_ruleset
from fleet.errors import Forbidden, InvalidInput, NotFound
from storage.audit import Actor
from storage.machine_facts import FactRows, OverrideFacts
from storage.organisations import enter_organisation, enter_platform
from storage.pool import connect, connect_async
from storage.registry import load_registry
from tests.api.world import CATALOGUE, NOW
from usecases.edit_geofences import create_geofence, delete_geofence
from usecases.edit_machines import enter_software
from usecases.edit_overrides import list_overrides, put_override, remove_override, why_unused
from usecases.rule_facts import RuleFacts

pytestmark = pytest.mark.asyncio(loop_scope="module")
RULESET = RuleSet(
    parse_rules(
        """
[oil]
when = "engine_oil_pressure_kpa < low"
limits = { low = "1 bar" }
severity = "low"
title = { zh = "题", en = "t" }
owner = { zh = "题", en = "t" }
expert = { zh = "题", en = "t" }
""",
        CATALOGUE,
    )
)
SHIPPED = packaged_ruleset(CATALOGUE)
GOOD = {"rule": "oil", "limits": {"low": "80 kPa"}, "reason": "an old pump", "until": NOW + timedelta(days=9)}


@pytest_asyncio.fixture(loop_scope="module")
async def platform(world, api_database):
    async with await connect_async(api_database.owner_url, application="test") as conn:
        scope = await enter_platform(conn)
        yield conn, Operator(Actor(kind="system", id=None, name="me", organisation_id=scope.organisation_id), scope)


async def epoch(conn) -> int:
    return (await (await conn.execute("SELECT epoch FROM config_epoch")).fetchone())[0]


async def test_an_override_is_kept_replaced_and_taken_back_and_each_is_in_the_machines_history(platform, world):
    conn, by = platform
    before = await epoch(conn)
    await put_override(conn, by, "pin:PIN-digger", GOOD, ruleset=RULESET, now=NOW)
    off = {"rule": "oil", "is_off": True, "reason": "no sender", "until": NOW + timedelta(days=1)}
    await put_override(conn, by, "pin:PIN-digger", off, ruleset=RULESET, now=NOW)
    (row,) = await list_overrides(conn, by.scope, "pin:PIN-digger", now=NOW)
    assert (row.rule, row.is_off, row.limits, row.entered_by) == ("oil", True, {}, "me")
    await remove_override(conn, by, "pin:PIN-digger", "oil", now=NOW)
    assert await list_overrides(conn, by.scope, now=NOW) == []
    assert await epoch(conn) == before + 3
    rows = await (
        await conn.execute(
            "SELECT action, machine_id, before ->> 'reason', after ->> 'reason' FROM audit WHERE entity = 'machine' "
            "AND entity_id = %s ORDER BY audit_id",
            [world.public["digger"]],
        )
    ).fetchall()
    assert [(action, old, new) for action, _, old, new in rows] == [
        ("override_rule", None, "an old pump"),
        ("override_rule", "an old pump", "no sender"),
        ("remove_override", "no sender", None),
    ]
    assert {number for _, number, _, _ in rows} == {world.machines["digger"]}


@pytest.mark.parametrize(
    ("changes", "error", "words"),
    [
        ({"rule": "coolant"}, RuleError, "no rule 'coolant'"),
        ({"limits": {"high": 3}}, RuleError, "it has low"),
        ({"limits": {"low": "80 degC"}}, RuleError, "degC is no unit"),
        ({"limits": {}}, InvalidInput, "one of them"),
        ({"is_off": True}, InvalidInput, "one of them"),
        ({"reason": " "}, InvalidInput, "reason is empty"),
        ({"until": NOW}, InvalidInput, "in the past"),
        ({"until": NOW.replace(tzinfo=None)}, InvalidInput, "until is no time with a zone"),
    ],
)
async def test_what_is_wrong_with_an_override_is_said(platform, changes, error, words):
    conn, by = platform
    with pytest.raises(error, match=words):
        await put_override(conn, by, "pin:PIN-digger", GOOD | changes, ruleset=RULESET, now=NOW)


async def test_one_that_the_set_has_no_place_for_says_why(platform, api_database):
    conn, by = platform
    row = await put_override(conn, by, "pin:PIN-digger", GOOD, ruleset=RULESET, now=NOW)
    assert why_unused(row, RULESET) == ""
    other = replace(row, rule="low_oil_pressure")
    assert "no limit 'low'; it has lowest; did you mean lowest?" in why_unused(other, SHIPPED)
    assert "no rule 'oil'" in why_unused(row, SHIPPED)
    facts = FactRows(places={}, software={}, geofences=[], sites={}, overrides=[
        OverrideFacts(machine_id=row.machine_id, rule="oil", limits=row.limits, is_off=False, until_us=2**60)
    ])  # fmt: skip
    said: list[str] = []
    with connect(api_database.owner_url, application="test") as owner:
        RuleFacts(load_registry(owner), facts, said.append).for_rules(Engine(CATALOGUE, SHIPPED), None, now_us=0)
    assert said == ["the override of PIN-digger is not used: override.rule: there is no rule 'oil' with a condition"]


async def test_only_the_machines_owner_overrides(platform, world):
    conn, by = platform
    south = Operator(by.actor, await enter_organisation(conn, world.organisations["south"]))
    with pytest.raises(NotFound):
        await put_override(conn, south, "pin:PIN-digger", GOOD, ruleset=RULESET, now=NOW)
    world.share("digger", "south")
    with pytest.raises(Forbidden):
        await put_override(conn, south, "pin:PIN-digger", GOOD, ruleset=RULESET, now=NOW)
    await put_override(conn, by, "pin:PIN-digger", GOOD, ruleset=RULESET, now=NOW)
    assert await list_overrides(conn, south.scope, now=NOW) == []
    with pytest.raises(NotFound, match="no override of 'fuel'"):
        await remove_override(conn, by, "pin:PIN-digger", "fuel", now=NOW)


async def test_a_geofence_or_a_release_that_is_entered_reaches_the_gateway(platform):
    conn, by = platform
    before = await epoch(conn)
    values = {"name": "yard", "geometry": {"type": "Point", "coordinates": [121.5, 31.2]}, "radius_m": 50}
    made = await create_geofence(conn, by, values, now=NOW)
    assert await epoch(conn) == before + 1
    await delete_geofence(conn, by, UUID(made.id), version=None, now=NOW)
    assert await epoch(conn) == before + 2
    release = {"controller": "engine", "release": "2.1"}
    await enter_software(conn, by, "pin:PIN-digger", release, now=NOW)
    assert await epoch(conn) == before + 3
