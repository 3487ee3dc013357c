"""What a machine reported under keys that are no signals."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Self

from fleet.errors import InvalidInput
from storage import read_extra
from storage.read_pool import Connection
from storage.sight import Scope, get_machine_key
from usecases.read_machine_state import instant


@dataclass(frozen=True, slots=True, kw_only=True)
class ExtraFilter:
    """Which values; from_at <= t < to_at, None is no condition."""

    from_at: datetime | None
    to_at: datetime | None
    keys: list[str] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ExtraPage:
    """A page; `end` is the place of its last value (microseconds, key) when there are more."""

    machine_id: str
    items: list[read_extra.ExtraRow]
    end: tuple[int, str] | None
    next_cursor: str | None = None

    def with_cursor(self, cursor: str | None) -> Self:
        """The page with its cursor for the next one."""
        return replace(self, next_cursor=cursor)


async def list_extra(
    conn: Connection,
    scope: Scope,
    reference: str,
    wanted: ExtraFilter,
    *,
    after: Sequence[str | int | None] | None,
    limit: int,
) -> ExtraPage:
    """A page of values of the periods in which the scope sees readings and exact positions, newest first.

    Nobody has sorted these keys into classes of data, so one may be a place. Raises NotFound.
    """
    machine = await get_machine_key(conn, scope, reference)
    rows = await read_extra.list_extra(
        conn,
        machine.machine_id,
        machine.sight.unsorted_periods,
        from_at=wanted.from_at,
        to_at=wanted.to_at,
        keys=wanted.keys,
        after=_place(after),
        limit=limit + 1,
    )
    shown = rows[:limit]
    last = shown[-1] if len(rows) > limit else None
    end = (round((last.measured_at - instant(0)) / timedelta(microseconds=1)), last.key) if last else None
    return ExtraPage(machine_id=str(machine.public_id), items=shown, end=end)


def _place(after: Sequence[str | int | None] | None) -> tuple[datetime, str] | None:
    match after:
        case None:
            return None
        case [int(us), str(key)] if 0 <= us < 2**53:
            return instant(us), key
    raise InvalidInput("cursor_foreign", where="cursor")
