"""When the platform itself was down, and what the ledger lacks of those times; what was refused, by hour."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from fleet.errors import InvalidInput
from storage import read_data_trust
from storage.read_data_trust import HoleRow
from storage.read_pool import Connection
from storage.read_readings import Span
from storage.sight import Scope
from usecases.read_lateness import USUAL_SPAN, downs_between, whole_hours
from usecases.read_spans import difference, intersection, length_us, union
from usecases.readings_columns import instant, us_of

LONGEST_SPAN = timedelta(days=366)
MOST_DOWNS, MOST_MACHINES = 200, 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Down:
    """A time in which the platform did not work; `to_at` is None while it lasts."""

    from_at: datetime
    to_at: datetime | None
    seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class MachineHoles:
    """A machine's power cycles with messages missing, and those of them that lived through a time of ours."""

    machine_id: UUID
    machine_name: str
    power_cycles: int
    messages: int
    over_downs: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Holes:
    """What the ledger lacks of the power cycles heard of in the span."""

    power_cycles: int
    messages: int
    over_downs: int
    over_downs_messages: int
    machines: list[MachineHoles]


@dataclass(frozen=True, slots=True, kw_only=True)
class PlatformTime:
    """The answer; see api.schemas.data_trust."""

    from_at: datetime
    to_at: datetime
    recorded_from: datetime | None
    healthy_until: datetime | None
    is_down: bool
    down_s: float
    behind_s: float
    available_share: float | None
    starts: int
    downs: list[Down]
    holes: Holes


async def read_platform_time(
    conn: Connection, scope: Scope, *, from_at: datetime | None, to_at: datetime | None, now: datetime
) -> PlatformTime:
    """Of a span, a day up to now unless told. Raises InvalidInput."""
    end = min(to_at or now, now)
    start = from_at or end - USUAL_SPAN
    if start >= end:
        raise InvalidInput("span_backwards", where="from")
    if end - start > LONGEST_SPAN:
        raise InvalidInput("span_too_long", where="from", days=LONGEST_SPAN.days)
    hearing = await read_data_trust.list_healthy(conn, from_at=start, to_at=now)
    behind = await read_data_trust.list_behind(conn, from_at=start, to_at=now)
    healthy = union([*hearing, *behind])
    downs = downs_between(healthy, us_of(now))
    asked = Span(us_of(start), us_of(end))
    in_span = intersection(downs, [asked])
    only_behind = intersection(difference(union(behind), union(hearing)), [asked])
    known = intersection([Span(healthy[0].from_us, asked.to_us)], [asked]) if healthy else []
    holes = await read_data_trust.list_holes(conn, scope, from_at=start, to_at=end, now=now)
    return PlatformTime(
        from_at=start,
        to_at=end,
        recorded_from=instant(healthy[0].from_us) if healthy else None,
        healthy_until=instant(healthy[-1].to_us) if healthy else None,
        is_down=bool(downs) and downs[-1].to_us == us_of(now),
        down_s=round(length_us(in_span) / 1e6, 1),
        behind_s=round(length_us(only_behind) / 1e6, 1),
        available_share=round(1 - length_us(in_span) / length_us(known), 6) if known else None,
        starts=sum(asked.from_us <= span.from_us < asked.to_us for span in healthy),
        downs=[_down(span, us_of(now)) for span in reversed(_touching(downs, asked)[-MOST_DOWNS:])],
        holes=_holes(holes, downs),
    )


def _touching(downs: Sequence[Span], asked: Span) -> list[Span]:
    return [span for span in downs if span.from_us < asked.to_us and span.to_us > asked.from_us]


def _down(span: Span, now_us: int) -> Down:
    lasts = span.to_us == now_us
    return Down(
        from_at=instant(span.from_us),
        to_at=None if lasts else instant(span.to_us),
        seconds=round(length_us([span]) / 1e6, 1),
    )


def _holes(rows: Sequence[HoleRow], downs: Sequence[Span]) -> Holes:
    ours = [bool(_touching(downs, Span(row.from_us, row.to_us))) for row in rows]
    by_machine: dict[UUID, MachineHoles] = {}
    for row, is_ours in zip(rows, ours, strict=True):
        before = by_machine.get(row.machine_id)
        by_machine[row.machine_id] = MachineHoles(
            machine_id=row.machine_id,
            machine_name=row.machine_name,
            power_cycles=1 + (before.power_cycles if before else 0),
            messages=row.missing + (before.messages if before else 0),
            over_downs=int(is_ours) + (before.over_downs if before else 0),
        )
    worst = sorted(by_machine.values(), key=lambda one: (-one.messages, one.machine_name))
    return Holes(
        power_cycles=len(rows),
        messages=sum(row.missing for row in rows),
        over_downs=sum(ours),
        over_downs_messages=sum(row.missing for row, is_ours in zip(rows, ours, strict=True) if is_ours),
        machines=worst[:MOST_MACHINES],
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class RefusedHour:
    """What was refused in an hour for a reason."""

    at: datetime
    reason: str
    refused: int
    waiting: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RefusedReason:
    """What was refused in the span for a reason; `waiting`: not yet replayed."""

    reason: str
    refused: int
    waiting: int
    last_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusals:
    """The answer; see api.schemas.data_trust."""

    from_at: datetime
    to_at: datetime
    refused: int
    waiting: int
    reasons: list[RefusedReason]
    hours: list[RefusedHour]


async def read_refusals(
    conn: Connection, *, from_at: datetime | None, to_at: datetime | None, now: datetime
) -> Refusals:
    """What was refused in these whole hours. Raises InvalidInput."""
    start, end = whole_hours(from_at, to_at, now)
    rows = await read_data_trust.list_refusals(conn, from_at=start, to_at=end)
    reasons = []
    for reason in sorted({row.reason for row in rows}):
        mine = [row for row in rows if row.reason == reason]
        total, waiting = sum(row.refused for row in mine), sum(row.waiting for row in mine)
        last_at = max(row.last_at for row in mine)
        reasons.append(RefusedReason(reason=reason, refused=total, waiting=waiting, last_at=last_at))
    return Refusals(
        from_at=start,
        to_at=end,
        refused=sum(row.refused for row in rows),
        waiting=sum(row.waiting for row in rows),
        reasons=sorted(reasons, key=lambda one: (-one.refused, one.reason)),
        hours=[
            RefusedHour(at=row.hour_at, reason=row.reason, refused=row.refused, waiting=row.waiting) for row in rows
        ],
    )
