"""`make bench-diagnosis`: what the diagnosis shows on a labelled fleet and on recorded machines.

python -m bench.diagnosis                     the report: 200 machines, 30 days, seeds and severities of the report
python -m bench.diagnosis --part tuning ...   while rules and models are worked on; writes nothing unless told where
"""

import argparse
import tempfile
import time
from pathlib import Path

from bench.diagnosis.recorded_machines import recorded
from bench.diagnosis.report import Run, write_report
from bench.diagnosis.run import Task, judge_fleet
from bench.diagnosis.score import score
from simulators.month.plan import read_spread

RESULTS = Path("bench/results")
SHARED = Path("../shared/data/timeseries")


def main() -> None:
    """Run and report; exits 1 with --check when a target is missed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--part", choices=("report", "tuning"), default="report", help="seeds and severities")
    parser.add_argument("--seed", type=int, help="one of the part's seeds; default: its first")
    parser.add_argument("--machines", type=int, default=200)
    parser.add_argument("--days", type=int, default=30)
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument(
        "--results", type=Path, help="folder for the report; default bench/results for the report's part"
    )
    parser.add_argument("--data", type=Path, default=SHARED, help="SKAB and C-MAPSS; left out where they are not")
    parser.add_argument("--check", action="store_true", help="exit 1 when a target is missed")
    asked = parser.parse_args()
    spread = read_spread(asked.part, asked.seed)
    begun = time.perf_counter()
    with tempfile.TemporaryDirectory(prefix="ecc-bench-diagnosis-") as folder:
        task = Task(asked.machines, asked.days, spread, Path(folder))
        outcome = judge_fleet(task, asked.processes)
    found = score(outcome.labels, outcome.said, machine_months=asked.machines * asked.days / 30)
    run = Run(task, outcome, found, recorded(asked.data), time.perf_counter() - begun)
    results: Path | None = asked.results or (RESULTS if asked.part == "report" else None)
    is_met = write_report(run, results)
    if asked.check and not is_met:
        raise SystemExit(1)


if __name__ == "__main__":
    main()
