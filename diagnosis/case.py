"""Runs the tests that stand beside a rule."""

from collections.abc import Collection
from dataclasses import dataclass
from zoneinfo import ZoneInfo

import numpy as np

from diagnosis.engine import Engine, Rows
from diagnosis.local_time import LocalPlace
from diagnosis.machine_facts import MachineFacts, MachineFence
from diagnosis.rule import CaseFence, Raised, Rule, RuleTest
from diagnosis.ruleset import RuleSet
from diagnosis.syntax import FenceKey
from fleet.batch import BoolArray, EventBatch, EventKind, FaultSource, Float64Array
from fleet.findings import Finding, SourceKind
from fleet.local_projection import LocalProjection
from fleet.signals import Catalogue
from fleet.wall_clock import get_zone
from fleet.working_calendar import Hours, WorkingCalendar

START_US = 1_700_000_000_000_000
"""When the machine of a test is switched on: Tuesday 2023-11-14 22:13:20 UTC."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a test raised against what it expects; `passed` when they agree."""

    rule: str
    test: str
    expected: tuple[Raised, ...]
    found: tuple[Raised, ...]

    @property
    def passed(self) -> bool:
        """Whether every expected finding came, at its times, and no other."""
        return len(self.expected) == len(self.found) and all(map(_agrees, self.expected, self.found))


def _agrees(expected: Raised, found: Raised) -> bool:
    held_agrees = expected.held_us is None or expected.held_us == found.held_us
    same = (expected.from_us, expected.to_us, expected.code) == (found.from_us, found.to_us, found.code)
    return same and held_agrees


def run_test(rule: Rule, test: RuleTest, catalogue: Catalogue) -> Outcome:
    """Judge a test's machine with this rule alone."""
    engine = Engine(catalogue, RuleSet([rule]))
    engine.set_facts(case_facts(test, catalogue, engine.fences))
    judgement = engine.judge(case_rows(test, catalogue), case_events(test, catalogue), engine.fresh_state())
    return Outcome(rule.key, test.name, tuple(sorted(test.raises, key=_in_order)), _raised(judgement.findings))


def _raised(findings: tuple[Finding, ...]) -> tuple[Raised, ...]:
    last: dict[tuple[str, int], Finding] = {(f.source_key, f.from_us): f for f in findings}
    found = [
        Raised(
            from_us=finding.from_us - START_US,
            held_us=finding.held_us - START_US,
            to_us=None if finding.to_us is None else finding.to_us - START_US,
            code=finding.source_key if finding.source_kind is SourceKind.DTC else None,
        )
        for finding in last.values()
    ]
    return tuple(sorted(found, key=_in_order))


def _in_order(raised: Raised) -> tuple[int, str]:
    return raised.from_us, raised.code or ""


def case_facts(test: RuleTest, catalogue: Catalogue, fences: Collection[FenceKey]) -> MachineFacts:
    """What is known of a test's machine, with the fences that its rule asks for."""
    told = {key for _, reading in test.readings for key in reading} if test.reports is None else test.reports
    return MachineFacts(
        nominal_voltage_v=np.array([test.nominal_voltage_v]),
        kind=[test.kind],
        model=[test.model],
        software=[test.software],
        mode=[test.mode],
        reports=np.isin(catalogue.keys, sorted(told))[None, :],
        fences={key: [_circles(fence, key[1]) for fence in test.fences if fence.name == key[0]] for key in fences},
        places=[] if test.time_zone is None else [_place(get_zone(test.time_zone), test.working_hours)],
        place=None if test.time_zone is None else np.zeros(1, np.int32),
    )


def _place(zone: ZoneInfo, hours: Hours | None) -> LocalPlace:
    if hours is None:
        return LocalPlace(zone)
    return LocalPlace(zone, WorkingCalendar(zone=zone, weekdays=dict.fromkeys(range(7), hours)))


def _circles(fence: CaseFence, buffer_m: float | None) -> MachineFence:
    centre = LocalProjection(fence.latitude_deg, fence.longitude_deg)
    reach_m = fence.radius_m + (fence.buffer_m if buffer_m is None else buffer_m)
    return MachineFence(np.zeros(1, np.int32), Circle(centre, fence.radius_m), Circle(centre, reach_m))


@dataclass(frozen=True, slots=True)
class Circle:
    """A circle on the ground, its edge belonging to it."""

    centre: LocalProjection
    radius_m: float

    def contains(self, latitude_deg: Float64Array, longitude_deg: Float64Array) -> BoolArray:
        """Which places lie in it."""
        inside: BoolArray = np.hypot(*self.centre.metres(latitude_deg, longitude_deg)) <= self.radius_m
        return inside


def case_rows(test: RuleTest, catalogue: Catalogue) -> Rows:
    """The readings of a test as rows of machine 0."""
    values = np.full((len(test.readings), len(catalogue)), np.nan)
    for row, (_, reading) in enumerate(test.readings):
        for key, value in reading.items():
            values[row, catalogue.index[key]] = value
    values[:, catalogue.is_float4] = values[:, catalogue.is_float4].astype(np.float32)
    at_us = np.array([START_US + at for at, _ in test.readings], np.int64)
    return Rows(np.zeros(len(at_us), np.int32), at_us, values)


def case_events(test: RuleTest, catalogue: Catalogue) -> EventBatch:
    """The faults and sensor errors of a test as events of machine 0."""
    faults = [
        (fault.at_us, EventKind.FAULT, fault.address, fault.spn, fault.fmi, fault.lamps, -1,
         FaultSource.NATIVE if fault.native else FaultSource.CAN)
        for fault in test.faults
    ]  # fmt: skip
    errors = [(at, EventKind.SENSOR_ERROR, -1, -1, -1, -1, catalogue.index[key], 1) for at, key in test.sensor_errors]
    rows = np.array([*faults, *errors], np.int64).reshape(-1, 8)
    n = len(rows)
    at_us, kind, address, spn, fmi, lamps, signal, value = rows.T
    return EventBatch(
        message=np.zeros(n, np.int32),
        machine=np.zeros(n, np.int32),
        measured_at_us=at_us + START_US,
        received_at_us=at_us + START_US,
        kind=kind.astype(np.int16),
        source_address=address.astype(np.int16),
        spn=spn.astype(np.int32),
        fmi=fmi.astype(np.int16),
        count=np.full(n, -1, np.int16),
        lamps=lamps.astype(np.int16),
        signal=signal.astype(np.int16),
        value=value.astype(np.int16),
        text=[None] * n,
    )
