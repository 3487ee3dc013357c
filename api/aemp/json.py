"""The same answers as JSON: one member an element, numbers as numbers, lists always lists."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import msgspec

from api.aemp.xml import VERSION, instant
from usecases.aemp.elements import Element, Equipment, Header, Link, Record

_encode = msgspec.json.Encoder().encode


def fleet(snapshot_at: datetime, links: Sequence[Link], machines: Sequence[Equipment]) -> bytes:
    """A page of the fleet snapshot."""
    equipment = [_equipment(machine) for machine in machines]
    return _encode({"Fleet": _head(snapshot_at) | {"Links": _links(links), "Equipment": equipment}})


def equipment(snapshot_at: datetime, machine: Equipment) -> bytes:
    """The snapshot of one machine."""
    return _encode({"Equipment": _head(snapshot_at) | _equipment(machine)})


def series(snapshot_at: datetime, element: Element, links: Sequence[Link], records: Sequence[Record]) -> bytes:
    """A page of a time series."""
    inside = {"Links": _links(links), element.record: [_record(record) for record in records]}
    return _encode({element.root: _head(snapshot_at) | inside})


def _head(snapshot_at: datetime) -> dict[str, Any]:
    return {"version": VERSION, "snapshotTime": instant(snapshot_at)}


def _links(links: Sequence[Link]) -> list[Mapping[str, str]]:
    return [{"rel": link.rel, "href": link.href} for link in links]


def _equipment(machine: Equipment) -> dict[str, Any]:
    return {"EquipmentHeader": _header(machine.header)} | {r.name: _record(r) for r in machine.records}


def _header(header: Header) -> dict[str, str]:
    texts = {
        "UnitInstallDateTime": header.installed_at and instant(header.installed_at),
        "OEMName": header.oem,
        "Model": header.model,
        "EquipmentID": header.equipment_id,
        "SerialNumber": header.serial_no,
        "PIN": header.pin,
    }
    return {name: text for name, text in texts.items() if text}


def _record(record: Record) -> dict[str, Any]:
    return {"datetime": instant(record.at)} | dict(record.fields)


def problem(body: dict[str, object]) -> bytes:
    """An error as RFC 9457 has it."""
    return _encode(body)
