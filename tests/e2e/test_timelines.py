"""Stories on the real stack, told by the clock of the machine: what happens, who hears of it, and how often."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any

import httpx
import pytest

from fleet.signals import packaged_catalogue
from storage.pool import connect
from tests.api.world import PASSWORD, World
from tests.e2e.stack import Stack, eventually
from tests.e2e.test_notices import peopled, reading, start_sender
from tests.notice_stand import MailServer, mail_server
from usecases.remind_maintenance import remind_maintenance

pytestmark = pytest.mark.slow
LOW = "[critical] digger: Low engine oil pressure"
HOURS = packaged_catalogue()["engine_hours_h"].id
PLAN = """
name = "Diggers"
kind = "excavator"
tell = ["owner", "dealer"]
[[items]]
code = "engine_oil"
zh = "更换机油"
en = "Change engine oil"
every_h = 500
minutes = 60
parts = [{ code = "LF16352", name = "Oil filter", quantity = 1 }]
"""


@contextmanager
def signed_in(stack: Stack, login: str) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=f"{stack.api_url}/api/v1", timeout=30) as client:
        answer = client.post("/auth/login", json={"login": login, "password": PASSWORD})
        assert answer.status_code == 200, answer.text
        client.headers["authorization"] = f"Bearer {answer.json()['token']}"
        yield client


def subjects(mail: MailServer, login: str) -> list[str]:
    return [one.subject for one in mail.of(login)]


def ok(answer: httpx.Response) -> Any:
    assert answer.is_success, answer.text
    return answer.json()


def test_oil_pressure_falls_is_told_once_acknowledged_returns_and_clears_and_late_data_take_the_next_one_back(
    stack: Stack,
) -> None:
    world = peopled(stack)
    began, numbers = datetime.now(UTC) - timedelta(seconds=90), count()

    def sends(seconds: Iterable[float], oil_kpa: float) -> None:
        rows = [reading(next(numbers), began + timedelta(seconds=s), oil_kpa) for s in seconds]
        stack.publish("ecc/v1/T-DIGGER/telemetry", *rows)

    with mail_server() as mail:
        stack.gateway.start()
        stack.api.start()
        start_sender(stack, mail)
        stack.sender.wait_until_ready()
        sends(range(2), 350.0)
        sends(range(2, 12), 50.0)  # at 2 s oil pressure falls; for 10 s nothing is said
        assert not eventually(lambda: bool(mail.got), 1.0)
        sends(range(12, 13), 50.0)  # at 12 s one alarm
        assert eventually(lambda: stack.value("SELECT count(*) FROM alarm") == 1)
        sends(range(13, 14), 50.0)  # at 13 s exactly one message at the owner's mail server
        assert eventually(lambda: subjects(mail, "owner") == [LOW]), stack.sender.log.read_text()[-2000:]
        assert "Stop the engine now" in mail.of("owner")[0].body
        with signed_in(stack, "expert") as expert, signed_in(stack, "owner") as owner:
            (alarm,) = ok(expert.get("/alarms"))["items"]
            assert alarm["lifecycle"] == "active_unacknowledged"
            acknowledged = ok(expert.post(f"/alarms/{alarm['id']}/acknowledge"))  # at 14 s an expert acknowledges
            assert acknowledged["lifecycle"] == "active_acknowledged"
            assert expert.post(f"/alarms/{alarm['id']}/acknowledge").status_code == 409
            sends(range(14, 20), 50.0)  # it goes on: nothing new is said
            assert not eventually(lambda: len(mail.of("owner")) > 1, 1.0)
            sends(range(20, 26), 350.0)  # at 20 s it returns and, acknowledged, clears
            assert eventually(lambda: subjects(mail, "owner") == [LOW, f"{LOW} (over)"])
            ended = ok(owner.get(f"/alarms/{alarm['id']}"))
            assert (ended["state"], ended["lifecycle"]) == ("cleared", "normal")
            told = ok(owner.get(f"/alarms/{alarm['id']}/notices"))["items"]
            assert {(one["channel"], one["state"]) for one in told} == {("email", "sent")}
        sends(range(40, 52), 50.0)  # at 40 s it falls again: at 50 s the next alarm
        assert eventually(lambda: subjects(mail, "owner")[2:] == [LOW])
        sends([45.5], 350.0)  # what was held up on the way shows that it was never so for 10 s
        taken_back = [LOW, f"{LOW} (over)", LOW, f"{LOW} (taken back)"]
        assert eventually(lambda: subjects(mail, "owner") == taken_back)
        sends(range(52, 60), 350.0)
        assert not eventually(lambda: len(mail.of("owner")) > 4, 1.0)
        logins = ("owner", "colleague", "dealer", "stranger", "expert")
        assert [len(mail.of(login)) for login in logins] == [4, 4, 4, 0, 0]
    kinds = "SELECT kind FROM alarm_transition WHERE kind <> 'revised' ORDER BY transition_id"
    assert [row[0] for row in stack.rows(kinds)] == ["raised", "acknowledged", "cleared", "raised", "withdrawn"]
    world.conn.close()


def counter_shows(world: World, at: datetime, hours_h: float) -> None:
    world.conn.execute(
        "INSERT INTO rollup_1h (machine_id, bucket_at, signal_id, n, first, last) VALUES (%s, %s, %s, 1, %s, %s)",
        [world.machines["digger"], at - timedelta(hours=1), HOURS, hours_h, hours_h],
    )


def test_service_comes_near_is_due_and_is_done_and_each_is_told_once_whatever_is_restarted(
    stack: Stack, tmp_path: Path
) -> None:
    world = peopled(stack)
    today = datetime.now(UTC).replace(minute=0, second=0, microsecond=0) - timedelta(hours=2)

    def look(days: float, hours_h: float | None = None) -> int:
        """The step of `ecc diagnose`, as a process that has just been started, so many days after the first look."""
        at = today - timedelta(days=8) + timedelta(days=days)
        if hours_h is not None:
            counter_shows(world, at, hours_h)
        url = stack.servers.database_url("ecc_diagnose", stack.database)
        with connect(url, application="test") as conn:
            conn.autocommit = True
            return remind_maintenance(conn, now=at).reminders

    with mail_server() as mail:
        stack.api.start()
        (tmp_path / "plan.toml").write_text(PLAN)
        stack.ecc("maintenance", "plans", "import", str(tmp_path / "plan.toml"))
        start_sender(stack, mail)
        stack.sender.wait_until_ready()
        assert look(0, 5440) == 0  # 60 h are left
        assert look(1, 5451) == 1  # 49 h are left
        soon, due = "Service: digger, Change engine oil (due soon)", "Service: digger, Change engine oil (due)"
        assert eventually(lambda: subjects(mail, "owner") == [soon])
        assert "Left: 49 h of work" in mail.of("owner")[0].body
        assert "It takes: about 60 min, Oil filter (LF16352) x 1" in mail.of("owner")[0].body
        restarted(stack, mail, lambda: look(1.2))
        assert look(5, 5500) == 1  # due
        assert eventually(lambda: subjects(mail, "owner") == [soon, due])
        restarted(stack, mail, lambda: look(5.2))
        with signed_in(stack, "owner") as owner:
            path = f"/machines/{world.public['digger']}/maintenance"
            (item,) = ok(owner.get(path))["items"]
            assert (item["state"], item["cycle"]) == ("due", 1)
            work = {"items": [{"item": "engine_oil", "cycle": 1}], "hours_h": 5500, "note": "by ourselves"}
            ok(owner.post(f"{path}/done", json=work))
            assert owner.post(f"{path}/done", json=work).status_code == 409
            assert look(8) == 0
            (item,) = ok(owner.get(path))["items"]
            assert (item["state"], item["cycle"]) == ("ok", 2)
        assert not eventually(lambda: len(mail.of("owner")) > 2, 2.0)
        for login in ("owner", "colleague", "dealer"):
            assert subjects(mail, login) == [soon, due]
        assert len(mail.got) == 6
    world.conn.close()


def restarted(stack: Stack, mail: MailServer, look: Callable[[], int]) -> None:
    """The sender is killed and started again, and the machine is looked at twice: nothing is told again."""
    assert eventually(lambda: stack.value("SELECT count(*) FROM notice WHERE state <> 'sent'") == 0)
    before = len(mail.got)
    stack.sender.kill()
    assert look() == 0
    start_sender(stack, mail)
    stack.sender.wait_until_ready()
    assert look() == 0
    assert not eventually(lambda: len(mail.got) > before, 1.0)
