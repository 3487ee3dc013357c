"""A brief as one HTML page that needs nothing else: charts within it as SVG, no script, no address."""

import io
from collections.abc import Mapping
from html import escape
from typing import Any

from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure

from usecases.briefs.charts import (
    MOST_MACHINES,
    drawing,
    fuel_a_day,
    hours_a_day,
    hours_a_machine,
    language_drawn,
)
from usecases.briefs.tables import Table, tables_of
from usecases.briefs.words import NUMBERS, number, period, remarks, title, word

MOST_ROWS = 2_000
"""Of a table on a page."""
_STYLE = """
body{font:14px/1.5 "Noto Sans CJK SC","PingFang SC","Microsoft YaHei",system-ui,sans-serif;color:#22262b;
margin:2em auto;max-width:1100px;padding:0 1em}h1{font-size:22px;margin:0}h2{font-size:16px;margin:1.6em 0 .4em}
.period{color:#667080}dl{display:flex;flex-wrap:wrap;gap:12px;margin:1.2em 0}dl div{min-width:120px}
dt{font-size:12px;color:#667080}dd{margin:0;font-size:20px;font-weight:600}svg{max-width:100%;height:auto}
table{border-collapse:collapse;width:100%;font-size:12.5px}th,td{text-align:left;padding:3px 8px;
border-bottom:1px solid #e3e6ea}th{color:#667080;font-weight:600}@media print{body{margin:0;max-width:none}}
"""


def html_of(brief: Mapping[str, Any], language: str) -> str:
    """The page, in the language asked for; charts in the one that this host can draw."""
    numbers = "".join(
        f"<div><dt>{escape(word(key, language))}</dt><dd>{escape(number(key, brief['numbers'][key]))}</dd></div>"
        for key in NUMBERS
    )
    tables = "".join(_table(table, language) for table in tables_of(brief, language))
    said = "".join(f"<p>{escape(remark)}</p>" for remark in remarks(brief, language))
    named = escape(title(brief, language))
    return (
        f'<!doctype html><html lang="{language}"><head><meta charset="utf-8"><title>{named}</title>'
        f'<meta name="viewport" content="width=device-width"><style>{_STYLE}</style></head><body><h1>{named}</h1>'
        f'<p class="period">{escape(period(brief, language))}</p><dl>{numbers}</dl>{said}'
        f"{_charts(brief, language_drawn(language))}{tables}</body></html>"
    )


def _charts(brief: Mapping[str, Any], language: str) -> str:
    several = len(brief["machines"]) > 1
    lying = 0.9 + 0.19 * min(len(brief["machines"]), MOST_MACHINES) if several else 0.0
    height_in = 5.2 + lying
    with drawing(language):
        figure = Figure(figsize=(10.5, height_in), facecolor="white", layout="constrained")
        ratios = [1.0, 1.0, *([lying / 2.6] if several else [])]
        axes: Any = figure.subplots(len(ratios), 1, squeeze=False, gridspec_kw={"height_ratios": ratios})
        hours_a_day(axes[0][0], brief, language)
        fuel_a_day(axes[1][0], brief, language)
        if several:
            hours_a_machine(axes[2][0], brief, language)
        out = io.BytesIO()
        FigureCanvasSVG(figure).print_figure(out, format="svg", metadata={"Date": None})
    text = out.getvalue().decode()
    return text[text.index("<svg") :]


def _table(table: Table, language: str) -> str:
    head = "".join(f"<th>{escape(name)}</th>" for name in table.columns)
    rows = "".join(f"<tr>{''.join(f'<td>{escape(cell)}</td>' for cell in row)}</tr>" for row in table.rows[:MOST_ROWS])
    more = f"<p>… {escape(word('more', language))}</p>" if len(table.rows) > MOST_ROWS else ""
    return f"<h2>{escape(table.heading)}</h2><table><tr>{head}</tr>{rows}</table>{more}"
