"""Which of the parts that diagnoses name somebody means who writes a part by hand."""

from collections.abc import Collection, Mapping
from difflib import get_close_matches
from functools import cache

from diagnosis.words import LANGUAGES, packaged_words

CLOSE = 0.75
"""As alike as this is a slip of the pen: 'oil pmup' is, a maker's number is not."""


def known_part(written: str) -> str | None:
    """The key of the part that a text names, by its key or its words in any language; None of a text of its own."""
    return _keys().get(_plain(written))


def meant_part(written: str, likely: Collection[str]) -> str | None:
    """Of the likely parts the one whose name is nearest to a text that names no part; None where none is near."""
    names: Mapping[str, str] = {name: key for name, key in _keys().items() if key in likely}
    near = get_close_matches(_plain(written), list(names), n=1, cutoff=CLOSE)
    return names[near[0]] if near and known_part(written) is None else None


@cache
def _keys() -> dict[str, str]:
    """Part keys by all of their names."""
    words = [packaged_words(language).parts for language in LANGUAGES]
    return {_plain(name): key for parts in words for key, text in parts.items() for name in (text, key)}


def _plain(text: str) -> str:
    return " ".join(text.replace("_", " ").casefold().split())
