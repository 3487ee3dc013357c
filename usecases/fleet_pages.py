"""A page of machines out of the process's index of the fleet, checked against the database in the round trip that reads
what it shows."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from storage.fleet_changes import Named, find_named
from storage.fleet_index import FleetIndex
from storage.fleet_pages import find_page
from storage.machine_filter import MachineFilter
from storage.machine_pages import MachineSort, Place
from storage.read_machines import MachineRow, list_details_with_changes
from storage.read_pool import Connection
from storage.sight import Scope

_TRIES = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class PageAsked:
    """Which page, and what it shows: `limit` machines behind `after`, with the last values of these signal ids."""

    sort: MachineSort
    after: tuple[str, int] | None
    limit: int
    signals: Sequence[int]
    now: datetime


async def find_in_index(
    conn: Connection, scope: Scope, wanted: MachineFilter, asked: PageAsked, index: FleetIndex
) -> tuple[list[Place], list[MachineRow]] | None:
    """The places of a page, one more than its limit when there are more, and what is shown of it.

    What changed since the index was brought up to date is asked for together with what the page shows; when the page is
    another by it, it is read again. None where the database must be asked: the index is not loaded or cannot tell, or
    row-level security hides what it says.
    """
    named = await find_named(conn, wanted)
    places = _look(index, scope, wanted, named, asked)
    for _ in range(_TRIES):
        if places is None or index.upto is None:
            return None
        since, seen, before = index.upto, index.version, places
        rows, changes = await list_details_with_changes(
            conn, places[: asked.limit], signals=asked.signals, now=asked.now, since=since
        )
        await index.follow(conn, changes, since=since)
        if index.version != seen:
            places = _look(index, scope, wanted, named, asked)
        if places == before:
            return (places, rows) if len(rows) == min(len(places), asked.limit) else None
    return None


def _look(index: FleetIndex, scope: Scope, wanted: MachineFilter, named: Named, asked: PageAsked) -> list[Place] | None:
    if index.upto is None:
        return None
    return find_page(
        index, scope, wanted, named, sort=asked.sort, after=asked.after, limit=asked.limit + 1, now=asked.now
    )
