"""Show what was refused to a person: a line an entry, or one entry with its payload."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal
from uuid import UUID

import msgspec

from fleet.errors import InvalidInput, NotFound
from gateway.decode.envelope import GZIP_MAGIC, MAX_BYTES, Format, Refused, unpack
from storage.pool import Connection
from storage.quarantine import QuarantineEntry, QuarantineLine, list_quarantine_ids

MAX_SHOWN = 64 * 1024  # bytes
SHORT_ID = 8  # characters, the last ones: ids begin with their time, so those of a minute begin alike
_ID_PART = re.compile(r"[0-9a-f-]{4,36}")


def id_of(conn: Connection, text: str) -> UUID:
    """The entry whose id is `text`, or begins or ends with it. Raises NotFound, InvalidInput when it is not one id."""
    part = text.strip().lower()
    if not _ID_PART.fullmatch(part):
        raise InvalidInput("quarantine_id_wrong", found=text)
    found = list_quarantine_ids(conn, part, limit=5)
    if not found:
        raise NotFound("quarantine_entry_unknown", id=text)
    if len(found) > 1:
        raise InvalidInput("quarantine_id_ambiguous", id=text, found=found)
    return found[0]


HEADING = ("id", "received UTC", "terminal", "reason", "detail")
WIDE_HEADING = (*HEADING[:-1], "message", "bytes", HEADING[-1])


def cells_of(entry: QuarantineLine, *, is_wide: bool, now: datetime) -> list[str]:
    """The entry as a row below HEADING or WIDE_HEADING; times are UTC, short."""
    received = entry.received_at.astimezone(UTC)
    place = f"{entry.boot}/{entry.seq}" if entry.seq >= 0 else "-"
    part = {-1: "", -2: " events"}.get(entry.row_no, f" row {entry.row_no}")
    when = f" {entry.replayed_at.astimezone(UTC):%m-%d %H:%M} UTC" if entry.replayed_at and is_wide else ""
    sent = f"sent again{when}; " if entry.replayed_at else ""
    cells = [
        str(entry.quarantine_id)[-SHORT_ID:],
        f"{received:%m-%d %H:%M}" if received.year == now.astimezone(UTC).year else f"{received:%Y-%m-%d}",
        entry.terminal or "-",
        entry.reason,
        *([place + part, str(entry.payload_bytes)] if is_wide else []),
        sent + (entry.detail if is_wide or not part else f"{part.strip()}: {entry.detail}"),
    ]
    return [printable(cell).replace("\n", " ").replace("\t", " ") for cell in cells]


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
    shown = shown_payload(payload)
    if shown.broken is not None:
        yield f"(shown as it came: {shown.broken})"
    yield from shown.text.splitlines()
    if shown.is_cut:
        yield f"... {shown.left} more {'bytes' if shown.form == 'hex' else 'characters'}"


Form = Literal["json", "text", "hex"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownPayload:
    """A payload made readable, at most MAX_SHOWN of it.

    `left`: bytes of a hex dump, else characters, that are not shown; `broken`: why it could not be unpacked and is
    shown as it came.
    """

    text: str
    form: Form
    left: int
    broken: str | None

    @property
    def is_cut(self) -> bool:
        """True when it is not all of it."""
        return self.left > 0


def shown_payload(payload: bytes) -> ShownPayload:
    """The payload as indented JSON, as text, or as a hex dump."""
    broken = None
    try:
        content = unpack(payload, MAX_BYTES[Format.CAN])
    except Refused as refused:
        broken, content = refused.detail, payload
    form: Form
    try:
        text, form = _pretty(content)
        left = len(text) - MAX_SHOWN
        text = text[:MAX_SHOWN]
    except InvalidInput:
        text, form, left = "\n".join(hex_dump(content[:MAX_SHOWN])), "hex", len(content) - MAX_SHOWN
    return ShownPayload(text=text, form=form, left=max(0, left), broken=broken)


def _pretty(content: bytes) -> tuple[str, Form]:
    """Raises InvalidInput for what is no text."""
    try:
        return printable(json.dumps(msgspec.json.decode(content), indent=2, ensure_ascii=False)), "json"
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        pass
    try:
        text = content.decode()
    except UnicodeDecodeError:
        raise InvalidInput from None
    if any(not (character.isprintable() or character in "\r\n\t") for character in text):
        raise InvalidInput
    return text, "text"


def printable(text: str) -> str:
    """The text with what could steer a terminal written as an escape; line ends and tabs stay."""
    return "".join(c if c.isprintable() or c in "\n\t" else f"\\u{ord(c):04x}" for c in text)


def hex_dump(content: bytes) -> Iterator[str]:
    """Lines of offset, 16 bytes in hex, and the printable ASCII among them."""
    for start in range(0, len(content), 16):
        row = content[start : start + 16]
        text = "".join(chr(byte) if 32 <= byte < 127 else "." for byte in row)
        yield f"{start:08x}  {row.hex(' ', 1):<47}  {text}"
