"""Replays and tunings as people ask for them: asked for, looked at, called off. Another process works them."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Self

from diagnosis.cursor import did_you_mean
from diagnosis.rule import Rule
from diagnosis.ruleset import RuleSet
from fleet.errors import Conflict, InvalidInput, NotFound
from fleet.findings import Severity
from fleet.signals import Catalogue
from storage import replay_queue
from storage.audit import Change, record_change
from storage.read_pool import Connection
from storage.replay_queue import DifferenceRow, ReplayQuery
from storage.rule_replays import NewReplay, Plot, ReplayKind, ReplayRecord, ReplayState
from storage.sight import get_machine_key
from usecases.edit_rule_sets import get_rule_set
from usecases.master_data import Author
from usecases.rules_in_force import parsed

MOST_MACHINES = 1_000
"""Machines that a replay can be asked for by name; all of them need no names."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Replay:
    """One replay or tuning; see api.schemas.rule_replays."""

    id: int
    kind: ReplayKind
    rule_set_id: int
    against_id: int | None
    rule: str | None
    from_at: datetime | None
    to_at: datetime | None
    machines: list[str] | None
    state: ReplayState
    progress_ratio: float
    done_until: datetime | None
    rows: int
    summary: dict[str, Any]
    started_at: datetime
    finished_at: datetime | None
    started_by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplayPage:
    """A page; `end` is the number of its last entry when there are more."""

    items: list[Replay]
    end: int | None
    next_cursor: str | None = None

    def with_cursor(self, cursor: str | None) -> Self:
        """The page with its cursor for the next one."""
        return replace(self, next_cursor=cursor)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplayWish:
    """What is to be replayed; machines None: all, else ids and aliases; rule: the rule to be tuned instead."""

    rule_set: str = "live"
    rule: str | None = None
    from_at: datetime
    to_at: datetime
    machines: Sequence[str] | None = None
    seats: int | None = None


LONGEST = timedelta(days=3_660)  # ten years, which no site keeps every reading of


def check_span(from_at: datetime, to_at: datetime) -> None:
    """Raise InvalidInput unless the end is later than the beginning, and not by more than LONGEST."""
    if from_at >= to_at:
        raise InvalidInput("replay_backwards", where="to")
    if to_at - from_at > LONGEST:
        raise InvalidInput("replay_too_long", where="to", most=LONGEST.days)


def check_rule(ruleset: RuleSet, rule: str) -> Rule:
    """The rule to be tuned. Raises InvalidInput when the set has no such rule with a condition."""
    found = ruleset.by_key.get(rule)
    if found is None or found.when is None:
        known = [one.key for one in ruleset.thresholds]
        raise InvalidInput("rule_unknown", where="rule", found=rule, hint=did_you_mean(rule, known))
    return found


async def ask_replay(conn: Connection, by: Author, wish: ReplayWish, *, catalogue: Catalogue, now: datetime) -> Replay:
    """Let a set be replayed against the live one, or a rule of the live one be tuned, as soon as a worker is free.

    Raises NotFound, InvalidInput and RuleError.
    """
    check_span(wish.from_at, wish.to_at)
    rules, live = await get_rule_set(conn, wish.rule_set), await get_rule_set(conn)
    if wish.rule is not None:
        check_rule(parsed(rules, catalogue), wish.rule)
    machines = None
    if wish.machines is not None:
        if len(wish.machines) > MOST_MACHINES:
            raise InvalidInput("replay_machines_too_many", where="machines", most=MOST_MACHINES)
        machines = sorted({(await get_machine_key(conn, by.scope, one)).machine_id for one in wish.machines})
    new = NewReplay(
        rule_set_id=rules.rule_set_id,
        against_id=live.rule_set_id,
        rule=wish.rule,
        from_at=wish.from_at,
        to_at=wish.to_at,
        machine_ids=machines,
        seats=wish.seats,
        by=by.actor.name,
    )
    number = await replay_queue.insert_replay(conn, new, now=now)
    told = {"number": number, "rule_set": rules.rule_set_id, "from": wish.from_at.isoformat()}
    told |= {"to": wish.to_at.isoformat(), "machines": None if machines is None else len(machines), "rule": wish.rule}
    await _record(conn, by, told, action="replay" if wish.rule is None else "tune", now=now)
    return await get_replay(conn, number)


async def get_replay(conn: Connection, number: int) -> Replay:
    """One of them, for those who see every machine. Raises NotFound."""
    return await _shown(conn, await _found(conn, number))


async def list_replays(
    conn: Connection, wanted: ReplayQuery, *, after: Sequence[str | int | None] | None, limit: int
) -> ReplayPage:
    """Those that there are, the newest first."""
    rows = await replay_queue.list_replays(conn, wanted, before=_place(after, replay_queue.NEWEST), limit=limit + 1)
    end = rows[limit - 1].replay_id if len(rows) > limit else None
    return ReplayPage(items=[await _shown(conn, row) for row in rows[:limit]], end=end)


async def cancel_replay(conn: Connection, by: Author, number: int, *, now: datetime) -> Replay:
    """Call one off. Raises NotFound, and Conflict when it is over."""
    await _found(conn, number)
    if not await replay_queue.cancel_replay(conn, number, now=now):
        raise Conflict("replay_over", number=number)
    await _record(conn, by, {"number": number}, action="cancel_replay", now=now)
    return await get_replay(conn, number)


async def get_plot(conn: Connection, number: int, language: str) -> Plot:
    """Its picture. Raises NotFound, and Conflict while it has none."""
    record = await _found(conn, number)
    plot = await replay_queue.find_plot(conn, number, language)
    if plot is None:
        raise Conflict("replay_not_done", number=number, state=record.state)
    return plot


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplayMachine:
    """The machine of a finding."""

    id: str
    pin: str
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Episode:
    """When a finding began, had held long enough and ended."""

    from_at: datetime
    held_at: datetime
    to_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplayFinding:
    """A finding that the replayed set has otherwise; see api.schemas.rule_replays."""

    id: int
    machine: ReplayMachine
    source_kind: str
    source_key: str
    change: str
    severity: Severity
    live_severity: Severity | None
    found: Episode | None
    live: Episode | None
    finding_id: str | None
    verdict: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplayFindingPage:
    """A page; `end` is the place of its last entry when there are more."""

    items: list[ReplayFinding]
    end: int | None
    next_cursor: str | None = None

    def with_cursor(self, cursor: str | None) -> Self:
        """The page with its cursor for the next one."""
        return replace(self, next_cursor=cursor)


async def list_findings(
    conn: Connection,
    number: int,
    *,
    change: str | None,
    source_key: str | None,
    after: Sequence[str | int | None] | None,
    limit: int,
) -> ReplayFindingPage:
    """What a replay found otherwise than the live set, machine by machine. Raises NotFound."""
    await _found(conn, number)
    rows = await replay_queue.list_differences(
        conn, number, change=change, key=source_key, after=_place(after, 0), limit=limit + 1
    )
    end = rows[limit - 1].place if len(rows) > limit else None
    return ReplayFindingPage(items=[_finding(row) for row in rows[:limit]], end=end)


def _finding(row: DifferenceRow) -> ReplayFinding:
    return ReplayFinding(
        id=row.place,
        machine=ReplayMachine(id=str(row.machine_id), pin=row.pin, name=row.machine_name),
        source_kind=row.source_kind,
        source_key=row.source_key,
        change=row.change,
        severity=Severity(row.severity),
        live_severity=None if row.live_severity is None else Severity(row.live_severity),
        found=_episode(row.from_at, row.held_at, row.to_at),
        live=_episode(row.live_from_at, row.live_held_at, row.live_to_at),
        finding_id=None if row.finding_id is None else str(row.finding_id),
        verdict=row.verdict,
    )


def _episode(from_at: datetime | None, held_at: datetime | None, to_at: datetime | None) -> Episode | None:
    return None if from_at is None or held_at is None else Episode(from_at=from_at, held_at=held_at, to_at=to_at)


async def _found(conn: Connection, number: int) -> ReplayRecord:
    record = await replay_queue.find_replay(conn, number)
    if record is None:
        raise NotFound
    return record


async def _shown(conn: Connection, row: ReplayRecord) -> Replay:
    machines = None
    if row.machine_ids is not None:
        machines = [str(one) for one in await replay_queue.list_public_ids(conn, row.machine_ids)]
    return Replay(
        id=row.replay_id,
        machines=machines,
        progress_ratio=_progress(row),
        **{name: getattr(row, name) for name in Replay.__dataclass_fields__ if hasattr(row, name)},
    )


def _progress(row: ReplayRecord) -> float:
    if row.state == "done":
        return 1.0
    if row.from_at is None or row.to_at is None or row.done_until is None:
        return 0.0
    return round(max(0.0, (row.done_until - row.from_at) / (row.to_at - row.from_at)), 3)


def _place(after: Sequence[str | int | None] | None, first: int) -> int:
    match after:
        case None:
            return first
        case [int(place)] if 0 < place < 2**62:
            return place
    raise InvalidInput("cursor_foreign", where="cursor")


async def _record(conn: Connection, by: Author, after: dict[str, Any], *, action: str, now: datetime) -> None:
    change = Change(
        entity="rule_set",
        entity_id=None,
        organisation_id=by.actor.organisation_id,
        action=action,
        before=None,
        after=after,
    )
    await record_change(conn, by.actor, change, at=now)
