"""A first diagnosis with the words for it, as a pack keeps it: readable whatever the rule set says later."""

from collections.abc import Sequence
from typing import Any, Literal

from diagnosis.evidence_file import Observation
from diagnosis.preliminary import Basis, Preliminary, RankedCause
from diagnosis.rule import Words
from diagnosis.words import LANGUAGES, packaged_words

Kind = Literal["causes", "checks", "parts"]


def told(diagnosis: Preliminary) -> dict[str, Any]:
    """The diagnosis as JSON; see api.schemas.findings."""
    return {
        "causes": [_cause(cause, diagnosis.basis) for cause in diagnosis.causes],
        "basis": diagnosis.basis,
        "next_check": None if diagnosis.next_check is None else named("checks", diagnosis.next_check),
        "checks": [named("checks", check) for check in diagnosis.checks],
        "parts": [named("parts", part) for part in diagnosis.parts],
        "owner": _words(diagnosis.owner),
    }


def named(kind: Kind, key: str) -> dict[str, Any]:
    """A key of diagnosis/words.*.toml with its words; those that a site has made up are their own words."""
    texts = {language: getattr(packaged_words(language), kind).get(key, key) for language in LANGUAGES}
    return {"key": key, "text": texts}


ONLY_THE_CHECK = Words(zh="没有信号能区分，需靠检查确认", en="No signal tells these apart; the check does")


def _cause(cause: RankedCause, basis: Basis) -> dict[str, Any]:
    """The order in which causes were written is no share; what a sensor that is not believed adds to it is one."""
    share = None if basis == "order" and not cause.speaks_for else round(cause.share, 4)
    return named("causes", cause.cause) | {
        "share": share,
        "parts": [named("parts", part) for part in cause.parts],
        "note": _words(ONLY_THE_CHECK) if cause.untold else None,
        "speaks_for": _seen(cause.speaks_for),
        "speaks_against": _seen(cause.speaks_against),
        "unknown": _seen(cause.unknown),
    }


def _seen(observations: Sequence[Observation]) -> list[dict[str, Any]]:
    return [{"when": seen.when, "text": _words(seen.words)} for seen in observations]


def _words(words: Words) -> dict[str, str]:
    return {"zh": words.zh, "en": words.en}
