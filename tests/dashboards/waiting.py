"""Waiting for what a page will show in a moment."""

from __future__ import annotations

import time
from collections.abc import Callable


def until(holds: Callable[[], bool], *, within_s: float) -> None:
    """Ask again and again until it holds; fails after `within_s`."""
    deadline = time.monotonic() + within_s
    while not holds():
        assert time.monotonic() < deadline, f"it did not happen within {within_s:g} s"
        time.sleep(0.1)
