"""Collects decoded messages and makes one `Batch` of them: Python lists while it grows, arrays at the end."""

from array import array
from collections.abc import Iterable, Mapping, Sequence
from math import nan
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from fleet.batch import (
    UNRESOLVED,
    Batch,
    BoolArray,
    EventBatch,
    EventKind,
    Float64Array,
    Int64Array,
    Messages,
    Quarantined,
    ReadingBatch,
    Reason,
)
from fleet.signals import Catalogue
from gateway.decode.envelope import Delivery, Refused
from gateway.decode.schema import MAX_KEY, MAX_UNPROMOTED
from gateway.decode.transport import StoredPart

MAX_SETS = 256  # signal sets kept together in one batch; rows with further sets become blocks of their own
MAX_DETAIL = 500

IndexArray = npt.NDArray[np.intp]


class Event(NamedTuple):
    """One row of an EventBatch before it is one; fields as there, `occurrences` is its count."""

    measured_at_us: int
    kind: EventKind
    source_address: int = -1
    spn: int = -1
    fmi: int = -1
    occurrences: int = -1
    lamps: int = -1
    signal: int = -1
    value: int = -1
    text: str | None = None


class KeySet:
    """The samples of a batch that carry the same keys in the same order: runs of samples, each with the name of its
    first and its count, its instants one by one and its values key by key."""

    __slots__ = ("at_us", "columns", "counts", "flat", "names", "picks", "unknown", "width")

    def __init__(self, keys: tuple[str, ...], index: Mapping[str, int]) -> None:
        """Raises Refused when a key is not usable as one."""
        self.width = len(keys)
        self.picks: IndexArray = np.array([i for i, key in enumerate(keys) if key in index], dtype=np.intp)
        self.columns: IndexArray = np.array([index[key] for key in keys if key in index], dtype=np.intp)
        self.unknown = tuple((i, key) for i, key in enumerate(keys) if key not in index)
        for _, key in self.unknown:
            if not key or len(key) > MAX_KEY or "\x00" in key:
                raise Refused(Reason.SCHEMA, f"signal key {key[:MAX_KEY]!r} is empty, too long or holds a NUL")
        self.names: list[int] = []  # of a run's first sample: message << 32 | number
        self.counts: list[int] = []
        self.at_us = array("q")
        self.flat = array("d")

    def add_values(self, values: list[float | None]) -> None:
        """Append some values, None as NaN. They are copied while the processor still has them at hand: gathered at the
        end, from all over the memory, each would cost ten times as much."""
        try:
            self.flat.fromlist(values)  # type: ignore[arg-type]  # a None is refused, below
        except TypeError:  # nothing was appended
            self.flat.fromlist([nan if value is None else value for value in values])

    def block(self) -> "_Block":
        """As arrays; null is NaN."""
        names, flat = np.array(self.names, dtype=np.int64), np.frombuffer(self.flat)
        if len(self.at_us) == len(names):
            values = flat.reshape(len(names), self.width)
        else:
            count = np.array(self.counts, dtype=np.int64)
            before = np.cumsum(count) - count
            number = np.arange(len(self.at_us)) - np.repeat(before, count)  # of each sample in its run
            first = np.repeat(before * self.width, count) + number
            values = flat[first[:, None] + np.repeat(count, count)[:, None] * np.arange(self.width)]
            names = np.repeat(names, count) + number
        if self.unknown:
            values = values[:, self.picks]
        return _Block(names, np.frombuffer(self.at_us, np.int64), self.columns, values)


class _Block(NamedTuple):
    """Rows with one set of columns: names and at_us (rows,), columns (columns,), values (rows, columns)."""

    names: Int64Array
    at_us: Int64Array
    columns: IndexArray
    values: Float64Array


class BatchBuilder:
    """Grows one batch; nothing may be added after `finish`.

    A message is first checked whole by its decoder and then added, so a refused message leaves no rows behind.
    """

    def __init__(self, catalogue: Catalogue) -> None:
        self.rows = 0  # reading rows collected so far
        self.bytes = 0  # of the payloads collected, unzipped too; counted by who fills it
        self.parts: dict[str, list[StoredPart]] = {}  # terminals whose multi-packet state this batch changed
        self._catalogue = catalogue
        self._deliveries: list[Delivery] = []
        self._sets: dict[tuple[str, ...], KeySet] = {}
        self._blocks: list[_Block] = []
        self._events: list[tuple[int, Event]] = []
        self._quarantined: list[Quarantined] = []
        self._extra: list[tuple[int, int, str, float]] = []
        self._batch: Batch | None = None
        self._unpromoted: tuple[int, set[str]] = (-1, set())  # the message entered last, its keys that are no signals

    @property
    def messages(self) -> int:
        """Messages collected so far, refused ones included."""
        return len(self._deliveries)

    def add_message(self, delivery: Delivery, boot: str, seq: int, rows: int) -> int:
        """Enter a message that decoded to `rows` reading rows (refused rows counted); its position in the batch."""
        delivery.boot, delivery.seq, delivery.rows = boot, seq, rows
        self._deliveries.append(delivery)
        return len(self._deliveries) - 1

    def add_row(self, message: int, number: int, at_us: int, signals: Mapping[str, float | None]) -> None:
        """Add one sample of an entered message. Raises Refused for an unusable key, with nothing added."""
        found = self._sets.get(tuple(signals))
        if found is None or found.unknown:
            self.add_columns(message, number, [at_us], {key: [value] for key, value in signals.items()})
            return
        found.names.append(message << 32 | number)
        found.counts.append(1)
        found.at_us.append(at_us)
        found.add_values(list(signals.values()))
        self.rows += 1

    def add_columns(
        self,
        message: int,
        first: int,
        at_us: Sequence[int],
        signals: Mapping[str, list[float | None]],
    ) -> None:
        """Add samples of an entered message, numbered from `first`, as columns, all as long as `at_us`.

        Raises Refused for an unusable key, with nothing added.
        """
        keys = tuple(signals)
        found = self._sets.get(keys) or KeySet(keys, self._catalogue.index)
        if found.unknown:
            self._admit(message, {key for _, key in found.unknown})
        found.names.append(message << 32 | first)
        found.counts.append(len(at_us))
        found.at_us.extend(at_us)
        for column in signals.values():
            found.add_values(column)
        self.rows += len(at_us)
        for _, key in found.unknown:
            numbered = enumerate(signals[key], first)
            self._extra += [(message, number, key, value) for number, value in numbered if value is not None]
        if keys not in self._sets:
            if len(self._sets) < MAX_SETS:
                self._sets[keys] = found
            else:
                self._blocks.append(found.block())

    def _admit(self, message: int, unknown: set[str]) -> None:
        """Raises Refused when the message brings more keys that are no signals than it may."""
        of, before = self._unpromoted
        keys = before | unknown if of == message else unknown
        if len(keys) > MAX_UNPROMOTED:
            words = f"carries {len(keys):,} keys that are no signals; at most {MAX_UNPROMOTED}"
            raise Refused(Reason.SCHEMA, f"{words}; add them with `ecc signals add`")
        self._unpromoted = message, keys

    def add_block(self, message: int, numbers: Int64Array, at_us: Int64Array, values: Float64Array) -> None:
        """Add rows that are arrays already: `values` is (rows, signals) in catalogue order."""
        used = np.flatnonzero(~np.isnan(values).all(axis=0))
        self._blocks.append(_Block(message << 32 | numbers, at_us, used, values[:, used]))
        self.rows += len(numbers)

    def add_events(self, message: int, events: Iterable[Event]) -> None:
        """Add events of an entered message."""
        self._events.extend((message, event) for event in events)

    def refuse_row(self, message: int, number: int, reason: Reason, detail: str) -> None:
        """Quarantine sample `number` of an entered message (-1: the whole message)."""
        detail = detail.replace("\x00", "\\x00")[:MAX_DETAIL]
        self._quarantined.append(Quarantined(message=message, row=number, reason=reason, detail=detail))

    def refuse(self, delivery: Delivery, refused: Refused, boot: str = "", seq: int = -1) -> None:
        """Quarantine a whole message; it counts as one row."""
        self.refuse_row(self.add_message(delivery, boot, seq, 1), -1, refused.reason, refused.detail)

    def finish(self) -> Batch:
        """The batch, made at the first call: rows and events in arrival order, samples without a usable value
        quarantined as no_signals."""
        if self._batch is None:
            messages = self._finish_messages()
            received = np.array(messages.received_at_us, dtype=np.int64)
            readings = self._finish_readings(received)
            self._batch = Batch(messages, readings, self._finish_events(received), self._quarantined, self._extra)
        return self._batch

    def _finish_messages(self) -> Messages:
        entered = self._deliveries
        return Messages(
            terminal=[d.terminal for d in entered],
            topic=[d.topic for d in entered],
            payload=[d.payload for d in entered],
            boot=[d.boot for d in entered],
            seq=[d.seq for d in entered],
            rows=[d.rows for d in entered],
            received_at_us=[d.received_at_us for d in entered],
            redelivered=[d.redelivered for d in entered],
            token=[d.token for d in entered],
        )

    def _finish_readings(self, received: Int64Array) -> ReadingBatch:
        blocks = [found.block() for found in self._sets.values()] + self._blocks
        if not blocks:
            return ReadingBatch.empty()
        names = np.concatenate([block.names for block in blocks])
        order = np.argsort(names, kind="stable")
        place = np.empty(len(names), dtype=np.intp)
        place[order] = np.arange(len(names))
        signals = np.unique(np.concatenate([block.columns for block in blocks]))
        values = np.full((len(names), len(signals)), np.nan)
        usable = np.empty(len(names), dtype=np.bool_)
        first = 0
        for block in blocks:
            rows = place[first : first + len(block.names)]
            values[rows[:, None], np.searchsorted(signals, block.columns)] = block.values
            usable[rows] = ~np.isnan(block.values).all(axis=1)
            first += len(rows)
        names = names[order]
        message = (names >> 32).astype(np.int32)
        readings = ReadingBatch(
            message=message,
            row=(names & 0xFFFFFFFF).astype(np.int32),
            machine=np.full(len(names), UNRESOLVED, dtype=np.int32),
            measured_at_us=np.concatenate([block.at_us for block in blocks])[order],
            received_at_us=received[message],
            values=values,
            signals=signals,
        )
        return readings if usable.all() else self._usable(readings, usable)

    def _usable(self, readings: ReadingBatch, usable: BoolArray) -> ReadingBatch:
        """Rows with a value, known or kept as extra; the others are quarantined."""
        kept_as_extra = {(message, number) for message, number, _, _ in self._extra}
        for row in np.flatnonzero(~usable).tolist():
            message, number = int(readings.message[row]), int(readings.row[row])
            if (message, number) in kept_as_extra:
                usable[row] = True
            else:
                self.refuse_row(message, number, Reason.NO_SIGNALS, "no signal has a value")
        return readings.take(usable)

    def _finish_events(self, received: Int64Array) -> EventBatch:
        if not self._events:
            return EventBatch.empty()
        of, events = zip(*self._events, strict=True)
        at_us, kind, address, spn, fmi, occurrences, lamps, signal, value, text = zip(*events, strict=True)
        message = np.array(of, dtype=np.int32)
        return EventBatch(
            message=message,
            machine=np.full(len(message), UNRESOLVED, dtype=np.int32),
            measured_at_us=np.array(at_us, dtype=np.int64),
            received_at_us=received[message],
            kind=np.array(kind, dtype=np.int16),
            source_address=np.array(address, dtype=np.int16),
            spn=np.array(spn, dtype=np.int32),
            fmi=np.array(fmi, dtype=np.int16),
            count=np.array(occurrences, dtype=np.int16),
            lamps=np.array(lamps, dtype=np.int16),
            signal=np.array(signal, dtype=np.int16),
            value=np.array(value, dtype=np.int16),
            text=list(text),
        )
