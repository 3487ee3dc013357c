"""What a fault code means: its words, severity, side (sensor and wiring, or the machine), causes, checks and parts.

The knowledge itself is in diagnosis/knowledge/*.toml; SPNs and failure modes (FMI) are those of SAE J1939.
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Any

from diagnosis.dtc_severity import ORDER, dtc_severity, lifted
from diagnosis.errors import RuleError
from diagnosis.rule import Words
from fleet.findings import Severity
from fleet.signals import Catalogue

KNOWLEDGE_FOLDER = Path(__file__).parent / "knowledge"
FIRST_OWN_SPN = 520_192
"""From here on SPNs are the makers' own (SAE J1939-73)."""
SOURCE_ADDRESS_SPNS = range(2000, 2256)
"""SPN 2000 + n stands for the messages of the controller with source address n."""
_STEPS_DOWN = {"most": 0, "moderately": 1, "least": 2}


class Side(StrEnum):
    """Where a failure mode puts the fault."""

    MACHINE = "machine"  # the value is right and the machine is not
    CIRCUIT = "circuit"  # sensor, wiring, controller or network: the value is not to be believed
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class Likely:
    """Causes with their weights (the heaviest first, together 1), checks in the order to make them, likely parts."""

    causes: tuple[tuple[str, float], ...] = ()
    checks: tuple[str, ...] = ()
    parts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class FailureMode:
    """One FMI. direction: "high", "low" or "state" of the machine, "" where it does not tell."""

    words: Words
    side: Side
    direction: str
    grade: str
    likely: Likely
    of: Mapping[str, Likely]  # by family of SPN


@dataclass(frozen=True, slots=True, kw_only=True)
class MachineState:
    """What it means when the value is right: severity of the worst grade, and what is likely."""

    severity: Severity
    likely: Likely


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """What one SPN is about. words None: the catalogue's."""

    words: Words | None
    family: str
    states: Mapping[str, MachineState]  # by direction


@dataclass(frozen=True, slots=True, kw_only=True)
class CodeMeaning:
    """All that is known of one code. causes, checks and parts are keys of diagnosis/words.*.toml."""

    words: Words  # "Engine oil pressure: below normal range, most severe (SPN 100 FMI 1)"
    severity: Severity
    side: Side
    family: str  # "" for SPNs that nothing is known of
    likely: Likely


class FaultKnowledge:
    """The knowledge of failure modes and SPNs. Raises RuleError where a file contradicts itself."""

    def __init__(self, modes: Mapping[int, FailureMode], subjects: Mapping[int, Subject]) -> None:
        self.modes = modes
        self.subjects = subjects

    def side(self, fmi: int) -> Side:
        """On which side a failure mode puts the fault."""
        mode = self.modes.get(fmi)
        return Side.UNKNOWN if mode is None else mode.side

    def family(self, spn: int) -> str:
        """What is behind an SPN electrically, "" when nothing is known of it."""
        if spn in SOURCE_ADDRESS_SPNS:
            return "network"
        subject = self.subjects.get(spn)
        return "" if subject is None else subject.family

    def severity(self, spn: int, fmi: int, lamps: int) -> Severity:
        """How severe a code is: its state's grade where the SPN has one, else its FMI's, lifted by the lamps."""
        state, mode = self._state(spn, fmi), self.modes.get(fmi)
        if state is None or mode is None:
            return dtc_severity(fmi, lamps)
        step = 0 if mode.direction == "state" else _STEPS_DOWN[mode.grade]
        return lifted(ORDER[max(ORDER.index(state.severity) - step, ORDER.index(Severity.LOW))], lamps)

    def meaning(self, spn: int, fmi: int, lamps: int, catalogue: Catalogue) -> CodeMeaning:
        """All that is known of a code; unknown ones have a family "" and what their failure mode says."""
        return CodeMeaning(
            words=self.words(spn, fmi, catalogue),
            severity=self.severity(spn, fmi, lamps),
            side=self.side(fmi),
            family=self.family(spn),
            likely=self.likely(spn, fmi),
        )

    def likely(self, spn: int, fmi: int) -> Likely:
        """Causes, checks and parts of a code."""
        mode = self.modes.get(fmi)
        if mode is None:
            return UNTOLD
        if mode.side is not Side.MACHINE:
            family = self.family(spn)
            found = mode.of.get(family, mode.likely)
            parts = _PARTS_OF_FAMILY.get(family, ())
            return Likely(causes=found.causes, checks=found.checks, parts=found.parts or parts)
        state = self._state(spn, fmi)
        return UNTOLD if state is None else state.likely

    def words(self, spn: int, fmi: int, catalogue: Catalogue) -> Words:
        """A code in words: 'Engine oil pressure: below normal range, most severe (SPN 100 FMI 1)'."""
        subject, mode = self.subject_words(spn, catalogue), self.modes.get(fmi)
        code = f"SPN {spn} FMI {fmi}"
        if mode is None:
            return Words(zh=f"{subject.zh}（{code}）", en=f"{subject.en} ({code})")
        return Words(zh=f"{subject.zh}：{mode.words.zh}（{code}）", en=f"{subject.en}: {mode.words.en} ({code})")

    def subject_words(self, spn: int, catalogue: Catalogue) -> Words:
        """What an SPN is about."""
        signal, subject = catalogue.by_spn.get(spn), self.subjects.get(spn)
        if signal is not None:
            return Words(zh=signal.zh, en=signal.en)
        if subject is not None and subject.words is not None:
            return subject.words
        if spn in SOURCE_ADDRESS_SPNS:
            address = spn - SOURCE_ADDRESS_SPNS.start
            return Words(zh=f"与控制器 {address} 的通讯", en=f"Messages of controller {address}")
        if spn >= FIRST_OWN_SPN:
            return Words(zh="制造商自定义故障码", en="Maker's own fault code")
        return Words(zh="故障码", en="Fault code")

    def _state(self, spn: int, fmi: int) -> MachineState | None:
        subject, mode = self.subjects.get(spn), self.modes.get(fmi)
        if subject is None or mode is None or mode.side is not Side.MACHINE:
            return None
        return subject.states.get(mode.direction)


UNTOLD = Likely(causes=(("see_fault_code", 1.0),), checks=("read_freeze_frame",))
"""Where nothing is known of a code."""
_PARTS_OF_FAMILY = {
    "pressure": ("pressure_sensor", "connector_kit"),
    "temperature": ("temperature_sensor", "connector_kit"),
    "level": ("level_sensor", "connector_kit"),
    "speed": ("speed_sensor", "connector_kit"),
    "position": ("throttle_pedal", "connector_kit"),
    "switch": ("connector_kit",),
    "actuator": ("solenoid_valve", "connector_kit"),
    "injector": ("injector", "connector_kit"),
    "supply": ("sensor_harness",),
    "battery": ("battery", "alternator"),
    "network": ("can_harness", "terminating_resistor"),
    "controller": ("ecu",),
    "nox": ("nox_sensor", "connector_kit"),
}
FAMILIES = frozenset({*_PARTS_OF_FAMILY, "none"})


def likely_of(table: Mapping[str, Any], where: str) -> Likely:
    """Causes, checks and parts of a table of a knowledge file; raises RuleError when weights are not shares of 1."""
    causes: dict[str, float] = table.get("causes", {})
    if causes and (abs(sum(causes.values()) - 1.0) > 1e-6 or min(causes.values()) <= 0):
        raise RuleError(f"{where}.causes: weights must be above 0 and add up to 1")
    ranked = sorted(causes.items(), key=lambda cause: -cause[1])
    return Likely(causes=tuple(ranked), checks=tuple(table.get("checks", ())), parts=tuple(table.get("parts", ())))


def _mode(key: str, table: Mapping[str, Any]) -> FailureMode:
    where = f"failure_modes.toml: {key}"
    likely = likely_of(table, where)
    if Side(table["side"]) is not Side.MACHINE and not likely.causes:
        raise RuleError(f"{where}.causes: missing")
    return FailureMode(
        words=Words(zh=table["zh"], en=table["en"]),
        side=Side(table["side"]),
        direction=table.get("direction", ""),
        grade=table.get("grade", "most"),
        likely=likely,
        of={family: likely_of(own, f"{where}.of.{family}") for family, own in table.get("of", {}).items()},
    )


def _subject(key: str, table: Mapping[str, Any]) -> Subject:
    where = f"spns.toml: {key}"
    if table["family"] not in FAMILIES:
        raise RuleError(f"{where}.family: {table['family']!r} is none of {', '.join(sorted(FAMILIES))}")
    states = {
        name: MachineState(severity=Severity(table[name]["severity"]), likely=likely_of(table[name], f"{where}.{name}"))
        for name in ("high", "low", "state")
        if name in table
    }
    words = Words(zh=table["zh"], en=table["en"]) if "zh" in table else None
    return Subject(words=words, family=table["family"], states=states)


def read_knowledge_file(name: str) -> dict[str, Any]:
    """The tables of one file of diagnosis/knowledge; raises RuleError when it is no TOML."""
    try:
        return tomllib.loads((KNOWLEDGE_FOLDER / name).read_text(encoding="utf-8"))
    except tomllib.TOMLDecodeError as error:
        raise RuleError(f"{name}: not TOML: {error}") from error


@cache
def packaged_knowledge() -> FaultKnowledge:
    """The knowledge shipped in diagnosis/knowledge."""
    modes = {int(key): _mode(key, table) for key, table in read_knowledge_file("failure_modes.toml").items()}
    subjects = {int(key): _subject(key, table) for key, table in read_knowledge_file("spns.toml").items()}
    return FaultKnowledge(modes, subjects)
