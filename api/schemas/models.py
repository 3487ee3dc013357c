"""Kinds and models of machines with their options, releases of software."""

from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import Field

from api.schemas.accounts import Input
from api.schemas.bodies import Absent, At, NotNull, left_out
from api.schemas.shape import AT, Instant, Shape, UuidText, example

MODEL_UUID = "0198f3a4-1b2c-7a01-8d11-3f5e7a9b1c20"
_KIND_UUID = "0198f3a4-0a10-7b02-9c22-4a6f8b0d2e31"
_SOFTWARE_UUID = "0198f3a4-2c3d-7c03-8e33-5b7091c4f342"
_OPTION = {"code": "hammer_line", "zh": "破碎锤管路", "en": "Hammer line"}
_NEW_KIND: dict[str, Any] = {
    "code": "pile_driver",
    "zh": "旋挖钻机",
    "en": "Rotary drilling rig",
    "default_signals": ["engine_speed_rpm", "main_pump_1_pressure_kpa"],
}
_NEW_MODEL: dict[str, Any] = {
    "name": "SY365H",
    "maker": "SANY",
    "kind": "excavator",
    "nominal_voltage_v": 24,
    "slot_s": 1.0,
    "preferred_source_addresses": [0],
    "fuel_tank_l": 540.0,
    "def_tank_l": 38.0,
    "rated_engine_speed_rpm": 2000.0,
    "expected_signals": ["engine_speed_rpm", "fuel_level_pct"],
    "options": [_OPTION],
}
_NEW_SOFTWARE: dict[str, Any] = {
    "controller": "engine",
    "release": "V2.4.1",
    "model_id": None,
    "released_at": "2026-03-01T00:00:00Z",
    "note": "Cold start improved.",
}
_KEPT = {"version": 1, "created_at": AT, "updated_at": AT}
Code = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,63}$")]
SignalKey = Annotated[str, Field(pattern=r"^[a-z0-9_]{1,59}$")]
SignalKeyList = Annotated[list[SignalKey], Field(max_length=200)]
Sources = Annotated[list[Annotated[int, Field(ge=0, le=253)]], Field(max_length=20)]
Volts = Literal[12, 24]
Litres = Annotated[float, Field(ge=0.1, le=100_000, allow_inf_nan=False)]
DefLitres = Annotated[float, Field(ge=0.1, le=10_000, allow_inf_nan=False)]
Rpm = Annotated[float, Field(ge=100, le=8000, allow_inf_nan=False)]
Seconds = Annotated[float, Field(ge=0.01, le=60, allow_inf_nan=False)]
Word = Annotated[str, Field(min_length=1, max_length=100, pattern=r"\S")]
KindSort = Literal["code", "-code", "created_at", "-created_at"]
ModelSort = Literal["name", "-name", "maker", "-maker", "kind", "-kind", "created_at", "-created_at"]
SoftwareSort = Literal["controller", "-controller", "released_at", "-released_at"]


class MachineKind(Shape):
    """A kind of machine, such as excavator."""

    id: UuidText
    code: str
    zh: str
    en: str
    default_signals: list[str]
    """What a machine of this kind is expected to report, unless its model says otherwise."""
    version: int
    created_at: Instant
    updated_at: Instant

    model_config = example({"id": _KIND_UUID, **_NEW_KIND, **_KEPT})


class MachineKindPage(Shape):
    """A page of kinds."""

    items: list[MachineKind]
    next_cursor: str | None


class NewMachineKind(Input):
    """A kind to add."""

    code: Code
    zh: Word
    en: Word
    default_signals: SignalKeyList = Field(default_factory=list)

    model_config = example(_NEW_KIND)


class MachineKindChange(Input):
    """What is to change of a kind."""

    code: Annotated[Code | Absent, NotNull] = left_out()
    zh: Annotated[Word | Absent, NotNull] = left_out()
    en: Annotated[Word | Absent, NotNull] = left_out()
    default_signals: Annotated[SignalKeyList | Absent, NotNull] = left_out()

    model_config = example({"default_signals": ["engine_speed_rpm", "engine_hours_h"]})


class ModelOption(Shape):
    """A factory option."""

    code: str
    zh: str
    en: str


class Model(Shape):
    """A model of machine."""

    id: UuidText
    name: str
    maker: str | None
    kind: str
    """The code of its kind."""
    nominal_voltage_v: int | None
    """12 or 24; battery rules are unknown where it is null."""
    slot_s: float
    """Length of the slots into which CAN frames are put."""
    preferred_source_addresses: list[int]
    """J1939 source addresses whose values win, the first most."""
    fuel_tank_l: float | None
    def_tank_l: float | None
    rated_engine_speed_rpm: float | None
    expected_signals: list[str] | None
    """What a machine is expected to report; null: what its kind says."""
    options: list[ModelOption]
    version: int
    created_at: Instant
    updated_at: Instant

    model_config = example({"id": MODEL_UUID, **_NEW_MODEL, **_KEPT})


class ModelPage(Shape):
    """A page of models."""

    items: list[Model]
    next_cursor: str | None


class NewModelOption(Input):
    """A factory option to offer."""

    code: Code
    zh: Word
    en: Word

    model_config = example(_OPTION)


Options = Annotated[list[NewModelOption], Field(max_length=200)]


class NewModel(Input):
    """A model to add."""

    name: Word
    maker: Word | None = None
    kind: Code = "other"
    nominal_voltage_v: Volts | None = None
    slot_s: Seconds = 1.0
    preferred_source_addresses: Sources = Field(default_factory=list)
    fuel_tank_l: Litres | None = None
    def_tank_l: DefLitres | None = None
    rated_engine_speed_rpm: Rpm | None = None
    expected_signals: SignalKeyList | None = None
    options: Options = Field(default_factory=list)

    model_config = example(_NEW_MODEL)


class ModelChange(Input):
    """What is to change of a model; `options` are taken as a whole."""

    name: Annotated[Word | Absent, NotNull] = left_out()
    maker: Word | None = None
    kind: Annotated[Code | Absent, NotNull] = left_out()
    nominal_voltage_v: Volts | None = None
    slot_s: Annotated[Seconds | Absent, NotNull] = left_out()
    preferred_source_addresses: Annotated[Sources | Absent, NotNull] = left_out()
    fuel_tank_l: Litres | None = None
    def_tank_l: DefLitres | None = None
    rated_engine_speed_rpm: Rpm | None = None
    expected_signals: SignalKeyList | None = None
    options: Annotated[Options | Absent, NotNull] = left_out()

    model_config = example({"fuel_tank_l": 560.0, "rated_engine_speed_rpm": 1900.0})


class SoftwareVersion(Shape):
    """A release of a controller's software."""

    id: UuidText
    controller: str
    release: str
    model_id: UuidText | None
    """The model it is for; null: any."""
    released_at: Instant | None
    note: str | None
    version: int
    """Of this entry, for If-Match; the software's own is `release`."""
    created_at: Instant
    updated_at: Instant

    model_config = example({"id": _SOFTWARE_UUID, **_NEW_SOFTWARE, **_KEPT})


class SoftwareVersionPage(Shape):
    """A page of releases."""

    items: list[SoftwareVersion]
    next_cursor: str | None


class NewSoftwareVersion(Input):
    """A release to add."""

    controller: Annotated[str, Field(min_length=1, max_length=64, pattern=r"\S")]
    release: Word
    model_id: UUID | None = None
    released_at: At | None = None
    note: Annotated[str, Field(max_length=2000)] | None = None

    model_config = example(_NEW_SOFTWARE)


class SoftwareVersionChange(Input):
    """What is to change of a release."""

    controller: Annotated[Annotated[str, Field(min_length=1, max_length=64, pattern=r"\S")] | Absent, NotNull] = (
        left_out()
    )
    release: Annotated[Word | Absent, NotNull] = left_out()
    model_id: UUID | None = None
    released_at: At | None = None
    note: Annotated[str, Field(max_length=2000)] | None = None

    model_config = example({"note": "Withdrawn, use V2.4.2."})
