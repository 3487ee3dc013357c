"""The charts of a brief: hours and fuel, by hours, days or weeks; of several machines, the hours of each as well."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from matplotlib import rc_context

from usecases.briefs.spans import Span, Step, spans_of
from usecases.briefs.words import word
from usecases.picture_words import chinese_font

INK, GRID, MUTED = "#22262b", "#d9dde2", "#667080"
STATES = (
    ("working_h", "#2f6f4f"),
    ("travelling_h", "#7fb069"),
    ("idle_h", "#e6aa3c"),
    ("off_h", "#c3c8cf"),
)
FUEL, FUEL_IDLE = "#1f4e79", "#e6aa3c"
MOST_MACHINES = 25
MOST_TICKS = 12
MOST_NAME = 22


def language_drawn(language: str) -> str:
    """The language of the words: English where this host has no font with Chinese."""
    return "zh" if language == "zh" and chinese_font() is not None else "en"


@contextmanager
def drawing() -> Iterator[None]:
    """With the fonts of briefs: the one that has Chinese for Latin letters, too.

    PDF: glyphs are embedded as outlines (Type 3), so that collections of CJK fonts with PostScript outlines are, too;
    SVG: texts are paths. Either is read on a machine that has no such font.
    """
    font = chinese_font()
    families = [*([font] if font is not None else []), "DejaVu Sans"]
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


def hours(axis: Any, brief: Mapping[str, Any], language: str) -> None:
    """Stacked bars of the work states; of one machine, of all the time there was."""
    step, spans = spans_of(brief)
    bottom = [0.0] * len(spans)
    for key, colour in STATES:
        heights = [span.numbers[key] or 0.0 for span in spans]
        axis.bar(range(len(spans)), heights, bottom=bottom, color=colour, width=0.8, label=_named(key, language))
        bottom = [low + height for low, height in zip(bottom, heights, strict=True)]
    _finished(axis, (step, spans), "hours_chart", language)
    if len(brief["machines"]) == 1:
        whole, ticks = {"hour": (1, 4), "day": (24, 4), "week": (168, 7)}[step]
        axis.set_ylim(0, whole)
        axis.set_yticks([whole * tick / ticks for tick in range(ticks + 1)])
    if not any(bottom):
        _empty(axis, word("unheard", language), "y")


def fuel(axis: Any, brief: Mapping[str, Any], language: str) -> None:
    """Fuel burnt, and what of it while idling where that is known."""
    step, spans = spans_of(brief)
    burnt = [span.numbers["fuel_used_l"] or 0.0 for span in spans]
    idle = [span.numbers["idle_fuel_l"] or 0.0 for span in spans]
    is_split = any(span.numbers["idle_fuel_l"] is not None for span in spans)
    if is_split:
        axis.bar(range(len(idle)), idle, color=FUEL_IDLE, width=0.8, label=word("fuel_idle", language))
    rest = [max(0.0, litres - low) for litres, low in zip(burnt, idle, strict=True)]
    named = word("fuel_other" if is_split else "fuel_all", language)
    axis.bar(range(len(rest)), rest, bottom=idle, color=FUEL, width=0.8, label=named)
    _finished(axis, (step, spans), "fuel_chart", language)
    if all(span.numbers["fuel_used_l"] is None for span in spans):
        _empty(axis, word("no_fuel", language), "y")
    elif not any(burnt):
        axis.set(ylim=(0, 1), yticks=[0])


def hours_a_machine(axis: Any, brief: Mapping[str, Any], language: str, *, most: int = MOST_MACHINES) -> None:
    """Lying bars of the machines that ran longest, at most so many."""
    ranked = sorted(brief["machines"], key=lambda machine: _ran(machine["numbers"]), reverse=True)[:most]
    left = [0.0] * len(ranked)
    for key, colour in STATES[:3]:
        widths = [machine["numbers"][key] for machine in ranked]
        axis.barh(range(len(ranked)), widths, left=left, color=colour, height=0.75, label=_named(key, language))
        left = [begin + width for begin, width in zip(left, widths, strict=True)]
    axis.set_yticks(range(len(ranked)), [_short(machine["name"]) for machine in ranked])
    axis.invert_yaxis()
    title = "machines_chart" if len(ranked) == len(brief["machines"]) else "machines_chart_first"
    _headed(axis, word(title, language, machines=len(ranked)))
    _plain(axis, "x")
    if not any(left):
        _empty(axis, word("none_ran", language), "x")


def _named(key: str, language: str) -> str:
    """A state without its unit."""
    return word(key, language).split(" (")[0]


def _short(name: str) -> str:
    return name if len(name) <= MOST_NAME else name[: MOST_NAME - 1] + "…"


def _ran(numbers: Mapping[str, Any]) -> float:
    return float(numbers["working_h"] + numbers["travelling_h"] + numbers["idle_h"])


def _finished(axis: Any, shown: tuple[Step, Sequence[Span]], title: str, language: str) -> None:
    step, spans = shown
    every = max(1, -(-len(spans) // MOST_TICKS))
    ticks = range(0, len(spans), every)
    axis.set_xticks(list(ticks), [spans[n].tick for n in ticks])
    axis.set_xlim(-0.6, len(spans) - 0.4)
    _headed(axis, word(f"{title}_{step}", language))
    _plain(axis, "y")
    axis.yaxis.set_major_formatter("{x:,g}")


def _headed(axis: Any, title: str) -> None:
    """The title on the left, what the colours are on the right above it."""
    axis.set_title(title, loc="left", fontsize=9, pad=16)
    axis.legend(
        frameon=False,
        fontsize=7,
        ncols=4,
        loc="lower left",
        bbox_to_anchor=(0.0, 1.0),
        borderaxespad=0.1,
        borderpad=0.1,
        handlelength=1.0,
        handleheight=0.8,
        columnspacing=1.4,
        handletextpad=0.5,
    )


def _empty(axis: Any, said: str, along: str) -> None:
    """Words instead of bars."""
    axis.set(**{f"{along}lim": (0, 1), f"{along}ticks": []})
    axis.text(0.5, 0.5, said, ha="center", va="center", transform=axis.transAxes, color=MUTED)


def _plain(axis: Any, grid: str) -> None:
    axis.spines[["top", "right"]].set_visible(False)
    axis.grid(axis=grid, color=GRID, lw=0.6)
    axis.set_axisbelow(True)
    axis.tick_params(labelsize=7, length=0)
