"""Which messages of a terminal's power cycle are kept: `through` and the ranges above it, exact, copy-on-write."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Ranges:
    """All seq <= through are kept, and those in `above`: inclusive (first, last), sorted, disjoint, not touching."""

    through: int = -1
    above: tuple[tuple[int, int], ...] = ()

    def __contains__(self, seq: int) -> bool:
        if seq <= self.through:
            return seq >= 0
        return any(first <= seq <= last for first, last in self.above)

    def add(self, seqs: Sequence[int]) -> tuple["Ranges", list[bool]]:
        """The ranges with `seqs` kept too, and for each whether it is new (the second of two equal ones is not).

        O(len(seqs) + ranges) when they come in order, the usual case; a seq below 0 is never new.
        """
        through, above = self.through, self.above
        if not above and len(seqs) == 1 and seqs[0] == through + 1:
            return Ranges(seqs[0]), [True]
        seen: set[int] = set()
        new = []
        for seq in seqs:
            new.append(seq not in seen and seq not in self and seq >= 0)
            seen.add(seq)
        return self._with(seq for seq, is_new in zip(seqs, new, strict=True) if is_new), new

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
        return Ranges(through, tuple(merged))

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
