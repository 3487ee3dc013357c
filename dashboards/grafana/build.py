"""Boards as Grafana's JSON, by its SDK."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from grafana_foundation_sdk.builders import barchart, common, dashboard, stat, table, timeseries
from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.models import dashboard as models
from grafana_foundation_sdk.models.common import (
    BigValueTextMode,
    GraphDrawStyle,
    GraphThresholdsStyleMode,
    LegendDisplayMode,
    LegendPlacement,
    StackingMode,
    VisibilityMode,
    VizOrientation,
)

from dashboards.grafana.cells import SEVERITY_COLOURS, line_names, mappings
from dashboards.grafana.panel import TEXT, Annotation, Board, Link, Panel, Variable, View
from dashboards.grafana.query import DATASOURCE, SqlQuery
from dashboards.grafana.questions import RELATIONS
from dashboards.grafana.words import Language, about, column, say

TAG = "ecc"
_ADDRESSES: Mapping[Link, str] = {
    Link.MACHINE: "${console}/machines/${__data.fields.machine_id}",
    Link.ALARM: "${console}/alarms/${__data.fields.alarm_id}",
    Link.BOARD: "/d/ecc-machine?var-machine=${__data.fields.machine_id}&${__url_time_range}",
}
AnyPanel = stat.Panel | timeseries.Panel | barchart.Panel | table.Panel


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """How boards are made: in which language, and where the console is for those who look at them."""

    language: Language = "en"
    console: str = "http://localhost:8080"


def statement_of(sql: str, language: Language) -> str:
    """The statement with the relations of words that it names, and items of maintenance, in that language."""
    for name, relation in RELATIONS.items():
        if name in sql:
            sql = sql.replace(name, relation(language))
    return sql.replace("{language}", language).strip()


def build(board: Board, made: Made) -> dict[str, Any]:
    """The board as JSON. Raises KeyError where words.toml lacks something."""
    begun = (
        dashboard.Dashboard(say(made.language, "boards", board.key))
        .uid(board.uid)
        .description(about(made.language, "boards", board.key))
        .tags([TAG])
        .timezone("browser")
        .tooltip(models.DashboardCursorSync.CROSSHAIR)
        .time(board.span, "now")
        .refresh(board.refresh)
        .links(_links(board, made))
        .with_variable(_console(made))
    )
    for variable in board.variables:
        begun.with_variable(_variable(variable, made))
    for annotation in board.annotations:
        begun.annotation(_annotation(annotation, made))
    for number, panel in enumerate(board.panels, 1):
        begun.with_panel(_panel(board, panel, number, made))
    found: dict[str, Any] = json.loads(json.dumps(begun.build(), cls=JSONEncoder))
    return found


def _links(board: Board, made: Made) -> list[Any]:
    boards = dashboard.DashboardLink(say(made.language, "links", "boards")).type(models.DashboardLinkType.DASHBOARDS)
    boards = boards.tags([TAG]).as_dropdown(True).keep_time(True).include_vars(True)
    page = "/machines/${machine}" if board.key == "machine" else "/"
    console = dashboard.DashboardLink(say(made.language, "links", "console")).type(models.DashboardLinkType.LINK)
    return [boards, console.url("${console}" + page).icon("external link").target_blank(True)]


def _console(made: Made) -> dashboard.ConstantVariable:
    """Where the console is, in one place of the board."""
    variable = dashboard.ConstantVariable("console").value(made.console.rstrip("/"))
    variable.label(say(made.language, "variables", "console"))
    variable.build().hide = models.VariableHide.HIDE_VARIABLE  # the builder has no word for it
    return variable


def _variable(variable: Variable, made: Made) -> dashboard.QueryVariable:
    asked = (
        dashboard.QueryVariable(variable.key)
        .label(say(made.language, "variables", variable.key))
        .query(statement_of(variable.sql, made.language))
        .datasource(DATASOURCE)
        .refresh(models.VariableRefresh.ON_DASHBOARD_LOAD)
        .multi(variable.multi)
        .include_all(variable.with_all)
    )
    if variable.with_all:
        everything = models.VariableOption(selected=True, text=["All"], value=["$__all"])
        asked.all_value("'*'").current(everything)
    return asked


def _annotation(annotation: Annotation, made: Made) -> dashboard.AnnotationQuery:
    marks = dashboard.AnnotationQuery().name(say(made.language, "annotations", annotation.key))
    query = SqlQuery(sql=statement_of(annotation.sql, made.language), ref=annotation.key)
    return marks.datasource(DATASOURCE).enable(True).icon_color(annotation.colour).target(query)


def _panel(board: Board, panel: Panel, number: int, made: Made) -> AnyPanel:
    where = ("panels", board.key, panel.key)
    is_long = "metric" in panel.columns
    query = SqlQuery(
        sql=statement_of(panel.sql, made.language), form="time_series" if panel.over_time and is_long else "table"
    )
    made_panel = (
        _VIEWS[panel.view](panel)
        .id(number)
        .title(say(made.language, *where))
        .description(about(made.language, *where))
        .datasource(DATASOURCE)
        .with_target(query)
        .unit(panel.unit)
        .span(panel.width)
        .height(panel.height)
        .interval("1m")
        .max_data_points(panel.points if panel.over_time else 24)
    )
    if panel.decimals is not None:
        made_panel.decimals(panel.decimals)
    if panel.most is not None:
        made_panel.min(0).max(panel.most)
    for name, unit in panel.columns.items():
        if properties := _properties(panel, name, unit, made):
            made_panel.override_by_name(name, properties)
    for name, words in line_names(made.language, panel.lines).items():
        made_panel.override_by_name(name, _line(name, words, panel))
    return made_panel


def _properties(panel: Panel, name: str, unit: str, made: Made) -> list[models.DynamicConfigValue]:
    """What a column has of its own: its name, its unit, words for its codes, where it leads, and whether it is shown
    at all. Raises KeyError for a column of text of which cells.py does not say what it holds."""
    if name in {"time", "metric", "value"}:
        return []
    if name in panel.hidden:
        return [models.DynamicConfigValue(id_val="custom.hidden", value=True)]
    properties = [models.DynamicConfigValue(id_val="displayName", value=column(made.language, name))]
    if unit != panel.unit:
        properties.append(models.DynamicConfigValue(id_val="unit", value=unit))
    if unit == TEXT:
        properties.append(models.DynamicConfigValue(id_val="custom.filterable", value=True))
        if shown := mappings(made.language, name):
            properties.append(models.DynamicConfigValue(id_val="mappings", value=shown))
        if name == "severity" and panel.view is View.TABLE:
            properties.append(models.DynamicConfigValue(id_val="custom.cellOptions", value={"type": "color-text"}))
    if link := panel.links.get(name):
        title = say(made.language, "links", link)
        target = {"title": title, "url": _ADDRESSES[link], "targetBlank": link is not Link.BOARD}
        properties.append(models.DynamicConfigValue(id_val="links", value=[target]))
    return properties


def _line(name: str, words: str, panel: Panel) -> list[models.DynamicConfigValue]:
    """What a line of codes has of its own: its name, and a severity its colour."""
    properties = [models.DynamicConfigValue(id_val="displayName", value=words)]
    if panel.lines == ("severities",):
        colour = {"mode": "fixed", "fixedColor": SEVERITY_COLOURS[name]}
        properties.insert(0, models.DynamicConfigValue(id_val="color", value=colour))
    return properties


def _stat(panel: Panel) -> AnyPanel:
    calculation = common.ReduceDataOptions().calcs(["lastNotNull"]).values(False)
    return stat.Panel().reduce_options(calculation).text_mode(BigValueTextMode.VALUE_AND_NAME)


def _over_time(panel: Panel) -> AnyPanel:
    legend = common.VizLegendOptions().display_mode(LegendDisplayMode.LIST).placement(LegendPlacement.BOTTOM)
    drawn = timeseries.Panel().legend(legend.show_legend(True)).span_nulls(False)
    if panel.view is View.BARS:
        stacked = common.StackingConfig().mode(StackingMode.NORMAL).group("A")
        return drawn.draw_style(GraphDrawStyle.BARS).fill_opacity(80).line_width(0).stacking(stacked)
    drawn.draw_style(GraphDrawStyle.LINE).line_width(1).show_points(VisibilityMode.AUTO)
    if panel.limits:
        steps = [models.Threshold(value=None, color="green")]
        steps += [models.Threshold(value=value, color=colour) for colour, value in panel.limits]
        drawn.thresholds(dashboard.ThresholdsConfig().mode(models.ThresholdsMode.ABSOLUTE).steps(steps))
        drawn.thresholds_style(common.GraphThresholdsStyleConfig().mode(GraphThresholdsStyleMode.LINE))
    return drawn


def _ranked(panel: Panel) -> AnyPanel:
    label = next(iter(panel.columns))
    return barchart.Panel().orientation(VizOrientation.HORIZONTAL).x_field(label).show_value(VisibilityMode.AUTO)


def _table(panel: Panel) -> AnyPanel:
    return table.Panel().show_header(True)


_VIEWS: Mapping[View, Callable[[Panel], AnyPanel]] = {
    View.STAT: _stat,
    View.LINES: _over_time,
    View.BARS: _over_time,
    View.RANKED: _ranked,
    View.TABLE: _table,
}
