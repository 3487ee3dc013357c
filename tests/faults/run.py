"""One pass of a plan through a platform with a database of its own."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import psycopg
from psycopg import sql

from app.embedded import EmbeddedServers
from storage.migrate import migrate
from tests.faults.oracle import Kept, read
from tests.faults.plan import Plan
from tests.faults.platform import GatewayProcess, PublisherProcess, wait_ready

FINISHED_WITHIN_S = 150.0
UNHURRIED = 20_000  # messages a second


@dataclass
class Run:
    """A plan, the servers, and the name of the run's own database; gateways write their words to `log`."""

    servers: EmbeddedServers
    plan: Plan
    name: str
    log_dir: Path

    def __post_init__(self) -> None:
        self.log = self.log_dir / f"{self.name}.log"
        with psycopg.connect(self.servers.superuser_url(), autocommit=True) as conn:
            conn.execute(sql.SQL("CREATE DATABASE {} OWNER ecc_owner").format(sql.Identifier(self.name)))
        migrate(self.servers.database_url("ecc_owner", self.name))

    @property
    def database_url(self) -> str:
        """Where the gateway finds its database."""
        return self.servers.database_url("ecc_gateway", self.name)

    def start_gateway(self, fault_point: str | None = None) -> GatewayProcess:
        """A gateway that is ready, or has already died at its fault point."""
        gateway = GatewayProcess(self.servers.mqtt_url, self.database_url, self.log, fault_point)
        wait_ready(gateway, self.log)
        return gateway

    def start_publisher(self, rate: int) -> PublisherProcess:
        """The machines; they send nothing before they are permitted to."""
        return PublisherProcess(self.servers, self.plan, self.name, rate)

    def without_kills(self, rate: int = UNHURRIED) -> Kept:
        """Send everything through one gateway, `rate` messages a second."""
        gateway = self.start_gateway()
        publisher = self.start_publisher(rate)
        try:
            kept = self.finished(publisher)
            assert gateway.exit_code is None
            return kept
        finally:
            publisher.end()
            gateway.stop()

    def finished(self, publisher: PublisherProcess) -> Kept:
        """Let everything out; what is kept once all is covered and every late row is judged."""
        publisher.permit(2 * self.plan.messages_in_all)
        self.wait(lambda: publisher.is_done)
        with psycopg.connect(self.servers.superuser_url(self.name), autocommit=True) as conn:
            self.wait(lambda: conn.execute("SELECT 1 FROM rejudge WHERE NOT done LIMIT 1").fetchone() is None)
            time.sleep(2.0)  # what is held back for a second is written
            return read(conn)

    def wait(self, condition: Callable[[], bool], meanwhile: Callable[[], None] = lambda: None) -> None:
        """Wait for a condition; fails with the gateway's last words when it does not come."""
        deadline = time.monotonic() + FINISHED_WITHIN_S
        while not condition():
            assert time.monotonic() < deadline, f"nothing moves any more:\n{self.log.read_text()[-3000:]}"
            time.sleep(0.2)
            meanwhile()
