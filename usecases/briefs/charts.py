"""The charts of a brief: hours and fuel a day; of several machines, the hours of each as well."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date
from typing import Any

from matplotlib import rc_context

from usecases.briefs.words import word
from usecases.picture_words import chinese_font

INK, GRID = "#22262b", "#d9dde2"
STATES = (
    ("working_h", "#2f6f4f"),
    ("travelling_h", "#7fb069"),
    ("idle_h", "#e6aa3c"),
    ("off_h", "#c3c8cf"),
)
FUEL, FUEL_IDLE = "#1f4e79", "#e6aa3c"
MOST_MACHINES = 25
MOST_TICKS = 16


def language_drawn(language: str) -> str:
    """The language of the words: English where this host has no font with Chinese."""
    return "zh" if language == "zh" and chinese_font() is not None else "en"


@contextmanager
def drawing(language: str) -> Iterator[None]:
    """With the fonts of a language. PDF: glyphs are embedded as outlines (Type 3), so that collections of CJK fonts
    with PostScript outlines are, too; SVG: texts are paths. Either is read on a machine that has no such font."""
    font = chinese_font()
    families = [*([font] if font is not None else []), "DejaVu Sans"]
    if language == "en":
        families.reverse()
    settings: dict[Any, Any] = {
        "font.family": families,
        "font.size": 8,
        "pdf.fonttype": 3,
        "svg.fonttype": "path",
        "svg.hashsalt": "ecc",
        "axes.unicode_minus": False,
        "axes.edgecolor": GRID,
        "text.color": INK,
        "text.parse_math": False,
    }
    with rc_context(settings):
        yield


def hours_a_day(axis: Any, brief: Mapping[str, Any], language: str) -> None:
    """Stacked bars of the work states."""
    bottom = [0.0] * len(brief["days"])
    places = range(len(bottom))
    for key, colour in STATES:
        heights = [day["numbers"][key] for day in brief["days"]]
        axis.bar(places, heights, bottom=bottom, color=colour, width=0.8, label=word(key, language).split(" (")[0])
        bottom = [low + height for low, height in zip(bottom, heights, strict=True)]
    _finished(axis, brief["days"], word("hours_chart", language))


def fuel_a_day(axis: Any, brief: Mapping[str, Any], language: str) -> None:
    """Fuel burnt, and what of it while idling."""
    idle = [day["numbers"]["idle_fuel_l"] or 0.0 for day in brief["days"]]
    rest = [
        max(0.0, (day["numbers"]["fuel_used_l"] or 0.0) - low) for day, low in zip(brief["days"], idle, strict=True)
    ]
    places = range(len(idle))
    axis.bar(places, idle, color=FUEL_IDLE, width=0.8, label=word("fuel_idle", language))
    axis.bar(places, rest, bottom=idle, color=FUEL, width=0.8, label=word("fuel_other", language))
    _finished(axis, brief["days"], word("fuel_chart", language))


def hours_a_machine(axis: Any, brief: Mapping[str, Any], language: str) -> None:
    """Lying bars of the machines that ran longest."""
    ranked = sorted(brief["machines"], key=lambda machine: _ran(machine["numbers"]), reverse=True)[:MOST_MACHINES]
    left = [0.0] * len(ranked)
    for key, colour in STATES[:3]:
        widths = [machine["numbers"][key] for machine in ranked]
        axis.barh(range(len(ranked)), widths, left=left, color=colour, height=0.75)
        left = [begin + width for begin, width in zip(left, widths, strict=True)]
    axis.set_yticks(range(len(ranked)), [machine["name"][:28] for machine in ranked])
    axis.invert_yaxis()
    axis.set_title(word("machines", language), loc="left", fontsize=9)
    _plain(axis, "x")


def _ran(numbers: Mapping[str, Any]) -> float:
    return float(numbers["working_h"] + numbers["travelling_h"] + numbers["idle_h"])


def _finished(axis: Any, days: Sequence[Mapping[str, Any]], title: str) -> None:
    step = max(1, -(-len(days) // MOST_TICKS))
    shown = range(0, len(days), step)
    axis.set_xticks(list(shown), [f"{date.fromisoformat(days[n]['day']):%m-%d}" for n in shown])
    axis.set_xlim(-0.6, len(days) - 0.4)
    axis.set_title(title, loc="left", fontsize=9)
    axis.legend(frameon=False, fontsize=7, ncols=4, loc="lower right", bbox_to_anchor=(1.0, 1.0), borderaxespad=0.2)
    _plain(axis, "y")


def _plain(axis: Any, grid: str) -> None:
    axis.spines[["top", "right"]].set_visible(False)
    axis.grid(axis=grid, color=GRID, lw=0.6)
    axis.set_axisbelow(True)
