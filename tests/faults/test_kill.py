"""Gateway, database and broker are killed while 500 machines send; nothing is lost, doubled or missed."""

from __future__ import annotations

import random
import signal
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path

import psycopg
import pytest
from psycopg import sql

from app.embedded import EmbeddedServers
from storage.migrate import migrate
from tests.faults.oracle import Kept, Truth, complaints, differences, read
from tests.faults.plan import Plan
from tests.faults.platform import GatewayProcess, PublisherProcess, wait_ready

pytestmark = pytest.mark.faults

SEED = 20261121
AT_RANDOM = "at random"
POINTS = ("before_copy", "before_commit", "before_puback")
GATEWAY_KILLS, DATABASE_KILLS = 10, 3
RATE = 2_500  # messages a second that the machines send while nothing is broken
FINISHED_WITHIN_S = 150.0


@dataclass
class Run:
    """One pass of the plan through a platform of its own database."""

    servers: EmbeddedServers
    plan: Plan
    name: str
    log_dir: Path
    chance: random.Random = field(default_factory=lambda: random.Random(SEED))
    deaths: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.log = self.log_dir / f"{self.name}.log"
        with psycopg.connect(self.servers.superuser_url(), autocommit=True) as conn:
            conn.execute(sql.SQL("CREATE DATABASE {} OWNER ecc_owner").format(sql.Identifier(self.name)))
        migrate(self.servers.database_url("ecc_owner", self.name))

    def start_gateway(self, fate: str | None) -> GatewayProcess:
        """A gateway that will die by `fate`: at a named point the n-th time it passes it, or when the test says so."""
        point = None if fate in {None, AT_RANDOM} else f"{fate}:{self.chance.randint(2, 9)}"
        gateway = GatewayProcess(self.servers, self.name, self.log, point)
        wait_ready(gateway, self.log)
        return gateway

    def undisturbed(self) -> Kept:
        """Send everything with nothing going wrong."""
        gateway = self.start_gateway(None)
        publisher = PublisherProcess(self.servers, self.plan, self.name, rate=20_000)
        try:
            publisher.permit(2 * self.plan.messages_in_all)
            self._await(lambda: publisher.is_done)
            return self._settled()
        finally:
            publisher.end()
            gateway.stop()

    def disturbed(self) -> Kept:
        """Send everything while everything dies; machines send on only as far as the disasters have come."""
        fates = [POINTS[n % len(POINTS)] if n < 6 else AT_RANDOM for n in range(GATEWAY_KILLS)]
        self.chance.shuffle(fates)
        disasters = [*fates, *["database"] * DATABASE_KILLS, "broker SIGTERM", "broker SIGKILL"]
        self.chance.shuffle(disasters)
        publisher = PublisherProcess(self.servers, self.plan, self.name, rate=RATE)
        share = self.plan.messages_in_all // (len(disasters) + 1)
        gateway: GatewayProcess | None = None
        try:
            for number, disaster in enumerate(disasters, start=1):
                gateway = self._strike(disaster, gateway, publisher, share * number)
                self.deaths.append(disaster)
            gateway = gateway or self.start_gateway(None)
            publisher.permit(2 * self.plan.messages_in_all)
            self._await(lambda: publisher.is_done)
            kept = self._settled()
            assert gateway.exit_code is None
            return kept
        finally:
            publisher.end()
            if gateway is not None:
                gateway.stop()

    def _strike(
        self, disaster: str, gateway: GatewayProcess | None, publisher: PublisherProcess, upto: int
    ) -> GatewayProcess | None:
        """Let messages flow up to `upto`, and have one thing die among them; a gateway that lives on."""
        if disaster in POINTS:
            if gateway is not None:  # its successor is the one that dies at the point
                gateway.stop()
            gateway = self.start_gateway(disaster)
        else:
            gateway = gateway or self.start_gateway(None)
        before = publisher.said["covered"]
        publisher.permit(upto)
        if disaster in POINTS:
            more = count(upto, 200)
            self._await(lambda: gateway.exit_code is not None, meanwhile=lambda: publisher.permit(next(more)))
            assert gateway.exit_code == -signal.SIGKILL, f"the gateway gave up:\n{self.log.read_text()[-3000:]}"
            return None
        self._await(lambda: publisher.said["covered"] > before)
        time.sleep(self.chance.uniform(0.0, 0.6))
        return self._kill(disaster, gateway)

    def _kill(self, disaster: str, gateway: GatewayProcess) -> GatewayProcess | None:
        if disaster == AT_RANDOM:
            gateway.kill()
            return None
        server = self.servers.postgres if disaster == "database" else self.servers.mosquitto
        if disaster == "broker SIGTERM":
            self.servers.mosquitto.terminate()
        else:
            server.kill()
        time.sleep(self.chance.uniform(0.1, 1.0))
        server.restart()
        return gateway

    def _await(self, condition: Callable[[], bool], meanwhile: Callable[[], None] = lambda: None) -> None:
        deadline = time.monotonic() + FINISHED_WITHIN_S
        while not condition():
            assert time.monotonic() < deadline, f"nothing moves after {self.deaths}:\n{self.log.read_text()[-3000:]}"
            time.sleep(0.2)
            meanwhile()

    def _settled(self) -> Kept:
        """What is kept once every late row is judged and what is held back for a second is written."""
        with psycopg.connect(self.servers.superuser_url(self.name), autocommit=True) as conn:
            self._await(lambda: conn.execute("SELECT 1 FROM rejudge WHERE NOT done LIMIT 1").fetchone() is None)
            time.sleep(2.0)
            return read(conn)


def test_a_platform_that_is_killed_fifteen_times_keeps_what_an_undisturbed_one_keeps(
    server_dir: Path, tmp_path: Path
) -> None:
    plan = Plan(seed=SEED, start_us=(int(time.time()) - 260) * 1_000_000)
    messages = [message for machine in range(plan.machines) for message in plan.messages(machine)]
    assert len({message.key for message in messages}) == plan.messages_in_all == 50_000
    truth = Truth.of(messages)
    with EmbeddedServers(server_dir) as servers:
        calm = Run(servers, plan, "undisturbed", tmp_path).undisturbed()
        assert complaints(calm, truth, plan.machines) == []
        run = Run(servers, plan, "killed", tmp_path)
        killed = run.disturbed()
    assert len(calm.findings) > 300
    assert len({(kind, key) for _, kind, key, *_ in calm.findings}) >= 6
    assert [
        *complaints(killed, truth, plan.machines),
        *differences("findings", killed.findings, calm.findings),
        *differences("alarms", killed.alarms, calm.alarms),
    ] == []
    assert len(run.deaths) == GATEWAY_KILLS + DATABASE_KILLS + 2
