"""A real API on a port of the loopback, with an integrator's client of North's: its key and its secret."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta

import httpx
import pytest

from ecc_client import Client, Retries, models
from tests.api.conftest import api_database, settings_for, world
from tests.api.world import PASSWORD, World
from tests.conftest import Database
from tests.dashboards.conftest import ConsoleServer

__all__ = ["api_database", "world"]
TOKEN_LIFETIME_S = 2.0
SCOPES = ["fleet:read", "positions", "aemp:read", "webhooks", "machines:write", "sites:write"]
QUICK = Retries(attempts=6, first_pause_s=0.1)


@dataclass
class Sent:
    """What an httpx client has sent, and what came back; a line of it can be made to break."""

    requests: list[tuple[str, str]] = field(default_factory=list)
    headers: list[httpx.Headers] = field(default_factory=list)

    def note(self, request: httpx.Request) -> None:
        self.requests.append((request.method, request.url.path))
        self.headers.append(request.headers)

    def count(self, path: str) -> int:
        return sum(asked == path for _, asked in self.requests)


class BreaksAfterwards(httpx.HTTPTransport):
    """The server gets and answers the request; the line breaks `times` before the answer is through."""

    def __init__(self, times: int) -> None:
        super().__init__()
        self.times = times

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        answer = super().handle_request(request)
        if self.times > 0:
            self.times -= 1
            answer.read()
            answer.close()
            raise httpx.ReadError("the line broke")
        return answer


class IsBusy(httpx.HTTPTransport):
    """What stands before the server says `times` that it is too much."""

    def __init__(self, times: int, retry_after: str) -> None:
        super().__init__()
        self.times, self.retry_after = times, retry_after

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        if self.times > 0:
            self.times -= 1
            return httpx.Response(429, headers={"Retry-After": self.retry_after}, json={"code": "rate_limited"})
        return super().handle_request(request)


@pytest.fixture(scope="module")
def server(world: World, api_database: Database) -> Iterator[ConsoleServer]:
    settings = settings_for(
        api_database.url("ecc_api"),
        client_token_lifetime=timedelta(seconds=TOKEN_LIFETIME_S),
        free_sign_in_attempts=1000,
        heartbeat_s=0.3,
    )
    running = ConsoleServer(settings)
    running.start()
    yield running
    running.stop()


@pytest.fixture(scope="module")
def owner(server: ConsoleServer) -> Iterator[Client]:
    """North's owner."""
    with Client.with_password(server.address, "owner", PASSWORD, retries=QUICK) as client:
        yield client


@pytest.fixture(scope="module")
def program(owner: Client) -> models.ClientWithSecret:
    """The client that the owner has made for a program; its secret is its key as well."""
    wanted = {"name": "Fleet portal", "scopes": SCOPES}
    return owner.post("/api/v1/clients", wanted, models.ClientWithSecret)


@pytest.fixture
def client(server: ConsoleServer, program: models.ClientWithSecret) -> Iterator[Client]:
    """The program, by its key."""
    with Client(server.address, api_key=program.secret, retries=QUICK) as made:
        yield made


@pytest.fixture
def sent() -> Sent:
    return Sent()
