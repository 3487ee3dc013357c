"""What flows through the pipeline: columns of readings, events and the deliveries they came in.

One `Batch` is one transaction. Rows of readings and events point at the message that brought them (`message`), so a
message is acknowledged exactly when all its rows are kept or quarantined.
"""

from dataclasses import dataclass, field
from enum import IntEnum, StrEnum

import numpy as np
import numpy.typing as npt

BoolArray = npt.NDArray[np.bool_]
Int16Array = npt.NDArray[np.int16]
Int32Array = npt.NDArray[np.int32]
Int64Array = npt.NDArray[np.int64]
Float64Array = npt.NDArray[np.float64]
IntpArray = npt.NDArray[np.intp]

UNRESOLVED = -1


class EventKind(IntEnum):
    """Kinds of `EventBatch` rows; the numbers are stored."""

    FAULT = 1  # one code of a DM1 or a fault list; spn 0 and fmi 0 say 'no code is active at this source'
    SENSOR_ERROR = 2  # a signal reported 'error' (J1939 0xFE, or out of its physical limits)
    STATUS = 3  # online (value 1) or offline (value 0)
    ATTRIBUTE = 4  # a text attribute, text = "key=value"
    NOTE = 5  # a free event of the machine, text = its words


class FaultSource(IntEnum):
    """Where a fault list came from: it decides whether silence of the list clears its codes."""

    NATIVE = 0  # the terminal's own list: stays until the next list
    CAN = 1  # live DM1: gone when DM1 stops for 5 s while other frames go on


class Reason(StrEnum):
    """Why a message or a row was quarantined."""

    MALFORMED_JSON = "malformed_json"
    SCHEMA = "schema"  # JSON, but not the contract's form
    BAD_GZIP = "bad_gzip"
    TOO_LARGE = "too_large"
    BAD_TOPIC = "bad_topic"
    BAD_TIME = "bad_time"
    BAD_FRAME = "bad_frame"
    UNKNOWN_TERMINAL = "unknown_terminal"
    NOT_INSTALLED = "not_installed"  # the terminal was on no machine at measured_at
    CLOCK_PAST = "clock_past"
    CLOCK_FUTURE = "clock_future"
    NO_SIGNALS = "no_signals"  # a sample without one usable value
    REFUSED_BY_DATABASE = "refused_by_database"


@dataclass(slots=True)
class Messages:
    """The deliveries of a batch, one entry a message in arrival order; parallel lists of equal length."""

    terminal: list[str] = field(default_factory=list)
    topic: list[str] = field(default_factory=list)
    payload: list[bytes] = field(default_factory=list)
    boot: list[str] = field(default_factory=list)  # "" when the message names none
    seq: list[int] = field(default_factory=list)  # -1 when the message names none
    rows: list[int] = field(default_factory=list)  # reading rows it carried (malformed: 1)
    received_at_us: list[int] = field(default_factory=list)
    redelivered: list[bool] = field(default_factory=list)  # the broker set DUP
    token: list[object] = field(default_factory=list)  # (connection generation, packet id)

    def __len__(self) -> int:
        return len(self.terminal)


@dataclass(slots=True)
class ReadingBatch:
    """Readings as columns. Row i is one sample of one machine at one instant.

    message, row: (rows,) int32, the delivery and the sample's index in it. machine: (rows,) int32 machine_id,
    UNRESOLVED until ingest.quality has resolved the terminal. measured_at_us: (rows,) int64 UTC microseconds.
    values: (rows, columns) float64, NaN for 'not reported'. signals: (columns,) ascending catalogue positions of the
    columns; a signal that is none of them was reported by no row.
    """

    message: Int32Array
    row: Int32Array
    machine: Int32Array
    measured_at_us: Int64Array
    received_at_us: Int64Array
    values: Float64Array
    signals: IntpArray

    def __len__(self) -> int:
        return len(self.message)

    def take(self, index: npt.NDArray[np.intp] | BoolArray) -> "ReadingBatch":
        """The rows of `index` (integer positions or a mask), as a copy."""
        return ReadingBatch(
            self.message[index],
            self.row[index],
            self.machine[index],
            self.measured_at_us[index],
            self.received_at_us[index],
            self.values[index],
            self.signals,
        )

    def where(self, mask: BoolArray) -> "ReadingBatch":
        """The rows of `mask`: this very batch when that is all of them, so do not change the answer in place."""
        return self if mask.all() else self.take(mask)

    def of(self, signal: int) -> Float64Array:
        """The values of one signal, by its catalogue position; shape (rows,)."""
        place = int(np.searchsorted(self.signals, signal))
        if place < len(self.signals) and self.signals[place] == signal:
            return self.values[:, place]
        return np.full(len(self), np.nan)

    @classmethod
    def empty(cls) -> "ReadingBatch":
        """No rows."""
        none32 = np.empty(0, np.int32)
        none64 = np.empty(0, np.int64)
        return cls(none32, none32, none32, none64, none64, np.empty((0, 0)), np.empty(0, np.intp))


@dataclass(slots=True)
class EventBatch:
    """Faults, sensor errors, status and texts as columns, (rows,) each; -1 where a column does not apply."""

    message: Int32Array
    machine: Int32Array
    measured_at_us: Int64Array
    received_at_us: Int64Array
    kind: Int16Array  # EventKind
    source_address: Int16Array  # J1939 SA, -1 unknown
    spn: Int32Array
    fmi: Int16Array
    count: Int16Array  # occurrence count, -1 not available
    lamps: Int16Array  # bits: 1 protect, 2 amber, 4 red stop, 8 MIL; -1 unknown
    signal: Int16Array  # signal id of a sensor error
    value: Int16Array  # STATUS: 1 online 0 offline; FAULT: FaultSource; SENSOR_ERROR: 1 reported, 2 out of limits
    text: list[str | None]

    def __len__(self) -> int:
        return len(self.message)

    def take(self, index: npt.NDArray[np.intp] | BoolArray) -> "EventBatch":
        """The rows of `index` (integer positions or a mask), as a copy."""
        positions = np.flatnonzero(index) if index.dtype == np.bool_ else index
        return EventBatch(
            self.message[positions],
            self.machine[positions],
            self.measured_at_us[positions],
            self.received_at_us[positions],
            self.kind[positions],
            self.source_address[positions],
            self.spn[positions],
            self.fmi[positions],
            self.count[positions],
            self.lamps[positions],
            self.signal[positions],
            self.value[positions],
            [self.text[int(i)] for i in positions],
        )

    @classmethod
    def empty(cls) -> "EventBatch":
        """No rows."""
        i16, i32, i64 = np.empty(0, np.int16), np.empty(0, np.int32), np.empty(0, np.int64)
        return cls(i32, i32, i64, i64, i16, i16, i32, i16, i16, i16, i16, i16, [])


@dataclass(frozen=True, slots=True, kw_only=True)
class Quarantined:
    """A message or a row that was refused, with the reason and enough of it to replay it."""

    message: int  # position in Messages
    row: int  # sample index in the message; -1: the whole message
    reason: Reason
    detail: str


@dataclass(slots=True)
class Batch:
    """Everything one transaction keeps."""

    messages: Messages
    readings: ReadingBatch
    events: EventBatch
    quarantined: list[Quarantined]
    extra: list[tuple[int, int, str, float]] = field(default_factory=list)  # (message, row, unpromoted key, value)
