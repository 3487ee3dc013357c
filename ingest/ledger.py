"""Which messages of a terminal's power cycle are kept: `through` and the ranges above it, exact, copy-on-write."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

MAX_RANGES = 4096  # of one power cycle: what a batch reads and writes again of it


@dataclass(frozen=True, slots=True)
class Ranges:
    """All seq <= through are kept, and those in `above`: inclusive (first, last), sorted, disjoint, not touching.

    At most MAX_RANGES of them: a seq that would open one more is not listed. It is neither new nor kept here, although
    what it brought is stored; it is sent again, and listed when a gap has closed.
    """

    through: int = -1
    above: tuple[tuple[int, int], ...] = ()

    def __contains__(self, seq: int) -> bool:
        if seq <= self.through:
            return seq >= 0
        place = bisect_right(self.above, seq, key=lambda pair: pair[0])
        return place > 0 and seq <= self.above[place - 1][1]

    def add(self, seqs: Sequence[int]) -> tuple["Ranges", list[bool]]:
        """The ranges with `seqs` kept too, and for each whether it is new (the second of two equal ones is not).

        O(len(seqs) + ranges) when they come in order, the usual case; a seq below 0 is never new. Where there is no
        room for all new ranges, the lowest are opened.
        """
        if len(seqs) == 1 and len(self.above) < MAX_RANGES:
            return self._with_one(seqs[0])
        seen: set[int] = set()
        new = []
        for seq in seqs:
            new.append(seq not in seen and seq not in self and seq >= 0)
            seen.add(seq)
        ranges = self._with(seq for seq, is_new in zip(seqs, new, strict=True) if is_new)
        if len(ranges.above) >= MAX_RANGES:
            new = [is_new and seq in ranges for seq, is_new in zip(seqs, new, strict=True)]
        return ranges, new

    def _with_one(self, seq: int) -> tuple["Ranges", list[bool]]:
        """The same for one seq where there is room, without a look at every range."""
        above, place = self.above, bisect_left(self.above, (seq,))  # ranges before `place` begin below seq
        begins = above[place][0] if place < len(above) else seq + 2
        if seq <= self.through or begins == seq or (place and seq <= above[place - 1][1]):
            return self, [False]
        first = last = seq
        start, stop = place, place
        if begins == seq + 1:
            last, stop = above[place][1], place + 1
        if seq == self.through + 1:
            return Ranges(last, above[stop:]), [True]
        if place and above[place - 1][1] == seq - 1:
            first, start = above[place - 1][0], place - 1
        return Ranges(self.through, (*above[:start], (first, last), *above[stop:])), [True]

    def _with(self, seqs: Iterable[int]) -> "Ranges":
        through = self.through
        merged: list[tuple[int, int]] = []
        for first, last in sorted([*self.above, *((seq, seq) for seq in seqs)]):
            if not merged and first <= through + 1:
                through = max(through, last)
            elif merged and first <= merged[-1][1] + 1:
                merged[-1] = (merged[-1][0], max(merged[-1][1], last))
            else:
                merged.append((first, last))
        return Ranges(through, tuple(self._bounded(merged)))

    def _bounded(self, merged: list[tuple[int, int]]) -> list[tuple[int, int]]:
        """`merged` without the highest of those that hold nothing of `above`, where it is too long."""
        excess = len(merged) - MAX_RANGES
        if excess <= 0:
            return merged
        firsts = [first for first, _ in self.above]
        opened = [pair for pair in merged if bisect_left(firsts, pair[0]) == bisect_right(firsts, pair[1])]
        dropped = set(opened[-excess:])
        return [pair for pair in merged if pair not in dropped]

    def gaps(self) -> list[tuple[int, int]]:
        """What is missing below the highest kept seq: inclusive (first, last)."""
        missing, next_seq = [], self.through + 1
        for first, last in self.above:
            missing.append((next_seq, first - 1))
            next_seq = last + 1
        return missing

    @property
    def highest(self) -> int:
        """The highest kept seq, -1 when there is none."""
        return self.above[-1][1] if self.above else self.through
