"""When Python looks for garbage in a process that keeps much alive: seldom, and never in the middle of the work.

A full collection looks at every object that lives. With 5,000 streams open it takes most of a second, and Python begins
one whenever the heap has grown by a quarter; the streams wait meanwhile. What dies young is collected as ever.
"""

import gc
import threading
import time

EVERY_S = 300.0
YOUNG, MIDDLE, NEVER = 10_000, 20, 1_000_000


def collect_seldom(every_s: float = EVERY_S) -> None:
    """Leave what is there now out of all collections, and look at the rest as a whole every `every_s` only."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(YOUNG, MIDDLE, NEVER)
    threading.Thread(target=_collect, args=[every_s], name="collecting", daemon=True).start()


def _collect(every_s: float) -> None:
    while True:
        time.sleep(every_s)
        gc.collect()
