"""A refused message made ready to be sent again: all of it or what was refused of it, at its own times or shifted."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec

from fleet.errors import InvalidInput
from gateway.decode.envelope import MAX_BYTES, Format, Refused, unpack
from gateway.decode.times import instant_us

WHOLE = -1  # of `rows`: nothing of the message was kept
SLOT_MS = 1_000
_TIMED = ("samples", "frames", "faults", "events")  # members whose objects have a "t"
_BESIDE = ("faults", "events", "sensor_errors", "attributes")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

Object = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Resend:
    """What to send again of a message, and how.

    rows: the samples (or slots) that were refused; WHOLE among them for all of it. offset_ms: added to every time.
    was_refused: whether an instant (ms) had been refused; it says which of the events beside refused rows had been, and
    is asked only when times are shifted: unshifted, what was kept is the same again and adds nothing. position: the
    boot and seq it gets; None keeps its own. arrived_ms: stands for the time of a status message that has none.
    """

    rows: Sequence[int] = (WHOLE,)
    offset_ms: int = 0
    was_refused: Callable[[float], bool] = lambda at_ms: True
    position: tuple[str, int] | None = None
    arrived_ms: int | None = None

    @property
    def is_verbatim(self) -> bool:
        """The payload goes again byte for byte."""
        return WHOLE in self.rows and not self.offset_ms and self.position is None and self.arrived_ms is None


def resent(payload: bytes, order: Resend) -> bytes:
    """The payload to publish.

    Raises InvalidInput when a change is asked of a payload that is not JSON of the contract, or nothing is left of it.
    """
    if order.is_verbatim:
        return payload
    message = _decoded(payload)
    own_position = {key: message.pop(key) for key in ("boot", "seq") if key in message}
    position = own_position if order.position is None else dict(zip(("boot", "seq"), order.position, strict=True))
    try:
        changed = _changed(message, order)
    except (AttributeError, KeyError, TypeError, OverflowError):
        raise InvalidInput("it is not of the contract's form, so it can only go as it is") from None
    if not changed:
        raise InvalidInput("nothing of the message is left to be sent")
    return msgspec.json.encode(position | changed)


def _changed(message: Object, order: Resend) -> Object:
    if order.arrived_ms is not None:
        message.setdefault("t", order.arrived_ms)
    if WHOLE not in order.rows:
        message = _slots(message, order) if "frames" in message else _samples(message, order)
    shifted: Object = _shifted(message, order.offset_ms)
    return shifted


def _decoded(payload: bytes) -> Object:
    try:
        message = msgspec.json.decode(unpack(payload, MAX_BYTES[Format.CAN]))
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError, Refused):
        message = None
    if isinstance(message, list):
        message = {"samples": message}
    if not isinstance(message, dict):
        raise InvalidInput("its payload cannot be read as JSON, so it can only go as it is")
    return message


def _slots(message: Object, order: Resend) -> Object:
    """Only the frames of the slots that were refused; all of them when nothing is shifted."""
    if not order.offset_ms:
        return message
    frames = message["frames"]
    starts = sorted({_slot(frame) for frame in frames if frame.get("ext")})
    chosen = {starts[row] for row in order.rows if 0 <= row < len(starts)}
    chosen |= {start for start in starts if order.was_refused(start)}
    return {"frames": [frame for frame in frames if _slot(frame) in chosen]} if chosen else {}


def _slot(frame: Mapping[str, float]) -> float:
    return frame["t"] // SLOT_MS * SLOT_MS


def _samples(message: Object, order: Resend) -> Object:
    """Only the samples that were refused, as a list, and what of the parts beside them had been."""
    samples = _as_list(message)
    times = [at for at in (_ms(sample.get("t")) for sample in samples) if at is not None]
    own = None if isinstance(message.get("t"), list) else _ms(message.get("t"))
    newest = own if own is not None else max(times, default=None)
    kept = [
        sample
        for number, sample in enumerate(samples)
        if number in order.rows or ("signals" not in sample and _goes(_ms(sample.get("t")), order))
    ]
    chosen = _beside(message, newest, order)
    if kept:
        chosen["samples"] = kept
    if chosen and newest is not None:
        chosen["t"] = _wire(newest)
    return chosen


def _as_list(message: Object) -> list[Object]:
    """The samples of any form."""
    if "samples" in message:
        return list(message["samples"])
    if isinstance(message.get("t"), list):
        columns = message.get("signals", {})
        return [
            {"t": t, "signals": {key: column[row] for key, column in columns.items()}}
            for row, t in enumerate(message["t"])
        ]
    return [{"t": message.get("t"), "signals": message["signals"]}] if "signals" in message else []


def _beside(message: Object, newest: float | None, order: Resend) -> Object:
    """Of what stands beside the samples, that which had been refused with them, each with a time of its own."""
    chosen: Object = {}
    for key in _BESIDE:
        part = message.get(key)
        if key == "events" and part:
            notes = [note for note in part if _goes(_time_of(note, newest), order)]
            part = [note if "t" in note else note | {"t": _wire(newest)} for note in notes]
        elif part is None or not _goes(_time_of(part, newest) if key == "faults" else newest, order):
            continue
        elif key == "faults" and "t" not in part:
            part = part | {"t": _wire(newest)}
        if part:
            chosen[key] = part
    return chosen


def _time_of(part: Object, newest: float | None) -> float | None:
    return _ms(part["t"]) if "t" in part else newest


def _goes(at_ms: float | None, order: Resend) -> bool:
    return at_ms is not None and (not order.offset_ms or order.was_refused(at_ms))


def _shifted(node: Any, offset_ms: int) -> Any:
    """The same with `offset_ms` added to every time of the contract."""
    if isinstance(node, list):
        return [_shifted(item, offset_ms) for item in node]
    if not isinstance(node, dict) or not offset_ms:
        return node
    return {
        key: _moved(value, offset_ms) if key == "t" else _shifted(value, offset_ms) if key in _TIMED else value
        for key, value in node.items()
    }


def _moved(value: Any, offset_ms: int) -> Any:
    if isinstance(value, list):
        return [_moved(item, offset_ms) for item in value]
    at_ms = _ms(value)
    if at_ms is None:
        raise InvalidInput(f"its time {value!r} cannot be shifted")
    return at_ms + offset_ms if at_ms is value else _wire(at_ms + offset_ms)


def _ms(value: Any) -> float | None:
    """Milliseconds of a time on the wire, None when it is none; whole where it can be."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        return value
    at_us = instant_us(value) if isinstance(value, str) else None
    return None if at_us is None else at_us // 1000 if at_us % 1000 == 0 else at_us / 1000


def _wire(at_ms: float | None) -> Any:
    """The time as telemetry takes it: whole milliseconds, or a text where there are microseconds."""
    if at_ms is None or isinstance(at_ms, int):
        return at_ms
    return (_EPOCH + timedelta(microseconds=round(at_ms * 1000))).isoformat()
