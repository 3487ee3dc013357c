"""A brief on A4 paper, as PDF: numbers and charts on the first page, tables on those that follow."""

import io
from collections.abc import Mapping, Sequence
from typing import Any
from unicodedata import east_asian_width

from matplotlib.backends.backend_pdf import PdfPages
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from usecases.briefs.charts import GRID, INK, drawing, fuel_a_day, hours_a_day, hours_a_machine
from usecases.briefs.tables import Table, tables_of
from usecases.briefs.words import NUMBERS, local, number, period, remarks, title, word

WIDTH_IN, HEIGHT_IN = 8.27, 11.69
MARGIN_IN = 0.6
LINE_IN, ROW_PT = 0.19, 7.0
MOST_PAGES = 10
MUTED = "#667080"
_SIGN_IN = 0.058  # of a Latin letter of a row
Line = tuple[Sequence[str], Sequence[float], bool]


def pdf_of(brief: Mapping[str, Any], language: str) -> bytes:
    """The paper. Tables that take more than ten pages end there, and say so: CSV and the page have all of it."""
    out = io.BytesIO()
    with drawing(language):
        sheets = _sheets(tables_of(brief, language), language)
        named: dict[Any, Any] = {"Title": title(brief, language), "Creator": "ECC Telematics", "CreationDate": None}
        with PdfPages(out, metadata=named) as pages:
            _save(pages, _front(brief, language), (1, len(sheets) + 1), language)
            for number_of, lines in enumerate(sheets, start=2):
                _save(pages, _sheet(lines), (number_of, len(sheets) + 1), language)
    return out.getvalue()


def _save(pages: Any, figure: Figure, place: tuple[int, int], language: str) -> None:
    foot = word("page", language, page=place[0], pages=place[1])
    figure.text(1 - MARGIN_IN / WIDTH_IN, 0.35 / HEIGHT_IN, foot, ha="right", fontsize=7, color=MUTED)
    pages.savefig(figure)


def _front(brief: Mapping[str, Any], language: str) -> Figure:
    figure = Figure(figsize=(WIDTH_IN, HEIGHT_IN), facecolor="white")
    left = MARGIN_IN / WIDTH_IN
    figure.text(left, 0.945, title(brief, language), fontsize=16, weight="bold")
    figure.text(left, 0.922, period(brief, language), fontsize=9.5)
    zone = brief["time_zone"] or "UTC"
    made = f"{word('made', language)} {local(brief['made_at'], zone)} ({zone})"
    figure.text(1 - left, 0.922, made, fontsize=7.5, color=MUTED, ha="right")
    _numbers(figure, brief["numbers"], language)
    for line, text in enumerate(remarks(brief, language)):
        figure.text(left, 0.775 - 0.017 * line, text, fontsize=8.5)
    several = len(brief["machines"]) > 1
    width = 1 - 2 * left
    heights = (0.2, 0.2, 0.17) if several else (0.27, 0.27)
    charts = (hours_a_day, fuel_a_day, hours_a_machine)[: len(heights)]
    top = 0.69
    for height, chart in zip(heights, charts, strict=True):
        inset = 0.12 if chart is hours_a_machine else 0.03
        axis: Any = figure.add_axes((left + inset, top - height + 0.02, width - inset, height - 0.055))
        chart(axis, brief, language)
        axis.tick_params(labelsize=6.5)
        top -= height
    return figure


def _numbers(figure: Figure, numbers: Mapping[str, Any], language: str) -> None:
    """Two rows of six: what it is above, how much below."""
    left, step = MARGIN_IN / WIDTH_IN, (1 - 2 * MARGIN_IN / WIDTH_IN) / 6
    for place, key in enumerate(NUMBERS):
        row, column = divmod(place, 6)
        at, top = left + column * step, 0.893 - 0.055 * row
        figure.text(at, top, word(key, language), fontsize=7, color=MUTED)
        figure.text(at, top - 0.023, number(key, numbers[key]), fontsize=14, weight="bold")


def _sheets(tables: Sequence[Table], language: str) -> list[list[Line]]:
    """The lines of each page: cells, widths, and whether it is a heading."""
    room = int((HEIGHT_IN - 2 * MARGIN_IN - 0.3) / LINE_IN)
    sheets: list[list[Line]] = [[]]
    for table in tables:
        head: list[Line] = [([table.heading], [1.0], True), (table.columns, table.widths, True)]
        if len(sheets[-1]) + len(head) + 2 > room:
            sheets.append([])
        sheets[-1] += [([""], [1.0], False), *head] if sheets[-1] else head
        for row in table.rows:
            if len(sheets[-1]) >= room:
                sheets.append([head[1]])
            sheets[-1].append((row, table.widths, False))
    if len(sheets) > MOST_PAGES:
        sheets = sheets[:MOST_PAGES]
        sheets[-1][-1] = ([f"… {word('more', language)}"], [1.0], True)
    return [sheet for sheet in sheets if sheet]


def _sheet(lines: Sequence[Line]) -> Figure:
    figure = Figure(figsize=(WIDTH_IN, HEIGHT_IN), facecolor="white")
    left, width = MARGIN_IN / WIDTH_IN, 1 - 2 * MARGIN_IN / WIDTH_IN
    for number_of, (cells, widths, is_head) in enumerate(lines):
        y = 1 - (MARGIN_IN + 0.2 + number_of * LINE_IN) / HEIGHT_IN
        at = left
        for cell, wide in zip(cells, widths, strict=True):
            text = cut(cell, wide * width * WIDTH_IN)
            figure.text(at, y, text, fontsize=ROW_PT, weight="bold" if is_head else "normal", color=INK)
            at += wide * width
        if is_head:
            low = y - 0.045 / HEIGHT_IN
            figure.add_artist(Line2D([left, left + width], [low, low], color=GRID, lw=0.7))
    return figure


def cut(text: str, room_in: float) -> str:
    """As much of the text as fits; Chinese signs are twice as wide."""
    room = int(room_in / _SIGN_IN) - 1
    used = 0
    for place, sign in enumerate(text):
        used += 2 if east_asian_width(sign) in "WF" else 1
        if used > room:
            return text[: max(1, place - 1)] + "…"
    return text
