"""Terminals with their SIM cards, and when each was on which machine."""

from datetime import date
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import Field

from api.schemas.accounts import Input
from api.schemas.bodies import Absent, At, NotNull, left_out
from api.schemas.shape import AT, MACHINE_UUID, Instant, Shape, UuidText, example

TERMINAL_UUID = "0198f3a5-3d4e-7d04-9f44-6c81a2d50453"
INSTALLATION_UUID = "0198f3a5-4e5f-7e05-8a55-7d92b3e61564"
CoordinateSystemName = Literal["wgs84", "gcj02", "bd09"]
SimStatus = Literal["active", "suspended", "ended"]
TerminalSort = Literal["name", "-name", "created_at", "-created_at"]
Words = Annotated[str, Field(min_length=1, max_length=100, pattern=r"\S")]
Offset = Annotated[float, Field(ge=-31_622_400, le=31_622_400, allow_inf_nan=False)]
_SIM: dict[str, Any] = {
    "iccid": "89860012345678901238",
    "imsi": "460001234567890",
    "msisdn": "+8613800000000",
    "operator": "China Mobile",
    "valid_to": "2030-12-31",
    "status": "active",
}
_NEW: dict[str, Any] = {
    "name": "TBOX-000123",
    "hardware": "TB-4G rev C",
    "firmware": "1.8.2",
    "clock_offset_s": 0.0,
    "coordinate_system": "wgs84",
    "sim": _SIM,
}
_MACHINE = {"id": MACHINE_UUID, "pin": "ECC00EX0001234567", "name": "Excavator 7"}


class Sim(Shape):
    """The SIM card in a terminal."""

    iccid: str
    imsi: str | None
    msisdn: str | None
    operator: str | None
    valid_to: Annotated[str, Field(examples=["2030-12-31"])] | None
    """The last day of its contract."""
    status: SimStatus

    model_config = example(_SIM)


class TerminalMachine(Shape):
    """The machine a terminal is on now."""

    id: UuidText
    pin: str
    name: str


class Terminal(Shape):
    """A terminal."""

    id: UuidText
    name: str
    """What its MQTT topics carry."""
    organisation_id: UuidText | None
    """Whose stock it is in; null: the platform's, or an organisation that is not the caller's to see."""
    hardware: str | None
    firmware: str | None
    clock_offset_s: float
    """Added to every time that it reports."""
    coordinate_system: CoordinateSystemName
    """In which it states its places. Readings keep what came; answers are WGS 84."""
    sim: Sim | None
    """Only for who keeps it, or owns the machine it is on."""
    machine: TerminalMachine | None
    version: int
    created_at: Instant
    updated_at: Instant

    model_config = example(
        {
            "id": TERMINAL_UUID,
            **_NEW,
            "organisation_id": None,
            "machine": _MACHINE,
            "version": 1,
            "created_at": AT,
            "updated_at": AT,
        }
    )


class TerminalPage(Shape):
    """A page of terminals."""

    items: list[Terminal]
    next_cursor: str | None


class NewSim(Input):
    """A SIM card to put into a terminal; its ICCID is checked by the Luhn formula."""

    iccid: Annotated[str, Field(pattern=r"^89[0-9]{16,18}$")]
    imsi: Annotated[str, Field(pattern=r"^[0-9]{14,15}$")] | None = None
    msisdn: Annotated[str, Field(pattern=r"^\+?[0-9]{5,15}$")] | None = None
    operator: Words | None = None
    valid_to: date | None = None
    status: SimStatus = "active"

    model_config = example(_SIM)


class NewTerminal(Input):
    """A terminal to register; its keeper is `organisation_id`, or else the caller's organisation."""

    name: Annotated[str, Field(pattern=r"^[A-Za-z0-9._:-]{1,64}$")]
    organisation_id: UUID | None = None
    hardware: Words | None = None
    firmware: Words | None = None
    clock_offset_s: Offset = 0.0
    coordinate_system: CoordinateSystemName = "wgs84"
    sim: NewSim | None = None

    model_config = example(_NEW)


class TerminalChange(Input):
    """What is to change of a terminal; its name stays. `sim` is taken as a whole; null takes it out."""

    organisation_id: UUID | None = None
    hardware: Words | None = None
    firmware: Words | None = None
    clock_offset_s: Annotated[Offset | Absent, NotNull] = left_out()
    coordinate_system: Annotated[CoordinateSystemName | Absent, NotNull] = left_out()
    sim: NewSim | None = None

    model_config = example({"firmware": "1.9.0", "coordinate_system": "gcj02"})


class TerminalInstallation(Shape):
    """A terminal's time on a machine."""

    id: UuidText
    terminal_id: UuidText
    terminal: str
    machine_id: UuidText
    from_at: Instant | None
    """null: since the beginning of time."""
    to_at: Instant | None
    """null: still installed."""
    coordinate_system: CoordinateSystemName
    version: int
    created_at: Instant
    updated_at: Instant

    model_config = example(
        {
            "id": INSTALLATION_UUID,
            "terminal_id": TERMINAL_UUID,
            "terminal": "TBOX-000123",
            "machine_id": MACHINE_UUID,
            "from_at": AT,
            "to_at": None,
            "coordinate_system": "wgs84",
            "version": 1,
            "created_at": AT,
            "updated_at": AT,
        }
    )


class InstallationList(Shape):
    """The terminals that were on a machine, the latest first, at most 1000."""

    items: list[TerminalInstallation]
    next_cursor: str | None


class NewInstallation(Input):
    """A terminal to put on the machine; without `from_at`, since the beginning of time."""

    terminal_id: UUID
    from_at: At | None = None
    additional: bool = False
    """The machine has another terminal, and keeps it."""

    model_config = example({"terminal_id": TERMINAL_UUID, "from_at": "2025-11-21T10:00:00Z", "additional": False})


class InstallationEnd(Input):
    """When the terminal was taken off."""

    to_at: At

    model_config = example({"to_at": "2025-11-21T10:00:00Z"})


class TerminalSwap(Input):
    """One terminal goes, another comes, at the same instant; `at` is now when left out."""

    install: UUID
    """The terminal that comes."""
    remove: UUID | None = None
    """The terminal that goes, where there are several."""
    at: At | None = None

    model_config = example({"install": TERMINAL_UUID, "at": "2025-11-21T10:00:00Z"})
