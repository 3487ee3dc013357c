"""The live stream, as one sequence over any number of connections."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import httpx

from ecc_client._sync.transport import API, Transport, told
from ecc_client.errors import NoAnswer, ServerFailed
from ecc_client.frames import SILENT, Event, Frames

SILENCE_S = 20.0  # the server says something every few seconds, a heartbeat when there is nothing


def live(transport: Transport, *, last_event_id: str | None, **filters: Any) -> Iterator[Event]:
    """Events for ever; a broken line is taken up again behind the last one.

    Ends by an exception only: a refusal (a revoked key, a filter that is wrong), not a line that broke.
    """
    frames, failures = Frames(last_event_id), 0
    timeout = httpx.Timeout(SILENCE_S)
    while True:
        headers = {"Accept": "text/event-stream"} | ({"Last-Event-ID": frames.last_id} if frames.last_id else {})
        try:
            with transport.stream(
                "GET", f"{API}/live", params=told(filters), headers=headers, timeout=timeout
            ) as answer:
                frames.begin()
                for line in answer.iter_lines():
                    event = frames.take(line)
                    if event is not None:
                        failures = 0
                        if event.event not in SILENT:
                            yield event
        except (httpx.TransportError, NoAnswer, ServerFailed):
            failures += 1
        time.sleep(frames.retry_s or transport.retries.pause_s(failures + 1))
