"""Which rule set was live or in shadow from when on, by whom, and what a way back would lead to."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Self

from fleet.errors import InvalidInput
from storage import rule_sets
from storage.read_pool import Connection
from storage.rule_sets import SwitchRow
from usecases.way_back import before_last

_NEWEST = 2**31 - 1


@dataclass(frozen=True, slots=True, kw_only=True)
class SwitchPage:
    """A page; `end` is the number of its last entry when there are more; back_to: what a way back makes live."""

    items: list[SwitchRow]
    back_to: int | None
    end: int | None
    next_cursor: str | None = None

    def with_cursor(self, cursor: str | None) -> Self:
        """The page with its cursor for the next one."""
        return replace(self, next_cursor=cursor)


async def list_switches(conn: Connection, *, after: Sequence[str | int | None] | None, limit: int) -> SwitchPage:
    """A page of switches, the newest first."""
    rows = await rule_sets.list_switches(conn, before=_place(after), limit=limit + 1)
    end = rows[limit - 1].id if len(rows) > limit else None
    back_to = before_last(await rule_sets.list_live_switches(conn))
    return SwitchPage(items=rows[:limit], back_to=back_to, end=end)


def _place(after: Sequence[str | int | None] | None) -> int:
    match after:
        case None:
            return _NEWEST
        case [int(place)] if 0 < place < _NEWEST:
            return place
    raise InvalidInput("cursor_foreign", where="cursor")
