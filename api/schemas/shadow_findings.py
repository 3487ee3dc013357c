"""What a rule set finds in shadow, beside what was live."""

from api.schemas.rule_replays import ReplayMachine
from api.schemas.shape import AT, MACHINE_UUID, Instant, SeverityName, Shape, example


class ShadowFinding(Shape):
    """What a set in shadow would have raised."""

    machine: ReplayMachine
    source_key: str
    rules_version: str
    severity: SeverityName
    from_at: Instant
    held_at: Instant
    to_at: Instant | None
    """Null: it had not ended when it was last in shadow."""
    values: dict[str, float | None]
    """The signals that drove it, when it held."""


class ShadowSpan(Shape):
    """When the set was in shadow; `until` null: it still is."""

    at: Instant
    until: Instant | None


class ShadowCounts(Shape):
    """How many findings of a rule held in that time: the set's, and the live one's (late rows, which a set in shadow
    does not see, left out)."""

    source_key: str
    shadow: int
    live: int


class ShadowFindingPage(Shape):
    """A page of what a set found in shadow, those that held last first; `by_rule` counts all of them."""

    items: list[ShadowFinding]
    in_shadow: list[ShadowSpan]
    by_rule: list[ShadowCounts]
    next_cursor: str | None

    model_config = example(
        {
            "items": [
                {
                    "machine": {"id": MACHINE_UUID, "pin": "ECC00EX0001234567", "name": "Excavator 7"},
                    "source_key": "low_oil_pressure",
                    "rules_version": "a1b2c3d4e5f6",
                    "severity": "critical",
                    "from_at": AT,
                    "held_at": AT,
                    "to_at": None,
                    "values": {"engine_oil_pressure_kpa": 71.5},
                }
            ],
            "in_shadow": [{"at": AT, "until": None}],
            "by_rule": [{"source_key": "low_oil_pressure", "shadow": 1, "live": 4}],
            "next_cursor": None,
        }
    )
