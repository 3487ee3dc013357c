"""Why something cannot be done, in the languages the platform speaks: the sentences of reasons.toml."""

import string
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache
from importlib.resources import files
from typing import Any, Literal

Language = Literal["zh", "en"]
LANGUAGES: tuple[Language, ...] = ("zh", "en")
_LONGEST = 80  # characters of a value that a sentence repeats
_MOST = 60  # entries of a list that a sentence repeats
_WIDEST = 10**18


@cache
def sentences() -> Mapping[str, Mapping[Language, str]]:
    """Key -> the sentence in each language, with {names} of what stands in it; {name!r} is quoted."""
    return tomllib.loads(files("fleet").joinpath("reasons.toml").read_text(encoding="utf-8"))


@dataclass(frozen=True, slots=True)
class Reason:
    """A key of reasons.toml with what stands in its sentence; a value may be a reason itself, or a list.

    What is long is cut short. Raises KeyError for a key that there is not, and when a value is missing.
    """

    key: str
    values: Mapping[str, Any] = field(default_factory=dict)

    def in_language(self, language: Language) -> str:
        """The sentence."""
        return _Sentence(language).vformat(sentences()[self.key][language], (), self.values)

    def __str__(self) -> str:
        return self.in_language("en")


def reason(key: str, /, **values: Any) -> Reason:
    """The reason of this key."""
    return Reason(key, values)


@cache
def code_words() -> Mapping[str, Mapping[str, Mapping[str, Mapping[str, str]]]]:
    """codes.toml: `list` and `unit`, each code with its words."""
    return tomllib.loads(files("fleet").joinpath("codes.toml").read_text(encoding="utf-8"))


class Said(str):
    """Words of the platform's own that stand in a sentence; they are not cut short."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class Code:
    """A value of the code list `of` that stands in a sentence; in Chinese it is said in words, in English as it is."""

    of: str
    code: str

    def in_language(self, language: Language) -> str:
        """Its name; the code itself where the list has none for it."""
        words = code_words()["list"][self.of].get(self.code)
        return self.code if language == "en" or words is None else words["zh"]


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with one part of the input: `where` names the parameter, member or cell, "" the whole."""

    where: str
    reason: Reason


class _Sentence(string.Formatter):
    def __init__(self, language: Language) -> None:
        self._language = language

    def convert_field(self, value: Any, conversion: str | None) -> Any:
        return self._said(value, is_quoted=conversion == "r")

    def _said(self, value: Any, *, is_quoted: bool) -> Any:
        if isinstance(value, float):
            return int(value) if value.is_integer() and abs(value) < _WIDEST else value
        if isinstance(value, int) and abs(value) < _WIDEST and not isinstance(value, bool):
            return value
        if isinstance(value, list | tuple):
            shown = [str(self._said(one, is_quoted=is_quoted)) for one in value[:_MOST]]
            return ("、" if self._language == "zh" else ", ").join(shown + ["..."] * (len(value) > _MOST))
        words = self._words(value)
        words = words if isinstance(value, Reason | Said) or len(words) <= _LONGEST else f"{words[: _LONGEST - 3]}..."
        return self._quoted(words) if is_quoted and isinstance(value, str) else words

    def _words(self, value: Any) -> str:
        match value:
            case str():
                return value
            case Reason() | Code():
                return value.in_language(self._language)
            case datetime():
                return value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
            case True | False | None:
                return {True: "true", False: "false", None: "null"}[value]
            case int():
                return hex(value)
        return str(value)

    def _quoted(self, words: str) -> str:
        quoted = repr(words)
        return f"“{quoted[1:-1]}”" if self._language == "zh" else quoted
