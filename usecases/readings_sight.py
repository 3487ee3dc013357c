"""What is asked of a machine's readings, and what of it the caller may see: spans and signals, by class of data."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Literal

import numpy as np

from fleet.batch import Float64Array, Int64Array
from fleet.data_classes import COARSE_STEP, DataClass, class_of
from fleet.errors import InvalidInput
from fleet.signals import Catalogue, Signal
from storage.coordinates import Shifted, list_shifted
from storage.read_pool import Connection
from storage.read_readings import RawRows, Span
from storage.read_state import find_state
from storage.sight import Period, Scope, Sight, get_machine_key
from usecases.read_spans import length_us, union
from usecases.readings_columns import Series, us_of
from usecases.stated_places import PLACE, LastPlaces

_DEFAULT_SPAN = timedelta(hours=1)
_DEFAULT_SIGNALS = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What is asked: from_at <= t < to_at; no signals means those that the machine reports."""

    from_at: datetime
    to_at: datetime
    signals: tuple[str, ...]
    max_points: int
    resolution: Literal["raw"] | None = None  # None: the one that fits


def question(
    *,
    from_at: datetime | None,
    to_at: datetime | None,
    signals: tuple[str, ...],
    max_points: int,
    resolution: Literal["raw"] | None = None,
    now: datetime,
) -> Question:
    """The question with its defaults: until now, the last hour. Raises InvalidInput when it ends before it begins."""
    end = to_at or max(now, (from_at or now) + timedelta(microseconds=1))
    begin = from_at or end - _DEFAULT_SPAN
    if begin >= end:
        raise InvalidInput("span_backwards", where="from")
    return Question(from_at=begin, to_at=end, signals=signals, max_points=max_points, resolution=resolution)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sighted:
    """The parts of an answer: signals, and the spans in which they are seen."""

    machine_id: int
    public_id: str
    parts: list[tuple[list[Span], list[Signal]]]
    sight: Sight
    keys: list[str]  # in the order asked for
    withheld: list[str]
    shifts: Sequence[Shifted] = ()  # when places were not stated in WGS 84; then both signals of a place are read

    @property
    def signals(self) -> list[Signal]:
        """All that are seen at some time of the span."""
        return [signal for _, signals in self.parts for signal in signals]

    @property
    def asked(self) -> list[tuple[int, Signal]]:
        """Those of `signals` that are answered, each with its number."""
        return [(number, signal) for number, signal in enumerate(self.signals) if signal.key in self.keys]

    @property
    def swaps(self) -> list[Span]:
        """The instants at which the system changes in which places are stated."""
        edges = {us for shift in self.shifts for us in (shift.from_us, shift.to_us)}
        return [Span(us, us + 1) for us in edges if any(s.from_us < us < s.to_us for s in self.spans)]

    @property
    def spans(self) -> list[Span]:
        """When anything is seen."""
        return union(span for spans, _ in self.parts for span in spans)

    def spans_of(self, signal: Signal) -> list[Span]:
        """When this signal is seen."""
        return next((spans for spans, signals in self.parts if signal in signals), [])

    @property
    def longest_us(self) -> int:
        """Of the longest part."""
        return max((length_us(spans) for spans, _ in self.parts), default=0)


async def get_sighted(
    conn: Connection, scope: Scope, reference: str, asked: Question, *, catalogue: Catalogue
) -> Sighted:
    """The machine and what of it the scope sees in the span. Raises NotFound."""
    machine = await get_machine_key(conn, scope, reference)
    keys = asked.signals or await _reported(conn, machine.machine_id, catalogue)
    span = Span(us_of(asked.from_at), us_of(asked.to_at))
    parts: list[tuple[list[Span], list[Signal]]] = []
    for key in keys:
        seen = _seen(catalogue[key], machine.sight, span)
        same = next((signals for spans, signals in parts if spans == seen), None)
        if same is not None:
            same.append(catalogue[key])
        elif seen:
            parts.append((seen, [catalogue[key]]))
    shown = {signal.key for _, signals in parts for signal in signals}
    shifts = (
        [] if shown.isdisjoint(PLACE) else (await list_shifted(conn, [machine.machine_id])).get(machine.machine_id, [])
    )
    if shifts:
        _complete(parts, catalogue)
    return Sighted(
        machine_id=machine.machine_id,
        public_id=str(machine.public_id),
        parts=parts,
        sight=machine.sight,
        keys=list(keys),
        withheld=[key for key in keys if key not in shown],
        shifts=shifts,
    )


def _complete(parts: list[tuple[list[Span], list[Signal]]], catalogue: Catalogue) -> None:
    """Add the signal that makes a place of the one that was asked for: both are seen at the same times."""
    for _, signals in parts:
        missing = [catalogue[key] for key in PLACE if catalogue[key] not in signals]
        if len(missing) == 1:
            signals.append(missing[0])


def _seen(signal: Signal, sight: Sight, span: Span) -> list[Span]:
    """The part of the span in which the signal may be seen; of a place at least coarsely."""
    data_class = class_of(signal)
    return clipped(span, sight.coarse_periods if data_class is DataClass.POSITION else sight.periods(data_class))


def placed(series: Series, sight: Sight, visible: Sequence[Span]) -> Series:
    """A series of places on the coarse grid unless all of it may be seen exactly; any other as it is."""
    step = COARSE_STEP.get(series.signal.key)
    if step is None or is_exact(sight, visible):
        return series
    return replace(series, mean=(np.round(series.mean / step) * step).round(1), min=None, max=None)


def series_in_wgs84(series: Sequence[Series], at_us: Int64Array, shifts: Sequence[Shifted]) -> list[Series]:
    """The series with the places among them in WGS 84, by the time of each value."""
    found = {str(one.signal.key): one for one in series}
    if not shifts or not found.keys() >= set(PLACE):
        return list(series)
    both = [found[key] for key in PLACE]
    times = [at_us if one.last_us is None else one.last_us for one in both]
    places = LastPlaces(both[0].mean, both[1].mean, times[0], times[1]).in_wgs84(shifts)
    found |= {key: replace(found[key], mean=values) for key, values in zip(PLACE, places, strict=True)}
    return list(found.values())


def rows_in_wgs84(rows: RawRows, sighted: Sighted) -> RawRows:
    """The rows of `sighted.signals` with their places in WGS 84."""
    number = {str(signal.key): n for n, signal in enumerate(sighted.signals)}
    if not sighted.shifts or not number.keys() >= set(PLACE):
        return rows
    values: Float64Array = rows.values.copy()
    latitude, longitude = (number[key] for key in PLACE)
    places = LastPlaces(values[:, latitude], values[:, longitude], rows.at_us, rows.at_us)
    values[:, latitude], values[:, longitude] = places.in_wgs84(sighted.shifts)
    return RawRows(rows.at_us, values)


def is_exact(sight: Sight, visible: Sequence[Span]) -> bool:
    """Whether places of all these spans may be seen exactly."""
    exact = union(s for v in visible for s in clipped(v, sight.periods(DataClass.POSITION)))
    return sight.exact_positions and length_us(exact) == length_us(visible)


async def _reported(conn: Connection, machine_id: int, catalogue: Catalogue) -> tuple[str, ...]:
    state = await find_state(conn, machine_id)
    ids = sorted(state.signal_ids)[:_DEFAULT_SIGNALS] if state else []
    return tuple(catalogue.signals[i].key for i in ids if i < len(catalogue))


def clipped(span: Span, periods: Sequence[Period]) -> list[Span]:
    """The part of the span that lies in the periods."""
    return union(
        Span(
            span.from_us if p.from_at is None else max(span.from_us, us_of(p.from_at)),
            span.to_us if p.to_at is None else min(span.to_us, us_of(p.to_at)),
        )
        for p in periods
    )


def masked(rows: RawRows, sighted: Sighted) -> RawRows:
    """The rows with nothing but what may be seen; rows of which nothing is left are left out."""
    values = rows.values.copy()
    column = 0
    for spans, signals in sighted.parts:
        edges = np.array([edge for s in spans for edge in (s.from_us, s.to_us)], np.int64)
        outside = np.searchsorted(edges, rows.at_us, side="right") % 2 == 0
        values[outside, column : column + len(signals)] = np.nan
        column += len(signals)
    kept = ~np.isnan(values).all(axis=1)
    return RawRows(rows.at_us[kept], values[kept])
