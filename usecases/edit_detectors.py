"""Models that learned, as people keep them: versions, which one is in force, and the way back."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from diagnosis.detectors import NEVER_SHIPPED
from fleet.data_classes import DataClass
from fleet.errors import Conflict, InvalidInput, NotFound
from storage import read_detectors
from storage.keyset import PageOf
from storage.read_detectors import DetectorRow, MachineDetectorRow
from storage.read_pool import Connection
from storage.sight import Scope, get_machine_key
from usecases.edited import ResourcePage, paged
from usecases.master_data import Author
from usecases.record_switch import record_switch
from usecases.way_back import before_last


@dataclass(frozen=True, slots=True, kw_only=True)
class Trained:
    """A model that was kept, for a machine model or for one machine (`target`)."""

    detector_id: int
    name: str
    version: int
    target: str
    machines: int
    rows: int
    metrics: dict[str, float]


async def list_detectors(
    conn: Connection,
    scope: Scope,
    page: PageOf,
    *,
    name: str | None = None,
    model: UUID | None = None,
    in_force: bool | None = None,
) -> ResourcePage[DetectorRow]:
    """A page of versions with their cards, the newest first unless the page says otherwise."""
    rows = await read_detectors.list_detectors(conn, scope, page, name=name, model=model, in_force=in_force)
    return paged(rows, page.limit - 1)


async def get_detector(conn: Connection, scope: Scope, reference: UUID | int) -> DetectorRow:
    """The version of an id or number. Raises NotFound."""
    id_, number = (reference, None) if isinstance(reference, UUID) else (None, reference)
    found = await read_detectors.find_detector(conn, scope, id=id_, number=number)
    if found is None:
        raise NotFound
    return found


@dataclass(frozen=True, slots=True, kw_only=True)
class MachineDetectors:
    """What a machine is judged by; see api.schemas.detectors."""

    machine_id: str
    items: list[MachineDetectorRow]
    next_cursor: None = None


async def list_machine_detectors(conn: Connection, scope: Scope, reference: str) -> MachineDetectors:
    """What a machine is judged by; what the scope does not see of its readings is left out. Raises NotFound."""
    machine = await get_machine_key(conn, scope, reference)
    rows = await read_detectors.list_machine_detectors(conn, machine.machine_id)
    periods = machine.periods(DataClass.READINGS)
    seen = [row for row in rows if any(period.covers(row.marked_at) for period in periods)]
    return MachineDetectors(machine_id=str(machine.public_id), items=seen)


async def promote_detector(conn: Connection, by: Author, number: int, *, now: datetime) -> DetectorRow:
    """Put a version in force for what it is for; `ecc diagnose` judges by it from its next pass on.

    Raises NotFound, InvalidInput for one that others are only compared with, and Conflict when it is in force already.
    """
    wanted = await get_detector(conn, by.scope, number)
    if wanted.name in NEVER_SHIPPED:
        raise InvalidInput("detector_never_shipped", where="number", name=wanted.name)
    current = await read_detectors.find_in_force(conn, number)
    if current == number:
        raise Conflict("detector_in_force", number=number)
    await _switch(conn, by, wanted, current, number, action="promote", now=now)
    return await get_detector(conn, by.scope, number)


async def roll_back_detector(conn: Connection, by: Author, number: int, *, now: datetime) -> DetectorRow | None:
    """Put back what was in force before the version that is, for what this one is for; None: nothing was.

    Raises NotFound, and Conflict when nothing is in force.
    """
    one = await get_detector(conn, by.scope, number)
    current = await read_detectors.find_in_force(conn, number)
    if current is None:
        raise Conflict("detector_none_in_force")
    before = before_last(await read_detectors.list_switches(conn, number))
    await _switch(conn, by, one, current, before, action="rollback", now=now)
    return None if before is None else await get_detector(conn, by.scope, before)


async def record_training(conn: Connection, by: Author, trained: Sequence[Trained], *, now: datetime) -> None:
    """Write what was trained into the audit."""
    for one in trained:
        told = {"number": one.detector_id, "name": one.name, "version": one.version, "target": one.target}
        await record_switch(conn, by, "detector", action="train", before=None, after=told, now=now)


async def _switch(
    conn: Connection,
    by: Author,
    one: DetectorRow,
    current: int | None,
    put: int | None,
    *,
    action: str,
    now: datetime,
) -> None:
    await read_detectors.insert_switch(conn, one.detector, put, action=action, by=by.actor.name, now=now)
    told = {"name": one.name, "target": one.model or one.pin}
    await record_switch(
        conn, by, "detector", action=action, before=told | {"number": current}, after=told | {"number": put}, now=now
    )
