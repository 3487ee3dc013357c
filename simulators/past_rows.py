"""What one terminal kept of the weeks before a run: fewer rows than it measured, on counters that end where the run
begins, with holes where its memory was too small for a long outage."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np

from fleet.batch import BoolArray, Float64Array, Int64Array
from fleet.signals import Aggregation, Catalogue
from simulators.machines import Worksite
from simulators.month.events import Labels
from simulators.month.instruments import Stream
from simulators.month.rows import ROW_US, START_US

ROWS_PER_MESSAGE = 200
ON_EVERY_ROWS, OFF_EVERY_ROWS = 6, 90  # a reading a minute at work, one in a quarter of an hour at rest
TURNS_RPM = 300.0  # an engine that is not cranked any more
SLOW_EVERY = 10  # of the rows that were kept: what hardly moves, unless something is wrong
OFTEN = frozenset(
    {
        "engine_speed_rpm", "engine_load_pct", "engine_oil_pressure_kpa", "engine_coolant_temp_degc",
        "hydraulic_oil_temp_degc", "transmission_oil_temp_degc", "ambient_temp_degc", "fuel_rate_lph", "fuel_level_pct",
        "battery_voltage_v", "ground_speed_kmh", "latitude_deg", "longitude_deg",
    }
)  # fmt: skip
"""What goes out with every row. The rest is sent with some rows, and with all of them while a fault is on: the platform
keeps and rolls up every value, and of a month of a fleet these are most."""


@dataclass(frozen=True, slots=True)
class PastRows:
    """at_us (rows,) UTC; values (rows, signals) as `keys`, NaN where nothing was told; forgotten (rows,): how many
    messages the terminal had lost for want of memory when it came to the row."""

    at_us: Int64Array
    values: Float64Array
    keys: tuple[str, ...]
    forgotten: Int64Array

    def column(self, key: str) -> Float64Array:
        """A signal's values, to be changed in place; shape (rows,). Raises ValueError when it is not measured."""
        column: Float64Array = self.values[:, self.keys.index(key)]
        return column

    def taken(self, rows: BoolArray | Int64Array) -> "PastRows":
        """Some of its rows, in their order; a copy."""
        return PastRows(self.at_us[rows], self.values[rows], self.keys, self.forgotten[rows])


def past_rows(
    month: tuple[Stream, Labels], begins: Mapping[str, float], catalogue: Catalogue, *, first_us: int, end_us: int
) -> PastRows:
    """The rows of a month that were kept before `end_us`, its first day beginning at `first_us`, counters ending at
    `begins`."""
    stream, labels = month
    shifted = stream.at_us - START_US + first_us
    kept = _kept(stream, catalogue) & (shifted < end_us)
    names = tuple(catalogue.signals[position].key for position in stream.signals.tolist())
    gaps = np.diff(stream.at_us, prepend=stream.at_us[0] - ROW_US) // ROW_US - 1  # rows that the terminal lost
    messages = np.where(gaps > 0, np.maximum(gaps // (ON_EVERY_ROWS * ROWS_PER_MESSAGE), 1), 0)
    values = _ending_at(stream, stream.values[kept], begins, catalogue)
    _leave_out(values, [key not in OFTEN for key in names], _is_told((stream.at_us[kept] - START_US) // ROW_US, labels))
    return PastRows(
        at_us=shifted[kept],
        values=values,
        keys=names,
        forgotten=np.cumsum(messages)[kept],
    )


def first_midnight_us(site: Worksite, end_us: int, days: int) -> int:
    """The midnight of a site at which the first of `days` days begins; the last one is the day of `end_us`."""
    zone = ZoneInfo(site.time_zone)
    last = datetime.fromtimestamp(end_us / 1e6, UTC).astimezone(zone).date()
    first = datetime.combine(last - timedelta(days=days - 1), datetime.min.time(), zone)
    return round(first.timestamp() * 1e6) // ROW_US * ROW_US


def _kept(stream: Stream, catalogue: Catalogue) -> BoolArray:
    """Which rows the terminal kept: fewer while the engine stands, and the first and last of each spell."""
    runs = stream.values[:, int(np.flatnonzero(stream.signals == catalogue.index["engine_speed_rpm"])[0])] > TURNS_RPM
    row = (stream.at_us - START_US) // ROW_US
    turns = np.concatenate(([True], runs[1:] != runs[:-1]))
    every = np.where(runs, ON_EVERY_ROWS, OFF_EVERY_ROWS)
    kept: BoolArray = (row % every == 0) | turns | np.append(turns[1:], True)
    return kept


def _is_told(row: Int64Array, labels: Labels) -> BoolArray:
    """Whether a kept row brings every signal; `row` counts those of the month."""
    told: BoolArray = np.arange(len(row)) % SLOW_EVERY == 0
    told[-1:] = True  # where the run begins
    spans = [(fault.from_row, fault.to_row) for fault in labels.faults]
    spans += [(lie.from_row, lie.to_row) for lie in labels.sensors]
    for begin, end in spans:
        told |= (row >= begin) & (row < end)
    return told


def _leave_out(values: Float64Array, is_slow: Sequence[bool], is_told: BoolArray) -> None:
    """Take slow signals out of rows that do not bring them, in place; shapes (rows, signals), (signals,), (rows,)."""
    values[np.ix_(~is_told, np.flatnonzero(is_slow))] = np.nan


def _ending_at(stream: Stream, kept: Float64Array, begins: Mapping[str, float], catalogue: Catalogue) -> Float64Array:
    """The rows `kept`, each counter moved so that it ends where the run begins (from 0 up where it grew more)."""
    values = kept.copy()
    for column, position in enumerate(stream.signals.tolist()):
        signal = catalogue.signals[position]
        end = begins.get(signal.key, float("nan"))
        told = np.flatnonzero(np.isfinite(values[:, column]))
        if signal.aggregation is Aggregation.COUNTER and np.isfinite(end) and len(told):
            counted = values[:, column] - values[told[0], column]
            grown = counted[told[-1]]
            values[:, column] = np.round(max(end - grown, 0.0) + counted * min(1.0, end / max(grown, 1e-9)), 3)
    return values
