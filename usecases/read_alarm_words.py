"""What an alarm or a fault code is called, in zh and en: by the rule set that its finding names."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache

from alerts.silence_reason import SilenceReason, knowledge
from diagnosis.cascades import Cascade, packaged_cascades
from diagnosis.errors import RuleError
from diagnosis.fault_knowledge import packaged_knowledge
from diagnosis.rule import Rule
from diagnosis.ruleset import packaged_ruleset
from diagnosis.wear.indices import BY_KEY
from fleet.signals import Catalogue
from storage.read_pool import Connection
from storage.rule_sets import list_hashes, list_texts
from usecases.rules_in_force import parsed

Rules = Mapping[str, Rule]
KEPT = 8  # sets whose rules stay parsed in this process


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """A text in both languages."""

    zh: str
    en: str


_PLATFORM: dict[str, Words] = {"machine_silent": Words(zh="设备失联", en="Machine silent")}
SENSOR_ADVICE = Words(
    zh="该传感器数值不可信，在恢复之前依赖它的规则不作判断，请检查传感器与线路。",
    en="This sensor's values are not believed; rules that need it are silent until they are. Have sensor and wiring "
    "checked.",
)
_parsed: dict[tuple[str, Catalogue], Rules] = {}  # content hash -> rules, the oldest first


class RuleBooks:
    """The rules of the versions that findings name; those that ship with this program where no set has a version."""

    def __init__(self, by_version: Mapping[str, Rules], catalogue: Catalogue) -> None:
        self._by_version = by_version
        self.catalogue = catalogue

    @classmethod
    async def load(cls, conn: Connection, versions: Iterable[str], catalogue: Catalogue) -> "RuleBooks":
        """The books of these versions: one query, and another one for sets that this process has not met."""
        wanted = sorted(set(versions))
        hashes = await list_hashes(conn, wanted) if wanted else {}
        unread = sorted({found for found in hashes.values() if (found, catalogue) not in _parsed})
        for stored in await list_texts(conn, unread) if unread else []:
            try:
                _parsed[stored.content_hash, catalogue] = parsed(stored, catalogue).by_key
            except RuleError:  # of a program after this one
                _parsed[stored.content_hash, catalogue] = packaged_ruleset(catalogue).by_key
        by_version = {version: _parsed[found, catalogue] for version, found in hashes.items()}
        while len(_parsed) > KEPT:
            del _parsed[next(iter(_parsed))]
        return cls(by_version, catalogue)

    def rule(self, source_kind: str, source_key: str, version: str) -> Rule | None:
        """The rule that a finding is of."""
        rules = self._by_version.get(version)
        if source_kind != "rule":
            return None
        return (packaged_ruleset(self.catalogue).by_key if rules is None else rules).get(source_key)

    def words(self, source_kind: str, source_key: str, version: str, cascade: str = "") -> Words:
        """The title of an alarm: the rule's, that of the cause of several fault codes (`cascade`), a silence with its
        reason (`cascade` is its key), the code's, or the key itself where nobody has named it."""
        if source_kind == "platform" and cascade in knowledge().words:
            return silence_words(source_key, cascade)
        rule = self.rule(source_kind, source_key, version) or _cascades().get(cascade)
        if rule is not None:
            return Words(zh=rule.title.zh, en=rule.title.en)
        return alarm_words(source_kind, source_key, self.catalogue)

    def advice(self, source_kind: str, source_key: str, version: str, cascade: str = "") -> Words | None:
        """One plain sentence for the machine's owner; None where the rule set has none for this source."""
        if source_kind == "platform" and cascade in knowledge().words:
            told = knowledge().words[SilenceReason(cascade)].owner
            return Words(zh=told.zh, en=told.en)
        rule = self.rule(source_kind, source_key, version) or _cascades().get(cascade)
        if source_kind == "sensor":
            return SENSOR_ADVICE
        return None if rule is None else Words(zh=rule.owner.zh, en=rule.owner.en)


def silence_words(source_key: str, reason: str) -> Words:
    """A silence with its reason: 'Machine silent: no coverage'."""
    told, title = knowledge().words[SilenceReason(reason)].title, _PLATFORM[source_key]
    return Words(zh=f"{title.zh}：{told.zh}", en=f"{title.en}: {told.en}")


def alarm_words(source_kind: str, source_key: str, catalogue: Catalogue) -> Words:
    """The title of an alarm as this program's own rules and fault knowledge have it."""
    if source_kind == "dtc":
        return _code_words(source_key, catalogue)
    if source_kind == "sensor" and source_key in catalogue:
        signal = catalogue[source_key]
        return Words(zh=f"{signal.zh}：传感器数值不可信", en=f"{signal.en}: sensor not trusted")
    if source_kind == "model":
        return _model_words(source_key, catalogue)
    if source_kind == "rule" and (rule := packaged_ruleset(catalogue).by_key.get(source_key)):
        return Words(zh=rule.title.zh, en=rule.title.en)
    return _PLATFORM.get(source_key, Words(zh=source_key, en=source_key))


@lru_cache(maxsize=1)
def _cascades() -> Mapping[str, Cascade]:
    return {cascade.key: cascade for cascade in packaged_cascades()}


def _model_words(source_key: str, catalogue: Catalogue) -> Words:
    """A model's finding is named `<model>:<signal>`, `peers:<signal>` or `wear:<index>`."""
    model, _, name = source_key.rpartition(":")
    if model == "wear" and name in BY_KEY:
        return Words(zh=f"磨损：{BY_KEY[name].zh}", en=f"Wear: {BY_KEY[name].en}")
    if name not in catalogue:
        return Words(zh=source_key, en=source_key)
    said = ("与同型号设备不同", "Unlike its peers") if model == "peers" else ("异常", "Unusual")
    return Words(zh=f"{said[0]}：{catalogue[name].zh}", en=f"{said[1]}: {catalogue[name].en}")


def _code_words(source_key: str, catalogue: Catalogue) -> Words:
    cascade = _cascades().get(source_key.removeprefix("cascade:").partition(":")[0])
    if cascade is not None:
        return Words(zh=cascade.title.zh, en=cascade.title.en)
    parts = source_key.split("/")
    if len(parts) != 3 or not (parts[1].isdecimal() and parts[2].isdecimal()):
        return Words(zh=source_key, en=source_key)
    return fault_words(int(parts[1]), int(parts[2]), catalogue)


def fault_words(spn: int, fmi: int, catalogue: Catalogue) -> Words:
    """A fault code in words: 'Engine oil pressure: below normal range, most severe (SPN 100 FMI 1)'."""
    words = packaged_knowledge().words(spn, fmi, catalogue)
    return Words(zh=words.zh, en=words.en)
