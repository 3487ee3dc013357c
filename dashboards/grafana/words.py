"""The words of boards, from words.toml; a signal's column has the signal's own name, a code that of its list."""

import tomllib
from collections.abc import Collection, Mapping
from functools import cache
from pathlib import Path
from typing import Any, Literal

from fleet.reasons import code_words
from fleet.signals import packaged_catalogue

Language = Literal["en", "zh"]


@cache
def _words() -> dict[str, Any]:
    return tomllib.loads((Path(__file__).parent / "words.toml").read_text(encoding="utf-8"))


def say(language: Language, *path: str) -> str:
    """What stands there, as ("boards", "overview"). Raises KeyError."""
    return str(_at(path)[language])


def about(language: Language, *path: str) -> str:
    """What a board or a panel is about. Raises KeyError."""
    return str(_at(path)[f"{language}_about"])


def column(language: Language, name: str) -> str:
    """The name of a column. Raises KeyError where it has none and is no signal."""
    if name in _words()["columns"]:
        return say(language, "columns", name)
    signal = packaged_catalogue()[name]
    return signal.zh if language == "zh" else signal.en


def keys(*path: str) -> Collection[str]:
    """What has words there. Raises KeyError."""
    return _at(path).keys()


def codes(language: Language, of: str) -> Mapping[str, str]:
    """Every code of a list of the API with its words, which begin with a capital. Raises KeyError."""
    texts = code_words()["list"][of]
    return {code: text[language][:1].upper() + text[language][1:] for code, text in texts.items() if code != "_"}


def _at(path: tuple[str, ...]) -> dict[str, Any]:
    found = _words()
    for part in path:
        found = found[part]
    return found
