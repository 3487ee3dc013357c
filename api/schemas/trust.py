"""Which sensors of a machine are not trusted."""

from typing import Any, Literal

from api.schemas.shape import AT, MACHINE_UUID, Instant, Shape, UuidText, Words, example

DistrustReason = Literal["stuck", "rate", "physics", "dropout", "errors"]
_SPAN: dict[str, Any] = {
    "signal": "engine_coolant_temp_degc",
    "text": {"zh": "冷却液温度", "en": "Coolant temperature"},
    "score": 0.1,
    "reasons": ["stuck"],
    "checks": ["coolant_temp_stuck"],
    "from_at": AT,
    "to_at": None,
    "silent_rules": ["coolant_overheat"],
}


class SignalTrust(Shape):
    """A time in which a signal was not trusted."""

    signal: str
    text: Words
    score: float
    """From 0, nothing speaks for it, to 1; below 0.5 it is not trusted."""
    reasons: list[DistrustReason]
    checks: list[str]
    """What says so: see docs/fault-knowledge.md."""
    from_at: Instant
    to_at: Instant | None
    """None while it lasts."""
    silent_rules: list[str]
    """Rules that cannot hold meanwhile."""

    model_config = example(_SPAN)


class MachineTrust(Shape):
    """What is not trusted of a machine, and what was not in the last 90 days; every other signal is."""

    machine_id: UuidText
    items: list[SignalTrust]
    next_cursor: None = None

    model_config = example({"machine_id": MACHINE_UUID, "items": [_SPAN], "next_cursor": None})
