"""The tests that stand beside a rule, from their tables."""

import math
from collections.abc import Mapping
from typing import Any

from diagnosis.errors import RuleError
from diagnosis.rule import CaseFault, CaseFence, Raised, RuleTest
from diagnosis.rule_table import Table
from fleet.errors import InvalidInput
from fleet.signals import Catalogue
from fleet.wall_clock import minute_of
from fleet.working_calendar import Hours

_TEXTS = ("kind", "model", "software", "mode")
_FIELDS = {"name", "readings", "raises", "nominal_voltage_v", "faults", "sensor_errors", "reports", "fences"}
_FIELDS |= {"time_zone", "working_hours", *_TEXTS}
_FAULT_FIELDS = {"at", "sa", "spn", "fmi", "lamps", "from_can"}
_FENCE_FIELDS = ("latitude_deg", "longitude_deg", "radius_m", "buffer_m")


def _parted(span: str) -> tuple[str, str, str]:
    return span.partition("-")


class TestTable(Table):
    """One [[rule.tests]]."""

    __test__ = False  # no test of pytest's

    def __init__(self, where: str, table: object, catalogue: Catalogue) -> None:
        super().__init__(where, table)
        self.catalogue = catalogue

    def test(self) -> RuleTest:
        """The test; raises RuleError."""
        name = self.text("name")
        self.only(self.table, _FIELDS, self.where)
        readings = [self._reading(row) for row in self.listed("readings")]
        times = [at_us for at_us, _ in readings]
        if times != sorted(set(times)):
            raise RuleError("rule_times_ascend", where=f"{self.where}.readings")
        errors = [
            (self.time(row.get("at"), self.where), str(row.get("signal"))) for row in self.listed("sensor_errors")
        ]
        return RuleTest(
            name=name,
            readings=tuple(readings),
            raises=tuple(map(self._raised, self.listed("raises"))),
            nominal_voltage_v=float(self.table.get("nominal_voltage_v", math.nan)),
            **{field: self.table.get(field) for field in _TEXTS},
            reports=self.strings("reports") if "reports" in self.table else None,
            fences=tuple(self._fence(name, given) for name, given in self.table.get("fences", {}).items()),
            faults=tuple(map(self._fault, self.listed("faults"))),
            sensor_errors=tuple(errors),
            time_zone=self.text("time_zone") if "time_zone" in self.table else None,
            working_hours=self._hours() if "working_hours" in self.table else None,
        )

    def _hours(self) -> Hours:
        """["08:00-12:00", "13:00-18:00"]; raises RuleError."""
        try:
            spans = [
                (minute_of(begin), minute_of(end)) for begin, _, end in map(_parted, self.strings("working_hours"))
            ]
        except InvalidInput as error:
            raise RuleError("rule_hours_wrong", where=f"{self.where}.working_hours", problem=error.reason) from error
        return tuple(spans)

    def _reading(self, row: Mapping[str, Any]) -> tuple[int, dict[str, float]]:
        self.only(row, {"at", *self.catalogue.keys}, self.where)
        return self.time(row.get("at"), self.where), {key: float(value) for key, value in row.items() if key != "at"}

    def _raised(self, row: Mapping[str, Any]) -> Raised:
        self.only(row, {"from", "held", "to", "code"}, self.where)
        times = {name: self.time(row[name], self.where) if name in row else None for name in ("held", "to")}
        from_us = self.time(row.get("from"), self.where)
        return Raised(from_us=from_us, held_us=times["held"], to_us=times["to"], code=row.get("code"))

    def _fence(self, name: str, given: Mapping[str, Any]) -> CaseFence:
        where = f"{self.where}.fences.{name}"
        self.only(given, set(_FENCE_FIELDS), where)
        if not all(isinstance(given.get(field, 0.0), int | float) for field in _FENCE_FIELDS):
            raise RuleError("rule_numbers_needed", where=where)
        return CaseFence(name=name, **{field: float(given.get(field, 0.0)) for field in _FENCE_FIELDS})

    def _fault(self, row: Mapping[str, Any]) -> CaseFault:
        self.only(row, _FAULT_FIELDS, self.where)
        return CaseFault(
            at_us=self.time(row.get("at"), self.where),
            address=int(row.get("sa", -1)),
            spn=int(row.get("spn", 0)),
            fmi=int(row.get("fmi", 0)),
            lamps=int(row.get("lamps", -1)),
            native=not row.get("from_can", False),
        )
