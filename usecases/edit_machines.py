"""Machines as people enter and change them; who owns one is changed by a transfer (usecases/transfer_machine.py)."""

from collections.abc import Callable, Container, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from fleet.data_classes import DataClass
from fleet.errors import Forbidden, InvalidInput, NotFound
from fleet.identifiers import is_readable, pin_fault
from storage import machine_master
from storage.machine_master import InstalledSoftware, MachineMaster, ModeChange
from storage.models import MODELS, find_entry
from storage.ownership import bump_config_epoch, find_in_scope
from storage.read_pool import Connection
from storage.sight import Scope, get_machine_key
from usecases.edited import About, record, shown, stale
from usecases.master_data import Author, choice, optional_text, text
from usecases.versions import Versions, same_version

MODES = ("in_service", "transport", "in_repair", "stored", "scrapped")
_DEFAULTS: dict[str, Any] = {
    "serial_number": None,
    "equipment_id": None,
    "model_id": None,
    "nominal_voltage_v": None,
    "site_id": None,
    "mode": "in_service",
    "options": [],
}
_INSIDE = {"machine_id", "owner"}


async def owned_machine(conn: Connection, by: Author, reference: str, *, now: datetime) -> MachineMaster:
    """A machine that the author's organisation, or one below it, owns now.

    Raises NotFound, and Forbidden when it is only the author's to see.
    """
    key = await get_machine_key(conn, by.scope, reference)
    machine = await machine_master.get_master(conn, key.machine_id, now=now)
    if not by.scope.sees_all and machine.owner not in by.scope.organisations:
        raise Forbidden("machine_not_owned")
    return machine


def _pin(values: Mapping[str, Any]) -> str:
    pin = text(values, "pin", 64)
    if wrong := pin_fault(pin):
        raise InvalidInput("pin_wrong", where="pin", pin=pin, why=wrong)
    return pin


def _number(values: Mapping[str, Any], name: str) -> str | None:
    """A number that people gave the machine: one line that can be read out, of any script."""
    found = optional_text(values, name, 64)
    if found is not None and not is_readable(found):
        raise InvalidInput("text_control_character", where=name)
    return found


def _voltage(values: Mapping[str, Any]) -> int | None:
    voltage: int | None = values["nominal_voltage_v"]
    if voltage not in (None, 12, 24):
        raise InvalidInput("voltage_unknown", where="nominal_voltage_v", found=voltage)
    return voltage


_CHECKS: Mapping[str, Callable[[Mapping[str, Any]], Any]] = {
    "pin": _pin,
    "serial_number": lambda values: _number(values, "serial_number"),
    "equipment_id": lambda values: _number(values, "equipment_id"),
    "name": lambda values: text(values, "name", 200),
    "model_id": lambda values: values["model_id"],
    "nominal_voltage_v": _voltage,
    "site_id": lambda values: values["site_id"],
    "mode": lambda values: choice(values, "mode", MODES),
}


def checked(values: Mapping[str, Any], new: Container[str] = _CHECKS) -> dict[str, Any]:
    """The members of a machine as they are stored; those that are not `new` are taken as they are.

    Raises InvalidInput.
    """
    return {name: check(values) if name in new else values[name] for name, check in _CHECKS.items()}


async def _check_references(conn: Connection, scope: Scope, stored: Mapping[str, Any]) -> None:
    model, site = stored["model_id"], stored["site_id"]
    if model is not None and await find_entry(conn, MODELS, model) is None:
        raise InvalidInput("model_unknown", where="model_id", id=str(model))
    if site is not None and not await machine_master.site_is_seen(conn, scope, site):
        raise InvalidInput("site_unknown", where="site_id", id=str(site))


def _recorded(machine: MachineMaster) -> dict[str, Any]:
    return {name: value for name, value in shown(machine).items() if name not in _INSIDE}


def _about(machine: MachineMaster) -> About:
    return About(entity="machine", entity_id=machine.id, organisation_id=machine.owner, machine_id=machine.machine_id)


async def create_machine(conn: Connection, by: Author, values: Mapping[str, Any], *, now: datetime) -> MachineMaster:
    """Register a machine; its owner is `organisation_id`, of the scope, or the author's own organisation.

    Raises NotFound for an owner out of scope, InvalidInput, and Conflict for a PIN, serial number or id in use.
    """
    given = {**_DEFAULTS, **values}
    organisation: int | None = None if by.scope.sees_all else by.scope.organisation_id
    if given.get("organisation_id") is not None:
        organisation = await find_in_scope(conn, by.scope, given["organisation_id"])
        if organisation is None:
            raise NotFound
    stored = checked(given)
    await _check_references(conn, by.scope, stored)
    number, _ = await machine_master.insert_machine(conn, stored, organisation=organisation, now=now)
    await _set_options(conn, number, given["options"])
    made = await machine_master.get_master(conn, number, now=now)
    await record(conn, by, _about(made), after=_recorded(made), now=now)
    await bump_config_epoch(conn)
    return made


async def _set_options(conn: Connection, machine_id: int, codes: list[str]) -> None:
    if not await machine_master.set_options(conn, machine_id, codes):
        raise InvalidInput("option_unknown", where="options")


async def change_machine(
    conn: Connection, by: Author, reference: str, values: Mapping[str, Any], *, version: Versions | None, now: datetime
) -> MachineMaster:
    """Change members of a machine; a change of `mode` goes into its history with `mode_reason`.

    Options that the new model does not have fall away unless `options` are given. Raises NotFound, Forbidden,
    PreconditionFailed, InvalidInput and Conflict.
    """
    before = await owned_machine(conn, by, reference, now=now)
    known = same_version(before.version, version)
    merged = {**{name: getattr(before, name) for name in ("pin", "name", *_DEFAULTS)}, **values}
    stored = checked(merged, values)
    await _check_references(conn, by.scope, {"model_id": stored["model_id"], "site_id": values.get("site_id")})
    moves = "site_id" in values
    if not await machine_master.update_machine(conn, before.machine_id, stored, moves=moves, version=known, now=now):
        stale()
    if "options" in values:
        await _set_options(conn, before.machine_id, values["options"])
    elif stored["model_id"] != before.model_id:
        await machine_master.set_options(conn, before.machine_id, before.options)
    if stored["mode"] != before.mode:
        reason = optional_text(values, "mode_reason", 500)
        names = {"before": before.mode, "mode": stored["mode"], "reason": reason, "by": by.actor.name}
        await machine_master.insert_mode_change(conn, before.machine_id, **names, now=now)
    after = await machine_master.get_master(conn, before.machine_id, now=now)
    await record(conn, by, _about(after), before=_recorded(before), after=_recorded(after), now=now)
    await bump_config_epoch(conn)
    return after


@dataclass(frozen=True, slots=True, kw_only=True)
class ModeHistory:
    """The changes of a machine's mode, the latest first; see api.schemas.machines_write."""

    machine_id: UUID
    items: list[ModeChange]


async def list_modes(conn: Connection, scope: Scope, reference: str) -> ModeHistory:
    """The changes of a machine's mode in the time that the scope sees. Raises NotFound."""
    key = await get_machine_key(conn, scope, reference)
    changes = await machine_master.list_mode_changes(conn, key.machine_id, key.sight.any_periods)
    return ModeHistory(machine_id=key.public_id, items=changes)


@dataclass(frozen=True, slots=True, kw_only=True)
class SoftwareEntry(InstalledSoftware):
    """A release on a controller since a time; `is_current`: no later one is known."""

    is_current: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class SoftwareHistory:
    """What runs on a machine's controllers, the latest first; see api.schemas.machines_write."""

    machine_id: UUID
    items: list[SoftwareEntry]


async def list_software(conn: Connection, scope: Scope, reference: str) -> SoftwareHistory:
    """Which release was on which controller since when, as entered and as reported by the machine. Raises NotFound."""
    key = await get_machine_key(conn, scope, reference)
    rows = await machine_master.list_software(conn, key.machine_id, key.periods(DataClass.READINGS))
    items: list[SoftwareEntry] = []
    known: set[str] = set()
    for row in sorted(rows, key=lambda r: r.from_at, reverse=True):
        members = {name: getattr(row, name) for name in InstalledSoftware.__dataclass_fields__}
        items.append(SoftwareEntry(**members, is_current=row.controller not in known))
        known.add(row.controller)
    return SoftwareHistory(machine_id=key.public_id, items=items)


async def enter_software(
    conn: Connection, by: Author, reference: str, values: Mapping[str, Any], *, now: datetime
) -> SoftwareEntry:
    """Enter which release is on a controller since `from_at` (None: now).

    Raises NotFound, Forbidden, InvalidInput, and Conflict when something is entered for that time already.
    """
    machine = await owned_machine(conn, by, reference, now=now)
    entry = SoftwareEntry(
        controller=text(values, "controller", 64),
        release=text(values, "release", 100),
        from_at=values.get("from_at") or now,
        source="entered",
        entered_by=by.actor.name,
        is_current=True,
    )
    if entry.from_at > now:
        raise InvalidInput("software_in_future", where="from_at")
    stored = {"controller": entry.controller, "release": entry.release, "from_at": entry.from_at}
    await machine_master.insert_software(conn, machine.machine_id, stored, by=by.actor.name, now=now)
    told = await list_software(conn, by.scope, str(machine.id))
    await record(conn, by, _about(machine), after=shown(entry), action="install_software", now=now)
    await bump_config_epoch(conn)
    newest = next((s for s in told.items if s.controller == entry.controller), entry)
    return replace(entry, is_current=newest.from_at <= entry.from_at)
