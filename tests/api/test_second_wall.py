"""What a tenant may write when only the database stands against it: statements that no use case would send."""

from contextlib import contextmanager
from datetime import timedelta

import psycopg
import pytest

from storage.ids import uuid7
from tests.api.tables import TABLES
from tests.api.world import NOW

HOUR = timedelta(hours=1)


@pytest.fixture(scope="module")
def as_api(world, api_database):
    """Statements of ecc_api in a tenant's scope, undone at the end."""
    with psycopg.connect(api_database.url("ecc_api"), autocommit=True) as conn:

        @contextmanager
        def enter(organisation):
            number = "" if organisation is None else str(world.organisations[organisation])
            with conn.transaction(force_rollback=True):
                conn.execute("SELECT set_config('ecc.organisation_id', %s, true)", [number])
                yield conn

        yield enter


@pytest.fixture(scope="module")
def alarms(world):
    return {name: world.alarm(name) for name in ("digger", "crane")}


def tries(as_api, organisation, statement, given):
    """How many rows a statement of the tenant writes; None when it is refused."""
    with as_api(organisation) as conn:
        try:
            return conn.execute(statement, given).rowcount
        except psycopg.errors.InsufficientPrivilege:
            return None


@pytest.mark.parametrize(
    ("tenant", "asked", "digger", "crane"),
    [
        ("north", ["north"], True, False),
        ("north", ["south"], False, False),
        ("north", ["north", "south"], True, False),
        ("dealer", ["north", "dealer"], True, False),
        ("dealer", ["dealer"], False, False),  # what the API asks for holds as well
        (None, ["north"], False, False),
    ],
)
def test_a_page_of_few_machines_holds_no_others(world, as_api, tenant, asked, digger, crane):
    organisations = [world.organisations[name] for name in asked]
    with as_api(tenant) as conn:
        found = conn.execute(
            "SELECT machine_id FROM tenant_few_machines(%s, now(), 1000, 'name')", [organisations]
        ).fetchall()
    assert [(world.machines[name],) in found for name in ("digger", "crane")] == [digger, crane]


def test_many_machines_are_said_to_be_many(world, as_api):
    with as_api("north") as conn:
        few = conn.execute(
            "SELECT machine_id FROM tenant_few_machines(%s, now(), 0, 'name')", [[world.organisations["north"]]]
        )
        assert few.fetchall() == [(None,)]


LOG = "INSERT INTO event_log (at, organisation_id, machine_id, kind, payload) VALUES (now(), %s, %s, %s, %s)"


@pytest.mark.parametrize(
    ("tenant", "organisation", "machine", "written"),
    [
        ("north", "north", "digger", 1),
        ("dealer", "north", "digger", 1),
        ("platform", "south", "crane", 1),
        ("north", "north", None, 1),
        ("north", None, "crane", None),
        ("north", "north", "crane", None),
        ("north", "south", "digger", None),
        ("north", "south", None, None),
        ("north", None, None, None),
        (None, None, "digger", None),
    ],
)
def test_the_event_log_takes_only_what_is_the_tenants(world, as_api, tenant, organisation, machine, written):
    given = [world.organisations.get(organisation), world.machines.get(machine), "test.note", "{}"]
    assert tries(as_api, tenant, LOG, given) == written


@pytest.mark.parametrize(("machine", "written"), [("digger", 1), ("crane", None)])
def test_an_alarms_changes_are_added_by_who_sees_it(world, as_api, alarms, machine, written):
    insert = "INSERT INTO alarm_transition (alarm_id, at, kind, version, actor) VALUES (%s, now(), 'raised', 'v', 'x')"
    assert tries(as_api, "north", insert, [alarms[machine]]) == written


def test_a_former_owner_may_still_log_about_an_alarm_of_its_time(world, as_api):
    world.machine("sold on", owner=None)
    world.own("sold on", "north", to_at=NOW - HOUR)
    world.own("sold on", "south", from_at=NOW - HOUR)
    alarm = world.alarm("sold on", raised_at=NOW - 2 * HOUR)
    machine, north = world.machines["sold on"], world.organisations["north"]
    words = f'{{"alarm_id": "{alarm}"}}'
    assert tries(as_api, "north", LOG, [north, machine, "alarm.acknowledged", words]) == 1
    assert tries(as_api, "north", LOG, [north, machine, "alarm.acknowledged", "{}"]) is None
    assert tries(as_api, "south", LOG, [None, machine, "alarm.acknowledged", words]) == 1, "it owns the machine now"


@pytest.mark.parametrize(
    ("keeper", "tenant", "new", "written"),
    [
        ("north", "north", "north", 1),
        ("north", "dealer", "dealer", 1),
        ("dealer", "north", "dealer", 1),  # the owner of the machine changes it, its keeper stays
        (None, "north", None, 1),
        (None, "north", "north", 1),
        ("north", "north", "south", None),
        ("north", "north", None, None),
        ("dealer", "north", "south", None),
        ("north", "platform", "south", 1),
    ],
)
def test_a_terminal_goes_to_no_foreign_keeper(world, as_api, keeper, tenant, new, written):
    name = f"T-wall-{uuid7()}"
    world.conn.execute(
        "WITH t AS (INSERT INTO terminal (name, organisation_id) VALUES (%s, %s) RETURNING terminal_id) "
        "INSERT INTO installation (terminal_id, machine_id) SELECT terminal_id, %s FROM t",
        [name, world.organisations.get(keeper), world.machines["digger"]],
    )
    update = "UPDATE terminal SET firmware = 'f', organisation_id = %s WHERE name = %s"
    assert tries(as_api, tenant, update, [world.organisations.get(new), name]) == written


@pytest.fixture(scope="module")
def branch(world):
    row = world.conn.execute(
        "INSERT INTO organisation (public_id, kind, name, parent_id) VALUES (%s, 'dealer', 'Branch', %s) "
        "RETURNING organisation_id",
        [uuid7(), world.organisations["dealer"]],
    ).fetchone()
    world.organisations["branch"] = row[0]


@pytest.mark.parametrize(
    ("tenant", "moved", "parent", "written"),
    [
        ("dealer", "north", "branch", 1),
        ("north", "north", "dealer", 1),  # where it stands already
        ("south", "south", None, 1),
        ("dealer", "north", "south", None),
        ("dealer", "north", None, None),
        ("dealer", "north", "platform", None),
        ("dealer", "dealer", "branch", None),
        ("south", "south", "dealer", None),
        ("platform", "north", None, 1),
    ],
)
def test_an_organisation_leaves_the_tenants_tree_by_the_platform_only(
    world, branch, as_api, tenant, moved, parent, written
):
    update = "UPDATE organisation SET name = 'moved', parent_id = %s WHERE organisation_id = %s"
    given = [world.organisations.get(parent), world.organisations[moved]]
    assert tries(as_api, tenant, update, given) == written


@pytest.mark.parametrize(
    ("tenant", "actor", "written"),
    [("north", "north", 1), ("north", None, None), ("north", "south", None), (None, None, 1), ("platform", None, 1)],
)
def test_only_before_signing_in_the_audit_names_nobody(world, as_api, tenant, actor, written):
    insert = (
        "INSERT INTO audit (at, actor_kind, actor_name, actor_organisation_id, action, entity) "
        "VALUES (now(), 'person', 'x', %s, 'update', 'site')"
    )
    assert tries(as_api, tenant, insert, [world.organisations.get(actor)]) == written


TOLD = (
    "INSERT INTO audit (at, organisation_id, machine_id, actor_kind, actor_name, actor_organisation_id, action, "
    "entity, entity_id) VALUES (now(), %s, %s, 'person', 'x', %s, %s, %s, %s)"
)


@pytest.mark.parametrize(
    ("tenant", "told", "entity", "action", "machine", "written"),
    [
        ("north", "north", "site", "update", None, 1),
        ("north", None, "machine_kind", "create", None, 1),
        ("dealer", "north", "site", "update", None, 1),
        ("platform", "south", "site", "update", None, 1),
        ("north", "south", "site", "update", None, None),
        ("north", "dealer", "person", "update", None, None),
        ("north", "south", "share", "create", "digger", 1),
        ("north", "south", "share", "create", "crane", None),
        ("north", "south", "share", "create", None, None),
        ("north", "south", "machine", "update", "digger", None),
        ("north", "south", "machine", "transfer", "digger", None),  # which has never been sold
        ("north", "south", "machine", "transfer", "sold to South", 1),
        ("south", "north", "machine", "correct_transfer", "sold to South", 1),
        ("north", "dealer", "machine", "transfer", "sold to South", None),
        ("north", "south", "terminal", "update", "T-told", None),
        ("dealer", "south", "terminal", "update", "T-told", 1),
    ],
)
def test_the_audit_tells_others_only_of_what_they_are_a_side_of(
    world, as_api, tenant, told, entity, action, machine, written
):
    organisations, thing = world.organisations, uuid7()
    if machine == "sold to South" and machine not in world.machines:
        number = world.machine(machine, owner="south")
        world.conn.execute(FORGE, [uuid7(), number, organisations["north"], organisations["south"], NOW])
    if entity == "terminal":
        (thing,) = world.conn.execute(
            "INSERT INTO terminal (name, organisation_id) VALUES (%s, %s) ON CONFLICT (name) DO UPDATE SET "
            "organisation_id = excluded.organisation_id RETURNING public_id",
            [machine, organisations["dealer"]],
        ).fetchone()
    given = [organisations.get(told), world.machines.get(machine), organisations[tenant], action, entity, thing]
    assert tries(as_api, tenant, TOLD, given) == written


@pytest.mark.parametrize("table", sorted(name for name in TABLES if name.startswith("procrastinate_")))
@pytest.mark.parametrize("privilege", ["SELECT", "INSERT", "UPDATE", "DELETE"])
def test_the_api_writes_no_jobs(world, table, privilege):
    asked = world.conn.execute("SELECT has_table_privilege('ecc_api', %s, %s)", [table, privilege])
    assert asked.fetchone() == (False,)


FORGE = (
    "INSERT INTO machine_transfer (public_id, machine_id, from_organisation_id, to_organisation_id, at, recorded_at, "
    "recorded_by) VALUES (%s, %s, %s, %s, %s, now(), 'x')"
)
RECORD = "SELECT record_transfer(%s, %s, %s, %s, NULL, %s, now(), 'x')"


def test_no_transfer_is_forged(world, as_api):
    crane, north, south = world.machines["crane"], world.organisations["north"], world.organisations["south"]
    for tenant in ("north", "platform"):
        assert tries(as_api, tenant, FORGE, [uuid7(), crane, north, south, NOW]) is None
    assert tries(as_api, "north", RECORD, [uuid7(), crane, north, NOW, None]) is None
    assert tries(as_api, "north", "SELECT transfer_ownership(%s, %s, now())", [crane, north]) is None
    assert tries(as_api, "south", RECORD, [uuid7(), crane, north, NOW, None]) == 1


@pytest.mark.parametrize(
    ("at", "tenant", "may"),
    [
        (NOW - HOUR, "north", None),
        (NOW - HOUR, "dealer", None),
        (NOW - HOUR, "south", 1),
        (NOW - HOUR, "platform", 1),
        (NOW + HOUR, "north", 1),
        (NOW + HOUR, "dealer", 1),
    ],
)
def test_who_undoes_a_transfer(world, as_api, at, tenant, may):
    name = f"undone {uuid7()}"
    machine = world.machine(name, owner=None)
    north, south = world.organisations["north"], world.organisations["south"]
    world.own(name, "north", to_at=at)
    world.own(name, "south", from_at=at)
    world.conn.execute(FORGE, [uuid7(), machine, north, south, at])
    (number,) = world.conn.execute(
        "SELECT transfer_id FROM machine_transfer WHERE machine_id = %s", [machine]
    ).fetchone()
    assert tries(as_api, tenant, "SELECT undo_transfer(%s)", [number]) == may
    mark = "SELECT record_transfer(%s, %s, %s, %s, NULL, %s, now(), 'x')"
    assert tries(as_api, "north", mark, [uuid7(), world.machines["digger"], north, NOW, number]) is None


def test_a_buyer_that_undid_its_purchase_records_the_return_and_nothing_else(world, as_api):
    name = "given back"
    machine = world.machine(name, owner=None)
    north, south = world.organisations["north"], world.organisations["south"]
    world.own(name, "north", to_at=NOW - HOUR)
    world.own(name, "south", from_at=NOW - HOUR)
    world.conn.execute(FORGE, [uuid7(), machine, north, south, NOW - HOUR])
    (number,) = world.conn.execute(
        "SELECT transfer_id FROM machine_transfer WHERE machine_id = %s", [machine]
    ).fetchone()
    for buyer, at, wrong, may in (
        (north, NOW - HOUR, number, 1),
        (south, NOW - HOUR, number, None),
        (south, NOW - 3 * HOUR, number, None),
        (north, NOW - 3 * HOUR, number, None),
        (north, NOW - HOUR, None, None),
    ):
        with as_api("south") as conn:
            conn.execute("SELECT undo_transfer(%s)", [number])
            try:
                written = conn.execute(RECORD, [uuid7(), machine, buyer, at, wrong]).rowcount
            except psycopg.errors.InsufficientPrivilege:
                written = None
            assert written == may


@pytest.mark.parametrize(("action", "told", "written"), [("read_positions", "south", 1), ("update", "south", None)])
def test_only_reads_of_places_are_told_to_others(world, as_api, action, told, written):
    insert = (
        "INSERT INTO audit (at, actor_kind, actor_name, actor_organisation_id, action, entity, owner_ids) "
        "VALUES (now(), 'person', 'x', %s, %s, 'machine', %s)"
    )
    given = [world.organisations["north"], action, [world.organisations[told]]]
    assert tries(as_api, "north", insert, given) == written


def test_the_api_makes_no_temporary_tables(superuser, template_database):
    """Of the migrated database: its copies, which the tests are given, have the privileges of every new one."""
    may = {
        role: superuser.execute(
            "SELECT has_database_privilege(%s, %s, 'TEMPORARY')", [role, template_database]
        ).fetchone()[0]
        for role in ("ecc_api", "ecc_grafana", "ecc_housekeeping")
    }
    assert may == {"ecc_api": False, "ecc_grafana": False, "ecc_housekeeping": True}
