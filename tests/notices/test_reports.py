"""Work briefs that are mailed: once each, at their time, with the paper attached."""

import codecs
from datetime import UTC, datetime, timedelta

import pytest

from storage.pool import connect_async
from usecases.report_subscriptions import tell_due

pytestmark = pytest.mark.asyncio(loop_scope="module")


def subscribe(world, login: str, **given) -> None:
    values = {
        "machine": None,
        "period": "week",
        "form": "pdf",
        "next_at": datetime.now(UTC) - timedelta(days=20),
    } | given
    world.conn.execute(
        "INSERT INTO report_subscription (public_id, user_id, machine_id, period, at_minute, form, next_at, "
        "created_at) SELECT gen_random_uuid(), user_id, %(machine)s, %(period)s, 420, %(form)s, %(next_at)s, now() "
        "FROM app_user WHERE login = %(login)s",
        values | {"login": login},
    )


async def told(database) -> int:
    async with await connect_async(database.url("ecc_sender"), application="test") as conn:
        return await tell_due(conn, now=datetime.now(UTC))


async def test_a_brief_is_mailed_once_with_its_paper_and_is_due_again_next_monday(world, notice_database, mail, desk):
    subscribe(world, "owner", machine=world.machines["digger"])
    subscribe(world, "stranger", form="csv")
    subscribe(world, "colleague", next_at=datetime.now(UTC) + timedelta(days=1))
    await told(notice_database)  # or the sender itself, each minute
    assert await told(notice_database) == 0
    (paper,) = await mail.until(1, "owner")
    (table,) = await mail.until(1, "stranger")
    assert "digger" in paper.subject
    (attached,) = paper.message.iter_attachments()
    assert attached.get_content_type() == "application/pdf"
    assert attached.get_content().startswith(b"%PDF")
    (attached,) = table.message.iter_attachments()
    assert "digger" not in attached.get_content()
    assert attached.get_payload(decode=True).startswith(codecs.BOM_UTF8), "for spreadsheets"
    assert world.conn.execute("SELECT count(*) FROM notice WHERE kind = 'report'").fetchone() == (2,)
    assert mail.of("colleague") == []
    text = paper.message.get_body(("plain",)).get_content()
    assert "/api/v1/machines/" in text
    rows = world.conn.execute(
        "SELECT extract(isodow FROM next_at AT TIME ZONE u.time_zone), (next_at AT TIME ZONE u.time_zone)::time::text "
        "FROM report_subscription r JOIN app_user u USING (user_id) WHERE u.login = 'owner'"
    ).fetchall()
    assert [(int(day), at) for day, at in rows] == [(1, "07:00:00")]


async def test_a_brief_that_was_missed_is_of_the_days_before_it_was_due(world, notice_database):
    world.conn.execute("DELETE FROM report_subscription")
    async with await connect_async(notice_database.owner_url, application="test") as conn:
        await conn.execute(
            "INSERT INTO report_subscription (public_id, user_id, period, at_minute, form, next_at, created_at) "
            "SELECT gen_random_uuid(), user_id, 'week', 420, 'csv', '2026-10-26T07:00Z', now() FROM app_user "
            "WHERE login = 'owner'"
        )
        await conn.execute("UPDATE app_user SET time_zone = 'UTC' WHERE login = 'owner'")
        night = datetime(2026, 11, 9, 3, tzinfo=UTC)  # a Monday: the next one is due at seven
        assert await tell_due(conn, now=night) == 1
        row = await (
            await conn.execute("SELECT content FROM notice WHERE kind = 'report' AND made_at = %s", [night])
        ).fetchone()
        assert (row[0]["first"], row[0]["last"]) == ("2026-10-26", "2026-11-01")
        assert await (await conn.execute("SELECT next_at FROM report_subscription")).fetchone() == (
            datetime(2026, 11, 9, 7, tzinfo=UTC),
        )
        await conn.rollback()


async def test_who_sees_the_machine_no_more_is_mailed_nothing_of_it(world, notice_database, mail, desk):
    world.conn.execute("DELETE FROM report_subscription")
    world.machine("sold", owner=None)
    world.own("sold", "south", to_at=datetime.now(UTC) - timedelta(days=1))
    subscribe(world, "stranger", machine=world.machines["sold"])
    await told(notice_database)
    subscribe(world, "stranger", period="day", form="csv")
    await told(notice_database)
    (only,) = await mail.until(1, "stranger")
    assert "sold" not in only.subject
