"""Requests in moving windows: what a naive count of all instants says, and nothing kept for long."""

import threading
from random import Random

from limits import RateLimitItemPerMinute
from limits.strategies import MovingWindowRateLimiter

from api import recent_requests
from api.recent_requests import RecentRequests


def test_windows_are_those_of_a_naive_count(monkeypatch):
    clock = [1_000.0]
    monkeypatch.setattr(recent_requests.time, "time", lambda: clock[0])  # a minute takes a minute
    storage, chance = RecentRequests(), Random(4)
    limiter, item = MovingWindowRateLimiter(storage), RateLimitItemPerMinute(5)
    granted: dict[str, list[float]] = {}
    refused = 0
    for _ in range(5_000):
        clock[0] += chance.expovariate(0.4)
        key = chance.choice("ab")
        within = [at for at in granted.get(key, []) if at >= clock[0] - 60]
        may = limiter.hit(item, key)
        assert may == (len(within) < 5)
        refused += not may
        if may:
            granted.setdefault(key, []).append(clock[0])
            within.append(clock[0])
        window = limiter.get_window_stats(item, key)
        assert (window.remaining, window.reset_time) == (5 - len(within), within[0] + 60)
    assert refused > 100


def test_who_has_not_asked_for_a_window_is_forgotten(monkeypatch):
    clock = [0.0]
    monkeypatch.setattr(recent_requests.time, "time", lambda: clock[0])  # a minute takes a minute
    storage = RecentRequests()
    for n in range(10_000):
        clock[0] += 0.01
        assert storage.acquire_entry(f"k{n}", 5, 60)
    assert storage.reset() <= 6_001


def test_counting_starts_no_thread():
    storage = RecentRequests()
    before = threading.active_count()
    assert all(storage.acquire_entry("k", 100, 60) for _ in range(100))
    assert threading.active_count() == before
    assert not storage.acquire_entry("k", 100, 60)
