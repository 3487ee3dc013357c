"""Rule sets as the API shows them, and a site's edits entered through it: mistakes are said with their place."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Self

from diagnosis.errors import ExpressionError, RuleError
from diagnosis.layers import SITE_FILE
from diagnosis.rule import Rule
from diagnosis.told import Kind, named
from fleet.errors import Conflict, InvalidInput
from fleet.signals import Catalogue
from storage import rule_sets
from storage.read_pool import Connection
from storage.rule_sets import StoredRules
from usecases import edit_rule_sets as edit
from usecases.master_data import Author
from usecases.read_alarm_words import Words
from usecases.rules_in_force import parsed
from usecases.versions import Versions, same_version

_NEWEST = 2**31 - 1


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleSetRow:
    """A rule set; see api.schemas.rule_sets."""

    id: int
    kind: str
    base_id: int | None
    rules_version: str
    role: str | None
    replays: int
    revision: int
    note: str
    entered_at: datetime
    entered_by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleSetPage:
    """A page; `end` is the number of its last entry when there are more."""

    items: list[RuleSetRow]
    end: int | None
    next_cursor: str | None = None

    def with_cursor(self, cursor: str | None) -> Self:
        """The page with its cursor for the next one."""
        return replace(self, next_cursor=cursor)


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    """A cause or a check with its words."""

    key: str
    text: Words


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleOfSet:
    """One rule."""

    key: str
    severity: str | None
    title: Words
    when: str
    clear: str
    for_s: float
    limits: dict[str, str]
    applies_to: str
    causes: list[Named]
    checks: list[Named]
    sources: list[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleSetDetail(RuleSetRow):
    """A rule set with its rules and its texts."""

    rules: list[RuleOfSet]
    files: dict[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class EnteredRuleSet(RuleSetRow):
    """A set that a site's edits made."""

    is_new: bool
    changed: list[str]
    added: list[str]
    off: list[str]
    overrides: int
    warnings: list[Words]


@dataclass(frozen=True, slots=True, kw_only=True)
class MemberDifference:
    """A member of a rule in both sets."""

    name: str
    here: str | None
    there: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleDifference:
    """A rule that two sets have differently."""

    key: str
    members: list[MemberDifference]


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleDifferences:
    """All of them."""

    items: list[RuleDifference]


async def list_rule_sets(conn: Connection, *, after: Sequence[str | int | None] | None, limit: int) -> RuleSetPage:
    """A page of sets, the newest first."""
    rows = await rule_sets.list_page(conn, before=_place(after), limit=limit + 1)
    end = rows[limit - 1].rule_set_id if len(rows) > limit else None
    return RuleSetPage(items=[RuleSetRow(**_members(row)) for row in rows[:limit]], end=end)


def _place(after: Sequence[str | int | None] | None) -> int:
    match after:
        case None:
            return _NEWEST
        case [int(place)] if 0 < place < _NEWEST:
            return place
    raise InvalidInput("cursor_foreign", where="cursor")


async def get_rule_set(conn: Connection, reference: str, catalogue: Catalogue) -> RuleSetDetail:
    """One set with its rules. Raises NotFound, and InvalidInput when this program cannot read them."""
    stored = await edit.get_rule_set(conn, reference)
    with said_with_place():
        rules = [rule_row(rule) for rule in parsed(stored, catalogue).rules]
    return RuleSetDetail(**_members(stored), rules=rules, files=stored.files)


async def enter_edits(
    conn: Connection, by: Author, text: str, *, catalogue: Catalogue, base: str, note: str, now: datetime
) -> EnteredRuleSet:
    """Lay a site's edits on a base set. Raises NotFound, and InvalidInput that names the rule, member and column."""
    with said_with_place():
        found = await edit.import_edits(conn, by, text, catalogue=catalogue, base=base, note=note, now=now)
    layered = found.layered
    parts: dict[str, Any] = {name: list(getattr(layered, name)) for name in ("changed", "added", "off")}
    parts |= {"is_new": found.is_new, "overrides": len(layered.overrides)}
    said = [Words(zh=one.in_language("zh"), en=one.in_language("en")) for one in found.warnings]
    return EnteredRuleSet(**_members(found.rules), warnings=said, **parts)


async def promote(
    conn: Connection, by: Author, reference: str, *, revision: Versions | None, now: datetime
) -> RuleSetRow:
    """Make a set live as it was seen. Raises NotFound, PreconditionFailed and Conflict."""
    await _seen(conn, reference, revision)
    return RuleSetRow(**_members(await edit.promote(conn, by, reference, now=now)))


async def roll_back(conn: Connection, by: Author, *, revision: Versions | None, now: datetime) -> RuleSetRow:
    """Make the set live that was live before; `revision`: of the live set. Raises PreconditionFailed and Conflict."""
    await _seen(conn, "live", revision)
    return RuleSetRow(**_members(await edit.roll_back(conn, by, now=now)))


async def put_in_shadow(
    conn: Connection, by: Author, reference: str, *, revision: Versions | None, now: datetime
) -> RuleSetRow:
    """Let a set judge in shadow. Raises NotFound, PreconditionFailed, and Conflict for the live one."""
    await _seen(conn, reference, revision)
    await edit.put_in_shadow(conn, by, reference, now=now)
    return RuleSetRow(**_members(await edit.get_rule_set(conn, reference)))


async def take_out_of_shadow(
    conn: Connection, by: Author, reference: str, *, revision: Versions | None, now: datetime
) -> None:
    """Let it judge no more. Raises NotFound, PreconditionFailed, and Conflict when it is not in shadow."""
    stored = await _seen(conn, reference, revision)
    if stored.role != "shadow":
        raise Conflict("rule_set_not_in_shadow", number=stored.rule_set_id)
    await edit.put_in_shadow(conn, by, None, now=now)


async def compare(conn: Connection, rule_set: str, against: str, catalogue: Catalogue) -> RuleDifferences:
    """What differs between two sets. Raises NotFound and InvalidInput."""
    with said_with_place():
        here, there = [await edit.get_rule_set(conn, reference) for reference in (rule_set, against)]
        machines = there.machines | here.machines
        found = edit.differences(parsed(here, catalogue), parsed(there, catalogue), machines)
    return RuleDifferences(
        items=[
            RuleDifference(
                key=one.key,
                members=[MemberDifference(name=n, here=h, there=t) for n, (h, t) in one.members.items()],
            )
            for one in found
        ]
    )


@contextmanager
def said_with_place() -> Iterator[None]:
    """A mistake in a rule as an answer says it: `where` is `<rule>.<member>:<column>` as far as that is known."""
    try:
        yield
    except RuleError as error:
        place = error.where.removeprefix(SITE_FILE).removeprefix(": ")  # callers have a text, and no file
        member = place.rpartition(": ")[2]
        where = member if member and " " not in member and not member.endswith(".toml") else "text"
        column = f":{error.column}" if isinstance(error, ExpressionError) else ""
        raise InvalidInput("rule_text_wrong", where=f"{where}{column}", problem=error.told_at(place)) from error


async def _seen(conn: Connection, reference: str, revision: Versions | None) -> StoredRules:
    """The set, which nobody else changes the part of until this transaction ends."""
    await rule_sets.lock_switches(conn)
    stored = await edit.get_rule_set(conn, reference)
    same_version(stored.revision, revision)
    return stored


def _members(stored: StoredRules) -> dict[str, Any]:
    return {
        "id": stored.rule_set_id,
        "kind": stored.kind,
        "base_id": stored.base_id,
        "rules_version": stored.version,
        "role": stored.role,
        "replays": stored.replays,
        "revision": stored.revision,
        "note": stored.note,
        "entered_at": stored.entered_at,
        "entered_by": stored.entered_by,
    }


def _named(kind: Kind, key: str) -> Named:
    return Named(key=key, text=Words(**named(kind, key)["text"]))


def rule_row(rule: Rule) -> RuleOfSet:
    """A rule as its set shows it."""
    return RuleOfSet(
        key=rule.key,
        severity=rule.severity,
        title=Words(zh=rule.title.zh, en=rule.title.en),
        when=rule.when_text,
        clear=rule.clear_text or "",
        for_s=rule.for_us / 1e6,
        limits={limit.name: f"{limit.value:g} {limit.unit}".strip() for limit in rule.limits},
        applies_to=edit.members_of(rule)["applies_to"],
        causes=[_named("causes", key) for key in rule.causes],
        checks=[_named("checks", key) for key in rule.checks],
        sources=list(rule.sources),
    )
