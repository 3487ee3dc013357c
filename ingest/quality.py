"""The quality step: from rows as they were sent to rows that may be stored. Pure numpy; nothing is dropped silently."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from fleet.batch import (
    UNRESOLVED,
    Batch,
    BoolArray,
    EventBatch,
    EventKind,
    Float64Array,
    Int32Array,
    Int64Array,
    IntpArray,
    Messages,
    Quarantined,
    ReadingBatch,
    Reason,
)
from fleet.signals import Catalogue
from ingest.marks import Marks
from ingest.registry import UNKNOWN_TERMINAL, Registry

WHOLE_MESSAGE = -1  # Quarantined.row: every row of the message
EVENTS_ONLY = -2  # Quarantined.row: the message's rows were kept, its events were not
OUT_OF_LIMITS = 2  # value of a SENSOR_ERROR event made here


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What a clock may say: not before oldest_us (retention), nor more than future_us after received_at."""

    oldest_us: int
    future_us: int = 300_000_000


@dataclass(frozen=True, slots=True)
class Extra:
    """Values of keys that are no catalogue signals; parallel, (values,) each."""

    machine: Int32Array
    measured_at_us: Int64Array
    key: list[str]
    value: Float64Array


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """A batch that may be stored.

    fresh: rows above their machine's mark, one an instant, sorted by (machine, measured_at): COPY them. rest: late
    rows, duplicates and rows that share an instant, sorted likewise, one instant's rows in arrival order: merge them.
    All values are float64 that hold exactly what their column will. events: with machines resolved, and one
    SENSOR_ERROR for each value that was out of its limits. quarantined: the batch's own and what was refused here.
    terminal: (messages,) terminal_id of each message, UNKNOWN_TERMINAL where there is none.
    """

    terminal: Int32Array
    fresh: ReadingBatch
    rest: ReadingBatch
    events: EventBatch
    extra: Extra
    quarantined: list[Quarantined]


def resolve_and_check(batch: Batch, registry: Registry, catalogue: Catalogue, marks: Marks, limits: Limits) -> Checked:
    """Find each row's machine, check clocks and ranges, round to stored types, and split new from perhaps-known.

    `batch` is left as it is. O(rows x signals), no loop over rows but for those refused.
    """
    readings, events = batch.readings, batch.events
    terminal = registry.ids_of(batch.messages.terminal)
    resolved, fate = _resolve(readings, terminal[readings.message], registry, limits)
    event_times, event_fate = _resolve(events, terminal[events.message], registry, limits)

    stored = to_stored(readings.values, readings.signals, catalogue)
    empty = ~stored.present.any(axis=1)
    if empty.any():
        silent = empty & (fate == _FINE)
        fate[silent & ~_said_something(batch, stored)] = _REASONS.index(Reason.NO_SIGNALS)
    good = fate == _FINE
    resolved_rows = ReadingBatch(
        readings.message,
        readings.row,
        resolved.machine,
        resolved.measured_at_us,
        readings.received_at_us,
        stored.values,
        readings.signals,
    )
    fresh, rest = split(resolved_rows, np.flatnonzero(good & ~empty), marks)
    kept_events = _with_sensor_errors(_resolved_events(events, event_times, event_fate), resolved_rows, stored, good)
    return Checked(
        terminal=terminal,
        fresh=fresh,
        rest=rest,
        events=kept_events,
        extra=_extra(batch, resolved_rows, good),
        quarantined=[
            *batch.quarantined,
            *_refused(batch.messages, resolved_rows, fate),
            *_refused_events(batch, event_fate, fate),
        ],
    )


@dataclass(frozen=True, slots=True)
class Stored:
    """Values as their columns will hold them.

    (rows, columns) each: values, NaN where absent or out of limits; present, where a value is; bad, where it was out of
    limits.
    """

    values: Float64Array
    present: BoolArray
    bad: BoolArray


def to_stored(offered: Float64Array, signals: IntpArray, catalogue: Catalogue) -> Stored:
    """Round values (rows, columns) of `signals` to their columns' types and drop what is out of its physical limits.

    Rounding comes first and limits are rounded alike, so that a stored value that is sent again is judged the same.
    """
    wide = ~catalogue.is_float4[signals]
    with np.errstate(over="ignore"):
        rounded = offered.astype(np.float32).astype(np.float64)
        limits = np.stack([catalogue.valid_min[signals], catalogue.valid_max[signals]])
        limits[:, ~wide] = limits[:, ~wide].astype(np.float32)
    rounded[:, wide] = offered[:, wide]
    bad: BoolArray = (rounded < limits[0]) | (rounded > limits[1])
    if bad.any():
        rounded[bad] = np.nan
    return Stored(rounded, ~np.isnan(rounded), bad)


def split(rows: ReadingBatch, chosen: npt.NDArray[np.intp], marks: Marks) -> tuple[ReadingBatch, ReadingBatch]:
    """(fresh, rest) of the `chosen` rows, each sorted by (machine, measured_at) and arrival."""
    machine, at_us = rows.machine[chosen], rows.measured_at_us[chosen]
    order = np.lexsort((at_us, machine))
    chosen, machine, at_us = chosen[order], machine[order], at_us[order]
    same = (machine[1:] == machine[:-1]) & (at_us[1:] == at_us[:-1])
    fresh = at_us > marks.of(machine)
    fresh[1:] &= ~same
    fresh[:-1] &= ~same
    return rows.take(chosen[fresh]), rows.take(chosen[~fresh])


_FINE = -1
_REASONS = list(Reason)


@dataclass(frozen=True, slots=True)
class _Resolved:
    machine: Int32Array
    measured_at_us: Int64Array


def _resolve(
    rows: ReadingBatch | EventBatch, terminal: Int32Array, registry: Registry, limits: Limits
) -> tuple[_Resolved, npt.NDArray[np.int8]]:
    """Machine and corrected time of each row, and _FINE or the position of its reason in _REASONS."""
    known = terminal != UNKNOWN_TERMINAL
    at_us = rows.measured_at_us
    if registry.has_offsets:
        at_us = at_us + np.where(known, registry.clock_offset_us[np.where(known, terminal, 0)], 0)
    machine = registry.resolve(terminal, at_us)
    fate = np.full(len(terminal), _FINE, np.int8)
    fate[machine == UNRESOLVED] = _REASONS.index(Reason.NOT_INSTALLED)
    fate[at_us > rows.received_at_us + limits.future_us] = _REASONS.index(Reason.CLOCK_FUTURE)
    fate[at_us < limits.oldest_us] = _REASONS.index(Reason.CLOCK_PAST)
    fate[~known] = _REASONS.index(Reason.UNKNOWN_TERMINAL)
    return _Resolved(machine, at_us), fate


def _said_something(batch: Batch, stored: Stored) -> BoolArray:
    """Rows that told something although no value is left: a sensor error, or keys that are no signals; (rows,)."""
    readings, events = batch.readings, batch.events
    told: BoolArray = np.asarray(stored.bad.any(axis=1))
    errors = events.kind == EventKind.SENSOR_ERROR
    if errors.any():
        instants = set(zip(events.message[errors].tolist(), events.measured_at_us[errors].tolist(), strict=True))
        for i in np.flatnonzero(~stored.present.any(axis=1)).tolist():
            told[i] |= (int(readings.message[i]), int(readings.measured_at_us[i])) in instants
    if batch.extra:
        told |= np.isin(_row_key(readings), [message << 32 | row for message, row, _, _ in batch.extra])
    return told


def _row_key(readings: ReadingBatch) -> Int64Array:
    return readings.message.astype(np.int64) << 32 | readings.row


def _resolved_events(events: EventBatch, resolved: _Resolved, fate: npt.NDArray[np.int8]) -> EventBatch:
    kept = events.take(fate == _FINE)
    kept.machine = resolved.machine[fate == _FINE]
    kept.measured_at_us = resolved.measured_at_us[fate == _FINE]
    return kept


def _with_sensor_errors(events: EventBatch, rows: ReadingBatch, stored: Stored, good: BoolArray) -> EventBatch:
    if not stored.bad.any():
        return events
    row, column = np.nonzero(stored.bad & good[:, None])
    signal = rows.signals[column]
    none16 = np.full(len(row), -1, np.int16)
    made = EventBatch(
        message=rows.message[row],
        machine=rows.machine[row],
        measured_at_us=rows.measured_at_us[row],
        received_at_us=rows.received_at_us[row],
        kind=np.full(len(row), EventKind.SENSOR_ERROR, np.int16),
        source_address=none16,
        spn=none16.astype(np.int32),
        fmi=none16,
        count=none16,
        lamps=none16,
        signal=signal.astype(np.int16),
        value=np.full(len(row), OUT_OF_LIMITS, np.int16),
        text=[None] * len(row),
    )
    columns = [name for name in EventBatch.__slots__ if name != "text"]
    joined = {name: np.concatenate([getattr(events, name), getattr(made, name)]) for name in columns}
    return EventBatch(**joined, text=events.text + made.text)


def _extra(batch: Batch, rows: ReadingBatch, good: BoolArray) -> Extra:
    if not batch.extra:
        return Extra(np.empty(0, np.int32), np.empty(0, np.int64), [], np.empty(0))
    keys = _row_key(rows)
    order = np.argsort(keys, kind="stable")
    wanted = np.array([message << 32 | row for message, row, _, _ in batch.extra], np.int64)
    position = order[np.minimum(np.searchsorted(keys, wanted, sorter=order), len(order) - 1)] if len(order) else None
    if position is None:
        return Extra(np.empty(0, np.int32), np.empty(0, np.int64), [], np.empty(0))
    kept = np.flatnonzero(good[position] & (keys[position] == wanted))
    at = position[kept]
    return Extra(
        rows.machine[at],
        rows.measured_at_us[at],
        [batch.extra[i][2] for i in kept.tolist()],
        np.array([batch.extra[i][3] for i in kept.tolist()], np.float64),
    )


def _refused(messages: Messages, rows: ReadingBatch, fate: npt.NDArray[np.int8]) -> list[Quarantined]:
    """One entry a refused row, or one for the message when all its rows were refused for one reason."""
    refused = np.flatnonzero(fate != _FINE)
    if not len(refused):
        return []
    count = len(messages)
    total = np.bincount(rows.message, minlength=count)
    lowest, highest = np.full(count, 127, np.int8), np.full(count, -2, np.int8)
    np.minimum.at(lowest, rows.message, fate)
    np.maximum.at(highest, rows.message, fate)
    whole = (total > 0) & (lowest == highest) & (lowest != _FINE)
    found = [_refusal(int(m), WHOLE_MESSAGE, _REASONS[lowest[m]]) for m in np.flatnonzero(whole)]
    for i in refused[~whole[rows.message[refused]]].tolist():
        found.append(_refusal(int(rows.message[i]), int(rows.row[i]), _REASONS[fate[i]]))
    return found


def _refused_events(batch: Batch, event_fate: npt.NDArray[np.int8], fate: npt.NDArray[np.int8]) -> list[Quarantined]:
    """One entry for each message of which an event was refused but no row was."""
    events = batch.events
    refused = event_fate != _FINE
    if not refused.any():
        return []
    rowed = set(batch.readings.message[fate != _FINE].tolist())
    has_rows = set(batch.readings.message.tolist())
    reasons = dict(zip(events.message[refused].tolist(), event_fate[refused].tolist(), strict=True))
    return [
        _refusal(message, EVENTS_ONLY if message in has_rows else WHOLE_MESSAGE, _REASONS[reason])
        for message, reason in reasons.items()
        if message not in rowed
    ]


def _refusal(message: int, row: int, reason: Reason) -> Quarantined:
    return Quarantined(message=message, row=row, reason=reason, detail=_DETAILS[reason])


_DETAILS = {
    Reason.UNKNOWN_TERMINAL: "no terminal of this name is registered",
    Reason.NOT_INSTALLED: "the terminal was on no machine at measured_at",
    Reason.CLOCK_PAST: "measured_at is before the start of retention",
    Reason.CLOCK_FUTURE: "measured_at is too far after received_at",
    Reason.NO_SIGNALS: "not one usable value in the sample",
}
