"""Two gateways of one id: the one that is taken over says so, stands by, and comes back when the other has gone."""

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from app.embedded import EmbeddedServers
from app.stand_by import GONE_FOR_S
from app.supervisor import Supervisor
from storage.gateway_holder import hold, is_held
from storage.pool import connect
from tests.conftest import Database
from tests.e2e.stack import Stack, stack_on

pytestmark = pytest.mark.slow


@pytest.fixture
def stack(servers: EmbeddedServers, database: Database, tmp_path: Path) -> Iterator[Stack]:
    with stack_on(servers, database.name, tmp_path) as made:
        yield made


@pytest.fixture
def supervisors(stack: Stack, tmp_path: Path) -> Iterator[Callable[[str], Supervisor]]:
    """Supervisors with one gateway each, as `ecc up` has."""
    made = []

    def start(name: str) -> Supervisor:
        supervisor = Supervisor(tmp_path / name)
        supervisor.add("gateway", ["gateway"], stack.environment | {"ECC_GATEWAY_HTTP_PORT": "0"})
        made.append(supervisor)
        return supervisor

    yield start
    for supervisor in made:
        supervisor.stop()


def epoch(stack: Stack) -> int:
    """How often a gateway has taken over."""
    return int(stack.value("SELECT coalesce(max(epoch), 0) FROM gateway_epoch"))


def watched(supervisors: list[Supervisor], until: Callable[[], bool], within_s: float = 40.0) -> list[list[str]]:
    """What each supervisor says until something is so."""
    said: list[list[str]] = [[] for _ in supervisors]
    deadline_s = time.monotonic() + within_s
    while not until():
        assert time.monotonic() < deadline_s, said
        for number, supervisor in enumerate(supervisors):
            said[number] += supervisor.keep_running()
        time.sleep(0.05)
    return said


def test_a_supervised_gateway_stands_by_while_another_is_at_work_and_comes_back_after_it(
    stack: Stack, supervisors: Callable[[str], Supervisor]
) -> None:
    ours = supervisors("ours")
    watched([ours], lambda: epoch(stack) == 1)
    stack.gateway.start()  # by hand
    (said,) = watched([ours], lambda: "standing by" in log_of(ours))
    assert len(said) == 1
    assert "another gateway with this ECC_GATEWAY_ID has taken over" in said[0]
    time.sleep(3)
    assert (watched([ours], lambda: True), epoch(stack), stack.gateway.is_ready) == ([[]], 2, True)
    gone_s = time.monotonic()
    stack.gateway.stop()
    assert watched([ours], lambda: epoch(stack) == 3) == [[]]
    assert time.monotonic() - gone_s >= GONE_FOR_S - 1


def test_two_supervisors_do_not_take_the_work_from_each_other_for_ever(
    stack: Stack, supervisors: Callable[[str], Supervisor]
) -> None:
    first = supervisors("first")
    watched([first], lambda: epoch(stack) == 1)
    second = supervisors("second")
    watched([first, second], lambda: "standing by" in log_of(first))
    for crash in range(2):  # the one at work crashes: its own supervisor is there before the one that stands by
        popen = second.children["gateway"].popen
        assert popen is not None
        popen.kill()
        said = watched([first, second], reached(stack, 3 + crash))
        assert said == [[], ["gateway is not running; starting it again"]]
    for _ in range(2):  # once the other may have come first: where a start takes longer than it stands by
        before = epoch(stack)
        said = watched([first, second], over(GONE_FOR_S + 3))
        if said == [[], []]:
            break
    assert (said, epoch(stack)) == ([[], []], before)


def test_who_is_at_work_is_known_from_its_connection_alone(database: Database) -> None:
    url = database.url("ecc_gateway")
    with connect(url, application="looks") as looking, connect(url, application="one") as one:
        looking.autocommit = one.autocommit = True
        assert not is_held(looking, "g")
        hold(one, "g")
        with connect(url, application="two") as two:
            two.autocommit = True
            hold(two, "g")  # holders keep nobody out
            assert (is_held(looking, "g"), is_held(looking, "h")) == (True, False)
        one.close()
        until_s = time.monotonic() + 5
        while is_held(looking, "g"):
            assert time.monotonic() < until_s
            time.sleep(0.02)


def reached(stack: Stack, number: int) -> Callable[[], bool]:
    """Whether gateways have taken over so often."""
    return lambda: epoch(stack) == number


def over(seconds: float) -> Callable[[], bool]:
    """Whether so much time has gone by since now."""
    until_s = time.monotonic() + seconds
    return lambda: time.monotonic() > until_s


def log_of(supervisor: Supervisor) -> str:
    return supervisor.children["gateway"].log.read_text(encoding="utf-8")
