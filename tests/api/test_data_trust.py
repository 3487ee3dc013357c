"""How late data came, what was refused, which rules are off, when the platform was down: recounted by brute force."""

import random
from collections import Counter, defaultdict
from datetime import UTC, datetime, timedelta

import psycopg
import pytest
from psycopg.types.json import Jsonb

from fleet.signals import packaged_catalogue
from ingest.rollups import roll_up
from storage.ids import uuid7
from storage.pool import connect
from usecases.rules_in_force import enter_packaged_rules

pytestmark = pytest.mark.asyncio(loop_scope="module")
NOW = datetime.now(UTC).replace(microsecond=0)
HOUR = NOW.replace(minute=0, second=0)
LIMITS = (10, 60, 900, 3600, 86_400)
MACHINES = {"digger": "north", "loader": "north", "crane": "south", "sold": "south"}


def late_rows() -> dict[str, list[tuple[datetime, datetime]]]:
    """(measured_at, received_at) of each machine in the last six hours, by chance."""
    chance = random.Random(65)
    delays = (0.5, 8, 12, 59, 61, 800, 2000, 5000, 90_000)
    found = {}
    for number, name in enumerate(MACHINES):
        minutes = chance.sample(range(20, 360), 60 + 10 * number)
        found[name] = [
            (at, at + timedelta(seconds=chance.choice(delays) + chance.random()))
            for minute in minutes
            for at in [HOUR - timedelta(minutes=minute) + timedelta(seconds=s) for s in chance.sample(range(60), 3)]
        ]
    return found


ROWS = late_rows()


def dirty(world, machine: str, minutes: set[datetime]) -> None:
    for minute in minutes:
        world.conn.execute(
            "INSERT INTO dirty_range (machine_id, from_at, to_at) VALUES (%s, %s, %s)",
            [world.machines[machine], minute, minute + timedelta(minutes=1)],
        )


def store(world, machine: str, rows: list[tuple[datetime, datetime]]) -> None:
    with (
        world.conn.cursor() as cursor,
        cursor.copy("COPY reading (machine_id, measured_at, received_at, engine_speed_rpm) FROM STDIN") as copy,
    ):
        for measured, received in rows:
            copy.write_row([world.machines[machine], measured, received, 900.0])
    dirty(world, machine, {measured.replace(second=0) for measured, _ in rows})


@pytest.fixture(scope="module")
def told(world, api_database):
    """The rows, half of them first and rolled up in between: late ones turn a minute that was counted before."""
    for name, owner in (("loader", "north"), ("sold", "south")):
        world.machine(name, owner=owner)
    world.conn.execute("UPDATE ownership SET from_at = %s WHERE machine_id = %s", [HOUR, world.machines["sold"]])
    site = world.conn.execute(
        "INSERT INTO site (name, time_zone, organisation_id) VALUES ('Pit', 'UTC', %s) RETURNING site_id",
        [world.organisations["north"]],
    ).fetchone()[0]
    world.conn.execute("UPDATE machine SET site_id = %s WHERE name = 'loader'", [site])
    terminal = world.conn.execute("INSERT INTO terminal (name) VALUES ('T-digger') RETURNING terminal_id").fetchone()[0]
    world.conn.execute(
        "INSERT INTO installation (terminal_id, machine_id, from_at, to_at) VALUES (%s, %s, '-infinity', 'infinity')",
        [terminal, world.machines["digger"]],
    )
    world.conn.execute("INSERT INTO sim (terminal_id, iccid, operator) VALUES (%s, '8986001', 'Mobile')", [terminal])
    with connect(api_database.url("ecc_housekeeping"), application="test") as conn:
        conn.autocommit = True
        for part in (0, 1):
            for name, rows in ROWS.items():
                store(world, name, rows[part::2])
            roll_up(conn, packaged_catalogue())
    return terminal


def brute_force(machines: set[str], start: datetime, end: datetime) -> dict[tuple[str, datetime], float]:
    """(machine, minute) -> seconds that the last of its readings took."""
    found: dict[tuple[str, datetime], float] = defaultdict(lambda: -1.0)
    for name in machines:
        for measured, received in ROWS[name]:
            if start <= measured < end:
                key = name, measured.replace(second=0)
                found[key] = max(found[key], (received - measured).total_seconds())
    return dict(found)


def by_class(delays) -> list[int]:
    counted = Counter(next((i for i, limit in enumerate(LIMITS) if delay <= limit), len(LIMITS)) for delay in delays)
    return [counted[i] for i in range(len(LIMITS) + 1)]


@pytest.mark.parametrize(
    ("login", "seen"),
    [("expert", set(MACHINES)), ("dealer", {"digger", "loader"}), ("stranger", {"crane"})],
    ids=["the platform sees all", "a dealer its customers'", "an owner not what was before a sale"],
)
async def test_lateness_equals_a_recount_of_the_readings(told, clients, login, seen):
    start, end = HOUR - timedelta(hours=5), HOUR + timedelta(hours=1)
    truth = brute_force(seen, start, end)
    async with clients.of(login) as http:
        found = (await http.get("/api/v1/data-trust/lateness", params={"from": start.isoformat()})).json()
    assert (found["total"]["machines"], found["total"]["minutes"]) == (len(seen), len(truth))
    assert found["total"]["counts"] == by_class(truth.values())
    assert found["total"]["latest_s"] == pytest.approx(max(truth.values()), abs=0.06)
    for hour in found["hours"]:
        at = datetime.fromisoformat(hour["at"])
        mine = {key: late for key, late in truth.items() if at <= key[1] < at + timedelta(hours=1)}
        assert (hour["minutes"], hour["machines"]) == (len(mine), len({name for name, _ in mine}))
        assert hour["counts"] == by_class(mine.values())
    assert sum(hour["minutes"] for hour in found["hours"]) == len(truth)
    worst = sorted(seen, key=lambda name: -sum(late > 900 for (one, _), late in truth.items() if one == name))
    assert found["worst"][0]["name"] == worst[0]


async def test_minutes_in_which_nobody_was_heard_are_named_with_those_in_which_we_were_down(told, world, clients):
    start = HOUR - timedelta(hours=4)
    world.conn.execute("UPDATE arrival_1h SET bucket_at = bucket_at")  # nothing moves: counted_from is the oldest hour
    heard = {minute for (_, minute) in brute_force(set(MACHINES), start, HOUR + timedelta(hours=1))}
    silent = [at for at in (start + timedelta(minutes=i) for i in range(240)) if at not in heard]
    async with clients.of("expert") as http:
        params = {"from": start.isoformat(), "to": HOUR.isoformat()}
        found = (await http.get("/api/v1/data-trust/lateness", params=params)).json()
        assert found["silent_minutes"] == len(silent)
        down = silent[0]
        for span in ((down - timedelta(hours=9), down), (down + timedelta(minutes=1), NOW)):
            world.conn.execute("INSERT INTO platform_health (gateway_id, from_at, to_at) VALUES ('g', %s, %s)", [*span])
        found = (await http.get("/api/v1/data-trust/lateness", params=params)).json()
    assert sum(one["platform_down_minutes"] for one in found["silent"]) == 1
    assert datetime.fromisoformat(found["silent"][0]["from_at"]) == down


async def test_sites_and_operators_are_told_apart(told, clients):
    async with clients.of("dealer") as http:
        found = (
            await http.get("/api/v1/data-trust/lateness", params={"from": (HOUR - timedelta(days=1)).isoformat()})
        ).json()
    assert {one["name"]: one["machines"] for one in found["sites"]} == {"Pit": 1, None: 1}
    assert {one["name"]: one["machines"] for one in found["operators"]} == {"Mobile": 1, None: 1}
    truth = brute_force({"digger"}, HOUR - timedelta(days=1), HOUR)
    (mobile,) = [one for one in found["operators"] if one["name"] == "Mobile"]
    assert mobile["counts"] == by_class(truth.values())


async def test_refusals_are_counted_by_hour_and_reason_and_are_those_of_ones_machines(told, world, clients):
    rows = [
        ("T-digger", "clock_future", 5),
        ("T-digger", "clock_future", 70),
        ("T-digger", "schema", 5),
        ("T-who", "unknown_terminal", 5),
    ]
    for number, (terminal, reason, minutes) in enumerate(rows):
        world.conn.execute(
            "INSERT INTO quarantine (quarantine_id, terminal, seq, payload_hash, reason, detail, topic, received_at, "
            "replayed_at) VALUES (%s, %s, %s, '', %s, '', '', %s, %s)",
            [uuid7(), terminal, number, reason, HOUR - timedelta(minutes=minutes), NOW if number == 2 else None],
        )
    async with clients.of("expert") as expert, clients.of("dealer") as dealer, clients.of("stranger") as stranger:
        path = "/api/v1/data-trust/refusals"
        all_of_it = (await expert.get(path)).json()
        assert (all_of_it["refused"], all_of_it["waiting"]) == (4, 3)
        mine = (await dealer.get(path)).json()
        assert {one["reason"]: (one["refused"], one["waiting"]) for one in mine["reasons"]} == {
            "clock_future": (2, 2), "schema": (1, 0),
        }  # fmt: skip
        assert len(mine["hours"]) == 3
        assert (await stranger.get(path)).json()["refused"] == 0


async def test_downs_are_the_times_between_healthy_spans_for_everybody_and_holes_ones_own(told, world, clients):
    world.conn.execute("DELETE FROM platform_health")
    spans = [(-300, -200), (-190, -100), (-195, -150), (-95, -10)]  # minutes; two gateways overlap
    for first, last in spans:
        world.conn.execute(
            "INSERT INTO platform_health (gateway_id, from_at, to_at) VALUES (%s, %s, %s)",
            ["a" if first != -195 else "b", NOW + timedelta(minutes=first), NOW + timedelta(minutes=last)],
        )
    world.conn.execute(  # a backlog: it worked on and was late
        "INSERT INTO platform_behind (gateway_id, from_at, to_at) VALUES ('a', %s, %s), ('a', %s, %s)",
        [NOW + timedelta(minutes=m) for m in (-97, -91, -230, -225)],
    )
    for boot, first, last in (("over", -120, -90), ("aside", -80, -70)):
        world.conn.execute(
            "INSERT INTO ledger (terminal_id, boot, through, ranges, first_received_at, last_received_at) "
            "VALUES (%s, %s, 4, '{[7,9],[12,12]}', %s, %s)",
            [told, boot, NOW + timedelta(minutes=first), NOW + timedelta(minutes=last)],
        )
    params = {"from": (NOW - timedelta(minutes=240)).isoformat()}
    async with clients.of("dealer") as dealer, clients.of("stranger") as stranger:
        mine = (await dealer.get("/api/v1/data-trust/platform", params=params)).json()
        theirs = (await stranger.get("/api/v1/data-trust/platform", params=params)).json()
        assert mine["downs"][1:] == theirs["downs"][1:]
        assert (
            await dealer.get("/api/v1/data-trust/platform", params={"to": "2020-01-01T00:00:00Z"})
        ).status_code == 200
        assert (
            await dealer.get("/api/v1/data-trust/platform", params={"from": "2020-01-01T00:00:00Z"})
        ).status_code == 422
    assert [(down["seconds"], down["to_at"] is None) for down in mine["downs"][1:]] == [(180.0, False), (300.0, False)]
    assert mine["behind_s"] == 120.0  # what it also heard in it is not behind
    assert mine["is_down"]
    assert mine["downs"][0]["to_at"] is None
    gone_on_s = (datetime.now(UTC) - NOW).total_seconds()  # the last down is still open
    assert mine["down_s"] == pytest.approx(180 + 300 + 600 + gone_on_s, abs=30)
    assert mine["available_share"] == pytest.approx(1 - (1080 + gone_on_s) / (240 * 60 + gone_on_s), abs=0.003)
    assert mine["starts"] == 2
    holes = mine["holes"]
    # 5, 6, 10 and 11 are missing of each
    assert (holes["power_cycles"], holes["messages"], holes["over_downs"], holes["over_downs_messages"]) == (2, 8, 1, 4)
    assert theirs["holes"]["power_cycles"] == 0


async def test_rules_that_are_off_say_since_when_and_why(told, world, clients, api_database):
    catalogue = packaged_catalogue()
    began = NOW - timedelta(days=9)
    with psycopg.connect(api_database.owner_url, autocommit=True) as conn:
        enter_packaged_rules(conn, catalogue, now=began)
        (base,) = conn.execute("SELECT rule_set_id FROM rule_set").fetchone()
        for day, edits in (
            (7, "[coolant_overheat]\noff = true\n"),
            (5, "[coolant_overheat]\noff = true\n\n[ecu_overheat]\noff = true\n"),
        ):
            files = {"site.toml": f"language = 1\n\n{edits}"}
            (number,) = conn.execute(
                "INSERT INTO rule_set (kind, base_id, version, content_hash, files, note, entered_at, entered_by) "
                "VALUES ('site', %s, %s, %s, %s, %s, %s, 'lead') RETURNING rule_set_id",
                [base, f"v{day}", f"hash {day}", Jsonb(files), f"note {day}", began],
            ).fetchone()
            (replay,) = conn.execute(
                "INSERT INTO rule_replay (rule_set_id, kind, state, started_at, started_by) "
                "VALUES (%s, 'no_history', 'done', %s, 'lead') RETURNING replay_id",
                [number, began],
            ).fetchone()
            conn.execute(
                "INSERT INTO rule_set_switch (role, rule_set_id, replay_id, action, at, by_name) "
                "VALUES ('live', %s, %s, 'promote', %s, 'lead')",
                [number, replay, NOW - timedelta(days=day)],
            )
        conn.execute(
            "INSERT INTO rule_set_switch (role, rule_set_id, action, at, by_name) "
            "VALUES ('shadow', %s, 'shadow', %s, 'lead')",
            [base, NOW - timedelta(days=1)],
        )
        for machine, minutes in (("digger", 60), ("crane", 90)):
            conn.execute(
                "INSERT INTO signal_trust (machine_id, signal_id, from_at, score, checks) "
                "VALUES (%s, %s, %s, 0.1, '{}')",
                [world.machines[machine], catalogue["engine_oil_pressure_kpa"].id, NOW - timedelta(minutes=minutes)],
            )
        conn.execute(
            "INSERT INTO rule_override (machine_id, rule, is_off, reason, until, entered_at, entered_by) "
            "VALUES (%s, 'engine_oil_overheat', TRUE, 'sender is being changed', %s, %s, 'lead')",
            [world.machines["digger"], NOW + timedelta(days=1), NOW - timedelta(hours=3)],
        )
    async with clients.of("expert") as expert, clients.of("dealer") as dealer, clients.of("stranger") as stranger:
        everything = (await expert.get("/api/v1/data-trust/rules-off")).json()
        mine = (await dealer.get("/api/v1/data-trust/rules-off")).json()
        theirs = (await stranger.get("/api/v1/data-trust/rules-off")).json()
    since = {one["rule"]: (datetime.fromisoformat(one["since"]), one["note"]) for one in everything["disabled"]}
    assert since == {
        "coolant_overheat": (NOW - timedelta(days=7), "note 7"),
        "ecu_overheat": (NOW - timedelta(days=5), "note 5"),
    }
    assert {one["rule"] for one in everything["shadow"]} == {"coolant_overheat", "ecu_overheat"}
    assert all(one["is_new"] for one in everything["shadow"])
    withheld = {one["rule"]: one for one in everything["withheld"]}["low_oil_pressure"]
    assert (withheld["machines"], len(withheld["named"])) == (2, 2)
    assert datetime.fromisoformat(withheld["since"]) == NOW - timedelta(minutes=90)
    assert {one["machine_name"] for rule in mine["withheld"] for one in rule["named"]} == {"digger"}
    assert [one["rule"] for one in mine["off_for_machines"]] == ["engine_oil_overheat"]
    assert theirs["off_for_machines"] == []
