"""The elements of ISO 15143-3: what they are called in addresses and in answers, and what an answer is made of."""

from dataclasses import dataclass
from datetime import datetime

Value = float | int | bool | str


@dataclass(frozen=True, slots=True)
class Element:
    """One data element: names of its time series in addresses (the first is the standard's), its root, its record."""

    urls: tuple[str, ...]
    root: str
    record: str


ELEMENTS: tuple[Element, ...] = (
    Element(("Locations", "Location"), "LocationMessages", "Location"),
    Element(
        ("CumulativeOperatingHours", "OperatingHours"), "CumulativeOperatingHoursMessages", "CumulativeOperatingHours"
    ),
    Element(("CumulativeFuelUsed", "FuelUsed"), "FuelUsedMessages", "FuelUsed"),
    Element(("FuelUsedInThePreceding24Hours", "FuelUsedLast24"), "FuelUsedLast24Messages", "FuelUsedLast24"),
    Element(("Distance", "CumulativeDistance"), "DistanceMessages", "Distance"),
    Element(("CautionCodes", "Faults"), "CautionMessages", "FaultCode"),
    Element(("CumulativeIdleHours", "IdleHours"), "CumulativeIdleHoursMessages", "CumulativeIdleHours"),
    Element(("FuelRemainingRatio", "FuelRemaining"), "FuelRemainingMessages", "FuelRemaining"),
    Element(("DEFRemainingRatio", "DEFRemaining"), "DEFRemainingMessages", "DEFRemaining"),
    Element(("EngineCondition", "EngineStatus"), "EngineStatusMessages", "EngineStatus"),
    Element(("SwitchStatus", "DigitalInputs"), "SwitchStatusMessages", "SwitchStatus"),
    Element(
        ("CumulativePowerTakeOffHours", "PowerTakeOffHours"),
        "CumulativePowerTakeOffHoursMessages",
        "CumulativePowerTakeOffHours",
    ),
    Element(
        ("AverageLoadFactorLast24", "AverageDailyLoadFactorLast24"),
        "AverageLoadFactorLast24Messages",
        "AverageLoadFactorLast24",
    ),
    Element(("MaximumSpeedLast24", "MaximumSpeed"), "MaximumSpeedLast24Messages", "MaximumSpeedLast24"),
    Element(("CumulativeLoadCount", "LoadCount"), "CumulativeLoadCountMessages", "CumulativeLoadCount"),
    Element(
        ("CumulativePayloadTotals", "CumulativePayloadTotal"),
        "CumulativePayloadTotalMessages",
        "CumulativePayloadTotals",
    ),
    Element(
        ("CumulativeActiveRegenerationHours", "ActiveRegenerationHours"),
        "CumulativeActiveRegenerationHoursMessages",
        "CumulativeActiveRegenerationHours",
    ),
    Element(
        ("CumulativeIdleNonOperatingHours", "IdleNonOperatingHours"),
        "CumulativeIdleNonOperatingHoursMessages",
        "CumulativeIdleNonOperatingHours",
    ),
)
BY_URL: dict[str, Element] = {url.lower(): element for element in ELEMENTS for url in element.urls}
"""Elements by their names in addresses, in lower case."""

# Snapshots leave out caution codes and switches; the standard has them as time series only.
SNAPSHOT_ORDER: tuple[str, ...] = (
    *("Location", "CumulativeOperatingHours", "FuelUsed", "FuelUsedLast24", "Distance", "CumulativeIdleHours"),
    *("FuelRemaining", "DEFRemaining", "EngineStatus", "CumulativePowerTakeOffHours", "AverageLoadFactorLast24"),
    *("MaximumSpeedLast24", "CumulativeLoadCount", "CumulativePayloadTotals", "CumulativeActiveRegenerationHours"),
    "CumulativeIdleNonOperatingHours",
)
"""The records of a machine in a snapshot, in the order in which XML must have them."""


@dataclass(frozen=True, slots=True)
class Record:
    """One observation: its element, the machine's time of it, and its fields in order."""

    name: str
    at: datetime
    fields: tuple[tuple[str, Value], ...]


@dataclass(frozen=True, slots=True)
class Header:
    """Which machine it is; None is not known, and then not said."""

    installed_at: datetime | None
    oem: str | None
    model: str | None
    equipment_id: str | None
    serial_no: str | None
    pin: str | None


@dataclass(frozen=True, slots=True)
class Equipment:
    """A machine in a snapshot, its records in SNAPSHOT_ORDER."""

    header: Header
    records: list[Record]

    @property
    def is_placed(self) -> bool:
        """True when it tells where the machine is."""
        return any(record.name == "Location" for record in self.records)


@dataclass(frozen=True, slots=True)
class Link:
    """Where another page is: `rel` is self, first, prev, next or last."""

    rel: str
    href: str
