"""Notices of one alarm go out one after the other, and none is left behind, however their attempts meet."""

import asyncio
from datetime import UTC, datetime, timedelta

import psycopg
import pytest

from storage.ids import uuid7
from storage.notice_sending import claim

pytestmark = pytest.mark.asyncio(loop_scope="module")
NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
LATER = NOW + timedelta(hours=1)
BLOCKED = "SELECT count(*) FROM pg_stat_activity WHERE pid = %s AND wait_event_type = 'Lock'"


@pytest.fixture
def notices(world):
    """Two notices of one alarm to one reader, in their order."""
    alarm = world.alarm("digger", raised_at=datetime.now(UTC))
    made = [
        world.conn.execute(
            "INSERT INTO notice (public_id, user_id, channel, kind, severity, alarm_id, language, state, made_at, "
            "due_at) SELECT %s, user_id, 'email', 'alarm', 'high', %s, 'en', 'queued', %s, %s FROM app_user "
            "WHERE login = 'owner' RETURNING notice_id",
            [uuid7(), alarm, NOW, NOW],
        ).fetchone()[0]
        for _ in range(2)
    ]
    world.conn.execute("DELETE FROM procrastinate_jobs WHERE queue_name = 'notices'")
    return made


def jobs(world):
    """(notice, when) of each job that sends a notice."""
    return world.conn.execute(
        "SELECT (args ->> 'notice_id')::bigint, scheduled_at FROM procrastinate_jobs WHERE task_name = 'notices.send'"
    ).fetchall()


async def attempt(database, notice_id):
    async with await psycopg.AsyncConnection.connect(database.url("ecc_sender")) as conn:
        return await claim(conn, notice_id, job_id=7, again_at=LATER, now=NOW)


async def test_the_second_comes_again_after_the_first(world, notice_database, notices):
    first, second = notices
    assert await attempt(notice_database, second) is None
    assert jobs(world) == [(second, LATER)]
    assert (await attempt(notice_database, first)).notice_id == first
    assert await attempt(notice_database, first) is not None, "the same job, run again"
    world.conn.execute("UPDATE notice SET state = 'sent' WHERE notice_id = %s", [first])
    assert (await attempt(notice_database, second)).notice_id == second


async def test_the_second_has_its_turn_when_the_first_ends_while_it_is_looked_at(world, notice_database, notices):
    first, second = notices
    with psycopg.connect(notice_database.owner_url) as holder:
        holder.execute("SELECT FROM notice WHERE notice_id = %s FOR UPDATE", [second])
        async with await psycopg.AsyncConnection.connect(notice_database.url("ecc_sender")) as conn:
            looking = asyncio.create_task(claim(conn, second, job_id=7, again_at=LATER, now=NOW))
            async with asyncio.timeout(10):
                while world.conn.execute(BLOCKED, [conn.info.backend_pid]).fetchone() != (1,):  # noqa: ASYNC110
                    await asyncio.sleep(0.01)
            world.conn.execute("UPDATE notice SET state = 'sent' WHERE notice_id = %s", [first])
            holder.rollback()
            assert await looking is None, "it saw the first one under way"
    assert jobs(world) == [(second, NOW)]
    assert (await attempt(notice_database, second)).notice_id == second
