"""What a simulation is asked to do."""

from dataclasses import dataclass, field
from pathlib import Path

from fleet.errors import InvalidInput
from simulators.encode import Form
from simulators.kinds import KINDS
from simulators.mqtt import Broker
from simulators.plan import Plan


@dataclass(frozen=True, slots=True, kw_only=True)
class SimulationConfig:
    """One run. Raises InvalidInput for numbers that cannot be.

    speedup: machine seconds per wall second. Machine time never runs ahead of now: with duration_s it starts far
    enough in the past to end at now, without it 24 h ago when speedup is above 1; having caught up it goes on at
    speed 1. start_at_us overrides that. boot_prefix names the run's boots: unique per run unless given.
    """

    broker: Broker = field(default_factory=Broker)
    machines: int = 40
    kinds: tuple[str, ...] = tuple(KINDS)
    numbers_after: int = 0  # see make_machines; `plan` names the machines as they are numbered
    seed: int = 1
    speedup: float = 1.0
    duration_s: float | None = None  # wall seconds; None: until stopped
    messages_per_machine: int | None = None  # then a machine falls silent
    forms: tuple[Form, ...] | None = None  # taking turns; None: the usual mixture with 2 CAN machines in 40
    period_s: float = 1.0  # machine time between two readings
    step_s: float = 0.25
    plan: Plan = field(default_factory=Plan)
    warm: bool = True
    start_at_us: int | None = None
    boot_prefix: str | None = None
    truth_path: Path | None = None
    publish_log_path: Path | None = None  # written at the end, PublishedRows.save
    publish_log_rows: int = 400_000  # how many rows the log keeps, the newest
    accept_injections: bool = True  # MQTT topic sim/inject/{terminal}

    def __post_init__(self) -> None:
        if self.speedup <= 0 or (self.duration_s is not None and self.duration_s <= 0):
            raise InvalidInput("speed-up and duration must be above 0")
        if self.seed < 0:
            raise InvalidInput("the seed must be 0 or more")
        if self.messages_per_machine is not None and self.messages_per_machine < 1:
            raise InvalidInput("messages per machine must be at least 1")

    def start_us(self, now_us: int) -> int:
        """True machine time of the first step, a whole second, microseconds UTC."""
        if self.start_at_us is not None:
            return self.start_at_us
        behind_s = 0.0
        if self.speedup > 1.0:
            behind_s = 86_400.0 if self.duration_s is None else self.duration_s * (self.speedup - 1.0)
        start = now_us - round(behind_s * 1e6)
        return start + -start % 1_000_000
