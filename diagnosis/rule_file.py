"""Rule files (TOML, one table a rule) to rules; every mistake is named with its file, rule and field."""

import math
import tomllib
from collections.abc import Mapping
from difflib import get_close_matches
from typing import Any

from diagnosis.errors import ExpressionError, RuleError
from diagnosis.parser import parse_condition
from diagnosis.rule import DEFAULT_MAX_GAP_US, FORGET_US, CaseFault, Raised, Rule, RuleTest, Words
from diagnosis.syntax import TruthNode
from diagnosis.tokens import duration_us
from fleet.findings import Severity, SourceKind
from fleet.signals import Catalogue

_TEXT_FIELDS = ("title", "owner", "expert")
_FIELDS = {*_TEXT_FIELDS, "causes", "checks", "sources", "tests", "kind", "severity"}
_RULE_FIELDS = _FIELDS | {"when", "clear", "for", "max_gap", "applies_to"}
_TEST_FIELDS = {"name", "readings", "raises", "nominal_voltage_v", "kind", "faults", "sensor_errors"}
_FAULT_FIELDS = {"at", "sa", "spn", "fmi", "lamps", "from_can"}
MAX_FOR_US = 24 * 3_600_000_000


def parse_rules(text: str, catalogue: Catalogue, origin: str = "rules") -> tuple[Rule, ...]:
    """The rules of one file. Raises RuleError naming origin, rule and field, with a caret for expressions."""
    try:
        tables = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise RuleError(f"{origin}: not TOML: {error}") from error
    return tuple(_Entry(f"{origin}: {key}", table, catalogue).rule(key) for key, table in tables.items())


class _Entry:
    def __init__(self, where: str, table: object, catalogue: Catalogue) -> None:
        self.where = where
        if not isinstance(table, dict):
            raise RuleError(f"{where}: a rule is a table")
        self.table: dict[str, Any] = table
        self.catalogue = catalogue

    def rule(self, key: str) -> Rule:
        if not key.replace("_", "").isalnum() or not key.islower() or not key.isascii() or len(key) > 60:
            raise RuleError(f"{self.where}: a rule's key is lower-case letters, digits and _, at most 60")
        kind = self.table.get("kind", SourceKind.RULE.value)
        if kind not in (SourceKind.RULE.value, SourceKind.DTC.value):
            raise RuleError(f"{self.where}.kind: must be rule or dtc, not {kind!r}")
        self.only(self.table, _RULE_FIELDS if kind == "rule" else _FIELDS, self.where)
        tests = tuple(self.test(number, test) for number, test in enumerate(self.listed("tests"), 1))
        fields: dict[str, Any] = {name: self.words(name) for name in _TEXT_FIELDS}
        fields |= {name: self.strings(name) for name in ("causes", "checks", "sources")}
        fields |= self.condition() if kind == "rule" else self.by_code()
        return Rule(key=key, source_kind=SourceKind(kind), tests=tests, **fields)

    def condition(self) -> dict[str, Any]:
        when = self.text("when")
        clear = self.text("clear") if "clear" in self.table else None
        for_us = self.duration("for", 0)
        max_gap_us = self.duration("max_gap", DEFAULT_MAX_GAP_US)
        if for_us > MAX_FOR_US:
            raise RuleError(f"{self.where}.for: at most 24h")
        if not 0 < max_gap_us <= FORGET_US:
            raise RuleError(f"{self.where}.max_gap: longer than 0 and at most 1h")
        return {
            "severity": self.severity(),
            "when_text": when,
            "clear_text": clear,
            "when": self.tree("when", when),
            "clear": None if clear is None else self.tree("clear", clear),
            "for_us": for_us,
            "max_gap_us": max_gap_us,
            "applies_to": self.strings("applies_to"),
        }

    def by_code(self) -> dict[str, Any]:
        if self.text("severity") != "by_code":
            raise RuleError(f"{self.where}.severity: a rule of kind dtc has the severity 'by_code'")
        return {"severity": None}

    def tree(self, name: str, text: str) -> TruthNode:
        try:
            return parse_condition(text, self.catalogue.keys)
        except ExpressionError as error:
            raise RuleError(f"{self.where}.{name}: {error}") from error

    def severity(self) -> Severity:
        text = self.text("severity")
        if text not in list(Severity):
            raise RuleError(f"{self.where}.severity: {text!r} is none of {', '.join(Severity)}")
        return Severity(text)

    def only(self, table: Mapping[str, Any], allowed: set[str], where: str) -> None:
        for name in table:
            if name not in allowed:
                close = get_close_matches(name, sorted(allowed), n=1)
                raise RuleError(f"{where}: unknown field {name!r}" + (f"; did you mean {close[0]}?" if close else ""))

    def text(self, name: str) -> str:
        value = self.table.get(name)
        if not isinstance(value, str) or not value.strip():
            raise RuleError(f"{self.where}.{name}: a text is needed")
        return value

    def words(self, name: str) -> Words:
        value = self.table.get(name)
        if not isinstance(value, dict) or set(value) != {"zh", "en"} or not all(str(v).strip() for v in value.values()):
            raise RuleError(f'{self.where}.{name}: needs both languages: {{ zh = "...", en = "..." }}')
        return Words(zh=str(value["zh"]), en=str(value["en"]))

    def listed(self, name: str) -> list[Any]:
        value = self.table.get(name, [])
        if not isinstance(value, list):
            raise RuleError(f"{self.where}.{name}: must be a list")
        return value

    def strings(self, name: str) -> tuple[str, ...]:
        values = self.listed(name)
        if not all(isinstance(value, str) and value for value in values):
            raise RuleError(f"{self.where}.{name}: must be a list of texts")
        return tuple(values)

    def duration(self, name: str, default: int) -> int:
        return default if name not in self.table else self.time(self.table[name], f"{self.where}.{name}")

    def time(self, value: object, where: str) -> int:
        us = duration_us(value) if isinstance(value, str) else None
        if us is None:
            raise RuleError(f'{where}: {value!r} is no duration such as "10s", "5min", "1h"')
        return us

    def test(self, number: int, table: object) -> RuleTest:
        where = f"{self.where}.tests[{number}]"
        if not isinstance(table, dict) or not isinstance(table.get("name"), str):
            raise RuleError(f"{where}: a test is a table with a name")
        self.only(table, _TEST_FIELDS, where)
        readings = [self.reading(row, where) for row in table.get("readings", [])]
        times = [at_us for at_us, _ in readings]
        if times != sorted(set(times)):
            raise RuleError(f"{where}.readings: times must ascend")
        return RuleTest(
            name=table["name"],
            readings=tuple(readings),
            raises=tuple(self.raised(row, where) for row in table.get("raises", [])),
            nominal_voltage_v=float(table.get("nominal_voltage_v", math.nan)),
            kind=table.get("kind"),
            faults=tuple(self.fault(row, where) for row in table.get("faults", [])),
            sensor_errors=tuple(
                (self.time(row.get("at"), where), str(row.get("signal"))) for row in table.get("sensor_errors", [])
            ),
        )

    def reading(self, row: Mapping[str, Any], where: str) -> tuple[int, dict[str, float]]:
        self.only(row, {"at", *self.catalogue.keys}, where)
        return self.time(row.get("at"), where), {key: float(value) for key, value in row.items() if key != "at"}

    def raised(self, row: Mapping[str, Any], where: str) -> Raised:
        self.only(row, {"from", "held", "to", "code"}, where)
        times = {name: self.time(row[name], where) if name in row else None for name in ("held", "to")}
        from_us = self.time(row.get("from"), where)
        return Raised(from_us=from_us, held_us=times["held"], to_us=times["to"], code=row.get("code"))

    def fault(self, row: Mapping[str, Any], where: str) -> CaseFault:
        self.only(row, _FAULT_FIELDS, where)
        return CaseFault(
            at_us=self.time(row.get("at"), where),
            address=int(row.get("sa", -1)),
            spn=int(row.get("spn", 0)),
            fmi=int(row.get("fmi", 0)),
            lamps=int(row.get("lamps", -1)),
            native=not row.get("from_can", False),
        )
