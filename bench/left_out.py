"""What the configuration of `default` owes to the files it is judged on: `python -m bench.left_out FOLDER`.

Each SKAB file is judged by the setting, of 72 around the shipped one, that does best on all others: by its own F1,
and by the mean F1 of it and its neighbours (a plateau rather than a peak); a setting over 15 % false alarms is out of
the question. One processor, some minutes.
"""

import argparse
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import product
from pathlib import Path

import numpy as np
import numpy.typing as npt

from diagnosis.detectors import band, shipped
from usecases.evaluate.detector import DetectorQuestion, evaluate_detector

AXES = {
    (band, "SPAN"): (8, 12, 20),
    (band, "BLOCKS"): (6, 8, 10),
    (band, "FALSE_SHARE"): (0.005, 0.01, 0.02, 0.05),
    (shipped, "TIED"): (0.5, 0.75),
}
MOST_FALSE = 15.0

Counts = npt.NDArray[np.int64]


@contextmanager
def setting(values: tuple[float, ...]) -> Iterator[None]:
    """`default` with other constants, for as long as it takes."""
    before = [getattr(module, name) for module, name in AXES]
    try:
        for (module, name), value in zip(AXES, values, strict=True):
            setattr(module, name, value)
        yield
    finally:
        for (module, name), value in zip(AXES, before, strict=True):
            setattr(module, name, value)


def counted(path: Path) -> list[int]:
    """tp, fp, fn and tn of one file by the 400-row protocol."""
    said = evaluate_detector(
        DetectorQuestion(
            name="default", csv=path, train_rows=400, label="anomaly", drop=("changepoint",), separator=";"
        )
    ).measures
    return [said.tp, said.fp, said.fn, said.tn]


def rates(counts: Counts) -> npt.NDArray[np.float64]:
    """F1, FAR % and MAR % of counts; the last axis is tp, fp, fn, tn."""
    tp, fp, fn, tn = np.moveaxis(counts, -1, 0)
    return np.stack([2 * tp / (2 * tp + fp + fn), 100 * fp / (fp + tn), 100 * fn / (fn + tp)], axis=-1)


def chosen(counts: Counts, *, plateau: bool) -> int:
    """The setting that does best; counts: settings x (tp, fp, fn, tn)."""
    worth = rates(counts)
    grid = np.where(worth[:, 1] > MOST_FALSE, worth[:, 0] - 1, worth[:, 0]).reshape(
        [len(axis) for axis in AXES.values()]
    )
    if not plateau:
        return int(grid.argmax())
    padded = np.pad(grid, 1, constant_values=np.nan)
    inner = (slice(1, -1),) * grid.ndim
    near = [padded[inner]]
    for axis, step in product(range(grid.ndim), (-1, 1)):
        near.append(np.roll(padded, step, axis=axis)[inner])
    return int(np.nanmean(near, axis=0).argmax())


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    files = sorted(parser.parse_args().folder.glob("*.csv"))
    settings = list(product(*AXES.values()))
    counts = np.empty((len(settings), len(files), 4), dtype=np.int64)
    for at, values in enumerate(settings):
        with setting(values):
            counts[at] = [counted(path) for path in files]
    shipped_at = settings.index(tuple(getattr(module, name) for module, name in AXES))
    print("shipped              F1 {:.3f}  FAR {:.1f} %  MAR {:.1f} %".format(*rates(counts[shipped_at].sum(axis=0))))
    for plateau in (False, True):
        left_out = np.zeros(4, dtype=np.int64)
        for file in range(len(files)):
            left_out += counts[chosen(np.delete(counts, file, axis=1).sum(axis=1), plateau=plateau), file]
        way = "by its neighbours" if plateau else "by its own F1"
        print("chosen {:<13} F1 {:.3f}  FAR {:.1f} %  MAR {:.1f} %".format(way, *rates(left_out)))
    whole = rates(counts.sum(axis=1))
    print(
        f"all {len(settings)} settings: F1 {whole[:, 0].min():.3f} to {whole[:, 0].max():.3f}, "
        f"median {np.median(whole[:, 0]):.3f}; {int((whole[:, 1] <= MOST_FALSE).sum())} within {MOST_FALSE:g} % FAR"
    )


if __name__ == "__main__":
    main()
