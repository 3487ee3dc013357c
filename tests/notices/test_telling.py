"""From an alarm to the owner's mail server: once to each who is to be told, in words, whatever happens in between."""

import asyncio
import json
import re
from datetime import UTC, datetime, timedelta

import pytest

pytestmark = pytest.mark.asyncio(loop_scope="module")

WAITING = """
SELECT (SELECT count(*) FROM notice_due) + (SELECT count(*) FROM notice WHERE state IN ('queued', 'sending'))
    + (SELECT count(*) FROM procrastinate_jobs WHERE task_name = 'notices.route')
"""
ALL = {f"{channel}": ["critical", "high", "medium", "low", "info"] for channel in ("email",)}


async def settled(world, within_s=30.0):
    """Wait until nothing is due, queued or being sent."""
    async with asyncio.timeout(within_s):
        while world.conn.execute(WAITING).fetchone() != (0,):  # noqa: ASYNC110 - another task works it
            await asyncio.sleep(0.05)


def raise_alarm(world, machine, **given):
    return world.alarm(machine, **({"raised_at": datetime.now(UTC)} | given))


def change(world, alarm, kind, state=None, **detail):
    if state is not None:
        world.conn.execute(
            "UPDATE alarm SET state = %s, lifecycle = 'normal', cleared_at = now() WHERE alarm_id = %s", [state, alarm]
        )
    world.conn.execute(
        "INSERT INTO alarm_transition (alarm_id, at, kind, version, actor, detail) "
        "VALUES (%s, now(), %s, 'v1', 'platform', %s)",
        [alarm, kind, json.dumps(detail)],
    )


def prefer(world, login, **chosen):
    values = {
        "channels": json.dumps(ALL),
        "quiet_from": None,
        "quiet_to": None,
        "through_quiet": ["critical"],
        "digest": "off",
        "digest_severities": [],
        "digest_at": 480,
        "most_per_hour": 30,
        "cleared": True,
    } | chosen
    world.conn.execute(
        "INSERT INTO notice_preference (user_id, channels, quiet_from, quiet_to, through_quiet, digest, "
        "digest_severities, digest_at, most_per_hour, cleared, updated_at) "
        "SELECT user_id, %(channels)s, %(quiet_from)s, %(quiet_to)s, %(through_quiet)s, %(digest)s, "
        "%(digest_severities)s, %(digest_at)s, %(most_per_hour)s, %(cleared)s, now() FROM app_user WHERE login = %(l)s",
        values | {"l": login},
    )


def told_twice(world):
    """Transitions that stand in the text of more than one sent notice to a person by a channel: none, ever."""
    return world.conn.execute(
        "SELECT count(*) FROM (SELECT source, source_id, user_id, channel FROM notice_told GROUP BY 1, 2, 3, 4 "
        "HAVING count(*) > 1) x"
    ).fetchone()[0]


async def test_an_alarm_is_one_message_to_each_who_is_to_be_told_and_its_end_another(world, desk, mail):
    alarm = raise_alarm(world, "digger")
    (to_owner,) = await mail.until(1, "owner")
    await settled(world)
    assert sorted(one.to.split("@")[0] for one in mail.got) == ["colleague", "dealer", "owner"]
    assert to_owner.subject == "[critical] digger: Low engine oil pressure"
    assert "Hello Owner" in to_owner.body
    assert f"https://ecc.example.org/live?alarm={alarm}" in to_owner.body
    assert "Engine oil pressure 82 kPa" in to_owner.body
    assert "Stop the engine now" in to_owner.body
    assert not re.search(r"[{}]", to_owner.body)
    change(world, alarm, "cleared", "cleared")
    await settled(world)
    assert [one.subject for one in mail.of("owner")][1:] == ["[critical] digger: Low engine oil pressure (over)"]
    assert len(mail.got) == 6
    assert told_twice(world) == 0
    kept = world.conn.execute("SELECT body FROM notice WHERE kind = 'alarm' LIMIT 1").fetchone()[0]
    assert "notice-actions/…" in kept  # the log opens nobody's links


async def test_what_is_late_or_held_back_is_told_nobody_until_it_comes_back(world, desk, mail):
    world.conn.execute("UPDATE app_user SET language = 'zh' WHERE login = 'owner'")
    with world.conn.transaction():
        held = raise_alarm(world, "digger", key="coolant_overheat", severity="high")
        late = raise_alarm(world, "digger", key="low_fuel", severity="high")
        world.conn.execute("UPDATE alarm SET suppression = 'shelved' WHERE alarm_id = %s", [held])
        world.conn.execute("UPDATE alarm SET historic = true WHERE alarm_id = %s", [late])
    await settled(world)
    assert mail.got == []
    world.conn.execute("UPDATE alarm SET suppression = NULL WHERE alarm_id = %s", [held])
    change(world, held, "unshelved")
    change(world, late, "cleared", "cleared")
    await settled(world)
    assert [one.subject for one in mail.got if one.to.startswith("owner")] == ["【高】digger：冷却液温度过高"]
    change(world, held, "unshelved")
    await settled(world)
    assert len(mail.of("owner")) == 1
    world.conn.execute("UPDATE app_user SET language = 'en' WHERE login = 'owner'")


async def test_an_escalation_reaches_those_it_names_whatever_they_prefer(world, desk, mail):
    prefer(world, "expert", channels=json.dumps({}), quiet_from=0, quiet_to=1439)
    public_id = world.conn.execute("SELECT public_id FROM app_user WHERE login = 'expert'").fetchone()[0]
    alarm = raise_alarm(world, "digger")
    change(world, alarm, "escalated", level=1, people=[str(public_id)])
    (to_expert,) = await mail.until(1, "expert")
    assert to_expert.subject.endswith("(escalated: nobody has acknowledged it)")
    await settled(world)
    assert len(mail.of("owner")) == 1


async def test_a_mail_server_that_is_down_for_20_s_delays_and_loses_nothing_and_repeats_nothing(world, desk, mail):
    mail.stop()
    alarms = [raise_alarm(world, "digger", key=f"rule_{i}") for i in range(6)]
    await asyncio.sleep(2)
    change(world, alarms[0], "cleared", "cleared")
    await asyncio.sleep(18)
    down = world.conn.execute("SELECT count(*), sum(times) FROM notice_delivery WHERE outcome = 'retrying'").fetchone()
    assert down[0] == 18  # one row each however often it was tried; what ended waits behind what began
    assert down[1] >= 54
    mail.start()
    await settled(world, 40)
    for login in ("owner", "colleague", "dealer"):
        assert sorted(one.subject for one in mail.of(login)) == sorted(
            [f"[critical] digger: rule_{i}" for i in range(6)] + ["[critical] digger: rule_0 (over)"]
        )
        assert [one.subject[-6:] == "(over)" for one in mail.of(login) if "rule_0" in one.subject] == [False, True]
    assert len({(one.to, one.id) for one in mail.got}) == len(mail.got) == 21


async def test_a_mailbox_that_is_not_there_is_a_dead_letter_with_the_servers_words(world, desk, mail):
    mail.unknown = {"owner@example.com"}
    mail.busy = 1
    raise_alarm(world, "digger")
    await settled(world)
    mail.unknown = set()
    assert len(mail.of("dealer")) == len(mail.of("colleague")) == 1
    state, answer = world.conn.execute(
        "SELECT n.state, d.answer FROM notice n JOIN notice_delivery d USING (notice_id) "
        "JOIN app_user u USING (user_id) WHERE u.login = 'owner'"
    ).fetchone()
    assert (state, answer) == ("dead", "550 5.1.1 no such mailbox")
    assert world.conn.execute("SELECT answer FROM notice_delivery WHERE outcome = 'retrying'").fetchall() == [
        ("451 4.3.2 try again later",)
    ]


async def test_muted_machines_quiet_hours_digests_and_limits_hold_back_and_lose_nothing(world, desk, mail):
    now = datetime.now(UTC)
    world.conn.execute(
        "INSERT INTO notice_mute (user_id, machine_id, muted_at) SELECT user_id, %s, now() FROM app_user "
        "WHERE login = 'colleague'",
        [world.machines["digger"]],
    )
    world.conn.execute("UPDATE app_user SET time_zone = 'UTC' WHERE login IN ('owner', 'dealer')")
    minute = now.hour * 60 + now.minute
    prefer(world, "owner", quiet_from=(minute - 60) % 1440, quiet_to=(minute + 60) % 1440)
    prefer(world, "dealer", most_per_hour=2)
    for i in range(5):
        raise_alarm(world, "digger", key=f"rule_{i}", severity="medium")
    raise_alarm(world, "digger")
    await settled(world)
    assert mail.of("colleague") == []
    assert [one.subject for one in mail.of("owner")] == ["[critical] digger: Low engine oil pressure"]
    assert len(mail.of("dealer")) == 2
    waiting = world.conn.execute(
        "SELECT u.login, n.reason, count(*), n.due_at - %s < interval '61 minutes' FROM notice n "
        "JOIN notice_told USING (notice_id) JOIN app_user u ON u.user_id = n.user_id WHERE n.state = 'collecting' "
        "GROUP BY 1, 2, n.due_at ORDER BY 1, 2",
        [now],
    ).fetchall()
    assert waiting == [
        ("dealer", "rate_limit", 4, True),
        ("owner", "quiet_hours", 5, True),
    ]
    world.conn.execute("UPDATE notice SET due_at = now() WHERE state = 'collecting'")
    await mail.until(2, "owner")
    await mail.until(3, "dealer")
    gathered = mail.of("owner")[1]
    assert gathered.subject == "5 messages about your machines (quiet hours)"
    assert all(f"digger: rule_{i}" in gathered.body for i in range(5))
    assert told_twice(world) == 0
    assert now + timedelta(minutes=1) > datetime.now(UTC)


DETAIL = {
    "left": {"h": -3.5, "days": 12},
    "due_low_at": "2026-11-25",
    "due_at": "2026-11-28",
    "due_high_at": "2026-12-03",
    "minutes": 60,
    "parts": [{"code": "LF16352", "name": "Oil filter", "quantity": 1.0}],
}


async def test_a_reminder_of_service_is_told_to_the_side_it_is_for(world, desk, mail):
    world.conn.execute(
        "INSERT INTO reminder (public_id, machine_id, item, item_zh, item_en, cycle, stage, state, at, tell, detail) "
        "VALUES (gen_random_uuid(), %s, 'oil', '更换机油', 'Engine oil change', 1, 'due', 'due', now(), '{owner}', %s)",
        [world.machines["digger"], json.dumps(DETAIL)],
    )
    (sent,) = await mail.until(1, "owner")
    await settled(world)
    assert sent.subject == "Service: digger, Engine oil change (due)"
    assert "Left: 3.5 h of work over, 12 days" in sent.body
    assert "Expected to be due: 2026-11-25 to 2026-12-03" in sent.body
    assert "It takes: about 60 min, Oil filter (LF16352) x 1" in sent.body
    assert mail.of("dealer") == []


async def test_several_services_are_one_mail_to_plan_by(world, desk, mail):
    world.conn.execute(
        "INSERT INTO reminder (public_id, machine_id, item, item_zh, item_en, cycle, stage, state, at, tell, detail) "
        "SELECT gen_random_uuid(), %s, item, '更换', item, 1, 'soon', 'soon', now(), '{owner}', "
        "%s::jsonb || jsonb_build_object('minutes', minutes) FROM (VALUES ('oil', 60), ('filter', 20)) AS i "
        "(item, minutes)",
        [world.machines["digger"], json.dumps(DETAIL | {"left": {"h": 4.21}})],
    )
    await settled(world)
    assert mail.of("owner") == []
    world.conn.execute("UPDATE notice SET due_at = now() WHERE state = 'collecting'")
    (sent,) = await mail.until(1, "owner")
    (machine,) = world.conn.execute("SELECT public_id::text FROM machine WHERE name = 'digger'").fetchone()
    assert sent.subject == "Service: digger, 2 items"
    for item, minutes in (("oil", 60), ("filter", 20)):
        assert (
            f"- {item}: due soon; left: 4.21 h of work; expected to be due: 2026-11-25 to 2026-12-03; "
            f"it takes: about {minutes} min, Oil filter (LF16352) x 1"
        ) in sent.body
    assert sent.body.count(f"/live?machine={machine}") == 2, "beside the machine, and below all"
    assert "alarm" not in sent.body


async def test_who_holds_the_duty_seat_is_told_and_who_is_off_duty_is_not(world, desk, mail):
    person = world.person("night", world.organisations["platform"], "expert")
    world.conn.execute("UPDATE app_user SET email = login || '@example.com' WHERE user_id = %s", [person])
    people = dict(world.conn.execute("SELECT login, public_id::text FROM app_user").fetchall())
    now = datetime.now(UTC)
    shift = {"from": "00:00", "to": "24:00", "date": now.date().isoformat(), "people": [people["expert"]]}
    tomorrow = shift | {"date": (now + timedelta(days=2)).date().isoformat(), "people": [people["night"]]}
    roster = world.conn.execute(
        "INSERT INTO roster (public_id, organisation_id, name, time_zone) "
        "VALUES (gen_random_uuid(), %s, 'Centre', 'UTC') RETURNING roster_id",
        [world.organisations["platform"]],
    ).fetchone()[0]
    world.conn.execute(
        "INSERT INTO duty_seat (public_id, roster_id, organisation_id, place, name, role, shifts) "
        "VALUES (gen_random_uuid(), %s, %s, 1, 'Desk', 'expert', %s)",
        [roster, world.organisations["platform"], json.dumps([shift, tomorrow])],
    )
    raise_alarm(world, "digger")
    await mail.until(1, "expert")
    await settled(world)
    assert mail.of("night") == []


async def test_a_transition_that_is_rolled_back_tells_nobody_and_one_transaction_is_one_job(world, desk, mail):
    jobs = "SELECT count(*) FROM procrastinate_jobs WHERE task_name = 'notices.route'"
    with world.conn.transaction():
        raise_alarm(world, "digger", key="rule_a")
        raise_alarm(world, "digger", key="rule_b")
        assert world.conn.execute(jobs).fetchone() == (1,)
    await mail.until(2, "owner")
    with pytest.raises(ZeroDivisionError), world.conn.transaction():  # noqa: PT012 - the error ends the transaction
        raise_alarm(world, "digger", key="rule_c")
        raise ZeroDivisionError
    await settled(world)
    assert len(mail.of("owner")) == 2
