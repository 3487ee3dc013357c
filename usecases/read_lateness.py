"""How late the data of a fleet came, and the minutes in which none of it was heard."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any
from uuid import UUID

from fleet.errors import InvalidInput
from storage import read_data_trust
from storage.read_data_trust import LatenessRow
from storage.read_pool import Connection
from storage.read_readings import Span
from storage.sight import Scope
from usecases.read_spans import difference, intersection, length_us, touched_cells, union
from usecases.readings_columns import instant, us_of

USUAL_SPAN, LONGEST_SPAN = timedelta(days=1), timedelta(days=31)
LIMITS_S = (10, 60, 900, 3600, 86_400)
COUNTED_AFTER = timedelta(minutes=3)  # a minute, the rollups, and as much again
MOST_SILENT = 200
_HOUR, _MINUTE = timedelta(hours=1), timedelta(minutes=1)
_MINUTE_US = 60_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Lateness:
    """Machine minutes by how late they came; see api.schemas.data_trust."""

    machines: int
    minutes: int
    counts: list[int]
    latest_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class HourLateness(Lateness):
    """Of an hour."""

    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class PartLateness(Lateness):
    """Of a site, an operator or a machine; None: machines without one."""

    id: UUID | None
    name: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SilentStretch:
    """Minutes in which no machine was heard, and how many of them the platform could not hear."""

    from_at: datetime
    to_at: datetime
    minutes: int
    platform_down_minutes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class FleetLateness:
    """The answer."""

    from_at: datetime
    to_at: datetime
    counted_from: datetime | None
    limits_s: list[int]
    total: Lateness
    hours: list[HourLateness]
    sites: list[PartLateness]
    operators: list[PartLateness]
    worst: list[PartLateness]
    silent_minutes: int
    silent: list[SilentStretch]


def whole_hours(from_at: datetime | None, to_at: datetime | None, now: datetime) -> tuple[datetime, datetime]:
    """The span in whole hours, a day up to now unless told. Raises InvalidInput."""
    end = min(to_at or now, now)
    start = from_at or end - USUAL_SPAN
    if start >= end:
        raise InvalidInput("span_backwards", where="from")
    if end - start > LONGEST_SPAN + _HOUR:
        raise InvalidInput("span_too_long", where="from", days=LONGEST_SPAN.days)
    return _floor(start), _floor(end - timedelta(microseconds=1)) + _HOUR


def _floor(at: datetime) -> datetime:
    return at.astimezone(UTC).replace(minute=0, second=0, microsecond=0)


async def read_lateness(
    conn: Connection, scope: Scope, *, from_at: datetime | None, to_at: datetime | None, now: datetime
) -> FleetLateness:
    """How late what was measured in these hours came. Raises InvalidInput."""
    start, end = whole_hours(from_at, to_at, now)
    rows = await read_data_trust.list_lateness(conn, scope, from_at=start, to_at=end, now=now)
    since = await read_data_trust.counted_from(conn)
    hours = sorted((row for row in rows if row.of == "hour"), key=lambda row: row.at or start)
    healthy = await read_data_trust.list_healthy(conn, from_at=start, to_at=end)
    healthy += await read_data_trust.list_behind(conn, from_at=start, to_at=end)
    silent = _silent(hours, _judged(start, end, since, now), healthy)
    return FleetLateness(
        from_at=start,
        to_at=end,
        counted_from=since,
        limits_s=list(LIMITS_S),
        total=_total(rows),
        hours=[HourLateness(at=row.at, **_counted(row)) for row in hours if row.at is not None],
        sites=_parts(rows, "site"),
        operators=_parts(rows, "operator"),
        worst=_parts(rows, "machine"),
        silent_minutes=sum(one.minutes for one in silent),
        silent=silent[-MOST_SILENT:],
    )


def _total(rows: Iterable[LatenessRow]) -> Lateness:
    found = next((row for row in rows if row.of == "all"), None)
    if found is None:
        return Lateness(machines=0, minutes=0, counts=[0] * (len(LIMITS_S) + 1), latest_s=0.0)
    return Lateness(**_counted(found))


def _parts(rows: Iterable[LatenessRow], of: str) -> list[PartLateness]:
    return [PartLateness(id=row.id, name=row.name, **_counted(row)) for row in rows if row.of == of]


def _counted(row: LatenessRow) -> dict[str, Any]:
    """Minutes within each limit, without those within the one before; the last are later than all of them."""
    within = [0, row.in_10s, row.in_1m, row.in_15m, row.in_1h, row.in_1d, row.minutes]
    counts = [after - before for before, after in pairwise(within)]
    latest_s = max(0.0, round(row.latest_s, 1))
    return {"machines": row.machines, "minutes": row.minutes, "counts": counts, "latest_s": latest_s}


def _judged(start: datetime, end: datetime, since: datetime | None, now: datetime) -> list[Span]:
    """The whole minutes that are counted by now."""
    first = start if since is None else max(start, since + _HOUR)  # its first hour may have begun before the counting
    last = min(end, (now - COUNTED_AFTER).replace(second=0, microsecond=0))
    return [Span(us_of(first), us_of(last))] if since is not None and first < last else []


def _silent(hours: Sequence[LatenessRow], judged: list[Span], healthy: list[Span]) -> list[SilentStretch]:
    heard = union(
        Span(us_of(row.at + i * _MINUTE), us_of(row.at + (i + 1) * _MINUTE))
        for row in hours
        if row.at is not None
        for i in range(60)
        if row.heard >> i & 1
    )
    down = downs_between(healthy, judged[-1].to_us if judged else 0)
    return [
        SilentStretch(
            from_at=instant(span.from_us),
            to_at=instant(span.to_us),
            minutes=length_us([span]) // _MINUTE_US,
            platform_down_minutes=length_us(intersection([span], touched_cells(down, _MINUTE_US))) // _MINUTE_US,
        )
        for span in difference(judged, heard)
    ]


def downs_between(healthy: Sequence[Span], until_us: int) -> list[Span]:
    """When the platform could not hear after it first could: between two healthy spans, and for more than a minute
    after the last, which is written every few seconds. Sorted and disjoint."""
    known = union(healthy)
    if not known:
        return []
    last = known[-1].to_us
    whole = Span(known[0].from_us, until_us if until_us - last > _MINUTE_US else last)
    return difference([whole], known)
