"""What is asked of a demo, and whether it can be carried out."""

import math
from dataclasses import dataclass
from pathlib import Path

from fleet.errors import InvalidInput

FAULTS_SHOW_WITHIN_S = 40  # of machine time, those of the demo's own plan
MARGIN_S = 5  # until everything is connected


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoOrder:
    """What is asked of a demo; `duration_s` None: until Ctrl-C."""

    machines: int = 40
    seed: int = 1
    speedup: float = 1.0
    duration_s: float | None = None
    report: Path | None = None
    data_dir: Path | None = None
    faults: Path | None = None
    history_days: int = 0


def check(order: DemoOrder) -> None:
    """Before anything is started: is the run long enough for its faults to show, can its report be written. Raises
    InvalidInput."""
    if order.duration_s is not None and not 0 < order.duration_s < math.inf:
        raise InvalidInput("A run lasts a number of seconds above 0; use another --duration.")
    enough_s = math.ceil((FAULTS_SHOW_WITHIN_S + MARGIN_S) / order.speedup)
    if order.faults is None and order.duration_s is not None and order.duration_s < enough_s:
        raise InvalidInput(
            f"The demo's faults need up to {FAULTS_SHOW_WITHIN_S} s of the machines' time to show;"
            f" use --duration {enough_s} or more."
        )
    if order.report is None:
        return
    if order.duration_s is None:
        raise InvalidInput("Only a run with an end is reported on; use --report with --duration.")
    fresh = not order.report.exists()
    try:
        order.report.open("a").close()
    except OSError as error:
        raise InvalidInput(
            f"The report {order.report} cannot be written ({error.strerror}); use another --report."
        ) from error
    if fresh:
        order.report.unlink()
