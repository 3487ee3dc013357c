"""Every line of the lifecycle's table on the real database: without it the change does not happen."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import psycopg
import pytest
from psycopg.types.json import Jsonb

from alerts.lifecycle import LINES, STEPS, Asks, Input, Lifecycle, Line, Steps, steps_of
from alerts.service import Change, apply_changes
from fleet.findings import CaseMember, Finding, MachineId, Severity, SourceKind
from storage.alarm_commands import MOVE
from storage.alarm_rules import put_alarm_rules
from storage.alarms_write import Moved, Raised, write_alarms
from storage.late_alarms import confirm_late
from storage.pool import connect
from tests.conftest import Database

AT = datetime(2026, 11, 21, 12, tzinfo=UTC)
S = 1_000_000
T0 = 1_795_000_000 * S
KEYS = {Asks.NOTHING: "fuel_refilled", Asks.ACKNOWLEDGEMENT: "low_oil_pressure", Asks.RESET: "crane_overload"}


@pytest.fixture(scope="module")
def module_database(servers, superuser, template_database) -> Iterator[Database]:
    superuser.execute(f"CREATE DATABASE lifecycle OWNER ecc_owner TEMPLATE {template_database}")
    yield Database("lifecycle", servers)
    superuser.execute("DROP DATABASE lifecycle WITH (FORCE)")


@pytest.fixture(scope="module")
def gateway(module_database: Database) -> Iterator[psycopg.Connection]:
    with connect(module_database.owner_url, application="test") as owner:
        owner.execute("INSERT INTO machine (public_id, pin, name) VALUES (gen_random_uuid(), 'M-1', 'one')")
    with connect(module_database.url("ecc_gateway"), application="test") as conn:
        put_alarm_rules(
            conn,
            [
                rule("crane_overload", asks="reset"),
                rule("low_oil_pressure", inhibits=["oil_pressure_falling", "100/1"]),
                rule("moved_while_off", suppressed_in=["in_repair"]),
                rule("cabin_hot", suppressed_in=["engine_off"]),
            ],
        )
        conn.commit()
        yield conn


@pytest.fixture
def conn(gateway: psycopg.Connection) -> Iterator[psycopg.Connection]:
    with gateway.transaction(force_rollback=True):
        yield gateway


def rule(key: str, **members: object) -> dict[str, object]:
    usual = {"asks": "acknowledgement", "suppressed_in": ["in_repair", "transport", "stored"], "inhibits": []}
    return {"source_kind": "rule", "source_key": key} | usual | members


def episode(start_s: float, end_s: float | None = None, *, key: str = "low_oil_pressure") -> Finding:
    return Finding(
        machine=MachineId(1),
        source_kind=SourceKind.RULE,
        source_key=key,
        version="v1",
        severity=Severity.INFO if key == KEYS[Asks.NOTHING] else Severity.CRITICAL,
        from_us=T0 + round(start_s * S),
        held_us=T0 + round((start_s + 10) * S),
        to_us=None if end_s is None else T0 + round(end_s * S),
    )


def raised(conn: psycopg.Connection, *findings: Finding, at: datetime = AT) -> list[str]:
    changes = [Change(None, finding) for finding in findings]
    return [str(kind) for kind in apply_changes(conn, changes, at=at, is_historic=lambda _: False)]


def one(conn: psycopg.Connection, columns: str, key: str = "low_oil_pressure") -> tuple[object, ...]:
    row = conn.execute(f"SELECT {columns} FROM alarm WHERE source_key = %s ORDER BY raised_at DESC", [key]).fetchone()
    assert row is not None
    return row


def put(conn: psycopg.Connection, line: Line, asks: Asks, steps: Steps) -> list[str]:
    """Bring an alarm to where the line begins, and do to it what the line is for."""
    key, steps_given = KEYS[asks], (steps.to, steps.kinds)
    if line.before is not None:
        raised(conn, episode(0, 60, key=key))
        state = "active" if line.before.startswith("active") else "cleared"
        # the finding goes along, so that what is judged next fits
        conn.execute("UPDATE alarm SET state = %s, lifecycle = %s, asks = %s", [state, line.before, asks])
        if state == "active":
            conn.execute("UPDATE finding SET to_at = NULL")
    if line.given is Input.SEEN_LIVE:
        alarms = [alarm for (alarm,) in conn.execute("UPDATE alarm SET historic = TRUE RETURNING alarm_id")]
        return confirm_late(conn, alarms, line.given, steps=steps_given, at=AT)
    if line.given in {Input.ACKNOWLEDGE, Input.RESET}:
        return command(conn, line.given, steps)
    after = {Input.OPEN: episode(0, key=key), Input.CLOSED: episode(0, 70, key=key)}.get(line.given)
    if line.before is None:
        assert after is not None
        return write_alarms(conn, [[Raised(after, historic=False)]], steps=steps_given, at=AT)
    return write_alarms(conn, [[Moved(episode(0, 60, key=key), after)]], steps=steps_given, at=AT)


def command(conn: psycopg.Connection, given: Input, steps: Steps) -> list[str]:
    alarm = conn.execute("SELECT alarm_id FROM alarm").fetchone()
    assert alarm is not None
    parameters = {"alarm": alarm[0], "given": given, "at": AT, "actor": "expert", "user": None, "detail": Jsonb({})}
    return [kind for _, kind in conn.execute(MOVE, parameters | {"to": Jsonb(steps.to), "kinds": Jsonb(steps.kinds)})]


@pytest.mark.parametrize(
    ("line", "asks"),
    [pytest.param(line, asks, id=f"{line.before} {line.given} {asks}") for line in LINES for asks in sorted(line.asks)],
)
def test_a_line_leads_on_and_without_it_nothing_does(conn: psycopg.Connection, line: Line, asks: Asks) -> None:
    without = steps_of(other for other in LINES if other is not line)
    with conn.transaction(force_rollback=True):
        assert put(conn, line, asks, STEPS) == [str(kind) for kind in line.kinds]
        assert conn.execute("SELECT lifecycle FROM alarm").fetchall() == [(line.after,)]
        logged = conn.execute("SELECT kind FROM event_log ORDER BY id DESC LIMIT %s", [len(line.kinds)]).fetchall()
        assert [kind for (kind,) in reversed(logged)] == [f"alarm.{kind}" for kind in line.kinds]
    with conn.transaction(force_rollback=True):
        if line.before is None:
            with pytest.raises(psycopg.errors.NotNullViolation):
                put(conn, line, asks, without)
            return
        assert put(conn, line, asks, without) == []
        assert conn.execute("SELECT lifecycle FROM alarm").fetchall() == [(line.before,)]


def test_a_batch_of_many_changes_is_as_if_they_came_one_by_one(conn: psycopg.Connection) -> None:
    keys = [f"rule_{n}" for n in range(50)]
    assert raised(conn, *(episode(0, key=key) for key in keys)) == ["raised"] * 50
    ends = [Change(episode(0, key=key), episode(0, 60, key=key)) for key in keys]
    new = [Change(None, episode(100, key=key)) for key in keys]
    kinds = apply_changes(conn, [*new, *ends], at=AT, is_historic=lambda _: False)
    assert [str(kind) for kind in kinds] == ["cleared"] * 50 + ["raised"] * 50
    counted = conn.execute("SELECT state, lifecycle, count(*) FROM alarm GROUP BY 1, 2 ORDER BY 1").fetchall()
    assert counted == [("active", "active_unacknowledged", 50), ("cleared", "returned_unacknowledged", 50)]


def test_findings_that_move_into_each_others_place_do_not_meet(conn: psycopg.Connection) -> None:
    raised(conn, episode(0, 20), episode(40, 60))
    moves = [Change(episode(0, 20), episode(40, 60)), Change(episode(40, 60), episode(80, 99))]
    assert [str(k) for k in apply_changes(conn, moves, at=AT, is_historic=lambda _: False)] == ["revised"] * 2
    starts = conn.execute("SELECT extract(epoch FROM from_at) FROM finding ORDER BY 1").fetchall()
    assert [float(start) - T0 / S for (start,) in starts] == [40.0, 80.0]


def test_what_comes_back_is_acknowledged_by_nobody(conn: psycopg.Connection) -> None:
    raised(conn, episode(0, 60))
    command(conn, Input.ACKNOWLEDGE, STEPS)
    assert one(conn, "lifecycle, acknowledged_at") == ("normal", AT)
    apply_changes(conn, [Change(episode(0, 60), episode(0))], at=AT, is_historic=lambda _: False)
    assert one(conn, "lifecycle, acknowledged_at") == (Lifecycle.ACTIVE_UNACKNOWLEDGED, None)


@pytest.mark.parametrize(
    ("starts", "chatters"),
    [
        pytest.param([0, 100, 200], [False, False, True], id="the third within ten minutes"),
        pytest.param([0, 100, 601], [False, False, False], id="the first is more than ten minutes ago"),
        pytest.param([0, 300], [False, False], id="two are none"),
    ],
)
@pytest.mark.parametrize("together", [False, True], ids=["one by one", "in one batch"])
def test_an_alarm_that_comes_again_and_again_chatters(
    conn: psycopg.Connection, starts: list[int], chatters: list[bool], together: bool
) -> None:
    findings = [episode(start, start + 60) for start in starts]
    for batch in [findings] if together else [[finding] for finding in findings]:
        raised(conn, *batch)
    assert conn.execute("SELECT chattering FROM alarm ORDER BY raised_at").fetchall() == [(c,) for c in chatters]


def test_another_rules_alarms_do_not_make_one_chatter(conn: psycopg.Connection) -> None:
    for finding in (episode(0, 20, key="a"), episode(30, 40, key="b"), episode(50, 60)):
        raised(conn, finding)
    assert conn.execute("SELECT DISTINCT chattering FROM alarm").fetchall() == [(False,)]


@pytest.mark.parametrize(("end_s", "fleeting"), [pytest.param(39, True, id="29 s"), pytest.param(40, False, id="30 s")])
def test_an_alarm_that_goes_at_once_is_fleeting(conn: psycopg.Connection, end_s: int, fleeting: bool) -> None:
    raised(conn, episode(0, end_s, key="at once"), episode(0))
    assert one(conn, "fleeting") == (False,)
    apply_changes(conn, [Change(episode(0), episode(0, end_s))], at=AT, is_historic=lambda _: False)
    assert conn.execute("SELECT fleeting FROM alarm").fetchall() == [(fleeting,)] * 2


@pytest.mark.parametrize(
    ("before", "after", "asks", "calls", "escalates"),
    [
        pytest.param(Severity.INFO, Severity.HIGH, "acknowledgement", True, 15, id="more is known, and it is grave"),
        pytest.param(Severity.LOW, Severity.HIGH, "acknowledgement", True, 15, id="graver"),
        pytest.param(Severity.HIGH, Severity.MEDIUM, "acknowledgement", True, 60, id="less grave"),
        pytest.param(Severity.HIGH, Severity.INFO, "nothing", True, None, id="nothing to do after all"),
    ],
)
def test_an_alarm_of_another_severity_calls_and_escalates_as_that_does(
    conn: psycopg.Connection, before: Severity, after: Severity, asks: str, calls: bool, escalates: int | None
) -> None:
    told, then = (replace(episode(0, key="machine_silent"), severity=severity) for severity in (before, after))
    raised(conn, told)
    later = AT + timedelta(minutes=1)
    kinds = apply_changes(conn, [Change(told, then)], at=later, is_historic=lambda _: False)
    assert [str(kind) for kind in kinds] == ["revised"]
    at, escalate_at = one(conn, "announced_at, escalate_at", "machine_silent")
    assert (one(conn, "asks", "machine_silent")[0], at is not None) == (asks, calls)
    assert escalate_at == (None if escalates is None else later + timedelta(minutes=escalates))


@pytest.mark.parametrize(
    ("severity", "end_s", "waits"),
    [
        pytest.param(Severity.CRITICAL, 90, True, id="grave"),
        pytest.param(Severity.MEDIUM, 90, False, id="not grave"),
        pytest.param(Severity.CRITICAL, 12, False, id="fleeting"),
    ],
)
def test_what_went_before_anybody_had_seen_it_waits_to_escalate_when_it_was_grave(
    conn: psycopg.Connection, severity: Severity, end_s: int, waits: bool
) -> None:
    there = replace(episode(0), severity=severity)
    raised(conn, there)
    gone = replace(there, to_us=T0 + end_s * S)
    apply_changes(conn, [Change(there, gone)], at=AT + timedelta(minutes=1), is_historic=lambda _: False)
    lifecycle, escalate_at = one(conn, "lifecycle, escalate_at")
    assert lifecycle == "returned_unacknowledged"
    assert escalate_at == (AT + timedelta(minutes=5) if waits else None)


def kinds_of(conn: psycopg.Connection, key: str) -> list[str]:
    told = "SELECT t.kind FROM alarm_transition t JOIN alarm USING (alarm_id) WHERE source_key = %s ORDER BY 1"
    return sorted(kind for (kind,) in conn.execute(told, [key]))


@pytest.mark.parametrize("root_first", [True, False], ids=["the root comes first", "the root comes later"])
def test_a_root_inhibits_its_followers_while_it_stands(conn: psycopg.Connection, root_first: bool) -> None:
    root, follower = episode(0), episode(5, key="oil_pressure_falling")
    for finding in (root, follower) if root_first else (follower, root):
        raised(conn, finding, at=AT if finding is root else AT + timedelta(minutes=1))
    by = one(conn, "alarm_id")[0]
    assert one(conn, "inhibited_by, escalate_at", "oil_pressure_falling") == (by, None)
    announced = one(conn, "announced_at", "oil_pressure_falling")[0]
    assert announced == (None if root_first else AT + timedelta(minutes=1))
    later = AT + timedelta(minutes=9)
    apply_changes(conn, [Change(root, episode(0, 60))], at=later, is_historic=lambda _: False)
    assert one(conn, "inhibited_by", "oil_pressure_falling") == (None,)
    assert one(conn, "announced_at", "oil_pressure_falling")[0] == (later if root_first else announced)
    assert kinds_of(conn, "oil_pressure_falling") == ["inhibited", "raised", "uninhibited"]


def test_a_rule_inhibits_a_fault_code_and_a_case_the_codes_that_it_gathers(conn: psycopg.Connection) -> None:
    code = replace(episode(0, key="0/100/1"), source_kind=SourceKind.DTC)
    other = replace(episode(0, key="0/100/4"), source_kind=SourceKind.DTC)
    raised(conn, episode(0), code, other)
    assert one(conn, "inhibited_by", "0/100/1")[0] == one(conn, "alarm_id")[0]
    assert one(conn, "inhibited_by", "0/100/4")[0] is None
    members = (CaseMember(0, 3509, 4, T0), CaseMember(0, 100, 4, T0, apart=True))
    case = replace(
        episode(1, key="0/3509/4"), source_kind=SourceKind.DTC, cascade="sensor_supply_lost", members=members
    )
    raised(conn, case)
    assert one(conn, "inhibited_by", "0/100/4")[0] == one(conn, "alarm_id", "0/3509/4")[0]


def test_an_alarm_of_another_machine_is_not_inhibited(conn: psycopg.Connection) -> None:
    with conn.transaction():
        conn.execute("INSERT INTO machine (public_id, pin, name) VALUES (gen_random_uuid(), 'M-9', 'nine')")
        number = conn.execute("SELECT machine_id FROM machine WHERE pin = 'M-9'").fetchone()
    assert number is not None
    raised(conn, episode(0), replace(episode(0, key="oil_pressure_falling"), machine=MachineId(number[0])))
    assert one(conn, "inhibited_by", "oil_pressure_falling") == (None,)


def test_an_alarm_calls_unless_it_is_only_information_or_came_late(conn: psycopg.Connection) -> None:
    raised(conn, episode(0), episode(0, key=KEYS[Asks.NOTHING]))
    apply_changes(conn, [Change(None, episode(0, key="late"))], at=AT, is_historic=lambda _: True)
    assert one(conn, "announced_at, escalate_at") == (AT, AT + timedelta(minutes=5))
    for key in (KEYS[Asks.NOTHING], "late"):
        assert one(conn, "announced_at, escalate_at", key) == (None, None)
