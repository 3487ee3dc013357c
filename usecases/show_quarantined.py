"""Show one refused message to a person."""

import json
from collections.abc import Iterator
from datetime import UTC

import msgspec

from fleet.errors import InvalidInput
from gateway.decode.envelope import GZIP_MAGIC, MAX_BYTES, Format, Refused, unpack
from storage.quarantine import QuarantineEntry

MAX_SHOWN = 64 * 1024  # bytes


def lines_of(entry: QuarantineEntry) -> Iterator[str]:
    """What is known of the entry, a blank line, and its payload."""
    part = {-1: "the whole message", -2: "its events"}.get(entry.row_no, f"row {entry.row_no}")
    facts = {
        "id": entry.quarantine_id,
        "terminal": entry.terminal or "-",
        "topic": entry.topic,
        "boot / seq": f"{entry.boot} / {entry.seq}" if entry.seq >= 0 else "- (the message names none)",
        "refused": part,
        "reason": f"{entry.reason}: {entry.detail}",
        "received": entry.received_at.astimezone(UTC).isoformat(timespec="milliseconds"),
        "sent again": entry.replayed_at.astimezone(UTC).isoformat(timespec="seconds") if entry.replayed_at else "no",
        "payload": f"{len(entry.payload)} bytes{', gzip' if entry.payload.startswith(GZIP_MAGIC) else ''}",
    }
    yield from (printable(f"{name:<11} {value}") for name, value in facts.items())
    yield ""
    yield from payload_lines(entry.payload)


def payload_lines(payload: bytes) -> Iterator[str]:
    """The payload as indented JSON, as text, or as a hex dump; cut after 64 KiB, and saying so."""
    try:
        content = unpack(payload, MAX_BYTES[Format.CAN])
    except Refused as refused:
        yield f"(shown as it came: {refused.detail})"
        content = payload
    try:
        yield from _cut(_pretty(content)).splitlines()
    except InvalidInput:
        yield from hex_dump(content[:MAX_SHOWN])
        if len(content) > MAX_SHOWN:
            yield f"... {len(content) - MAX_SHOWN} more bytes"


def _pretty(content: bytes) -> str:
    """Raises InvalidInput for what is no text."""
    try:
        return printable(json.dumps(msgspec.json.decode(content), indent=2, ensure_ascii=False))
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        pass
    try:
        text = content.decode()
    except UnicodeDecodeError:
        raise InvalidInput from None
    if any(not (character.isprintable() or character in "\r\n\t") for character in text):
        raise InvalidInput
    return text


def printable(text: str) -> str:
    """The text with what could steer a terminal written as an escape; line ends and tabs stay."""
    return "".join(c if c.isprintable() or c in "\n\t" else f"\\u{ord(c):04x}" for c in text)


def _cut(text: str) -> str:
    return text if len(text) <= MAX_SHOWN else f"{text[:MAX_SHOWN]}\n... {len(text) - MAX_SHOWN} more characters"


def hex_dump(content: bytes) -> Iterator[str]:
    """Lines of offset, 16 bytes in hex, and the printable ASCII among them."""
    for start in range(0, len(content), 16):
        row = content[start : start + 16]
        text = "".join(chr(byte) if 32 <= byte < 127 else "." for byte in row)
        yield f"{start:08x}  {row.hex(' ', 1):<47}  {text}"
