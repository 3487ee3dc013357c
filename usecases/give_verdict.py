"""Verdicts: what turned out to be the matter with a finding, said by those who looked."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Self
from uuid import UUID

from diagnosis.part_names import known_part, meant_part
from diagnosis.told import named
from fleet.errors import Conflict, Forbidden, InvalidInput, NotFound
from storage import verdicts
from storage.alarm_commands import By, tell_verdict
from storage.read_findings import find_diagnosis
from storage.read_pool import Connection
from storage.sight import Scope
from storage.users import Caller
from storage.verdicts import JudgedFinding, SolvedWord, VerdictRow, VerdictWord
from usecases.edited import About, record, shown
from usecases.master_data import optional_text

_NEWEST = 2**63 - 1
_PROBLEMS = ("true_fault", "sensor")
UNKNOWN = "unknown"
"""The part of a true fault that nobody knows yet; it is kept as none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """One verdict; see api.schemas.verdicts."""

    id: str
    verdict: VerdictWord
    part: str | None
    part_key: str | None
    part_named: dict[str, Any] | None
    part_meant: dict[str, Any] | None
    note: str | None
    failed_at: datetime | None
    solved: SolvedWord | None
    given_at: datetime
    given_by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class VerdictPage:
    """A page; `end` is the place of its last entry when there are more."""

    items: list[Verdict]
    end: int | None
    next_cursor: str | None = None

    def with_cursor(self, cursor: str | None) -> Self:
        """The page with its cursor for the next one."""
        return replace(self, next_cursor=cursor)


async def give_verdict(
    conn: Connection, caller: Caller, finding_id: UUID, given: Mapping[str, Any], *, now: datetime
) -> Verdict:
    """Add a verdict in the caller's name: it counts until the next one.

    Raises NotFound when the finding is not the caller's to see, Forbidden when its machine is not any more or no person
    calls, Conflict when it was taken back, and InvalidInput for what a verdict cannot say.
    """
    if caller.user_id is None:
        raise Forbidden("verdict_needs_person")
    finding = await _finding(conn, caller.scope, finding_id)
    if not finding.machine_is_seen:
        raise Forbidden("verdict_machine_gone")
    if finding.is_withdrawn:
        raise Conflict("verdict_withdrawn")
    told = _checked(given, now)
    row = await verdicts.insert_verdict(conn, finding_id, told, user=caller.user_id, name=caller.login, at=now)
    by = By(user_id=caller.user_id, login=caller.login, at=now)
    await tell_verdict(conn, finding_id, row.verdict, row.solved, by)
    verdict = _verdict(row, await _likely_parts(conn, finding_id))
    about = About(entity="finding", entity_id=finding_id, machine_id=finding.machine_id)
    after = shown(verdict, ("verdict", "part", "note", "failed_at", "solved"))
    await record(conn, caller, about, after=after, action="give_verdict", now=now)
    return verdict


def _checked(given: Mapping[str, Any], now: datetime) -> dict[str, Any]:
    """What the verdict says. Raises InvalidInput."""
    told = dict(given) | {"part": optional_text(given, "part", 200), "note": optional_text(given, "note", 2000)}
    if told["verdict"] == "true_fault":
        if told["part"] is None:
            raise InvalidInput("verdict_needs_part", where="part", unknown=UNKNOWN)
        told["part"] = None if told["part"] == UNKNOWN else told["part"]
    else:
        for member in ("part", "failed_at"):
            if told.get(member) is not None:
                raise InvalidInput("verdict_no_fault", where=member)
    if told.get("solved") is not None and told["verdict"] not in _PROBLEMS:
        raise InvalidInput("verdict_nothing_to_solve", where="solved")
    if told.get("failed_at") is not None and told["failed_at"] > now:
        raise InvalidInput("verdict_in_future", where="failed_at")
    return told


async def list_verdicts(
    conn: Connection, scope: Scope, finding_id: UUID, *, after: Sequence[str | int | None] | None, limit: int
) -> VerdictPage:
    """A finding's verdicts, the newest first: the first one counts. Raises NotFound."""
    await _finding(conn, scope, finding_id)
    rows = await verdicts.list_verdicts(conn, finding_id, before=_place(after), limit=limit + 1)
    end = rows[limit - 1].number if len(rows) > limit else None
    likely = await _likely_parts(conn, finding_id)
    return VerdictPage(items=[_verdict(row, likely) for row in rows[:limit]], end=end)


def _place(after: Sequence[str | int | None] | None) -> int:
    match after:
        case None:
            return _NEWEST
        case [int(place)] if 0 < place < _NEWEST:
            return place
    raise InvalidInput("cursor_foreign", where="cursor")


async def _finding(conn: Connection, scope: Scope, finding_id: UUID) -> JudgedFinding:
    found = await verdicts.find_judged_finding(conn, scope, finding_id)
    if found is None:
        raise NotFound
    return found


async def _likely_parts(conn: Connection, finding_id: UUID) -> set[str]:
    """The keys of the parts that the finding's first diagnosis names."""
    diagnosis = await find_diagnosis(conn, finding_id)
    return set() if diagnosis is None else {part["key"] for part in diagnosis["parts"]}


def named_part(written: str | None) -> dict[str, Any] | None:
    """The part that a text names, with its words; None of a text of its own."""
    key = None if written is None else known_part(written)
    return None if key is None else named("parts", key)


def _verdict(row: VerdictRow, likely: Collection[str]) -> Verdict:
    meant = None if row.part is None else meant_part(row.part, likely)
    return Verdict(
        id=str(row.public_id),
        verdict=row.verdict,
        part=row.part,
        part_key=None if row.part is None else known_part(row.part),
        part_named=named_part(row.part),
        part_meant=None if meant is None else named("parts", meant),
        note=row.note,
        failed_at=row.failed_at,
        solved=row.solved,
        given_at=row.given_at,
        given_by=row.by_name,
    )
