"""Rolling up: claim what is dirty, then recount it in portions. Housekeeping's, one process."""

from fleet.signals import Catalogue
from ingest import work_state
from storage.dirty_ranges import claim_dirty
from storage.pool import Connection
from storage.rollups import recount_claimed
from storage.work_time import WorkDefinition

PORTION = 2_000  # dirty ranges in one transaction

WORK = WorkDefinition(
    off_below_rpm=work_state.ENGINE_OFF_BELOW_RPM,
    travelling_from_kmh=work_state.TRAVELLING_FROM_KMH,
    speeds=work_state.SPEEDS,
    working_from_load_pct=work_state.WORKING_FROM_LOAD_PCT,
    working_from_kpa=work_state.WORKING_FROM_KPA,
    pressures=work_state.PRESSURES,
)


def roll_up(conn: Connection, catalogue: Catalogue, *, portion: int = PORTION) -> int:
    """Recount everything that was dirty when this began, in transactions of its own; returns the dirty ranges done.

    `conn` is in no transaction. What an interrupted run had claimed is done too. The claim makes the gateway's next
    batch write its minutes as dirty again, so nothing that is committed meanwhile is missed.
    """
    with conn.transaction():
        claim_dirty(conn)
    done = 0
    while True:
        with conn.transaction():
            count = recount_claimed(conn, catalogue, WORK, limit=portion)
        done += count
        if count < portion:
            return done
