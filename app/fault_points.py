"""Named points at which a test may have a process kill itself: ECC_FAULT_POINT=name:n (the n-th passage)."""

import os
import signal

BEFORE_COPY = "before_copy"
BEFORE_COMMIT = "before_commit"
BEFORE_PUBACK = "before_puback"
AFTER_SEND = "after_send"  # a notice is with its provider, and not yet recorded as sent

_name, _, _count = os.environ.get("ECC_FAULT_POINT", "").partition(":")
_left = [int(_count or 1) if _name else 0]  # passages until it happens


def passing(name: str) -> None:
    """Kill this process without a word when it is the point and the time that the environment names."""
    if not _left[0] or name != _name:
        return
    _left[0] -= 1
    if _left[0] == 0:
        os.kill(os.getpid(), signal.SIGKILL)
