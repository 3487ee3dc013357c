"""Servers that are away, busy or cut off: what is asked again, what is not, and that nothing is done twice."""

import threading
import time
import uuid
from datetime import UTC, datetime, timedelta

import httpx
import pytest

from ecc_client import Client, NoAnswer, RateLimited, Retries, Stale
from ecc_client.errors import retry_after_s
from ecc_client.retries import is_repeatable
from tests.api.world import PASSWORD
from tests.clients.conftest import QUICK, BreaksAfterwards, IsBusy


def through(server, transport, retries=QUICK):
    http = httpx.Client(transport=transport)
    client = Client.with_password(server.address, "owner", PASSWORD, retries=retries, http=http)
    times, transport.times = transport.times, 0
    client.me()  # signed in before anything breaks
    transport.times = times
    return client


def test_a_server_that_is_away_for_a_moment_is_waited_for(server, program):
    patient = Retries(attempts=40, first_pause_s=0.2, longest_pause_s=1.0)
    server.stop()
    back = threading.Timer(0.5, server.start)
    back.start()
    try:
        with Client(server.address, api_key=program.secret, retries=patient) as client:
            assert [machine.name for machine in client.machines.list()] == ["digger"]
    finally:
        back.join()


def test_a_post_whose_answer_was_lost_is_sent_again_and_done_once(server, owner):
    name = f"Lost {uuid.uuid4()}"
    with through(server, BreaksAfterwards(2)) as client:
        made = client.sites.create({"name": name, "time_zone": "Asia/Shanghai"})
    assert [site.id for site in owner.sites.list(q=name)] == [made.id]


def test_a_change_whose_answer_was_lost_is_not_sent_again(server, owner):
    site = owner.sites.create({"name": f"Changed {uuid.uuid4()}", "time_zone": "Asia/Shanghai"})
    with through(server, BreaksAfterwards(1)) as client, pytest.raises(NoAnswer, match="the line broke"):
        client.sites.update(site, {"address": "there"})
    assert owner.sites.get(site.id).address == "there"
    with pytest.raises(Stale):
        owner.sites.update(site, {"address": "there"})


def test_a_server_that_never_answers_is_given_up():
    with (
        Client("http://127.0.0.1:1", api_key="k", retries=Retries(attempts=2, first_pause_s=0.01)) as client,
        pytest.raises(NoAnswer, match="GET /api/v1/auth/me"),
    ):
        client.me()


def test_a_busy_server_is_asked_again_when_it_said(server):
    with through(server, IsBusy(1, "1")) as client:
        began_s = time.monotonic()
        assert client.me().login == "owner"
        assert 1.0 <= time.monotonic() - began_s < 3.0


def test_a_busy_server_that_asks_for_more_patience_than_there_is_is_an_error_at_once(server):
    with (
        through(server, IsBusy(1, "3600"), Retries(longest_pause_s=10.0)) as client,
        pytest.raises(RateLimited) as busy,
    ):
        client.me()
    assert (busy.value.code, busy.value.retry_after_s) == ("rate_limited", 3600.0)


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        (None, None),
        ("17", 17.0),
        ("soon", None),
        ("-5", None),
        ("Sun, 22 Nov 2026 10:00:30 GMT", 30.0),
        ("Sun, 22 Nov 2026 09:00:00 GMT", 0.0),
    ],
)
def test_retry_after_is_a_number_or_a_date(header, seconds):
    assert retry_after_s(header, now=datetime(2026, 11, 22, 10, tzinfo=UTC)) == seconds


def test_pauses_double_up_to_the_longest_and_never_come_together():
    retries = Retries(first_pause_s=1.0, longest_pause_s=5.0)
    for attempt, longest in ((1, 1.0), (2, 2.0), (3, 4.0), (4, 5.0), (500, 5.0)):
        pauses = {retries.pause_s(attempt) for _ in range(20)}
        assert len(pauses) > 10
        assert all(longest / 2 <= pause <= longest for pause in pauses)


def test_only_what_changes_nothing_when_sent_twice_is_sent_twice():
    assert all(is_repeatable(method, {}) for method in ("GET", "HEAD", "PUT"))
    assert not any(is_repeatable(method, {}) for method in ("POST", "PATCH", "DELETE"))
    assert is_repeatable("POST", {"Idempotency-Key": "k"})
    assert timedelta(seconds=QUICK.pause_s(1)) < timedelta(seconds=1)
