"""Putting terminals on machines and taking them off: install, remove, swap; the history of it is kept."""

from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID

from fleet.errors import Conflict, InvalidInput
from storage import installations
from storage.installations import Installation
from storage.machine_master import MachineMaster
from storage.ownership import bump_config_epoch
from storage.read_pool import Connection
from storage.sight import Scope, get_machine_key
from usecases.edit_machines import owned_machine
from usecases.edit_terminals import kept
from usecases.edited import About, ResourcePage, found, record, shown, stale
from usecases.master_data import Author
from usecases.versions import Versions, same_version

_TOLERANCE = timedelta(minutes=5)  # clocks of those who tell and of the platform


async def list_installations(conn: Connection, scope: Scope, reference: str) -> ResourcePage[Installation]:
    """The terminals that were on a machine in the time that the scope sees, the latest first. Raises NotFound."""
    key = await get_machine_key(conn, scope, reference)
    rows = await installations.list_of_machine(conn, key.machine_id, key.sight.any_periods)
    return ResourcePage(items=rows)


async def install(
    conn: Connection,
    by: Author,
    reference: str,
    terminal_id: UUID,
    *,
    from_at: datetime | None,
    additional: bool = False,
    now: datetime,
) -> Installation:
    """Put a terminal on a machine from `from_at` on; None: since ever. From the gateway's next batch on it counts.

    Raises NotFound, Forbidden, InvalidInput for a future time, and Conflict when the terminal is on a machine then, or
    the machine has another terminal then and `additional` is not said.
    """
    machine = await owned_machine(conn, by, reference, now=now)
    await kept(conn, by, terminal_id, now=now)
    _not_in_future(from_at, now)
    there = [] if additional else await installations.list_open(conn, machine.machine_id, at=from_at or now)
    if there:
        raise Conflict("machine_has_terminal", where="terminal_id", terminal=there[0].terminal)
    made = await _insert(conn, machine, terminal_id, from_at, now=now)
    await record(conn, by, _about(machine, made), after=shown(made), now=now)
    await bump_config_epoch(conn)
    return made


async def remove(
    conn: Connection,
    by: Author,
    reference: str,
    installation_id: UUID,
    *,
    to_at: datetime,
    version: Versions | None,
    now: datetime,
) -> Installation:
    """End an installation at `to_at`, or correct its end.

    Raises NotFound, Forbidden, PreconditionFailed, InvalidInput for a future time, and Conflict for an overlap.
    """
    machine = await owned_machine(conn, by, reference, now=now)
    before = found(await installations.find_installation(conn, machine.machine_id, installation_id))
    after = await _end(conn, before, to_at, version=version, now=now)
    await record(conn, by, _about(machine, after), before=shown(before), after=shown(after), now=now)
    await bump_config_epoch(conn)
    return after


async def swap(
    conn: Connection,
    by: Author,
    reference: str,
    terminal_id: UUID,
    *,
    remove_id: UUID | None,
    at: datetime,
    now: datetime,
) -> Installation:
    """Take the machine's terminal off at `at` and put another on from then on, in one step.

    What the old one still sends of the time before `at` goes on counting for the machine. `remove_id`: which terminal,
    where there are several. Raises NotFound, Forbidden, InvalidInput and Conflict.
    """
    machine = await owned_machine(conn, by, reference, now=now)
    there = await installations.list_open(conn, machine.machine_id, at=at)
    if remove_id is not None:
        there = [one for one in there if one.terminal_id == remove_id]
    if len(there) != 1:
        raise Conflict(
            "terminals_to_swap_several" if there else "terminals_to_swap_none", where="remove", count=len(there)
        )
    await kept(conn, by, terminal_id, now=now)
    old = await _end(conn, there[0], at, version=None, now=now)
    made = await _insert(conn, machine, terminal_id, at, now=now)
    about = _about(machine, made)
    await record(conn, by, about, before=shown(old), after=shown(made), action="swap", now=now)
    await bump_config_epoch(conn)
    return made


async def _insert(
    conn: Connection, machine: MachineMaster, terminal_id: UUID, from_at: datetime | None, *, now: datetime
) -> Installation:
    made = await installations.insert_installation(
        conn, terminal=terminal_id, machine_id=machine.machine_id, from_at=from_at, now=now
    )
    return found(await installations.find_installation(conn, machine.machine_id, made))


async def _end(
    conn: Connection, before: Installation, to_at: datetime, *, version: Versions | None, now: datetime
) -> Installation:
    known = same_version(before.version, version)
    _not_in_future(to_at, now)
    if before.from_at is not None and to_at <= before.from_at:
        raise InvalidInput("terminal_there_since", where="to_at", terminal=before.terminal, since=before.from_at)
    if not await installations.end_installation(conn, before.id, to_at=to_at, version=known, now=now):
        if version is None:
            raise Conflict  # who swaps names no version
        stale()
    return replace(before, to_at=to_at, version=known + 1, updated_at=now)


def _not_in_future(at: datetime | None, now: datetime) -> None:
    if at is not None and at > now + _TOLERANCE:
        raise InvalidInput("installation_in_future")


def _about(machine: MachineMaster, made: Installation) -> About:
    return About(entity="installation", entity_id=made.id, organisation_id=machine.owner, machine_id=machine.machine_id)
