"""A site's edits checked without being kept, and one rule of a set with its tests run: for `ecc rules check` and the
workshop's editor."""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from diagnosis.draft import Base, Draft, TestRun, check_draft
from diagnosis.errors import RuleError
from diagnosis.layers import tables_of
from diagnosis.rule import Raised, Rule, RuleTest
from diagnosis.rule_places import Place
from fleet.errors import InvalidInput
from fleet.reasons import Reason, Said
from fleet.signals import Catalogue
from storage.read_pool import Connection
from storage.rule_sets import StoredRules
from usecases.edit_rule_sets import get_rule_set, known_names, override_machines, slip_said
from usecases.master_data import Author
from usecases.read_alarm_limits import AlarmLimit, alarm_limits
from usecases.read_alarm_words import Words
from usecases.rules_in_force import parsed

_tables: dict[str, Mapping[str, Any]] = {}  # content hash of a shipped set -> its tables
KEPT = 4  # a hundred tables take 0.1 s to read
_FACTS = ("kind", "model", "software", "mode", "time_zone")


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleProblem:
    """A mistake or a slip with its place in the text; columns count from 1, end_column is behind the last character."""

    where: str
    line: int | None
    column: int | None
    end_column: int | None
    message: Words


@dataclass(frozen=True, slots=True, kw_only=True)
class Stretch:
    """A finding of a test, in seconds from its start; to_s None: still open at the end; held_s None: not told."""

    from_s: float
    held_s: float | None
    to_s: float | None
    code: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseCode:
    """A fault row of a test."""

    at_s: float
    spn: int
    fmi: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleTestRun:
    """A test beside a rule as it went; see api.schemas.rule_checks."""

    rule: str
    name: str
    line: int | None
    passed: bool
    at_s: list[float]
    signals: dict[str, list[float | None]]
    codes: list[CaseCode]
    facts: dict[str, str]
    expected: list[Stretch]
    found: list[Stretch]


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleLimits:
    """The limits of a rule's condition, for drawing."""

    rule: str
    limits: list[AlarmLimit]


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckedEdits:
    """What the edits come to."""

    problems: list[RuleProblem]
    warnings: list[RuleProblem]
    changed: list[str]
    added: list[str]
    off: list[str]
    overrides: int
    tests: list[RuleTestRun]
    limits: list[RuleLimits]

    @property
    def can_be_entered(self) -> bool:
        """Whether POST /rule-sets takes them: tests that were not run may yet fail."""
        return not self.problems and all(test.passed for test in self.tests)


async def check_edits(
    conn: Connection, by: Author, text: str, *, catalogue: Catalogue, base: str = "base", rule: str | None = None
) -> CheckedEdits:
    """Check a site's edits on a base set; `rule`: only its tests are run. Nothing is kept. Raises NotFound and
    InvalidInput."""
    below = await get_rule_set(conn, base)
    if below.kind != "base":
        raise InvalidInput("rule_set_no_base", where="base", number=below.rule_set_id)
    shipped = parsed(below, catalogue)
    known = await known_names(conn, shipped)
    ground = Base(tables=base_tables(below), rules=shipped.by_key)
    draft = check_draft(ground, text, catalogue, known, None if rule is None else {rule})
    problems = [_problem(one.where, one.place, one.told) for one in draft.mistakes]
    problems += await _machine_problems(conn, by, draft)
    return CheckedEdits(
        problems=problems,
        warnings=[_problem(one.where, place, slip_said(one)) for one, place in draft.strangers],
        changed=draft.changed,
        added=draft.added,
        off=draft.off,
        overrides=len(draft.overrides),
        tests=[shown_test(one) for one in draft.tests],
        limits=[rule_limits(one, catalogue) for one in draft.rules.values()],
    )


def base_tables(below: StoredRules) -> Mapping[str, Any]:
    """The tables of a shipped set. Raises RuleError when this program cannot read them."""
    if below.content_hash not in _tables:
        _tables[below.content_hash] = tables_of(below.files)
        if len(_tables) > KEPT:
            _tables.pop(next(iter(_tables)), None)
    return _tables[below.content_hash]


def rule_limits(rule: Rule, catalogue: Catalogue) -> RuleLimits:
    """The limits of a rule."""
    return RuleLimits(rule=rule.key, limits=alarm_limits(rule, catalogue))


async def _machine_problems(conn: Connection, by: Author, draft: Draft) -> list[RuleProblem]:
    try:
        await override_machines(conn, by, draft.overrides)
    except RuleError as error:
        named = error.reason.values.get("found") if error.reason else None
        spots = zip(draft.overrides, draft.override_places, strict=True)
        place = next((spot for one, spot in spots if named in {None, one.machine}), None)
        return [_problem("override", place, error.reason or Said(str(error)))]
    return []


def _problem(where: str, place: Place | None, told: Reason | Said) -> RuleProblem:
    zh, en = (told.in_language(one) if isinstance(told, Reason) else str(told) for one in ("zh", "en"))
    return RuleProblem(
        where=where,
        line=None if place is None else place.line,
        column=None if place is None else place.column,
        end_column=None if place is None else place.end_column,
        message=Words(zh=zh, en=en),
    )


def shown_test(run: TestRun) -> RuleTestRun:
    """A test as it is shown."""
    test = run.test
    keys = dict.fromkeys(key for _, reading in test.readings for key in reading)
    return RuleTestRun(
        rule=run.rule,
        name=test.name,
        line=None if run.place is None else run.place.line,
        passed=run.outcome.passed,
        at_s=[at / 1e6 for at, _ in test.readings],
        signals={key: [reading.get(key) for _, reading in test.readings] for key in keys},
        codes=[CaseCode(at_s=one.at_us / 1e6, spn=one.spn, fmi=one.fmi) for one in test.faults],
        facts=_facts(test),
        expected=_stretches(run.outcome.expected),
        found=_stretches(run.outcome.found),
    )


def _facts(test: RuleTest) -> dict[str, str]:
    facts = {name: str(value) for name in _FACTS if (value := getattr(test, name)) is not None}
    volts = {} if math.isnan(test.nominal_voltage_v) else {"nominal_voltage_v": f"{test.nominal_voltage_v:g}"}
    return facts | volts


def _stretches(raised: Iterable[Raised]) -> list[Stretch]:
    return [
        Stretch(
            from_s=one.from_us / 1e6,
            held_s=None if one.held_us is None else one.held_us / 1e6,
            to_s=None if one.to_us is None else one.to_us / 1e6,
            code=one.code,
        )
        for one in raised
    ]
