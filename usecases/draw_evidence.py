"""Evidence as a picture: the curves with their limits, and beside them the first diagnosis. Takes some 0.5 s.

Words are Chinese where a font for them is found, else English: then signals, causes and checks are, too.
"""

import io
import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Literal

import numpy as np
from matplotlib import dates as matplotlib_dates
from matplotlib import rc_context
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from usecases.picture_column import BORDER, CURVE, EPISODE, GUARD, INK, Line, lines, wrap
from usecases.picture_words import TICKS, Said, families, readable

Form = Literal["png", "svg"]
_dates: Any = matplotlib_dates  # without types of its own
_CANVASES = {"png": FigureCanvasAgg, "svg": FigureCanvasSVG}
MOST_PANELS = 5
LEADING_PT = 6.5
OWNER_ROOM = 138
"""Letters of the owner's sentence in a line."""
MOST_EXPECTED = 3
EMPTY_SHARE = 0.1
"""A longer part of the window that has no readings yet is not drawn."""
WIDTH_IN, DPI = 13.5, 100
GAP, BAND = "#e3e6ea", "#dcebdc"
EXPECTED = "#2e7d32"


def draw(evidence: bytes, form: Form, language: str) -> tuple[bytes, str]:
    """The picture of the API's evidence, and the language of its words."""
    found = json.loads(evidence)
    shown = readable(language)
    said = Said(shown)
    settings: dict[Any, Any] = {
        "font.family": families(shown),
        "font.size": 9,
        "svg.fonttype": "path",
        "svg.hashsalt": "ecc",
    }
    settings |= {"axes.unicode_minus": False, "axes.edgecolor": GUARD, "text.color": INK, "text.parse_math": False}
    with rc_context(settings):
        out = io.BytesIO()
        metadata = {"Date": None} if form == "svg" else None
        _CANVASES[form](_figure(found, said)).print_figure(out, format=form, dpi=DPI, metadata=metadata)
    return out.getvalue(), said.language


def _figure(found: Mapping[str, Any], said: Said) -> Figure:
    shown = _panels(found)
    column = list(lines(found, said))
    owner = list(wrap(said.text(found["withdrawn"] or found["diagnosis"]["owner"]), OWNER_ROOM))
    foot_in = 0.55 + 0.2 * len(owner)
    height_in = max(
        6.4 + 0.2 * len(owner), 1.15 + foot_in + 1.35 * len(shown), 0.95 + foot_in + sum(map(_tall, column))
    )
    figure = Figure(figsize=(WIDTH_IN, height_in), dpi=DPI, facecolor="white")
    top, bottom = 1 - 1.0 / height_in, foot_in / height_in
    grid = figure.add_gridspec(max(1, len(shown)), 1, left=0.065, right=0.635, top=top, bottom=bottom, hspace=0.22)
    axes: list[Any] = []
    for row, signal in enumerate(shown):
        axis = figure.add_subplot(grid[row, 0], sharex=axes[0] if axes else None)
        _panel(axis, signal, found, said)
        axes.append(axis)
    if axes:
        _time_axis(axes, found, said)
    else:
        figure.text(0.35, 0.5, said.word("nothing"), ha="center", color=GUARD)
    _head(figure, found, said, height_in)
    _side(figure, column, top)
    for place, line in enumerate(reversed(owner)):
        figure.text(0.065, (0.12 + 0.2 * place) / height_in, line, fontsize=10.5, weight="bold", color=BORDER)
    return figure


def _panels(found: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """The signals to draw: those with a limit or an expected value first, then in the order of the pack."""
    borders = found["thresholds"]["borders"] if found["thresholds"] else []
    limited = {one["key"] for one in (*borders, *found["expected"][:MOST_EXPECTED])}
    told = [signal for signal in found["signals"] if signal["values"]]
    order = {"rule": 0, "observation": 2, "context": 1}
    ranked = sorted(told, key=lambda s: (s["key"] == "engine_speed_rpm", s["key"] not in limited, order[s["role"]]))
    best = ranked[:MOST_PANELS]
    speed = next((signal for signal in told if signal["key"] == "engine_speed_rpm"), None)
    return best if speed is None or speed in best else [*best[: MOST_PANELS - 1], speed]


def _panel(axis: Any, signal: Mapping[str, Any], found: Mapping[str, Any], said: Said) -> None:
    at = np.array([_at(instant) for instant in signal["at"]])
    values = np.array(signal["values"])
    _grounds(axis, found)
    axis.plot(*_broken(at, values), color=CURVE, lw=1.1, solid_joinstyle="round")
    bounds = (float(values.min()), float(values.max()))
    _expected(axis, signal["key"], found["expected"])
    _borders(axis, signal, (found["thresholds"] or {"borders": []})["borders"], bounds)
    held = _at(found["finding"]["held_at"])
    axis.axvline(held, color=INK, lw=0.9)
    place = int(np.searchsorted(at, held, "right")) - 1
    if place >= 0:
        axis.plot(at[place], values[place], "o", color=INK, ms=4, clip_on=False, zorder=5)
        axis.set_title(f"{said.word('then')} {values[place]:.4g}", loc="right", fontsize=9, weight="bold", pad=3)
    axis.margins(x=0, y=0.16)
    axis.spines[["top", "right"]].set_visible(False)
    axis.grid(axis="y", color=GAP, lw=0.6)
    axis.set_axisbelow(True)
    doubt = "" if signal["key"] not in {one["key"] for one in found["trust"]} else f"  {said.word('doubt')}"
    axis.set_title(f"{said.text(signal['text'])}  [{signal['unit']}]{doubt}", loc="left", fontsize=9, pad=3)


def _grounds(axis: Any, found: Mapping[str, Any]) -> None:
    """Red behind the time in which it was found, grey where nothing came."""
    finding = found["finding"]
    end = found["to_at"] if finding["to_at"] is None else finding["to_at"]
    axis.axvspan(_at(finding["from_at"]), min(_at(end), _at(found["to_at"])), color=EPISODE, lw=0)
    for gap in (found["quality"] or {}).get("gaps", ()):
        axis.axvspan(_at(gap["from_at"]), _at(gap["to_at"]), color=GAP, lw=0)


def _expected(axis: Any, key: str, expected: Sequence[Mapping[str, Any]]) -> None:
    """What a model expected, with its band where the signal lay beyond it."""
    for one in expected:
        if one["key"] == key:
            if one["low"] is not None:
                axis.axhspan(one["low"], one["high"], color=BAND, lw=0, zorder=1.1, alpha=0.6)
            _line(axis, one["value"], f"{one['value']:.4g} {one['unit']}", EXPECTED)


def _borders(
    axis: Any, signal: Mapping[str, Any], borders: Sequence[Mapping[str, Any]], bounds: tuple[float, float]
) -> None:
    """Its limits as lines. One that only asks whether the engine runs is grey, and does not stretch the panel."""
    is_guard = signal["key"] == "engine_speed_rpm" and any(b["key"] != signal["key"] for b in borders)
    for border in borders:
        if border["key"] != signal["key"] or (is_guard and not bounds[0] <= border["value"] <= bounds[1]):
            continue
        words = f"{border['comparison']} {border['value']:.4g} {signal['unit']}"
        _line(axis, border["value"], words, GUARD if is_guard else BORDER)


def _line(axis: Any, value: float, words: str, colour: str) -> None:
    """A dashed line over the whole panel, with words beside it."""
    axis.axhline(value, color=colour, lw=1.1, ls=(0, (5, 3)))
    axis.annotate(
        words,
        (1.0, value),
        (3, 0),
        xycoords=("axes fraction", "data"),
        textcoords="offset points",
        va="center",
        color=colour,
        fontsize=8,
        annotation_clip=False,
    )


def _broken(at: Any, values: Any) -> tuple[Any, Any]:
    """The curve with a hole where far more time passes between two samples than usual."""
    if len(at) < 3:
        return at, values
    steps = np.diff(at)
    holes = np.flatnonzero(steps > max(8 * float(np.median(steps)), (at[-1] - at[0]) / 60)) + 1
    return np.insert(at, holes, (at[holes - 1] + at[holes]) / 2), np.insert(values, holes, np.nan)


def _time_axis(axes: Sequence[Any], found: Mapping[str, Any], said: Said) -> None:
    axes[0].set_xlim(*_ends(found))
    locator = _dates.AutoDateLocator(tz=UTC, minticks=4, maxticks=9)
    for axis in axes:
        axis.xaxis.set_major_locator(locator)
        axis.xaxis.set_major_formatter(_dates.ConciseDateFormatter(locator, tz=UTC, **TICKS))
        axis.tick_params(labelsize=8, labelbottom=axis is axes[-1])
    axes[-1].set_xlabel(said.word("utc"), fontsize=8, labelpad=1)


def _ends(found: Mapping[str, Any]) -> tuple[float, float]:
    """The window, from where its readings begin on; half a percent of it stays free at either end."""
    begin, end = _at(found["from_at"]), _at(found["to_at"])
    first = min((_at(signal["at"][0]) for signal in found["signals"] if signal["at"]), default=begin)
    first = min(first, _at(found["finding"]["from_at"]))
    if first - begin > EMPTY_SHARE * (end - begin):
        begin = first
    return begin - 0.005 * (end - begin), end + 0.005 * (end - begin)


def _head(figure: Figure, found: Mapping[str, Any], said: Said, height_in: float) -> None:
    finding = found["finding"]
    machine = finding["machine"]
    held = datetime.fromisoformat(finding["held_at"])
    taken_back = found["withdrawn"] is not None
    name = f"{said.word('withdrawn')}  ·  {machine['name']}" if taken_back else machine["name"]
    title = f"{name}  ·  {said.text(finding['text'])}"
    figure.text(0.065, 1 - 0.34 / height_in, title, fontsize=14, weight="bold", color=BORDER if taken_back else INK)
    severity = said.word("was").format(said.code(finding["severity"])) if taken_back else said.code(finding["severity"])
    about = f"{severity}  ·  {said.word('found')} {held:%Y-%m-%d %H:%M:%S} UTC  ·  {machine['pin']}"
    figure.text(0.065, 1 - 0.57 / height_in, f"{about}  ·  {finding['version']}", color=GUARD)


def _side(figure: Figure, column: Sequence[Line], top: float) -> None:
    """The column of text, from the top down."""
    height_in = figure.get_figheight()
    y = top + 0.12 / height_in
    for text, size, weight, colour, bar in column:
        y -= (size + LEADING_PT) / 72 / height_in
        if bar is not None:
            figure.add_artist(_bar(figure, y, bar, size / 72 / height_in))
        figure.text(0.715, y, text, fontsize=size, weight=weight, color=colour)


def _tall(line: Line) -> float:
    """Inches that a line of the column takes."""
    return (line[1] + LEADING_PT) / 72


def _bar(figure: Figure, y: float, share: float, height: float) -> Any:
    return Rectangle(
        (0.715, y - 0.2 * height), 0.265 * share, 1.3 * height, color=EPISODE, transform=figure.transFigure
    )


def _at(instant: str) -> float:
    return float(_dates.date2num(datetime.fromisoformat(instant)))
