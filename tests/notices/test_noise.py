"""Alarms that keep coming back, or go as soon as they come: one message, and what follows in another."""

import asyncio
import json
from datetime import UTC, datetime, timedelta

import pytest

from tests.notices.test_telling import change, raise_alarm, settled, told_twice

pytestmark = pytest.mark.asyncio(loop_scope="module")
GATHERED = """
SELECT n.due_at - n.made_at, count(*) FROM notice n JOIN notice_told USING (notice_id) JOIN app_user u
ON u.user_id = n.user_id WHERE u.login = 'owner' AND n.state = 'collecting' GROUP BY 1
"""


async def flap(world, n, began, **given):
    """The n-th time (from 0) that it comes and goes: it chatters from the third on."""
    with world.conn.transaction():
        alarm = raise_alarm(world, "digger", raised_at=began + timedelta(seconds=50 * n), **given)
        world.conn.execute("UPDATE alarm SET chattering = %s WHERE alarm_id = %s", [n >= 2, alarm])
    await settled(world)
    change(world, alarm, "cleared", "cleared")
    await settled(world)


async def test_an_alarm_that_chatters_is_told_once_and_what_follows_when_it_has_been_quiet(world, desk, mail):
    began = datetime.now(UTC) - timedelta(minutes=6)
    for n in range(7):
        await flap(world, n, began)
    subject = "[critical] digger: Low engine oil pressure"
    assert [one.subject for one in mail.of("owner")] == [subject, f"{subject} (over)"] * 2 + [subject]
    assert "It keeps coming back: 3 times since" in mail.of("owner")[4].body
    ((waits, count),) = world.conn.execute(GATHERED).fetchall()
    assert count == 9
    assert timedelta(minutes=10) < waits < timedelta(minutes=11)  # of quiet since the last of them
    world.conn.execute("UPDATE notice SET made_at = made_at - interval '59 minutes' WHERE state = 'collecting'")
    await flap(world, 7, began)
    ((waits, count),) = world.conn.execute(GATHERED).fetchall()
    assert (waits <= timedelta(minutes=70), count) == (True, 11)  # never put off by more than an hour
    assert len(mail.of("owner")) == 5
    world.conn.execute("UPDATE notice SET due_at = now() WHERE state = 'collecting'")
    gathered = (await mail.until(6, "owner"))[5]
    assert gathered.subject == "11 messages about your machines (it keeps coming back)"
    (line,) = [line for line in gathered.body.splitlines() if line.startswith("- ")]
    assert line.startswith("- [critical] digger: Low engine oil pressure, over, ")
    assert "8 times since" in line
    assert told_twice(world) == 0


async def test_a_job_of_before_it_was_put_off_sends_nothing(world, desk, mail):
    began = datetime.now(UTC) - timedelta(minutes=6)
    for n in (2, 3):
        await flap(world, n, began)
    world.conn.execute(
        "INSERT INTO procrastinate_jobs (queue_name, task_name, args) SELECT 'notices', 'notices.send', "
        "jsonb_build_object('notice_id', notice_id) FROM notice WHERE state = 'collecting'"
    )
    await asyncio.sleep(0.5)
    assert len(mail.of("owner")) == 1
    assert len(world.conn.execute(GATHERED).fetchall()) == 1


async def test_what_is_fleeting_is_one_message_that_tells_both(world, desk, mail):
    world.conn.execute("UPDATE alarm_setting SET fleeting_s = 3000")  # of which a hundredth is waited here
    alarm = raise_alarm(world, "digger", severity="high")
    async with asyncio.timeout(10):
        while not world.conn.execute("SELECT count(*) FROM notice").fetchone()[0]:  # noqa: ASYNC110 - it is routed soon
            await asyncio.sleep(0.02)
    change(world, alarm, "cleared", "cleared")
    async with asyncio.timeout(10):
        while world.conn.execute("SELECT count(*) FROM notice_due").fetchone()[0]:  # noqa: ASYNC110 - it is routed soon
            await asyncio.sleep(0.02)
    world.conn.execute("UPDATE notice SET due_at = now()")
    await settled(world)
    world.conn.execute("UPDATE alarm_setting SET fleeting_s = DEFAULT")
    (told,) = mail.of("owner")
    assert told.subject == "[high] digger: Low engine oil pressure (over)"
    assert "digger reports: Low engine oil pressure." in told.body
    assert '"Low engine oil pressure" of digger is over' in told.body
    assert told_twice(world) == 0


async def test_of_the_control_centre_only_what_its_roster_bears_out_is_said(world, desk, mail):
    raise_alarm(world, "digger")
    (to_owner,) = await mail.until(1, "owner")
    (to_dealer,) = await mail.until(1, "dealer")
    assert "Nobody of the control centre is on duty now. Do what is said above and tell your dealer" in to_owner.body
    assert "acknowledge the alarm, look at its values, and call the owner" in to_dealer.body
    expert = world.conn.execute("SELECT public_id::text FROM app_user WHERE login = 'expert'").fetchone()[0]
    days = [(datetime.now(UTC) + timedelta(days=day)).date().isoformat() for day in (0, 1)]
    shifts = [{"from": "00:00", "to": "24:00", "date": day, "people": [expert]} for day in days]
    world.conn.execute(
        "WITH r AS (INSERT INTO roster (public_id, organisation_id, name, time_zone) "
        "VALUES (gen_random_uuid(), %(o)s, 'Centre', 'UTC') RETURNING roster_id) "
        "INSERT INTO duty_seat (public_id, roster_id, organisation_id, place, name, role, shifts) "
        "SELECT gen_random_uuid(), roster_id, %(o)s, 1, 'Desk', 'expert', %(shifts)s FROM r",
        {"o": world.organisations["platform"], "shifts": json.dumps(shifts)},
    )
    raise_alarm(world, "digger", key="coolant_overheat", severity="high")
    (_, on_duty) = await mail.until(2, "owner")
    assert "The control centre is on duty and has this alarm on its list" in on_duty.body
    await settled(world)
    world.conn.execute("UPDATE app_user SET active = false WHERE login = 'expert'")
    raise_alarm(world, "digger", key="rule_a")
    (_, _, gone) = await mail.until(3, "owner")
    assert "Nobody of the control centre is on duty now" in gone.body


async def test_an_escalation_of_what_went_by_itself_is_told_and_says_that_it_is_over(world, desk, mail):
    world.conn.execute("UPDATE app_user SET active = true WHERE login = 'expert'")
    expert = world.conn.execute("SELECT public_id::text FROM app_user WHERE login = 'expert'").fetchone()[0]
    alarm = raise_alarm(world, "digger", key="rule_b")
    change(world, alarm, "cleared", "cleared")
    world.conn.execute("UPDATE alarm SET lifecycle = 'returned_unacknowledged' WHERE alarm_id = %s", [alarm])
    change(world, alarm, "escalated", level=1, people=[expert])
    await settled(world)
    told = [one for one in mail.of("expert") if "escalated" in one.subject]
    assert len(told) == 1
    assert '"rule_b" of digger is over' in told[0].body
