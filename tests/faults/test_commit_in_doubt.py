"""The database commits and the gateway never hears it: the batch counts once, and the rules have seen it once."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.embedded import EmbeddedServers
from tests.faults.deaf_line import DeafLine
from tests.faults.oracle import Truth, complaints, differences
from tests.faults.plan import Plan
from tests.faults.run import Run

pytestmark = [pytest.mark.faults, pytest.mark.slow]


class DoubtfulRun(Run):
    """Its gateway speaks to the database through a line that swallows answers to COMMIT."""

    line: DeafLine

    @property
    def database_url(self) -> str:
        """Through the line."""
        return self.line.url


@pytest.fixture
def servers(server_dir: Path) -> Iterator[EmbeddedServers]:
    with EmbeddedServers(server_dir) as running:
        yield running


def test_a_commit_whose_answer_is_lost_changes_nothing(servers: EmbeddedServers, tmp_path: Path) -> None:
    plan = Plan(seed=7, start_us=(int(time.time()) - 260) * 1_000_000, machines=60)
    truth = Truth.of(plan.all_messages())
    calm = Run(servers, plan, "calm", tmp_path).without_kills()
    run = DoubtfulRun(servers, plan, "doubtful", tmp_path)
    run.line = DeafLine(servers.database_url("ecc_gateway", "doubtful", tcp=True), one_in=4)
    doubtful = run.without_kills(rate=800)
    run.line.close()
    assert run.line.cut >= 5
    assert complaints(calm, truth, plan.machines) == []
    wrong = [
        *complaints(doubtful, truth, plan.machines),
        *differences("findings", doubtful.findings, calm.findings),
        *differences("alarms", doubtful.alarms, calm.alarms),
    ]
    assert not wrong, "\n".join(wrong)
