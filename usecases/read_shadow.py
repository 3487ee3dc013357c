"""What a rule set finds in shadow: one by one, and rule by rule beside what the live set raised in the same time."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Self

from fleet.errors import InvalidInput
from fleet.signals import Catalogue
from storage import shadow_pages
from storage.read_pool import Connection
from storage.shadow_pages import Place, ShadowCounts, ShadowQuery, ShadowRow, ShadowSpan
from storage.sight import Scope, get_machine_key
from usecases.ask_replays import ReplayMachine
from usecases.edit_rule_sets import get_rule_set
from usecases.positions import shown_value


@dataclass(frozen=True, slots=True, kw_only=True)
class ShadowFinding:
    """A finding of the set in shadow; see api.schemas.shadow_findings."""

    machine: ReplayMachine
    source_key: str
    rules_version: str
    severity: str
    from_at: datetime
    held_at: datetime
    to_at: datetime | None
    values: dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class ShadowPage:
    """A page; `end` is the place of its last entry when there are more."""

    items: list[ShadowFinding]
    in_shadow: list[ShadowSpan]
    by_rule: list[ShadowCounts]
    end: Place | None
    next_cursor: str | None = None

    def with_cursor(self, cursor: str | None) -> Self:
        """The page with its cursor for the next one."""
        return replace(self, next_cursor=cursor)


@dataclass(frozen=True, slots=True, kw_only=True)
class ShadowWish:
    """Which findings are wanted: of a set, of one rule, of one machine (an id or an alias); None: of all."""

    rule_set: str = "shadow"
    rule: str | None = None
    machine: str | None = None


async def list_shadow_findings(
    conn: Connection,
    scope: Scope,
    wish: ShadowWish,
    *,
    after: Sequence[str | int | None] | None,
    limit: int,
    catalogue: Catalogue,
) -> ShadowPage:
    """What the set found, those that held last first, with the counts of both sets. Raises NotFound, InvalidInput."""
    number = (await get_rule_set(conn, wish.rule_set)).rule_set_id
    machine = None if wish.machine is None else (await get_machine_key(conn, scope, wish.machine)).machine_id
    wanted = ShadowQuery(rule_set=number, key=wish.rule, machine=machine)
    rows = await shadow_pages.list_findings(conn, wanted, after=_place(after), limit=limit + 1)
    last = rows[limit - 1] if len(rows) > limit else None
    return ShadowPage(
        items=[_finding(row, catalogue) for row in rows[:limit]],
        in_shadow=await shadow_pages.list_spans(conn, number),
        by_rule=await shadow_pages.count_findings(conn, wanted),
        end=None if last is None else (last.held_us, last.machine_number, last.source_key),
    )


def _place(after: Sequence[str | int | None] | None) -> Place | None:
    match after:
        case None:
            return None
        case [int(held_us), int(machine), str(rule)] if abs(held_us) < 2**60 and 0 < machine < 2**31:
            return held_us, machine, rule
    raise InvalidInput("cursor_foreign", where="cursor")


def _finding(row: ShadowRow, catalogue: Catalogue) -> ShadowFinding:
    return ShadowFinding(
        machine=ReplayMachine(id=str(row.machine_id), pin=row.pin, name=row.machine_name),
        source_key=row.source_key,
        rules_version=row.version,
        severity=row.severity,
        from_at=row.from_at,
        held_at=row.held_at,
        to_at=row.to_at,
        values={
            key: shown_value(catalogue[key], value) if key in catalogue else value
            for key, value in row.evidence.items()
        },
    )
