"""Everything that was known of a machine when a finding held: each signal's last value, and how old it was."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from fleet.batch import Float64Array, Int64Array
from fleet.data_classes import DataClass, class_of
from fleet.signals import Catalogue, Signal, StoredType

OLDEST_US = 24 * 3_600_000_000
"""Older values say nothing of now."""


@dataclass(frozen=True, slots=True)
class FrozenValue:
    """A signal's last value at the instant; is_held: young enough for rules to use it."""

    signal: Signal
    value: float
    age_us: int

    @property
    def is_held(self) -> bool:
        """Whether a comparison uses it."""
        return self.age_us <= self.signal.hold_s * 1_000_000


def freeze_frame(
    at_us: Int64Array,
    values: Float64Array,
    latest: Iterable[tuple[int, float, int]],
    *,
    held_us: int,
    catalogue: Catalogue,
) -> tuple[FrozenValue, ...]:
    """The last value of each signal at held_us, in catalogue order; places are left out.

    at_us (rows,) ascending and values (rows, catalogue): rows before and at held_us. latest: (signal id, value, at) of
    the machine's last values, of which those after held_us are not used.
    """
    found: dict[int, tuple[int, float]] = {
        signal: (at, value) for signal, value, at in latest if held_us - OLDEST_US <= at <= held_us
    }
    rows = int(np.searchsorted(at_us, held_us, "right"))
    told = ~np.isnan(values[:rows])
    last = rows - 1 - np.argmax(told[::-1], axis=0) if rows else np.empty(0, np.intp)
    for signal in np.flatnonzero(told.any(axis=0)).tolist() if rows else []:
        at = int(at_us[last[signal]])
        if at >= found.get(signal, (-1, 0.0))[0]:
            found[signal] = at, float(values[last[signal], signal])
    return tuple(
        FrozenValue(catalogue.signals[signal], shown(catalogue.signals[signal], value), held_us - at)
        for signal, (at, value) in sorted(found.items())
        if signal < len(catalogue) and class_of(catalogue.signals[signal]) is not DataClass.POSITION
    )


def shown(signal: Signal, value: float) -> float:
    """A float4 value as the shortest decimal that means it: 13.2, not 13.199999809."""
    return float(str(np.float32(value))) if signal.stored is StoredType.FLOAT4 else value
