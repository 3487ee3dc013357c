"""`python -m bench`: all sides in one process tree, order shuffled, medians over the repeats."""

from __future__ import annotations

import argparse
import random
import sys
import time
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from rich.console import Console

from bench import measures, replay, report, rules, usage
from bench.measures import Samples, Size
from bench.stand import Stand, temporary_data_dir
from bench.targets import BARE, E2E, OFFERED, OFFERED_AIM, Measured, missed, scale_of

QUICK = Size(machines=2_000, burst=60_000, ten_row_messages=20_000, half_seconds=8, sustained_seconds=10)
FULL = Size()


@dataclass
class Bench:
    """The samples so far, and how to take more."""

    stand: Stand
    size: Size
    console: Console
    samples: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    offered_scale: float = 1.0
    maximum: float = 0.0

    def calibrate(self) -> None:
        """One round that is not counted: it warms the caches and says what rates this machine can be offered."""
        self.offered_scale = scale_of(self._run("bare subscriber (not counted)", measures.bare)[BARE])
        self.maximum = self._run("one row a message (not counted)", measures.one_row)[E2E]

    def repeat(self, chance: random.Random) -> None:
        """One run of each side in a new order, and the ratios of this repeat."""
        sides: list[tuple[str, Callable[[Stand, Size], Samples]]] = [
            ("bare subscriber", measures.bare),
            ("one row a message; again; back-fill", measures.one_row),
            ("rules off", measures.rules_off),
            ("ten rows a message; raw COPY", measures.ten_rows),
            ("half of the maximum rate", partial(measures.half_rate, maximum=self.maximum)),
            ("sustained rate", partial(measures.sustained, rate=OFFERED * self.offered_scale)),
            ("20 masks", measures.masks),
            ("250 rows a commit", measures.small_commits),
            ("100,000 standing alarms", measures.standing_alarms),
        ]
        chance.shuffle(sides)
        found: Samples = {}
        for name, side in sides:
            found |= self._run(name, side)
        found["e2e_1_row_vs_bare_subscriber"] = found[E2E] / found[BARE]
        found["standing_alarms_vs_none"] = found.pop("standing_alarms_msgs_per_s") / found[E2E]
        found["rules_on_vs_off"] = found[E2E] / found.pop("rules_off_msgs_per_s")
        self._keep(found)
        self.maximum = Measured.over(self.samples[E2E]).value

    def once(self) -> None:
        """What one run shows well enough: memory a machine, and the aim's offered rate where the maximum allows it."""
        self._keep(self._run("memory a machine", measures.memory))
        self._keep(self._run("rules alone", rules.rules_per_core))
        self._keep(self._run("replay of stored history", replay.shipped_replayed))
        rate = OFFERED_AIM * self.offered_scale
        if self.maximum > rate:
            self._keep(self._run("sustained at the aim's rate", partial(measures.sustained_at_aim, rate=rate)))

    def _keep(self, found: Samples) -> None:
        for name, value in found.items():
            self.samples[name].append(value)

    def _run(self, name: str, side: Callable[[Stand, Size], Samples]) -> Samples:
        started = time.monotonic()
        self.console.print(f"{name} ...", end=" ")
        found = side(self.stand, self.size)
        text = "  ".join(f"{key} {value:,.4g}" for key, value in found.items())
        self.console.print(f"{time.monotonic() - started:.0f} s  {text}", highlight=False)
        return found

    def measured(self) -> dict[str, Measured]:
        """Median and spread of everything."""
        return {name: Measured.over(values) for name, values in self.samples.items()}


def options(arguments: list[str]) -> argparse.Namespace:
    """Command line."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="one repeat, fewer machines and messages")
    parser.add_argument("--check", action="store_true", help="exit 1 when a floor is missed")
    parser.add_argument("--repeats", type=int, help="5, or 1 with --quick")
    parser.add_argument("--seed", type=int, default=1, help="of the order of the sides")
    parser.add_argument("--results", type=Path, help="bench/results/latest.json; with --quick nowhere")
    return parser.parse_args(arguments)


def main(arguments: list[str]) -> int:
    """Run the bench; 1 when --check is given and a floor is missed."""
    chosen = options(arguments)
    size = QUICK if chosen.quick else FULL
    console = Console(soft_wrap=True, width=None if sys.stdout.isatty() else 120)
    cores = usage.pin_to_two_cores()
    console.print(f"{cores} cores, {size.machines:,} machines, fsync on")
    repeats = chosen.repeats or (1 if chosen.quick else 5)
    chance = random.Random(chosen.seed)
    with temporary_data_dir() as directory, Stand(Path(directory) / "data", size.machines) as stand:
        bench = Bench(stand, size, console)
        bench.calibrate()
        for number in range(repeats):
            console.rule(f"repeat {number + 1} of {repeats}")
            bench.repeat(chance)
        bench.once()
    measured = bench.measured()
    report.show(measured, console)
    results = chosen.results or (None if chosen.quick else report.RESULTS)
    if results is not None:
        report.write(measured, results)
        console.print(f"written: {results}")
    return 1 if chosen.check and missed(measured) else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
