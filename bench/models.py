"""What the shipped models reach on recorded machines: `python -m bench.models FOLDER` (with skab and cmapss in it).

SKAB valve1, 16 files, each by the 400-row protocol, pooled; C-MAPSS FD001, the last rows of the 100 test engines. Exit
code 1 where one of them is worse than it must be. One processor, about two minutes.
"""

from __future__ import annotations

import argparse
import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from usecases.evaluate.detector import DetectorQuestion, evaluate_detector
from usecases.evaluate.rul import RulQuestion, evaluate_rul


@dataclass(frozen=True, slots=True)
class Measure:
    """One number with what it must lie between."""

    name: str
    value: float
    least: float
    most: float

    @property
    def is_kept(self) -> bool:
        """True when it lies there."""
        return self.least <= self.value <= self.most


def skab(folder: Path) -> list[Measure]:
    """The pooled measures over all files of valve1, and the dearest of them."""
    counted, dear, state = np.zeros(4, dtype=np.int64), 0.0, 0
    for path in sorted(folder.glob("*.csv")):
        found = evaluate_detector(
            DetectorQuestion(
                name="default", csv=path, train_rows=400, label="anomaly", drop=("changepoint",), separator=";"
            )
        )
        said = found.measures
        counted += [said.tp, said.fp, said.fn, said.tn]
        dear, state = max(dear, said.us_per_row), max(state, found.state_bytes)
    tp, fp, fn, tn = counted.tolist()
    return [
        Measure("skab_valve1_f1", 2 * tp / (2 * tp + fp + fn), 0.84, 1),
        Measure("skab_valve1_far_pct", 100 * fp / (fp + tn), 0, 15),
        Measure("skab_valve1_us_per_row", dear, 0, 50),
        Measure("skab_valve1_state_bytes", state, 0, 20_000),
    ]


def fd001(folder: Path) -> list[Measure]:
    """Remaining life at the test engines' last rows, and the coverage over 5 folds of the training engines."""
    train, test = (folder / f"{part}_FD001.tar.gz" for part in ("train", "test"))
    said = evaluate_rul(
        RulQuestion(name="default", train=train, test=test, unit="machine_number", target="RUL")
    ).measures
    return [
        Measure("fd001_rmse", said.rmse, 0, 11),
        Measure("fd001_coverage_80", said.coverage_80, 0.75, 0.85),
    ]


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    folder: Path = parser.parse_args().folder
    measures = [*skab(folder / "skab" / "valve1"), *fd001(folder / "cmapss")]
    for one in measures:
        print(f"{one.name:<26} {one.value:12.4g}   {'' if one.is_kept else 'not within '}{one.least:g} to {one.most:g}")
    return 0 if all(one.is_kept for one in measures) else 1


if __name__ == "__main__":
    sys.exit(main())
