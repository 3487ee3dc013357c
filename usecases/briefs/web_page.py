"""A brief as one HTML page that needs nothing else: charts within it as SVG, no script, no address."""

import io
from collections.abc import Mapping
from html import escape
from typing import Any

from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure

from usecases.briefs.charts import MOST_MACHINES, drawing, fuel, hours, hours_a_machine, language_drawn
from usecases.briefs.letters import FAMILY, letters_style
from usecases.briefs.tables import Table, tables_of
from usecases.briefs.words import NUMBERS, local, number, period, remarks, title, word

MOST_ROWS = 2_000
"""Of a table on a page."""
CHART_IN = (5.4, 2.5)
_FONTS = f'"Noto Sans CJK SC","Noto Sans SC","PingFang SC","Microsoft YaHei",{FAMILY},system-ui,sans-serif'
_STYLE = """
*{box-sizing:border-box}body{font:14px/1.5 FONTS;color:#22262b;margin:2em auto;max-width:1100px;padding:0 1em}
h1{font-size:22px;line-height:1.3;margin:0;overflow-wrap:anywhere}h2{font-size:16px;margin:1.6em 0 .4em}
.period,.made{color:#667080;margin:.2em 0}.made{font-size:12px;margin-top:2em}
dl{display:grid;grid-template-columns:repeat(auto-fill,minmax(120px,1fr));gap:12px;margin:1.2em 0}
dt{font-size:12px;color:#667080}dd{margin:0;font-size:20px;font-weight:600}
.said{padding:0;margin:1em 0;list-style:none}.said li{margin:.2em 0;overflow-wrap:anywhere}
.charts{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,480px),1fr));gap:16px 24px}
svg{display:block;width:100%;height:auto}.wide{overflow-x:auto}
table{border-collapse:collapse;width:100%;font-size:12.5px;font-variant-numeric:tabular-nums}
th,td{text-align:left;padding:3px 8px;border-bottom:1px solid #e3e6ea;white-space:nowrap;vertical-align:top}
th{color:#667080;font-weight:600;vertical-align:bottom}.n{text-align:right}tr.sum td{font-weight:600}
.t{white-space:normal;min-width:14em}
@media print{body{margin:0;max-width:none}h2{break-after:avoid}tr{break-inside:avoid}}
""".replace("FONTS", _FONTS)


def html_of(brief: Mapping[str, Any], language: str) -> str:
    """The page, in the language asked for; charts in the one that this host can draw."""
    numbers = "".join(
        f"<div><dt>{escape(word(key, language))}</dt><dd>{escape(number(key, brief['numbers'][key]))}</dd></div>"
        for key in NUMBERS
    )
    tables = "".join(_table(table, language) for table in tables_of(brief, language))
    said = "".join(f"<li>{escape(remark)}</li>" for remark in remarks(brief, language))
    named, zone = escape(title(brief, language)), brief["time_zone"] or "UTC"
    made = escape(f"{word('made', language)} {local(brief['made_at'], zone)} ({zone})")
    above = f'<p class="period">{escape(period(brief, language))}</p><dl>{numbers}</dl><ul class="said">{said}</ul>'
    below = f'{tables}<p class="made">{made}</p>'
    style = letters_style(named + above + below) + _STYLE
    return (
        f'<!doctype html><html lang="{language}"><head><meta charset="utf-8"><title>{named}</title>'
        f'<meta name="viewport" content="width=device-width"><style>{style}</style></head><body><h1>{named}</h1>'
        f'{above}<div class="charts">{_charts(brief, language_drawn(language))}</div>{below}</body></html>'
    )


def _charts(brief: Mapping[str, Any], language: str) -> str:
    """Each a picture of its own: beside one another on a desk, one below the other on a phone."""
    wide_in, high_in = CHART_IN
    charts = [(hours, high_in), (fuel, high_in)]
    if len(brief["machines"]) > 1:
        charts.append((hours_a_machine, 1.0 + 0.19 * min(len(brief["machines"]), MOST_MACHINES)))
    drawn = []
    with drawing():
        for chart, height_in in charts:
            figure = Figure(figsize=(wide_in, height_in), facecolor="white", layout="constrained")
            axis: Any = figure.subplots()
            chart(axis, brief, language)
            out = io.BytesIO()
            FigureCanvasSVG(figure).print_figure(out, format="svg", metadata={"Date": None})
            text = out.getvalue().decode()
            drawn.append(f"<div>{text[text.index('<svg') :]}</div>")
    return "".join(drawn)


def _table(table: Table, language: str) -> str:
    classes = [_class(table, column) for column in range(len(table.columns))]
    head = "".join(f"<th{kind}>{escape(name)}</th>" for name, kind in zip(table.columns, classes, strict=True))
    rows = []
    for place, row in enumerate(table.rows[:MOST_ROWS], start=1):
        cells = "".join(f"<td{kind}>{escape(cell)}</td>" for cell, kind in zip(row, classes, strict=True))
        is_sum = table.has_sum and place == len(table.rows)
        rows.append(f'<tr class="sum">{cells}</tr>' if is_sum else f"<tr>{cells}</tr>")
    more = f"<p>… {escape(word('more', language))}</p>" if len(table.rows) > MOST_ROWS else ""
    whole = f'<div class="wide"><table><tr>{head}</tr>{"".join(rows)}</table></div>'
    return f"<h2>{escape(table.heading)}</h2>{whole}{more}"


def _class(table: Table, column: int) -> str:
    """Numbers to the right; what is a sentence may take several lines."""
    if column in table.numbers:
        return ' class="n"'
    return ' class="t"' if column == len(table.columns) - 1 else ""
