"""Which minutes of a machine have no readings, and why: judged from what is known, nothing else. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum
from itertools import pairwise

import numpy as np
import numpy.typing as npt

BoolArray = npt.NDArray[np.bool_]
Minutes = Sequence[tuple[int, int]]  # first and last + 1 of each stretch


class Reason(IntEnum):
    """Why a minute has no readings; where several hold, the first one is told."""

    PRESENT = 0
    NOT_VISIBLE = 1  # not the caller's to see
    NOT_INSTALLED = 2  # no terminal was on the machine
    PLATFORM_DOWN = 3  # the platform was not able to take messages
    REFUSED = 4  # messages came and wait in quarantine
    BACK_FILL = 5  # older readings are arriving now, next to this gap
    ENGINE_OFF = 6  # the last reading before the gap said that the engine was off
    OFFLINE = 7  # the terminal was offline by its status
    NOT_ARRIVED = 8  # the terminal sent messages, by their numbers, that have not come
    UNKNOWN = 9


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What is known of `count` minutes; minutes are numbered from the span's first.

    healthy: None before anything is recorded about the platform. statuses: (minute, online) in order; those before the
    span have negative minutes. off: the minutes that are the last before a gap (-1: before the span) and in which the
    engine was off at the end. lost: power cycles with numbers missing. arriving: minutes whose readings came lately,
    while the terminal is online.
    """

    count: int
    present: BoolArray
    visible: Minutes
    installed: Minutes
    healthy: Minutes | None
    refused: Sequence[int]
    statuses: Sequence[tuple[int, bool]]
    off: frozenset[int]
    lost: Minutes
    arriving: Minutes


@dataclass(frozen=True, slots=True)
class Stretch:
    """Adjoining minutes without readings for one reason: first <= minute < last."""

    first: int
    last: int
    reason: Reason


def judge(facts: Facts) -> list[Stretch]:
    """The minutes without readings, as stretches in order, disjoint; with the minutes that have some, all of them."""
    reasons = np.full(facts.count, Reason.UNKNOWN, np.int8)
    visible = _covered(facts.visible, facts.count)
    gaps = _stretches(~facts.present & visible)  # of what lies beyond a change of owner nothing is said
    heard = [g for g in gaps if g[0] == 0 or visible[g[0] - 1]]
    touching = [g for g in gaps if any(a <= g[1] and b >= g[0] for a, b in facts.arriving)]
    known = (
        # the weakest first: each overwrites those before it
        (Reason.NOT_ARRIVED, _covered(facts.lost, facts.count)),
        (Reason.OFFLINE, _offline(facts)),
        (Reason.ENGINE_OFF, _covered([g for g in heard if g[0] - 1 in facts.off], facts.count)),
        (Reason.BACK_FILL, _covered(touching, facts.count)),
        (Reason.REFUSED, _covered([(m, m + 1) for m in facts.refused], facts.count)),
        (Reason.PLATFORM_DOWN, _outside(facts.healthy, facts.count)),
        (Reason.NOT_INSTALLED, ~_covered(facts.installed, facts.count)),
        (Reason.NOT_VISIBLE, ~visible),
    )
    for reason, holds in known:
        reasons[holds] = reason
    reasons[facts.present & visible] = Reason.PRESENT
    edges = [0, *(np.flatnonzero(np.diff(reasons)) + 1).tolist(), facts.count]
    found = (Stretch(a, b, Reason(reasons[a])) for a, b in pairwise(edges) if a < b)
    return [stretch for stretch in found if stretch.reason is not Reason.PRESENT]


def _covered(stretches: Minutes, count: int) -> BoolArray:
    covered = np.zeros(count, np.bool_)
    for first, last in stretches:
        covered[max(0, first) : max(0, last)] = True
    return covered


def _outside(healthy: Minutes | None, count: int) -> BoolArray:
    """Where the platform was down: outside its healthy spans, but not before the first of all."""
    if not healthy:
        return np.zeros(count, np.bool_)
    down = ~_covered(healthy, count)
    down[: max(0, min(first for first, _ in healthy))] = False
    return down


def _offline(facts: Facts) -> BoolArray:
    """From each status 'offline' to the next 'online'; the minute of a status belongs to it."""
    offline = np.zeros(facts.count, np.bool_)
    ends = [minute for minute, _ in facts.statuses[1:]] + [facts.count]
    for (minute, online), end in zip(facts.statuses, ends, strict=False):
        if not online:
            offline[max(0, minute) : max(0, end)] = True
    return offline


def _stretches(holds: BoolArray) -> list[tuple[int, int]]:
    edges = np.flatnonzero(np.diff(np.concatenate([[False], holds, [False]]).astype(np.int8)))
    return [(int(a), int(b)) for a, b in edges.reshape(-1, 2)]
