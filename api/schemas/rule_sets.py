"""Rule sets: what shipped, a site's edits, what is live."""

from typing import Any, Literal

from pydantic import ConfigDict, Field

from api.schemas.accounts import Input
from api.schemas.shape import AT, Instant, SeverityName, Shape, Words, example

SetKindName = Literal["base", "site"]
SetRoleName = Literal["live", "shadow"]
_SET: dict[str, Any] = {
    "id": 7,
    "kind": "site",
    "base_id": 3,
    "rules_version": "a1b2c3d4e5f6",
    "role": None,
    "replays": 1,
    "revision": 5,
    "note": "oil pressure: less nervous",
    "entered_at": AT,
    "entered_by": "expert",
}
_TEXT = '[low_oil_pressure]\nfor = "20s"\ntests = []\n'


class NewRuleSet(Input):
    """A site's edits on a shipped set."""

    text: str = Field(min_length=1, max_length=60_000)
    """TOML: the whole of the site's edits (docs/rule-language.md)."""
    base: str = Field(default="base", pattern=r"^([1-9][0-9]{0,8}|live|shadow|base)$")
    """The shipped set that they lie on; the newest when left out."""
    note: str = Field(default="", max_length=500)

    model_config = ConfigDict(
        json_schema_extra={"example": {"text": f"language = 1\n\n{_TEXT}", "note": "less nervous"}}
    )


class RuleSet(Shape):
    """Rules that are judged together. Sets are never changed; `revision` counts what becomes of them."""

    id: int
    kind: SetKindName
    """`base`: it shipped; `site`: a site's edits on one that shipped."""
    base_id: int | None
    rules_version: str
    """The name that findings have it by; sets that differ in words only share one."""
    role: SetRoleName | None
    replays: int
    """Records that let it be promoted."""
    revision: int
    """Its ETag: a replay that is done, and any set that goes live or into shadow, make it another one."""
    note: str
    entered_at: Instant
    entered_by: str

    model_config = example(_SET)


class RuleSetPage(Shape):
    """A page of rule sets, the newest first."""

    items: list[RuleSet]
    next_cursor: str | None

    model_config = example({"items": [_SET], "next_cursor": None})


class RuleWords(Shape):
    """A cause or a check with its words."""

    key: str
    text: Words


class RuleOfSet(Shape):
    """One rule as its set has it."""

    key: str
    severity: SeverityName | None
    """Null: by the code."""
    title: Words
    when: str
    clear: str
    for_s: float
    limits: dict[str, str]
    """Numbers with a name that a machine may have its own value of."""
    applies_to: str
    causes: list[RuleWords]
    checks: list[RuleWords]
    sources: list[str]
    """Where its thresholds come from."""


class RuleSetDetail(RuleSet):
    """A rule set with its rules and its texts."""

    rules: list[RuleOfSet]
    files: dict[str, str]
    """As they were entered; of a site's set its edits."""

    model_config = example(
        _SET
        | {
            "rules": [
                {
                    "key": "low_oil_pressure",
                    "severity": "critical",
                    "title": {"zh": "机油压力低", "en": "Low oil pressure"},
                    "when": "engine_oil_pressure_kpa < lowest and engine_speed_rpm > 600",
                    "clear": "engine_oil_pressure_kpa > lowest + 40 kPa",
                    "for_s": 20.0,
                    "limits": {"lowest": "100 kPa"},
                    "applies_to": "all",
                    "causes": [{"key": "oil_level_low", "text": {"zh": "机油油位低", "en": "oil level low"}}],
                    "checks": [
                        {"key": "compare_with_gauge", "text": {"zh": "用压力表对比", "en": "compare with a gauge"}}
                    ],
                    "sources": ["Cummins B series specifications: at least 69 kPa at low idle"],
                }
            ],
            "files": {"site.toml": f"language = 1\n\n{_TEXT}"},
        }
    )


class EnteredRuleSet(RuleSet):
    """A set that a site's edits made, and what they do."""

    is_new: bool
    """False: the very same edits were there."""
    changed: list[str]
    added: list[str]
    off: list[str]
    overrides: int
    """Machines that the edits give limits of their own."""
    warnings: list[Words]
    """What may be a slip: kinds and models that no machine has yet."""

    model_config = example(
        _SET | {"is_new": True, "changed": ["low_oil_pressure"], "added": [], "off": [], "overrides": 0, "warnings": []}
    )


class MemberDifference(Shape):
    """What a member of a rule is in this set and in the other; null where a set has no such rule."""

    name: str
    here: str | None
    there: str | None


class RuleDifference(Shape):
    """A rule that two sets have differently."""

    key: str
    members: list[MemberDifference]


class RuleDifferences(Shape):
    """What differs between two sets, rule by rule."""

    items: list[RuleDifference]

    model_config = example(
        {"items": [{"key": "low_oil_pressure", "members": [{"name": "for", "here": "20s", "there": "10s"}]}]}
    )
