"""What follows from an attempt to deliver: done, again later, given up, or the webhook is paused."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from storage.webhook_sending import Endpoint, Outcome

SHORTEST_PAUSE, LONGEST_PAUSE = timedelta(seconds=5), timedelta(hours=1)
TRIED_FOR = timedelta(days=1)  # then an event is given up
PAUSED_AFTER = 5  # events given up in a row
_GONE = 410


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What to do after an attempt. `pause`: why the webhook is paused with it."""

    outcome: Outcome
    next_attempt_at: datetime | None = None
    pause: str | None = None


def is_taken(status: int | None) -> bool:
    """True when the receiver has taken the event: any 2xx."""
    return status is not None and 200 <= status < 300


def verdict(endpoint: Endpoint, status: int | None, now: datetime) -> Verdict:
    """What follows from an answer (None: there was none) to the event behind the endpoint's cursor.

    An event is tried again after 5 s, 10 s, 20 s ... an hour, for a day; then it is given up. Those behind a given up
    one get one attempt each, until one is taken; PAUSED_AFTER given up in a row pause the webhook, 410 does at once.
    """
    if is_taken(status):
        return Verdict(outcome="delivered")
    if status == _GONE:
        return Verdict(outcome="failed", pause="gone")
    began = endpoint.first_attempt_at or now
    pause = min(LONGEST_PAUSE, SHORTEST_PAUSE * 2 ** min(endpoint.attempts, 20))
    if endpoint.failed_in_a_row == 0 and now + pause <= began + TRIED_FOR:
        return Verdict(outcome="retrying", next_attempt_at=now + pause)
    return Verdict(outcome="failed", pause="failing" if endpoint.failed_in_a_row + 1 >= PAUSED_AFTER else None)
