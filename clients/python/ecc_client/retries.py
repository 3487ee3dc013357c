"""When a request is sent again, and after how long."""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass

ONCE = "Idempotency-Key"
_REPEATABLE = frozenset({"GET", "HEAD", "OPTIONS", "PUT"})
_TRY_AGAIN = frozenset({429, 502, 503, 504})


@dataclass(frozen=True, slots=True, kw_only=True)
class Retries:
    """How often a request is sent at most, and the pauses between: `first_pause_s`, doubled each time, with jitter.

    A Retry-After counts instead of the pause; when it asks for more than `longest_pause_s`, the error is raised at
    once and says how long. `Retries(attempts=1)` sends everything once.
    """

    attempts: int = 5
    first_pause_s: float = 0.5
    longest_pause_s: float = 60.0

    def pause_s(self, attempt: int, asked_s: float | None = None) -> float:
        """The pause after the attempt of this number (from 1)."""
        if asked_s is not None:
            return asked_s
        longest = min(self.longest_pause_s, self.first_pause_s * 2.0 ** min(attempt - 1, 30))
        return longest * random.uniform(0.5, 1.0)

    def again(self, attempt: int, method: str, headers: Mapping[str, str], status: int, asked_s: float | None) -> bool:
        """Whether an answer of this status is worth another attempt."""
        return (
            attempt < self.attempts
            and status in _TRY_AGAIN
            and is_repeatable(method, headers)
            and (asked_s or 0.0) <= self.longest_pause_s
        )


def is_repeatable(method: str, headers: Mapping[str, str]) -> bool:
    """Whether sending it twice does what sending it once does.

    PATCH and DELETE name a version: the second of two is refused as stale although the first was done, so only reading
    and a POST with a key of its own are repeated.
    """
    return method in _REPEATABLE or ONCE in headers
