"""10,000 alarms at once: none lost or doubled, critical first, and the queue is there to be seen."""

import asyncio
import time
from collections import Counter
from datetime import UTC, datetime

import pytest

from storage.notice_sending import read_queue
from storage.pool import connect_async
from tests.notice_stand import sending
from tests.notices.test_telling import prefer, raise_alarm, settled

pytestmark = pytest.mark.asyncio(loop_scope="module")

MACHINES = """
INSERT INTO machine (public_id, pin, name)
SELECT gen_random_uuid(), 'FLOOD-' || i, 'flood ' || i FROM generate_series(1, 200) i RETURNING machine_id
"""
# 500 alarms a transaction, as a batch of the gateway has them; every tenth one is critical, the last ones written.
ALARMS = """
WITH wanted AS (
    SELECT gen_random_uuid() AS finding_id, gen_random_uuid() AS alarm_id, m.machine_id, 'rule_' || %(batch)s AS key,
        CASE WHEN m.position %% 10 = 0 THEN 'critical' ELSE 'low' END AS severity, m.position
    FROM unnest(%(machines)s::int[]) WITH ORDINALITY AS m (machine_id, position)
), f AS (
    INSERT INTO finding (finding_id, machine_id, source_kind, source_key, version, severity, from_at, held_at)
    SELECT finding_id, machine_id, 'rule', key, 'v1', severity, now(), now() FROM wanted
), a AS (
    INSERT INTO alarm (alarm_id, machine_id, source_kind, source_key, severity, finding_id, state, raised_at,
        committed_at)
    SELECT alarm_id, machine_id, 'rule', key, severity, finding_id, 'active', now(), now() FROM wanted
)
INSERT INTO alarm_transition (alarm_id, at, kind, version, actor)
SELECT alarm_id, now(), 'raised', 'v1', 'platform' FROM wanted ORDER BY position
"""
ONCE = """
SELECT u.login, count(*), count(DISTINCT d.source_id) FROM notice_told d JOIN app_user u USING (user_id)
JOIN notice n USING (notice_id) WHERE n.state = 'sent' GROUP BY 1 ORDER BY 1
"""


async def test_ten_thousand_alarms_are_each_told_once_to_everybody_in_singles_and_summaries(
    world, notice_database, mail
):
    machines = [row[0] for row in world.conn.execute(MACHINES).fetchall()]
    world.conn.execute(
        "INSERT INTO ownership (machine_id, organisation_id) SELECT unnest(%s::int[]), %s",
        [machines, world.organisations["north"]],
    )
    for login in ("owner", "colleague", "dealer"):
        prefer(world, login)
    began = time.monotonic()
    async with sending(notice_database, mail):
        for batch in range(50):
            await asyncio.to_thread(world.conn.execute, ALARMS, {"batch": batch, "machines": machines})
        async with await connect_async(notice_database.url("ecc_sender"), application="test") as conn:
            queue = await read_queue(conn, now=datetime.now(UTC))
        assert sum(row.notices for row in queue) > 0
        await settled(world, 60)
        routed_s = time.monotonic() - began
        await asyncio.to_thread(world.conn.execute, "UPDATE notice SET due_at = now() WHERE state = 'collecting'")
        await asyncio.sleep(0.2)
        await settled(world, 60)
    assert routed_s < 60
    assert world.conn.execute(ONCE).fetchall() == [
        ("colleague", 10_000, 10_000),
        ("dealer", 10_000, 10_000),
        ("owner", 10_000, 10_000),
    ]
    assert len({(one.to, one.id) for one in mail.got}) == len(mail.got)
    for login in ("owner", "colleague", "dealer"):
        singles = [one for one in mail.of(login) if not one.subject[0].isdigit()]
        gathered = [int(one.subject.split()[0]) for one in mail.of(login) if one.subject[0].isdigit()]
        assert len(singles) == 30
        assert sum(gathered) == 9_970
        assert len(gathered) <= 12  # a summary is for a span, not for a batch


async def test_what_is_critical_is_sent_before_what_waits_longer(world, notice_database, mail):
    prefer(world, "owner", most_per_hour=0)
    for i in range(30):
        raise_alarm(world, "digger", key=f"low_{i}", severity="low")
    for i in range(3):
        raise_alarm(world, "digger", key=f"critical_{i}")
    async with sending(notice_database, mail):
        await mail.until(33, "owner")
    order = [str(one.message["ECC-Severity"]) for one in mail.of("owner")]
    assert Counter(order[:12]) == {"critical": 3, "low": 9}  # ten are sent at a time
