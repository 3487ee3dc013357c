"""The words of causes, checks and parts, one file a language."""

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

LANGUAGES = ("zh", "en")


@dataclass(frozen=True, slots=True)
class RuleWords:
    """Texts by key in one language."""

    causes: dict[str, str]
    checks: dict[str, str]
    parts: dict[str, str]


@cache
def packaged_words(language: str) -> RuleWords:
    """The texts shipped in diagnosis/words.<language>.toml; raises FileNotFoundError for other languages."""
    tables = tomllib.loads(files("diagnosis").joinpath(f"words.{language}.toml").read_text(encoding="utf-8"))
    return RuleWords(tables["causes"], tables["checks"], tables["parts"])
