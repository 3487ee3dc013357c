"""What an alarm or a fault code is called, in zh and en."""

from dataclasses import dataclass
from functools import lru_cache

from diagnosis.fault_knowledge import packaged_knowledge
from diagnosis.ruleset import packaged_ruleset
from fleet.signals import Catalogue


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """A text in both languages."""

    zh: str
    en: str


_PLATFORM: dict[str, Words] = {"machine_silent": Words(zh="设备失联", en="Machine silent")}


def alarm_words(source_kind: str, source_key: str, catalogue: Catalogue) -> Words:
    """The title of an alarm: the rule's, the fault code's, or the key itself where nobody has named it."""
    if source_kind == "dtc":
        return _code_words(source_key, catalogue)
    if source_kind == "rule" and (advice := _rules(catalogue).get(source_key)):
        return advice.title
    return _PLATFORM.get(source_key, Words(zh=source_key, en=source_key))


@dataclass(frozen=True, slots=True, kw_only=True)
class Advice:
    """A rule's words."""

    title: Words
    owner: Words


def alarm_advice(source_kind: str, source_key: str, catalogue: Catalogue) -> Words | None:
    """One plain sentence for the machine's owner; None where the rule set has none for this source."""
    advice = _rules(catalogue).get(source_key) if source_kind == "rule" else None
    return advice.owner if advice else None


@lru_cache(maxsize=2)
def _rules(catalogue: Catalogue) -> dict[str, Advice]:
    return {
        rule.key: Advice(
            title=Words(zh=rule.title.zh, en=rule.title.en), owner=Words(zh=rule.owner.zh, en=rule.owner.en)
        )
        for rule in packaged_ruleset(catalogue).rules
    }


def _code_words(source_key: str, catalogue: Catalogue) -> Words:
    parts = source_key.split("/")
    if len(parts) != 3 or not (parts[1].isdecimal() and parts[2].isdecimal()):
        return Words(zh=source_key, en=source_key)
    return fault_words(int(parts[1]), int(parts[2]), catalogue)


def fault_words(spn: int, fmi: int, catalogue: Catalogue) -> Words:
    """A fault code in words: 'Engine oil pressure: below normal range, most severe (SPN 100 FMI 1)'."""
    words = packaged_knowledge().words(spn, fmi, catalogue)
    return Words(zh=words.zh, en=words.en)
