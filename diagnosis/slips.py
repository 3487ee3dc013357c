"""Slips in rules that run all the same: names that nothing knows, limits that nothing reads.

Asked of what is entered, never of what is kept: a set that was entered has to be read whatever is known later.
"""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from diagnosis.cursor import did_you_mean, nearest
from diagnosis.errors import RuleError
from diagnosis.rule import Rule
from diagnosis.words import LANGUAGES, packaged_words
from fleet.reasons import Said, reason

TYPO = 0.8  # as like as this a kind is a slip; less so one that may come: tower_crane beside truck_crane is 0.73


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownNames:
    """What machines can be: the modes are all there are, kinds and models those that there are so far."""

    modes: Collection[str]
    kinds: Collection[str]
    models: Collection[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Stranger:
    """A kind or model of `applies_to` that no machine has yet; nearest: a known name like it, "" where none is."""

    where: str
    of: Literal["kind", "model"]
    name: str
    nearest: str


def check_names(rule: Rule, table: Mapping[str, Any], known: KnownNames, origin: str) -> list[Stranger]:
    """What a rule's table says of names: those that may come yet. Members that it does not have are not looked at.

    Raises RuleError at a limit that the rule does not read, a cause or check without words, a mode that there is not,
    and a kind that is a known one with a slip.
    """
    where = f"{origin}: {rule.key}"
    for name in table.get("limits", {}):
        if name not in rule.limits_read:
            hint = did_you_mean(name, rule.limits_read)
            raise RuleError("rule_limit_unread", where=f"{where}.limits.{name}", hint=hint)
    words = [packaged_words(language) for language in LANGUAGES]
    for member in ("causes", "checks"):
        allowed = frozenset.intersection(*(frozenset(getattr(one, member)) for one in words))
        _refuse(table.get(member, ()), allowed, f"{where}.{member}", "rule_no_words")
    if rule.applies_to is None or "applies_to" not in table:
        return []
    _refuse(rule.applies_to.modes, known.modes, f"{where}.applies_to.mode", "rule_no_mode")
    strangers = [
        *_strangers(rule.applies_to.kinds, known.kinds, "kind", rule.key),
        *_strangers(rule.applies_to.models, known.models, "model", rule.key),
    ]
    for one in strangers:
        if one.of == "kind" and (meant := nearest(one.name, known.kinds, TYPO)):
            raise RuleError("rule_kind_near", where=f"{where}.applies_to.kind", found=one.name, near=meant)
    return strangers


def _refuse(names: Collection[str], allowed: Collection[str], where: str, problem: str) -> None:
    for name in names:
        if name not in allowed:
            few = reason("rule_there_are", known=list(allowed)) if len(allowed) < 9 else Said("")
            raise RuleError(problem, where=where, found=name, hint=did_you_mean(name, allowed) or few)


def _strangers(
    names: Collection[str], known: Collection[str], of: Literal["kind", "model"], rule: str
) -> Iterator[Stranger]:
    for name in names:
        if name not in known:
            yield Stranger(where=f"{rule}.applies_to.{of}", of=of, name=name, nearest=nearest(name, known))
