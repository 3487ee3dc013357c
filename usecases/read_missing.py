"""Which minutes of a machine are missing, and why."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np

from fleet.data_classes import DataClass
from fleet.errors import InvalidInput
from storage import read_missing
from storage.read_pool import Connection
from storage.read_readings import Span, list_pending
from storage.sight import MachineKey, Scope, get_machine_key
from usecases.missing_minutes import BoolArray, Facts, Minutes, Reason, Stretch, judge
from usecases.read_spans import intersection, length_us, union
from usecases.readings_columns import instant, us_of
from usecases.readings_sight import clipped

MINUTE_US = 60_000_000
LONGEST = timedelta(days=31)
_LATE_US = 15 * MINUTE_US
_COUNTED_US = 6 * 60 * MINUTE_US  # of minutes that wait for their rollup, as many are looked up in the readings


@dataclass(frozen=True, slots=True, kw_only=True)
class MissingStretch:
    """Adjoining minutes without readings for one reason; `detail` are the quarantine's reasons, when refused."""

    from_at: datetime
    to_at: datetime
    minutes: int
    reason: str
    detail: list[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class MissingMinutes:
    """The answer; see api.schemas.missing."""

    machine_id: str
    from_at: datetime
    to_at: datetime
    minutes: int
    present_minutes: int
    missing_minutes: int
    by_reason: dict[str, int]
    items: list[MissingStretch]
    pending: bool


async def get_missing(
    conn: Connection,
    scope: Scope,
    reference: str,
    *,
    from_at: datetime | None,
    to_at: datetime | None,
    now: datetime,
) -> MissingMinutes:
    """Every whole minute of the span up to now, with or without readings. Raises NotFound and InvalidInput."""
    span = _span(from_at, to_at, now)
    machine = await get_machine_key(conn, scope, reference)
    facts, refusals, pending = await _facts(conn, machine, span, now)
    stretches = judge(facts)
    missing = sum(s.last - s.first for s in stretches)
    reasons = {r: sum(s.last - s.first for s in stretches if s.reason is r) for r in Reason if r is not Reason.PRESENT}
    return MissingMinutes(
        machine_id=str(machine.public_id),
        from_at=instant(span.from_us),
        to_at=instant(span.to_us),
        minutes=facts.count,
        present_minutes=facts.count - missing,
        missing_minutes=missing,
        by_reason={reason.name.lower(): minutes for reason, minutes in reasons.items()},
        items=[_shown(stretch, span, refusals) for stretch in stretches],
        pending=pending,
    )


def _span(from_at: datetime | None, to_at: datetime | None, now: datetime) -> Span:
    """Whole minutes, none of them later than now; the last day unless told."""
    end = min(to_at or now, now)
    begin = from_at or end - timedelta(days=1)
    span = Span(us_of(begin) // MINUTE_US * MINUTE_US, us_of(end) // MINUTE_US * MINUTE_US)
    if span.from_us >= span.to_us:
        raise InvalidInput("missing_span_empty", where="from")
    if span.to_us - span.from_us > us_of(instant(0) + LONGEST):
        raise InvalidInput("span_too_long", where="from", days=LONGEST.days)
    return span


def _shown(stretch: Stretch, span: Span, refusals: dict[int, set[str]]) -> MissingStretch:
    told = {reason for m in range(stretch.first, stretch.last) for reason in refusals.get(m, ())}
    return MissingStretch(
        from_at=instant(span.from_us + stretch.first * MINUTE_US),
        to_at=instant(span.from_us + stretch.last * MINUTE_US),
        minutes=stretch.last - stretch.first,
        reason=stretch.reason.name.lower(),
        detail=sorted(told) if stretch.reason is Reason.REFUSED else [],
    )


async def _facts(
    conn: Connection, machine: MachineKey, span: Span, now: datetime
) -> tuple[Facts, dict[int, set[str]], bool]:
    """What is known, what quarantine says by minute, and whether some minutes wait for their rollup unlooked at."""
    from_at, to_at = instant(span.from_us), instant(span.to_us)
    visible = clipped(span, machine.periods(DataClass.READINGS))
    dirty = union(await list_pending(conn, machine.machine_id, from_at=from_at, to_at=to_at))
    counted = intersection(dirty, visible) if length_us(dirty) <= _COUNTED_US else []
    present = await _present(conn, machine.machine_id, span, counted)
    known = await read_missing.find_known(conn, machine.machine_id, from_at=from_at, to_at=to_at, now=now)
    refusals: dict[int, set[str]] = {}
    for us, reason in known.refused:
        refusals.setdefault(_minute(us, span), set()).add(reason)
    late = [s for s in dirty if s.from_us < us_of(now) - _LATE_US] if known.online else []
    facts = Facts(
        count=len(present),
        present=present,
        visible=_whole(visible, span),
        installed=_touched(known.installed, span),
        healthy=_touched(known.healthy, span) if known.healthy else None,
        refused=sorted(refusals),
        statuses=[(_minute(us, span), online) for us, online in known.statuses],
        off=await _off(conn, machine, span, present),
        lost=_touched([part for part, cycle in known.lost if _is_seen(machine, cycle)], span),
        arriving=_touched(intersection(late, visible), span),
    )
    return facts, refusals, bool(dirty) and not counted


async def _present(conn: Connection, machine_id: int, span: Span, counted: Sequence[Span]) -> BoolArray:
    """The minutes with readings: of the most frequent signal, and where that is silent of any other."""
    present = np.zeros((span.to_us - span.from_us) // MINUTE_US, np.bool_)
    place = {"from_at": instant(span.from_us), "to_at": instant(span.to_us)}
    signals = await read_missing.list_signals(conn, machine_id, **place)
    if signals:
        first = await read_missing.list_minutes(conn, machine_id, signals[0], **place)
        present[(first - span.from_us) // MINUTE_US] = True
        gaps = [(instant(_us(a, span)), instant(_us(b, span))) for a, b in _gaps(present)]
        others = await read_missing.list_other_minutes(conn, machine_id, signals[1:], gaps)
        present[(others - span.from_us) // MINUTE_US] = True
    waiting = [(instant(s.from_us), instant(s.to_us)) for s in counted]
    raw = await read_missing.list_raw_minutes(conn, machine_id, waiting)
    present[(raw - span.from_us) // MINUTE_US] = True
    return present


def _is_seen(machine: MachineKey, cycle: Span) -> bool:
    """Whether the caller sees the whole power cycle: of one that a change of owner cuts, the missing numbers may be of
    either part."""
    ends = instant(cycle.from_us), instant(cycle.to_us)
    return any(all(period.covers(at) for at in ends) for period in machine.periods(DataClass.READINGS))


async def _off(conn: Connection, machine: MachineKey, span: Span, present: BoolArray) -> frozenset[int]:
    ends = [first - 1 for first, _ in _gaps(present) if first > 0]
    begin = instant(span.from_us)
    seen = next((p for p in machine.periods(DataClass.READINGS) if p.covers(begin)), None)
    seen_from = None if seen is None or present[0] else seen.from_at or instant(0)
    off, before = await read_missing.list_off(
        conn,
        machine.machine_id,
        [instant(_us(minute, span)) for minute in ends],
        from_at=begin,
        to_at=instant(span.to_us),
        seen_from=seen_from,
    )
    return frozenset([_minute(us_of(at), span) for at in off] + ([-1] if before else []))


def _gaps(present: BoolArray) -> list[tuple[int, int]]:
    edges = np.flatnonzero(np.diff(np.concatenate([[True], present, [True]]).astype(np.int8)))
    return [(int(a), int(b)) for a, b in edges.reshape(-1, 2)]


def _us(minute: int, span: Span) -> int:
    return span.from_us + minute * MINUTE_US


def _minute(us: int, span: Span) -> int:
    return (us - span.from_us) // MINUTE_US


def _touched(spans: Iterable[Span], span: Span) -> Minutes:
    """The minutes that the spans touch."""
    return [(_minute(s.from_us, span), -((span.from_us - s.to_us) // MINUTE_US)) for s in spans]


def _whole(spans: Iterable[Span], span: Span) -> Minutes:
    """The minutes that lie in the spans as a whole: of a minute seen in part nothing is told."""
    return [(-((span.from_us - s.from_us) // MINUTE_US), _minute(s.to_us, span)) for s in spans]
