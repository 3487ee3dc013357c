"""Gateway, database and broker are killed while hundreds of machines send; nothing is lost, doubled or missed.

`make test` has each of seven kills once, `make soak` fifteen of them with 500 machines.
"""

from __future__ import annotations

import random
import signal
import time
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path

import pytest

from app.embedded import EmbeddedServers
from tests.faults.oracle import Kept, Truth, complaints, differences
from tests.faults.plan import Plan
from tests.faults.platform import GatewayProcess, PublisherProcess
from tests.faults.run import Run

pytestmark = [pytest.mark.faults, pytest.mark.slow]

SEED = 20261121
AT_RANDOM, DATABASE, BROKER_TERM, BROKER_KILL = "at random", "database", "broker SIGTERM", "broker SIGKILL"
POINTS = ("before_copy", "before_commit", "before_puback")
EACH_ONCE = (*POINTS, AT_RANDOM, DATABASE, BROKER_TERM, BROKER_KILL)
FIFTEEN = (*EACH_ONCE, *POINTS, *[AT_RANDOM] * 3, *[DATABASE] * 2)
RATE = 2_500  # messages a second that the machines send while nothing is broken


@dataclass
class KilledRun(Run):
    """Everything dies again and again; the machines send on only as far as the disasters have come."""

    kills: tuple[str, ...]
    chance: random.Random = field(default_factory=lambda: random.Random(SEED))
    disasters: list[str] = field(default_factory=list)

    def with_kills(self) -> Kept:
        """Send everything while everything dies."""
        order = [*self.kills]
        self.chance.shuffle(order)
        publisher = self.start_publisher(RATE)
        share = self.plan.messages_in_all // (len(order) + 3)  # enough is left for the last to die among
        gateway: GatewayProcess | None = None
        try:
            for number, disaster in enumerate(order, start=1):
                gateway = self._strike(disaster, gateway, publisher, share * number)
                self.disasters.append(disaster)
            gateway = gateway or self.start_gateway()
            kept = self.finished(publisher)
            assert gateway.exit_code is None
            return kept
        finally:
            publisher.end()
            if gateway is not None:
                gateway.stop()

    def _strike(
        self, disaster: str, gateway: GatewayProcess | None, publisher: PublisherProcess, upto: int
    ) -> GatewayProcess | None:
        """Let messages flow up to `upto` and have one thing die among them; returns the gateway if it lives."""
        if disaster in POINTS:
            if gateway is not None:  # its successor is the one that dies at the point
                gateway.stop()
            self._die_at(disaster, publisher, upto)
            return None
        gateway = gateway or self.start_gateway()
        before = publisher.said["covered"]
        publisher.permit(upto)
        self.wait(lambda: publisher.said["covered"] > before)
        time.sleep(self.chance.uniform(0.0, 0.6))
        if disaster == AT_RANDOM:
            gateway.kill()
            return None
        self._kill_server(disaster)
        return gateway

    def _die_at(self, point: str, publisher: PublisherProcess, upto: int) -> None:
        gateway = self.start_gateway(f"{point}:{self.chance.randint(2, 6)}")
        publisher.permit(upto)
        more = count(upto, 100)  # until it has passed the point often enough
        self.wait(lambda: gateway.exit_code is not None, meanwhile=lambda: publisher.permit(next(more)))
        assert gateway.exit_code == -signal.SIGKILL, f"the gateway gave up:\n{self.log.read_text()[-3000:]}"

    def _kill_server(self, disaster: str) -> None:
        if disaster == DATABASE:
            self.servers.postgres.kill()
        elif disaster == BROKER_KILL:
            self.servers.mosquitto.kill()
        else:
            self.servers.mosquitto.terminate()
        time.sleep(self.chance.uniform(0.1, 1.0))
        (self.servers.postgres if disaster == DATABASE else self.servers.mosquitto).restart()


@pytest.mark.parametrize(
    ("kills", "machines"),
    [
        pytest.param(EACH_ONCE, 200, id="each way once"),
        pytest.param(FIFTEEN, 500, id="fifteen times", marks=pytest.mark.soak),
    ],
)
def test_a_platform_that_is_killed_again_and_again_keeps_what_an_undisturbed_one_keeps(
    server_dir: Path, tmp_path: Path, kills: tuple[str, ...], machines: int
) -> None:
    plan = Plan(seed=SEED, start_us=(int(time.time()) - 260) * 1_000_000, machines=machines)
    messages = plan.all_messages()
    assert len({message.key for message in messages}) == plan.messages_in_all == machines * 100
    truth = Truth.of(messages)
    with EmbeddedServers(server_dir) as servers:
        calm = Run(servers, plan, "undisturbed", tmp_path).without_kills()
        assert complaints(calm, truth, plan.machines) == []
        run = KilledRun(servers, plan, "killed", tmp_path, kills)
        killed = run.with_kills()
    assert len(calm.findings) > 0.6 * machines
    assert len({(kind, key) for _, kind, key, *_ in calm.findings}) >= 6
    wrong = [
        *complaints(killed, truth, plan.machines),
        *differences("findings", killed.findings, calm.findings),
        *differences("alarms", killed.alarms, calm.alarms),
    ]
    assert not wrong, "\n".join(wrong)
    assert sorted(run.disasters) == sorted(kills)
