"""The demo's report on tables that hold exactly what a run sent, and on tables that do not."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import psycopg
import pytest

from app.demo.report import DemoReport, make_report
from app.demo.tenants import free_numbers, seed_tenants
from simulators.machines import make_machines
from simulators.publish_log import PublishedRows, PublishLog
from storage.demo_report import live_counts
from storage.registry import auto_register
from tests.conftest import Database

NOW = datetime.now(UTC).replace(microsecond=0)
BEGAN_US = int(NOW.timestamp()) * 1_000_000
SLOW_US = BEGAN_US - 3 * 86_400_000_000  # a machine whose clock is three days behind
MALFORMED = b'{"t":1,"signals":{"engine_speed_rpm":18run-0-7'


class Kept:
    """A run of two machines, `A` and `B` with the slow clock, in the tables: eight rows and a malformed message."""

    def __init__(self, conn: psycopg.Connection) -> None:
        self.conn = conn
        self.log = PublishLog()
        auto_register(conn, ["A", "B", "other"], NOW)
        for seq in range(3):
            self.send("A", seq, BEGAN_US + seq * 1_000_000)
            self.send("B", seq, SLOW_US + seq * 1_000_000)
        self.send("A", 3, BEGAN_US, stored=False)  # another value for an instant that is there: a conflict
        self.send("A", 4, BEGAN_US + 1_000_000, stored=False)  # refused, at an instant that another row stored
        self.refuse("A", "run-0", 4, 0)
        self.refuse("A", "", -1, -1, MALFORMED)
        for terminal, committed, quarantined in (("A", 4, 1), ("B", 3, 0)):
            self.enter(terminal, "run-0", committed, quarantined)
        self.raise_alarm("A")
        conn.commit()

    def send(self, terminal: str, seq: int, at_us: int, *, stored: bool = True) -> None:
        self.log.record(terminal, "run-0", seq, (at_us,), BEGAN_US)
        if stored:
            self.conn.execute(
                "INSERT INTO reading (machine_id, measured_at, received_at) "
                "SELECT machine_id, to_timestamp(%s / 1e6), %s FROM machine WHERE pin = %s",
                [at_us, NOW, terminal],
            )

    def refuse(self, terminal: str, boot: str, seq: int, row: int, payload: bytes = b"{}") -> None:
        self.conn.execute(
            "WITH p AS (INSERT INTO refused_payload VALUES (sha256(%s), %s, %s) ON CONFLICT DO NOTHING)"
            "INSERT INTO quarantine SELECT gen_random_uuid(), %s, %s, %s, %s, sha256(%s), 'schema', '', '', %s",
            [payload, payload, NOW, terminal, boot, seq, row, payload, NOW],
        )

    def enter(self, terminal: str, boot: str, committed: int, quarantined: int) -> None:
        self.conn.execute(
            "INSERT INTO ledger (terminal_id, boot, through, rows_committed, rows_quarantined, first_received_at, "
            "last_received_at) SELECT terminal_id, %s, 9, %s, %s, %s, %s FROM terminal WHERE name = %s",
            [boot, committed, quarantined, NOW, NOW, terminal],
        )

    def raise_alarm(self, terminal: str) -> None:
        self.conn.execute(
            """
            WITH found AS (
                INSERT INTO finding (finding_id, machine_id, source_kind, source_key, version, severity, from_at,
                                     held_at)
                SELECT gen_random_uuid(), machine_id, 'rule', 'overspeed', '', 'high', %(at)s, %(at)s
                FROM machine WHERE pin = %(terminal)s RETURNING *
            ), raised AS (
                INSERT INTO alarm (alarm_id, machine_id, source_kind, source_key, severity, finding_id, state,
                                   raised_at, committed_at)
                SELECT finding_id, machine_id, source_kind, source_key, severity, finding_id, 'active', %(at)s, %(at)s
                FROM found RETURNING alarm_id
            )
            INSERT INTO alarm_transition (alarm_id, at, kind, version, actor)
            SELECT alarm_id, %(at)s, 'raised', '', '' FROM raised
            """,
            {"at": NOW, "terminal": terminal},
        )

    def report(self, log: PublishedRows | None = None) -> DemoReport:
        fleet = [{"terminal": name, "clock_right": name == "A", "live": True} for name in "AB"]
        counts = {"published": 11, "distinct": 9, "duplicates": 2, "malformed": 1, "pending": 0}
        simulated = {"machines": 2, "began_wall_us": BEGAN_US, "fleet": fleet, "truth": [], "counts": counts}
        return make_report(self.conn, simulated, log or self.log.arrays())


@pytest.fixture
def kept(database: Database) -> Iterator[Kept]:
    with psycopg.connect(database.owner_url) as conn:
        yield Kept(conn)


def test_each_row_of_the_run_is_committed_or_quarantined_once(kept: Kept):
    report = kept.report()
    assert report.problems() == []
    assert (report.committed, report.quarantined, report.in_ledger, report.alarms_raised) == (7, 2, 7, 1)
    assert report.publish_to_commit_ms.p50 is not None


def test_a_row_that_was_stored_and_is_gone_fails_the_run(kept: Kept):
    kept.conn.execute("DELETE FROM reading WHERE measured_at = to_timestamp(%s / 1e6)", [SLOW_US])
    assert kept.report().committed == 6
    assert len(kept.report().problems()) == 2


def test_what_others_sent_meanwhile_is_not_counted(kept: Kept):
    kept.refuse("other", "", -1, -1, b"run-0 is not its boot")
    kept.refuse("A", "", -1, -1, b"in the name of A")
    kept.refuse("A", "1", 0, -1)
    kept.refuse("other", "run-0", 0, -1)
    kept.enter("other", "run-0", 5, 1)
    kept.enter("A", "1", 5, 1)
    kept.raise_alarm("other")
    report = kept.report()
    assert report.problems() == []
    assert (report.committed, report.quarantined, report.alarms_raised) == (7, 2, 1)


def test_of_a_run_too_long_for_the_log_the_ledger_tells(kept: Kept):
    newest = PublishLog()
    newest.record("B", "run-0", 2, (SLOW_US + 2_000_000,), BEGAN_US)
    assert kept.report(newest.arrays()).problems() == []
    kept.conn.execute("DELETE FROM reading WHERE measured_at = to_timestamp(%s / 1e6)", [SLOW_US + 2_000_000])
    assert len(kept.report(newest.arrays()).problems()) == 2


def test_machines_that_an_earlier_run_has_used_are_not_used_again(kept: Kept):
    auto_register(kept.conn, ["XE215-0002", "HB62-1001"], NOW)
    assert free_numbers(kept.conn, 40) == 0, "registered, and never heard of"
    kept.enter("XE215-0002", "run-0", 1, 0)
    assert free_numbers(kept.conn, 40) == 1000
    assert free_numbers(kept.conn, 5) == 0, "five machines are the No. 1 of each kind"
    kept.enter("HB62-1001", "run-1", 1, 0)
    assert free_numbers(kept.conn, 40) == 2000


def test_the_page_shows_what_came_since_the_run_began(kept: Kept):
    first = live_counts(kept.conn, since=NOW, alarms=9)
    assert (first.rows, first.quarantined, first.open_alarms, len(first.alarms)) == (7, 2, 1, 1)
    later = live_counts(kept.conn, since=NOW + timedelta(seconds=1), alarms=9)
    assert (later.rows, later.quarantined, later.open_alarms, later.alarms) == (0, 0, 0, [])


def test_two_customers_share_the_machines_under_one_dealer_and_maker(database: Database):
    machines = make_machines(40)
    with psycopg.connect(database.owner_url) as conn:
        for _ in range(2):  # a kept data directory: nothing is registered twice
            logins = seed_tenants(conn, machines, "a password")
        auto_register(conn, ["MY-MACHINE-1"], NOW + timedelta(seconds=1))
        tree = conn.execute(
            "SELECT c.name, d.kind, m.kind, count(machine_id) FROM organisation c JOIN organisation d "
            "ON d.organisation_id = c.parent_id JOIN organisation m ON m.organisation_id = d.parent_id "
            "JOIN ownership o ON o.organisation_id = c.organisation_id GROUP BY 1, 2, 3 ORDER BY 1"
        ).fetchall()
        accounts = conn.execute("SELECT login, role FROM app_user ORDER BY 1").fetchall()
        tanks = conn.execute("SELECT name, fuel_tank_l::float8 FROM machine_model").fetchall()
    assert tree == [("Beishan Earthworks", "dealer", "maker", 21), ("Nanhe Construction", "dealer", "maker", 20)]
    assert [login.name for login in logins] == ["expert", "dealer", "owner"]
    assert accounts == [
        ("admin", "administrator"),
        ("chen.jing", "lead"),
        ("dealer", "dealer"),
        ("engineer", "service_engineer"),
        ("expert", "expert"),
        ("lead", "lead"),
        ("li.wei", "expert"),
        ("owner", "owner"),
    ]
    assert dict(tanks) == {machine.spec.model: machine.spec.fuel_tank_l for machine in machines}, "levels in litres"
