"""Cuts: known rows after which a rule's run is the same whatever was before."""

import numpy as np

from diagnosis.rows import IntpArray, Segments
from diagnosis.rule import FORGET_US
from diagnosis.runs import Known
from fleet.batch import BoolArray, Int64Array


class Cuts:
    """Whether the run of each (slot, rule) has been cut since an instant: by a known-false row, or by more than an hour
    without a known row. seen, last_us: (slots, rules)."""

    def __init__(self, slots: int, rules: int) -> None:
        self.seen: BoolArray = np.zeros((slots, rules), np.bool_)
        self.last_us: Int64Array = np.zeros((slots, rules), np.int64)

    def start(self, slots: IntpArray, since_us: Int64Array) -> None:
        """Count from `since_us` (a time each) on for these slots."""
        self.seen[slots] = False
        self.last_us[slots] = since_us[:, None]

    def feed(self, segments: Segments, known: Known) -> None:
        """Known rows later than the start, in time order over calls."""
        if len(known.row) == 0:
            return
        slot, at_us, rule = segments.slot[known.row], segments.at_us[known.row], known.rule
        new = np.concatenate(([True], (slot[1:] != slot[:-1]) | (rule[1:] != rule[:-1])))
        before = np.where(new, self.last_us[slot, rule], np.roll(at_us, 1))
        cut = ~known.holds | (at_us - before > FORGET_US)
        self.seen[slot[cut], rule[cut]] = True
        last = np.append(np.flatnonzero(new)[1:], len(slot)) - 1
        self.last_us[slot[last], rule[last]] = at_us[last]

    def at(self, slots: IntpArray, at_us: Int64Array) -> BoolArray:
        """Whether each rule of these slots is cut before `at_us`, (slots, rules)."""
        cut: BoolArray = self.seen[slots] | (at_us[:, None] - self.last_us[slots] > FORGET_US)
        return cut
