"""The audit's chain: whole as long as nobody touches it, and any touch is seen."""

from datetime import UTC, datetime, timedelta

import psycopg
import pytest

from storage.audit_chain import PORTION, delete_expired, seal
from storage.pool import connect
from usecases.verify_audit import verify_audit

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)


@pytest.fixture
def owner(database):
    with connect(database.owner_url, application="tests") as conn:
        conn.autocommit = True
        yield conn


@pytest.fixture
def sealer(database):
    """As housekeeping, which may do no more than it must."""
    with connect(database.url("ecc_housekeeping"), application="tests") as conn:
        conn.autocommit = True
        yield conn


def write(conn: psycopg.Connection, count: int = 1, *, at: datetime = NOW, name: str = "li") -> None:
    conn.execute(
        "INSERT INTO audit (at, actor_kind, actor_name, action, entity, after) "
        "SELECT %s, 'person', %s, 'update', 'site', jsonb_build_object('n', n) FROM generate_series(1, %s) n",
        [at, name, count],
    )


def test_what_was_sealed_holds_and_sealing_again_adds_nothing(owner, sealer):
    write(owner, 7)
    assert seal(sealer, now=NOW, portion=3) == 3
    assert seal(sealer, now=NOW) == 4
    assert seal(sealer, now=NOW) == 0
    report = verify_audit(owner)
    assert (report.holds, report.rows, report.head[0], report.waiting) == (True, 7, 7, 0)


@pytest.mark.parametrize(
    ("touch", "words"),
    [
        pytest.param("UPDATE audit SET actor_name = 'wang' WHERE audit_id = 3", "is not what was sealed", id="changed"),
        pytest.param("UPDATE audit SET at = at + interval '1 us' WHERE audit_id = 3", "is not what", id="its time"),
        pytest.param("DELETE FROM audit WHERE audit_id = 3", "the row is gone", id="row taken out"),
        pytest.param(
            "DELETE FROM audit_seal WHERE audit_id = 3; DELETE FROM audit WHERE audit_id = 3",
            "seals 3 to 3 are missing",
            id="row and seal taken out",
        ),
        pytest.param(
            "INSERT INTO audit (xact, at, actor_kind, actor_name, action, entity) "
            "SELECT xact, at, 'person', 'forger', 'update', 'site' FROM audit WHERE audit_id = 3; "
            "UPDATE audit SET xact = '3' WHERE actor_name = 'forger'",
            "1 rows were put in behind the sealer",
            id="put in between",
        ),
    ],
)
def test_a_touched_row_is_named(owner, sealer, touch, words):
    write(owner, 5)
    seal(sealer, now=NOW)
    for statement in touch.split("; "):
        owner.execute(statement)
    report = verify_audit(owner)
    assert not report.holds
    assert any(words in fault.what for fault in report.faults)
    assert len(report.faults) == 1, "each fault is named once, what follows it is judged by itself"


def test_a_chain_made_anew_does_not_go_through_a_head_noted_before(owner, sealer):
    write(owner, 5)
    seal(sealer, now=NOW)
    noted = verify_audit(owner).head
    owner.execute("UPDATE audit SET actor_name = 'wang' WHERE audit_id = 2")
    owner.execute("DELETE FROM audit_seal")
    seal(sealer, now=NOW)
    assert verify_audit(owner).holds, "nothing within the database tells"
    assert not verify_audit(owner, noted=noted).holds


def test_a_row_of_a_transaction_that_ends_late_is_sealed_after_it(database, owner, sealer):
    with connect(database.owner_url, application="late") as late:
        write(late, name="late")
        write(owner, name="early")
        assert seal(sealer, now=NOW) == 0, "below an open transaction nothing is final"
        late.commit()
    assert seal(sealer, now=NOW) == 2
    assert verify_audit(owner).holds


def test_what_is_past_its_age_goes_and_the_rest_still_holds(owner, sealer):
    write(owner, 4, at=NOW - timedelta(days=10))
    write(owner, 3)
    seal(sealer, now=NOW)
    head = verify_audit(owner).head
    assert delete_expired(sealer, before=NOW - timedelta(days=1), portion=3) == 3
    assert delete_expired(sealer, before=NOW - timedelta(days=1)) == 1
    assert delete_expired(sealer, before=NOW + timedelta(days=1)) == 0, "the newest stays"
    report = verify_audit(owner, noted=head)
    assert (report.holds, report.from_seal, report.rows, report.head) == (True, 4, 3, head)


def test_housekeeping_cannot_write_or_change_what_it_seals(owner, sealer):
    write(owner)
    for statement in ("UPDATE audit SET actor_name = 'x'", "UPDATE audit_seal SET hash = ''"):
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            sealer.execute(statement)
    assert PORTION > 1
