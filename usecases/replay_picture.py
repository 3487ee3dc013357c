"""The picture of a replay: what would be new, gone and moved day by day, and the alarms a seat has to answer."""

import io
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import numpy.typing as npt
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure

from storage.rule_replays import Difference, Plot
from usecases.replay_outcome import ACCEPTABLE, FLOOD, MANAGEABLE, SPAN_US

COLOURS = {"new": "#b3261e", "gone": "#33658a", "moved": "#c9a227"}
FOUND, LIVE = "#b3261e", "#607d8b"
MOST_POINTS = 720  # of a longer span the highest of several spans of 10 minutes
DAY_US = 86_400_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawing:
    """What is drawn; `found`, `live`: alarms a seat in each 10 minutes from `from_us` on."""

    title: str
    from_us: int
    to_us: int
    differences: Sequence[Difference]
    found: npt.NDArray[np.float64]
    live: npt.NDArray[np.float64]


def draw(drawing: Drawing) -> Plot:
    """The picture in both forms; days are those of UTC."""
    figure = Figure(figsize=(13, 6.5), layout="constrained")
    days, load = figure.subplots(2, 1, height_ratios=[1, 1.2])
    _draw_days(days, drawing)
    _draw_load(load, drawing)
    axes: tuple[Any, Any] = (days, load)
    for axis in axes:
        axis.set_xlim(_at(drawing.from_us), _at(drawing.to_us))
        axis.spines[["top", "right"]].set_visible(False)
        axis.legend(frameon=False, loc="upper left", fontsize=8, ncols=6)
        axis.xaxis_date(tz=UTC)
    days.set_title(drawing.title, fontsize=10, loc="left")
    png, svg = io.BytesIO(), io.StringIO()
    FigureCanvasAgg(figure).print_figure(png, dpi=110)
    FigureCanvasSVG(figure).print_figure(svg)
    return Plot(png.getvalue(), svg.getvalue())


def _draw_days(axis: Any, drawing: Drawing) -> None:
    """Findings that differ by the day on which they held, one bar on the other."""
    first = drawing.from_us // DAY_US
    count = (drawing.to_us - 1) // DAY_US - first + 1
    starts = [_at((first + day) * DAY_US) for day in range(count)]
    foot = np.zeros(count)
    for change, colour in COLOURS.items():
        held = [_held_us(one) // DAY_US - first for one in drawing.differences if one.change == change]
        heights = np.bincount(np.array(held, np.int64), minlength=count)
        label = f"{change}: {len(held)}"
        axis.bar(
            starts, heights, timedelta(days=1), bottom=foot, align="edge", color=colour, label=label, ec="white", lw=0.5
        )
        foot += heights
    axis.set_ylabel("findings a day (UTC)")
    axis.set_ylim(0, max(1.0, 1.25 * float(foot.max(initial=0))))


def _draw_load(axis: Any, drawing: Drawing) -> None:
    """Alarms a seat and 10 minutes of both sets, with the limits of ISA-18.2."""
    together = -(-len(drawing.found) // MOST_POINTS)
    starts = [_at(drawing.from_us + place * together * SPAN_US) for place in range(-(-len(drawing.found) // together))]
    for name, counts, colour in (("live set", drawing.live, LIVE), ("this set", drawing.found, FOUND)):
        padded = np.pad(counts, (0, -len(counts) % together))
        axis.step(starts, padded.reshape(-1, together).max(axis=1), where="post", color=colour, lw=0.9, label=name)
    most = max(float(drawing.found.max(initial=0)), float(drawing.live.max(initial=0)))
    for limit, said in ((ACCEPTABLE, "acceptable"), (MANAGEABLE, "at most manageable"), (FLOOD, "flood")):
        if limit <= max(1.3 * most, MANAGEABLE):
            axis.axhline(limit, color="black", lw=0.6, ls=":", label=f"{limit}: {said} (ISA-18.2)")
    axis.set_ylabel("alarms a seat and 10 minutes")
    axis.set_ylim(0, max(2.8, 1.35 * most))


def _held_us(one: Difference) -> int:
    shown = one.found or one.live
    assert shown is not None  # a difference has one of them
    return shown.held_us


def _at(us: int) -> datetime:
    return datetime.fromtimestamp(us / 1e6, UTC)
