"""How many alarms a seat of the control centre has to answer, by ISA-18.2's measures, and which are to be mended."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Self
from uuid import UUID

import numpy as np

from fleet.errors import InvalidInput
from fleet.signals import Catalogue
from storage import alarm_load
from storage.alarm_load import AnswerRow, FloodRow, HeldRow, SourceRow, SpanRow, StandingRow
from storage.read_pool import Connection
from usecases.read_alarm_words import RuleBooks, Words
from usecases.read_finding_quality import FindingQuality, QualityFilter, list_finding_quality

USUAL_SPAN, LONGEST_SPAN = timedelta(days=7), timedelta(days=366)
_TEN_MINUTES = timedelta(minutes=10)
LISTED = 10

# ISA-18.2, table 7, and EEMUA 191: alarms a seat that are very likely acceptable, and the most that can be managed.
ACCEPTABLE_TEN_MIN, MANAGEABLE_TEN_MIN = 1, 2
ACCEPTABLE_HOUR, MANAGEABLE_HOUR = 6, 12
ACCEPTABLE_DAY, MANAGEABLE_DAY = 150, 300
FLOOD_SHARE, STALE_MOST, TOP_TEN_SHARE = 0.01, 5, 0.05


@dataclass(frozen=True, slots=True, kw_only=True)
class Rate:
    """Alarms a seat and so long; see api.schemas.alarm_load."""

    mean: float
    peak: float
    above_share: float
    acceptable: int
    manageable: int


@dataclass(frozen=True, slots=True, kw_only=True)
class BadActor:
    """A source and what it raised."""

    source_kind: str
    source_key: str
    text: Words
    alarms: int
    share: float
    machines: int
    chattering_points: int
    fleeting: int


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldAlarm:
    """A machine's source that somebody holds back."""

    machine_id: UUID
    machine_pin: str
    machine_name: str
    source_kind: str
    source_key: str
    text: Words
    hold: str
    reason: str
    since: datetime
    until: datetime | None
    by: str
    alarm_id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class FalseAlarms:
    """A source and what its wrong findings took, by verdicts."""

    source_kind: str
    source_key: str
    text: Words
    judged: int
    wrong: int
    minutes: float


@dataclass(frozen=True, slots=True, kw_only=True)
class AlarmLoad:
    """The load of a span; see api.schemas.alarm_load."""

    from_at: datetime
    to_at: datetime
    seats: int
    alarms: int
    ten_minutes: Rate
    hour: Rate
    day: Rate
    flood_share: float
    flood_share_most: float
    floods: list[FloodRow]
    severity_share: dict[str, float]
    answers: list[AnswerRow]
    standing: StandingRow
    stale_most: int
    chattering_points: int
    fleeting: int
    top: list[BadActor]
    top_share: float
    held: list[HeldAlarm]
    false_alarms: list[FalseAlarms]


async def read_alarm_load(
    conn: Connection,
    *,
    from_at: datetime | None,
    to_at: datetime | None,
    seats: int | None,
    catalogue: Catalogue,
    now: datetime,
) -> AlarmLoad:
    """The load from `from_at` (a week before) until `to_at` (now), shared by `seats` (those of the control centre's
    rosters). Raises InvalidInput for a span that ends before it begins or is longer than a year."""
    end = min(to_at or now, now)
    start = from_at or end - USUAL_SPAN
    if start >= end:
        raise InvalidInput("span_backwards", where="from")
    if end - start > LONGEST_SPAN:
        raise InvalidInput("alarm_load_span", where="from", days=LONGEST_SPAN.days)
    settings = await alarm_load.get_settings(conn)
    stale_before = now - timedelta(hours=settings.stale_after_h)
    load = await alarm_load.count_load(conn, from_at=start, to_at=end, stale_before=stale_before)
    sharing = seats or await alarm_load.count_seats(conn)
    total = sum(row.alarms for row in load.sources)
    books = await RuleBooks.load(conn, [row.version for row in load.sources[:LISTED]], catalogue)
    top = [_actor(row, books, total) for row in load.sources[:LISTED]]
    counts = ten_minutes(load.spans, start, end) / sharing
    return AlarmLoad(
        from_at=start,
        to_at=end,
        seats=sharing,
        alarms=total,
        ten_minutes=rate(counts, 1, ACCEPTABLE_TEN_MIN, MANAGEABLE_TEN_MIN),
        hour=rate(counts, 6, ACCEPTABLE_HOUR, MANAGEABLE_HOUR),
        day=rate(counts, 144, ACCEPTABLE_DAY, MANAGEABLE_DAY),
        flood_share=round(load.flooded_s / (end - start).total_seconds(), 4),
        flood_share_most=FLOOD_SHARE,
        floods=load.floods,
        severity_share={row.severity: round(row.alarms / total, 4) for row in load.answers} if total else {},
        answers=load.answers,
        standing=load.standing,
        stale_most=STALE_MOST,
        chattering_points=sum(row.chattering_points for row in load.sources),
        fleeting=sum(row.fleeting for row in load.sources),
        top=top,
        top_share=round(sum(one.share for one in top), 4),
        held=await held_alarms(conn, load.held, catalogue),
        false_alarms=await _false_alarms(conn, start, end, catalogue),
    )


async def held_alarms(conn: Connection, rows: Sequence[HeldRow], catalogue: Catalogue) -> list[HeldAlarm]:
    """What is held back, with the name of what it would say."""
    books = await RuleBooks.load(conn, [row.version for row in rows], catalogue)
    return [
        HeldAlarm(
            machine_id=row.machine_id,
            machine_pin=row.machine_pin,
            machine_name=row.machine_name,
            source_kind=row.source_kind,
            source_key=row.source_key,
            text=books.words(row.source_kind, row.source_key, row.version),
            hold=row.hold,
            reason=row.reason,
            since=row.since,
            until=row.until,
            by=row.by,
            alarm_id=row.alarm_id,
        )
        for row in rows
    ]


def ten_minutes(spans: Sequence[SpanRow], from_at: datetime, to_at: datetime) -> "np.ndarray[Any, np.dtype[np.int64]]":
    """Alarms in each 10 minutes of a span, those without any among them; (spans,)."""
    counts = np.zeros(max(1, -(-(to_at - from_at) // _TEN_MINUTES)), np.int64)
    for row in spans:
        counts[row.place] = row.alarms
    return counts


def rate(counts: "np.ndarray[Any, np.dtype[np.float64]]", together: int, acceptable: int, manageable: int) -> Rate:
    """The rate over so many spans of ten minutes together; the last, which is not whole, counts for the peak and, when
    it is the only one, for the mean."""
    whole = len(counts) // together
    sums = np.add.reduceat(counts, np.arange(0, len(counts), together))
    counted = sums[: max(1, whole)]
    return Rate(
        mean=round(float(counted.mean()), 3),
        peak=round(float(sums.max()), 2),
        above_share=round(float((counted > manageable).mean()), 4),
        acceptable=acceptable,
        manageable=manageable,
    )


def _actor(row: SourceRow, books: RuleBooks, total: int) -> BadActor:
    return BadActor(
        source_kind=row.source_kind,
        source_key=row.source_key,
        text=books.words(row.source_kind, row.source_key, row.version),
        alarms=row.alarms,
        share=round(row.alarms / total, 4),
        machines=row.machines,
        chattering_points=row.chattering_points,
        fleeting=row.fleeting,
    )


async def _false_alarms(
    conn: Connection, from_at: datetime, to_at: datetime, catalogue: Catalogue
) -> list[FalseAlarms]:
    """What cost most, versions of a source together."""
    wanted = QualityFilter(from_at=from_at, to_at=to_at)
    page = await list_finding_quality(conn, wanted, after=None, limit=1000, catalogue=catalogue)
    costs: dict[tuple[str, str], FalseAlarms] = {}
    for one in page.items:
        key = (one.source_kind, one.source_key)
        costs[key] = _added(costs.get(key), one)
    dear = [cost for cost in costs.values() if cost.minutes > 0]
    return sorted(dear, key=lambda cost: (-cost.minutes, cost.source_key))[:LISTED]


def _added(cost: FalseAlarms | None, one: FindingQuality) -> FalseAlarms:
    verdicts = one.verdicts
    wrong = verdicts.nuisance + verdicts.not_found + (0 if one.source_kind == "sensor" else verdicts.sensor)
    judged = verdicts.true_fault + verdicts.nuisance + verdicts.sensor + verdicts.not_found
    before = (cost.judged, cost.wrong, cost.minutes) if cost else (0, 0, 0.0)
    return FalseAlarms(
        source_kind=one.source_kind,
        source_key=one.source_key,
        text=one.text,
        judged=before[0] + judged,
        wrong=before[1] + wrong,
        minutes=round(before[2] + one.false_alarm_minutes, 1),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class FloodPage:
    """A page; `end` is the place of its last entry when there are more."""

    items: list[FloodRow]
    end: int | None
    next_cursor: str | None = None

    def with_cursor(self, cursor: str | None) -> Self:
        """The page with its cursor for the next one."""
        return replace(self, next_cursor=cursor)


async def list_floods(conn: Connection, *, after: Sequence[str | int | None] | None, limit: int) -> FloodPage:
    """Floods, the newest first; one that goes on is the first."""
    match after:
        case None:
            before = 2**31 - 1
        case [int(place)] if 0 < place < 2**31:
            before = place
        case _:
            raise InvalidInput("cursor_foreign", where="cursor")
    rows = await alarm_load.list_floods(conn, before=before, limit=limit + 1)
    return FloodPage(items=rows[:limit], end=rows[limit - 1].flood_id if len(rows) > limit else None)
