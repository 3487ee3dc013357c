"""Every reading of a machine as it comes, with all its values: for somebody who watches it."""

from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np

from fleet.data_classes import COARSE_STEP
from fleet.signals import Catalogue
from storage.read_latest import ReceivedRows, list_received
from storage.read_pool import Connection
from storage.read_readings import RawRows
from storage.read_state import find_state
from storage.sight import Scope, get_machine_key
from usecases.readings_columns import instant, shown
from usecases.readings_sight import Question, Sighted, get_sighted, masked

WINDOW = timedelta(minutes=15)  # what is measured longer ago is late: it goes to history
_AHEAD = timedelta(minutes=5)  # as far as the platform takes a machine's clock


@dataclass(frozen=True, slots=True, kw_only=True)
class WatchedSignal:
    """One signal, parallel to the answer's readings."""

    unit: str
    values: list[float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Watched:
    """The answer; see api.schemas.watch."""

    machine_id: str
    at: list[datetime]
    received_at: list[datetime]
    signals: dict[str, WatchedSignal]
    truncated: bool


async def list_watched(
    conn: Connection,
    scope: Scope,
    reference: str,
    *,
    after: datetime | None,
    limit: int,
    catalogue: Catalogue,
    now: datetime,
) -> Watched:
    """The newest readings of the last 15 minutes, of which were received after `after`, in order of measuring.

    All signals that the machine reports and the scope sees, but the place, whose readers are audited. Raises NotFound.
    """
    key = await get_machine_key(conn, scope, reference)
    state = await find_state(conn, key.machine_id)
    known = sorted(i for i in state.signal_ids if i < len(catalogue)) if state else []
    keys = tuple(k for k in (catalogue.signals[i].key for i in known) if k not in COARSE_STEP)
    measured = (now - WINDOW, now + _AHEAD)
    asked = Question(from_at=measured[0], to_at=measured[1], signals=keys, max_points=limit)
    sighted = await get_sighted(conn, scope, str(key.public_id), asked, catalogue=catalogue) if keys else None
    if sighted is None or not sighted.signals:
        return Watched(machine_id=str(key.public_id), at=[], received_at=[], signals={}, truncated=False)
    rows = await list_received(
        conn, key.machine_id, sighted.signals, measured=measured, after=after or measured[0], limit=limit + 1
    )
    return _watched(rows, sighted, limit)


def _watched(rows: ReceivedRows, sighted: Sighted, limit: int) -> Watched:
    order = np.arange(min(limit, len(rows.at_us)))[::-1]
    seen = masked(RawRows(rows.at_us[order], rows.values[order]), sighted)
    received = rows.received_us[order][np.isin(rows.at_us[order], seen.at_us)]
    told = [n for n in range(len(sighted.signals)) if not np.isnan(seen.values[:, n]).all()]
    return Watched(
        machine_id=sighted.public_id,
        at=[instant(us) for us in seen.at_us.tolist()],
        received_at=[instant(us) for us in received.tolist()],
        signals={
            str(sighted.signals[n].key): WatchedSignal(
                unit=sighted.signals[n].unit, values=shown(sighted.signals[n], seen.values[:, n]).tolist()
            )
            for n in told
        },
        truncated=len(rows.at_us) > limit,
    )
