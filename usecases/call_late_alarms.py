"""Alarms that were found in readings that came late, and that live ones show to stand: they call then, once.

Nobody is called for what is over: what calls holds at a row (or a fault list) that was measured within the limit of
now, and so came in time. What such a row leaves open without showing it (a condition between its two thresholds, a
code that no list has named since) may be ended yet by readings that are still to come late: it waits as long again.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from alerts.lifecycle import STEPS, Input, TransitionKind
from diagnosis.seen_live import Seen, seen_since
from diagnosis.state import RuleState
from fleet.findings import MachineId, SourceKind
from storage.late_alarms import LateAlarm, confirm_late, list_late_alarms
from storage.pool import Connection


def call_late_alarms(
    conn: Connection, state: RuleState, machines: Sequence[int], *, now: datetime, late_after_us: int
) -> tuple[list[TransitionKind], set[int]]:
    """Confirm what stands on these machines, in the caller's transaction; the transitions, and who has more waiting."""
    late_after = timedelta(microseconds=late_after_us)
    since_us = round(now.timestamp() * 1_000_000) - late_after_us
    waiting = list_late_alarms(conn, machines, before=now - late_after)
    standing = [one.alarm_id for one in waiting if _stands(state, one, since_us)]
    told = _confirmed(conn, standing, now)
    return told, {one.machine_id for one in waiting if one.alarm_id not in set(standing)}


def _stands(state: RuleState, one: LateAlarm, since_us: int) -> bool:
    kind = SourceKind(one.source_kind)
    seen = seen_since(state, MachineId(one.machine_id), kind, one.source_key, since_us=since_us)
    return seen is Seen.HOLDS or (seen is Seen.STANDS and one.waited)


def _confirmed(conn: Connection, alarms: Sequence[UUID], now: datetime) -> list[TransitionKind]:
    if not alarms:
        return []
    kinds = confirm_late(conn, alarms, Input.SEEN_LIVE, steps=(STEPS.to, STEPS.kinds), at=now)
    return [TransitionKind(kind) for kind in kinds]
