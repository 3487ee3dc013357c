"""Asking for help with a machine; taking such a request on and answering it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Self
from uuid import UUID

from fleet.errors import Conflict, InvalidInput, NotFound
from storage import help_requests as rows
from storage.help_requests import HelpFilter, HelpRow, NewHelp
from storage.read_pool import Connection
from storage.sight import MachineKey, Scope, get_machine_key
from storage.users import Caller
from usecases.edit_plans import place_of
from usecases.edited import About, record
from usecases.master_data import optional_text
from usecases.own_account import user_id_of
from usecases.work_on_alarm import comment

MOST_LETTERS, MOST_DIGITS = 2000, 50
_NEWEST = 2**63 - 1


@dataclass(frozen=True, slots=True, kw_only=True)
class HelpRequest:
    """A request for help; see api.schemas.help_requests."""

    id: str
    machine_id: str
    machine_name: str
    organisation_name: str
    alarm_id: str | None
    asked_by: str
    phone: str | None
    text: str
    asked_at: datetime
    told_at: datetime | None
    taken_at: datetime | None
    taken_by: str | None
    answered_at: datetime | None
    answered_by: str | None
    answer: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class HelpPage:
    """A page; `end` is the place of its last entry when there are more."""

    items: list[HelpRequest]
    end: int | None
    next_cursor: str | None = None

    def with_cursor(self, cursor: str | None) -> Self:
        """The page with its cursor for the next one."""
        return replace(self, next_cursor=cursor)


async def list_help(
    conn: Connection,
    scope: Scope,
    *,
    machine: str | None,
    is_open: bool | None,
    after: Sequence[str | int | None] | None,
    limit: int,
) -> HelpPage:
    """What the scope's side, and those below it, asked; the newest first. Raises NotFound for a machine not seen."""
    key = None if machine is None else (await get_machine_key(conn, scope, machine)).machine_id
    wanted = HelpFilter(machine=key, open=is_open, before=place_of(after, _NEWEST))
    found = await rows.list_requests(conn, scope, wanted, limit=limit + 1)
    end = found[limit - 1].number if len(found) > limit else None
    return HelpPage(items=[_shown(row) for row in found[:limit]], end=end)


async def ask_for_help(
    conn: Connection, caller: Caller, reference: str, given: Mapping[str, Any], *, now: datetime
) -> HelpRequest:
    """Ask; whoever is on duty in the control centre, and the dealer, are told at once. given: text, phone, alarm_id.

    Without `phone` it is the number in the caller's record. Raises NotFound, InvalidInput for no text, and Forbidden
    for a client.
    """
    key = await get_machine_key(conn, caller.scope, reference)
    text = optional_text(given, "text", MOST_LETTERS)
    if text is None:
        raise InvalidInput("text_empty", where="text")
    user = user_id_of(caller)
    phone = optional_text(given, "phone", MOST_DIGITS) or await rows.phone_of(conn, user)
    alarm = given.get("alarm_id")
    if alarm is not None:
        await comment(conn, caller, alarm, {"text": f"{text} ({phone})" if phone else text}, now=now)
    new = NewHelp(
        machine_id=key.machine_id,
        organisation_id=caller.scope.organisation_id,
        user_id=user,
        alarm_id=alarm,
        asked_by=caller.actor.name,
        phone=phone,
        text=text,
    )
    request = await rows.insert_request(conn, new, now=now)
    await _record(conn, caller, key, {"id": str(request), "text": text}, action="ask_for_help", now=now)
    return _shown(await _get(conn, caller.scope, request))


async def take_help(conn: Connection, caller: Caller, request: UUID, *, now: datetime) -> HelpRequest:
    """Take a request on, so that nobody else calls as well. Raises NotFound, and Conflict when somebody has."""
    found = await _get(conn, caller.scope, request)
    if not await rows.take(conn, request, by=caller.actor.name, now=now):
        raise Conflict("help_taken", by=found.taken_by or found.answered_by or "")
    return await _changed(conn, caller, request, "take_help", now=now)


async def answer_help(
    conn: Connection, caller: Caller, request: UUID, given: Mapping[str, Any], *, now: datetime
) -> HelpRequest:
    """Close a request with what was done or said. Raises NotFound, InvalidInput, and Conflict when it is answered."""
    found = await _get(conn, caller.scope, request)
    text = optional_text(given, "text", MOST_LETTERS)
    if text is None:
        raise InvalidInput("text_empty", where="text")
    if not await rows.answer(conn, request, text, by=caller.actor.name, now=now):
        raise Conflict("help_answered", by=found.answered_by or "")
    return await _changed(conn, caller, request, "answer_help", now=now)


async def _changed(conn: Connection, caller: Caller, request: UUID, action: str, *, now: datetime) -> HelpRequest:
    after = _shown(await _get(conn, caller.scope, request))
    about = About(entity="help_request", entity_id=request)
    await record(conn, caller, about, after={"answer": after.answer}, action=action, now=now)
    return after


async def _get(conn: Connection, scope: Scope, request: UUID) -> HelpRow:
    found = await rows.list_requests(conn, scope, HelpFilter(request=request))
    if not found:
        raise NotFound
    return found[0]


def _shown(row: HelpRow) -> HelpRequest:
    members = {name: getattr(row, name) for name in HelpRequest.__slots__}
    texts = {"id": str(row.id), "machine_id": str(row.machine_id), "alarm_id": row.alarm_id and str(row.alarm_id)}
    return HelpRequest(**(members | texts))


async def _record(
    conn: Connection, caller: Caller, key: MachineKey, after: Mapping[str, Any], *, action: str, now: datetime
) -> None:
    about = About(entity="machine", entity_id=key.public_id, machine_id=key.machine_id)
    await record(conn, caller, about, after=after, action=action, now=now)
