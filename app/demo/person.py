"""Somebody who is signed in to the API of the demo."""

import threading
import time
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import httpx

PAGE = 100
TRIES = 20  # of a request that is asked to come again later
TIMEOUT_S = 120.0  # a loaded machine answers late


@dataclass(slots=True)
class Person:
    """A login with its session, which is begun anew when it has ended. Every call raises httpx.HTTPError."""

    login: str
    password: str
    client: httpx.Client
    _sessions: int = 0
    _signing_in: threading.Lock = field(default_factory=threading.Lock)

    @classmethod
    def at(cls, address: str, login: str, password: str) -> "Person":
        """Who signs in with the first call."""
        client = httpx.Client(base_url=address, timeout=TIMEOUT_S, headers={"X-ECC-Request": "demo"})
        return cls(login, password, client)

    def get(self, path: str, **query: Any) -> Any:
        """The answer's JSON."""
        return self._answer("GET", path, params=query)

    def every(self, path: str, **query: Any) -> Iterator[dict[str, Any]]:
        """The items of a list, page by page."""
        cursor: str | None = None
        while True:
            page = self.get(path, **query, limit=PAGE, **({"cursor": cursor} if cursor else {}))
            yield from page["items"]
            cursor = page["next_cursor"]
            if cursor is None:
                return

    def post(self, path: str, body: Any = None) -> Any:
        """The answer's JSON, None of an empty one."""
        return self._answer("POST", path, json=body, headers={"Idempotency-Key": uuid.uuid4().hex})

    def patch(self, path: str, body: Any, *, version: int) -> Any:
        """The answer's JSON."""
        return self._answer("PATCH", path, json=body, headers={"If-Match": f'"{version}"'})

    def _answer(self, method: str, path: str, **more: Any) -> Any:
        session = self._sessions
        answer = self._asked(method, path, **more)
        if answer.status_code == httpx.codes.UNAUTHORIZED:
            self._sign_in(session)
            answer = self._asked(method, path, **more)
        answer.raise_for_status()
        return answer.json() if answer.content else None

    def _asked(self, method: str, path: str, **more: Any) -> httpx.Response:
        """The answer; who asks too often waits as long as they are told, as any program should."""
        answer = self.client.request(method, f"/api/v1{path}", **more)
        for _ in range(TRIES):
            if answer.status_code != httpx.codes.TOO_MANY_REQUESTS:
                break
            time.sleep(float(answer.headers.get("retry-after", "1")))
            answer = self.client.request(method, f"/api/v1{path}", **more)
        return answer

    def _sign_in(self, session: int) -> None:
        """Begin the session after `session`, unless another thread has done so."""
        with self._signing_in:
            if self._sessions == session:
                who = {"login": self.login, "password": self.password}
                self.client.post("/api/v1/auth/login", json=who).raise_for_status()
                self._sessions += 1
