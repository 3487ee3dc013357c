"""Who sees which machine when, held in memory: the live stream asks for every event and every subscriber."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import datetime

from storage.read_event_log import AudienceRow, list_audience, list_parents
from storage.read_scope import Connection, Period


class Audience:
    """Owners and sharers of all machines with the organisation tree, as of one reading of the database."""

    def __init__(self, rows: Sequence[AudienceRow], parents: dict[int, int | None]) -> None:
        self._parents = parents
        self._rows: dict[int, list[AudienceRow]] = defaultdict(list)
        for row in rows:
            self._rows[row.machine_id].append(row)

    @classmethod
    async def load(cls, conn: Connection, machines: Sequence[int] | None = None) -> "Audience":
        """Read it in a transaction that sees everything; for these machines, or for all of them."""
        return cls(await list_audience(conn, machines), await list_parents(conn))

    def organisations(self, machine_id: int, at: datetime) -> frozenset[int]:
        """The organisations that see the machine at this time: owner, sharers, and all above them."""
        rows = self._rows.get(machine_id, ())
        return frozenset(o for row in rows if _covers(row, at) for o in self.upwards(row.organisation_id))

    def periods(self, machine_id: int, organisation_id: int) -> list[Period]:
        """When the organisation sees the machine; may overlap."""
        return [
            Period(from_at=row.from_at, to_at=row.to_at)
            for row in self._rows.get(machine_id, ())
            if organisation_id in self.upwards(row.organisation_id)
        ]

    def upwards(self, organisation_id: int) -> Iterator[int]:
        """The organisation and all above it; a loop in the tree ends."""
        seen: set[int] = set()
        here: int | None = organisation_id
        while here is not None and here not in seen:
            seen.add(here)
            yield here
            here = self._parents.get(here)


def _covers(row: AudienceRow, at: datetime) -> bool:
    return (row.from_at is None or row.from_at <= at) and (row.to_at is None or at < row.to_at)
