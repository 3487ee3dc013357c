"""The demo's processes beside those of the platform: the machines, their past, and what is learned from it."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from app.demo.order import DemoOrder
from app.demo.sight import Sight
from app.supervisor import Supervisor
from simulators.last_words import SILENCES
from simulators.machines import SimulatedMachine, make_machines
from simulators.plan import DEMO_PLAN, LATER_PLAN
from storage.demo_report import count_unsettled
from storage.failures import TRY_AGAIN

SIMULATE, HISTORY, TRAIN = "simulate", "simulate-history", "train"
WHOLE_FLEET = 40  # machines that the plans of the demo speak of
LEARNED_MODELS = ("XE215", "LW500", "XCT25")
SETTLED_RANGES = 5_000  # minutes that live readings touch all the time wait for their rollups as well


def machines_of(order: DemoOrder, numbers_after: int) -> tuple[SimulatedMachine, ...]:
    """The machines of a demo: those that are simulated, and where there is a past those that have gone silent."""
    silent = len(SILENCES) if has_past(order, numbers_after) else 0
    return make_machines(order.machines + silent, numbers_after=numbers_after)


def has_past(order: DemoOrder, numbers_after: int) -> bool:
    """Whether the weeks before are filled in: a second run has them from the first."""
    return bool(order.history_days) and not numbers_after


def simulate_arguments(order: DemoOrder, directory: Path, numbers_after: int) -> list[str]:
    """The command line of the machines. A run without an end has more faults than those of its first minute."""
    arguments = [SIMULATE, "--machines", str(order.machines), "--seed", str(order.seed)]
    arguments += ["--speedup", str(order.speedup), "--truth", str(directory / "truth.jsonl")]
    arguments += ["--report", str(directory / "simulation.json"), "--publish-log", str(directory / "published.npz")]
    arguments += ["--numbers-after", str(numbers_after)]
    if order.duration_s is not None:
        arguments += ["--duration", str(order.duration_s)]
    if order.faults is not None:
        arguments += ["--faults", str(order.faults.resolve())]
    elif order.duration_s is None and order.machines >= WHOLE_FLEET:
        plan = directory / "plan.toml"
        plan.write_text("\n".join(part.read_text("utf-8") for part in (DEMO_PLAN, LATER_PLAN)), encoding="utf-8")
        arguments += ["--faults", str(plan)]
    return arguments


def history_arguments(order: DemoOrder) -> list[str]:
    """The command line of the weeks before."""
    count = ["--machines", str(order.machines), "--silent", str(len(SILENCES))]
    return [HISTORY, "--days", str(order.history_days), *count, "--seed", str(order.seed)]


@dataclass(slots=True)
class Learning:
    """Models learned from the past, one machine model after the other, once its minutes are rolled up; in the way of
    nobody."""

    supervisor: Supervisor
    environment: dict[str, str]
    days: int
    waiting: list[str] = field(default_factory=lambda: list(LEARNED_MODELS))

    def go_on(self, sight: Sight) -> str | None:
        """Begin with the next model when its time has come; a sentence when one is learned or cannot be."""
        child = self.supervisor.children.get(TRAIN)
        if child is not None and child.running:
            return None
        said = None
        if child is not None:
            del self.supervisor.children[TRAIN]
            said = _learned(child.exit_code, child.log)
        if self.waiting and _is_settled(sight):
            self._begin(self.waiting.pop(0))
        return said

    def _begin(self, model: str) -> None:
        now = datetime.now(UTC)
        span = ["--from", (now - timedelta(days=self.days)).isoformat(), "--to", (now - timedelta(hours=1)).isoformat()]
        arguments = ["train", "baseline", *span, "--model", model, "--promote"]
        self.supervisor.add(TRAIN, arguments, self.environment, restart=False)


def _learned(exit_code: int | None, log: Path) -> str:
    return "a model was learned from the past" if exit_code == 0 else f"a model could not be learned; see {log}"


def _is_settled(sight: Sight) -> bool:
    try:
        return count_unsettled(sight.conn, at_least=SETTLED_RANGES) < SETTLED_RANGES
    except TRY_AGAIN:
        return False
