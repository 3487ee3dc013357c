"""Work briefs: what machines did in some days, and who is mailed them."""

from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import ConfigDict, Field, WithJsonSchema

from api.schemas.accounts import Input
from api.schemas.alarms import SourceKindName
from api.schemas.maintenance import DueItem
from api.schemas.shape import ALARM_UUID, AT, MACHINE_UUID, Instant, SeverityName, Shape, UuidText, Words, example
from api.schemas.sites import TimeOfDay

Day = Annotated[str, WithJsonSchema({"type": "string", "format": "date"})]
KindName = Literal["machine", "site", "fleet"]
FuelKindName = Literal["refuel", "suspected_theft", "lost_at_work"]
PeriodName = Literal["day", "week", "month"]
MailedForm = Literal["pdf", "html", "csv"]
SUBSCRIPTION_UUID = "0198f3c4-11d0-7a52-8c3e-5f0c9d2b7e60"
_NUMBERS: dict[str, Any] = {
    "length_h": 168.0,
    "working_h": 31.5,
    "travelling_h": 4.2,
    "idle_h": 12.3,
    "off_h": 20.0,
    "unheard_h": 100.0,
    "utilisation_ratio": 0.2125,
    "idle_ratio": 0.2563,
    "fuel_used_l": 610.4,
    "fuel_per_hour_l": 12.717,
    "idle_fuel_l": 49.2,
    "distance_km": None,
    "engine_hours_h": 48.1,
}
_MACHINE: dict[str, Any] = {
    "id": MACHINE_UUID,
    "name": "Excavator 12",
    "pin": "ECC00EX0001234567",
    "kind": "excavator",
    "model": "ZX200",
    "site": "North quarry",
    "time_zone": "Asia/Shanghai",
    "numbers": _NUMBERS,
    "fuel_is_by_rate": False,
    "hours_are_by_meter": False,
    "peers": {"machines": 14, "median_utilisation_ratio": 0.27},
    "alarms": 1,
    "next_service": None,
}
_BRIEF: dict[str, Any] = {
    "kind": "machine",
    "id": MACHINE_UUID,
    "name": "Excavator 12",
    "from_day": "2026-11-16",
    "to_day": "2026-11-22",
    "time_zone": "Asia/Shanghai",
    "made_at": AT,
    "is_over": True,
    "numbers": _NUMBERS,
    "days": [{"day": "2026-11-16", "numbers": _NUMBERS}],
    "hours": [],
    "machines": [_MACHINE],
    "fuel": [
        {
            "machine_id": MACHINE_UUID,
            "machine_name": "Excavator 12",
            "kind": "refuel",
            "from_at": AT,
            "to_at": AT,
            "before_pct": 22.0,
            "after_pct": 92.0,
            "litres": 280.0,
        }
    ],
    "alarms_by_severity": {"high": 1},
    "alarms": [
        {
            "id": ALARM_UUID,
            "machine_id": MACHINE_UUID,
            "machine_name": "Excavator 12",
            "severity": "high",
            "source_kind": "rule",
            "source_key": "low_oil_pressure",
            "text": {"zh": "机油压力低", "en": "Low oil pressure"},
            "state": "cleared",
            "raised_at": AT,
            "cleared_at": AT,
        }
    ],
    "truncated": False,
}


class BriefNumbers(Shape):
    """What was done in the days, by quarter hours; null where nothing tells it."""

    length_h: float
    """How long the days were, until now: 23 or 25 hours where clocks were changed."""
    working_h: float
    travelling_h: float
    idle_h: float
    off_h: float
    """Heard to be off."""
    unheard_h: float
    """The rest, in which nothing was heard."""
    utilisation_ratio: float | None
    """Working and travelling, of the length; null when nothing was heard."""
    idle_ratio: float | None
    """Idling, of the time it ran."""
    fuel_used_l: float | None
    fuel_per_hour_l: float | None
    """Fuel by the hours in which it was burnt, by the hour meter or heard: of machines and times that tell both. Null
    without any."""
    idle_fuel_l: float | None
    """Burnt while idling, worked out from the quarter hours in which the machine did nothing else or, without any, from
    mixed ones."""
    distance_km: float | None
    engine_hours_h: float | None
    """What the machine's own hour meter grew by."""

    model_config = example(_NUMBERS)


class BriefDay(Shape):
    """A day, all machines together."""

    day: Day
    numbers: BriefNumbers


class BriefHour(Shape):
    """An hour of the day, all machines together, each by its own site's clock."""

    begins: str
    """As clocks show it: "08:00"."""
    numbers: BriefNumbers


class BriefPeers(Shape):
    """The model's other machines."""

    machines: int
    """How many were heard in the days. Those of strangers count from five on only."""
    median_utilisation_ratio: float


class BriefMachine(Shape):
    """One machine."""

    id: UuidText
    name: str
    pin: str
    kind: str
    model: str | None
    site: str | None
    """Where it stands now."""
    time_zone: str
    """The one by which its days are counted."""
    numbers: BriefNumbers
    fuel_is_by_rate: bool
    """The machine counts no fuel: the mean rate over the time it ran."""
    hours_are_by_meter: bool
    """It reports less often than once a minute: what was heard stands for as much as its hour meter grew by. It is not
    compared with others then."""
    peers: BriefPeers | None
    alarms: int
    """How many were raised."""
    next_service: DueItem | None
    """The most urgent item of its plan, as it stands now; null also for who does not see the machine any more."""

    model_config = example(_MACHINE)


class BriefFuel(Shape):
    """A refuelling, or fuel that went elsewhere."""

    machine_id: UuidText
    machine_name: str
    kind: FuelKindName
    from_at: Instant
    to_at: Instant | None
    before_pct: float | None
    after_pct: float | None
    litres: float | None
    """Null where the model's tank or a level is not known."""


class BriefAlarm(Shape):
    """An alarm that was raised."""

    id: UuidText
    machine_id: UuidText
    machine_name: str
    severity: SeverityName
    source_kind: SourceKindName
    source_key: str
    text: Words
    state: Literal["active", "cleared"]
    raised_at: Instant
    cleared_at: Instant | None


class Brief(Shape):
    """What a machine, a site's machines or all of them did in some days."""

    kind: KindName
    id: UuidText | None
    """Of the machine or the site."""
    name: str
    from_day: Day
    to_day: Day
    """The last day, in it."""
    time_zone: str | None
    """Null: the machines stand in several, and each one's days are its own site's."""
    made_at: Instant
    is_over: bool
    """Whether all of the days are; readings that come late change a brief nevertheless."""
    numbers: BriefNumbers
    days: list[BriefDay]
    hours: list[BriefHour]
    """Of a brief of one day; else empty."""
    machines: list[BriefMachine]
    fuel: list[BriefFuel]
    alarms_by_severity: dict[SeverityName, int]
    alarms: list[BriefAlarm]
    """The gravest 500; refuellings are none."""
    truncated: bool
    """True when alarms or fuel are not all listed; the counts are of all."""

    model_config = example(_BRIEF)


_SUBSCRIPTION = {
    "id": SUBSCRIPTION_UUID,
    "machine_id": MACHINE_UUID,
    "machine_name": "Excavator 12",
    "site_id": None,
    "site_name": None,
    "period": "week",
    "at": "07:00",
    "form": "pdf",
    "next_at": "2026-11-22T23:00:00Z",
    "created_at": AT,
}


class ReportSubscription(Shape):
    """A brief that is mailed to somebody; neither machine nor site: of all machines that they see."""

    id: UuidText
    machine_id: UuidText | None
    machine_name: str | None
    site_id: UuidText | None
    site_name: str | None
    period: PeriodName
    """Mailed each day, on Mondays, or on the first of each month; of the one before."""
    at: TimeOfDay
    """On the person's own clocks."""
    form: MailedForm
    next_at: Instant
    created_at: Instant

    model_config = example(_SUBSCRIPTION)


class ReportSubscriptionPage(Shape):
    """All of a person's."""

    items: list[ReportSubscription]
    next_cursor: str | None

    model_config = example({"items": [_SUBSCRIPTION], "next_cursor": None})


class NewReportSubscription(Input):
    """What is to be mailed, and when."""

    machine: Annotated[str, Field(max_length=80, pattern=r"^[^\x00-\x1f\x7f]+$")] | None = None
    """A machine's id or alias (`pin:...`)."""
    site: UUID | None = None
    period: PeriodName = "week"
    at: TimeOfDay = "07:00"
    form: MailedForm = "pdf"

    model_config = ConfigDict(json_schema_extra={"example": {"period": "week", "at": "07:00", "form": "pdf"}})
