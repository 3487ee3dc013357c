"""Who the simulated machines are: terminals, PINs, models and the worksites they stand on. Stable for a given index."""

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass

from fleet.errors import InvalidInput
from simulators.kinds import KINDS, KindSpec


@dataclass(frozen=True, slots=True, kw_only=True)
class Worksite:
    """A construction area: where its machines stand and what weather they work in."""

    name: str
    latitude_deg: float
    longitude_deg: float
    altitude_m: float
    ambient_degc: float
    time_zone: str


WORKSITES = (
    Worksite(name="Xuzhou Tongshan", latitude_deg=34.1672, longitude_deg=117.2381, altitude_m=42,
             ambient_degc=26, time_zone="Asia/Shanghai"),
    Worksite(name="Chengdu Tianfu", latitude_deg=30.3741, longitude_deg=104.0826, altitude_m=478,
             ambient_degc=27, time_zone="Asia/Shanghai"),
    Worksite(name="Xi'an Gaoling", latitude_deg=34.5347, longitude_deg=109.0784, altitude_m=372,
             ambient_degc=25, time_zone="Asia/Shanghai"),
    Worksite(name="Guangzhou Nansha", latitude_deg=22.7433, longitude_deg=113.5528, altitude_m=6,
             ambient_degc=31, time_zone="Asia/Shanghai"),
    Worksite(name="Urumqi Ganquanpu", latitude_deg=44.0921, longitude_deg=87.7368, altitude_m=520,
             ambient_degc=22, time_zone="Asia/Shanghai"),
    Worksite(name="Krefeld Hafen", latitude_deg=51.3482, longitude_deg=6.6494, altitude_m=33,
             ambient_degc=18, time_zone="Europe/Berlin"),
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class SimulatedMachine:
    """One machine: `index` is its place in the fleet and in every array of the physics."""

    index: int
    terminal: str  # the topic part, such as XE215-0007
    pin: str  # invented, 17 characters
    serial_no: str
    name: str
    spec: KindSpec
    site: Worksite


def _machine(index: int, spec: KindSpec, number: int) -> SimulatedMachine:
    site = WORKSITES[(index // 2) % len(WORKSITES)]
    letters = "".join(c for c in spec.prefix if c.isalnum())
    return SimulatedMachine(
        index=index,
        terminal=f"{spec.prefix}-{number:04d}",
        pin=f"XUG{letters:0<7}{number:07d}"[:17],
        serial_no=f"{letters}{24 + number % 3}{number:05d}",
        name=f"{spec.model} No. {number}",
        spec=spec,
        site=site,
    )


def make_machines(
    count: int, kinds: Sequence[str] = tuple(KINDS), *, numbers_after: int = 0
) -> tuple[SimulatedMachine, ...]:
    """`count` machines, the kinds taking turns: machine i is the same in every fleet that has it.

    With `numbers_after` the same machines again as another fleet, whose numbers begin at numbers_after + 1.
    Raises InvalidInput for an unknown kind or fewer than one machine.
    """
    unknown = [kind for kind in kinds if kind not in KINDS]
    if unknown or not kinds:
        raise InvalidInput(f"unknown kind of machine: {', '.join(unknown) or 'none given'}; known: {', '.join(KINDS)}")
    if count < 1:
        raise InvalidInput("a simulation needs at least one machine")
    specs = [KINDS[kind] for kind in kinds]
    return tuple(_machine(i, specs[i % len(specs)], numbers_after + i // len(specs) + 1) for i in range(count))


def renumbered(terminal: str, numbers_after: int) -> str:
    """What the machine with this terminal is called in a fleet with `numbers_after`; other names stay as they are."""
    prefix, _, number = terminal.rpartition("-")
    return f"{prefix}-{int(number) + numbers_after:04d}" if number.isdecimal() else terminal


FLEET_COLUMNS = (
    "terminal", "pin", "serial_no", "name", "model", "kind", "maker", "nominal_voltage_v", "site", "time_zone",
)  # fmt: skip


def fleet_rows(machines: Sequence[SimulatedMachine]) -> list[dict[str, str]]:
    """What the platform's registry should know of the machines, one dict of FLEET_COLUMNS each."""
    return [
        {
            "terminal": m.terminal, "pin": m.pin, "serial_no": m.serial_no, "name": m.name, "model": m.spec.model,
            "kind": m.spec.kind, "maker": m.spec.maker, "nominal_voltage_v": str(m.spec.nominal_voltage_v),
            "site": m.site.name, "time_zone": m.site.time_zone,
        }
        for m in machines
    ]  # fmt: skip


def fleet_csv(machines: Sequence[SimulatedMachine]) -> str:
    """The machines as CSV with a header line."""
    text = io.StringIO()
    writer = csv.DictWriter(text, FLEET_COLUMNS, lineterminator="\n")
    writer.writeheader()
    writer.writerows(fleet_rows(machines))
    return text.getvalue()
