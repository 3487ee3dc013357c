"""The native JSON telemetry: one sample, a list of samples, columns, and what may stand beside them."""

from collections.abc import Iterator, Mapping, Sequence
from typing import cast

import msgspec
from msgspec import UNSET, UnsetType

from fleet.batch import EventKind, FaultSource, Reason
from fleet.signals import Catalogue
from gateway.decode.builder import BatchBuilder, Event
from gateway.decode.envelope import Delivery, Refused
from gateway.decode.schema import Code, Columns, Envelope, Faults, Lamps, OneSample, Parts, Sample, Samples, Telemetry
from gateway.decode.times import MAX_MS, instant_us, instants_us

COUNT_NOT_AVAILABLE = 127
_NO_TIME = "it is neither integer milliseconds nor RFC 3339 with a zone"
_BLANKS = b" \t\r\n"
_SAMPLES = b'"samples"'
_TIMES = b'"t":['
_LIST = "got `array`"
_ENVELOPE = msgspec.json.Decoder(Envelope)


def refusal(error: Exception) -> Refused:
    """What msgspec's complaint means: JSON of another form (schema), or no JSON (malformed_json)."""
    if isinstance(error, msgspec.ValidationError):
        return Refused(Reason.SCHEMA, str(error))
    return Refused(Reason.MALFORMED_JSON, str(error))


# what decoding JSON can raise: msgspec's errors, invalid UTF-8 and too deep nesting
JSON_ERRORS = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)


def position(boot: str, seq: int | UnsetType) -> tuple[str, int]:
    """(boot, seq) of a message, seq -1 when it names none. Raises Refused for what the ledger could not hold."""
    if "\x00" in boot:
        raise Refused(Reason.SCHEMA, "boot holds a NUL")
    if seq is UNSET:
        return boot, -1
    if not boot:
        raise Refused(Reason.SCHEMA, "seq without boot")
    return boot, seq


def salvage(text: bytes) -> tuple[str, int]:
    """(boot, seq) of a message whose rest does not follow the contract, ("", -1) when it names none.

    With it the ledger covers the quarantined message, so the machine stops sending it again.
    """
    try:
        envelope = _ENVELOPE.decode(text)
        return position(envelope.boot, envelope.seq)
    except (*JSON_ERRORS, Refused):
        return "", -1


class NativeDecoder:
    """Telemetry payloads to rows and events. Stateless but for the compiled msgspec decoders."""

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue
        self._one = msgspec.json.Decoder(OneSample)
        self._telemetry = msgspec.json.Decoder(Telemetry)
        self._columns = msgspec.json.Decoder(Columns)
        self._list = msgspec.json.Decoder(Samples)

    def decode(self, builder: BatchBuilder, delivery: Delivery, text: bytes) -> None:
        """Add the message to the batch. Raises Refused before anything is added."""
        if _TIMES in text:  # what it is decides; this only saves the columnar form a vain attempt at the commonest
            self._decode_other(builder, delivery, text)
            return
        try:
            message = self._one.decode(text)
        except JSON_ERRORS:
            self._decode_other(builder, delivery, text)
            return
        boot, seq, t = message.boot, message.seq, message.t
        if seq is UNSET or not boot or "\x00" in boot:
            boot, seq = position(boot, seq)
        if not -MAX_MS <= t <= MAX_MS:
            raise Refused(Reason.BAD_TIME, _NO_TIME)
        number = builder.add_message(delivery, boot, seq, 1)
        try:
            builder.add_row(number, 0, t * 1000, message.signals)
        except Refused as refused:
            builder.refuse_row(number, -1, refused.reason, refused.detail)

    def _decode_other(self, builder: BatchBuilder, delivery: Delivery, text: bytes) -> None:
        """Any form but the commonest."""
        message = self._parse(text)
        if isinstance(message, Columns):
            self._add_columnar(builder, delivery, message)
        elif message.samples is UNSET:
            self._add_single(builder, delivery, message)
        elif message.signals is UNSET:
            self._add_samples(builder, delivery, message, message.samples)
        else:
            raise Refused(Reason.SCHEMA, "both signals and samples")

    def _parse(self, text: bytes) -> Telemetry | Columns:
        """The message in the form it has. Raises Refused with what the nearest form finds wrong."""
        first: Exception | None = None
        try:
            if text.lstrip(_BLANKS)[:1] == b"[":
                return Telemetry(samples=self._list.decode(text))
            if _SAMPLES not in text:
                try:
                    return self._columns.decode(text)
                except JSON_ERRORS as error:
                    first = error
            return self._telemetry.decode(text)
        except JSON_ERRORS as error:
            raise refusal(first if first is not None and _LIST in str(error) else error) from None

    def _add_columnar(self, builder: BatchBuilder, delivery: Delivery, message: Columns) -> None:
        boot, seq = position(message.boot, message.seq)
        count = len(message.t)
        if message.signals and set(map(len, message.signals.values())) != {count}:
            raise Refused(Reason.SCHEMA, "the lists of signals and t differ in length")
        if not count:
            raise Refused(Reason.NO_SIGNALS, "empty columns")
        at_us = instants_us(message.t)
        events = list(self._events(message, _latest(at_us))) if _has_parts(message) else []
        entered = builder.add_message(delivery, boot, seq, count)
        if None in at_us or not message.signals:
            for number, at in enumerate(at_us):
                sample = {key: column[number] for key, column in message.signals.items()}
                self._add_one(builder, entered, number, at, sample)
        else:
            self._add_columns(builder, entered, cast("list[int]", at_us), message.signals)
        builder.add_events(entered, events)

    def _add_single(self, builder: BatchBuilder, delivery: Delivery, message: Telemetry) -> None:
        """One sample whose time is text, or with something beside it, or only that something."""
        boot, seq = position(message.boot, message.seq)
        at = None if message.t is UNSET else instant_us(message.t)
        if at is None and message.t is not UNSET:
            raise Refused(Reason.BAD_TIME, _NO_TIME)
        signals = None if message.signals is UNSET else message.signals
        if signals is not None and at is None:
            raise Refused(Reason.SCHEMA, "signals without t")
        events = list(self._events(message, at))
        if not signals or (events and all(value is None for value in signals.values())):
            if not events:
                raise Refused(Reason.NO_SIGNALS, "no signal has a value")
            signals = None
        entered = builder.add_message(delivery, boot, seq, 0 if signals is None else 1)
        if signals is not None:
            self._add_one(builder, entered, 0, at, signals)
        builder.add_events(entered, events)

    def _add_samples(
        self, builder: BatchBuilder, delivery: Delivery, message: Telemetry, samples: Sequence[Sample]
    ) -> None:
        boot, seq = position(message.boot, message.seq)
        at_us = [instant_us(sample.t) for sample in samples]
        at = _latest(at_us) if message.t is UNSET else instant_us(message.t)
        events = list(self._events(message, at))
        eventful = [False] * len(samples)  # samples that are no reading rows
        for number, sample in enumerate(samples):
            if _has_parts(sample):
                found = list(self._events(sample, at_us[number]))
                eventful[number] = sample.signals is UNSET and bool(found)
                events += found
        if not samples and not events:
            raise Refused(Reason.NO_SIGNALS, "an empty list of samples")
        entered = builder.add_message(delivery, boot, seq, len(samples) - sum(eventful))
        for number, sample in enumerate(samples):
            if not eventful[number]:
                signals = {} if sample.signals is UNSET else sample.signals
                self._add_one(builder, entered, number, at_us[number], signals)
        builder.add_events(entered, events)

    @staticmethod
    def _add_columns(
        builder: BatchBuilder, message: int, at_us: Sequence[int], signals: Mapping[str, list[float | None]]
    ) -> None:
        try:
            builder.add_columns(message, 0, at_us, signals)
        except Refused as refused:  # the keys are those of every row
            builder.refuse_row(message, -1, refused.reason, refused.detail)

    @staticmethod
    def _add_one(
        builder: BatchBuilder, message: int, number: int, at_us: int | None, signals: Mapping[str, float | None]
    ) -> None:
        """Add one sample, or quarantine it alone."""
        if at_us is None:
            builder.refuse_row(message, number, Reason.BAD_TIME, _NO_TIME)
            return
        try:
            builder.add_row(message, number, at_us, signals)
        except Refused as refused:
            builder.refuse_row(message, number, refused.reason, refused.detail)

    def _events(self, parts: Parts, at_us: int | None) -> Iterator[Event]:
        """What stands beside the readings; `at_us` is used where a part has no time of its own."""
        if parts.faults is not UNSET:
            yield from fault_events(parts.faults, _own_time(parts.faults.t, at_us))
        if parts.sensor_errors:
            for key in dict.fromkeys(parts.sensor_errors):
                yield self._sensor_error(key, _own_time(UNSET, at_us))
        if parts.events:
            for note in parts.events:
                yield Event(_own_time(note.t, at_us), EventKind.NOTE, text=note.text)
        if parts.attributes:
            for key, value in parts.attributes.items():
                yield Event(_own_time(UNSET, at_us), EventKind.ATTRIBUTE, text=f"{key}={value}")

    def _sensor_error(self, key: str, at_us: int) -> Event:
        if key not in self._catalogue:
            return Event(at_us, EventKind.SENSOR_ERROR, value=1, text=key)
        signal = self._catalogue[key]
        spn = -1 if signal.spn is None else signal.spn
        return Event(at_us, EventKind.SENSOR_ERROR, spn=spn, signal=signal.id, value=1)


def fault_events(faults: Faults, at_us: int) -> Iterator[Event]:
    """FAULT rows of the terminal's whole list; a row with spn 0 and fmi 0 when it is empty."""
    lamps = lamp_bits(faults.lamps)
    codes = {(code.sa, code.spn, code.fmi): code for code in faults.list}.values() or [Code(spn=0, fmi=0)]
    for code in codes:
        yield Event(
            at_us,
            EventKind.FAULT,
            source_address=-1 if code.sa is UNSET else code.sa,
            spn=code.spn,
            fmi=code.fmi,
            occurrences=-1 if code.oc is UNSET or code.oc == COUNT_NOT_AVAILABLE else code.oc,
            lamps=lamps,
            value=FaultSource.NATIVE,
        )


def lamp_bits(lamps: Lamps | UnsetType) -> int:
    """EventBatch's lamp bits; -1 unknown."""
    if lamps is UNSET:
        return -1
    return lamps.protect | lamps.amber << 1 | lamps.red_stop << 2 | lamps.mil << 3


def _has_parts(parts: Parts) -> bool:
    return (
        parts.faults is not UNSET
        or parts.sensor_errors is not UNSET
        or parts.events is not UNSET
        or parts.attributes is not UNSET
    )


def _latest(at_us: Sequence[int | None]) -> int | None:
    return max((at for at in at_us if at is not None), default=None)


def _own_time(t: int | str | UnsetType, at_us: int | None) -> int:
    own = at_us if t is UNSET else instant_us(t)
    if own is None:
        raise Refused(Reason.BAD_TIME, "an event, a fault list, an attribute or a sensor error has no usable time")
    return own
