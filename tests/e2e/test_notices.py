"""Notices on the real stack: oil pressure falls and the owner is told once; a sender that is killed loses nothing."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta

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


def test_oil_pressure_falls_and_the_owner_is_told_once_that_it_did_and_once_that_it_is_over(stack: Stack) -> None:
    world = peopled(stack)
    began = datetime.now(UTC) - timedelta(seconds=30)
    topic, at = "ecc/v1/T-DIGGER/telemetry", lambda s: began + timedelta(seconds=s)
    with mail_server() as mail:
        stack.gateway.start()
        start_sender(stack, mail)
        stack.sender.wait_until_ready()
        stack.publish(topic, *(reading(s, at(s), 350.0) for s in range(2)))
        stack.publish(topic, *(reading(s, at(s), 50.0) for s in range(2, 12)))  # at 2 s it falls
        assert not eventually(lambda: bool(mail.got), 1.0)  # for 10 s nothing is said
        stack.publish(topic, *(reading(s, at(s), 50.0) for s in range(12, 15)))  # at 12 s one alarm
        assert eventually(lambda: len(mail.of("owner")) == 1), stack.sender.log.read_text()[-2000:]
        assert mail.of("owner")[0].subject == "[critical] digger: Low engine oil pressure"
        assert "Stop the engine now" in mail.of("owner")[0].body
        stack.publish(topic, *(reading(s, at(s), 50.0) for s in range(15, 20)))  # it goes on: nothing new is said
        assert not eventually(lambda: len(mail.of("owner")) > 1, 1.0)
        stack.publish(topic, *(reading(s, at(s), 350.0) for s in range(20, 26)))  # at 20 s it returns
        assert eventually(lambda: len(mail.of("owner")) == 2)
        assert mail.of("owner")[1].subject == "[critical] digger: Low engine oil pressure (over)"
        assert stack.value("SELECT count(*) FROM alarm") == 1
        assert {login: len(mail.of(login)) for login in ("owner", "colleague", "dealer", "stranger", "expert")} == {
            "owner": 2,
            "colleague": 2,
            "dealer": 2,
            "stranger": 0,
            "expert": 0,
        }
    world.conn.close()


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
