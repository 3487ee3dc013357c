"""What a shift leaves to the next one."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from fleet.errors import InvalidInput
from fleet.signals import Catalogue
from storage import alarm_load
from storage.alarm_load import SaidRow, StandingRow
from storage.read_alarms import AlarmSort
from storage.read_pool import Connection
from storage.sight import Scope
from usecases.read_alarm_load import HeldAlarm, held_alarms
from usecases.read_alarms import Alarm, AlarmFilter, list_alarms
from usecases.read_on_duty import get_on_duty

USUAL_SHIFT, LONGEST_SHIFT = timedelta(hours=8), timedelta(days=7)
_TOLD = ("commented", "judged", "handed_over", "shelved", "out_of_service", "escalated", "assigned", "investigating")
LISTED = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class HandOver:
    """What is open at the end of a shift, and what was done in it; see api.schemas.alarm_load."""

    from_at: datetime
    to_at: datetime
    done: dict[str, int]
    standing: StandingRow
    active: list[Alarm]
    to_answer: list[Alarm]
    held: list[HeldAlarm]
    told: list[SaidRow]


async def hand_over(
    conn: Connection,
    scope: Scope,
    *,
    from_at: datetime | None,
    roster_id: UUID | None,
    catalogue: Catalogue,
    now: datetime,
) -> HandOver:
    """What is open now, and what was done since `from_at`: else since the turn on duty of the roster's first seat
    began, else for eight hours. Raises InvalidInput for more than a week, NotFound for a roster that is not seen."""
    if from_at is None and roster_id is not None:
        duty = await get_on_duty(conn, scope, roster_id, at=now)
        turns = [seat.now for seat in duty.seats if seat.now is not None]
        from_at = turns[0].from_at if turns else None
    start = from_at or now - USUAL_SHIFT
    if not now - LONGEST_SHIFT <= start < now:
        raise InvalidInput("hand_over_span", where="from", days=LONGEST_SHIFT.days)
    settings = await alarm_load.get_settings(conn)
    stale_before = now - timedelta(hours=settings.stale_after_h)
    load = await alarm_load.count_load(conn, from_at=start, to_at=now, stale_before=stale_before)
    active = AlarmFilter(states=("active",))
    to_answer = AlarmFilter(lifecycles=("returned_unacknowledged", "latched"))
    asked: tuple[tuple[AlarmFilter, AlarmSort], ...] = ((active, "severity"), (to_answer, "-raised_at"))
    lists = [
        (await list_alarms(conn, scope, wanted, sort=sort, after=None, limit=LISTED, catalogue=catalogue)).items
        for wanted, sort in asked
    ]
    return HandOver(
        from_at=start,
        to_at=now,
        done=await alarm_load.count_done(conn, from_at=start, to_at=now),
        standing=load.standing,
        active=lists[0],
        to_answer=lists[1],
        held=await held_alarms(conn, load.held, catalogue),
        told=await alarm_load.list_said(conn, _TOLD, from_at=start, to_at=now),
    )
