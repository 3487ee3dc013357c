"""A first diagnosis with the words for it, as a pack keeps it: readable whatever the rule set says later."""

from collections.abc import Mapping, Sequence
from typing import Any, Literal

from diagnosis.preliminary import Observation, Preliminary, RankedCause
from diagnosis.rule import Words
from diagnosis.words import LANGUAGES, packaged_words

Kind = Literal["causes", "checks", "parts"]


def told(diagnosis: Preliminary) -> dict[str, Any]:
    """The diagnosis as JSON; see api.schemas.findings."""
    return {
        "causes": [_cause(cause) for cause in diagnosis.causes],
        "next_check": None if diagnosis.next_check is None else named("checks", diagnosis.next_check),
        "checks": [named("checks", check) for check in diagnosis.checks],
        "parts": [named("parts", part) for part in diagnosis.parts],
        "owner": _words(diagnosis.owner),
    }


NOTHING_TOLD: Mapping[str, Any] = {"causes": [], "next_check": None, "checks": [], "parts": [], "owner": None}


def named(kind: Kind, key: str) -> dict[str, Any]:
    """A key of diagnosis/words.*.toml with its words; those that a site has made up are their own words."""
    texts = {language: getattr(packaged_words(language), kind).get(key, key) for language in LANGUAGES}
    return {"key": key, "text": texts}


def _cause(cause: RankedCause) -> dict[str, Any]:
    return named("causes", cause.cause) | {
        "share": round(cause.share, 4),
        "speaks_for": _seen(cause.speaks_for),
        "speaks_against": _seen(cause.speaks_against),
        "unknown": _seen(cause.unknown),
    }


def _seen(observations: Sequence[Observation]) -> list[dict[str, Any]]:
    return [{"when": seen.when, "text": _words(seen.words)} for seen in observations]


def _words(words: Words) -> dict[str, str]:
    return {"zh": words.zh, "en": words.en}
