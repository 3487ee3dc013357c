"""What is checked of every answer by itself: schema, order, times, units, and whether it can be true."""

import math
import re
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime, timedelta

from usecases.aemp_check.documents import NAMESPACES, Document, Item, Machine, schema_errors
from usecases.aemp_check.report import Report

ORDER = (
    *("Location", "CumulativeOperatingHours", "FuelUsed", "FuelUsedLast24", "Distance", "CumulativeIdleHours"),
    *("FuelRemaining", "DEFRemaining", "EngineStatus", "CumulativePowerTakeOffHours", "AverageLoadFactorLast24"),
    *("MaximumSpeedLast24", "CumulativeLoadCount", "CumulativePayloadTotals", "CumulativeActiveRegenerationHours"),
    "CumulativeIdleNonOperatingHours",
)
UNITS = {
    "AltitudeUnits": "metre",
    "FuelUnits": "litre",
    "OdometerUnits": "kilometre",
    "FuelTankCapacityUnits": "litre",
    "DEFTankCapacityUnits": "litre",
    "SpeedUnits": "kilometres per hour",
    "PayloadUnits": "kilogram",
}
_INSTANT = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}Z")
_NOTHING = {"", "n/a", "na", "null", "none", "nil", "nan", "unknown", "-"}
_HOURS_MOST = 30_000
_FORGIVEN = timedelta(minutes=5)
_STALE = timedelta(days=2)
_FIRST_INSTALLATION = datetime(1990, 1, 1, tzinfo=UTC)


def check_document(report: Report, where: str, document: Document) -> None:
    """All rules on one XML answer; `where` is its address."""
    report.tried("namespace", "schema", "order", "datetime_attribute", "datetime_form", "units", "absent")
    if document.namespace not in NAMESPACES:
        report.found("namespace", where, document.namespace or "none")
    for line, words in schema_errors(document):
        report.found("schema", f"{where}:{line}", words)
    check_contents(report, where, document)


def check_contents(report: Report, where: str, document: Document) -> None:
    """The rules that hold for every representation."""
    if document.snapshot_time is not None and parsed(document.snapshot_time) is None:
        report.found("datetime_form", f"{where} snapshotTime", document.snapshot_time)
    for machine in document.machines:
        _check_machine(report, f"{where} {machine.name}", machine, parsed(document.snapshot_time))
    for record in document.records:
        _check_item(report, where, record)
    for number, record in enumerate(document.records):
        _check_values(report, f"{where} record {number + 1}", record)


def _check_machine(report: Report, where: str, machine: Machine, snapshot_at: datetime | None) -> None:
    _check_header(report, where, machine.header, snapshot_at)
    known = [ORDER.index(item.name) for item in machine.items if item.name in ORDER]
    if known != sorted(known) or len(known) != len(set(known)):
        report.found("order", where, " ".join(item.name for item in machine.items))
    for item in machine.items:
        _check_item(report, where, item)
        _check_values(report, where, item)
    _check_together(report, where, machine, snapshot_at)


def _check_header(report: Report, where: str, header: Mapping[str, str], snapshot_at: datetime | None) -> None:
    report.tried("identity", "make_model", "install_date")
    if not header.get("PIN") and not header.get("SerialNumber"):
        report.found("identity", where, "neither PIN nor SerialNumber")
    for name in ("OEMName", "Model"):
        if not header.get(name):
            report.found("make_model", where, f"{name} is missing")
    for name, text in header.items():
        if text.strip().lower() in _NOTHING:
            report.found("absent", where, f"{name} = {text!r}")
    if installed := header.get("UnitInstallDateTime"):
        _check_installed(report, where, installed, snapshot_at)


def _check_installed(report: Report, where: str, installed: str, snapshot_at: datetime | None) -> None:
    if parsed(installed) is None:
        report.found("datetime_form", f"{where} UnitInstallDateTime", installed)
    at = loosely(installed)
    if at is not None and (at < _FIRST_INSTALLATION or (snapshot_at is not None and at > snapshot_at)):
        report.found("install_date", where, installed)


def _check_item(report: Report, where: str, item: Item) -> None:
    place = f"{where} {item.name}"
    if item.inside:
        report.found("datetime_attribute", place, f"datetime = {item.at}")
    if item.at is None:
        report.found("datetime_attribute", place, "no datetime")
    elif parsed(item.at) is None:
        report.found("datetime_form", place, item.at)
    for name, text in item.fields.items():
        if name in UNITS and text != UNITS[name]:
            report.found("units", place, f"{name} = {text!r}")
        if name != "EngineNumber" and text.strip().lower() in _NOTHING:
            report.found("absent", place, f"{name} = {text!r}")


def _check_values(report: Report, where: str, item: Item) -> None:
    for name, (key, is_wrong) in _IMPLAUSIBLE.get(item.name, {}).items():
        report.tried(key)
        if name in item.fields and is_wrong(item):
            report.found(key, f"{where} {item.name}", f"{name} = {item.fields[name]!r}")


_IMPLAUSIBLE: dict[str, dict[str, tuple[str, Callable[[Item], bool]]]] = {
    "EngineStatus": {
        "EngineNumber": ("engine_number", lambda item: item.fields["EngineNumber"].strip().lower() in _NOTHING)
    },
    "FuelRemaining": {"FuelTankCapacity": ("tank_capacity", lambda item: value(item, "FuelTankCapacity") == 0)},
    "DEFRemaining": {"DEFTankCapacity": ("tank_capacity", lambda item: value(item, "DEFTankCapacity") == 0)},
    "CumulativeOperatingHours": {"Hour": ("hours_plausible", lambda item: (value(item, "Hour") or 0) > _HOURS_MOST)},
    "Location": {
        "Latitude": (
            "position_plausible",
            lambda item: value(item, "Latitude") == 0 and value(item, "Longitude") == 0,
        )
    },
}


def _check_together(report: Report, where: str, machine: Machine, snapshot_at: datetime | None) -> None:
    items = machine.by_name
    hours, idle = (value(items.get(n), "Hour") for n in ("CumulativeOperatingHours", "CumulativeIdleHours"))
    if hours is not None and idle is not None:
        report.tried("idle_below_hours")
        if idle > hours + 1:
            report.found("idle_below_hours", where, f"{idle} of {hours} h")
    times = dict(_times(machine))
    if not times:
        return
    report.tried("fresh", "future")
    newest = max(times.values())
    for name, at in times.items():
        if newest - at > _STALE:
            percent = items[name].fields.get("Percent")
            said = f"{items[name].at}, others {newest:%Y-%m-%dT%H:%M:%SZ}"
            report.found("fresh", f"{where} {name}", said + (f", {percent} %" if percent else ""))
        if snapshot_at is not None and at > snapshot_at + _FORGIVEN:
            report.found("future", f"{where} {name}", items[name].at)


def _times(machine: Machine) -> Iterator[tuple[str, datetime]]:
    for item in machine.items:
        at = loosely(item.at or "")
        if at is not None:
            yield item.name, at


def parsed(text: str | None) -> datetime | None:
    """A time in the one form that the standard has; None for every other text."""
    return loosely(text) if text is not None and _INSTANT.fullmatch(text) else None


def loosely(text: str) -> datetime | None:
    """A time in any ISO form, UTC where it names no zone; None when it is none."""
    try:
        at = datetime.fromisoformat(text)
        return (at if at.tzinfo else at.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def value(item: Item | None, name: str) -> float | None:
    """A field as a finite number; None when it is not there or none."""
    try:
        number = float(item.fields[name]) if item is not None else math.nan
    except (KeyError, ValueError):
        return None
    return number if math.isfinite(number) else None
