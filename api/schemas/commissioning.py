"""The commissioning check of a machine."""

from typing import Any, Literal

from api.schemas.shape import AT, MACHINE_UUID, Instant, Shape, UuidText, Words, example

VerdictName = Literal["ok", "warning", "failed", "unknown"]
ItemCode = Literal[
    "terminal",
    "arriving",
    "clock",
    "units",
    "position",
    "expected",
    "keys",
    "ledger",
    "quarantine",
    "identity",
]
_ITEM: dict[str, Any] = {
    "code": "clock",
    "verdict": "failed",
    "finding": "zone",
    "text": {
        "zh": "时钟相差 -8 小时：很可能把当地时间当作 UTC 发送。",
        "en": "The clock is off by -8 h, a time zone: local time is probably sent as UTC.",
    },
    "advice": {
        "zh": "在终端上改为 UTC，或为终端声明时钟偏移 +28800 秒。",
        "en": "Make the terminal send UTC, or declare a clock offset of +28800 s for it.",
    },
    "facts": {"delay_s": 28801.2, "spread_s": 0.4, "drift_ppm": None},
}


class CommissioningItem(Shape):
    """One thing that was looked at."""

    code: ItemCode
    verdict: VerdictName
    finding: str
    """What was found, as a name to program against."""
    text: Words
    advice: Words | None
    """What to do about it."""
    facts: dict[str, Any]
    """The evidence."""

    model_config = example(_ITEM)


class Commissioning(Shape):
    """The check of a machine: is data arriving, are units plausible, is the clock right, is it on its site."""

    machine_id: UuidText
    pin: str
    name: str
    at: Instant
    verdict: VerdictName
    """The worst of the items; items that cannot be judged do not count."""
    items: list[CommissioningItem]

    model_config = example(
        {
            "machine_id": MACHINE_UUID,
            "pin": "ECC00EX0001234567",
            "name": "Excavator 7",
            "at": AT,
            "verdict": "failed",
            "items": [_ITEM],
        }
    )
