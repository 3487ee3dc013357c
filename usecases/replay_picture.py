"""The picture of a replay: what differs over time (new, gone, moved, regraded), and the alarms a seat has to answer."""

import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import numpy as np
import numpy.typing as npt
from matplotlib import dates as matplotlib_dates
from matplotlib import rc_context
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure

from storage.rule_replays import Difference, Plot, Plots
from usecases.picture_words import TICKS, Language, families, readable
from usecases.replay_outcome import ACCEPTABLE, FLOOD, MANAGEABLE, SPAN_US

_dates: Any = matplotlib_dates  # without types of its own
COLOURS = {"new": "#9c4f22", "gone": "#0d8073", "moved": "#1f66b0", "regraded": "#8446bd"}  # as in the console
FOUND, LIVE, RAISED = "#b3261e", "#33658a", "#9aa7b0"
MOST_POINTS = 720  # of a longer span the highest of several spans of 10 minutes
MINUTE_US, DAY_US = 60_000_000, 86_400_000_000
BARS_MIN = (1, 5, 10, 30, 60, 180, 360, 720, 1_440, 10_080, 43_200)
MOST_BARS = 60
WORDS: Mapping[Language, Mapping[str, str]] = {
    "en": {
        **{"new": "new", "gone": "gone", "moved": "moved", "regraded": "other severity"},
        **{"nothing": "Nothing differs: both sets find the same."},
        **{"findings": "findings in {}", "min": "{} min", "h": "{} h", "d": "{} d", "time": "time (UTC)"},
        **{"found": "this set", "live": "live set replayed", "raised": "raised on the stream"},
        **{"alarms": "alarms a seat\nand 10 minutes", "manageable": "at most manageable", "flood": "flood"},
        **{"acceptable": "acceptable", "title": "Replay {0} of rule set {1} against {2}"},
    },
    "zh": {
        **{"new": "新增", "gone": "消失", "moved": "时间变化", "regraded": "等级变化"},
        **{"nothing": "没有差异：两套规则的结果相同。"},
        **{"findings": "每{}的判定数", "min": "{}分钟", "h": "{}小时", "d": "{}天", "time": "时间 (UTC)"},
        **{"found": "本规则集", "live": "现行规则集回放", "raised": "实时流上实际报出"},
        **{"alarms": "每席位每10分钟\n报警数", "manageable": "可应付上限", "flood": "报警泛滥"},
        **{"acceptable": "可接受", "title": "回放 {0}：规则集 {1} 对比 {2}"},
    },
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawing:
    """What is drawn; `numbers`: of the replay, its set and the live one; `found`, `live`, `raised`: alarms a seat in
    each 10 minutes from `from_us` on, of the set, of the live one replayed, and as they were raised on the stream."""

    numbers: tuple[int, int, int | None]
    from_us: int
    to_us: int
    differences: Sequence[Difference]
    found: npt.NDArray[np.float64]
    live: npt.NDArray[np.float64]
    raised: npt.NDArray[np.float64]


def draw(drawing: Drawing) -> Plots:
    """The picture in both languages and forms; times are UTC. In English only where this host has no Chinese font."""
    english = _drawn(drawing, "en")
    return Plots(en=english, zh=_drawn(drawing, "zh") if readable("zh") == "zh" else english)


def _drawn(drawing: Drawing, language: Language) -> Plot:
    words = WORDS[language]
    with rc_context({"font.family": families(language), "axes.unicode_minus": False}):
        figure = Figure(figsize=(13, 6.5), layout="constrained")
        bars, load = figure.subplots(2, 1, height_ratios=[1, 1.2], sharex=True)
        _draw_differences(bars, drawing, words)
        _draw_load(load, drawing, words)
        axes: tuple[Any, Any] = (bars, load)
        locator = _dates.AutoDateLocator(tz=UTC, minticks=4, maxticks=10)
        for axis in axes:
            axis.set_xlim(_at(drawing.from_us), _at(drawing.to_us))
            axis.spines[["top", "right"]].set_visible(False)
            axis.legend(frameon=False, loc="upper left", fontsize=8, ncols=6)
            axis.xaxis.set_major_locator(locator)
            axis.xaxis.set_major_formatter(_dates.ConciseDateFormatter(locator, tz=UTC, **TICKS))
        load.set_xlabel(words["time"])
        span = f"{_at(drawing.from_us):%Y-%m-%d %H:%M} - {_at(drawing.to_us):%Y-%m-%d %H:%M} UTC"
        bars.set_title(f"{words['title'].format(*drawing.numbers)}  ·  {span}", fontsize=10, loc="left")
        png, svg = io.BytesIO(), io.StringIO()
        FigureCanvasAgg(figure).print_figure(png, dpi=110)
        FigureCanvasSVG(figure).print_figure(svg)
    return Plot(png.getvalue(), svg.getvalue())


def bar_us(length_us: int) -> int:
    """How long a bar stands for: the shortest of BARS_MIN of which MOST_BARS cover the span."""
    minutes = (one for one in BARS_MIN if length_us <= MOST_BARS * one * MINUTE_US)
    return next(minutes, BARS_MIN[-1]) * MINUTE_US


def _draw_differences(axis: Any, drawing: Drawing, words: Mapping[str, str]) -> None:
    """Findings that differ by when they held, one bar on the other."""
    width_us = bar_us(drawing.to_us - drawing.from_us)
    first = drawing.from_us // width_us
    count = (drawing.to_us - 1) // width_us - first + 1
    starts = [_at((first + place) * width_us) for place in range(count)]
    width, foot = width_us / DAY_US, np.zeros(count)  # matplotlib's unit is a day
    for change, colour in COLOURS.items():
        held = [_held_us(one) // width_us - first for one in drawing.differences if one.change == change]
        heights = np.bincount(np.array(held, np.int64), minlength=count)
        label = f"{words[change]}: {len(held)}"
        axis.bar(starts, heights, width, bottom=foot, align="edge", color=colour, label=label, ec="white", lw=0.5)
        foot += heights
    if not drawing.differences:
        axis.text(0.5, 0.5, words["nothing"], transform=axis.transAxes, ha="center", va="center", color=RAISED)
        axis.set_yticks([])
    axis.set_ylabel(words["findings"].format(_length(width_us, words)))
    axis.set_ylim(0, max(1.0, 1.25 * float(foot.max(initial=0))))


def _length(us: int, words: Mapping[str, str]) -> str:
    minutes = us // MINUTE_US
    unit, size = ("min", 1) if minutes < 60 else ("h", 60) if minutes < 1440 else ("d", 1440)
    return words[unit].format(minutes // size)


def _draw_load(axis: Any, drawing: Drawing, words: Mapping[str, str]) -> None:
    """Alarms a seat and 10 minutes, with the limits of ISA-18.2; the live set's line is broken, so that both are seen
    where they are the same."""
    together = -(-len(drawing.found) // MOST_POINTS)
    starts = [_at(drawing.from_us + place * together * SPAN_US) for place in range(-(-len(drawing.found) // together))]
    ends = [*starts, _at(drawing.to_us)]
    lines = (
        ("raised", drawing.raised, {"color": RAISED, "lw": 3.2}),
        ("found", drawing.found, {"color": FOUND, "lw": 1.3}),
        ("live", drawing.live, {"color": LIVE, "lw": 1.3, "ls": (0, (4, 4))}),
    )
    for name, counts, style in lines:
        highest = np.pad(counts, (0, -len(counts) % together)).reshape(-1, together).max(axis=1)
        axis.step(ends, [*highest, highest[-1]], where="post", label=words[name], **style)
    most = max(float(counts.max(initial=0)) for _, counts, _ in lines)
    for limit, said in ((ACCEPTABLE, "acceptable"), (MANAGEABLE, "manageable"), (FLOOD, "flood")):
        if limit <= max(1.3 * most, MANAGEABLE):
            axis.axhline(limit, color="black", lw=0.6, ls=":", label=f"{limit}: {words[said]} (ISA-18.2)")
    axis.set_ylabel(words["alarms"])
    axis.set_ylim(0, max(2.8, 1.35 * most))


def _held_us(one: Difference) -> int:
    shown = one.found or one.live
    assert shown is not None  # a difference has one of them
    return shown.held_us


def _at(us: int) -> datetime:
    return datetime.fromtimestamp(us / 1e6, UTC)
