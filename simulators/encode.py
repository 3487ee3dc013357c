"""The native JSON forms of docs/wire-contract.md, as the machines write them; nothing is shared with the gateway."""

import gzip
import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from simulators.faults import FaultCode


class Form(StrEnum):
    """How a terminal writes its telemetry."""

    SAMPLE = "sample"  # one sample a message
    LIST = "list"  # {"samples": [...]}
    COLUMNAR = "columnar"  # {"t": [...], "signals": {key: [...]}}
    GZIP = "gzip"  # the columnar form, compressed
    ISO = "iso"  # one sample a message, the time as ISO 8601
    CAN = "can"  # raw CAN frames


ROWS_PER_MESSAGE = {Form.SAMPLE: 1, Form.ISO: 1, Form.LIST: 2, Form.COLUMNAR: 3, Form.GZIP: 3, Form.CAN: 1}


@dataclass(frozen=True, slots=True)
class Sample:
    """What a terminal read at one instant of its own clock; None is 'not available'."""

    at_us: int
    signals: dict[str, float | None]


@dataclass(slots=True)
class Envelope:
    """What goes beside the samples: boot, seq, and anything else of the contract's optional parts."""

    boot: str
    seq: int
    beside: dict[str, Any] = field(default_factory=dict)

    def as_dict(self) -> dict[str, Any]:
        """The common part of a message."""
        return {"boot": self.boot, "seq": self.seq, **self.beside}


def iso_time(at_us: int) -> str:
    """ISO 8601 in UTC with milliseconds."""
    return datetime.fromtimestamp(at_us / 1e6, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _json(message: dict[str, Any]) -> bytes:
    return json.dumps(message, separators=(",", ":"), allow_nan=False).encode()


def _columns(samples: Sequence[Sample]) -> dict[str, list[float | None]]:
    keys = dict.fromkeys(key for sample in samples for key in sample.signals)
    return {key: [sample.signals.get(key) for sample in samples] for key in keys}


def encode_native(envelope: Envelope, samples: Sequence[Sample], form: Form) -> bytes:
    """One telemetry message; SAMPLE and ISO take the only sample. Values must be finite (ValueError otherwise)."""
    message = envelope.as_dict()
    if form in (Form.SAMPLE, Form.ISO):
        (sample,) = samples
        message["t"] = iso_time(sample.at_us) if form is Form.ISO else sample.at_us // 1_000
        message["signals"] = sample.signals
    elif form is Form.LIST:
        message["samples"] = [{"t": s.at_us // 1_000, "signals": s.signals} for s in samples]
    else:
        message["t"] = [s.at_us // 1_000 for s in samples]
        message["signals"] = _columns(samples)
    payload = _json(message)
    return gzip.compress(payload, 5, mtime=0) if form is Form.GZIP else payload


def encode_columns(envelope: Envelope, at_us: Sequence[int], columns: dict[str, list[float | None]]) -> bytes:
    """One compressed message of the columnar form, from columns of finite values and None, as long as `at_us`."""
    message = {**envelope.as_dict(), "t": [at // 1_000 for at in at_us], "signals": columns}
    return gzip.compress(_json(message), 5, mtime=0)


def encode_can(envelope: Envelope, frames: Sequence[dict[str, Any]]) -> bytes:
    """One message of raw CAN frames: {"t": ms, "id", "ext", "hex"} each."""
    return _json({**envelope.as_dict(), "frames": list(frames)})


LAST_WILL = b'{"online":false}'


def encode_status(*, online: bool, at_us: int, boot: str) -> bytes:
    """The status message of a machine that comes or goes in an orderly way; `boot` "" is left out."""
    status: dict[str, Any] = {"online": online, "t": at_us // 1_000}
    return _json({**status, "boot": boot} if boot else status)


def fault_list(codes: Sequence[FaultCode], at_us: int) -> dict[str, Any]:
    """The contract's "faults": all codes active now, with the lamps that a controller would light."""
    severe = any(code.fmi in (0, 1) for code in codes)
    return {
        "t": at_us // 1_000,
        "list": [{"sa": c.source_address, "spn": c.spn, "fmi": c.fmi, "oc": c.count} for c in codes],
        "lamps": {"mil": False, "red_stop": severe, "amber": bool(codes), "protect": False},
    }
