"""What people were told and late data changed: one correction to whom it changes something, nothing to anybody else."""

from datetime import UTC, datetime, timedelta

import pytest
import pytest_asyncio

from alerts.service import Change, apply_changes
from fleet.findings import Finding, MachineId, Severity, SourceKind
from storage.pool import connect
from tests.notices.test_telling import settled

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
