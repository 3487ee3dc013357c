"""What organisations, people, sites, geofences and rosters have in common: who changes them, pages, checked fields."""

import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Protocol, Self, TypeVar
from uuid import UUID

import msgspec

from fleet.errors import InvalidInput, placed
from fleet.wall_clock import get_zone
from storage.audit import Actor, Change, record_change
from storage.pages import NameSort, PageOf
from storage.read_pool import Connection
from storage.sight import Scope

EMAIL = re.compile(r"[^\s@<>]{1,64}@[^\s@<>]+\.[^\s@<>]{2,}")
# Ends a line for some readers, turns the text after it round, or is no character at all (Unicode 16, 23.2, 23.7).
_UNSEEN = re.compile("[\u2028\u2029\u202a-\u202e\u2066-\u2069\ufdd0-\ufdef\ufffe\uffff]")
# Who else an organisation stood under is not told to whoever reads its history.
_UNRECORDED = {"version", "created_at", "updated_at", "parent_name"}


class Author(Protocol):
    """Who changes something, and what is theirs to change: a caller of the API, or the command line."""

    @property
    def actor(self) -> Actor:
        """Who stands in the audit."""

    @property
    def scope(self) -> Scope:
        """Whose things these may be."""


class Resource(Protocol):
    """What answers show of one thing."""

    @property
    def id(self) -> str:
        """Its public id."""

    @property
    def version(self) -> int:
        """One more with each change."""


@dataclass(frozen=True, kw_only=True)
class Page:
    """A page of `items`; `end` is the place of its last entry when there are more."""

    end: tuple[str, int] | None = None
    next_cursor: str | None = None

    def with_cursor(self, cursor: str | None) -> Self:
        """The page with its cursor for the next one."""
        return replace(self, next_cursor=cursor)


@dataclass(frozen=True, slots=True, kw_only=True)
class ListWish:
    """How a list is asked for; `after` comes from the cursor."""

    sort: NameSort = "name"
    after: Sequence[str | int | None] | None = None
    limit: int = 50

    @property
    def page(self) -> PageOf:
        """One entry more than asked for, so that the end shows. Raises InvalidInput for a foreign cursor."""
        if self.after is None:
            return PageOf(self.sort, None, self.limit + 1)
        match list(self.after):
            case [str(name), int(number)] if 0 <= number < 2**31:
                return PageOf(self.sort, (name, number), self.limit + 1)
        raise InvalidInput("cursor_foreign", where="cursor")


Row = TypeVar("Row")


def cut(rows: Sequence[Row], wish: ListWish, place: Callable[[Row], tuple[str, int]]) -> tuple[Sequence[Row], Any]:
    """The rows of the page, and where it ends when there are more."""
    shown = rows[: wish.limit]
    return shown, place(shown[-1]) if len(rows) > wish.limit else None


def differences(before: Resource, after: Resource) -> tuple[dict[str, Any], dict[str, Any]]:
    """The members that differ, as they were and as they are."""
    old, new = _shown(before), _shown(after)
    changed = [name for name in new if old[name] != new[name]]
    return {name: old[name] for name in changed}, {name: new[name] for name in changed}


def _shown(resource: Resource) -> dict[str, Any]:
    members: dict[str, Any] = msgspec.to_builtins(resource)
    return {name: value for name, value in members.items() if name not in _UNRECORDED}


async def record(
    conn: Connection,
    author: Author,
    entity: str,
    organisation_id: int | None,
    *,
    before: Resource | None,
    after: Resource | None,
    now: datetime,
) -> None:
    """Write the audit row of a creation, an update (only what differs) or a deletion."""
    thing = after or before
    assert thing is not None, "a change has a before or an after"
    old = None if before is None else _shown(before)
    new = None if after is None else _shown(after)
    if before is not None and after is not None:
        old, new = differences(before, after)
    change = Change(
        entity=entity,
        entity_id=UUID(thing.id),
        organisation_id=organisation_id,
        action="create" if before is None else "delete" if after is None else "update",
        before=old,
        after=new,
    )
    await record_change(conn, author.actor, change, at=now)


def text(values: Mapping[str, Any], name: str, at_most: int) -> str:
    """The text of this name, stripped. Raises InvalidInput when it is empty, too long or holds control characters."""
    found = optional_text(values, name, at_most)
    if found is None:
        raise InvalidInput("text_empty", where=name)
    return found


def optional_text(values: Mapping[str, Any], name: str, at_most: int) -> str | None:
    """The text of this name, stripped; None when it is empty."""
    found = values.get(name)
    if found is None:
        return None
    if not isinstance(found, str):
        raise InvalidInput("text_unreadable", where=name)
    stripped = found.strip()
    if len(stripped) > at_most:
        raise InvalidInput("text_too_long", where=name, length=len(stripped), most=at_most)
    controls = (unicodedata.category(letter) in ("Cc", "Cs") and letter != "\n" for letter in stripped)
    if any(controls) or _UNSEEN.search(stripped):
        raise InvalidInput("text_control_character", where=name)
    return stripped or None


def optional_email(values: Mapping[str, Any], name: str) -> str | None:
    """The e-mail address of this name; None when it is empty."""
    found = optional_text(values, name, 254)
    if found is not None and not EMAIL.fullmatch(found):
        raise InvalidInput("email_unreadable", where=name, found=found)
    return found


def choice(values: Mapping[str, Any], name: str, known: Sequence[str]) -> str:
    """One of the known words."""
    found = values.get(name)
    if found not in known:
        raise InvalidInput("choice_unknown", where=name, found=found, known=known)
    return str(found)


def optional_choice(values: Mapping[str, Any], name: str, known: Sequence[str]) -> str | None:
    """One of the known words; None when it is not there."""
    return None if values.get(name) is None else choice(values, name, known)


def zone_name(values: Mapping[str, Any], name: str = "time_zone") -> str:
    """The IANA time zone of this name."""
    found = text(values, name, 64)
    with placed(name):
        return get_zone(found).key


def optional_number(values: Mapping[str, Any], name: str, low: float, high: float) -> float | None:
    """A number within low and high, both included; None when it is not there."""
    found = values.get(name)
    if found is None:
        return None
    if isinstance(found, bool) or not isinstance(found, int | float) or not low <= found <= high:
        raise InvalidInput("number_out_of_range", where=name, found=found, low=low, high=high)
    return float(found)
