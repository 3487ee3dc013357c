"""Who sees which machine when, held in memory: the live stream asks for every event and every subscriber."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import datetime

from fleet.data_classes import SHARES, DataClass
from storage.read_event_log import AudienceRow, list_audience, list_parents
from storage.read_pool import Connection
from storage.sight import Period, Sight, sight_from


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

    def organisations(self, machine_id: int, at: datetime, *, data_class: DataClass | None = None) -> frozenset[int]:
        """The organisations that see this class of the machine's data at this time (None: anything of it): owner,
        sharers, and all above them."""
        rows = [
            row
            for row in self._rows.get(machine_id, ())
            if _covers(row, at) and (data_class is None or data_class in SHARES.get(row.share, ()))
        ]
        return frozenset(o for row in rows for o in self.upwards(row.organisation_id))

    def sight(self, machine_id: int, organisation_id: int, *, exact_positions: bool) -> Sight:
        """When the organisation sees which class of the machine's data."""
        mine = [r for r in self._rows.get(machine_id, ()) if organisation_id in self.upwards(r.organisation_id)]
        mine.sort(key=lambda row: (row.from_at is not None, row.from_at))
        shares = [(row.share, Period(from_at=row.from_at, to_at=row.to_at)) for row in mine]
        return sight_from(shares, exact_positions=exact_positions)

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
