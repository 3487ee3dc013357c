"""Evaluate a registered detector on the recorded data of one machine."""

import math
from dataclasses import dataclass
from pathlib import Path
from time import process_time

import numpy as np
import numpy.typing as npt

from diagnosis.detectors.registry import make_detector
from fleet.errors import InvalidInput
from usecases.evaluate.table import FloatArray, Table, read_table

BATCH_ROWS = 60
"""Rows judged at a time while the clock runs: a minute of a machine that reports every second."""

BoolArray = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True, kw_only=True)
class DetectorQuestion:
    """Which detector on which table: the first train_rows rows are learned from, the rest is judged."""

    name: str
    csv: Path
    train_rows: int
    label: str
    drop: tuple[str, ...] = ()
    separator: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Measures:
    """Rows, not episodes. f1 is a ratio, nan without an anomaly and without an alarm.

    far: false alarms in % of the normal rows; mar: missed rows in % of the anomalous ones; nan without such rows.
    us_per_row: processor time, judged in batches of BATCH_ROWS.
    """

    tp: int
    fp: int
    fn: int
    tn: int
    f1: float
    far: float
    mar: float
    us_per_row: float


@dataclass(frozen=True, slots=True, kw_only=True)
class DetectorEvaluation:
    """What came out: the measures, and the judged rows for a picture.

    scores: 1 is the border, NaN where the detector could not assess the row. contributions: rows x signals.
    """

    question: DetectorQuestion
    measures: Measures
    signals: tuple[str, ...]
    not_assessed: int
    state_bytes: int
    table: Table
    values: FloatArray
    truth: BoolArray
    alarms: BoolArray
    scores: FloatArray
    contributions: FloatArray


def evaluate_detector(question: DetectorQuestion) -> DetectorEvaluation:
    """Learns from the first rows, then judges the others as they would have come. Raises InvalidInput, NotFound."""
    table = read_table(question.csv, separator=question.separator, counters=(question.label, *question.drop))
    unknown = [name for name in question.drop if name not in (*table.columns, *table.ignored, table.time)]
    if unknown:
        raise InvalidInput("evaluate_drop_unknown", where="drop", columns=unknown, file=question.csv.name)
    label = table.column(question.label)
    if not np.isin(label, (0, 1)).all():
        raise InvalidInput("evaluate_label_values", where="label", column=question.label)
    truth = label > 0.5
    signals, values = table.without({question.label, *question.drop})
    rows = question.train_rows
    if not signals:
        raise InvalidInput("evaluate_labels_only", where="csv", file=question.csv.name)
    if not 0 < rows < len(values):
        raise InvalidInput("evaluate_train_rows", where="train_rows", file=question.csv.name, rows=len(values))
    detector = make_detector(question.name).fit(values[:rows])
    judged = values[rows:]
    state = detector.opening()
    alarms = np.empty(len(judged), dtype=np.bool_)
    scores = np.empty(len(judged))
    begun = process_time()
    for at in range(0, len(judged), BATCH_ROWS):
        part = slice(at, at + BATCH_ROWS)
        judgement, state = detector.follow(state, judged[part])
        alarms[part], scores[part] = judgement.alarms, judgement.scores
    us_per_row = (process_time() - begun) / len(judged) * 1e6
    return DetectorEvaluation(
        question=question,
        measures=measured(truth[rows:], alarms, us_per_row),
        signals=signals,
        not_assessed=int(np.isnan(scores).sum()),
        state_bytes=detector.state_bytes(),
        table=table,
        values=values,
        truth=truth,
        alarms=alarms,
        scores=scores,
        contributions=detector.explain(judged),
    )


def measured(truth: BoolArray, alarms: BoolArray, us_per_row: float) -> Measures:
    """The confusion of labels and alarms, row by row."""
    tp, fp = int((truth & alarms).sum()), int((~truth & alarms).sum())
    fn, tn = int((truth & ~alarms).sum()), int((~truth & ~alarms).sum())
    return Measures(
        tp=tp,
        fp=fp,
        fn=fn,
        tn=tn,
        f1=_share(2 * tp, 2 * tp + fp + fn),
        far=100 * _share(fp, fp + tn),
        mar=100 * _share(fn, fn + tp),
        us_per_row=us_per_row,
    )


def _share(part: int, whole: int) -> float:
    return part / whole if whole else math.nan
