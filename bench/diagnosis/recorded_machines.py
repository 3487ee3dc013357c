"""The same models on recorded machines: SKAB valve1 (and with each file left out of the choice), C-MAPSS FD001."""

from dataclasses import asdict
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np

from bench.left_out import AXES, chosen, counted, rates, setting
from usecases.evaluate.rul import RulQuestion, evaluate_rul


def recorded(folder: Path, *, left_out: bool = True) -> dict[str, Any]:
    """What `ecc evaluate` says of them; empty where the data is not there."""
    told: dict[str, Any] = {}
    files = sorted((folder / "skab" / "valve1").glob("*.csv"))
    if files:
        told["skab_valve1"] = _skab(files)
        if left_out:
            told["skab_valve1_left_out"] = _skab_left_out(files)
    train = folder / "cmapss" / "train_FD001.tar.gz"
    if train.is_file():
        question = RulQuestion(
            name="default", train=train, test=folder / "cmapss" / "test_FD001.tar.gz", unit="machine_number",
            target="RUL",
        )  # fmt: skip
        told["cmapss_fd001"] = {key: round(value, 4) for key, value in asdict(evaluate_rul(question).measures).items()}
    return told


def _skab(files: list[Path]) -> dict[str, float]:
    return _named(np.array([counted(path) for path in files]).sum(axis=0))


def _skab_left_out(files: list[Path]) -> dict[str, float]:
    """Each file judged by the setting that does best on the others and beside its neighbours."""
    counts = []
    for values in product(*AXES.values()):
        with setting(values):
            counts.append([counted(path) for path in files])
    whole = np.array(counts, dtype=np.int64)
    total = np.zeros(4, dtype=np.int64)
    for file in range(len(files)):
        total += whole[chosen(np.delete(whole, file, axis=1).sum(axis=1), plateau=True), file]
    return _named(total)


def _named(counts: Any) -> dict[str, float]:
    f1, far, mar = rates(counts).tolist()
    return {"f1": round(f1, 4), "far_pct": round(far, 2), "mar_pct": round(mar, 2)}
