"""Full collections come by the clock only, and they do come."""

import subprocess
import sys

PROGRAM = """
import gc, time, weakref
from app.collecting import collect_seldom

class Node:
    pass

full = []
collect_seldom(0.5)
gc.callbacks.append(lambda phase, info: full.append(phase) if info["generation"] == 2 else None)
began = time.monotonic()
kept = []
while time.monotonic() - began < 0.3:
    kept += [[] for _ in range(10_000)]  # a heap that grows
print(len(full))
node = Node()
node.itself = node
gone = weakref.ref(node)
del node
while gone() is not None and time.monotonic() - began < 10:
    time.sleep(0.05)
print(gone() is None, time.monotonic() - began < 5)
"""


def test_a_growing_heap_is_not_searched_and_garbage_goes_in_time():
    done = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout.split() == ["0", "True", "True"], done.stderr
