"""One simulation from start to report: what `ecc simulate` and the demo run, often as a process of its own."""

import json
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from threading import Event
from typing import Any

from simulators.config import SimulationConfig
from simulators.fleet import FleetSimulation

DRAIN_TIMEOUT_S = 60.0
_REPORT_EVERY_S = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class SimulationReport:
    """What a run did; JSON-able. `counts` is the Tally and `pending`; `truth` the injected faults."""

    seed: int
    machines: int
    start_us: int  # true machine time of the first step
    end_us: int  # and of the last
    began_wall_us: int
    ended_wall_us: int
    cpu_s: float  # of this process
    drained: bool  # everything covered by commit acks
    counts: dict[str, int]
    truth: list[dict[str, Any]]
    fleet: list[dict[str, Any]]  # a machine: terminal, kind, form, boots, clock_right, live

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        return asdict(self)

    def to_json(self) -> str:
        """One JSON object."""
        return json.dumps(self.as_dict())


Progress = Callable[[FleetSimulation], None]


def report_of(simulation: FleetSimulation, *, began_wall_us: int, drained: bool) -> SimulationReport:
    """What a simulation has done so far."""
    generator = simulation.generator
    fleet = [
        {
            "terminal": machine.terminal,
            "kind": machine.spec.kind,
            "form": unit.form.value,
            "boots": unit.boots + 1,
            "clock_right": simulation.clock_right(machine.terminal),
            "live": simulation.live(machine.terminal),
        }
        for machine, unit in zip(generator.machines, generator.units, strict=True)
    ]
    return SimulationReport(
        seed=simulation.config.seed,
        machines=len(generator.machines),
        start_us=simulation.start_us,
        end_us=generator.true_us,
        began_wall_us=began_wall_us,
        ended_wall_us=time.time_ns() // 1_000,
        cpu_s=round(time.process_time(), 3),
        drained=drained,
        counts=simulation.counts(),
        truth=[fault.as_dict() for fault in simulation.truth.faults],
        fleet=fleet,
    )


def run_simulation(
    config: SimulationConfig,
    stop: Event,
    progress: Progress | None = None,
    *,
    drain_timeout_s: float = DRAIN_TIMEOUT_S,
) -> SimulationReport:
    """Run until duration_s, until every machine made its messages, or until `stop` is set; then drain and report.

    `progress` is called about once a second. Raises SimulationFailed when the simulation ended by itself.
    """
    simulation = FleetSimulation(config)
    began_wall_us = time.time_ns() // 1_000
    simulation.start()
    began_s = time.monotonic()
    try:
        while simulation.running and not simulation.exhausted:
            passed_s = time.monotonic() - began_s
            left_s = float("inf") if config.duration_s is None else config.duration_s - passed_s
            if left_s <= 0 or stop.wait(min(_REPORT_EVERY_S, left_s)):
                break
            if progress is not None:
                progress(simulation)
        drained = simulation.running and simulation.drain(drain_timeout_s)
    finally:
        simulation.stop()
    if config.publish_log_path is not None:
        simulation.log.arrays().save(config.publish_log_path)
    return report_of(simulation, began_wall_us=began_wall_us, drained=drained)
