"""Answers as XML, made of strings: every text goes through `escaped`, every number through `number`.

A page of 100 machines takes 2 ms this way and 6 ms through lxml's builder (one of the two cores, bench in the tests).
"""

import re
from collections.abc import Mapping, Sequence
from datetime import datetime

from usecases.aemp.elements import Element, Equipment, Header, Link, Record, Value

VERSION = "1"
NAMESPACES: dict[str, str] = {
    "2.0": "http://standards.iso.org/iso/15143/-3",
    "2020": "http://www.jcmanet.or.jp/english2017/ISO/15143/-3/20190501",
}
"""The namespace of each edition: 2.0 is ISO/TS 15143-3:2016, what most clients read."""

_DECLARATION = '<?xml version="1.0" encoding="UTF-8"?>\n'
_UNCARRIED = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_SPECIAL = re.compile("[&<>\"'\r]")
_ENTITY = {"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&apos;", "\r": "&#13;"}


def escaped(text: str) -> str:
    """Text for an element or a quoted attribute; what XML 1.0 cannot carry at all is left out."""
    if text.isalnum() and text.isascii():
        return text
    return _SPECIAL.sub(lambda found: _ENTITY[found.group()], _UNCARRIED.sub("", text))


def instant(at: datetime) -> str:
    """A time in UTC with whole seconds: 2026-11-21T10:00:00Z."""
    return at.isoformat()[:19] + "Z"


def number(value: float) -> str:
    """A number as xs:decimal: never with an exponent."""
    text = repr(value)
    return text if "e" not in text else f"{value:.10f}".rstrip("0").rstrip(".")


def fleet(edition: str, snapshot_at: datetime, links: Sequence[Link], machines: Sequence[Equipment]) -> bytes:
    """A page of the fleet snapshot."""
    parts = [_opened("Fleet", edition, snapshot_at), *map(_link, links)]
    for machine in machines:
        parts += ("<Equipment>", _header(machine.header), *map(_record, machine.records), "</Equipment>")
    parts.append("</Fleet>")
    return "".join(parts).encode()


def equipment(edition: str, snapshot_at: datetime, machine: Equipment) -> bytes:
    """The snapshot of one machine."""
    inside = (_header(machine.header), *map(_record, machine.records))
    return "".join((_opened("Equipment", edition, snapshot_at), *inside, "</Equipment>")).encode()


def series(
    edition: str, snapshot_at: datetime, element: Element, links: Sequence[Link], records: Sequence[Record]
) -> bytes:
    """A page of a time series."""
    inside = (*map(_link, links), *map(_record, records))
    return "".join((_opened(element.root, edition, snapshot_at), *inside, f"</{element.root}>")).encode()


def problem(body: dict[str, object]) -> bytes:
    """An error in the XML form of RFC 9457, where the entries of a list are `i`."""
    members = {name: body[name] for name in ("type", "title", "status", "detail", "code")}
    errors = body["errors"]
    assert isinstance(errors, list)
    entries = "".join(f"<i>{_members(error)}</i>" for error in errors)
    inside = _members(members) + (f"<errors>{entries}</errors>" if entries else "")
    return f'{_DECLARATION}<problem xmlns="urn:ietf:rfc:7807">{inside}</problem>'.encode()


def _members(values: Mapping[str, object]) -> str:
    return "".join(f"<{name}>{escaped(str(value))}</{name}>" for name, value in values.items())


def _opened(root: str, edition: str, snapshot_at: datetime) -> str:
    return (
        f'{_DECLARATION}<{root} version="{VERSION}" snapshotTime="{instant(snapshot_at)}" '
        f'xmlns="{NAMESPACES[edition]}">'
    )


def _link(link: Link) -> str:
    return f"<Links><rel>{link.rel}</rel><href>{escaped(link.href)}</href></Links>"


def _header(header: Header) -> str:
    texts = (
        ("UnitInstallDateTime", header.installed_at and instant(header.installed_at)),
        ("OEMName", header.oem),
        ("Model", header.model),
        ("EquipmentID", header.equipment_id),
        ("SerialNumber", header.serial_no),
        ("PIN", header.pin),
    )
    inside = "".join(f"<{name}>{said}</{name}>" for name, text in texts if text and (said := escaped(text)))
    return f"<EquipmentHeader>{inside}</EquipmentHeader>"


def _record(record: Record) -> str:
    inside = "".join(f"<{name}>{_text(value)}</{name}>" for name, value in record.fields)
    return f'<{record.name} datetime="{instant(record.at)}">{inside}</{record.name}>'


def _text(value: Value) -> str:
    if isinstance(value, str):
        return escaped(value)
    if isinstance(value, bool):
        return "true" if value else "false"
    return number(value)
