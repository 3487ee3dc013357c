"""The measuring client: one keep-alive connection a person, one request at a time, timed until its last byte."""

from __future__ import annotations

import http.client
import json
import time
from dataclasses import dataclass
from typing import Any

JSON = "application/json"
ARROW = "application/vnd.apache.arrow.stream"
CSV = "text/csv"
IDLE_S = 2.0


class Refused(RuntimeError):
    """An answer that is not 200 measures nothing."""


@dataclass(frozen=True)
class Answer:
    """One answer and how long it took, ms."""

    body: bytes
    media_type: str
    took_ms: float


class Client:
    """A signed-in person's connection to the API (or anybody's, without a token)."""

    def __init__(self, port: int, token: str | None = None) -> None:
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=120)
        self._headers = {"Authorization": f"Bearer {token}"} if token else {}
        self._used_at = time.monotonic()

    @classmethod
    def signed_in(cls, port: int, login: str, password: str) -> Client:
        """A client of a person with a password."""
        anybody = cls(port)
        body = json.dumps({"login": login, "password": password}).encode()
        answer = anybody._send("POST", "/api/v1/auth/login", body, {"Content-Type": JSON})
        token: str = json.loads(answer.body)["token"]
        return cls(port, token)

    def get(self, path: str, accept: str = JSON) -> Answer:
        """An answer of 200. Raises Refused."""
        return self._send("GET", path, None, {"Accept": accept})

    def read(self, path: str) -> Any:
        """The answer's JSON."""
        return json.loads(self.get(path).body)

    def exists(self, path: str, accept: str = JSON) -> bool:
        """Whether the server answers it at all: endpoints that are not there yet are left out of the table."""
        try:
            self.get(path, accept)
        except Refused as refused:
            if " 404 " in f" {refused} ":
                return False
            raise
        return True

    def _send(self, method: str, path: str, body: bytes | None, headers: dict[str, str]) -> Answer:
        if time.monotonic() - self._used_at > IDLE_S:  # before the server closes it
            self._connection.close()
            self._connection.connect()
        began = time.perf_counter()
        self._connection.request(method, path, body, self._headers | headers)
        answer = self._connection.getresponse()
        content = answer.read()
        took_ms = (time.perf_counter() - began) * 1e3
        self._used_at = time.monotonic()
        if answer.status != http.HTTPStatus.OK:
            raise Refused(f"{method} {path}: {answer.status} {content[:400].decode(errors='replace')}")
        return Answer(content, answer.headers.get("content-type", ""), took_ms)
