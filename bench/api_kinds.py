"""The kinds of question that the API promises a time for. A kind has many lines (people, sorts, filters)."""

from __future__ import annotations

from dataclasses import dataclass

from bench.api_size import EXPERT

STATE_MS, PAGE_MS, DAY_MS, MONTHS_MS, POSITIONS_MS = 10.0, 20.0, 100.0, 200.0, 500.0
SNAPSHOT_MS, ALARMS_MS = 100.0, 50.0


@dataclass(frozen=True)
class Kind:
    """What people read, how the names of its lines begin, and at most how long 95 % of its requests take, ms.

    `only`: the one person who it is promised to.
    """

    title: str
    begins: tuple[str, ...]
    budget_ms: float
    only: str | None = None

    def holds(self, key: str) -> bool:
        """Whether this line (its key, with the person) is one of the kind."""
        mine = self.only is None or key.endswith(f"({self.only.removeprefix('bench-')})")
        return mine and key.startswith(self.begins)


KINDS = (
    Kind("the state of one machine", ("state of one machine",), STATE_MS),
    Kind("a page of 50 of 100,000 machines, with filters and sorts", ("page of 50,",), PAGE_MS),
    Kind("24 h of 4 signals at 1,000 points", ("24 h of 4 signals",), DAY_MS),
    Kind("90 days of 4 signals from rollups", ("90 days",), MONTHS_MS),
    Kind("all 100,000 last positions as Arrow", ("all last positions",), POSITIONS_MS, only=EXPERT),
    Kind("an ISO 15143-3 snapshot page of 100", ("ISO snapshot",), SNAPSHOT_MS),
    Kind("50 of 100,000 standing alarms", ("50 standing alarms", "50 alarms", "alarms of one machine"), ALARMS_MS),
)


def kind_of(key: str) -> Kind | None:
    """The kind of a line; None for those that nothing is promised for."""
    return next((kind for kind in KINDS if kind.holds(key)), None)
