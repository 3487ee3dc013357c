"""What wear shows of a machine, as people look at it."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from diagnosis.wear.indices import BY_KEY
from fleet.data_classes import DataClass
from storage import wear
from storage.read_pool import Connection
from storage.sight import Scope, get_machine_key
from storage.wear import WearOutlook
from usecases.read_alarm_words import Words

SHOWN = timedelta(days=90)


@dataclass(frozen=True, slots=True, kw_only=True)
class WearValue:
    """An index on a day."""

    day_at: datetime
    value: float
    minutes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class WearOfIndex:
    """One index of a machine with its outlook; see api.schemas.wear."""

    id: str
    text: Words
    unit: str
    worse: str
    as_of: datetime
    days: int
    level: float | None
    limit: float | None
    slope_per_day: float | None
    expected_days: float | None
    low_days: float | None
    high_days: float | None
    remind_at: datetime | None
    values: list[WearValue]


@dataclass(frozen=True, slots=True, kw_only=True)
class MachineWear:
    """All indices of a machine."""

    machine_id: str
    items: list[WearOfIndex]
    next_cursor: None = None


async def get_wear(conn: Connection, scope: Scope, reference: str, *, now: datetime) -> MachineWear:
    """The indices that say anything, with the last 90 days; only days in which the scope sees the machine's readings,
    and no outlook that was made when it did not. Raises NotFound."""
    machine = await get_machine_key(conn, scope, reference)
    periods = machine.periods(DataClass.READINGS)
    values: dict[str, list[WearValue]] = {}
    for day in await wear.read_days(conn, machine.machine_id, since=now - SHOWN):
        if any(period.covers(day.day_at) for period in periods):
            told = WearValue(day_at=day.day_at, value=day.value, minutes=day.minutes)
            values.setdefault(day.index_key, []).append(told)
    items = [
        _shown(one, values[one.index_key])
        for one in await wear.read_outlooks(conn, machine.machine_id)
        if one.index_key in values and one.index_key in BY_KEY and any(p.covers(one.as_of) for p in periods)
    ]
    return MachineWear(machine_id=str(machine.public_id), items=items)


def _shown(one: WearOutlook, values: list[WearValue]) -> WearOfIndex:
    index = BY_KEY[one.index_key]
    return WearOfIndex(
        id=index.key,
        text=Words(zh=index.zh, en=index.en),
        unit=index.unit,
        worse="rising" if index.worse > 0 else "falling",
        as_of=one.as_of,
        days=one.days,
        level=one.level,
        limit=one.limit_value,
        slope_per_day=one.slope_per_day,
        expected_days=one.expected_days,
        low_days=one.low_days,
        high_days=one.high_days,
        remind_at=one.remind_at,
        values=values,
    )
