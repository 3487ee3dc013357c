"""Recording work that was done: it ends the cycle of each of its items and begins the next."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from difflib import get_close_matches
from math import isfinite
from typing import Any, Literal, Self
from uuid import UUID

from alerts.maintenance.due import Cycle, Done, next_cycle
from alerts.maintenance.meters import Meter
from alerts.maintenance.plan import Dimension, Item
from fleet.errors import Conflict, InvalidInput, NotFound, placed
from fleet.reasons import Reason, reason
from storage import read_maintenance as rows
from storage.ids import uuid7
from storage.meters import find_first_with_hours, list_days_about
from storage.read_maintenance import DoneRow, DueRow, MachineRow
from storage.read_pool import Connection
from storage.sight import MachineKey, Scope
from usecases.count_meters import DAY, midnight, states_of, used_at
from usecases.edit_plans import place_of
from usecases.edited import About, record
from usecases.forecast_maintenance import OF_DIMENSION, local_day
from usecases.master_data import Author, optional_text
from usecases.plan_members import plan_of
from usecases.read_alarm_words import Words
from usecases.read_maintenance import MOST_ITEMS, get_own

HOURS: Meter = "engine_hours_h"
FAR_H = 100.0
"""Hours read on the spot that lie further from the platform's own are taken for a slip of the pen."""
_NEWEST = 2**63 - 1
CheckResult = Literal["good", "attention", "bad", "not_done"]


@dataclass(frozen=True, slots=True, kw_only=True)
class DoneRecord:
    """Work on an item; see api.schemas.maintenance."""

    id: str
    service_id: str
    item: str
    text: Words
    cycle: int
    done_at: datetime
    hours_h: float | None
    minutes: int | None
    parts: list[dict[str, Any]]
    checks: list[dict[str, Any]]
    note: str | None
    recorded_at: datetime
    recorded_by: str
    corrects: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenCheck:
    """A point of an item's check-list of which nothing was said."""

    item: str
    code: str
    text: Words


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """Work as it was recorded; unanswered: what the check-lists of its items still ask."""

    id: str
    items: list[DoneRecord]
    unanswered: list[OpenCheck]


@dataclass(frozen=True, slots=True, kw_only=True)
class DonePage:
    """A page; `end` is the place of its last entry when there are more."""

    items: list[DoneRecord]
    end: int | None
    next_cursor: str | None = None

    def with_cursor(self, cursor: str | None) -> Self:
        """The page with its cursor for the next one."""
        return replace(self, next_cursor=cursor)


async def list_done(
    conn: Connection,
    scope: Scope,
    reference: str,
    *,
    item: str | None,
    after: Sequence[str | int | None] | None,
    limit: int,
    now: datetime,
) -> DonePage:
    """What was done on a machine while it was the scope's to see, the newest record first. Raises NotFound."""
    key = await get_own(conn, scope, reference, now=now)
    before = place_of(after, _NEWEST)
    found = await rows.list_done(conn, scope, key.machine_id, item=item, before=before, limit=limit + 1)
    end = found[limit - 1].number if len(found) > limit else None
    return DonePage(items=[_shown(row) for row in found[:limit]], end=end)


def _shown(row: DoneRow) -> DoneRecord:
    return DoneRecord(
        id=str(row.id),
        service_id=str(row.service_id),
        item=row.item,
        text=Words(zh=row.zh, en=row.en),
        cycle=row.cycle,
        done_at=row.done_at,
        hours_h=row.hours_h,
        minutes=row.minutes,
        parts=row.parts,
        checks=row.checks,
        note=row.note,
        recorded_at=row.recorded_at,
        recorded_by=row.recorded_by,
        corrects=None if row.corrects is None else str(row.corrects),
    )


async def record_service(
    conn: Connection, by: Author, reference: str, given: Mapping[str, Any], *, now: datetime
) -> Service:
    """Record work on one item or several, each in the cycle in which the author saw it; the next cycles begin.

    Raises NotFound, InvalidInput with the place, and Conflict when somebody recorded it first.
    """
    key = await get_own(conn, by.scope, reference, now=now)
    await rows.look_at(conn, key.machine_id)  # first of all: of two on one machine the second sees what the first did
    work = await _Work.of(conn, by, key, given, now)
    if work.corrects is not None and len(given["items"]) != 1:
        raise InvalidInput("maintenance_corrects_one", where="items")
    unanswered = []
    for number, one in enumerate(given["items"]):
        with placed(f"items.{number}"):
            unanswered += await work.end(one)
    about = About(entity="machine", entity_id=key.public_id, machine_id=key.machine_id)
    after = {name: given.get(name) for name in ("hours_h", "note")} | {
        "items": [one["item"] for one in given["items"]],
        "done_at": work.done_at.isoformat(),
        "corrects": None if work.corrects is None else str(work.corrects.id),
    }
    await record(conn, by, about, after=after, action="record_maintenance", now=now)
    made = await rows.list_done(conn, by.scope, key.machine_id, limit=len(given["items"]))
    return Service(id=str(work.service), items=[_shown(row) for row in reversed(made)], unanswered=unanswered)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Work:
    """One service on a machine."""

    conn: Connection
    by: Author
    key: MachineKey
    machine: MachineRow
    items: Mapping[str, DueRow]
    plan: Mapping[str, Item]
    given: Mapping[str, Any]
    service: UUID
    corrects: DoneRow | None
    done_at: datetime
    now: datetime

    @classmethod
    async def of(cls, conn: Connection, by: Author, key: MachineKey, given: Mapping[str, Any], now: datetime) -> Self:
        done_at = given.get("done_at") or now
        if done_at > now:
            raise InvalidInput("maintenance_in_future", where="done_at")
        machine = await rows.read_machine(conn, key.machine_id)
        due = await rows.list_due(conn, by.scope, {"machine": key.machine_id}, after=None, limit=MOST_ITEMS, now=now)
        return cls(
            conn=conn,
            by=by,
            key=key,
            machine=machine,
            items={row.item: row for row in due},
            plan={} if machine.content is None else {item.code: item for item in plan_of(machine.content).items},
            given=dict(given) | {"note": optional_text(given, "note", 2000)},
            service=uuid7(),
            corrects=await _corrected(conn, by.scope, key, given.get("corrects")),
            done_at=done_at,
            now=now,
        )

    async def end(self, one: Mapping[str, Any]) -> list[OpenCheck]:
        """End the cycle of one item and begin its next; returns what its check-list still asks."""
        row, item = self.items.get(one["item"]), self.plan.get(one["item"])
        if row is None or item is None:
            raise InvalidInput("maintenance_item_unknown", where="item", found=one["item"], known=sorted(self.items))
        unanswered = _unanswered(item, one.get("checks") or [])
        cycle = self._cycle(row, one["cycle"])
        if cycle.number > 1 and self.done_at < cycle.began_at:
            raise InvalidInput("maintenance_before_cycle", where="item", began=cycle.began_at.date())
        following = next_cycle(item, cycle, await self._done(cycle))
        begun = following or Cycle(number=cycle.number + 1, began_at=self.done_at, from_day=cycle.from_day)
        await rows.insert_done(
            self.conn,
            self.key.machine_id,
            {name: self.given.get(name) for name in ("hours_h", "minutes", "note", "corrects")}
            | {"item": item.code, "zh": item.zh, "en": item.en, "cycle": cycle.number, "done_at": self.done_at}
            | {"service_id": self.service, "parts": self.given.get("parts") or [], "checks": one.get("checks") or []}
            | {"before": _kept(cycle)},
            by=self.by.actor.name,
            now=self.now,
        )
        carry = {dimension.value: value for dimension, value in begun.carry.items()}
        begin = {"item": item.code, "cycle": row.cycle, "next": begun.number, "is_active": following is not None}
        begin |= {"began_at": begun.began_at, "from_day": begun.from_day, "carry": carry}
        if not await rows.begin_cycle(self.conn, self.key.machine_id, begin):
            raise Conflict("maintenance_cycle_over", where="cycle", cycle=one["cycle"])
        return unanswered

    def _cycle(self, row: DueRow, seen: int) -> Cycle:
        """The cycle that the work ends. Raises Conflict when it is not the one that the author saw."""
        if self.corrects is None:
            found = _cycle(row.cycle, row.began_at, row.from_day, row.carry)
        else:
            before = self.corrects.before
            if self.corrects.item != row.item or self.corrects.cycle != row.cycle - 1:
                raise Conflict("maintenance_not_last", where="item")
            begun, day = datetime.fromisoformat(before["began_at"]), date.fromisoformat(before["from_day"])
            found = _cycle(self.corrects.cycle, begun, day, before["carry"])
        if found.number != seen:
            raise Conflict("maintenance_cycle_over", where="cycle", cycle=seen)
        return found

    async def _done(self, cycle: Cycle) -> Done:
        began, used = await self._used(cycle.began_at), await self._used(self.done_at)
        is_heard = bool(await list_days_about(self.conn, self.key.machine_id, self.now))
        since = {key: used[meter] - began[meter] for key, meter in OF_DIMENSION.items() if is_heard}
        more = await self._read_more(used[HOURS])
        day = local_day(self.done_at, self.machine.time_zone)
        return Done(at=self.done_at, day=day, used=since, read_more=more)

    async def _used(self, at: datetime) -> dict[Meter, float]:
        days = await list_days_about(self.conn, self.key.machine_id, at)
        day = days[0] if days and days[0].day_at == midnight(at) else None
        before = next((one for one in days if one is not day), None)
        return used_at(at, before, day, as_of=self.machine.as_of or self.now)

    async def _read_more(self, used: float) -> dict[Dimension, float]:
        """By how much the hours that were read are more than the platform's own; nothing where those are unknown.

        Before anything was heard of the machine they may be less by as many hours as went by until then.
        """
        read = self.given.get("hours_h")
        if read is None:
            return {}
        days = await list_days_about(self.conn, self.key.machine_id, self.done_at)
        state, unheard_h = states_of(days[0] if days else None)[HOURS], 0.0
        expected = state.base + used - state.offset
        if not isfinite(state.base):
            first = await find_first_with_hours(self.conn, self.key.machine_id, self.done_at)
            if first is None:
                return {}
            state = states_of(first)[HOURS]
            # the total, or what that day's meter shows of it: of a meter set or replaced on that day the two are apart
            expected = min((state.base + used, state.base + used - state.offset), key=lambda one: abs(read - one))
            unheard_h = 0.0 if days else (first.day_at + DAY - self.done_at) / timedelta(hours=1)
        nearest = min(expected, max(read, expected - unheard_h))
        if abs(read - nearest) > FAR_H:
            with placed("hours_h"):
                raise InvalidInput("maintenance_hours_far", found=read, expected=round(nearest, 1), most=FAR_H)
        return {Dimension.HOURS: read - expected}


def _unanswered(item: Item, checks: Sequence[Mapping[str, Any]]) -> list[OpenCheck]:
    """The points of the item's check-list that have no answer. Raises InvalidInput for an answer to none of them, or
    to one of them twice."""
    known, said = {check.code: check for check in item.checks}, set()
    for number, one in enumerate(checks):
        code, where = one["code"], f"checks.{number}.code"
        if code not in known:
            raise InvalidInput("maintenance_check_unknown", where=where, found=code, meant=_meant(code, list(known)))
        if code in said:
            raise InvalidInput("maintenance_check_twice", where=where, found=code)
        said.add(code)
    left = (check for code, check in known.items() if code not in said)
    return [OpenCheck(item=item.code, code=one.code, text=Words(zh=one.zh, en=one.en)) for one in left]


def _meant(code: str, known: Sequence[str]) -> Reason:
    """The point that is nearest, else all that there are."""
    if not known:
        return reason("maintenance_no_checks")
    near = get_close_matches(code, known, n=1)
    return reason("kind_near", nearest=near[0]) if near else reason("kinds_known", known=known)


def _cycle(number: int, began_at: datetime, from_day: date, carry: Mapping[str, float]) -> Cycle:
    return Cycle(
        number=number,
        began_at=began_at,
        from_day=from_day,
        carry={Dimension(key): value for key, value in carry.items()},
    )


def _kept(cycle: Cycle) -> dict[str, Any]:
    carry = {dimension.value: value for dimension, value in cycle.carry.items()}
    return {"began_at": cycle.began_at.isoformat(), "from_day": cycle.from_day.isoformat(), "carry": carry}


async def _corrected(conn: Connection, scope: Scope, key: MachineKey, wanted: UUID | None) -> DoneRow | None:
    if wanted is None:
        return None
    found = await rows.list_done(conn, scope, key.machine_id, record=wanted)
    if not found:
        raise NotFound
    return found[0]
