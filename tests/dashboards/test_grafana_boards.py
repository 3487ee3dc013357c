"""Boards as JSON: whole, named in both languages, with units, and the same after the SDK has read them."""

from __future__ import annotations

import json
import re
import tomllib
from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from api.codes import LISTS as CODES
from dashboards.grafana.boards import BOARDS
from dashboards.grafana.build import Made, build
from dashboards.grafana.cells import LISTS, SEVERITY_COLOURS, SOURCES, TRUTHS
from dashboards.grafana.expand import ALL, Asked, expand
from dashboards.grafana.panel import TEXT, Link
from dashboards.grafana.sources import sources
from diagnosis.cascades import packaged_cascades
from diagnosis.ruleset import packaged_ruleset
from diagnosis.watched import DRIVERS, WATCHED
from diagnosis.wear.indices import BY_KEY
from fleet.errors import InvalidInput
from fleet.signals import packaged_catalogue
from tests.conftest import CHECKOUT
from tests.dashboards.grafana_cells import drawn, shown
from usecases.read_alarm_words import alarm_words

MADE = {language: {b.key: build(b, Made(language=language)) for b in BOARDS} for language in ("en", "zh")}
JSON = [(language, key) for language, boards in MADE.items() for key in boards]
WORDS = tomllib.loads((CHECKOUT / "dashboards/grafana/words.toml").read_text())
AT = datetime(2026, 11, 1, tzinfo=UTC)
CATALOGUE = packaged_catalogue()
CELLS = [
    pytest.param(language, board, panel, column, id=f"{language}.{board.key}.{panel.key}.{column}")
    for language in ("en", "zh")
    for board in BOARDS
    for panel in board.panels
    for column, unit in panel.columns.items()
    if unit == TEXT and column not in panel.hidden and column in {*LISTS, *TRUTHS, *SOURCES}
]
NAMED = [
    *(("rule", rule.key) for rule in packaged_ruleset(CATALOGUE).rules),
    *(("dtc", f"cascade:{cascade.key}{where}") for cascade in packaged_cascades() for where in ("", ":3")),
    ("platform", "machine_silent"),
    *(("sensor", signal.key) for signal in CATALOGUE),
    *(("model", f"{name}:{key}") for name in ("peers", "baseline", "default") for key in DRIVERS + WATCHED),
    *(("model", f"wear:{key}") for key in BY_KEY),
]
"""Every source that this platform makes findings of and has a name for."""


def test_five_boards_have_names_of_their_own():
    assert [b.key for b in BOARDS] == ["overview", "machine", "comparison", "maintenance", "quality"]
    for boards in MADE.values():
        assert len({board["uid"] for board in boards.values()}) == len(BOARDS)
        assert len({board["title"] for board in boards.values()}) == len(BOARDS)


@pytest.mark.parametrize(("language", "key"), JSON)
def test_the_sdk_reads_a_board_as_it_wrote_it(language, key):
    from grafana_foundation_sdk.cog.encoder import JSONEncoder  # after dashboards.grafana, which imports it quietly
    from grafana_foundation_sdk.cog.plugins import register_default_plugins
    from grafana_foundation_sdk.models.dashboard import Dashboard

    register_default_plugins()
    written = MADE[language][key]
    read = json.loads(json.dumps(Dashboard.from_json(json.loads(json.dumps(written))), cls=JSONEncoder))
    assert read == written


@pytest.mark.parametrize(("language", "key"), JSON)
def test_every_panel_has_title_description_unit_and_a_place_of_its_own(language, key):
    panels = MADE[language][key]["panels"]
    assert [panel["id"] for panel in panels] == list(range(1, len(panels) + 1))
    cells = Counter()
    for panel in panels:
        assert panel["title"]
        assert len(panel["description"]) > (20 if language == "en" else 8)
        assert panel["fieldConfig"]["defaults"]["unit"]
        assert panel["interval"] == "1m"
        place = panel["gridPos"]
        assert place["x"] + place["w"] <= 24
        cells.update(
            (x, y)
            for x in range(place["x"], place["x"] + place["w"])
            for y in range(place["y"], place["y"] + place["h"])
        )
    assert max(cells.values()) == 1, "two panels share a place"
    assert len({panel["title"] for panel in panels}) == len(panels)


@pytest.mark.parametrize("board", BOARDS, ids=lambda board: board.key)
def test_what_leads_somewhere_has_the_id_that_the_link_asks_for(board):
    for panel in board.panels:
        assert set(panel.links) <= set(panel.columns)
        for link in panel.links.values():
            assert ("alarm_id" if link is Link.ALARM else "machine_id") in panel.columns
        for column, unit in panel.columns.items():
            assert unit, f"{panel.key}.{column}"
    urls = set(re.findall(r'"url": "([^"]+)"', json.dumps(MADE["en"][board.key])))
    for url in urls:
        assert url.startswith(("${console}/", "/d/ecc-machine?var-machine=")), url
    assert any("/machines/" in url for url in urls)


def test_both_languages_say_everything_and_nothing_that_no_board_asks_for():
    used = {column for b in BOARDS for p in b.panels for column in p.columns} - {"time", "metric", "value"}
    used -= {"machine_id", "alarm_id"}
    assert set(WORDS["columns"]) <= used, set(WORDS["columns"]) - used
    for key, panels in WORDS["panels"].items():
        (board,) = [b for b in BOARDS if b.key == key]
        assert set(panels) == {p.key for p in board.panels}
    english, chinese = json.dumps(MADE["en"], ensure_ascii=False), json.dumps(MADE["zh"], ensure_ascii=False)
    assert not re.search(r"[一-鿿]", english)
    for title in re.findall(r'"title": "([^"]+)"', chinese):
        assert re.search(r"[一-鿿]", title), title


def in_board(language: str, key: str, panel: str) -> dict[str, Any]:
    """A panel as JSON."""
    (made,) = [one for one in MADE[language][key]["panels"] if one["title"] == WORDS["panels"][key][panel][language]]
    return made


@pytest.mark.parametrize(("language", "board", "panel", "column"), CELLS)
def test_every_code_that_a_column_may_hold_is_said_in_words(language, board, panel, column):
    made = in_board(language, board.key, panel.key)
    if column in SOURCES:
        values = [key for _, key in NAMED]
    else:
        values = [True, False] if column in TRUTHS else list(CODES[LISTS[column]]())
    for value in values:
        words = shown(made, column, value)
        assert words != str(value), f"{column}: {value}"
        assert re.search(r"[一-鿿]" if language == "zh" else "^[A-Z0-9]", words), words
    assert shown(made, column, "nobody_knows") == "nobody_knows"
    assert shown(made, column, "3/100/1") == "3/100/1"


def test_a_column_of_which_nobody_says_what_it_holds_is_refused():
    (board,) = [b for b in BOARDS if b.key == "overview"]
    (panel,) = [p for p in board.panels if p.key == "worst_open"]
    planted = replace(panel, columns={**panel.columns, "seats": TEXT})
    with pytest.raises(KeyError, match="seats"):
        build(replace(board, panels=(planted,)), Made(language="zh"))


@pytest.mark.parametrize(("language", "key"), JSON)
def test_a_severity_has_its_colour(language, key):
    for panel in MADE[language][key]["panels"]:
        for override in panel["fieldConfig"]["overrides"]:
            properties = {one["id"]: one["value"] for one in override["properties"]}
            if override["matcher"]["options"] == "severity":
                (mapped,) = properties["mappings"]
                assert {code: one["color"] for code, one in mapped["options"].items()} == SEVERITY_COLOURS
                assert (properties.get("custom.cellOptions") is not None) == (panel["type"] == "table")
            elif "color" in properties:
                assert properties["color"]["fixedColor"] == SEVERITY_COLOURS[override["matcher"]["options"]]


@pytest.mark.parametrize("language", ["en", "zh"])
def test_lines_of_codes_are_named_in_words(language):
    for board in BOARDS:
        for panel in board.panels:
            if panel.lines:
                made = in_board(language, board.key, panel.key)
                first, *others = [list(CODES[name]()) for name in panel.lines]
                for line in [f"{a} {b}" for a in first for b in others[0]] if others else first:
                    words = drawn(made, line)
                    assert re.search(r"[一-鿿]" if language == "zh" else "^[A-Z]", words), f"{panel.key}: {line}"


def test_sources_are_called_what_the_console_calls_them():
    for language in ("en", "zh"):
        titles = {(one.kind, one.key): one.title for one in sources(language)}
        for kind, key in NAMED:
            about = (
                "*:" + key.partition(":")[2] if kind == "model" and key.startswith(("baseline:", "default:")) else key
            )
            words = getattr(alarm_words(kind, key, CATALOGUE), language)
            assert titles[kind, about.removesuffix(":3") if kind == "dtc" else about] == words, key


def test_boards_stay_small():
    """What Grafana is sent and keeps of a board; most of it are the titles of sources."""
    for boards in MADE.values():
        assert max(len(json.dumps(board)) for board in boards.values()) < 300_000


@pytest.mark.parametrize(
    ("statement", "expanded"),
    [
        ("$__timeFilter(a.at)", "a.at BETWEEN '2026-11-01T00:00:00.000Z' AND '2026-11-02T00:00:00.000Z'"),
        ("$__timeFrom()", "'2026-11-01T00:00:00.000Z'"),
        ("$__timeTo()", "'2026-11-02T00:00:00.000Z'"),
        ("$__timeGroup(at, '5m')", "time_bucket('300.000s',at)"),
        ("$__timeGroupAlias(at, $__interval)", "time_bucket('300.000s',at) AS \"time\""),
        ("level_s($__interval_ms)", "level_s(300000)"),
        ("IN ($several)", "IN ('a','b''c')"),
        ("= '$one'", "= 'x''y'"),
        ("'*' IN ($all)", "'*' IN ('*')"),
    ],
)
def test_macros_and_variables_are_put_in_as_grafana_does(statement, expanded):
    chosen = {"several": ["a", "b'c"], "one": "x'y", "all": ALL}
    assert expand(statement, Asked(from_at=AT, to_at=AT + timedelta(days=1), chosen=chosen)) == expanded


@pytest.mark.parametrize("wrong", ["$__timeShift(at)", "$nobody", "$__timeGroup(at)", "$__schema()"])
def test_what_the_data_source_does_not_know_is_refused(wrong):
    with pytest.raises(InvalidInput):
        expand(wrong, Asked(from_at=AT, to_at=AT + timedelta(days=1)))


@pytest.mark.parametrize(
    ("days", "points", "width_s"), [(90, 120, 64_800), (90, 1000, 7200), (1, 24, 3600), (0.01, 300, 60)]
)
def test_a_point_is_as_wide_as_grafana_makes_it(days, points, width_s):
    """90 days at 1,000 points are 7,776 s each, rounded to 2 h; at 120 points 18 h, rounded to 12 h or a day."""
    asked = Asked(from_at=AT, to_at=AT + timedelta(days=days), points=points)
    assert asked.interval_s in {width_s, 43_200, 86_400} if width_s == 64_800 else asked.interval_s == width_s
