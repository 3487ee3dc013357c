"""Move what came under a key before it was a signal into the signal's column."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from fleet.batch import Float64Array
from fleet.errors import NotFound
from fleet.signals import Catalogue
from ingest.quality import to_stored
from storage.dirty_ranges import MINUTE_US, add_dirty
from storage.fleet_write import bump_config_epoch
from storage.pool import Connection
from storage.registry import between_batches
from storage.rejudge import add_due
from storage.signals_write import load_catalogue
from storage.unpromoted import count_extra, read_extra_portion, take_over

PORTION = 5_000  # values a transaction: the gateway waits for none of them long
BEFORE_ALL_US = -(2**52)

Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class TakenOver:
    """moved: values that are in the column now. left: values still kept aside, being no possible values of the signal,
    or because another one was there."""

    moved: int
    left: int


def take_over_unpromoted(conn: Connection, key: str, *, progress: Progress) -> TakenOver:
    """Move the kept values of signal `key` into its column, in portions; minutes and machines become due again.

    The values are counted once, at the start (storage.unpromoted.count_extra); those of machines that first send the
    key after that are for another run. `conn` is in autocommit. Interrupted, it goes on where it was when it is run
    again. Raises NotFound when `key` is no signal.
    """
    catalogue = load_catalogue(conn)
    if key not in catalogue:
        raise NotFound("signal_to_add", key=key)
    counts = count_extra(conn, key)
    in_all, done, moved = sum(counts.values()), 0, 0
    for machine_id in counts:
        after_us = BEFORE_ALL_US
        while True:
            at_us, values = read_extra_portion(conn, machine_id, key, after_us=after_us, limit=PORTION)
            if not len(at_us):
                break
            after_us = int(at_us[-1])
            fit = _as_stored(values, catalogue, key)
            good = ~np.isnan(fit)
            with conn.transaction():
                between_batches(conn)  # a batch must not meet rows that come into being beside it
                taken = take_over(conn, machine_id, catalogue[key], at_us[good], fit[good])
                machine = np.full(len(taken), machine_id, np.int32)
                minutes = np.unique(taken // MINUTE_US)
                add_dirty(conn, machine[: len(minutes)], minutes)
                add_due(conn, machine, taken, np.ones(len(taken), np.bool_))
            done, moved = done + len(at_us), moved + len(taken)
            progress(min(done, in_all), in_all)
    if moved:
        bump_config_epoch(conn)  # the gateway looks which machines are due
    return TakenOver(moved=moved, left=done - moved)


def _as_stored(values: Float64Array, catalogue: Catalogue, key: str) -> Float64Array:
    """The values as the signal's column will hold them, NaN where out of its limits; (values,)."""
    fit: Float64Array = to_stored(values[:, None], np.array([catalogue[key].id]), catalogue).values[:, 0]
    return fit
