"""Waiting until a process that was started serves: as long as it lives, and saying so."""

import contextlib
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from http.client import HTTPException

from app.supervisor import Child

SAY_EVERY_S = 15.0
READY_WITHIN_S = 1_800.0  # a process that lives and never serves: half an hour on the most loaded machine
LAST_LINES = 15
_ASK_EVERY_S = 0.1


def wait_ready(child: Child, port: int, stop: threading.Event, say: Callable[[str], None]) -> str | None:
    """None once it serves /readyz at the loopback's `port`, or `stop` is set; else why it never will, in words."""
    began = said = time.monotonic()
    while not stop.is_set():
        if _serves(port):
            return None
        waited = time.monotonic() - began
        if not child.running:
            return f"The {child.name} ended (exit code {child.exit_code}) before it was ready.{_last_words(child)}"
        if waited > READY_WITHIN_S:
            return f"The {child.name} was not ready after {READY_WITHIN_S / 60:.0f} minutes.{_last_words(child)}"
        if time.monotonic() - said >= SAY_EVERY_S:
            said = time.monotonic()
            say(f"the {child.name} is still starting ({waited:.0f} s)")
        stop.wait(_ASK_EVERY_S)
    return None


def _serves(port: int) -> bool:
    with (
        contextlib.suppress(urllib.error.URLError, OSError, HTTPException),
        urllib.request.urlopen(f"http://127.0.0.1:{port}/readyz", timeout=10),
    ):
        return True
    return False


def _last_words(child: Child) -> str:
    """The end of its log, below a line that names it."""
    lines = child.log.read_text(encoding="utf-8", errors="replace").splitlines() if child.log.exists() else []
    if not lines:
        return f" Its log {child.log} is empty."
    return "\n".join([f" The end of its log {child.log}:", *lines[-LAST_LINES:]])
