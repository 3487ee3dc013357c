"""Which machines a rule is for: by kind, model, software release and working mode."""

import operator
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from fleet.batch import BoolArray

if TYPE_CHECKING:
    from diagnosis.machine_facts import MachineFacts

Release = tuple[int, ...]
_COMPARISONS: dict[str, Callable[[Release, Release], bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
    "==": operator.eq,
    "!=": operator.ne,
}
_COMPARISON = re.compile(r"\s*(<=|>=|==|!=|<|>)\s*(\d+(?:\.\d+)*)\s*", re.ASCII)
_RELEASE = re.compile(r"\D{0,3}(\d+(?:\.\d+)*)", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class AppliesTo:
    """Every member given has to fit; an empty one fits all machines. software: comparisons that all have to hold."""

    kinds: tuple[str, ...] = ()
    models: tuple[str, ...] = ()
    modes: tuple[str, ...] = ()
    software: tuple[tuple[str, Release], ...] = ()

    def __str__(self) -> str:
        texts = (("kind", self.kinds), ("model", self.models), ("mode", self.modes))
        parts = [f"{name} {' or '.join(given)}" for name, given in texts if given]
        parts += [f"software {op} {'.'.join(map(str, release))}" for op, release in self.software]
        return ", ".join(parts)

    def machines(self, facts: "MachineFacts") -> BoolArray:
        """Which machines it fits, by machine id; what is unknown of a machine does not fit."""
        texts = ((self.kinds, facts.kind), (self.models, facts.model), (self.modes, facts.mode))
        given: list[tuple[Sequence[str | None], Callable[[str | None], bool]]] = [
            (known, frozenset(wanted).__contains__) for wanted, known in texts if wanted
        ]
        if self.software:
            given.append((facts.software, self._fits_software))
        size = min((len(known) for known, _ in given), default=0)
        return np.array([all(fits(known[machine]) for known, fits in given) for machine in range(size)], np.bool_)

    def _fits_software(self, text: str | None) -> bool:
        release = None if text is None else _release(text)
        if release is None:
            return False
        return all(_COMPARISONS[op](*_as_long(release, wanted)) for op, wanted in self.software)


def parse_software(text: str) -> tuple[tuple[str, Release], ...] | None:
    """The comparisons of ">= 2.1, < 3"; None when it is not such a text."""
    found = [_COMPARISON.fullmatch(part) for part in text.split(",")]
    parts = [(match[1], _numbers(match[2])) for match in found if match is not None]
    return tuple(parts) if len(parts) == len(found) else None


def _release(text: str) -> Release | None:
    """The numbers a release begins with (behind a "v"), None without one."""
    match = _RELEASE.match(text.strip())
    return None if match is None else _numbers(match[1])


def _numbers(text: str) -> Release:
    return tuple(int(number) for number in text.split("."))


def _as_long(one: Release, other: Release) -> tuple[Release, Release]:
    length = max(len(one), len(other))
    return one + (0,) * (length - len(one)), other + (0,) * (length - len(other))
