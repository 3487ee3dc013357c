"""The kinds of events that the live stream and webhooks tell of, and whether a condition on them means any."""

from collections.abc import Iterable
from difflib import get_close_matches
from typing import Final

from alerts.lifecycle import TransitionKind
from fleet.errors import InvalidInput
from fleet.reasons import reason

TEST_KIND: Final = "webhook.test"  # in no log: sent when its owner asks for it
REMINDER_KINDS: Final = ("reminder.soon", "reminder.due", "reminder.overdue")
FLOOD_KINDS: Final = ("alarm_flood.began", "alarm_flood.ended")
KINDS: Final = (
    *(f"alarm.{kind}" for kind in TransitionKind),
    *FLOOD_KINDS,
    *REMINDER_KINDS,
    "webhook.paused",
    TEST_KIND,
)


def check_kinds(wanted: Iterable[str]) -> None:
    """Raise InvalidInput unless each is a kind that there is, or ends in `*` and begins as one of them."""
    for kind in wanted:
        if kind in KINDS or (kind.endswith("*") and any(known.startswith(kind[:-1]) for known in KINDS)):
            continue
        nearest = get_close_matches(kind, KINDS, n=1)
        known = reason("kind_near", nearest=nearest[0]) if nearest else reason("kinds_known", known=KINDS)
        raise InvalidInput("unknown_event_kind", where="kinds", kind=kind, known=known)
