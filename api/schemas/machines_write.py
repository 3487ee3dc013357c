"""Registering and changing machines; the history of their mode and software."""

from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import Field

from api.schemas.accounts import Input
from api.schemas.bodies import Absent, At, NotNull, left_out
from api.schemas.models import Code, Volts
from api.schemas.shape import AT, MACHINE_UUID, Instant, Shape, UuidText, example

SoftwareSource = Literal["entered", "reported"]
ModeName = Literal["in_service", "transport", "in_repair", "stored", "scrapped"]
Pin = Annotated[str, Field(min_length=1, max_length=64, pattern=r"^[!-~]+$")]
Number = Annotated[str, Field(min_length=1, max_length=64, pattern=r"\S")]
Name = Annotated[str, Field(min_length=1, max_length=200, pattern=r"\S")]
OptionCodes = Annotated[list[Code], Field(max_length=200)]
_NEW: dict[str, Any] = {
    "pin": "SY365HXCJPB201234",
    "name": "Excavator 12",
    "serial_number": "SY365-1234",
    "equipment_id": "EX-12",
    "nominal_voltage_v": 24,
    "mode": "in_service",
}
_MODE_CHANGE: dict[str, Any] = {
    "from_at": AT,
    "mode_before": "in_service",
    "mode": "in_repair",
    "reason": "Hydraulic pump is being replaced.",
    "by": "dispatcher",
}
_SOFTWARE: dict[str, Any] = {"controller": "engine", "release": "V2.4.1", "from_at": AT}


class NewMachine(Input):
    """A machine to register. Its owner is `organisation_id`, or else the caller's organisation."""

    pin: Pin
    """Product identification number. One of 17 characters is checked by ISO 10261."""
    name: Name
    serial_number: Number | None = None
    """Letters of any script, digits, blanks and punctuation."""
    equipment_id: Number | None = None
    """The owner's own number for it, written like a serial number: `三一 SY215C 12号`."""
    organisation_id: UUID | None = None
    model_id: UUID | None = None
    nominal_voltage_v: Volts | None = None
    """Where it differs from the model's."""
    site_id: UUID | None = None
    mode: ModeName = "in_service"
    options: OptionCodes = Field(default_factory=list)
    """Codes of factory options of its model."""

    model_config = example(_NEW)


class MachineChange(Input):
    """What is to change of a machine. Its owner changes by a transfer."""

    pin: Annotated[Pin | Absent, NotNull] = left_out()
    name: Annotated[Name | Absent, NotNull] = left_out()
    serial_number: Number | None = None
    equipment_id: Number | None = None
    model_id: UUID | None = None
    nominal_voltage_v: Volts | None = None
    site_id: UUID | None = None
    mode: Annotated[ModeName | Absent, NotNull] = left_out()
    mode_reason: Annotated[str, Field(max_length=500)] | None = None
    """Why the mode changes; kept with its history."""
    options: Annotated[OptionCodes | Absent, NotNull] = left_out()

    model_config = example({"mode": "in_repair", "mode_reason": "Hydraulic pump is being replaced."})


class ModeChange(Shape):
    """A change of a machine's mode."""

    from_at: Instant
    mode_before: ModeName
    mode: ModeName
    reason: str | None
    by: str

    model_config = example(_MODE_CHANGE)


class ModeHistory(Shape):
    """The changes of a machine's mode, the latest first, at most 1000."""

    machine_id: UuidText
    items: list[ModeChange]

    model_config = example({"machine_id": MACHINE_UUID, "items": [_MODE_CHANGE]})


class InstalledSoftware(Shape):
    """A release on a controller of a machine since a time."""

    controller: str
    """As entered; reported ones are `software_id` of the engine, `software_id.sa<n>` of source address n."""
    release: str
    from_at: Instant
    source: SoftwareSource
    entered_by: str | None
    is_current: bool
    """No later one of the controller is known."""

    model_config = example({**_SOFTWARE, "source": "entered", "entered_by": "workshop", "is_current": True})


class SoftwareHistory(Shape):
    """What was on a machine's controllers since when, the latest first."""

    machine_id: UuidText
    items: list[InstalledSoftware]

    model_config = example(
        {
            "machine_id": MACHINE_UUID,
            "items": [{**_SOFTWARE, "source": "entered", "entered_by": "workshop", "is_current": True}],
        }
    )


class NewSoftware(Input):
    """What was installed on a controller; `from_at` is now when left out."""

    controller: Annotated[str, Field(min_length=1, max_length=64, pattern=r"\S")]
    release: Annotated[str, Field(min_length=1, max_length=100, pattern=r"\S")]
    from_at: At | None = None

    model_config = example({"controller": "engine", "release": "V2.4.1", "from_at": "2025-11-21T10:00:00Z"})
