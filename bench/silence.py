"""How often the reason of a silence is judged right: the real judge on simulated outages whose cause is known.

`python -m bench.silence [--seeds 101 102 103] [--each 100] [--no-results]`: of each seed so many outages of each cause,
and as many of each pair of causes. Prints the confusion matrix and writes bench/results/silence-latest.json and
silence-confusion.png. The weights were set on seeds 1 to 3.
"""

import argparse
import json
import sys
from collections import Counter
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np

from alerts.silence_reason import SilenceReason, judge_silence
from bench.silence_outages import CAUSES, MIXED, World
from fleet.batch import Int64Array

RESULTS = Path(__file__).parent / "results"
TOLD = tuple(SilenceReason)


def measure(seeds: Sequence[int], each: int) -> dict[str, Any]:
    """The confusion matrix (cause, what was told), the same of mixtures, and how often a share was right."""
    matrix = np.zeros((len(CAUSES), len(TOLD)), np.int64)
    mixed: Counter[str] = Counter()
    shares: list[tuple[float, bool]] = []
    for seed in seeds:
        world = World(seed)
        for row, cause in enumerate(CAUSES):
            for _ in range(each):
                judged = judge_silence(world.outage(cause).evidence)
                matrix[row, TOLD.index(judged.reason)] += 1
                likeliest = CAUSES[int(np.argmax(judged.shares))]
                shares.append((judged.share, likeliest is cause))
        for causes in MIXED:
            for _ in range(each):
                reason = judge_silence(world.outage(*causes).evidence).reason
                is_one = "one of them" if reason in causes else "wrong"
                mixed["abstained" if reason is SilenceReason.UNKNOWN else is_one] += 1
    return {
        "seeds": list(seeds),
        "each": each,
        "causes": [cause.value for cause in CAUSES],
        "told": [reason.value for reason in TOLD],
        "matrix": matrix.tolist(),
        "mixed": dict(mixed),
        "calibration": _calibration(shares),
        **_rates(matrix),
    }


def _rates(matrix: Int64Array) -> dict[str, Any]:
    right, abstained = np.diag(matrix), matrix[:, -1]
    total = matrix.sum(axis=1)
    told = matrix[:, :-1].sum(axis=0)
    return {
        "right": float(right.sum() / total.sum()),
        "abstained": float(abstained.sum() / total.sum()),
        "wrong": float((total - right - abstained).sum() / total.sum()),
        "right_of_told": float(right.sum() / told.sum()),
        "recall": {cause.value: float(right[i] / total[i]) for i, cause in enumerate(CAUSES)},
        "precision": {cause.value: float(right[i] / max(1, told[i])) for i, cause in enumerate(CAUSES)},
    }


def _calibration(shares: Sequence[tuple[float, bool]]) -> list[dict[str, float]]:
    edges = [0.0, 0.5, 0.7, 0.8, 0.9, 0.97, 1.01]
    found = []
    for low, high in pairwise(edges):
        inside = [is_right for share, is_right in shares if low <= share < high]
        said = [share for share, _ in shares if low <= share < high]
        if inside:
            found.append({"said": float(np.mean(said)), "was": float(np.mean(inside)), "outages": len(inside)})
    return found


def table(found: dict[str, Any]) -> str:
    """The matrix as text, with the rates below."""
    lines = [" " * 18 + " ".join(f"{name[:11]:>11}" for name in found["told"])]
    for name, row in zip(found["causes"], found["matrix"], strict=True):
        lines.append(f"{name:18}" + " ".join(f"{count:11}" for count in row))
    rates = [f"{key} {found[key]:.3f}" for key in ("right", "wrong", "abstained", "right_of_told")]
    return "\n".join([*lines, ", ".join(rates), f"two causes at once: {found['mixed']}"])


def draw(found: dict[str, Any], path: Path) -> None:
    """The matrix as a picture, each row as shares of its outages."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    counts = np.array(found["matrix"], np.float64)
    shares = counts / counts.sum(axis=1, keepdims=True)
    figure = Figure(figsize=(8.5, 5.5), layout="constrained")
    axis = figure.subplots()
    axis.imshow(shares, cmap="Blues", vmin=0, vmax=1)
    told, causes = ([name.replace("_", " ") for name in found[key]] for key in ("told", "causes"))
    axis.set_xticks(range(len(told)), told, rotation=30, ha="right")
    axis.set_yticks(range(len(causes)), causes)
    axis.set_xlabel("told")
    axis.set_ylabel("what it was")
    for row, column in np.ndindex(*shares.shape):
        color = "white" if shares[row, column] > 0.5 else "black"
        axis.text(column, row, f"{shares[row, column]:.0%}", ha="center", va="center", color=color)
    axis.set_title(
        f"{int(counts.sum())} outages, seeds {found['seeds']}: right {found['right']:.1%}, wrong {found['wrong']:.1%},"
        f" abstained {found['abstained']:.1%}",
        fontsize=10,
    )
    FigureCanvasAgg(figure).print_figure(path, dpi=110)


def main() -> int:
    """Run it; always 0: what is too little is for a reader to say."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, nargs="+", default=[101, 102, 103])
    parser.add_argument("--each", type=int, default=100)
    parser.add_argument("--no-results", action="store_true")
    given = parser.parse_args()
    found = measure(given.seeds, given.each)
    print(table(found))
    for line in found["calibration"]:
        print(f"  said {line['said']:.2f}, was {line['was']:.2f} ({line['outages']} outages)")
    if not given.no_results:
        (RESULTS / "silence-latest.json").write_text(json.dumps(found, indent=1) + "\n")
        draw(found, RESULTS / "silence-confusion.png")
    return 0


if __name__ == "__main__":
    sys.exit(main())
