"""Time series of one machine, element by element, clipped to what the caller sees of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from diagnosis.fault_knowledge import packaged_knowledge
from fleet.batch import EventKind
from fleet.data_classes import DataClass
from fleet.signals import Catalogue
from storage import read_aemp, read_aemp_series
from storage.read_aemp_series import MOST_RECORDS, CautionRow, HourlyDay
from storage.read_pool import Connection, TooExpensive
from storage.read_readings import Span
from storage.sight import MachineKey, Period, Scope
from usecases.aemp.elements import Element, Record
from usecases.aemp.meanings import (
    ENGINE_SPEED,
    MEANINGS,
    RUNNING_FROM_RPM,
    Capacities,
    Day,
    Meaning,
    day_records,
    engine_status,
    max_speed,
)
from usecases.aemp.snapshot import day_signals
from usecases.positions import seen_value
from usecases.read_alarm_words import fault_words
from usecases.read_readings_series import clipped
from usecases.stated_places import samples_in_wgs84

PAGE = 100
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_DAYS = {
    "FuelUsedLast24": DataClass.HOURS,
    "AverageLoadFactorLast24": DataClass.READINGS,
    "MaximumSpeedLast24": DataClass.READINGS,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Stretch:
    """start <= t < end."""

    start: datetime
    end: datetime


@dataclass(frozen=True, slots=True)
class After:
    """Where a page begins: after so many records of this time (microseconds since 1970) and all earlier ones."""

    at_us: int
    count: int


@dataclass(frozen=True, slots=True)
class SeriesPage:
    """A page of records in time order; `next` is where the one after it begins, None on the last."""

    records: list[Record]
    next: After | None
    pages: int


class Series:
    """Reads the series of one machine."""

    def __init__(self, conn: Connection, scope: Scope, machine: MachineKey, catalogue: Catalogue) -> None:
        self._conn = conn
        self._scope = scope
        self._machine = machine
        self._catalogue = catalogue

    async def page(self, element: Element, wanted: Stretch, *, number: int, after: After | None) -> SeriesPage:
        """A page of an element's records. Raises TooExpensive when the whole series is beyond what is served."""
        records = await self._records(element.record, wanted)
        if len(records) > MOST_RECORDS:
            raise TooExpensive
        begin = (number - 1) * PAGE if after is None else _after(records, after)
        shown, left = records[begin : begin + PAGE], max(0, len(records) - begin - PAGE)
        pages = number + -(-left // PAGE)
        return SeriesPage(shown, _end(records[: begin + PAGE]) if left else None, pages)

    async def _records(self, name: str, wanted: Stretch) -> list[Record]:
        if name in MEANINGS:
            return await self._samples(name, MEANINGS[name], wanted)
        if name in _DAYS:
            return await self._days(name, wanted)
        if name == "EngineStatus":
            return await self._running(wanted)
        return await self._cautions(wanted) if name == "FaultCode" else []

    async def _samples(self, name: str, meaning: Meaning, wanted: Stretch) -> list[Record]:
        """The last reading of each quarter of an hour."""
        is_place = meaning.data_class is DataClass.POSITION
        sight = self._machine.sight
        spans = _spans(wanted, sight.coarse_periods if is_place else sight.periods(meaning.data_class))
        row = await read_aemp.find_fleet_row(self._conn, self._scope, self._machine.machine_id, now=wanted.end)
        reported = set(row.signal_ids) if row else set()
        ids = {keys: {self._catalogue[key].id for key in keys} for keys in meaning.sources}
        source = next((keys for keys in meaning.sources if ids[keys] <= reported), meaning.sources[0])
        needed, also = ([self._catalogue[key] for key in keys] for keys in (source, meaning.also))
        rows = await read_aemp_series.list_samples(self._conn, self._machine.machine_id, spans, needed, also)
        if is_place:
            rows = await samples_in_wgs84(self._conn, self._machine.machine_id, rows)
        tanks = Capacities(fuel_l=row.fuel_tank_l, def_l=row.def_tank_l) if row else Capacities()
        signals = (*needed, *also)

        def record(found: tuple[Any, ...]) -> Record:
            at, *values = found
            pairs = zip(signals, values, strict=True)
            seen = [seen_value(s, v, at=at, sight=sight) for s, v in pairs if v is not None]
            return Record(name, at, meaning.fields([v for v in seen if v is not None], tanks))

        return [record(found) for found in rows]

    async def _days(self, name: str, wanted: Stretch) -> list[Record]:
        """What the 24 hours before each full hour came to, where the caller sees all of them."""
        signals = day_signals(self._catalogue)
        sources = {
            "FuelUsedLast24": (signals.fuel,),
            "AverageLoadFactorLast24": (signals.load,),
            "MaximumSpeedLast24": (signals.wheel, signals.ground),
        }
        periods = self._machine.sight.periods(_DAYS[name])
        hours = await read_aemp_series.list_full_hours(
            self._conn, self._machine.machine_id, _spans(wanted, periods), sources[name]
        )
        seen = [at for at in hours if any(_covers(period, at) for period in periods)]
        days = await read_aemp_series.list_hourly_days(self._conn, self._machine.machine_id, seen, signals)
        found = (day_records(_day(day), day.at).get(name) for day in days)
        return [record for record in found if record is not None]

    async def _running(self, wanted: Stretch) -> list[Record]:
        """The state at the first reading, then each change."""
        rows = await read_aemp_series.list_running(
            self._conn,
            self._machine.machine_id,
            _spans(wanted, self._machine.sight.periods(DataClass.READINGS)),
            signal_id=self._catalogue[ENGINE_SPEED].id,
            running_rpm=RUNNING_FROM_RPM,
        )
        return [engine_status(at, running=running) for at, running in rows]

    async def _cautions(self, wanted: Stretch) -> list[Record]:
        """The fault codes of each quarter of an hour, at their first report in it."""
        rows = await read_aemp_series.list_cautions(
            self._conn,
            self._machine.machine_id,
            _spans(wanted, self._machine.sight.periods(DataClass.ALARMS)),
            fault=EventKind.FAULT.value,
        )
        return [self._caution(row) for row in rows]

    def _caution(self, row: CautionRow) -> Record:
        source = () if row.source_address < 0 else (("CodeSource", str(row.source_address)),)
        fields = (
            ("CodeIdentifier", f"SPN {row.spn} FMI {row.fmi}"),
            ("CodeDescription", fault_words(row.spn, row.fmi, self._catalogue).en),
            ("CodeSeverity", packaged_knowledge().severity(row.spn, row.fmi, row.lamps).value),
            *source,
        )
        return Record("FaultCode", row.at, fields)


def _day(row: HourlyDay) -> Day:
    return Day(fuel_l=row.fuel_l, load_pct=row.load_pct, speed_kmh=max_speed(row.wheel_kmh, row.ground_kmh))


def _covers(period: Period, at: datetime) -> bool:
    return period.covers(at - timedelta(hours=24)) and period.covers(at - timedelta(microseconds=1))


def _spans(wanted: Stretch, periods: Sequence[Period]) -> list[Span]:
    return clipped(Span(_us(wanted.start), _us(wanted.end)), periods)


def _us(at: datetime) -> int:
    return (at - _EPOCH) // timedelta(microseconds=1)


def _after(records: Sequence[Record], after: After) -> int:
    """The index of the first record behind the place."""
    same = 0
    for index, record in enumerate(records):
        at_us = _us(record.at)
        same += at_us == after.at_us
        if at_us > after.at_us or (at_us == after.at_us and same > after.count):
            return index
    return len(records)


def _end(records: Sequence[Record]) -> After:
    last = records[-1].at
    return After(_us(last), sum(record.at == last for record in records))
