"""How many requests a caller may make a minute: reads, expensive reads and changes are counted apart.

Counted in this process only: with several API processes each grants the whole of it. Who is not signed in is counted by
address (api/anonymous_limits.py), and signing in has limits of its own beside that.
"""

import math
import time
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from fastapi import Request
from limits import RateLimitItem, RateLimitItemPerMinute
from limits.strategies import MovingWindowRateLimiter

from api.recent_requests import RecentRequests
from api.settings import ApiSettings
from fleet.errors import RateLimited
from storage.users import Caller


class Cost(StrEnum):
    """What a request costs the platform; each class has its own limit."""

    READ = "read"
    EXPENSIVE = "expensive"  # long history, the whole fleet at once
    WRITE = "write"


COSTS: Mapping[str, Cost] = {
    "GET /aemp/{edition}/Fleet": Cost.EXPENSIVE,
    "GET /aemp/{edition}/Fleet/{page}": Cost.EXPENSIVE,
    "GET /aemp/{edition}/Fleet/Equipment/{machine}": Cost.EXPENSIVE,
    "GET /api/v1/machines/{machine}/readings": Cost.EXPENSIVE,
    "GET /api/v1/machines/{machine}/extra": Cost.EXPENSIVE,
    "GET /api/v1/machines/{machine}/missing": Cost.EXPENSIVE,
    "GET /api/v1/findings/{finding_id}/evidence": Cost.EXPENSIVE,
    "GET /api/v1/finding-quality": Cost.EXPENSIVE,
    "GET /api/v1/alarms/groups": Cost.EXPENSIVE,
    "GET /api/v1/alarm-load": Cost.EXPENSIVE,
    "GET /api/v1/data-trust/lateness": Cost.EXPENSIVE,
    "GET /api/v1/data-trust/refusals": Cost.EXPENSIVE,
    "GET /api/v1/alarm-load/series": Cost.EXPENSIVE,
    "GET /api/v1/alarm-hand-over": Cost.EXPENSIVE,
    "GET /api/v1/fleet/matrix": Cost.EXPENSIVE,
    "GET /api/v1/machines/{machine}/brief": Cost.EXPENSIVE,
    "GET /api/v1/sites/{site_id}/brief": Cost.EXPENSIVE,
    "GET /api/v1/fleet/brief": Cost.EXPENSIVE,
    "GET /api/v1/fleet/positions": Cost.EXPENSIVE,
}
"""The endpoints that cost something else than their method says; the keys are those of api/policy.py."""


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a caller stands after a request: how many it may make a minute, how many are left, when one comes back."""

    limit: int
    remaining: int
    reset_s: int

    @property
    def headers(self) -> dict[str, str]:
        """The headers that tell of it."""
        return {
            "RateLimit-Limit": str(self.limit),
            "RateLimit-Remaining": str(self.remaining),
            "RateLimit-Reset": str(self.reset_s),
        }


class RateLimits:
    """Counts requests in moving windows of a minute, in this process. `allowed`: how many of a class; 0: any number."""

    def __init__(self, allowed: Mapping[Cost, int]) -> None:
        self._limiter = MovingWindowRateLimiter(RecentRequests())
        self._items: dict[Cost, RateLimitItem] = {c: RateLimitItemPerMinute(n) for c, n in allowed.items() if n}

    def hit(self, principal: str, cost: Cost) -> tuple[bool, Standing | None]:
        """Count one request: whether it may go on, and where the caller stands (None without a limit). Some 20 us."""
        item = self._items.get(cost)
        if item is None:
            return True, None
        may_go_on = self._limiter.hit(item, principal, cost)
        return may_go_on, self._standing(item, principal, cost)

    def standing(self, principal: str, cost: Cost) -> Standing | None:
        """Where the caller stands, without counting anything; None without a limit."""
        item = self._items.get(cost)
        return None if item is None else self._standing(item, principal, cost)

    def _standing(self, item: RateLimitItem, principal: str, cost: Cost) -> Standing:
        window = self._limiter.get_window_stats(item, principal, cost)
        reset_s = max(1, math.ceil(window.reset_time - time.time()))
        return Standing(item.amount, max(0, window.remaining), reset_s)


def limits_of_callers(settings: ApiSettings) -> RateLimits:
    """What one caller may make of this process."""
    return RateLimits(
        {
            Cost.READ: settings.reads_per_minute,
            Cost.EXPENSIVE: settings.expensive_reads_per_minute,
            Cost.WRITE: settings.writes_per_minute,
        }
    )


def cost_of(endpoint: str) -> Cost:
    """What an endpoint ("GET /api/v1/machines") costs."""
    return COSTS.get(endpoint, Cost.READ if endpoint.startswith("GET ") else Cost.WRITE)


def count(request: Request, caller: Caller, cost: Cost) -> None:
    """Count a request of a signed-in caller; its answer tells where the caller stands. Raises RateLimited."""
    limits: RateLimits = request.app.state.rate_limits
    actor = caller.actor
    may_go_on, standing = limits.hit(f"{actor.kind}:{actor.id}", cost)
    request.state.rate_standing = standing
    if standing is not None and not may_go_on:
        raise RateLimited(standing.reset_s)
