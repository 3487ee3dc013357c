"""A brief on A4 paper, as PDF: numbers and charts on the first page, tables on those that follow."""

import io
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from unicodedata import east_asian_width

from matplotlib.backends.backend_pdf import PdfPages
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from usecases.briefs.charts import GRID, INK, MUTED, drawing, fuel, hours, hours_a_machine
from usecases.briefs.tables import Table, tables_of
from usecases.briefs.words import NUMBERS, local, number, period, remarks, title, word
from usecases.picture_column import wrap
from usecases.picture_words import chinese_font

WIDTH_IN, HEIGHT_IN, MARGIN_IN = 8.27, 11.69, 0.6
ROOM_IN = WIDTH_IN - 2 * MARGIN_IN
LINE_IN, ROW_GAP_IN, ROW_PT = 0.125, 0.065, 7.0
CELL_GAP_IN = 0.08
MOST_PAGES = 3  # of tables: half a second each
MOST_LINES = 4
ROUND_CHART_IN = 0.8  # heading and legend above it, the scale below
BAR_IN, MOST_BARS = 0.17, 18  # of machines, each with its name


@dataclass(frozen=True, slots=True)
class _Row:
    """A row of a table as it is set: the lines of each cell, where columns begin and end, which of them are numbers."""

    cells: Sequence[Sequence[str]]
    widths: Sequence[float]
    numbers: range = range(0)
    is_bold: bool = False
    is_ruled: bool = False

    @property
    def height_in(self) -> float:
        return LINE_IN * max(len(lines) for lines in self.cells) + ROW_GAP_IN


def pdf_of(brief: Mapping[str, Any], language: str) -> bytes:
    """The paper. Tables that take more than three pages end there, and say so: CSV and the page have all of it."""
    out = io.BytesIO()
    with drawing():
        sheets = _sheets(tables_of(brief, language), language)
        named: dict[Any, Any] = {"Title": title(brief, language), "Creator": "ECC Telematics", "CreationDate": None}
        with PdfPages(out, metadata=named) as pages:
            figures = (_front(brief, language), *(_sheet(rows) for rows in sheets))
            for place, figure in enumerate(figures, start=1):
                _foot(figure, brief, (place, len(figures)), language)
                pages.savefig(figure)
    return out.getvalue()


def _foot(figure: Figure, brief: Mapping[str, Any], place: tuple[int, int], language: str) -> None:
    zone = brief["time_zone"] or "UTC"
    made = f"{title(brief, language)}, {word('made', language)} {local(brief['made_at'], zone)} ({zone})"
    of = word("page", language, page=place[0], pages=place[1])
    for at_in, text, side in ((MARGIN_IN, cut(made, 6.0), "left"), (WIDTH_IN - MARGIN_IN, of, "right")):
        figure.text(at_in / WIDTH_IN, 0.35 / HEIGHT_IN, text, ha=side, fontsize=7, color=MUTED)


def _front(brief: Mapping[str, Any], language: str) -> Figure:
    figure = Figure(figsize=(WIDTH_IN, HEIGHT_IN), facecolor="white")
    named = title(brief, language)
    size_pt = max(9.0, min(16.0, 16.0 * ROOM_IN / (_width_in(named) * 16.0 / ROW_PT * 1.1)))
    _text(figure, MARGIN_IN, 0.72, named, fontsize=size_pt, weight="bold")
    _text(figure, MARGIN_IN, 0.97, period(brief, language), fontsize=9.5, color=MUTED)
    for place, key in enumerate(NUMBERS):
        row, column = divmod(place, 6)
        at_in, top_in = MARGIN_IN + column * ROOM_IN / 6, 1.3 + 0.6 * row
        _text(figure, at_in, top_in, word(key, language), fontsize=7, color=MUTED)
        _text(figure, at_in, top_in + 0.25, number(key, brief["numbers"][key]), fontsize=14, weight="bold")
    top_in = 2.5
    for remark in remarks(brief, language):
        for line in _lines(remark, ROOM_IN * ROW_PT / 8.5, 2):
            _text(figure, MARGIN_IN, top_in, line, fontsize=8.5)
            top_in += 0.18
    _charts(figure, brief, language, top_in + 0.15)
    return figure


def _charts(figure: Figure, brief: Mapping[str, Any], language: str, top_in: float) -> None:
    """In what is left of the page, one below the other."""
    room_in, machines = HEIGHT_IN - 0.75 - top_in, len(brief["machines"])
    names_in = 0.0 if machines == 1 else ROUND_CHART_IN + BAR_IN * min(machines, MOST_BARS)
    each_in = min(3.4, (room_in - names_in) / 2)
    charts: list[tuple[Callable[[Any], None], float, float]] = [
        (lambda axis: hours(axis, brief, language), each_in, 0.35),
        (lambda axis: fuel(axis, brief, language), each_in, 0.35),
    ]
    if names_in:
        charts.append((lambda axis: hours_a_machine(axis, brief, language, most=MOST_BARS), names_in, 1.3))
    for chart, high_in, inset_in in charts:
        box = (MARGIN_IN + inset_in, HEIGHT_IN - top_in - high_in + 0.32, ROOM_IN - inset_in, high_in - ROUND_CHART_IN)
        axis: Any = figure.add_axes((box[0] / WIDTH_IN, box[1] / HEIGHT_IN, box[2] / WIDTH_IN, box[3] / HEIGHT_IN))
        chart(axis)
        top_in += high_in


def _text(figure: Figure, at_in: float, down_in: float, text: str, **how: Any) -> None:
    figure.text(at_in / WIDTH_IN, 1 - down_in / HEIGHT_IN, text, **how)


def _sheets(tables: Sequence[Table], language: str) -> list[list[_Row]]:
    """The rows of each page; a table that goes on has its columns' names again."""
    room_in = HEIGHT_IN - 2 * MARGIN_IN - 0.2
    sheets: list[list[_Row]] = [[]]
    left_in = room_in
    for table in tables:
        heading = _Row([[table.heading]], [1.0], is_bold=True)
        names, *rows = _rows(table)
        gap = [_Row([[""]], [1.0])] if sheets[-1] else []
        begin = [*gap, heading, names, *rows[:1]]
        if sum(row.height_in for row in begin) > left_in:
            sheets.append([])
            left_in, begin = room_in, begin[len(gap) :]
        for number_of, row in enumerate([*begin, *rows[1:]]):
            if row.height_in > left_in and number_of >= len(begin):
                sheets.append([names])
                left_in = room_in - names.height_in
            sheets[-1].append(row)
            left_in -= row.height_in
    if len(sheets) > MOST_PAGES:
        sheets = sheets[:MOST_PAGES]
        sheets[-1][-1] = _Row([[f"… {word('more', language)}"]], [1.0], is_bold=True)
    return [sheet for sheet in sheets if sheet]


def _rows(table: Table) -> Iterator[_Row]:
    """The columns' names, and the table's rows."""
    for place, cells in enumerate([table.columns, *table.rows]):
        rooms = [wide * ROOM_IN - CELL_GAP_IN for wide in table.widths]
        broken = _lines if place else _names  # names of columns are never cut
        set_in = [broken(cell, room_in) for cell, room_in in zip(cells, rooms, strict=True)]
        is_sum = table.has_sum and place == len(table.rows)
        yield _Row(set_in, table.widths, table.numbers, place == 0 or is_sum, place == 0)


def _sheet(rows: Sequence[_Row]) -> Figure:
    figure = Figure(figsize=(WIDTH_IN, HEIGHT_IN), facecolor="white")
    top_in = MARGIN_IN
    for row in rows:
        at_in = MARGIN_IN
        for column, (lines, wide) in enumerate(zip(row.cells, row.widths, strict=True)):
            is_number = column in row.numbers
            edge_in = at_in + wide * ROOM_IN - CELL_GAP_IN if is_number else at_in
            how: dict[str, Any] = {
                "ha": "right" if is_number else "left",
                "weight": "bold" if row.is_bold else "normal",
            }
            how["fontsize"] = ROW_PT - 0.7 if row.is_ruled else ROW_PT
            for number_of, line in enumerate(lines):
                down_in = top_in + LINE_IN * (number_of + 1)
                _text(figure, edge_in, down_in, line, color=INK, **how)
            at_in += wide * ROOM_IN
        top_in += row.height_in
        if row.is_ruled:
            low = 1 - (top_in - 0.02) / HEIGHT_IN
            left = MARGIN_IN / WIDTH_IN
            figure.add_artist(Line2D([left, 1 - left], [low, low], color=GRID, lw=0.7))
    return figure


def _sign_in() -> float:
    """About how wide a Latin letter of a row is; those of the font without Chinese are wider."""
    return 0.066 if chinese_font() is None else 0.055


def _width_in(text: str) -> float:
    wide = sum(east_asian_width(sign) in "WF" for sign in text)
    return (len(text) - wide) * _sign_in() + wide * ROW_PT / 72


def _names(text: str, room_in: float) -> list[str]:
    return [line.strip() for line in wrap(text, room_in / _sign_in())]


def _lines(text: str, room_in: float, most: int = MOST_LINES) -> list[str]:
    """The text in at most so many lines of a width, each cut to it."""
    found = list(wrap(text, room_in / _sign_in())) or [""]
    if len(found) > most:
        found = [*found[: most - 1], " ".join(found[most - 1 :])]
    return [cut(line.strip(), room_in) for line in found]


def cut(text: str, room_in: float) -> str:
    """As much of the text as fits in a row's letters; Chinese signs are twice as wide."""
    if _width_in(text) <= room_in:
        return text
    while text and _width_in(text) + _sign_in() > room_in:
        text = text[:-1]
    return text.rstrip() + "…"
