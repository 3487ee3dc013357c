"""Handing an alarm over for a visit: what is known of it is kept as it is then, for whoever goes there."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Self
from uuid import UUID

import msgspec

from diagnosis.part_names import known_part
from diagnosis.told import named
from fleet.errors import InvalidInput, NotFound
from storage import visit_hand_overs
from storage.read_alarms import find_alarms
from storage.read_findings import find_findings
from storage.read_pool import Connection
from storage.sight import Scope
from storage.users import Caller
from storage.visit_hand_overs import HandOverRow, NewHandOver
from usecases.acknowledge_alarm import get_for_command, record_command
from usecases.guide_checks import Guide, get_guide
from usecases.master_data import optional_text

_NEWEST = 2**63 - 1


@dataclass(frozen=True, slots=True, kw_only=True)
class VisitHandOver:
    """One hand-over; see api.schemas.guided."""

    id: str
    alarm_id: str
    finding_id: str
    evidence_revision: int | None
    causes: list[dict[str, Any]]
    answers: list[dict[str, Any]]
    parts: list[dict[str, Any]]
    tools: list[dict[str, Any]]
    wanted_by: datetime | None
    note: str | None
    made_at: datetime
    made_by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class VisitHandOverPage:
    """A page; `end` is the place of its last entry when there are more."""

    items: list[VisitHandOver]
    end: int | None
    next_cursor: str | None = None

    def with_cursor(self, cursor: str | None) -> Self:
        """The page with its cursor for the next one."""
        return replace(self, next_cursor=cursor)


async def hand_over(
    conn: Connection, caller: Caller, alarm_id: UUID, given: Mapping[str, Any], *, now: datetime
) -> VisitHandOver:
    """Hand an alarm over (`given`: parts, tools, wanted_by, note; None: those that the diagnosis names).

    Raises NotFound when the alarm is not the caller's to see or has no diagnosis yet, Forbidden when its machine is not
    any more or no person calls, and InvalidInput.
    """
    alarm, by = await get_for_command(conn, caller, alarm_id, now=now)
    if given.get("wanted_by") is not None and given["wanted_by"] <= now:
        raise InvalidInput("hand_over_in_past", where="wanted_by")
    try:
        guide = await get_guide(conn, caller.scope, alarm.finding_id)
    except NotFound as error:
        raise NotFound("hand_over_needs_finding") from error
    found = await find_findings(conn, caller.scope, [alarm.finding_id])
    made = NewHandOver(
        alarm_id=alarm_id,
        finding_id=alarm.finding_id,
        evidence_revision=found[0].revision or None,
        causes=msgspec.to_builtins(guide.causes),
        answers=_counting(guide),
        parts=guide.parts if given.get("parts") is None else [_part(part) for part in given["parts"]],
        tools=guide.tools if given.get("tools") is None else [_tool(tool, guide) for tool in given["tools"]],
        wanted_by=given.get("wanted_by"),
        note=optional_text(given, "note", 2000),
    )
    await visit_hand_overs.insert_hand_over(conn, made, by)
    await record_command(conn, caller, alarm, "hand_over", now=now, note=made.note)
    row = (await visit_hand_overs.list_hand_overs(conn, alarm_id, before=_NEWEST, limit=1))[0]
    return _shown(row)


def _counting(guide: Guide) -> list[dict[str, Any]]:
    """The answers that counted, with their questions in words."""
    answered = [one for one in guide.questions if one.answer is not None]
    told: list[dict[str, Any]] = msgspec.to_builtins(answered)
    kept = ("cause", "cause_text", "check", "when", "text", "answer", "answered_at", "answered_by")
    return [{name: one[name] for name in kept} for one in told]


def _part(part: str) -> dict[str, Any]:
    key = known_part(part)
    return {"key": part, "text": {"zh": part, "en": part}} if key is None else named("parts", key)


def _tool(tool: str, guide: Guide) -> dict[str, Any]:
    known = {one["key"]: one for one in guide.tools}
    return known.get(tool, {"key": tool, "text": {"zh": tool, "en": tool}})


async def list_hand_overs(
    conn: Connection, scope: Scope, alarm_id: UUID, *, after: Sequence[str | int | None] | None, limit: int
) -> VisitHandOverPage:
    """An alarm's hand-overs, the newest first. Raises NotFound."""
    if not await find_alarms(conn, scope, [alarm_id]):
        raise NotFound
    rows = await visit_hand_overs.list_hand_overs(conn, alarm_id, before=_place(after), limit=limit + 1)
    end = rows[limit - 1].number if len(rows) > limit else None
    return VisitHandOverPage(items=[_shown(row) for row in rows[:limit]], end=end)


def _place(after: Sequence[str | int | None] | None) -> int:
    match after:
        case None:
            return _NEWEST
        case [int(place)] if 0 < place < _NEWEST:
            return place
    raise InvalidInput("cursor_foreign", where="cursor")


def _shown(row: HandOverRow) -> VisitHandOver:
    return VisitHandOver(
        id=str(row.public_id),
        alarm_id=str(row.alarm_id),
        finding_id=str(row.finding_id),
        evidence_revision=row.evidence_revision,
        causes=row.causes,
        answers=row.answers,
        parts=row.parts,
        tools=row.tools,
        wanted_by=row.wanted_by,
        note=row.note,
        made_at=row.made_at,
        made_by=row.by_name,
    )
