"""A table of a rule file: its fields taken one by one, every mistake named with where it is."""

from collections.abc import Mapping
from typing import Any

from diagnosis.cursor import did_you_mean
from diagnosis.errors import RuleError
from diagnosis.rule import Words
from diagnosis.tokens import duration_us


class Table:
    """One TOML table; `where` is how mistakes name it."""

    def __init__(self, where: str, table: object) -> None:
        self.where = where
        if not isinstance(table, dict):
            raise RuleError("rule_no_table", where=where)
        self.table: dict[str, Any] = table

    def only(self, table: Mapping[str, Any], allowed: set[str], where: str) -> None:
        """Raises at a field that is not allowed."""
        for name in table:
            if name not in allowed:
                raise RuleError("rule_unknown_field", where=where, found=name, hint=did_you_mean(name, allowed))

    def text(self, name: str) -> str:
        """A text that must be there."""
        value = self.table.get(name)
        if not isinstance(value, str) or not value.strip():
            raise RuleError("rule_text_needed", where=f"{self.where}.{name}")
        return value

    def words(self, name: str) -> Words:
        """A text in both languages."""
        value = self.table.get(name)
        if not isinstance(value, dict) or set(value) != {"zh", "en"} or not all(str(v).strip() for v in value.values()):
            raise RuleError("rule_both_languages", where=f"{self.where}.{name}")
        return Words(zh=str(value["zh"]), en=str(value["en"]))

    def listed(self, name: str) -> list[Any]:
        """A list, empty when it is not there."""
        value = self.table.get(name, [])
        if not isinstance(value, list):
            raise RuleError("rule_no_list", where=f"{self.where}.{name}")
        return value

    def member(self, name: str) -> dict[str, Any]:
        """A table in the table, empty when it is not there."""
        return Table(f"{self.where}.{name}", self.table.get(name, {})).table

    def strings(self, name: str) -> tuple[str, ...]:
        """A list of texts, empty when it is not there."""
        values = self.listed(name)
        if not all(isinstance(value, str) and value for value in values):
            raise RuleError("rule_no_texts", where=f"{self.where}.{name}")
        return tuple(values)

    def duration(self, name: str, default: int) -> int:
        """A duration in microseconds."""
        return default if name not in self.table else self.time(self.table[name], f"{self.where}.{name}")

    def time(self, value: object, where: str) -> int:
        """A value that must be a duration, in microseconds."""
        us = duration_us(value) if isinstance(value, str) else None
        if us is None:
            raise RuleError("rule_no_duration", where=where, found=value)
        return us
