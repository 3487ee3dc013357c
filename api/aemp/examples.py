"""The ISO 15143-3 answers of the OpenAPI document: made by what makes the real ones."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final

import msgspec

from api.aemp import json, xml
from api.aemp.forms import JSON_TYPE, XML_TYPE
from usecases.aemp.elements import BY_URL, Equipment, Header, Link, Record

_AT: Final = datetime(2026, 11, 21, 10, tzinfo=UTC)
_MACHINE: Final = "/aemp/2.0/Fleet/Equipment/ECC00EX0001234567"
_HOURS = Record("CumulativeOperatingHours", _AT, (("Hour", 1834.5),))
_EQUIPMENT = Equipment(
    Header(datetime(2025, 3, 1, tzinfo=UTC), "SANY", "SY365H", "EX-7", "SY365-1234", "ECC00EX0001234567"),
    [
        Record("Location", _AT, (("Latitude", 31.2304), ("Longitude", 121.4737))),
        _HOURS,
        Record("FuelRemaining", _AT, (("Percent", 62),)),
        Record("EngineStatus", _AT, (("Running", True),)),
    ],
)
_SERIES = BY_URL["cumulativeoperatinghours"]
PLACES: Final = {
    "PIN": "ECC00EX0001234567",
    "make, model and serial number": "MakeModelSerial/SANY/SY365H/SY365-1234",
    "make, model and serial number, in short": "SANY/SY365H/SY365-1234",
    "equipment id": "ID/EX-7",
    "time series": "ECC00EX0001234567/CumulativeOperatingHours/2026-11-20T00:00:00Z/2026-11-21T00:00:00Z/1",
    "time series of the last 14 days": "ID/EX-7/CumulativeOperatingHours",
}
"""What stands behind /Fleet/Equipment/, one of each form."""


def _pages(path: str) -> list[Link]:
    return [Link(rel, f"https://ecc.example.com{path}/1") for rel in ("self", "first", "last")]


def _answers(as_xml: Mapping[str, bytes], as_json: Mapping[str, bytes]) -> dict[int | str, dict[str, Any]]:
    """The 200 of a route, with its examples by name."""
    texts = {name: {"value": body.decode()} for name, body in as_xml.items()}
    values = {name: {"value": msgspec.json.decode(body)} for name, body in as_json.items()}
    return {
        200: {
            "content": {
                XML_TYPE: {"schema": {"type": "string"}, "examples": texts},
                JSON_TYPE: {"schema": {"type": "object"}, "examples": values},
            }
        }
    }


def fleet_answers() -> dict[int | str, dict[str, Any]]:
    """The 200 of a page of the fleet."""
    links = _pages("/aemp/2.0/Fleet")
    return _answers(
        {"fleet": xml.fleet("2.0", _AT, links, [_EQUIPMENT])}, {"fleet": json.fleet(_AT, links, [_EQUIPMENT])}
    )


def equipment_answers() -> dict[int | str, dict[str, Any]]:
    """The 200 of a machine, and of one of its time series."""
    links = _pages(f"{_MACHINE}/CumulativeOperatingHours/2026-11-20T00:00:00Z/2026-11-21T00:00:00Z")
    return _answers(
        {
            "snapshot": xml.equipment("2.0", _AT, _EQUIPMENT),
            "time series": xml.series("2.0", _AT, _SERIES, links, [_HOURS]),
        },
        {
            "snapshot": json.equipment(_AT, _EQUIPMENT),
            "time series": json.series(_AT, _SERIES, links, [_HOURS]),
        },
    )
