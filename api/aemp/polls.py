"""How often a caller may ask for the same snapshot: it changes slowly, and impatient clients ask at full speed."""

import math
import time

from fastapi import Request
from limits import RateLimitItemPerMinute
from limits.strategies import MovingWindowRateLimiter

from api.rate_limits import Standing
from api.recent_requests import RecentRequests
from api.settings import ApiSettings
from fleet.errors import RateLimited
from storage.users import Caller


class Polls:
    """Counts, in this process, how often each caller asked for each snapshot in the last quarter of an hour."""

    def __init__(self, settings: ApiSettings) -> None:
        allowed = settings.aemp_polls_per_quarter_hour
        self._item = RateLimitItemPerMinute(allowed, 15) if allowed else None
        self._limiter = MovingWindowRateLimiter(RecentRequests())

    def count(self, request: Request, caller: Caller, snapshot: str) -> None:
        """Count one request. Raises RateLimited when it is one too many; the headers then tell of this limit."""
        if self._item is None:
            return
        key = f"{caller.actor.kind}:{caller.actor.id}"
        if not self._limiter.hit(self._item, key, snapshot):
            window = self._limiter.get_window_stats(self._item, key, snapshot)
            reset_s = max(1, math.ceil(window.reset_time - time.time()))
            request.state.rate_standing = Standing(self._item.amount, 0, reset_s)
            raise RateLimited(reset_s)


def polls_of(request: Request) -> Polls:
    """The process's counter."""
    polls: Polls = request.app.state.aemp_polls
    return polls
