"""The demo's parts that need no servers: waiting for its processes, and what its people find to do."""

import subprocess
import threading
import tomllib
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path

import pytest

from app.demo import ready
from app.demo.children import has_past, machines_of, simulate_arguments
from app.demo.desk import TURNS
from app.demo.office import CARRIERS
from app.demo.order import DemoOrder
from app.demo.ready import wait_ready
from app.demo.records import WORK_DONE, WRONG_CLOCK
from app.embedded.child import free_port
from app.supervisor import Child
from simulators.machines import make_machines
from simulators.plan import DEMO_PLAN, load_plan

WHOLE = DemoOrder(history_days=28)
BY_TERMINAL = {machine.terminal: machine for machine in make_machines(40)}


@pytest.fixture
def child(tmp_path: Path) -> Iterator[Child]:
    """A process that lives and serves nothing."""
    one = Child("api", [], {}, tmp_path / "api.log")
    one.popen = subprocess.Popen(["sleep", "60"])
    yield one
    one.popen.kill()
    one.popen.wait()


def test_who_waits_for_a_process_that_lives_says_so_and_does_not_give_up(child, monkeypatch):
    monkeypatch.setattr(ready, "SAY_EVERY_S", 0.0)
    said: list[str] = []
    stop = threading.Event()

    def say(text: str) -> None:
        said.append(text)
        if len(said) == 3:
            stop.set()

    assert wait_ready(child, free_port(None), stop, say) is None
    assert said[-1].startswith("the api is still starting (")


def test_of_a_process_that_ended_the_end_of_its_log_is_shown(child):
    child.log.write_text("".join(f"line {number}\n" for number in range(40)))
    assert child.popen is not None
    child.popen.kill()
    child.popen.wait()
    trouble = wait_ready(child, free_port(None), threading.Event(), print)
    assert trouble is not None
    assert trouble.startswith("The api ended (exit code -9) before it was ready.")
    assert trouble.endswith("line 39")
    assert "line 24\n" not in trouble
    child.log.unlink()
    assert str(wait_ready(child, free_port(None), threading.Event(), print)).endswith("is empty.")


def test_a_run_without_an_end_has_more_faults_than_the_first_minutes(tmp_path):
    arguments = simulate_arguments(WHOLE, tmp_path, 0)
    plan = load_plan(Path(arguments[arguments.index("--faults") + 1]))
    first = load_plan(DEMO_PLAN)
    later = plan.faults[len(first.faults) :]
    assert plan.faults[: len(first.faults)] == first.faults
    assert len(later) >= 15
    assert all(fault.at_s > 60 for fault in later)
    assert plan.named_machines() <= set(BY_TERMINAL)
    assert len({fault.machine for fault in plan.faults}) == len(plan.faults), "one a machine"
    assert "--faults" not in simulate_arguments(DemoOrder(duration_s=60), tmp_path, 0)
    assert "--faults" not in simulate_arguments(DemoOrder(machines=5, history_days=3), tmp_path, 0)


def test_machines_that_have_gone_silent_are_there_where_there_is_a_past():
    assert len(machines_of(WHOLE, 0)) == 45
    assert len(machines_of(DemoOrder(duration_s=60), 0)) == 40
    assert not has_past(WHOLE, 1_000), "the first run had it"


def test_every_turn_at_the_desk_has_its_fault(tmp_path):
    arguments = simulate_arguments(WHOLE, tmp_path, 0)
    plan = load_plan(Path(arguments[arguments.index("--faults") + 1]))
    raised = {(BY_TERMINAL[f.machine].name, f.expected.key) for f in plan.faults if f.expected is not None}
    assert {(turn.machine, turn.source_key) for turn in TURNS} <= raised
    owned = {machine.name for machine in BY_TERMINAL.values() if machine.index // 2 % 6 % 2 == 0}
    asks = [turn.machine for turn in TURNS if turn.deed.__name__ == "_asks_for_help"]
    assert set(asks) <= owned, "an owner asks for a machine of its own"


def test_work_in_the_books_is_of_the_plans_that_ship():
    kinds = {machine.name: machine.spec.kind for machine in BY_TERMINAL.values()}
    for work in WORK_DONE:
        text = files("alerts.maintenance").joinpath("plans", f"{kinds[work.machine]}.toml").read_text("utf-8")
        assert work.item in {item["code"] for item in tomllib.loads(text)["items"]}, work


def test_what_is_replayed_comes_from_the_clock_that_is_wrong():
    assert WRONG_CLOCK in {clock.machine for clock in load_plan(DEMO_PLAN).clocks}
    assert len(CARRIERS) == len(set(CARRIERS))
