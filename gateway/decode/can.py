"""Raw CAN frames: cut into slots, one row a slot; trouble codes, sensor errors and texts as events."""

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

import msgspec
import numpy as np

from fleet.batch import EventKind, Float64Array, Int64Array, Reason
from fleet.signals import Catalogue
from gateway.decode import dm1, identification
from gateway.decode.builder import BatchBuilder, Event
from gateway.decode.envelope import Delivery, Refused
from gateway.decode.j1939 import PGN_LIMIT, TO_ALL, Identified, SpnTable, UInt64Array, Values, identify
from gateway.decode.native import JSON_ERRORS, position, refusal
from gateway.decode.schema import Can, Frame
from gateway.decode.times import MAX_MS
from gateway.decode.transport import CM_PGN, DT_PGN, BusFrame, Reassembly, Transfer

FRAME_BYTES = 8
MAX_STANDARD_ID = 0x7FF
MAX_ERRORS = 5  # sensor-error events per slot, SPN and source; the last one counts the rest
_IS_MESSAGE = np.zeros(PGN_LIMIT, dtype=np.bool_)  # by PGN: what is no plain parameter group
_IS_MESSAGE[[CM_PGN, DT_PGN, dm1.PGN, *identification.PGNS]] = True
_CAN = msgspec.json.Decoder(Can)


def first_engine_first(terminal: str) -> tuple[int, ...]:
    """The default order of source addresses: engine 1, then the lower address."""
    return (0,)


def one_second(terminal: str) -> float:
    """The default length of a slot."""
    return 1.0


@dataclass(slots=True)
class DecodeCounts:
    """What went through the CAN decoder, for metrics."""

    standard_frames: int = 0  # 11-bit identifiers: counted, never decoded
    extended_frames: int = 0
    slots_without_value: int = 0  # slots that gave no row


class _Frames(NamedTuple):
    """29-bit frames in stamp order, (frames,) each."""

    at_us: Int64Array
    ids: Int64Array
    data: UInt64Array  # missing bytes are 0xFF
    length: Int64Array


class CanDecoder:
    """CAN messages to rows and events; multi-packet parts live in `reassembly`."""

    def __init__(
        self,
        catalogue: Catalogue,
        reassembly: Reassembly,
        counts: DecodeCounts,
        *,
        preferred: Callable[[str], tuple[int, ...]] = first_engine_first,
        slot_s: Callable[[str], float] = one_second,
    ) -> None:
        self._signals = len(catalogue)
        self._table = SpnTable(catalogue)
        self._reassembly = reassembly
        self._counts = counts
        self._preferred = preferred
        self._slot_s = slot_s

    def decode(self, builder: BatchBuilder, delivery: Delivery, text: bytes) -> None:
        """Add the message to the batch. Raises Refused before anything is added."""
        try:
            message = _CAN.decode(text)
        except JSON_ERRORS as error:
            raise refusal(error) from None
        boot, seq = position(message.boot, message.seq)
        frames = _extended(message.frames)
        self._counts.extended_frames += len(frames.ids)
        self._counts.standard_frames += len(message.frames) - len(frames.ids)
        slot_us = max(1, round(self._slot_s(delivery.terminal) * 1_000_000))
        identified = identify(frames.ids)
        starts, slot = _slots(frames.at_us, slot_us)
        values = self._table.decode(identified.pgn, frames.data)
        matrix = self._last_values(
            values, slot, _ranks(self._preferred(delivery.terminal))[identified.source], len(starts)
        )
        filled = np.flatnonzero(~np.isnan(matrix).all(axis=1))
        self._counts.slots_without_value += len(starts) - len(filled)
        entered = builder.add_message(delivery, boot, seq, len(filled))
        if len(filled):
            builder.add_block(entered, filled, starts[filled], matrix[filled])
        builder.add_events(entered, _sensor_errors(values, frames.at_us, slot, identified.source))
        builder.add_events(entered, self._messages(builder, delivery.terminal, frames, identified, slot_us))

    def _last_values(self, values: Values, slot: Int64Array, rank: Int64Array, slots: int) -> Float64Array:
        """(slots, signals): of each slot and SPN the last value of the best source that has a valid one."""
        matrix = np.full((slots, self._signals), np.nan)
        valid = ~values.error
        frame, signal, value = values.frame[valid], values.signal[valid], values.value[valid]
        worst_first = np.argsort(-rank[frame], kind="stable")
        matrix[slot[frame[worst_first]], signal[worst_first]] = value[worst_first]  # the last assignment stays
        return matrix

    def _messages(
        self, builder: BatchBuilder, terminal: str, frames: _Frames, identified: Identified, slot_us: int
    ) -> Iterable[Event]:
        """Events of DM1 and texts, single-frame and multi-packet."""
        chosen = np.flatnonzero(_IS_MESSAGE[identified.pgn] & (identified.destination == TO_ALL))
        transfers: list[Transfer] = []
        packets: list[BusFrame] = []
        for i in chosen.tolist():
            at_us, sa, pgn = int(frames.at_us[i]), int(identified.source[i]), int(identified.pgn[i])
            data = int(frames.data[i]).to_bytes(FRAME_BYTES, "little")[: int(frames.length[i])]
            if pgn in {CM_PGN, DT_PGN}:
                packets.append(BusFrame(at_us, sa, pgn, data))
            else:
                transfers.append(Transfer(sa=sa, pgn=pgn, data=data, at_us=at_us))
        if packets:
            finished, changed = self._reassembly.feed(terminal, packets)
            transfers += finished
            if changed is not None:
                builder.parts[terminal] = changed
        return _message_events(sorted(transfers, key=lambda transfer: transfer.at_us), slot_us)


@lru_cache(maxsize=256)
def _ranks(preferred: tuple[int, ...]) -> Int64Array:
    """How much each source address is preferred, 0 most, shape (256,); those not named follow, lower address first."""
    ranks = np.arange(256) + 256
    for rank, address in reversed(list(enumerate(preferred))):
        ranks[address] = rank
    return ranks


def _slots(at_us: Int64Array, slot_us: int) -> tuple[Int64Array, Int64Array]:
    """(starts of the slots, index of each frame's slot) of stamps in order."""
    start = at_us // slot_us * slot_us
    begins = np.ones(len(start), dtype=np.bool_)
    begins[1:] = start[1:] != start[:-1]
    return start[begins], np.cumsum(begins) - 1


def _message_events(transfers: list[Transfer], slot_us: int) -> Iterable[Event]:
    """One DM1 snapshot per slot and source, the last; one text per slot and key, the last."""
    snapshots: dict[tuple[int, int], dm1.Snapshot] = {}
    texts: dict[tuple[int, str], tuple[int, str]] = {}
    for transfer in transfers:
        start = transfer.at_us // slot_us * slot_us
        if transfer.pgn == dm1.PGN:
            snapshot = dm1.parse(transfer.data)
            if snapshot is not None:
                snapshots[start, transfer.sa] = snapshot
        elif transfer.pgn in identification.PGNS:
            for key, text in identification.attributes(transfer.pgn, transfer.sa, transfer.data):
                texts[start, key] = (transfer.sa, text)
    for (start, sa), snapshot in snapshots.items():
        yield from dm1.events(snapshot, sa, start)
    for (start, key), (sa, text) in texts.items():
        yield Event(start, EventKind.ATTRIBUTE, source_address=sa, text=f"{key}={text}")


def _sensor_errors(values: Values, at_us: Int64Array, slot: Int64Array, source: Int64Array) -> Iterable[Event]:
    """One event per error value (0xFE..) at its frame's own stamp; `occurrences` says how many values it stands for.

    A slot gives at most MAX_ERRORS events per SPN and source: the last of them counts the rest.
    """
    entries = np.flatnonzero(values.error).tolist()
    keys = [(slot[i := values.frame[entry]], source[i], values.spn[entry]) for entry in entries]
    left, seen = Counter(keys), Counter[tuple[int, int, int]]()
    for entry, key in zip(entries, keys, strict=True):
        seen[key] += 1
        if seen[key] > MAX_ERRORS:
            continue
        frame = int(values.frame[entry])
        yield Event(
            int(at_us[frame]),
            EventKind.SENSOR_ERROR,
            source_address=int(source[frame]),
            spn=int(values.spn[entry]),
            occurrences=1 if seen[key] < MAX_ERRORS else min(left[key] - MAX_ERRORS + 1, 32767),
            signal=int(values.signal[entry]),
            value=1,
        )


def _extended(frames: list[Frame]) -> _Frames:
    """The 29-bit frames as arrays in stamp order. Raises Refused (bad_time, bad_frame) for any frame of the message."""
    ms = np.array([frame.t for frame in frames])
    if not (np.abs(ms) <= MAX_MS).all():
        raise Refused(Reason.BAD_TIME, "a frame's t is no milliseconds")
    ids = np.array([frame.id for frame in frames], dtype=np.int64)
    extended = np.array([frame.ext for frame in frames])
    if (ids[~extended] > MAX_STANDARD_ID).any():
        raise Refused(Reason.BAD_FRAME, "an 11-bit identifier is above 0x7FF")
    data, length = _bytes_of([frame.hex for frame in frames])
    at_us = np.rint(ms * 1000).astype(np.int64)
    order = np.argsort(at_us, kind="stable")
    order = order[extended[order]]
    return _Frames(at_us[order], ids[order], data[order], length[order])


def _bytes_of(texts: list[str]) -> tuple[UInt64Array, Int64Array]:
    """Data of the frames as little-endian integers, padded with 0xFF, and their lengths in bytes."""
    digits = np.array([len(text) for text in texts], dtype=np.int64)
    if (digits & 1).any():
        raise Refused(Reason.BAD_FRAME, "hex with an odd number of digits")
    try:
        data = bytes.fromhex("".join([text.ljust(2 * FRAME_BYTES, "F") for text in texts]))
    except ValueError as error:
        raise Refused(Reason.BAD_FRAME, str(error)) from None
    if len(data) != FRAME_BYTES * len(texts):
        raise Refused(Reason.BAD_FRAME, "hex with blanks")
    return np.frombuffer(data, dtype="<u8").astype(np.uint64), digits // 2
