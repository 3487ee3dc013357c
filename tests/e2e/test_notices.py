"""Notices on the real stack: a sender that is killed loses nothing and says what it may have sent twice."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime

import psycopg
import pytest

from tests.api.world import World
from tests.e2e.stack import Stack, eventually
from tests.notice_stand import MailServer, mail_server

pytestmark = pytest.mark.slow


def peopled(stack: Stack) -> World:
    conn = psycopg.connect(stack.owner_url, autocommit=True)
    world = World.build(conn)
    conn.execute("UPDATE app_user SET email = login || '@example.com', name = initcap(login), language = 'en'")
    conn.execute(
        "WITH t AS (INSERT INTO terminal (name) VALUES ('T-DIGGER') RETURNING terminal_id) "
        "INSERT INTO installation (terminal_id, machine_id) SELECT terminal_id, %s FROM t",
        [world.machines["digger"]],
    )
    return world


def start_sender(stack: Stack, mail: MailServer, **environment: str) -> None:
    given = {"ECC_SMTP_URL": mail.url, "ECC_MAIL_FROM": "ecc@example.org", "ECC_NOTICE_RETRY_SCALE": "0.05"}
    stack.sender.begin(**given, ECC_PUBLIC_URL="https://ecc.example.org", **environment)


def reading(seq: int, at: datetime, oil_kpa: float) -> dict[str, object]:
    signals = {"engine_speed_rpm": 1500, "engine_oil_pressure_kpa": oil_kpa}
    return {"boot": "1", "seq": seq, "t": at.isoformat(), "signals": signals}


def test_a_sender_killed_between_sending_and_recording_repeats_each_notice_at_most_once_and_says_so(
    stack: Stack,
) -> None:
    world = peopled(stack)
    with mail_server() as mail:
        for i in range(8):
            world.alarm("digger", key=f"rule_{i}", raised_at=datetime.now(UTC))
        start_sender(stack, mail, ECC_FAULT_POINT="after_send:3")
        assert eventually(lambda: not stack.sender.running, 40), stack.sender.log.read_text()[-2000:]
        before = {mail.id for mail in mail.got}
        assert 3 <= len(before) < 24
        start_sender(stack, mail, ECC_FAULT_POINT="")
        unsent = "SELECT count(*) FROM notice WHERE state <> 'sent'"
        assert eventually(lambda: stack.value(unsent) == 0 and stack.value("SELECT count(*) FROM notice") == 24, 40)
        times = Counter(one.id for one in mail.got)
        repeated = {one_id for one_id, count in times.items() if count > 1}
        assert len(times) == 24
        assert repeated
        assert max(times.values()) == 2
        interrupted = stack.rows(
            "SELECT n.public_id::text FROM notice n JOIN notice_delivery d USING (notice_id) "
            "WHERE d.outcome = 'interrupted'"
        )
        assert {one_id.strip("<>").removeprefix("notice.").partition("@")[0] for one_id in repeated} <= {
            row[0] for row in interrupted
        }
        attempts = {str(one.message["ECC-Attempt"]) for one in mail.got if one.id in repeated}
        assert attempts == {"1", "2"}
    world.conn.close()
