"""Pictures of an evaluation: what the model saw, what it said, and what was true."""

from pathlib import Path
from typing import Any

import numpy as np
from matplotlib import dates as matplotlib_dates
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.backends.backend_pdf import FigureCanvasPdf
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure

from fleet.errors import InvalidInput
from usecases.evaluate.detector import BoolArray, DetectorEvaluation
from usecases.evaluate.rul import RulEvaluation
from usecases.evaluate.table import FloatArray
from usecases.picture_words import TICKS

_dates: Any = matplotlib_dates  # without types of its own
_CANVASES: dict[str, Any] = {".png": FigureCanvasAgg, ".svg": FigureCanvasSVG, ".pdf": FigureCanvasPdf}
TRUTH, ALARM, SIGNAL, LEARNED = "#f9dedc", "#b3261e", "#33658a", "#eceff1"
ROW = "row"
SHOWN_SIGNALS = 4
SHOWN_SCORE = 10.0


def draw_detector(found: DetectorEvaluation, path: Path) -> None:
    """The score over its border, what the label and the alarms say, and the signals that drove the alarms most."""
    drivers = _drivers(found)
    rows, named = _axis(found)
    begin = found.question.train_rows
    figure = Figure(figsize=(13, 3.4 + 1.7 * len(drivers)), layout="constrained")
    axes = figure.subplots(1 + len(drivers), 1, sharex=True, height_ratios=[1.7, *(1 for _ in drivers)], squeeze=False)
    top, *others = axes[:, 0]
    for axis in (top, *others):
        _shade(axis, rows, found.truth, TRUTH)
        axis.axvspan(rows[0], rows[begin], color=LEARNED, lw=0)
        axis.margins(x=0)
        axis.spines[["top", "right"]].set_visible(False)
    top.plot(rows[begin:], np.clip(found.scores, 0, SHOWN_SCORE), color="black", lw=0.9)
    top.axhline(1, color=ALARM, ls="--", lw=0.9)
    top.set_ylim(0, 1.1 * max(2.0, float(np.nanmax(np.clip(found.scores, 0, SHOWN_SCORE), initial=0))))
    top.set_ylabel("score (1: border)")
    alarms = np.concatenate([np.zeros(begin, dtype=np.bool_), found.alarms])
    for axis in (top, *others):
        _mark(axis, rows, alarms)
    for axis, signal in zip(others, drivers, strict=True):
        axis.plot(rows, found.values[:, signal], color=SIGNAL, lw=0.6)
        axis.set_ylabel(found.signals[signal], fontsize=8)
    said = found.measures
    top.set_title(
        f"{found.question.name} on {found.question.csv.name}: F1 {said.f1:.3f}, FAR {said.far:.1f} %, "
        f"MAR {said.mar:.1f} %, {said.us_per_row:.0f} us a row\n"
        "grey: learned from; red ground: labelled abnormal; red bar at the foot: alarm",
        fontsize=10,
        loc="left",
    )
    axes[-1, 0].set_xlabel(named)
    if np.issubdtype(rows.dtype, np.datetime64):
        locator = _dates.AutoDateLocator(minticks=4, maxticks=9)
        axes[-1, 0].xaxis.set_major_locator(locator)
        axes[-1, 0].xaxis.set_major_formatter(_dates.ConciseDateFormatter(locator, **TICKS))
    _save(figure, path)


def draw_rul(found: RulEvaluation, path: Path) -> None:
    """Truth and prediction with its 80 % interval, the test machines from the most worn to the freshest."""
    order = np.argsort(found.truth, kind="stable")
    places, life, said = np.arange(len(order)), found.life, found.measures
    figure = Figure(figsize=(13, 5), layout="constrained")
    axis = figure.subplots()
    axis.vlines(places, life.low[order], life.high[order], color=SIGNAL, alpha=0.35, lw=4, label="80 % interval")
    axis.plot(places, life.expected[order], "o", color=SIGNAL, ms=4, label="predicted")
    axis.plot(places, found.truth[order], color=ALARM, lw=1.6, label="true")
    axis.set_xlabel("test machine, the most worn first")
    axis.set_ylabel(found.question.target)
    axis.margins(x=0.01)
    axis.spines[["top", "right"]].set_visible(False)
    axis.legend(frameon=False)
    axis.set_title(
        f"{found.question.name} on {found.question.test.name}: RMSE {said.rmse:.2f}, NASA score {said.nasa_score:.0f}, "
        f"80 % interval covers {100 * said.coverage_80:.0f} % over 5 folds, {100 * said.coverage_80_test:.0f} % here",
        fontsize=10,
        loc="left",
    )
    _save(figure, path)


def check_form(path: Path) -> None:
    """Raise InvalidInput unless a picture can be drawn into a file of this name."""
    if path.suffix.lower() not in _CANVASES:
        raise InvalidInput("picture_unknown", where="plot", known=list(_CANVASES), found=path.suffix or path.name)


def _axis(found: DetectorEvaluation) -> tuple[Any, str]:
    """Where each row lies on the axis, and what the axis is: the table's time, or the row where it has none that never
    falls."""
    table = found.table
    if not table.time or not (np.diff(table.instants) >= 0).all():
        return np.arange(len(found.values)), ROW
    if table.is_dated:
        return (table.instants * 1e6).astype("datetime64[us]"), table.time
    return table.instants, table.time


def _drivers(found: DetectorEvaluation) -> list[int]:
    """The signals that told most where there was an alarm, or anywhere without one; the strongest first."""
    told = found.contributions[found.alarms] if found.alarms.any() else found.contributions
    order = np.argsort(-np.median(told, axis=0), kind="stable")
    return [int(signal) for signal in order[:SHOWN_SIGNALS]]


def _shade(axis: Any, rows: FloatArray | Any, where: BoolArray, colour: str) -> None:
    axis.fill_between(rows, 0, 1, where=where, transform=axis.get_xaxis_transform(), color=colour, lw=0, step="mid")


def _mark(axis: Any, rows: FloatArray | Any, where: BoolArray) -> None:
    axis.fill_between(rows, 0, 0.04, where=where, transform=axis.get_xaxis_transform(), color=ALARM, lw=0, step="mid")


def _save(figure: Figure, path: Path) -> None:
    try:
        _CANVASES[path.suffix.lower()](figure).print_figure(path, dpi=110)
    except OSError as error:
        raise InvalidInput("file_unwritable", where="plot", path=str(path), why=str(error)) from error
