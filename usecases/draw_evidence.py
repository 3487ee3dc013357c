"""Evidence as a picture: the curves with their limits, and beside them the first diagnosis. Takes some 0.5 s.

Words are Chinese where a font for them is found, else English: then signals, causes and checks are, too.
"""

import io
import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Literal
from unicodedata import east_asian_width

import numpy as np
from matplotlib import dates as matplotlib_dates
from matplotlib import rc_context
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from usecases.picture_words import Said, chinese_font

Form = Literal["png", "svg"]
_dates: Any = matplotlib_dates  # without types of its own
_CANVASES = {"png": FigureCanvasAgg, "svg": FigureCanvasSVG}
MOST_PANELS = 5
WIDTH_IN, DPI = 13.5, 100
CURVE, BORDER, GUARD, EPISODE, GAP, INK = "#1f4e79", "#b3261e", "#8a8f98", "#f9dedc", "#e3e6ea", "#22262b"


def draw(evidence: bytes, form: Form, language: str) -> tuple[bytes, str]:
    """The picture of the API's evidence, and the language of its words."""
    found = json.loads(evidence)
    font = chinese_font()
    said = Said("zh" if language == "zh" and font is not None else "en")
    families = [*([font] if font is not None else []), "DejaVu Sans"]
    if said.language == "en":
        families.reverse()
    settings: dict[Any, Any] = {"font.family": families, "font.size": 9, "svg.fonttype": "path", "svg.hashsalt": "ecc"}
    settings |= {"axes.unicode_minus": False, "axes.edgecolor": GUARD, "text.color": INK, "text.parse_math": False}
    with rc_context(settings):
        out = io.BytesIO()
        metadata = {"Date": None} if form == "svg" else None
        _CANVASES[form](_figure(found, said)).print_figure(out, format=form, dpi=DPI, metadata=metadata)
    return out.getvalue(), said.language


def _figure(found: Mapping[str, Any], said: Said) -> Figure:
    shown = _panels(found["signals"], found["thresholds"])
    height_in = max(6.6, 1.9 + 1.35 * len(shown))
    figure = Figure(figsize=(WIDTH_IN, height_in), dpi=DPI, facecolor="white")
    top, bottom = 1 - 1.0 / height_in, 0.75 / height_in
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
    _side(figure, found, said, top)
    owner = found["diagnosis"]["owner"]
    if owner is not None:
        figure.text(0.065, 0.2 / height_in, said.text(owner), fontsize=10.5, weight="bold", color=BORDER)
    return figure


def _panels(signals: Sequence[Mapping[str, Any]], thresholds: Mapping[str, Any] | None) -> list[Mapping[str, Any]]:
    """The signals to draw: those with a limit first, then as the rule and the diagnosis name them."""
    limited = {border["key"] for border in thresholds["borders"]} if thresholds else set()
    told = [signal for signal in signals if signal["values"]]
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
    _borders(axis, signal, (found["thresholds"] or {"borders": []})["borders"], bounds)
    held = _at(found["finding"]["held_at"])
    axis.axvline(held, color=INK, lw=0.9)
    place = int(np.searchsorted(at, held, "right")) - 1
    if place >= 0:
        axis.plot(at[place], values[place], "o", color=INK, ms=4)
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


def _borders(
    axis: Any, signal: Mapping[str, Any], borders: Sequence[Mapping[str, Any]], bounds: tuple[float, float]
) -> None:
    """Its limits as lines. One that only asks whether the engine runs is grey, and does not stretch the panel."""
    is_guard = signal["key"] == "engine_speed_rpm" and any(b["key"] != signal["key"] for b in borders)
    for border in borders:
        if border["key"] != signal["key"] or (is_guard and not bounds[0] <= border["value"] <= bounds[1]):
            continue
        colour = GUARD if is_guard else BORDER
        axis.axhline(border["value"], color=colour, lw=1.1, ls=(0, (5, 3)))
        axis.annotate(
            f"{border['comparison']} {border['value']:.4g} {signal['unit']}",
            (1.0, border["value"]),
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
    axes[0].set_xlim(_at(found["from_at"]), _at(found["to_at"]))
    locator = _dates.AutoDateLocator(tz=UTC, minticks=4, maxticks=9)
    for axis in axes:
        axis.xaxis.set_major_locator(locator)
        axis.xaxis.set_major_formatter(_dates.ConciseDateFormatter(locator, tz=UTC))
        axis.tick_params(labelsize=8, labelbottom=axis is axes[-1])
    axes[-1].set_xlabel(said.word("utc"), fontsize=8, labelpad=1)


def _head(figure: Figure, found: Mapping[str, Any], said: Said, height_in: float) -> None:
    finding = found["finding"]
    machine = finding["machine"]
    held = datetime.fromisoformat(finding["held_at"])
    figure.text(
        0.065, 1 - 0.34 / height_in, f"{machine['name']}  ·  {said.text(finding['text'])}", fontsize=14, weight="bold"
    )
    about = (
        f"{said.code(finding['severity'])}  ·  {said.word('found')} {held:%Y-%m-%d %H:%M:%S} UTC  ·  {machine['pin']}"
    )
    figure.text(0.065, 1 - 0.57 / height_in, f"{about}  ·  {finding['version']}", color=GUARD)


def _side(figure: Figure, found: Mapping[str, Any], said: Said, top: float) -> None:
    """The column of text, from the top down."""
    height_in = figure.get_figheight()
    y = top + 0.12 / height_in
    for text, size, weight, colour, bar in _lines(found, said):
        y -= (size + 6.5) / 72 / height_in
        if bar is not None:
            figure.add_artist(_bar(figure, y, bar, size / 72 / height_in))
        figure.text(0.715, y, text, fontsize=size, weight=weight, color=colour)


def _bar(figure: Figure, y: float, share: float, height: float) -> Any:
    return Rectangle(
        (0.715, y - 0.2 * height), 0.265 * share, 1.3 * height, color=EPISODE, transform=figure.transFigure
    )


_Line = tuple[str, float, str, str, float | None]


def _lines(found: Mapping[str, Any], said: Said) -> Iterator[_Line]:
    """(text, size, weight, colour, share of a bar) of the column's lines."""
    diagnosis = found["diagnosis"]
    yield _title(said.word("causes"))
    if not diagnosis["causes"]:
        yield _plain(said.word("untold"))
    for cause in diagnosis["causes"][:5]:
        yield f"{100 * cause['share']:.0f} %  {said.text(cause['text'])}", 9.5, "normal", INK, cause["share"]
        for key in ("speaks_for", "speaks_against", "unknown"):
            for seen in cause[key][:2]:
                yield from _wrapped(
                    f"   {said.word(key)} {said.text(seen['text'])}", GUARD if key == "unknown" else CURVE, 8
                )
    if diagnosis["next_check"] is not None:
        yield _title(said.word("check"))
        yield from _wrapped(said.text(diagnosis["next_check"]["text"]))
    if diagnosis["parts"]:
        yield _title(said.word("parts"))
        yield from _wrapped(", ".join(said.text(part["text"]) for part in diagnosis["parts"][:4]))
    yield from _condition(found["thresholds"], said)
    yield from _data(found, said)
    yield _title(said.word("similar"))
    yield from _past(found["similar"], said)


def _condition(thresholds: Mapping[str, Any] | None, said: Said) -> Iterator[_Line]:
    if thresholds is None:
        return
    yield _title(said.word("condition"))
    lasting = f"  {said.word('for')} {thresholds['for_s']:g} s" if thresholds["for_s"] else ""
    yield from _wrapped(thresholds["when"] + lasting, size=8)
    for limit in thresholds["limits"]:
        if limit["own"] is not None:
            own = f"{limit['name']} {limit['value']:g} {limit['unit']} ({limit['own']['shipped']:g})"
            yield from _wrapped(f"{said.word('own')}: {own}: {limit['own']['reason']}", BORDER, 8)


def _data(found: Mapping[str, Any], said: Said) -> Iterator[_Line]:
    regime, quality = found["regime"], found["quality"]
    if regime is not None:
        yield _title(said.word("regime"))
        name = said.regime(regime["at_held"])
        shares = ", ".join(f"{said.regime(key)} {100 * share:.0f} %" for key, share in regime["shares"].items())
        yield from _wrapped(f"{name}  ({shares})" if shares else name)
    if quality is not None:
        yield _title(said.word("data"))
        ratio = "" if quality["received_ratio"] is None else f"{100 * quality['received_ratio']:.0f} %"
        refused = sum(quality["quarantined"].values())
        parts = [f"{said.word('received')} {ratio}"] if ratio else []
        reasons = Counter(gap["reason"] for gap in quality["gaps"])
        told = ", ".join(f"{said.code(reason)} {count}" for reason, count in reasons.items())
        parts += [f"{said.word('gaps')} ({told})"] if reasons else []
        parts += [f"{said.word('refused')} {refused}"] if refused else []
        yield from _wrapped(", ".join(parts) or "-")


def _past(similar: Sequence[Mapping[str, Any]], said: Said) -> Iterator[_Line]:
    if not similar:
        yield _plain(said.word("none"))
    for case in similar:
        held = datetime.fromisoformat(case["held_at"])
        verdict = said.word("nobody") if case["verdict"] is None else said.code(case["verdict"])
        part = f" ({case['part']})" if case["part"] else ""
        yield from _wrapped(f"{held:%Y-%m-%d}  {case['machine']['name']}: {verdict}{part}")


def _title(text: str) -> _Line:
    return text, 10.5, "bold", INK, None


def _plain(text: str) -> _Line:
    return text, 9, "normal", GUARD, None


def _wrapped(text: str, colour: str = INK, size: float = 9) -> Iterator[_Line]:
    """The text in lines that fit into the column: broken between words, Chinese anywhere."""
    room, indent = 50 * 9 / size, " " * (len(text) - len(text.lstrip()))
    line = indent
    for word in _WORD.findall(text.strip()):
        if _width(line) + _width(word.rstrip()) > room and line.strip():
            yield line.rstrip(), size, "normal", colour, None
            line = indent + "  " if indent else ""
        line += word
    yield line.rstrip(), size, "normal", colour, None


_WORD = re.compile(r"[^\x00-\x7f]|[\x00-\x7f]+?(?:\s+|(?=[^\x00-\x7f])|$)")


def _width(text: str) -> int:
    return sum(2 if east_asian_width(sign) in "WF" else 1 for sign in text)


def _at(instant: str) -> float:
    return float(_dates.date2num(datetime.fromisoformat(instant)))
