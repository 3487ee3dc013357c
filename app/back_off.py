"""When what died is started again: after 0.5 s, 1 s ... 30 s; after 0.5 s again when it had been well for a while."""

import time
from dataclasses import dataclass

STEADY_AFTER_S = 60.0  # what ran so long is not crashing in a loop
LONGEST_S = 30.0


@dataclass(slots=True)
class BackOff:
    """Of one process: its last start, the restarts since it last ran for a while, and when it may be started again."""

    started_s: float = 0.0
    restarts: int = 0
    start_again_at: float = 0.0  # 0: not found dead

    def started(self) -> None:
        """It is started now."""
        self.started_s = time.monotonic()

    def is_news(self) -> bool:
        """Whether its death is found only now; the time of its next start is set then."""
        if self.start_again_at:
            return False
        now = time.monotonic()
        if now - self.started_s > STEADY_AFTER_S:
            self.restarts = 0
        self.start_again_at = now + min(LONGEST_S, 0.5 * 2 ** min(self.restarts, 10))
        return True

    def is_due(self) -> bool:
        """Whether what is dead is to be started now; that it died is forgotten then."""
        if time.monotonic() < self.start_again_at:
            return False
        self.restarts += 1
        self.start_again_at = 0.0
        return True
