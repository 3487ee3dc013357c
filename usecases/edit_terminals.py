"""Terminals with their SIM cards: register, change, delete."""

import re
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Any
from uuid import UUID

from fleet.coordinates import COORDINATE_SYSTEMS
from fleet.errors import Forbidden, InvalidInput, NotFound, placed
from fleet.identifiers import iccid_fault
from fleet.reasons import Reason, reason
from storage import terminals_master
from storage.keyset import PageOf
from storage.ownership import bump_config_epoch, find_in_scope
from storage.read_pool import Connection
from storage.sight import Scope
from storage.terminals_master import Terminal, TerminalKey
from usecases.edited import About, ResourcePage, found, paged, pattern, record, shown, stale
from usecases.master_data import Author, choice, optional_number, optional_text, text
from usecases.versions import Versions, same_version

NAME = re.compile(r"[A-Za-z0-9._:-]{1,64}")
SIM_STATUS = ("active", "suspended", "ended")
_DAY_S = 86_400
_DEFAULTS = {
    "hardware": None,
    "firmware": None,
    "clock_offset_s": 0.0,
    "coordinate_system": "wgs84",
    "sim": None,
}
_SIM_DEFAULTS = {"imsi": None, "msisdn": None, "operator": None, "valid_to": None, "status": "active"}


async def list_terminals(
    conn: Connection, scope: Scope, page: PageOf, *, q: str | None, installed: bool | None, now: datetime
) -> ResourcePage[Terminal]:
    """A page of the terminals in the scope's stock or on machines that it sees."""
    filters = {"q": pattern(q), "installed": installed}
    return paged(await terminals_master.list_terminals(conn, scope, page, filters, now=now), page.limit - 1)


async def get_terminal(conn: Connection, scope: Scope, terminal_id: UUID, *, now: datetime) -> Terminal:
    """One terminal. Raises NotFound when it is not the scope's to see."""
    return found(await terminals_master.find_terminal(conn, scope, terminal_id, now=now))


def checked(values: Mapping[str, Any]) -> dict[str, Any]:
    """The members of a terminal but its name, keeper and SIM, as they are stored. Raises InvalidInput."""
    offset_s = optional_number(values, "clock_offset_s", -366 * _DAY_S, 366 * _DAY_S) or 0.0
    return {
        "hardware": optional_text(values, "hardware", 100),
        "firmware": optional_text(values, "firmware", 100),
        "clock_offset_us": round(offset_s * 1e6),
        "coordinate_system": choice(values, "coordinate_system", COORDINATE_SYSTEMS),
    }


def checked_sim(sim: Mapping[str, Any] | None) -> dict[str, Any] | None:
    """A SIM as it is stored; None when there is none. Raises InvalidInput."""
    if sim is None:
        return None
    with placed("sim"):
        return _checked_sim({**_SIM_DEFAULTS, **sim})


def _checked_sim(values: Mapping[str, Any]) -> dict[str, Any]:
    iccid = text(values, "iccid", 20)
    if wrong := iccid_fault(iccid):
        raise InvalidInput("iccid_wrong", where="iccid", iccid=iccid, why=wrong)
    return {
        "iccid": iccid,
        "imsi": _digits(values, "imsi", r"[0-9]{14,15}", reason("digits_imsi")),
        "msisdn": _digits(values, "msisdn", r"\+?[0-9]{5,15}", reason("digits_msisdn")),
        "operator": optional_text(values, "operator", 100),
        "valid_to": _day(values["valid_to"]),
        "status": choice(values, "status", SIM_STATUS),
    }


def _day(value: date | str | None) -> date | None:
    """A day, which files give as text."""
    try:
        return date.fromisoformat(value) if isinstance(value, str) else value
    except ValueError:
        raise InvalidInput("date_unreadable", where="valid_to", found=value) from None


def _digits(values: Mapping[str, Any], name: str, form: str, words: Reason) -> str | None:
    found_text = optional_text(values, name, 20)
    if found_text is not None and not re.fullmatch(form, found_text):
        raise InvalidInput("digits_wrong", where=name, found=found_text, wanted=words)
    return found_text


async def keeper_of(conn: Connection, scope: Scope, organisation_id: UUID | None) -> int | None:
    """The number of the organisation that is to keep something; the platform's own things have None.

    Raises NotFound when it is not in the scope.
    """
    if organisation_id is None:
        return None if scope.sees_all else scope.organisation_id
    number = await find_in_scope(conn, scope, organisation_id)
    if number is None:
        raise NotFound
    return number


async def create_terminal(conn: Connection, by: Author, values: Mapping[str, Any], *, now: datetime) -> Terminal:
    """Register a terminal, in the author's own stock unless `organisation_id` names another organisation of the scope.

    Its name is what its topics carry, and stays. Raises NotFound, InvalidInput, Conflict for a name in use, and
    Forbidden to customers for one under which a terminal sends already.
    """
    given = {**_DEFAULTS, **values}
    if not isinstance(given.get("name"), str) or not NAME.fullmatch(given["name"]):
        raise InvalidInput("terminal_name_wrong", where="name", found=given.get("name"))
    organisation = await keeper_of(conn, by.scope, given.get("organisation_id"))
    stored = {**checked(given), "name": given["name"]}
    terminal_id = await terminals_master.insert_terminal(conn, stored, organisation=organisation, now=now)
    if (sim := checked_sim(given["sim"])) is not None:
        await terminals_master.set_sim(conn, terminal_id, sim)
    made = await get_terminal(conn, by.scope, terminal_id, now=now)
    about = About(entity="terminal", entity_id=terminal_id, organisation_id=organisation)
    await record(conn, by, about, after=shown(made), now=now)
    await bump_config_epoch(conn)
    return made


async def kept(conn: Connection, by: Author, terminal_id: UUID, *, now: datetime) -> tuple[Terminal, TerminalKey]:
    """A terminal that the author may change. Raises NotFound, and Forbidden when it is only the author's to see."""
    terminal = await get_terminal(conn, by.scope, terminal_id, now=now)
    key = found(await terminals_master.find_key(conn, by.scope, terminal_id, now=now))
    if not key.keeps:
        raise Forbidden("terminal_not_yours")
    return terminal, key


async def change_terminal(
    conn: Connection,
    by: Author,
    terminal_id: UUID,
    values: Mapping[str, Any],
    *,
    version: Versions | None,
    now: datetime,
) -> Terminal:
    """Change members of a terminal; `sim` is taken as a whole, None takes it out. The gateway takes it at once.

    Raises NotFound, Forbidden, PreconditionFailed, InvalidInput, and Conflict for a SIM that is in another terminal.
    """
    before, key = await kept(conn, by, terminal_id, now=now)
    known = same_version(before.version, version)
    organisation = key.organisation_id
    if "organisation_id" in values:
        organisation = await keeper_of(conn, by.scope, values["organisation_id"])
    stored = {**checked({**shown(before), **values}), "organisation": organisation}
    if not await terminals_master.update_terminal(conn, terminal_id, stored, version=known, now=now):
        stale()
    if "sim" in values:
        await terminals_master.set_sim(conn, terminal_id, checked_sim(values["sim"]))
    after = await get_terminal(conn, by.scope, terminal_id, now=now)
    about = _about(terminal_id, key, organisation)
    await record(conn, by, about, before=shown(before), after=shown(after), now=now)
    sides = {key.organisation_id, organisation} - {about.organisation_id, None}
    if key.organisation_id != organisation:
        await _record_handover(conn, by, terminal_id, sides, keepers=(key.keeper, after.organisation_id), now=now)
    await bump_config_epoch(conn)
    return after


def _about(terminal_id: UUID, key: TerminalKey, keeper: int | None) -> About:
    """What is done to a terminal on a machine is the machine owner's to see, and the keeper's of one in stock."""
    owner = keeper if key.machine_owner is None else key.machine_owner
    return About(entity="terminal", entity_id=terminal_id, organisation_id=owner, machine_id=key.machine_id)


async def _record_handover(
    conn: Connection,
    by: Author,
    terminal_id: UUID,
    sides: Iterable[int | None],
    *,
    keepers: tuple[UUID | None, UUID | None],
    now: datetime,
) -> None:
    """Tell each side of a change of keeper that has not the row of the change itself."""
    before, after = ({"organisation_id": None if keeper is None else str(keeper)} for keeper in keepers)
    for side in sides:
        about = About(entity="terminal", entity_id=terminal_id, organisation_id=side)
        await record(conn, by, about, before=before, after=after, now=now)


async def delete_terminal(
    conn: Connection, by: Author, terminal_id: UUID, *, version: Versions | None, now: datetime
) -> None:
    """Delete a terminal that was never used. Raises NotFound, Forbidden, PreconditionFailed and Conflict."""
    before, key = await kept(conn, by, terminal_id, now=now)
    if not await terminals_master.delete_terminal(conn, terminal_id, version=same_version(before.version, version)):
        stale()
    await record(conn, by, _about(terminal_id, key, key.organisation_id), before=shown(before), now=now)
    await bump_config_epoch(conn)
