"""How good the data is on which a finding stands: what share of the expected samples came, gaps, and their order."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from diagnosis.regime import OFF_BELOW_RPM
from diagnosis.rows import IntpArray
from fleet.batch import Float64Array, Int64Array

LATE_US = 15 * 60_000_000
LEAST_GAP_US = 5_000_000
GAP_INTERVALS = 3.0
MOST_GAPS = 20
Spans = Sequence[tuple[int, int]]


@dataclass(frozen=True, slots=True)
class Gap:
    """A time without rows: platform_away (it could not hear), engine_off (before it), or not_received."""

    from_us: int
    to_us: int
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class WindowQuality:
    """interval_s: the usual time between rows, None below three of them; received_ratio: rows that came of those
    expected in the window at that interval, 0 to 1; out_of_order: rows that came after a later one; late: more than
    15 min after they were measured. The longest gaps, in order of time."""

    rows: int
    interval_s: float | None
    received_ratio: float | None
    gaps: tuple[Gap, ...]
    out_of_order: int
    late: int


def judge_window(
    at_us: Int64Array,
    received_us: Int64Array,
    speed_rpm: Float64Array,
    *,
    window: tuple[int, int],
    heard: Spans,
    is_new: bool = False,
) -> WindowQuality:
    """Rows of one machine in the order of time, (rows,) each; heard: when the platform could hear, from the first time
    on, empty unknown; is_new: the machine told nothing before, so that rows are expected from its first one on only."""
    if is_new and len(at_us):
        window = int(at_us[0]), window[1]
    steps = np.diff(at_us)
    usual_us = float(np.median(steps)) if len(steps) > 1 else None
    return WindowQuality(
        rows=len(at_us),
        interval_s=None if usual_us is None else usual_us / 1e6,
        received_ratio=None if usual_us is None else min(1.0, len(at_us) / ((window[1] - window[0]) / usual_us)),
        gaps=_gaps(at_us, usual_us, _speeds(speed_rpm), window=window, heard=heard),
        out_of_order=_overtaken(received_us),
        late=int((received_us - at_us > LATE_US).sum()),
    )


def _gaps(
    at_us: Int64Array, usual_us: float | None, speed_rpm: Float64Array, *, window: tuple[int, int], heard: Spans
) -> tuple[Gap, ...]:
    longest = max(LEAST_GAP_US, GAP_INTERVALS * (usual_us or 0.0))
    edges = np.concatenate(([window[0]], at_us, [window[1]]))
    long: IntpArray = np.flatnonzero(np.diff(edges) > longest)
    long = np.sort(long[np.argsort(-np.diff(edges)[long], kind="stable")][:MOST_GAPS])
    return tuple(Gap(int(edges[n]), int(edges[n + 1]), _reason(edges, n, speed_rpm, heard)) for n in long.tolist())


def _reason(edges: Int64Array, place: int, speed_rpm: Float64Array, heard: Spans) -> str:
    start, end = int(edges[place]), int(edges[place + 1])
    known = max(start, heard[0][0]) if heard else end  # before it ever heard nobody knows whether it could
    if 2 * (end - known - sum(max(0, min(end, to) - max(start, begin)) for begin, to in heard)) > end - start:
        return "platform_away"
    if place > 0 and speed_rpm[place - 1] < OFF_BELOW_RPM:
        return "engine_off"
    return "not_received"


def _speeds(speed_rpm: Float64Array) -> Float64Array:
    """The last speed told at or before each row."""
    told = np.where(np.isnan(speed_rpm), -1, np.arange(len(speed_rpm)))
    source = np.maximum.accumulate(told) if len(told) else told
    return np.where(source >= 0, speed_rpm[np.maximum(source, 0)], np.nan)


def _overtaken(received_us: Int64Array) -> int:
    """How many rows came after one that was measured later."""
    if len(received_us) < 2:
        return 0
    first_after = np.minimum.accumulate(received_us[::-1])[::-1]
    return int((received_us[:-1] > first_after[1:]).sum())
