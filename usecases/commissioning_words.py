"""The sentences of the commissioning check in zh and en, from commissioning.toml."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from importlib.resources import files
from typing import Any, Literal

from fleet.reasons import LANGUAGES, Language, Reason

Verdict = Literal["ok", "warning", "failed", "unknown"]
_LIST = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class Sentence:
    """A text in both languages."""

    zh: str
    en: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One thing that was looked at; `finding` names what was found, `facts` is the evidence."""

    code: str
    verdict: Verdict
    finding: str
    text: Sentence
    advice: Sentence | None
    facts: dict[str, Any]


@cache
def sentences() -> Mapping[str, Mapping[str, Mapping[str, str]]]:
    """Item -> finding -> zh, en and, where something can be done, do_zh and do_en."""
    return tomllib.loads(files("usecases").joinpath("commissioning.toml").read_text(encoding="utf-8"))


def item(code: str, verdict: Verdict, finding: str, *, facts: dict[str, Any] | None = None, **words: Any) -> Item:
    """An item whose sentence holds these words: durations, lists, Sentences and what str() makes readable."""
    row = sentences()[code][finding]
    said = {language: {name: _said(word, language) for name, word in words.items()} for language in LANGUAGES}
    advice = None
    if "do_zh" in row and verdict != "ok":
        advice = Sentence(zh=row["do_zh"].format(**said["zh"]), en=row["do_en"].format(**said["en"]))
    text = Sentence(zh=row["zh"].format(**said["zh"]), en=row["en"].format(**said["en"]))
    return Item(code=code, verdict=verdict, finding=finding, text=text, advice=advice, facts=facts or {})


def _said(word: Any, language: Language) -> str:
    """A word of a sentence: durations rounded, lists cut short."""
    if isinstance(word, timedelta):
        return _duration(word, language)
    if isinstance(word, Reason):
        return word.in_language(language)
    if isinstance(word, Sentence):
        return word.zh if language == "zh" else word.en
    if isinstance(word, list):
        shown = [_said(one, language) for one in word[:_LIST]]
        more = len(word) - _LIST
        rest = ([f"另有 {more} 个"] if language == "zh" else [f"{more} more"]) if more > 0 else []
        return ("、" if language == "zh" else ", ").join(shown + rest)
    return str(word)


def _duration(span: timedelta, language: str) -> str:
    seconds = abs(span.total_seconds())
    units = ((86_400, "d", "天"), (3600, "h", "小时"), (60, "min", "分钟"), (1, "s", "秒"), (0.001, "ms", "毫秒"))
    size, en, zh = next((u for u in units if seconds >= 2 * u[0]), units[-1] if seconds < 1 else units[-2])
    return f"{seconds / size:.0f} {zh if language == 'zh' else en}"
