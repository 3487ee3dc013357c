"""Evaluate a registered model of remaining useful life on machines of somebody else."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from diagnosis.wear.interface import Life
from diagnosis.wear.registry import make_life_model
from fleet.errors import InvalidInput
from usecases.evaluate.table import FloatArray, Table, read_table


@dataclass(frozen=True, slots=True, kw_only=True)
class RulQuestion:
    """Which model, learned from which machines, judged on which; unit and target are columns of both tables."""

    name: str
    train: Path
    test: Path
    unit: str
    target: str
    separator: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RulMeasures:
    """rmse in the target's unit. nasa_score: the sum of exp(-early/13) - 1 and exp(late/10) - 1, the less the better.

    coverage_80: of the training rows, pooled over 5 folds by machine; coverage_80_test: of the test machines' last
    rows.
    """

    rmse: float
    nasa_score: float
    coverage_80: float
    coverage_80_test: float


@dataclass(frozen=True, slots=True, kw_only=True)
class RulEvaluation:
    """What came out, with truth and prediction at the last row of each test machine."""

    question: RulQuestion
    measures: RulMeasures
    signals: tuple[str, ...]
    ignored: tuple[str, ...]
    machines: int
    truth: FloatArray
    life: Life


def evaluate_rul(question: RulQuestion) -> RulEvaluation:
    """Learns from the training machines and judges the last row of each test machine. Raises InvalidInput, NotFound."""
    own = (question.unit, question.target)
    learned, judged = (
        read_table(path, separator=question.separator, counters=own, names=(question.unit,))
        for path in (question.train, question.test)
    )
    signals = _signals(learned, judged, own)
    model = make_life_model(question.name)
    model.fit(_rows(learned, signals), learned.column(question.target), learned.column(question.unit))
    units = judged.column(question.unit)
    last = np.array([np.flatnonzero(units == name)[-1] for name in dict.fromkeys(units.tolist())])
    truth = judged.column(question.target)[last]
    if not np.isfinite(truth).all():
        raise InvalidInput("evaluate_no_truth", where="test", file=question.test.name, target=question.target)
    life = Life(*(values[last] for values in model.life(_rows(judged, signals), units)))
    late = life.expected - truth
    measures = RulMeasures(
        rmse=float(np.sqrt((late**2).mean())),
        nasa_score=float(np.where(late < 0, np.exp(-late / 13), np.exp(late / 10)).sum() - len(late)),
        coverage_80=model.coverage_80_,
        coverage_80_test=float(((life.low <= truth) & (truth <= life.high)).mean()),
    )
    return RulEvaluation(
        question=question,
        measures=measures,
        signals=signals,
        ignored=learned.ignored,
        machines=len(last),
        truth=truth,
        life=life,
    )


def _signals(learned: Table, judged: Table, own: tuple[str, str]) -> tuple[str, ...]:
    """The columns that both tables have, time included where it counts up in each machine."""
    for table in (learned, judged):
        if not np.isfinite(table.column(own[0])).all():
            raise InvalidInput("evaluate_no_unit", where="unit", column=own[0])
    signals = tuple(name for name in learned.columns if name in judged.columns and name not in own)
    if not signals:
        raise InvalidInput("evaluate_nothing_shared", where="test")
    return signals


def _rows(table: Table, signals: tuple[str, ...]) -> FloatArray:
    return np.column_stack([table.column(name) for name in signals])
