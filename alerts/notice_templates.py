"""The texts of notices: placeholders in braces, checked when a text is saved, filled when it is sent.

A placeholder is a name and nothing else: no attribute, no format, so a text can do nothing but say what is known.
`{{` and `}}` are braces.
"""

import difflib
import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Literal

from fleet.errors import InvalidInput
from fleet.reasons import Language

TemplateKey = Literal["alarm", "collected", "reminder", "services", "test", "code", "report", "help"]
_OF_ALL = frozenset({"person"})
_OF_MACHINE = frozenset({"machine", "machine_no", "site"})
PLACEHOLDERS: Mapping[str, frozenset[str]] = {
    "alarm": _OF_ALL
    | _OF_MACHINE
    | {"severity", "alarm", "ended", "what_happened", "advice", "next_step", "raised_at", "values"}
    | {"link", "fixed_link", "wrong_link", "call_link"},
    "collected": _OF_ALL | {"count", "reason", "list", "link"},
    "reminder": _OF_ALL | _OF_MACHINE | {"item", "state", "left", "due", "needs", "link"},
    "services": _OF_ALL | {"count", "machines", "list", "link"},
    "test": _OF_ALL | {"channel", "sent_at"},
    "code": _OF_ALL | {"code", "minutes"},
    "report": _OF_ALL | {"title", "days", "summary", "link"},
    "help": _OF_ALL | {"machine", "asked_by", "organisation", "phone", "text", "asked_at", "link"},
}
NEEDED: Mapping[str, frozenset[str]] = {
    "alarm": frozenset({"machine", "alarm", "link"}),
    "collected": frozenset({"list"}),
    "reminder": frozenset({"machine", "item"}),
    "services": frozenset({"list"}),
    "test": frozenset(),
    "code": frozenset({"code"}),
    "report": frozenset({"summary"}),
    "help": frozenset({"machine", "text"}),
}
"""Without these in its subject or body a text says nothing."""
NEAR = 0.6  # of two names, as difflib measures it
_PART = re.compile(r"\{\{|\}\}|\{[^{}]*\}|[{}]")
_FOLDER = Path(__file__).parent


@dataclass(frozen=True, slots=True, kw_only=True)
class Template:
    """A text with placeholders. `version` 0: the one that ships."""

    subject: str
    body: str
    version: int = 0


@lru_cache(maxsize=1)
def shipped() -> Mapping[tuple[str, str], Template]:
    """(key, language) -> the text that ships."""
    found = tomllib.loads((_FOLDER / "notice_templates.toml").read_text())
    return {
        (key, language): Template(subject=text["subject"], body=text["body"].lstrip("\n"))
        for key, languages in found.items()
        for language, text in languages.items()
    }


@lru_cache(maxsize=1)
def _words() -> Mapping[str, Mapping[str, Mapping[str, str]]]:
    return tomllib.loads((_FOLDER / "notice_words.toml").read_text())


def word(group: str, key: str, language: str) -> str:
    """A word of notice_words.toml. KeyError when there is none."""
    return _words()[group][key][language]


def filled(text: str, values: Mapping[str, str]) -> str:
    """The text with its placeholders filled. KeyError for one without a value."""
    return _PART.sub(lambda part: _filled(part.group(), values), text)


def _filled(part: str, values: Mapping[str, str]) -> str:
    return part[0] if part in ("{{", "}}") else values[part[1:-1]]


def check_template(key: str, template: Template) -> None:
    """Raise InvalidInput unless every placeholder is one of this text's and those that it needs are there.

    The error names the line and the column, and the nearest placeholder that there is.
    """
    known = PLACEHOLDERS[key]
    used: set[str] = set()
    for where, text in (("subject", template.subject), ("body", template.body)):
        for name, offset in _placeholders(text):
            line, column = text.count("\n", 0, offset) + 1, offset - text.rfind("\n", 0, offset)
            if name is None:
                raise InvalidInput("placeholder_brace", where=where, line=line, column=column)
            if name not in known:
                near = difflib.get_close_matches(name, sorted(known), n=1, cutoff=NEAR)
                reason = "placeholder_near" if near else "placeholder_unknown"
                meant = near[0] if near else sorted(known)
                raise InvalidInput(reason, where=where, found=name[:60], line=line, column=column, known=meant)
            used.add(name)
    if "\n" in template.subject.strip():
        raise InvalidInput("template_subject_lines", where="subject")
    if missing := sorted(NEEDED[key] - used):
        raise InvalidInput("placeholder_missing", where="body", missing=missing)


def _placeholders(text: str) -> Iterator[tuple[str | None, int]]:
    """Each placeholder's name and offset; None for a brace that is neither one nor doubled."""
    for part in _PART.finditer(text):
        if part.group() in ("{{", "}}"):
            continue
        yield (part.group()[1:-1] if len(part.group()) > 1 else None), part.start()


def language_of(name: str) -> Language:
    """A language of the platform; English for any other."""
    return "zh" if name == "zh" else "en"
