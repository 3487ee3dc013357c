"""Afternoons on which a truck of the past drove to another site and back: out of its fence, and nobody stole it."""

import numpy as np

from simulators.month.rows import DAY_ROWS, HOUR_ROWS, ROW_US
from simulators.past_rows import PastRows

RUNNERS = {"truck_crane": 3, "concrete_pump_truck": 4}  # kind -> which machine of the kind
_DAYS_AGO = (3, 11)
_BEGINS_H, _LASTS_H = 13.0, 3.5
_FARTHEST_DEG = 0.22  # some 24 km to the north


def is_runner(kind: str, number: int) -> bool:
    """Whether the `number`th machine of a kind runs errands."""
    return RUNNERS.get(kind) == number


def send_on_errands(rows: PastRows, first_us: int, days: int) -> None:
    """Change the way of a machine in place on the days of its errands; `first_us`: the first midnight of its site."""
    row = (rows.at_us - first_us) // ROW_US
    for ago in _DAYS_AGO:
        gone_h = (row - (days - 1 - ago) * DAY_ROWS) / HOUR_ROWS - _BEGINS_H
        share = np.clip(3.0 * np.minimum(gone_h, _LASTS_H - gone_h) / _LASTS_H, 0.0, 1.0)  # there in a third of it
        rows.column("latitude_deg")[:] += np.round(share * _FARTHEST_DEG, 7)
