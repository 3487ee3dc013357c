"""Every event reaches its webhook, whatever kills the sender: one that was sent and not recorded comes once more."""

from __future__ import annotations

import json
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import psycopg

from tests.e2e.stack import Stack, eventually

EVENTS = 8
WRITE = "INSERT INTO event_log (at, organisation_id, kind, payload) VALUES (now(), %s, 'test.note', %s)"
MAKE = """
WITH made AS (
    INSERT INTO webhook (public_id, organisation_id, url, kinds, created_at, updated_at)
    SELECT gen_random_uuid(), organisation_id, %s, '{test.note}', now(), now() FROM organisation WHERE kind = 'ecc'
    RETURNING webhook_id, organisation_id, public_id
), keyed AS (
    INSERT INTO webhook_secret (webhook_id, organisation_id, secret) SELECT webhook_id, organisation_id, 'k' FROM made
)
SELECT organisation_id, public_id::text FROM made
"""


@contextmanager
def received(on_event: Callable[[int], None]) -> Iterator[tuple[str, list[dict[str, object]]]]:
    """A receiver that calls `on_event` with the number of the request, and only then answers."""
    got: list[dict[str, object]] = []

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            got.append({"id": self.headers["ECC-Event-Id"]} | json.loads(body))
            on_event(len(got))
            self.send_response(200)
            self.send_header("content-length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Silent."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/", got
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def test_a_sender_killed_between_sending_and_recording_loses_nothing_and_repeats_at_most_that_one(stack: Stack) -> None:
    kills = {2, 6}

    def kill(number: int) -> None:
        if number in kills:
            stack.sender.kill()

    with received(kill) as (url, got), psycopg.connect(stack.owner_url, autocommit=True) as conn:
        row = conn.execute(MAKE, [url]).fetchone()
        assert row is not None
        organisation, webhook = row
        for number in range(EVENTS):
            conn.execute(WRITE, [organisation, json.dumps({"n": number})])
        written = [place for (place,) in conn.execute("SELECT xact || '-' || id FROM event_log ORDER BY xact, id")]
        for _ in range(len(kills) + 1):
            stack.sender.begin(ECC_WEBHOOK_ALLOW_PRIVATE="true")  # it may be killed before it says that it is ready
            assert eventually(lambda: not stack.sender.running or len({e["id"] for e in got}) == EVENTS, 30)
        times = Counter(str(event["id"]) for event in got)
        assert list(times) == written, "all of them, in order"
        assert [times[place] for place in written].count(2) == len(kills), "one repeat a kill, with the same id"
        assert max(times.values()) == 2
        numbers = [event["data"]["payload"]["n"] for event in got]  # type: ignore[index]
        assert numbers == sorted(numbers), "a repeat comes at once, nothing overtakes it"
        recorded = "SELECT count(DISTINCT event) FROM webhook_delivery WHERE outcome = 'delivered'"
        assert eventually(lambda: stack.value(recorded) == EVENTS, 10)

        listed = stack.ecc("webhooks", "list").stdout
        assert webhook in listed
        assert written[-1] in listed
        stack.ecc("webhooks", "test", webhook)
        assert eventually(lambda: str(got[-1]["kind"]) == "webhook.test", 10)
        stack.ecc("webhooks", "replay", webhook, "--from", written[-2])
        assert eventually(lambda: got[-1]["id"] == written[-1], 10)
        refused = stack.ecc("webhooks", "replay", webhook, "--from", "yesterday", check=False)
        assert (refused.returncode, "no place" in refused.stderr) == (2, True)
