"""A site's edits checked without being kept, one rule with its tests, and who switched rule sets."""

from typing import Any, Literal

from pydantic import ConfigDict, Field

from api.schemas.accounts import Input
from api.schemas.alarms import AlarmLimit
from api.schemas.rule_sets import RuleOfSet, SetRoleName
from api.schemas.shape import AT, Instant, Shape, Words, example

SwitchActionName = Literal["enter", "promote", "rollback", "shadow"]
_TEXT = 'language = 1\n\n[low_fuel]\nfor = "20s"\ntests = []\n'
_TEST: dict[str, Any] = {
    "rule": "low_fuel",
    "name": "below the limit fires",
    "line": 6,
    "passed": True,
    "at_s": [0.0, 20.0, 60.0],
    "signals": {"fuel_level_pct": [9.0, 9.0, 80.0]},
    "codes": [],
    "facts": {"kind": "excavator"},
    "expected": [{"from_s": 0.0, "held_s": 20.0, "to_s": 60.0, "code": None}],
    "found": [{"from_s": 0.0, "held_s": 20.0, "to_s": 60.0, "code": None}],
}
_LIMIT = {"key": "fuel_level_pct", "comparison": "<", "value": 10.0, "unit": "%"}


class RuleDraft(Input):
    """A site's edits on a shipped set as far as they are written."""

    text: str = Field(max_length=60_000)
    """TOML: the whole of the site's edits (docs/rule-language.md)."""
    base: str = Field(default="base", pattern=r"^([1-9][0-9]{0,8}|live|shadow|base)$")
    """The shipped set that they lie on; the newest when left out."""
    rule: str | None = Field(default=None, pattern=r"^[a-z0-9_]{1,60}$")
    """Only this rule's tests are run; those of all changed and added rules when left out."""

    model_config = ConfigDict(json_schema_extra={"example": {"text": _TEXT, "rule": "low_fuel"}})


class RuleProblem(Shape):
    """What is wrong in a text, or may be a slip."""

    where: str
    """The rule and its member; empty: the whole text."""
    line: int | None
    """Lines and columns count from 1; null where the text has no such place."""
    column: int | None
    end_column: int | None
    """Behind the last character on that line."""
    message: Words


class Stretch(Shape):
    """A finding of a test, in seconds from the test's start."""

    from_s: float
    held_s: float | None
    """When it had held long enough; null where the test does not say."""
    to_s: float | None
    """Null: still open at the end."""
    code: str | None
    """Of a fault code: `SA/SPN/FMI`."""


class CaseCode(Shape):
    """A fault row of a test; SPN 0 and FMI 0: no code is active."""

    at_s: float
    spn: int
    fmi: int


class RuleTestRun(Shape):
    """A test that stands beside a rule, judged by the engine that judges the stream."""

    rule: str
    name: str
    line: int | None
    """Where it begins in the text; null for one that shipped with the rule."""
    passed: bool
    at_s: list[float]
    """The instants of its rows, in seconds from its start."""
    signals: dict[str, list[float | None]]
    """At these instants; null: not reported."""
    codes: list[CaseCode]
    facts: dict[str, str]
    """What it says of its machine."""
    expected: list[Stretch]
    found: list[Stretch]


class RuleLimits(Shape):
    """The limits of a changed rule's condition, for drawing; none of a condition that is more than comparisons."""

    rule: str
    limits: list[AlarmLimit]


class CheckedEdits(Shape):
    """What a site's edits come to. Every rule is looked at, also where another one has a mistake."""

    problems: list[RuleProblem]
    """With these they are refused."""
    warnings: list[RuleProblem]
    """What may be a slip: kinds and models that no machine has yet."""
    changed: list[str]
    added: list[str]
    off: list[str]
    overrides: int
    """Machines that they give limits of their own."""
    tests: list[RuleTestRun]
    """Of rules without a mistake. Edits with a test that fails are refused, too."""
    limits: list[RuleLimits]

    model_config = example(
        {
            "problems": [
                {
                    "where": "low_oil_pressure.when",
                    "line": 7,
                    "column": 35,
                    "end_column": 39,
                    "message": {"zh": "压力(kPa)不能与温度(degC)比较", "en": "kPa is not compared with degC"},
                }
            ],
            "warnings": [],
            "changed": ["low_fuel", "low_oil_pressure"],
            "added": [],
            "off": [],
            "overrides": 0,
            "tests": [_TEST],
            "limits": [{"rule": "low_fuel", "limits": [_LIMIT]}],
        }
    )


class WholeRule(RuleOfSet):
    """One rule of a set with all that stands beside it."""

    owner: Words
    """One plain sentence for the machine's owner."""
    expert: Words
    max_gap_s: float
    latched: bool
    suppressed_in: list[str]
    inhibits: list[str]
    """Rules and fault codes that follow from it."""
    signals: list[str]
    """It reads these."""
    plain_limits: list[AlarmLimit]
    """For drawing; none of a condition that is more than comparisons."""
    text: str
    """What decides on its findings and alarms, with its tests, as TOML to begin an edit with."""
    shipped: str | None
    """The file in which it shipped; null for a rule of the site's own."""
    tests: list[RuleTestRun]

    model_config = example(
        {
            "key": "low_fuel",
            "severity": "low",
            "title": {"zh": "燃油不足", "en": "Low fuel"},
            "when": "fuel_level_pct < least",
            "clear": "fuel_level_pct > least + 5 %",
            "for_s": 15.0,
            "limits": {"least": "10 %"},
            "applies_to": "all",
            "causes": [],
            "checks": [],
            "sources": [],
            "owner": {"zh": "请安排加油。", "en": "Please refuel."},
            "expert": {"zh": "油位低于10 %。", "en": "Fuel level below 10 %."},
            "max_gap_s": 60.0,
            "latched": False,
            "suppressed_in": ["in_repair", "transport", "stored"],
            "inhibits": [],
            "signals": ["fuel_level_pct"],
            "plain_limits": [_LIMIT],
            "text": '[low_fuel]\nwhen = "fuel_level_pct < least"\n',
            "shipped": None,
            "tests": [_TEST],
        }
    )


class RuleSetSwitch(Shape):
    """A rule set took a role."""

    id: int
    role: SetRoleName
    rule_set_id: int | None
    """Null: no set is in shadow any more."""
    replay_id: int | None
    """The record by which it went live."""
    action: SwitchActionName
    at: Instant
    by: str


class RuleSetSwitchPage(Shape):
    """A page of switches, the newest first."""

    items: list[RuleSetSwitch]
    back_to: int | None
    """The set that POST /rule-sets/rollback would make live; null: there was none before."""
    next_cursor: str | None

    model_config = example(
        {
            "items": [
                {"id": 4, "role": "live", "rule_set_id": 7, "replay_id": 12, "action": "promote", "at": AT, "by": "me"}
            ],
            "back_to": 3,
            "next_cursor": None,
        }
    )
