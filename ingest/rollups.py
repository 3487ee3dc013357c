"""Rolling up: claim what is dirty, then recount it in portions. Housekeeping's, one process."""

import time
from dataclasses import dataclass

from fleet.signals import Catalogue
from ingest import work_state
from storage.dirty_ranges import claim_dirty
from storage.pool import Connection
from storage.rollups import recount_claimed
from storage.work_time import WorkDefinition

HOLD_S = 0.3
"""How long one transaction should last: the live line tells what is committed only up to the oldest open transaction
that has written (storage/read_event_log.py), so whoever writes for long makes every alarm late."""

WORK = WorkDefinition(
    off_below_rpm=work_state.ENGINE_OFF_BELOW_RPM,
    travelling_from_kmh=work_state.TRAVELLING_FROM_KMH,
    speeds=work_state.SPEEDS,
    working_from_load_pct=work_state.WORKING_FROM_LOAD_PCT,
    working_from_kpa=work_state.WORKING_FROM_KPA,
    pressures=work_state.PRESSURES,
)


@dataclass(slots=True)
class Portion:
    """How many dirty ranges are recounted in one transaction, so that it lasts HOLD_S on this machine as it is."""

    size: int = 200
    smallest: int = 25
    largest: int = 2_000

    def lasted(self, seconds: float, ranges: int) -> None:
        """Learn from a transaction that recounted so many: halved at once where it was too long, doubled at most."""
        if ranges == self.size or seconds > HOLD_S:  # of a small rest that was quick nothing is learned
            fitting = int(self.size * min(2.0, max(0.5, HOLD_S / max(seconds, 1e-3))))
            self.size = min(self.largest, max(self.smallest, fitting))


def roll_up(conn: Connection, catalogue: Catalogue, *, portion: Portion | None = None) -> int:
    """Recount everything that was dirty when this began, in transactions of its own; returns the dirty ranges done.

    `conn` is in no transaction. What an interrupted run had claimed is done too. The claim makes the gateway's next
    batch write its minutes as dirty again, so nothing that is committed meanwhile is missed.
    """
    portion = portion or Portion()
    with conn.transaction():
        claim_dirty(conn)
    done = 0
    while True:
        limit, began = portion.size, time.monotonic()
        with conn.transaction():
            count = recount_claimed(conn, catalogue, WORK, limit=limit)
        portion.lasted(time.monotonic() - began, count)
        done += count
        if count < limit:
            return done
