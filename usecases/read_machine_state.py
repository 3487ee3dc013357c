"""The last values of one machine."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial

from fleet.data_classes import DataClass
from fleet.errors import NotFound
from fleet.signals import Catalogue
from storage.read_pool import Connection
from storage.read_state import Asked, StateRow, ask_placed_state, placed_state
from storage.sight import Scope, Sight
from usecases.positions import LastValue, Position, position_of, seen_value
from usecases.stated_places import row_in_wgs84


@dataclass(slots=True, kw_only=True)  # some thirty are made for each answer: frozen, they take twice as long
class AgedValue:
    """A last value and its age when the answer was made."""

    value: float
    unit: str
    measured_at: datetime
    age_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class MachineState:
    """The answer; see api.schemas.machines."""

    machine_id: str
    at: datetime
    online: bool | None
    work_state: str | None
    measured_at: datetime | None
    received_at: datetime | None
    position: Position | None
    signals: dict[str, AgedValue]


async def ask_state(
    conn: Connection, scope: Scope, reference: str, *, catalogue: Catalogue, now: datetime
) -> Callable[[], Awaitable[MachineState]]:
    """Ask for the machine's last values, by one statement; what is returned takes the answer, once it is there.

    Both raise NotFound when the machine is not the scope's to see now. Values from before it came to the scope are left
    out.
    """
    asked = await ask_placed_state(conn, scope, reference)
    return partial(_state, asked, scope, catalogue=catalogue, now=now)


async def _state(asked: Asked, scope: Scope, *, catalogue: Catalogue, now: datetime) -> MachineState:
    machine, row, shifts = await placed_state(asked, scope)
    if not machine.seen_at(now):
        raise NotFound
    if row is not None and not machine.seen_at(row.measured_at or row.received_at):
        row = None
    if row is not None:
        row = row_in_wgs84(row, shifts, catalogue)
    values = last_values(row, catalogue, sight=machine.sight)
    works = row is not None and machine.sight.sees(DataClass.READINGS, row.measured_at or row.received_at)
    return MachineState(
        machine_id=str(machine.public_id),
        at=now,
        online=row.online if row else None,
        work_state=row.work_state if row and works else None,
        measured_at=row.measured_at if row else None,
        received_at=row.received_at if row else None,
        position=position_of(values, machine.sight),
        signals={key: _aged(value, now) for key, value in values.items()},
    )


def _aged(value: LastValue, now: datetime) -> AgedValue:
    age_s = max(0.0, (now - value.measured_at) / timedelta(seconds=1))
    return AgedValue(value=value.value, unit=value.unit, measured_at=value.measured_at, age_s=round(age_s, 3))


def last_values(row: StateRow | None, catalogue: Catalogue, *, sight: Sight) -> dict[str, LastValue]:
    """Last values by key in catalogue order, those which `sight` lets through."""
    if row is None:
        return {}
    return values_of(row.signal_ids, row.signal_values, row.signal_at_us, catalogue, sight=sight)


def values_of(
    ids: Sequence[int],
    values: Sequence[float],
    at_us: Sequence[int],
    catalogue: Catalogue,
    *,
    sight: Sight,
    wanted: frozenset[int] | None = None,
) -> dict[str, LastValue]:
    """Three parallel lists as last values by key: of the signal ids in `wanted`, or of all that this process knows."""
    found: dict[str, LastValue] = {}
    known = wanted if wanted is not None else range(len(catalogue))
    for signal_id, value, us in sorted(zip(ids, values, at_us, strict=True)):
        if signal_id not in known:
            continue
        at, signal = instant(us), catalogue.signals[signal_id]
        if (seen := seen_value(signal, value, at=at, sight=sight)) is not None:
            found[signal.key] = LastValue(value=seen, unit=signal.unit, measured_at=at)
    return found


_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def instant(us: int) -> datetime:
    """Microseconds since 1970 as a time."""
    return _EPOCH + timedelta(microseconds=us)
