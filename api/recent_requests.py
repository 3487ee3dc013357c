"""When each caller asked lately, for `limits`' moving windows, in this process.

The library's own memory starts a thread for every 10 ms in which something is counted, and the event loop waits until
the scheduler has let that thread begin: 3 ms at p95 on busy cores, this 0.1.
"""

import time
from collections import OrderedDict, deque

from limits.storage import MovingWindowSupport, Storage


class RecentRequests(Storage, MovingWindowSupport):
    """The instants of each key's requests, the oldest first; keys in the order in which they were last counted.

    Each is counted in constant time on average, and a key that has not been counted for its window is forgotten.
    """

    STORAGE_SCHEME = ["ecc-memory"]  # noqa: RUF012 - as the library declares it

    def __init__(self) -> None:
        super().__init__()
        self._counted: OrderedDict[str, deque[float]] = OrderedDict()
        self._longest_s = 0.0

    def acquire_entry(self, key: str, limit: int, expiry: int, amount: int = 1) -> bool:
        """Count `amount` requests unless more than `limit` would lie within the last `expiry` seconds."""
        now = time.time()
        self._longest_s = max(self._longest_s, expiry)
        counted = self._within(key, now - expiry)
        if len(counted) + amount > limit:
            return False
        counted.extend([now] * amount)
        self._counted[key] = counted
        self._counted.move_to_end(key)
        self._forget(now - self._longest_s)
        return True

    def get_moving_window(self, key: str, limit: int, expiry: int) -> tuple[float, int]:
        """When the window began (the oldest request in it; now without one), and how many requests are in it."""
        now = time.time()
        counted = self._within(key, now - expiry)
        return (counted[0] if counted else now), len(counted)

    def _within(self, key: str, since: float) -> deque[float]:
        counted = self._counted.get(key)
        if counted is None:
            return deque()
        while counted and counted[0] < since:
            counted.popleft()
        return counted

    def _forget(self, before: float) -> None:
        while self._counted:
            key, counted = next(iter(self._counted.items()))
            if counted and counted[-1] >= before:
                return
            del self._counted[key]

    @property
    def base_exceptions(self) -> type[Exception]:
        """None are wrapped."""
        return ValueError

    def check(self) -> bool:
        """Memory is always there."""
        return True

    def reset(self) -> int:
        """Forget everything; how many keys."""
        count = len(self._counted)
        self._counted.clear()
        return count

    def clear(self, key: str) -> None:
        """Forget one key."""
        self._counted.pop(key, None)

    def incr(self, key: str, expiry: int, amount: int = 1) -> int:
        """Fixed windows are not kept."""
        raise NotImplementedError

    def get(self, key: str) -> int:
        """Fixed windows are not kept."""
        raise NotImplementedError

    def get_expiry(self, key: str) -> float:
        """Fixed windows are not kept."""
        raise NotImplementedError
