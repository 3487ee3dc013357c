"""The texts of notices: placeholders in braces, checked when a text is saved, filled when it is sent.

A placeholder is a name and nothing else: no attribute, no format, so a text can do nothing but say what is known.
`{{` and `}}` are braces.
"""

import difflib
import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal

from fleet.errors import InvalidInput
from fleet.reasons import Fault, Language, Reason

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
SHOWN_FAULTS = 50
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


class TemplateRefused(InvalidInput):
    """A text with placeholders that nobody can fill, or without those that it needs: all that is wrong with it."""

    def __init__(self, found: Sequence[Fault]) -> None:
        self._found = found[:SHOWN_FAULTS]
        first = found[0].reason
        if len(found) == 1:
            super().__init__(first.key, **first.values)
        else:
            super().__init__("template_wrong", count=len(found))

    @property
    def faults(self) -> Sequence[Fault]:
        """What is wrong, in the order of the text: `where` is "subject" or "body"."""
        return self._found


def check_template(key: str, template: Template) -> None:
    """Raise TemplateRefused unless every placeholder is one of this text's and those that it needs are there.

    Each fault names line and column, and the nearest placeholder that there is; a needed one that is only misspelt is
    not called missing as well.
    """
    known = PLACEHOLDERS[key]
    found: list[Fault] = []
    meant: set[str] = set()
    for where, text in (("subject", template.subject), ("body", template.body)):
        for name, offset in _placeholders(text):
            place = _place(where, text, offset)
            near = [name] if name in known else difflib.get_close_matches(name or "", sorted(known), n=1, cutoff=NEAR)
            meant.update(near)
            if name is None:
                found.append(_fault("placeholder_brace", **place))
            elif name not in known:
                reason = "placeholder_near" if near else "placeholder_unknown"
                found.append(_fault(reason, **place, found=name[:60], known=near[0] if near else sorted(known)))
    if "\n" in template.subject.strip():
        found.append(_fault("template_subject_lines", where="subject"))
    if missing := sorted(NEEDED[key] - meant):
        found.append(_fault("placeholder_missing", where="body", missing=missing))
    if found:
        raise TemplateRefused(found)


def _fault(key: str, *, where: str, **values: Any) -> Fault:
    return Fault(where, Reason(key, {"where": where} | values))


def _place(where: str, text: str, offset: int) -> dict[str, Any]:
    return {
        "where": where,
        "line": text.count("\n", 0, offset) + 1,
        "column": offset - text.rfind("\n", 0, offset),
    }


def _placeholders(text: str) -> Iterator[tuple[str | None, int]]:
    """Each placeholder's name and offset; None for a brace that is neither one nor doubled."""
    for part in _PART.finditer(text):
        if part.group() in ("{{", "}}"):
            continue
        yield (part.group()[1:-1] if len(part.group()) > 1 else None), part.start()


def language_of(name: str) -> Language:
    """A language of the platform; English for any other."""
    return "zh" if name == "zh" else "en"
