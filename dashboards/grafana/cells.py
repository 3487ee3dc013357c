"""Codes in cells and in names of lines, said in words: which columns hold them, and Grafana's value mappings."""

from collections.abc import Callable, Mapping
from functools import cache
from itertools import product

from grafana_foundation_sdk.models import dashboard as models

from dashboards.grafana.sources import ANY, CASCADE, sources
from dashboards.grafana.words import Language, codes, say

SEVERITY_COLOURS: Mapping[str, str] = {
    "critical": "red",
    "high": "orange",
    "medium": "yellow",
    "low": "blue",
    "info": "text",
}
LISTS: Mapping[str, str] = {
    "hold": "alarm_suppressions",
    "lifecycle": "alarm_lifecycles",
    "mode": "machine_modes",
    "reason": "silence_reasons",
    "severity": "severities",
    "source_kind": "source_kinds",
    "state": "maintenance_states",
    "verdict": "finding_verdicts",
    "work_state": "work_states",
}
"""Columns of codes, each with its list of the API."""
TRUTHS = frozenset({"active", "online"})
"""Columns that are true or false."""
SOURCES = frozenset({"source_key", "first_out"})
"""Columns that name the source of an alarm."""
_NAMES = ("boot", "delay", "machine", "model", "organisation", "pin", "service", "signal", "site", "terminal")
PLAIN = frozenset({*_NAMES, "checks"})
"""Columns of text that are shown as they come: names, and what the statement itself says in words."""

Mapped = models.ValueMap | models.RegexMap | models.SpecialValueMap


def mappings(language: Language, column: str) -> list[Mapped]:
    """What a text of this column is shown as. Raises KeyError for a column that nobody has said anything about."""
    if column in PLAIN:
        return []
    if column in TRUTHS:
        return [_truth(language, value) for value in (True, False)]
    if column in SOURCES:
        return _titles(language)
    of = LISTS[column]
    colour: Callable[[str], str | None] = SEVERITY_COLOURS.get if of == "severities" else lambda _: None
    said = codes(language, of)
    return [models.ValueMap({code: _shown(words, colour(code)) for code, words in said.items()})]


def line_names(language: Language, lists: tuple[str, ...]) -> Mapping[str, str]:
    """Names of lines that are codes of these lists, with a space between, and what they are shown as."""
    if not lists:
        return {}
    every = product(*(codes(language, of).items() for of in lists))
    return {" ".join(code for code, _ in one): " · ".join(words for _, words in one) for one in every}


@cache
def _titles(language: Language) -> list[Mapped]:
    """Sources by their keys. Of two kinds with the same key the first one counts: a cell does not tell its kind."""
    exact: dict[str, models.ValueMappingResult] = {}
    patterns: list[Mapped] = []
    for source in sources(language):
        shown = _shown(source.title)
        if source.key.startswith(CASCADE):
            patterns.append(_pattern(f"{source.key}(:.*)?", shown))
        elif source.key.startswith(ANY):
            patterns.append(_pattern(f".+:{source.key.removeprefix(ANY)}", shown))
        else:
            exact.setdefault(source.key, shown)
    return [models.ValueMap(exact), *patterns]


def _pattern(pattern: str, shown: models.ValueMappingResult) -> models.RegexMap:
    return models.RegexMap(models.DashboardRegexMapOptions(pattern=f"/^{pattern}$/", result=shown))


def _truth(language: Language, value: bool) -> models.SpecialValueMap:
    match = models.SpecialValueMatch.TRUE if value else models.SpecialValueMatch.FALSE
    shown = _shown(say(language, "truths", "yes" if value else "no"))
    return models.SpecialValueMap(models.DashboardSpecialValueMapOptions(match=match, result=shown))


def _shown(text: str, colour: str | None = None) -> models.ValueMappingResult:
    return models.ValueMappingResult(text=text, color=colour)
