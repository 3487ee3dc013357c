"""What is around a payload: its topic, its size, its compression."""

import re
import zlib
from enum import StrEnum

from msgspec import Struct

from fleet.batch import Reason

GZIP_MAGIC = b"\x1f\x8b"
_TOPIC = re.compile(r"ecc/v1/([A-Za-z0-9._:-]{1,64})/(telemetry|can|status)")
_TERMINAL = re.compile(r"ecc/v1/([A-Za-z0-9._:-]{1,64})(?:/.*)?", re.DOTALL)


class Format(StrEnum):
    """The wire formats; the last part of a topic names them."""

    TELEMETRY = "telemetry"
    CAN = "can"
    STATUS = "status"


MAX_BYTES = {Format.TELEMETRY: 256 * 1024, Format.CAN: 1024 * 1024, Format.STATUS: 256 * 1024}


class Delivery(Struct, gc=False):
    """One MQTT message as it arrived, and what decoding found of its place in the ledger."""

    terminal: str
    topic: str
    payload: bytes
    received_at_us: int
    redelivered: bool
    token: object
    boot: str = ""
    seq: int = -1
    rows: int = 1  # reading rows it carried, refused ones counted; a wholly refused message is one


class Refused(Exception):
    """A message that goes to quarantine, with its reason."""

    def __init__(self, reason: Reason, detail: str) -> None:
        self.reason = reason
        self.detail = detail
        super().__init__(detail)


def route(topic: str) -> tuple[str, Format | None]:
    """(terminal, format) of a topic; format None when it is not the contract's, terminal "" when it names none."""
    match = _TOPIC.fullmatch(topic)
    if match:
        return match[1], Format(match[2])
    named = _TERMINAL.fullmatch(topic)
    return (named[1] if named else ""), None


def unpack(payload: bytes, limit: int) -> bytes:
    """The payload, unzipped when it is gzip; never makes more than `limit` + 1 bytes.

    Raises Refused (too_large, bad_gzip).
    """
    if len(payload) > limit:
        raise Refused(Reason.TOO_LARGE, f"{len(payload)} bytes, at most {limit}")
    if not payload.startswith(GZIP_MAGIC):
        return payload
    unzip = zlib.decompressobj(zlib.MAX_WBITS | 16)
    try:
        text = unzip.decompress(payload, limit + 1)
    except zlib.error as error:
        raise Refused(Reason.BAD_GZIP, str(error)) from None
    if len(text) > limit:
        raise Refused(Reason.TOO_LARGE, f"more than {limit} bytes when unzipped")
    if not unzip.eof:
        raise Refused(Reason.BAD_GZIP, "it ends early")
    if unzip.unused_data:
        raise Refused(Reason.BAD_GZIP, f"{len(unzip.unused_data)} bytes follow the end")
    return text
