"""What people were told and late data changed: one correction to whom it changes something, nothing to anybody else."""

import re
from datetime import UTC, datetime, timedelta

import pytest
import pytest_asyncio

from alerts.lifecycle import STEPS, Input
from alerts.service import Change, apply_changes
from api.rights import RIGHTS, Right
from fleet.findings import Finding, MachineId, Reason, Severity, SourceKind
from storage.late_alarms import confirm_late
from storage.pool import connect
from tests.notices.test_telling import prefer, settled
from usecases.next_step import ACKNOWLEDGING

pytestmark = pytest.mark.asyncio(loop_scope="module")
S = 1_000_000
RAISED = "[critical] digger: Low engine oil pressure"
BEGAN = {}


@pytest_asyncio.fixture(loop_scope="module")
async def judged(world, notice_database, desk):
    """Changes of the gateway's findings of 'digger', and what the owner's mail server has got since."""
    BEGAN["us"] = round((datetime.now(UTC) - timedelta(minutes=10)).timestamp()) * S + 1_000 * len(BEGAN)
    world.conn.execute("DELETE FROM alarm_transition")
    world.conn.execute("UPDATE finding SET withdrawn_at = now() WHERE withdrawn_at IS NULL")
    world.conn.execute("UPDATE alarm SET state = 'withdrawn', lifecycle = 'normal'")  # or they chatter

    async def change(*changes, late=False):
        with connect(notice_database.url("ecc_gateway"), application="test") as conn:
            apply_changes(conn, changes, at=datetime.now(UTC), is_historic=lambda _: late)
        await settled(world)

    return change


def episode(world, from_s, to_s=None):
    return Finding(
        machine=MachineId(world.machines["digger"]),
        source_kind=SourceKind.RULE,
        source_key="low_oil_pressure",
        version="v1",
        severity=Severity.CRITICAL,
        from_us=BEGAN["us"] + from_s * S,
        held_us=BEGAN["us"] + (from_s + 10) * S,
        to_us=None if to_s is None else BEGAN["us"] + to_s * S,
        values=(("engine_oil_pressure_kpa", 80.0),),
    )


def subjects(mail):
    return [one.subject for one in mail.of("owner")]


async def test_a_fault_that_never_was_is_taken_back_in_one_message(world, judged, mail):
    stands = episode(world, 0)
    await judged(Change(None, stands))
    await judged(Change(stands, None))
    assert subjects(mail) == [RAISED, f"{RAISED} (taken back)"]
    assert "it was not so. Please disregard what we sent." in mail.of("owner")[1].body
    assert len(mail.got) == 6, "owner, colleague and dealer"


async def test_what_is_not_over_after_all_is_said_to_whom_its_end_was(world, judged, mail):
    stands, over = episode(world, 0), episode(world, 0, 60)
    await judged(Change(None, stands))
    await judged(Change(stands, over))
    await judged(Change(over, stands))
    await judged(Change(stands, over))
    assert subjects(mail) == [RAISED, f"{RAISED} (over)", f"{RAISED} (correction: not over)", f"{RAISED} (over)"]
    told = mail.of("owner")[2].body
    assert 'Correction: "Low engine oil pressure" of digger is not over.' in told
    assert "Stop the engine now" in told


async def test_two_episodes_that_late_data_make_one_are_no_news(world, judged, mail):
    first, second = episode(world, 0, 60), episode(world, 90)
    await judged(Change(None, episode(world, 0)))
    await judged(Change(episode(world, 0), first), Change(None, second))
    before = subjects(mail)
    assert sorted(before) == sorted([RAISED, f"{RAISED} (over)", RAISED])
    await judged(Change(second, None), Change(first, episode(world, 0)))
    assert subjects(mail) == before, "it stands, as the last of them says"
    await judged(Change(episode(world, 0), episode(world, 0, 200)))
    assert subjects(mail) == [*before, f"{RAISED} (over)"]


async def test_an_alarm_that_late_data_put_in_the_place_of_another_is_told_in_its_stead_and_so_is_its_end(
    world, judged, mail
):
    told, instead = episode(world, 100), episode(world, 20)
    await judged(Change(None, told))
    await judged(Change(told, None), Change(None, instead), late=True)
    assert subjects(mail) == [RAISED, RAISED]
    await judged(Change(instead, episode(world, 20, 200)))
    assert subjects(mail) == [RAISED, RAISED, f"{RAISED} (over)"]


async def test_a_start_that_moves_is_told_nobody(world, judged, mail):
    await judged(Change(None, episode(world, 30)))
    await judged(Change(episode(world, 30), episode(world, 20)))
    assert subjects(mail) == [RAISED]


async def test_what_was_found_late_is_told_when_live_readings_show_that_it_stands_and_once(
    world, judged, mail, notice_database
):
    await judged(Change(None, episode(world, 0)), late=True)
    assert mail.got == []
    found = world.conn.execute("SELECT alarm_id FROM alarm WHERE historic AND state = 'active'").fetchall()
    for _ in range(2):
        with connect(notice_database.url("ecc_gateway"), application="test") as conn:
            steps = STEPS.to, STEPS.kinds
            confirm_late(conn, [one for (one,) in found], Input.SEEN_LIVE, steps=steps, at=datetime.now(UTC))
        await settled(world)
    assert [one.to for one in mail.got if one.to.startswith("owner")] == ["owner@example.com"]
    told = mail.of("owner")[0]
    assert told.subject == RAISED
    assert "what was measured then reached us only now, and it goes on." in told.body
    assert re.search(r"If nobody has acknowledged it by \d{4}-\d\d-\d\d \d\d:\d\d \(\S+\), the next on duty", told.body)
    await judged(Change(episode(world, 0), episode(world, 0, 200)))
    assert subjects(mail) == [RAISED, f"{RAISED} (over)"]


def silence(world, reason, severity, machine="digger"):
    return Finding(
        machine=MachineId(world.machines[machine]),
        source_kind=SourceKind.PLATFORM,
        source_key="machine_silent",
        version="tick-2",
        severity=severity,
        from_us=BEGAN["us"],
        held_us=BEGAN["us"],
        reason=Reason(key=reason, share=0.9, spoke_for=(), place=None),
    )


async def test_another_reason_of_a_silence_corrects_what_was_told_and_a_graver_one_is_told_to_more(world, judged, mail):
    prefer(world, "owner")  # of every severity
    unknown, clock = silence(world, "unknown", Severity.MEDIUM), silence(world, "clock_wrong", Severity.MEDIUM)
    await judged(Change(None, unknown))
    world.conn.execute("UPDATE notice SET due_at = now() WHERE state = 'queued'")
    await settled(world)
    await judged(Change(unknown, clock))
    before = "[medium] digger: Machine silent:"
    assert subjects(mail) == [f"{before} reason unknown", f"{before} terminal's clock is wrong (corrected)"]
    assert "What is said below stands in place of what was said before" in mail.of("owner")[1].body
    assert mail.of("colleague") == [], "who wants to be told of critical and high"
    await judged(Change(clock, silence(world, "terminal_removed", Severity.HIGH)))
    graver = "[high] digger: Machine silent: terminal taken off (corrected)"
    assert (subjects(mail)[2:], [one.subject for one in mail.of("colleague")]) == ([graver], [graver])


async def test_of_an_outage_one_message_says_how_many_machines_are_silent(world, judged, mail):
    prefer(world, "owner")
    for name in ("silent-2", "silent-3"):
        world.machine(name, owner="north")
    world.machine("silent-4", owner="south")
    others = [silence(world, "broker_or_us", Severity.INFO, f"silent-{number}") for number in (2, 3, 4)]
    await judged(*(Change(None, one) for one in (silence(world, "broker_or_us", Severity.MEDIUM), *others)))
    world.conn.execute("UPDATE notice SET due_at = now() WHERE state = 'queued'")
    await settled(world)
    (told,) = mail.of("owner")
    assert told.subject == "[medium] digger: Machine silent: broker, carrier or us"
    assert "3 machines went silent together; this is the only message about them." in told.body


async def test_an_engineer_is_asked_for_what_an_engineer_may_do(world, judged, mail):
    assert RIGHTS[Right.ACKNOWLEDGE_ALARMS] == ACKNOWLEDGING
    world.conn.execute("UPDATE app_user SET role = 'service_engineer' WHERE login = 'dealer'")
    await judged(Change(None, episode(world, 0)))
    world.conn.execute("UPDATE app_user SET role = 'dealer' WHERE login = 'dealer'")
    told = mail.of("dealer")[0].body
    assert "look at its values and call the owner; your office acknowledges the alarm." in told
    assert "acknowledge the alarm, look at its values" not in told
